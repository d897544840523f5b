//! Where documents go: what they name, what the arguments say, and the look at the server before the first batch.

use super::{
    STREAM, document, documents, expect_counts, letters, push, push_with_letters, scripted,
};
use crate::harness::Home;
use crate::samples::http::{Reply, Script, Server};
use crate::samples::target::{Flavor, Setup, Target};

/// A document for another stream.
fn elsewhere(number: usize) -> String {
    document(number).replace(STREAM, "logs-jumpcloud.events-eu") + "\n"
}

#[test]
fn a_target_that_would_become_a_plain_index_is_refused_before_anything_is_sent() {
    for flavor in [Flavor::Elasticsearch, Flavor::OpenSearch, Flavor::Bare] {
        let target = Target::start(Setup::of(flavor));
        let home = Home::new();
        push(&home, &target, documents(2))
            .run()
            .expect_code(2)
            .expect_error_and_hint(
                "would become a plain index",
                "jcx template --install --es-url",
            );
        assert!(target.holders().is_empty());
        assert_eq!(target.bulk_calls().len(), 0);
        assert_eq!(
            home.summary("s.json")["requests"].as_u64(),
            Some(target.calls().len() as u64)
        );
    }
}

#[test]
fn documents_decide_the_stream_by_metadata_else_by_their_fields_else_the_default() {
    let fields = "{\"@timestamp\":\"2025-03-01T00:00:00Z\",\"data_stream\":{\"type\":\"logs\",\"dataset\":\"jumpcloud.events\",\"namespace\":\"eu\"}}\n";
    let neither = "{\"@timestamp\":\"2025-03-01T00:00:00Z\"}\n";
    for (lines, stream) in [
        (elsewhere(0), "logs-jumpcloud.events-eu"),
        (fields.to_owned(), "logs-jumpcloud.events-eu"),
        (neither.to_owned(), STREAM),
        (neither.to_owned() + fields, "logs-jumpcloud.events-eu"),
    ] {
        let target = scripted(Script::none());
        let home = Home::new();
        push(&home, &target, lines).succeed();
        assert_eq!(target.holders(), [(stream.to_owned(), true)]);
    }
}

#[test]
fn a_contradiction_in_the_first_batch_is_refused_before_anything_is_sent() {
    let target = scripted(Script::none()).expecting(0..=0);
    let home = Home::new();
    push_with_letters(&home, &target, documents(2) + &elsewhere(2))
        .run()
        .expect_code(2)
        .expect_error_and_hint(
            "contradict each other: line 1 of stdin",
            "one stream at a time",
        );
    push(&home, &target, documents(1))
        .args(["--data-stream", "logs-jumpcloud.events-other"])
        .run()
        .expect_code(2)
        .expect_error_and_hint(
            "line 1 of stdin is for logs-jumpcloud.events-default",
            "--index",
        );
    assert_eq!(home.names(), ["s.json"], "no dead-letter file was made");
}

#[test]
fn a_contradiction_in_a_later_batch_is_a_refused_document() {
    let target = scripted(Script::none());
    let home = Home::new();
    push_with_letters(
        &home,
        &target,
        documents(2) + &elsewhere(7) + &document(3) + "\n",
    )
    .args(["--batch-docs", "2"])
    .run()
    .expect_code(3);
    expect_counts(&home, 4, 3, 0, 1);
    assert_eq!(letters(&home)[0]["type"], "wrong_data_stream");
    assert_eq!(letters(&home)[0]["line"], 3);
}

#[test]
fn an_index_takes_whatever_the_documents_name() {
    let target = Target::start(Setup::default());
    let home = Home::new();
    push(&home, &target, documents(1) + &elsewhere(1))
        .args(["--index", "archive"])
        .succeed();
    assert_eq!(target.documents("archive").len(), 2);
    for variable in [None, Some("JCX_INDEX"), Some("JCX_DATA_STREAM")] {
        let both = push(&home, &target, documents(1)).args(["--index", "a", "--data-stream", "b"]);
        // A variable that says the same as its flag changes nothing.
        let value = if variable == Some("JCX_INDEX") {
            "a"
        } else {
            "b"
        };
        variable
            .into_iter()
            .fold(both, |jcx, name| jcx.env(name, value))
            .run()
            .expect_code(2)
            .expect_error_and_hint("contradict each other", "one of them");
    }
    for name in ["UPPER", "a*", "_x", "a,b"] {
        push(&home, &target, documents(1))
            .args(["--index", name])
            .run()
            .expect_code(2)
            .expect_said("--index");
    }
}

