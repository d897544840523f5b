//! `jcx template`: printed, installed, recognised, and never over somebody else's.

use super::{STREAM, documents, expect_counts, push};
use crate::harness::{Home, Jcx};
use crate::samples::http::{Reply, Server};
use crate::samples::target::{Flavor, Setup, Target, error};
use serde_json::Value;
use std::sync::{Arc, Mutex};

const NAME: &str = "jcx-logs-jumpcloud.events";

fn install(home: &Home, url: &str) -> Jcx {
    home.jcx([
        "template",
        "--install",
        "--es-url",
        url,
        "--retry-for",
        "5s",
    ])
}

fn put_back(target: &Target) -> Value {
    serde_json::from_str(&target.template(NAME).expect("a template")).expect("JSON")
}

#[test]
fn the_printed_body_is_json_for_the_asked_flavor() {
    let home = Home::new();
    let print = |flavor: &[&str]| -> Value {
        let outcome = home.jcx(["template"]).args(flavor).succeed();
        serde_json::from_slice(&outcome.stdout).expect("JSON")
    };
    let elastic = print(&[]);
    assert_eq!(elastic, print(&["--flavor", "elasticsearch"]));
    assert_eq!(elastic["index_patterns"][0], "logs-jumpcloud.events-*");
    let open = print(&["--flavor", "opensearch"]);
    assert!(open.to_string().contains("flat_object") && !open.to_string().contains("flattened"));
    home.jcx(["template", "--data-stream", "nope"])
        .run()
        .expect_code(2)
        .expect_said("--data-stream");
    home.jcx(["template", "--install"])
        .run()
        .expect_code(2)
        .expect_error_and_hint("no server", "--es-url");
}

#[test]
fn installing_makes_the_target_a_data_stream_on_every_flavor() {
    for (flavor, type_name) in [
        (Flavor::Elasticsearch, "flattened"),
        (Flavor::OpenSearch, "flat_object"),
        (Flavor::Bare, "flattened"),
    ] {
        let target = Target::start(Setup::of(flavor));
        let home = Home::new();
        install(&home, &target.url()).succeed();
        let body = put_back(&target);
        assert_eq!(body["_meta"]["managed_by"], "jcx");
        assert!(body.to_string().contains(type_name), "{flavor:?}");
        push(&home, &target, documents(2)).succeed();
        expect_counts(&home, 2, 2, 0, 0);
        assert_eq!(target.holders(), [(STREAM.to_owned(), true)]);
    }
}

#[test]
fn types_that_the_server_lacks_are_replaced_and_named() {
    let target = Target::start(Setup::of(Flavor::Bare));
    let home = Home::new();
    let outcome = install(&home, &target.url()).succeed();
    assert_eq!(
        outcome.stderr.matches("warning").count(),
        1,
        "{}",
        outcome.stderr
    );
    outcome.expect_said("constant_keyword, match_only_text, wildcard");
    let text = put_back(&target).to_string();
    assert!(!text.contains("match_only_text") && !text.contains("\"wildcard\""));
    let puts = target
        .calls()
        .iter()
        .filter(|call| call.method == "PUT")
        .count();
    assert_eq!(puts, 4);
}

#[test]
fn an_equal_template_is_up_to_date_and_an_older_one_of_ours_is_replaced() {
    let target = Target::start(Setup::default());
    let home = Home::new();
    install(&home, &target.url()).succeed();
    install(&home, &target.url()).succeed();
    let puts = || {
        target
            .calls()
            .iter()
            .filter(|call| call.method == "PUT")
            .count()
    };
    assert_eq!(puts(), 1, "the second run changes nothing");

    let old = format!(
        "{{\"index_templates\":[{{\"name\":\"{NAME}\",\"index_template\":{{\"index_patterns\":[\"logs-jumpcloud.events-*\"],\"priority\":180,\"data_stream\":{{}},\"_meta\":{{\"managed_by\":\"jcx\",\"version\":\"0.0.1\"}}}}}}]}}"
    );
    let queries: Arc<Mutex<Vec<String>>> = Arc::default();
    let seen = Arc::clone(&queries);
    let server = Server::start(move |request| {
        if request.method == "PUT" {
            seen.lock().expect("alone").push(request.query.clone());
            return Reply::json(200, "{\"acknowledged\":true}");
        }
        match request.path.as_str() {
            "/" => Reply::json(200, "{\"version\":{\"number\":\"8.17.10\"}}"),
            _ => Reply::json(200, old.clone()),
        }
    });
    install(&home, &server.url()).succeed();
    assert_eq!(*queries.lock().expect("alone"), [""], "without create=true");
}

