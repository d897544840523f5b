//! A server that looks at a request's announced size, answers 413 and closes without reading it, as both engines do.
//!
//! The client is still writing then, so it sees a broken connection more often than the answer.

use super::{document, documents, expect_counts, id, letters, of_letters};
use crate::harness::Home;
use crate::samples::http::{Reply, Request, Server};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

const STREAM_EXISTS: &str = "{\"indices\":[],\"aliases\":[],\"data_streams\":[{\"name\":\"logs-jumpcloud.events-default\",\"backing_indices\":[\"x\"]}]}";

/// Starts the server; gives its address and the bodies of the bulk requests that it took.
fn start(limit: usize, says_why: bool) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let taken: Arc<Mutex<Vec<String>>> = Arc::default();
    let kept = Arc::clone(&taken);
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let kept = Arc::clone(&kept);
            thread::spawn(move || serve(&stream, (limit, says_why), &kept));
        }
    });
    (url, taken)
}

/// Serves one connection until it ends or a request is too large.
fn serve(
    stream: &TcpStream,
    (limit, says_why): (usize, bool),
    taken: &Mutex<Vec<String>>,
) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
        let is_bulk = line.contains("/_bulk");
        let length = content_length(&mut reader)?;
        if length > limit {
            if says_why {
                answer(stream, "413 Request Entity Too Large", "");
            }
            return None;
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        if is_bulk {
            let text = String::from_utf8(body).ok()?;
            let items = vec!["{\"create\":{\"status\":201}}"; text.lines().count() / 2];
            taken.lock().expect("alone").push(text);
            answer(
                stream,
                "200 OK",
                &format!("{{\"items\":[{}]}}", items.join(",")),
            );
        } else if line.contains("/_resolve/") {
            answer(stream, "200 OK", STREAM_EXISTS);
        } else {
            answer(stream, "405 Method Not Allowed", "{\"error\":\"no\"}");
        }
    }
}

fn content_length(reader: &mut impl BufRead) -> Option<usize> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
        if line.trim().is_empty() {
            return Some(length);
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
    }
}

