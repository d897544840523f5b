//! The simulated servers keep their word: a test that trusts them must not be fooled.

use crate::harness::{day, event, events};
use crate::samples::http::{Reply, Script, Server, gzip};
use crate::samples::instant::{self, MINUTE};
use crate::samples::target::{BulkFault, Flavor, Item, Refusal, Setup, Target};
use crate::samples::tenant::{
    Behaviour, Cap, CursorSpelling, Doubt, Encoding, Event, Fault, Layout, Tenant, Ties,
};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

/// A client as plain as can be: the whole answer as text, or the error.
fn exchange(url: &str, request: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(url.trim_start_matches("http://"))?;
    stream.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

fn post(url: &str, path: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n{body}"
    );
    let mut stream = TcpStream::connect(url.trim_start_matches("http://")).expect("a connection");
    stream.write_all(request.as_bytes()).expect("sending");
    let mut answer = Vec::new();
    let mut chunk = [0; 4096];
    // The server keeps connections open; the announced length says when the answer is whole.
    while !whole(&answer) {
        match stream.read(&mut chunk).expect("an answer") {
            0 => break,
            count => answer.extend_from_slice(&chunk[..count]),
        }
    }
    String::from_utf8_lossy(&answer).into_owned()
}

fn whole(answer: &[u8]) -> bool {
    let text = String::from_utf8_lossy(answer);
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    match head.split("Content-Length: ").nth(1) {
        Some(rest) => {
            body.len()
                >= rest
                    .lines()
                    .next()
                    .and_then(|line| line.parse().ok())
                    .unwrap_or(0)
        }
        None => body.ends_with("0\r\n\r\n"),
    }
}

fn page(tenant: &Tenant, extra: &str) -> String {
    let start = instant::text(day(), 0);
    let key = format!("x-api-key: {}\r\n", tenant.key());
    let body = format!("{{\"service\":[\"all\"],\"start_time\":\"{start}\",\"limit\":10{extra}}}");
    post(&tenant.url(), "/insights/directory/v1/events", &key, &body)
}

fn header<'a>(answer: &'a str, name: &str) -> &'a str {
    let line = answer
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    line.unwrap_or_else(|| panic!("no {name} in {answer}"))
}

fn body(answer: &str) -> &str {
    answer.split_once("\r\n\r\n").expect("a head and a body").1
}

fn message_of(act: impl FnOnce()) -> String {
    let payload = catch_unwind(AssertUnwindSafe(act)).expect_err("a panic");
    payload
        .downcast_ref::<String>()
        .cloned()
        .unwrap_or_default()
}

#[test]
fn a_server_never_called_fails_the_test() {
    let said = message_of(|| Server::start(|_| Reply::new(200)).finish());
    assert!(said.contains("called 0 times"), "{said}");
}

#[test]
fn a_server_called_too_often_fails_the_test() {
    let said = message_of(|| {
        let tenant = Tenant::new(events(1)).expecting(1..=1);
        page(&tenant, "");
        page(&tenant, "");
        tenant.finish();
    });
    assert!(said.contains("called 2 times"), "{said}");
}

#[test]
fn a_handler_that_panics_fails_the_test() {
    let said = message_of(|| {
        let server = Server::start(|_| panic!("unforeseen"));
        assert!(post(&server.url(), "/", "", "x").starts_with("HTTP/1.1 500"));
        server.finish();
    });
    assert!(said.contains("unforeseen"), "{said}");
}

#[test]
fn answers_are_cut_stalled_reset_and_garbled_as_told() {
    let request = "POST / HTTP/1.1\r\nContent-Length: 4\r\n\r\nbody";
    let answer = |reply: Reply| {
        let server = Server::start(move |_| reply.clone());
        exchange(&server.url(), request)
    };
    let whole = Reply::json(200, "[1,2,3]");
    assert!(
        answer(whole.clone().cut(3))
            .expect("a cut answer")
            .ends_with("\r\n\r\n[1,")
    );
    assert!(
        answer(whole.clone().chunked().cut(3))
            .expect("a cut answer")
            .ends_with("3\r\n[1,\r\n")
    );
    assert_eq!(answer(Reply::dropped()).expect("an end"), "");
    assert_eq!(
        answer(Reply::raw("SSH-2.0\r\n")).expect("bytes"),
        "SSH-2.0\r\n"
    );
    let error = answer(Reply::reset()).expect_err("a reset");
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
    let late = whole.after(Duration::from_millis(80)).closing();
    let since = Instant::now();
    assert!(answer(late).expect("an answer").ends_with("[1,2,3]"));
    assert!(since.elapsed() >= Duration::from_millis(80));
}