#[test]
fn a_plain_index_under_a_streams_name_is_refused() {
    let target = Target::start(Setup::default());
    let home = Home::new();
    push(&home, &target, documents(1))
        .args(["--index", STREAM])
        .succeed();
    push(&home, &target, documents(1))
        .run()
        .expect_code(2)
        .expect_error_and_hint("is a plain index", &format!("--index {STREAM}"));
}

#[test]
fn the_best_template_decides_and_one_for_plain_indices_is_not_good_enough() {
    let templates = |body: &'static str| {
        Server::start(move |request| match request.path.as_str() {
            "/_index_template" => Reply::json(200, body),
            _ => Reply::json(
                404,
                "{\"error\":{\"type\":\"index_not_found_exception\",\"reason\":\"no such index\"},\"status\":404}",
            ),
        })
    };
    let home = Home::new();
    home.file("docs", documents(1));
    let plain = "{\"index_templates\":[\
        {\"name\":\"low\",\"index_template\":{\"index_patterns\":[\"logs-*-*\"],\"priority\":100,\"data_stream\":{\"hidden\":false}}},\
        {\"name\":\"high\",\"index_template\":{\"index_patterns\":[\"logs-*\"],\"priority\":300}}]}";
    let server = templates(plain);
    home.jcx(["push", "docs", "--es-url", &server.url()])
        .run()
        .expect_code(2)
        .expect_said("the template high makes plain indices");
    let server = templates("{}");
    home.jcx(["push", "docs", "--es-url", &server.url()])
        .run()
        .expect_code(2)
        .expect_said("no index template matches it");
}

#[test]
fn where_nobody_may_look_the_server_itself_makes_sure() {
    let forbidden = || vec!["GET /_resolve/index/logs-jumpcloud.events-default"];
    let setup = || Setup {
        forbidden: forbidden(),
        ..Setup::default()
    };
    let home = Home::new();
    let target = Target::with_template(setup());
    push(&home, &target, documents(2)).succeed();
    expect_counts(&home, 2, 2, 0, 0);
    let sent = target.bulk_calls()[0].parameter("require_data_stream");
    assert_eq!(sent.as_deref(), Some("true"));

    let target = Target::start(setup());
    push_with_letters(&home, &target, documents(2))
        .run()
        .expect_code(2)
        .expect_error_and_hint("would become a plain index", "jcx template --install");
    assert!(target.holders().is_empty());

    let target = Target::with_template(Setup {
        forbidden: forbidden(),
        ..Setup::of(Flavor::OpenSearch)
    });
    push(&home, &target, documents(2))
        .run()
        .expect_code(4)
        .expect_error_and_hint(
            "cannot be seen with these credentials",
            "view_index_metadata",
        );
    assert!(target.holders().is_empty());
}

#[test]
fn where_templates_may_not_be_seen_the_server_itself_makes_sure() {
    let target = Target::with_template(Setup {
        forbidden: vec!["GET /_index_template"],
        ..Setup::default()
    });
    let home = Home::new();
    push(&home, &target, documents(1)).succeed();
    let sent = target.bulk_calls()[0].parameter("require_data_stream");
    assert_eq!(sent.as_deref(), Some("true"));
}

#[test]
fn privileges_are_asked_for_where_the_server_can_be_asked() {
    let answer = |create_doc: bool, auto_configure: bool| {
        Some(format!(
            "{{\"has_all_requested\":false,\"index\":{{\"{STREAM}\":{{\"create_doc\":{create_doc},\"auto_configure\":{auto_configure},\"create_index\":false}}}}}}"
        ))
    };
    let home = Home::new();
    for (privileges, code, said) in [
        (answer(true, true), 0, ""),
        (answer(false, true), 4, "create_doc"),
        (answer(true, false), 4, "auto_configure"),
    ] {
        let target = Target::with_template(Setup {
            privileges,
            ..Setup::default()
        });
        push(&home, &target, documents(1))
            .run()
            .expect_code(code)
            .expect_said(said);
        assert_eq!(target.bulk_calls().len(), usize::from(code == 0));
    }
}

#[test]
fn several_backing_indices_and_the_final_pipeline_are_told() {
    let server = Server::start(|request| {
        if request.path.starts_with("/_resolve/") {
            return Reply::json(
                200,
                format!(
                    "{{\"indices\":[],\"aliases\":[],\"data_streams\":[{{\"name\":\"{STREAM}\",\"backing_indices\":[\".ds-1\",\".ds-2\"]}}]}}"
                ),
            );
        }
        if request.path.ends_with("/_settings") {
            return Reply::json(
                200,
                "{\".ds-2\":{\"settings\":{\"index\":{\"final_pipeline\":\".fleet_final_pipeline-1\"}}}}",
            );
        }
        if request.path.ends_with("/_bulk") {
            return Reply::json(200, "{\"items\":[{\"create\":{\"status\":201}}]}");
        }
        Reply::json(400, "{\"error\":\"no handler found\"}")
    });
    let home = Home::new();
    home.file("docs", documents(1));
    home.jcx(["push", "docs", "--es-url", &server.url(), "-v"])
        .args(["--dedupe", "conflict"])
        .succeed()
        .expect_said("2 backing indices")
        .expect_said(".fleet_final_pipeline-1");
}

