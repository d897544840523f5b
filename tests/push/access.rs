//! Credentials from all their places, servers that are away or something else, and secrets that stay secret.

use super::{documents, expect_counts, push};
use crate::harness::{Home, Jcx};
use crate::samples::http::{Reply, Script, Server};
use crate::samples::target::{BulkFault, Setup, Target, error};
use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;

/// A target that takes exactly this header.
fn guarded(header: &str) -> Target {
    Target::with_template(Setup {
        authorization: Some(header.to_owned()),
        ..Setup::default()
    })
}

/// Adds a credential to a run.
type Change = fn(Jcx) -> Jcx;

/// `id:key` in Base64.
const READY: &str = "aWQ6a2V5";

#[test]
fn credentials_come_from_every_place_and_are_really_sent() {
    let home = Home::new();
    home.key_file("plain", "id:key\n");
    home.key_file("ready", READY);
    home.key_file("jcx-es-api-key", "id:key");
    home.key_file("token", "t0ken");
    home.key_file("password", "pa:ss\n");
    let key = format!("ApiKey {READY}");
    let cases: [(&str, Change); 10] = [
        (&key, |jcx| jcx.args(["--es-api-key-file", "plain"])),
        (&key, |jcx| jcx.args(["--es-api-key-file", "ready"])),
        (&key, |jcx| jcx.env("JCX_ES_API_KEY_FILE", "plain")),
        (&key, |jcx| jcx.env("CREDENTIALS_DIRECTORY", ".")),
        (&key, |jcx| jcx.env("JCX_ES_API_KEY", "id:key")),
        (&key, |jcx| jcx.env("JCX_ES_API_KEY", READY)),
        ("Bearer t0ken", |jcx| {
            jcx.env("JCX_ES_BEARER_TOKEN", "t0ken")
        }),
        ("Bearer t0ken", |jcx| {
            jcx.env("JCX_ES_BEARER_TOKEN_FILE", "token")
        }),
        ("Basic bWU6cGE6c3M=", |jcx| {
            jcx.env("JCX_ES_USERNAME", "me")
                .env("JCX_ES_PASSWORD", "pa:ss")
        }),
        ("Basic bWU6cGE6c3M=", |jcx| {
            jcx.env("JCX_ES_USERNAME", "me")
                .env("JCX_ES_PASSWORD_FILE", "password")
        }),
    ];
    for (header, change) in cases {
        let target = guarded(header);
        change(push(&home, &target, documents(1)))
            .arg("-vv")
            .succeed();
        expect_counts(&home, 1, 1, 0, 0);
        assert!(
            target
                .calls()
                .iter()
                .all(|call| call.header("Authorization") == Some(header))
        );
    }
}

#[test]
fn the_first_place_that_has_something_wins() {
    let home = Home::new();
    for (name, key) in [
        ("flag", "id:1"),
        ("variable", "id:2"),
        ("jcx-es-api-key", "id:3"),
        ("token", "token5"),
        ("password", "pw7"),
    ] {
        home.key_file(name, key);
    }
    // Each place beside all below it.
    let places: [(&str, Change); 8] = [
        ("ApiKey aWQ6MQ==", |jcx| {
            jcx.args(["--es-api-key-file", "flag"])
        }),
        ("ApiKey aWQ6Mg==", |jcx| {
            jcx.env("JCX_ES_API_KEY_FILE", "variable")
        }),
        ("ApiKey aWQ6Mw==", |jcx| {
            jcx.env("CREDENTIALS_DIRECTORY", ".")
        }),
        ("ApiKey aWQ6NA==", |jcx| jcx.env("JCX_ES_API_KEY", "id:4")),
        ("Bearer token5", |jcx| {
            jcx.env("JCX_ES_BEARER_TOKEN_FILE", "token")
        }),
        ("Bearer token6", |jcx| {
            jcx.env("JCX_ES_BEARER_TOKEN", "token6")
        }),
        ("Basic bWU6cHc3", |jcx| {
            jcx.env("JCX_ES_USERNAME", "me")
                .env("JCX_ES_PASSWORD_FILE", "password")
        }),
        ("Basic bWU6cHc4", |jcx| {
            jcx.env("JCX_ES_USERNAME", "me")
                .env("JCX_ES_PASSWORD", "pw8")
        }),
    ];
    for (at, (header, _)) in places.iter().enumerate() {
        let target = guarded(header);
        let run = push(&home, &target, documents(1));
        let changes = places[at..].iter().map(|(_, change)| change);
        changes.fold(run, |run, change| change(run)).succeed();
    }
    // An empty variable is none, and half a credential of a lower place harms nobody.
    let target = guarded("ApiKey aWQ6NA==");
    push(&home, &target, documents(1))
        .env("JCX_ES_API_KEY_FILE", "")
        .env("CREDENTIALS_DIRECTORY", "")
        .env("JCX_ES_API_KEY", "id:4")
        .env("JCX_ES_USERNAME", "me")
        .succeed();
}

