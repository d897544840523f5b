//! A server that is away for a moment, so that connections are refused: of what was never sent nothing is unknown.

use super::documents;
use crate::harness::Home;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

const TWO_INDICES: &str = "{\"indices\":[],\"aliases\":[],\"data_streams\":[{\"name\":\"logs-jumpcloud.events-default\",\"backing_indices\":[\"x\",\"y\"]}]}";

/// Starts a server that is away for a while once it was asked this, and answers it; gives its address, and what it is asked.
fn away_after(question: &'static str) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address");
    let asked: Arc<Mutex<Vec<String>>> = Arc::default();
    let kept = Arc::clone(&asked);
    thread::spawn(move || serve(listener, address, question, &kept));
    (format!("http://{address}"), asked)
}

fn serve(
    mut listener: TcpListener,
    address: SocketAddr,
    question: &str,
    asked: &Mutex<Vec<String>>,
) {
    let mut was_away = false;
    while let Ok((stream, _)) = listener.accept() {
        let Some((line, body)) = read(&stream) else {
            continue;
        };
        asked.lock().expect("alone").push(line.clone());
        if !was_away && line.starts_with(question) {
            was_away = true;
            drop(listener);
            answer(&stream, &line, &body);
            thread::sleep(Duration::from_millis(300));
            listener = TcpListener::bind(address).expect("the port again");
        } else {
            answer(&stream, &line, &body);
        }
    }
}

fn read(stream: &TcpStream) -> Option<(String, String)> {
    let mut reader = BufReader::new(stream);
    let (mut first, mut length) = (String::new(), 0);
    reader.read_line(&mut first).ok().filter(|read| *read > 0)?;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
        if line.trim().is_empty() {
            break;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some((first, String::from_utf8(body).ok()?))
}

/// Closes each connection, so that the next request needs a new one.
fn answer(mut stream: &TcpStream, line: &str, body: &str) {
    let items = vec!["{\"create\":{\"status\":201}}"; body.lines().count() / 2];
    let (status, text) = if line.contains("/_bulk") {
        ("200 OK", format!("{{\"items\":[{}]}}", items.join(",")))
    } else if line.contains("/_resolve/") {
        ("200 OK", TWO_INDICES.to_owned())
    } else if line.contains("/_search") || line.contains("/_refresh") {
        let nothing = "{\"timed_out\":false,\"_shards\":{\"failed\":0}}";
        ("200 OK", nothing.to_owned())
    } else {
        ("405 Method Not Allowed", "{\"error\":\"no\"}".to_owned())
    };
    let text = format!(
        "HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{text}",
        text.len()
    );
    // A client that left wants no answer.
    let _written = stream.write_all(text.as_bytes());
}

#[test]
fn a_request_that_was_never_sent_cannot_have_stored_anything() {
    let search = "POST /logs-jumpcloud.events-default/_search";
    for (dedupe, last_before, looked) in [
        ("none", "GET /?filter_path=version", 0),
        ("auto", search, 1),
    ] {
        let (url, asked) = away_after(last_before);
        let home = Home::new();
        home.jcx(["push", "--es-url", &url, "--retry-for", "20s", "-v"])
            .args(["--dedupe", dedupe])
            .input(documents(3))
            .succeed()
            .expect_said("trying again")
            .expect_unsaid("were sent again");
        let asked = asked.lock().expect("alone");
        for path in ["/_search", "/_refresh"] {
            let times = asked.iter().filter(|line| line.contains(path)).count();
            assert_eq!(times, looked, "{path}: {asked:?}");
        }
    }
}