#[test]
fn an_alias_is_no_data_stream() {
    let body = format!(
        "{{\"indices\":[],\"aliases\":[{{\"name\":\"{STREAM}\",\"indices\":[\"x\"]}}],\"data_streams\":[]}}"
    );
    let server = Server::start(move |_| Reply::json(200, body.clone()));
    let home = Home::new();
    home.file("docs", documents(1));
    home.jcx(["push", "docs", "--es-url", &server.url()])
        .run()
        .expect_code(2)
        .expect_error_and_hint("is an alias", "--index");
}

#[test]
fn a_flag_wins_over_the_variable_of_the_other_one() {
    let home = Home::new();
    let cases: [(&[&str], &[&str], _); 3] = [
        (
            &["--index", "plain"],
            &["JCX_DATA_STREAM"],
            ("plain", false),
        ),
        (&["--data-stream", STREAM], &["JCX_INDEX"], (STREAM, true)),
        // Of two variables the index.
        (&[], &["JCX_DATA_STREAM", "JCX_INDEX"], ("other", false)),
    ];
    for (flags, variables, holder) in cases {
        let target = scripted(Script::none());
        let mut jcx = push(&home, &target, documents(1)).args(flags);
        for variable in variables {
            jcx = jcx.env(variable, "other");
        }
        jcx.succeed();
        assert_eq!(target.holders(), [(holder.0.to_owned(), holder.1)]);
    }
}

#[test]
fn an_unusable_name_in_a_document_matters_only_where_names_do() {
    let line =
        "{\"@metadata\":{\"_id\":\"a\",\"raw_index\":7},\"@timestamp\":\"2025-03-01T00:00:00Z\"}\n";
    let home = Home::new();
    let target = Target::start(Setup::default());
    push(&home, &target, line)
        .args(["--index", "archive"])
        .succeed();
    assert!(target.document("archive", "a").is_some());
    let target = scripted(Script::none());
    push_with_letters(&home, &target, line.to_owned() + &documents(1))
        .run()
        .expect_code(3);
    assert_eq!(letters(&home)[0]["type"], "bad_metadata");
}

#[test]
fn a_long_name_is_not_echoed_whole() {
    let home = Home::new();
    let name = "n".repeat(5000);
    let line = document(0).replace(STREAM, &name) + "\n";
    for lines in [line.clone(), documents(1) + &line] {
        let target = scripted(Script::none()).expecting(0..=0);
        let outcome = push(&home, &target, lines).run().expect_code(2);
        assert!(outcome.stderr.len() < 600, "{}", outcome.stderr);
    }
}

#[test]
fn a_server_that_can_be_told_not_to_quote_documents_is_told_so_and_no_other() {
    for (flavor, version, hides_source) in [
        (Flavor::Elasticsearch, "8.18.0", true),
        (Flavor::Elasticsearch, "9.1.2", true),
        (Flavor::Elasticsearch, "8.17.10", false),
        (Flavor::OpenSearch, "-", false),
        (Flavor::Bare, "-", false),
    ] {
        let target = Target::with_template(Setup {
            version,
            hides_source,
            ..Setup::of(flavor)
        });
        let home = Home::new();
        push(&home, &target, documents(2)).succeed();
        let calls = target.bulk_calls();
        let sent = calls[0].parameter("include_source_on_error");
        assert_eq!(
            sent.as_deref(),
            hides_source.then_some("false"),
            "{version}"
        );
        assert_eq!(calls.len(), 1, "{version}");
    }
}

#[test]
fn a_server_that_does_not_know_the_parameter_after_all_gets_the_same_documents_without_it() {
    let target = Target::with_template(Setup {
        version: "9.0.0",
        ..Setup::default()
    });
    let home = Home::new();
    push(&home, &target, documents(4))
        .args(["--batch-docs", "2", "--jobs", "1"])
        .succeed();
    expect_counts(&home, 4, 4, 0, 0);
    let calls = target.bulk_calls();
    let sent: Vec<_> = calls
        .iter()
        .map(|call| call.parameter("include_source_on_error").is_some())
        .collect();
    assert_eq!(sent, [true, false, false], "asked once");
}