#[test]
fn a_stalled_answer_lasts_until_the_client_leaves() {
    let server = Server::start(|_| Reply::json(200, "[1,2,3]").stalled(2));
    let mut stream =
        TcpStream::connect(server.url().trim_start_matches("http://")).expect("a connection");
    stream
        .write_all(b"POST / HTTP/1.1\r\nContent-Length: 1\r\n\r\nx")
        .expect("sending");
    stream
        .set_read_timeout(Some(Duration::from_millis(150)))
        .expect("a time-out");
    let mut seen = Vec::new();
    let error = stream.read_to_end(&mut seen).expect_err("silence");
    assert_eq!(error.kind(), std::io::ErrorKind::WouldBlock);
    assert!(seen.ends_with(b"[1"));
    drop(stream);
    let since = Instant::now();
    while server.open() > 0 {
        assert!(
            since.elapsed() < Duration::from_secs(5),
            "the connection is left open"
        );
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn gzip_agrees_with_another_implementation() {
    let text = "every token as received, ".repeat(9000);
    for level in [0, 1, 6, 9] {
        let mut encoder =
            flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(level));
        encoder.write_all(text.as_bytes()).expect("packing");
        let packed = encoder.finish().expect("packing");
        assert_eq!(
            gzip::unpack(&packed).as_deref(),
            Some(text.as_bytes()),
            "level {level}"
        );
        assert_eq!(gzip::unpack(&packed[..packed.len() - 5]), None);
    }
    let packed = gzip::pack(text.as_bytes());
    let mut unpacked = String::new();
    flate2::read::GzDecoder::new(&packed[..])
        .read_to_string(&mut unpacked)
        .expect("unpacking");
    assert_eq!(unpacked, text);
    assert_eq!(gzip::unpack(&gzip::pack(b"")).as_deref(), Some(&b""[..]));
}

#[test]
fn a_walk_by_cursor_gives_every_event_once() {
    for (spelling, ties) in [
        (CursorSpelling::Plain, Ties::ByNanosecond),
        (CursorSpelling::Awkward, Ties::Arbitrary),
    ] {
        let mut all: Vec<Event> = (0..25).map(|number| event(number, day())).collect();
        all.push(event(99, day() + MINUTE));
        let behaviour = Behaviour {
            cursor_spelling: spelling,
            ties,
            ..Behaviour::default()
        };
        let tenant = Tenant::start(all.clone(), behaviour).expecting(3..=3);
        let first = page(&tenant, "");
        assert_eq!(
            (header(&first, "X-Result-Count"), header(&first, "X-Limit")),
            ("10", "10")
        );
        let second = page(
            &tenant,
            &format!(",\"search_after\":{}", header(&first, "X-Search_after")),
        );
        let third = page(
            &tenant,
            &format!(",\"search_after\":{}", header(&second, "X-Search_after")),
        );
        assert_eq!(header(&third, "X-Result-Count"), "6");
        let joined = [&first, &second, &third]
            .map(|answer| body(answer).trim_matches(['[', ']']))
            .join(",");
        for event in &all {
            assert_eq!(joined.matches(&event.text).count(), 1, "{}", event.text);
        }
        tenant.finish();
    }
}

#[test]
fn a_cursor_that_was_retyped_is_refused() {
    let behaviour = Behaviour {
        cursor_spelling: CursorSpelling::Awkward,
        ..Behaviour::default()
    };
    let tenant = Tenant::start(events(11), behaviour);
    let first = page(&tenant, "");
    let retyped = header(&first, "X-Search_after").replace("\\u005a", "Z");
    assert!(page(&tenant, &format!(",\"search_after\":{retyped}")).starts_with("HTTP/1.1 400"));
    assert!(page(&tenant, ",\"search_after\":[1,\"x\"]").starts_with("HTTP/1.1 400"));
}

#[test]
fn limits_caps_and_unknown_keys_follow_the_behaviour() {
    let behaviour = Behaviour {
        cap: Cap::Changing(vec![4, 2]),
        unknown_key: Doubt::Refused,
        ..Behaviour::default()
    };
    let tenant = Tenant::start(events(9), behaviour);
    assert_eq!(header(&page(&tenant, ""), "X-Limit"), "4");
    assert_eq!(header(&page(&tenant, ""), "X-Limit"), "2");
    assert!(page(&tenant, ",\"search_term_filter\":{}").starts_with("HTTP/1.1 400"));
    assert!(
        post(&tenant.url(), "/insights/directory/v1/events", "", "{}").starts_with("HTTP/1.1 401")
    );
}

#[test]
fn encodings_and_layout_keep_the_tokens() {
    let behaviour = Behaviour {
        encoding: Encoding::Chunked,
        layout: Layout::Indented,
        ..Behaviour::default()
    };
    let one = Event::placed(day(), "{\"text\":\"a, {b}: \\\"c\\\" \",\"list\":[1.0,[]]}");
    let tenant = Tenant::start(vec![one], behaviour);
    let answer = page(&tenant, "");
    assert!(answer.contains("Transfer-Encoding: chunked"));
    assert!(answer.contains("\"a, {b}: \\\"c\\\" \""), "{answer}");
    assert!(answer.contains("\n  1.0,\n  [\n  \r\n\t]"), "{answer}");
}

#[test]
fn faults_come_at_their_request() {
    let script = Script::none()
        .on(1, Fault::rate_limited(Some("1")))
        .on(2, Fault::Header("X-Result-Count", "7".to_owned()));
    let tenant = Tenant::start(
        events(3),
        Behaviour {
            pages: script,
            ..Behaviour::default()
        },
    );
    assert_eq!(header(&page(&tenant, ""), "Retry-After"), "1");
    assert_eq!(header(&page(&tenant, ""), "X-Result-Count"), "7");
    assert_eq!(header(&page(&tenant, ""), "X-Result-Count"), "3");
}

const NDJSON: &str = "Content-Type: application/x-ndjson\r\n";
const STREAM: &str = "logs-jumpcloud.events-default";

fn bulk(target: &Target, query: &str, lines: &str) -> String {
    post(
        &target.url(),
        &format!("/{STREAM}/_bulk{query}"),
        NDJSON,
        lines,
    )
}

fn created(id: &str) -> String {
    format!(
        "{{\"create\":{{\"_id\":\"{id}\"}}}}\n{{\"@timestamp\":\"2025-01-01T00:00:00.000Z\",\"n\":\"{id}\"}}\n"
    )
}

#[test]
fn the_target_stores_once_and_says_so() {
    let target = Target::with_template(Setup::default());
    let first = bulk(
        &target,
        "?pipeline=_none",
        &(created("a+/=") + &created("b")),
    );
    assert!(first.contains("\"errors\":false"), "{first}");
    assert_eq!(first.matches("\"status\":201").count(), 2);
    let again = bulk(&target, "", &created("a+/="));
    assert!(
        again.contains("version_conflict_engine_exception") && again.contains("\"status\":409")
    );
    assert_eq!(target.documents(STREAM).len(), 2);
    assert!(target.document(STREAM, "a+/=").is_some());
    assert_eq!(target.holders(), [(STREAM.to_owned(), true)]);
    let count = post(&target.url(), &format!("/{STREAM}/_count"), "", "{}");
    assert_eq!(body(&count), "{\"count\":2}");
}

#[test]
fn the_target_refuses_what_engines_refuse() {
    let target = Target::with_template(Setup::default());
    let unterminated = bulk(&target, "", created("a").trim_end());
    assert!(unterminated.starts_with("HTTP/1.1 400"), "{unterminated}");
    assert!(
        bulk(&target, "?include_source_on_error=false", &created("a")).starts_with("HTTP/1.1 400")
    );
    assert!(bulk(&target, "", &created(&"x".repeat(513))).starts_with("HTTP/1.1 400"));
    let without = bulk(&target, "", "{\"create\":{\"_id\":\"a\"}}\n{\"n\":1}\n");
    assert!(without.contains("document_parsing_exception") && without.contains("\"status\":400"));
    let plain = post(
        &target.url(),
        "/_bulk",
        NDJSON,
        "{\"create\":{\"_index\":\"other\"}}\n{}\n",
    );
    assert!(plain.contains("\"status\":201"), "{plain}");
    assert!(target.holders().contains(&("other".to_owned(), false)));
    let missing = post(
        &target.url(),
        "/_bulk?require_data_stream=true",
        NDJSON,
        "{\"create\":{\"_index\":\"y\"}}\n{}\n",
    );
    assert!(missing.contains("index_not_found_exception"), "{missing}");
}

#[test]
fn flavors_answer_differently_about_what_is_absent() {
    for (flavor, resolved, greeting) in [
        (Flavor::Elasticsearch, "404", "200"),
        (Flavor::OpenSearch, "200", "200"),
        (Flavor::Bare, "404", "405"),
    ] {
        let target = Target::start(Setup::of(flavor));
        let url = target.url();
        let status = |path: &str| {
            let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n");
            let mut stream =
                TcpStream::connect(url.trim_start_matches("http://")).expect("a connection");
            stream.write_all(request.as_bytes()).expect("sending");
            let mut head = [0; 12];
            stream.read_exact(&mut head).expect("a status line");
            String::from_utf8_lossy(&head[9..]).into_owned()
        };
        assert_eq!(
            status(&format!("/_resolve/index/{STREAM}")),
            resolved,
            "{flavor:?}"
        );
        assert_eq!(status("/"), greeting, "{flavor:?}");
        assert_eq!(status("/_security/user/_has_privileges"), "400");
    }
}

#[test]
fn a_scripted_target_misbehaves_as_told() {
    let setup = Setup {
        bulks: Script::none()
            .on(1, BulkFault::AfterStoring(Reply::json(503, "")))
            .on(2, BulkFault::FewerItems(1)),
        refusals: vec![
            Refusal::of(
                "\"n\":\"busy\"",
                Item::refused(429, "es_rejected_execution_exception", "full"),
            )
            .times(1),
        ],
        largest: Some(400),
        ..Setup::default()
    };
    let target = Target::with_template(setup);
    assert!(bulk(&target, "", &created("a")).starts_with("HTTP/1.1 503"));
    assert!(
        target.document(STREAM, "a").is_some(),
        "stored before the answer failed"
    );
    assert_eq!(
        bulk(&target, "", &(created("b") + &created("c")))
            .matches("\"status\":201")
            .count(),
        1
    );
    assert!(bulk(&target, "", &created("busy")).contains("\"status\":429"));
    assert!(bulk(&target, "", &created("busy")).contains("\"status\":201"));
    assert!(bulk(&target, "", &created("a").repeat(9)).starts_with("HTTP/1.1 413"));
}

#[test]
fn templates_are_kept_refused_and_simulated() {
    let target = Target::start(Setup::of(Flavor::Bare));
    let send = |method: &str, path: &str, text: &str| {
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n{text}",
            text.len()
        );
        let mut stream =
            TcpStream::connect(target.url().trim_start_matches("http://")).expect("a connection");
        stream.write_all(request.as_bytes()).expect("sending");
        stream
            .set_read_timeout(Some(Duration::from_millis(200)))
            .expect("a time-out");
        let mut answer = Vec::new();
        let _silence = stream.read_to_end(&mut answer);
        String::from_utf8_lossy(&answer).into_owned()
    };
    let template = |priority: i64, field_type: &str| {
        format!(
            "{{\"index_patterns\":[\"logs-jumpcloud.events-*\"],\"priority\":{priority},\"data_stream\":{{}},\
             \"template\":{{\"mappings\":{{\"properties\":{{\"type\":{{\"type\":\"{field_type}\"}}}}}}}}}}"
        )
    };
    let put =
        |name: &str, text: &str| send("PUT", &format!("/_index_template/{name}?create=true"), text);
    let lacking = put("one", &template(180, "wildcard"));
    assert!(
        lacking.contains("No handler for type [wildcard]"),
        "{lacking}"
    );
    assert!(put("one", &template(180, "keyword")).starts_with("HTTP/1.1 200"));
    assert!(put("one", &template(180, "keyword")).contains("already exists"));
    assert!(put("two", &template(180, "keyword")).contains("same priority"));
    assert!(put("three", &template(200, "keyword")).starts_with("HTTP/1.1 200"));
    assert!(send("GET", "/_index_template", "").contains("\"name\":\"three\""));
    assert!(send("GET", "/_index_template/four", "").starts_with("HTTP/1.1 404"));
    let simulated = send(
        "POST",
        &format!("/_index_template/_simulate_index/{STREAM}"),
        "",
    );
    assert!(simulated.contains("\"type\":\"keyword\""), "{simulated}");
    assert!(send("POST", "/_index_template/_simulate_index/other", "").ends_with("\r\n\r\n{}"));
    assert!(bulk(&target, "", &created("a")).contains("\"_index\":\".ds-"));
}