fn answer(mut stream: &TcpStream, status: &str, body: &str) {
    let text = format!(
        "HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    // A client that left wants no answer.
    let _written = stream.write_all(text.as_bytes());
}

#[test]
fn batches_shrink_until_the_server_takes_them() {
    let (url, taken) = start(1 << 20, true);
    let home = Home::new();
    let filler = "x".repeat(10_000);
    let lines: String = documents(400).replace("\"n\":", &format!("\"x\":\"{filler}\",\"n\":"));
    assert!(lines.len() > 3 << 20);
    home.jcx([
        "push",
        "--es-url",
        &url,
        "--jobs",
        "1",
        "--retry-for",
        "30s",
    ])
    .args(["--summary", "s.json"])
    .input(lines)
    .succeed();
    expect_counts(&home, 400, 400, 0, 0);
    let taken = taken.lock().expect("alone");
    for number in 0..400 {
        let times = taken
            .iter()
            .filter(|body| body.contains(&id(number)))
            .count();
        assert_eq!(times, 1, "{number}");
    }
}

#[test]
fn one_document_that_no_request_can_carry_is_a_dead_letter() {
    let (url, taken) = start(1 << 20, true);
    let home = Home::new();
    let large = document(1).replace(
        "\"n\":",
        &format!("\"x\":\"{}\",\"n\":", "x".repeat(4 << 20)),
    );
    let lines = format!("{}\n{large}\n{}\n", document(0), document(2));
    home.jcx(["push", "--es-url", &url, "--retry-for", "30s"])
        .args(["--summary", "s.json", "--dead-letter", "dead.ndjson"])
        .input(lines)
        .run()
        .expect_code(3);
    expect_counts(&home, 3, 2, 0, 1);
    let letter = &letters(&home)[0];
    // Whether the answer is seen before the connection breaks is chance.
    let kind = letter["type"].as_str().expect("a type");
    assert!(
        ["request_too_large", "connection_closed"].contains(&kind),
        "{kind}"
    );
    assert_eq!(letter["_id"], id(1));
    assert_eq!(taken.lock().expect("alone").len(), 2);
}

/// A document that the server's connection does not survive, also larger than a batch.
fn deadly() -> String {
    let filler = format!("\"x\":\"{}\",\"n\":", "x".repeat(2 << 20));
    document(1).replace("\"n\":", &filler)
}

#[test]
fn a_document_that_closes_every_connection_lets_the_others_pass_and_is_a_dead_letter() {
    for arguments in [
        &["--batch-docs", "1", "--jobs", "1"][..],
        &["--batch-bytes", "1MiB", "--jobs", "3"],
        &["--jobs", "1"],
    ] {
        for order in [[1, 0, 2], [0, 2, 1]] {
            let (url, taken) = start(1 << 20, false);
            let home = Home::new();
            let line = |number| match number {
                1 => deadly() + "\n",
                other => document(other) + "\n",
            };
            home.jcx(["push", "--es-url", &url, "--retry-for", "30s"])
                .args(["--summary", "s.json", "--dead-letter", "dead.ndjson"])
                .args(arguments)
                .input(order.map(line).concat())
                .run()
                .expect_code(3);
            expect_counts(&home, 3, 2, 0, 1);
            let letter = &letters(&home)[0];
            assert_eq!(letter["type"], "connection_closed");
            assert_eq!(letter["_id"], id(1));
            let taken = taken.lock().expect("alone");
            let sent: usize = taken.iter().map(|body| body.lines().count() / 2).sum();
            assert_eq!(sent, 2, "{arguments:?}");
        }
    }
}

#[test]
fn where_nothing_passes_a_closed_connection_is_the_servers_fault() {
    let (url, _taken) = start(1 << 20, false);
    let home = Home::new();
    home.jcx(["push", "--es-url", &url, "--retry-for", "4s"])
        .args(["--summary", "s.json", "--dead-letter", "dead.ndjson"])
        .input(deadly())
        .run()
        .expect_code(6)
        .expect_said("without progress");
    expect_counts(&home, 1, 0, 0, 0);
    assert_eq!(letters(&home).len(), 0);
}

#[test]
fn a_document_that_closes_connections_does_not_lose_one_that_is_suspected_beside_it() {
    let refusal = "{\"error\":{\"type\":\"parse_exception\",\"reason\":\"no\"},\"status\":400}";
    let server = Server::start(move |request: &Request| {
        let (path, body) = (request.path.as_str(), request.text());
        if path.starts_with("/_resolve/") {
            Reply::json(200, STREAM_EXISTS)
        } else if !path.ends_with("/_bulk") {
            Reply::json(405, "{\"error\":\"no\"}")
        } else if body.contains("poison") {
            Reply::json(400, refusal)
        } else if body.contains("\"x\":") {
            Reply::reset()
        } else {
            let items = vec!["{\"create\":{\"status\":201}}"; body.lines().count() / 2];
            Reply::json(200, format!("{{\"items\":[{}]}}", items.join(",")))
        }
    });
    let poisoned = document(0).replace("\"n\":", "\"poison\":");
    let lines = [poisoned, deadly(), document(2), document(3)].join("\n") + "\n";
    let home = Home::new();
    home.jcx(["push", "--es-url", &server.url(), "--retry-for", "30s"])
        .args(["--summary", "s.json", "--dead-letter", "dead.ndjson"])
        .args(["--jobs", "1", "--batch-docs", "2"])
        .input(lines)
        .run()
        .expect_code(3);
    expect_counts(&home, 4, 2, 0, 2);
    let mut ids = of_letters(&home, "_id");
    ids.sort_by_key(ToString::to_string);
    assert_eq!(ids, [id(0), id(1)]);
}