#[test]
fn a_template_that_is_not_ours_stays() {
    let target = Target::start(Setup::default());
    let theirs = format!(
        "{{\"index_templates\":[{{\"name\":\"{NAME}\",\"index_template\":{{\"index_patterns\":[\"x-*\"]}}}}]}}"
    );
    let server =
        Server::start(
            move |request| match (request.method.as_str(), request.path.as_str()) {
                ("GET", "/") => Reply::json(200, "{\"version\":{\"number\":\"8.17.10\"}}"),
                ("GET", _) => Reply::json(200, theirs.clone()),
                _ => Reply::new(500),
            },
        );
    let home = Home::new();
    install(&home, &server.url())
        .run()
        .expect_code(2)
        .expect_error_and_hint("that jcx did not make", "stays as it is");
    assert!(server.calls() <= 2);
    // The well-behaved one, to show that only the owner made the difference.
    install(&home, &target.url()).succeed();
    let first = &target
        .calls()
        .into_iter()
        .find(|call| call.method == "PUT")
        .expect("a PUT");
    assert_eq!(first.parameter("create").as_deref(), Some("true"));
}

#[test]
fn a_stronger_template_is_named() {
    let listed = "{\"index_templates\":[{\"name\":\"logs-jumpcloud.events\",\"index_template\":{\"index_patterns\":[\"logs-jumpcloud.events-*\"],\"priority\":200,\"data_stream\":{}}}]}";
    let server =
        Server::start(
            move |request| match (request.method.as_str(), request.path.as_str()) {
                ("GET", "/") => {
                    Reply::json(405, "{\"error\":\"Incorrect HTTP method\",\"status\":405}")
                        .header("X-elastic-product", "Elasticsearch")
                }
                ("GET", "/_index_template") => Reply::json(200, listed),
                ("GET", _) => error(404, "resource_not_found_exception", "not found"),
                _ => Reply::json(200, "{\"acknowledged\":true}"),
            },
        );
    let home = Home::new();
    install(&home, &server.url()).succeed().expect_said(
        "logs-jumpcloud.events (priority 200) matches logs-jumpcloud.events-default too and wins",
    );
}

#[test]
fn refusals_name_the_privilege_or_the_server() {
    let home = Home::new();
    let refusing = |reply: Reply| {
        Server::start(move |request| match request.method.as_str() {
            "GET" if request.path == "/" => Reply::json(
                403,
                "{\"error\":{\"type\":\"security_exception\",\"reason\":\"no\"}}",
            ),
            "GET" => error(404, "resource_not_found_exception", "not found"),
            _ => reply.clone(),
        })
    };
    let forbidden = error(
        403,
        "security_exception",
        "action [indices:admin/index_template/put] is unauthorized",
    );
    let server = refusing(forbidden);
    install(&home, &server.url())
        .run()
        .expect_code(4)
        .expect_error_and_hint("index_template/put", "manage_index_templates");
    let same = error(
        400,
        "illegal_argument_exception",
        "index template [jcx] has index patterns matching patterns from existing templates [x] with the same priority [180]",
    );
    let server = refusing(same);
    install(&home, &server.url())
        .run()
        .expect_code(2)
        .expect_said("same priority");
    let page = Server::start(|_| Reply::html(200));
    install(&home, &page.url())
        .run()
        .expect_code(6)
        .expect_said("is not Elasticsearch");
}

#[test]
fn a_server_that_lacks_another_type_each_time_is_not_asked_for_ever() {
    let asked = Arc::new(Mutex::new(0));
    let count = Arc::clone(&asked);
    let server = Server::start(move |request| {
        if request.method != "PUT" {
            return match request.path.as_str() {
                "/" => Reply::json(200, "{\"version\":{\"number\":\"8.17.0\"}}"),
                "/_index_template" => Reply::json(200, "{\"index_templates\":[]}"),
                _ => error(404, "resource_not_found_exception", "not found"),
            };
        }
        let mut count = count.lock().expect("alone");
        *count += 1;
        // The first one is in the template, the others are not.
        let name = match *count {
            1 => "wildcard".to_owned(),
            other => format!("type{other}"),
        };
        let reason = format!("No handler for type [{name}] declared on field [x]");
        error(400, "mapper_parsing_exception", &reason)
    });
    let home = Home::new();
    install(&home, &server.url())
        .run()
        .expect_code(6)
        .expect_said("lacks the field type type2, which has no substitute");
    assert_eq!(*asked.lock().expect("alone"), 2);
}
