//! Answers that come, but too slowly to wait for, and how long they are waited for.

use super::documents;
use crate::harness::Home;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

/// Between two bytes.
const PAUSE: Duration = Duration::from_millis(200);

/// Starts a server whose answers drip: their heads, or only their bodies.
fn start(head_too: bool) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            thread::spawn(move || serve(stream, head_too));
        }
    });
    url
}

fn serve(mut stream: TcpStream, head_too: bool) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut line = String::new();
    while line != "\r\n" {
        line.clear();
        reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
    }
    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n";
    let mut dripping = " ".repeat(1000);
    if head_too {
        dripping.insert_str(0, head);
    } else {
        stream.write_all(head.as_bytes()).ok()?;
    }
    for byte in dripping.bytes() {
        stream.write_all(&[byte]).ok()?;
        thread::sleep(PAUSE);
    }
    None
}

#[test]
fn an_answer_that_drips_is_waited_for_no_longer_than_one_that_does_not_come() {
    for head_too in [false, true] {
        let home = Home::new();
        let outcome = home
            .jcx(["push", "--es-url", &start(head_too)])
            .args(["--es-timeout", "1s", "--retry-for", "0s"])
            .input(documents(1))
            .run()
            .expect_code(6)
            .expect_said("timeout");
        // Every single byte comes in time, and all of them would take minutes.
        let took = outcome.took;
        assert!(took >= Duration::from_secs(1), "{took:?}");
        assert!(took < Duration::from_secs(8), "{took:?}");
    }
}

#[test]
fn no_time_at_all_is_no_time_to_wait_and_is_refused() {
    let home = Home::new();
    home.file("docs", documents(1));
    for arguments in [
        &["push", "docs", "--es-timeout", "0s"][..],
        &["template", "--install", "--es-timeout", "0min"],
        &["fetch", "--since", "1d", "--timeout", "0s"],
        &["count", "--since", "1d", "--timeout", "0s"],
        &["fetch", "--since", "1d", "--retention", "0d"],
    ] {
        home.jcx(arguments)
            .run()
            .expect_code(2)
            .expect_said("is no time at all; write for example 30s");
    }
}
