//! One connection: requests in, answers out, until either side has enough.
//!
//! The last byte of a request's body is left in the socket until the answer is decided, because closing a socket with
//! unread bytes is the one way `std` has to send a reset.

use super::reply::Ending;
use super::{Reply, Request, Shared};
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

const LONGEST_HEAD: usize = 64 * 1024;
const NAP: Duration = Duration::from_millis(1);

/// Serves a connection until it ends.
pub(super) fn serve(mut stream: TcpStream, shared: &Shared) {
    let _ = stream.set_nodelay(true);
    let _ = stream.set_read_timeout(Some(Duration::from_millis(25)));
    while let Some(head) = read_head(&mut stream, shared) {
        let Some(mut request) = parse_head(&head) else {
            shared.defect(format!(
                "a request head that is none: {}",
                String::from_utf8_lossy(&head)
            ));
            return;
        };
        let Some(held_back) = read_body(&mut stream, shared, &mut request) else {
            return;
        };
        let reply = answer(shared, &request);
        let reset = reply.ending == Ending::Reset;
        if !reset && held_back && !fill(&mut stream, shared, &mut [0]) {
            return;
        }
        if !send(&mut stream, shared, &reply) {
            return;
        }
    }
}

fn answer(shared: &Shared, request: &Request) -> Reply {
    shared.calls.fetch_add(1, Ordering::SeqCst);
    match catch_unwind(AssertUnwindSafe(|| (shared.handler)(request))) {
        Ok(reply) => reply,
        Err(payload) => {
            let text = payload.downcast_ref::<String>().cloned().or_else(|| {
                payload
                    .downcast_ref::<&str>()
                    .map(|text| (*text).to_owned())
            });
            shared.defect(format!(
                "the handler panicked: {}",
                text.unwrap_or_default()
            ));
            Reply::new(500).closing()
        }
    }
}

/// Waits for a request head; `None` when the client left or the server stops.
fn read_head(stream: &mut TcpStream, shared: &Shared) -> Option<Vec<u8>> {
    let mut seen = vec![0; LONGEST_HEAD];
    let mut before = 0;
    loop {
        if shared.stopping() {
            return None;
        }
        match stream.peek(&mut seen) {
            Ok(0) => return None,
            Ok(count) => {
                if let Some(end) = seen[..count]
                    .windows(4)
                    .position(|four| four == b"\r\n\r\n")
                {
                    seen.truncate(end + 4);
                    return fill(stream, shared, &mut seen).then_some(seen);
                }
                // A peek returns at once while bytes are there; let the rest arrive.
                if count == before {
                    thread::sleep(NAP);
                }
                before = count;
            }
            Err(error) if waits(&error) => {}
            Err(_) => return None,
        }
    }
}

fn waits(error: &std::io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted
    )
}

/// Reads exactly this many bytes; false when the client left or the server stops.
fn fill(stream: &mut TcpStream, shared: &Shared, buffer: &mut [u8]) -> bool {
    let mut filled = 0;
    while filled < buffer.len() {
        match stream.read(&mut buffer[filled..]) {
            Ok(0) => return false,
            Ok(count) => filled += count,
            Err(error) if waits(&error) && !shared.stopping() => {}
            Err(_) => return false,
        }
    }
    true
}

fn parse_head(head: &[u8]) -> Option<Request> {
    let text = std::str::from_utf8(head).ok()?;
    let mut lines = text.split("\r\n");
    let mut words = lines.next()?.split(' ');
    let (method, target) = (words.next()?.to_owned(), words.next()?);
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let headers = lines
        .take_while(|line| !line.is_empty())
        .map(|line| {
            line.split_once(':')
                .map(|(name, value)| (name.to_owned(), value.trim().to_owned()))
        })
        .collect::<Option<Vec<_>>>()?;
    let (path, query) = (path.to_owned(), query.to_owned());
    Some(Request {
        method,
        path,
        query,
        headers,
        body: Vec::new(),
        at: Instant::now(),
    })
}

/// Reads the body; `Some(true)` when its last byte was only peeked at.
fn read_body(stream: &mut TcpStream, shared: &Shared, request: &mut Request) -> Option<bool> {
    if request.header("Transfer-Encoding").is_some() {
        shared.defect("a chunked request; a Content-Length was expected".to_owned());
        return None;
    }
    if request.header("Expect").is_some() {
        stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").ok()?;
    }
    let length: usize = request
        .header("Content-Length")
        .unwrap_or("0")
        .parse()
        .ok()?;
    let mut body = vec![0; length];
    if length > 0 {
        let (most, last) = body.split_at_mut(length - 1);
        if !fill(stream, shared, most) || !glance(stream, shared, last) {
            return None;
        }
    }
    request.body = body;
    request.at = Instant::now();
    Some(length > 0)
}

fn glance(stream: &TcpStream, shared: &Shared, byte: &mut [u8]) -> bool {
    loop {
        match stream.peek(byte) {
            Ok(count) => return count > 0,
            Err(error) if waits(&error) && !shared.stopping() => {}
            Err(_) => return false,
        }
    }
}

/// Sends an answer; false when the connection is over.
fn send(stream: &mut TcpStream, shared: &Shared, reply: &Reply) -> bool {
    if !sleep(shared, reply.pause) {
        return false;
    }
    if matches!(reply.ending, Ending::Reset | Ending::Dropped) {
        return false;
    }
    let sent = stream
        .write_all(&reply.wire())
        .and_then(|()| stream.flush())
        .is_ok();
    if matches!(reply.ending, Ending::Stalled(_)) {
        while !shared.stopping() && !gone(stream) {
            thread::sleep(NAP);
        }
    }
    sent && reply.ending == Ending::Whole
}

fn sleep(shared: &Shared, pause: Duration) -> bool {
    let until = Instant::now() + pause;
    while Instant::now() < until && !shared.stopping() {
        thread::sleep(NAP);
    }
    !shared.stopping()
}

fn gone(stream: &TcpStream) -> bool {
    match stream.peek(&mut [0]) {
        Ok(count) => count == 0,
        Err(error) => !waits(&error),
    }
}