#[test]
fn wrong_and_missing_credentials_end_with_4_before_anything_is_sent() {
    let target = guarded("ApiKey right");
    let home = Home::new();
    push(&home, &target, documents(1))
        .env("JCX_ES_API_KEY", "S3CRET:KEY")
        .arg("-vv")
        .run()
        .expect_code(4)
        .expect_error_and_hint("refuses the credentials", "JCX_ES_API_KEY")
        .expect_unsaid("S3CRET")
        .expect_unsaid("UzNDUkVUOktFWQ");
    push(&home, &target, documents(1))
        .run()
        .expect_code(4)
        .expect_error_and_hint("wants credentials and got none", "JCX_ES_USERNAME");
    assert_eq!(target.bulk_calls().len(), 0);
    let summary = String::from_utf8(home.read("s.json")).expect("text");
    assert!(!summary.contains("S3CRET"));
}

#[test]
fn half_a_credential_and_bad_key_files_are_refused() {
    let home = Home::new();
    home.file("open", "id:key");
    home.key_file("empty", "\n");
    home.key_file("two", "a\nb");
    home.file("docs", documents(1));
    let run = || home.jcx(["push", "docs", "--es-url", "http://127.0.0.1:9"]);
    run()
        .env("JCX_ES_USERNAME", "me")
        .run()
        .expect_code(2)
        .expect_error_and_hint("without a password", "JCX_ES_PASSWORD");
    run()
        .env("JCX_ES_PASSWORD", "pw")
        .run()
        .expect_code(2)
        .expect_error_and_hint("without a user", "JCX_ES_USERNAME");
    for (file, said) in [
        ("open", "every user"),
        ("empty", "empty"),
        ("two", "several lines"),
        ("missing", "missing"),
    ] {
        run()
            .args(["--es-api-key-file", file])
            .run()
            .expect_code(2)
            .expect_said(said);
    }
    home.jcx([
        "push",
        "--es-url",
        "http://127.0.0.1:9",
        "--es-api-key-file",
        "-",
    ])
    .input("x")
    .run()
    .expect_code(2)
    .expect_said("stdin can be read only once");
}

#[test]
fn addresses_that_are_none_are_refused() {
    let home = Home::new();
    home.file("docs", documents(1));
    for url in [
        "https://me:pw@127.0.0.1:9",
        "localhost:9200",
        "ftp://x",
        "http://x?y",
    ] {
        home.jcx(["push", "docs", "--es-url", url])
            .run()
            .expect_code(2)
            .expect_unsaid("pw");
    }
}

#[test]
fn a_server_that_is_away_is_waited_for_and_then_given_up() {
    let home = Home::new();
    home.file("docs", documents(1));
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    drop(listener);
    home.jcx([
        "push",
        "docs",
        "--es-url",
        &url,
        "--retry-for",
        "1s",
        "--summary",
        "s.json",
    ])
    .run()
    .expect_code(6)
    .expect_error_and_hint("gave up after 1 s", "run the same command again");
    assert!(home.summary("s.json")["retries"].as_u64() > Some(0));
}

#[test]
fn something_else_than_elasticsearch_is_called_so() {
    let answers = [
        Reply::html(200),
        Reply::html(404),
        Reply::new(404),
        Reply::json(200, "{\"status\":\"up\"}"),
        Reply::json(200, "[]"),
        Reply::json(404, "{\"error\":\"not found\"}"),
        Reply::new(204),
    ];
    for reply in answers {
        let shown = format!("{reply:?}");
        let server = Server::start(move |_| reply.clone());
        let home = Home::new();
        home.file("docs", documents(1));
        let outcome = home
            .jcx(["push", "docs", "--es-url", &server.url()])
            .run()
            .expect_code(6);
        outcome.expect_error_and_hint("is not Elasticsearch", "--es-url");
        assert!(server.calls() < 6, "{shown}");
    }
}

#[test]
fn the_web_page_of_a_cluster_is_told_from_the_cluster() {
    for (reply, name) in [
        (
            Reply::new(302)
                .header("kbn-name", "x")
                .header("Location", "/spaces/enter"),
            "is Kibana",
        ),
        (
            Reply::json(404, "{\"error\":\"Not Found\"}").header("kbn-name", "x"),
            "is Kibana",
        ),
        (
            Reply::json(401, "{\"error\":\"Unauthorized\"}").header("kbn-name", "x"),
            "is Kibana",
        ),
        (
            Reply::html(503).header("osd-name", "x"),
            "is OpenSearch Dashboards",
        ),
    ] {
        let server = Server::start(move |_| reply.clone());
        let home = Home::new();
        home.file("docs", documents(1));
        home.jcx(["push", "docs", "--es-url", &server.url()])
            .run()
            .expect_code(6)
            .expect_error_and_hint(name, "9200");
        assert_eq!(server.calls(), 1, "{name}");
    }
}

#[test]
fn an_api_key_with_something_around_it_is_refused_before_anything_is_asked() {
    let home = Home::new();
    home.file("docs", documents(1));
    for key in [
        "\"aWQ6a2V5\"",
        "ApiKey aWQ6a2V5",
        "{\"encoded\":\"aWQ6a2V5\"}",
    ] {
        home.jcx(["push", "docs", "--es-url", "http://127.0.0.1:1"])
            .env("JCX_ES_API_KEY", key)
            .run()
            .expect_code(2)
            .expect_error_and_hint("quotes, braces or white space", "the key alone")
            .expect_unsaid("aWQ6");
    }
}

#[test]
fn http_to_a_server_that_speaks_tls_and_the_other_way_round_say_what_to_write() {
    // An alert, as a server with TLS gives it to whoever speaks plainly, and an answer to a greeting that is not understood.
    for (scheme, answer, hint) in [
        (
            "http",
            &b"\x15\x03\x03\x00\x02\x02\x50"[..],
            "wants https://",
        ),
        (
            "https",
            &b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"[..],
            "http:// in --es-url",
        ),
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        thread::spawn(move || {
            for mut stream in listener.incoming().map_while(Result::ok) {
                let mut greeting = [0; 16];
                let _read = stream.read(&mut greeting);
                let _written = stream.write_all(answer);
            }
        });
        let home = Home::new();
        home.file("docs", documents(1));
        home.jcx([
            "push",
            "docs",
            "--es-url",
            &format!("{scheme}://127.0.0.1:{port}"),
        ])
        .args(["--retry-for", "0s"])
        .run()
        .expect_code(6)
        .expect_error_and_hint(scheme, hint);
    }
}

#[test]
fn a_redirect_is_not_followed() {
    let target = Target::with_template(Setup::default()).expecting(0..=0);
    let to = target.url();
    let server = Server::start(move |_| Reply::new(301).header("Location", to.clone()));
    let home = Home::new();
    home.file("docs", documents(1));
    home.jcx(["push", "docs", "--es-url", &server.url()])
        .env("JCX_ES_API_KEY", "a:b")
        .run()
        .expect_code(6)
        .expect_error_and_hint("redirects are not followed", "--es-url");
}

#[test]
fn a_ca_file_that_is_none_is_refused() {
    let home = Home::new();
    home.file("docs", documents(1));
    home.file("ca.pem", "no certificate");
    for file in ["ca.pem", "missing.pem"] {
        home.jcx([
            "push",
            "docs",
            "--es-url",
            "https://127.0.0.1:9",
            "--es-ca-file",
            file,
        ])
        .run()
        .expect_code(2)
        .expect_said(file);
    }
}

#[test]
fn a_credential_that_a_server_echoes_is_not_shown() {
    let echo = "bad header: ApiKey aWQ6UzNDUkVUa2V5 for id:S3CRETkey";
    for (reply, code) in [
        (error(401, "security_exception", echo), 4),
        (error(403, "security_exception", echo), 4),
        (Reply::json(200, format!("{{\"you sent\":\"{echo}\"}}")), 6),
        (Reply::new(302).header("Location", echo), 6),
    ] {
        let target = Target::with_template(Setup {
            bulks: Script::none().from(1, BulkFault::Answer(reply)),
            ..Setup::default()
        });
        let home = Home::new();
        push(&home, &target, documents(1))
            .env("JCX_ES_API_KEY", "id:S3CRETkey")
            .arg("-vv")
            .run()
            .expect_code(code)
            .expect_said("***")
            .expect_unsaid("S3CRET")
            .expect_unsaid("aWQ6UzND");
        let summary = String::from_utf8(home.read("s.json")).expect("text");
        assert!(!summary.contains("S3CRET") && !summary.contains("aWQ6UzND"));
    }
}
