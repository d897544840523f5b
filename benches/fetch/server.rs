//! The simulated API as a process of its own, so that neither its time nor its memory counts as the client's.
//!
//! Made for speed: a thread for each connection, bodies written piece by piece from texts that are ready. `samples/tenant/`
//! plays every doubt of the API instead, one request at a time.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::answer::{Body, answer};
use crate::call::Call;
use crate::month::Month;

/// Bytes of a body that are written at once.
const PIECE: usize = 256 << 10;

/// Asks for the calls since this was asked last, a line each; no client's request.
pub const CALLS: &str = "/calls";

/// What the connections share.
struct Server {
    month: Month,
    latency: Duration,
    calls: Mutex<Vec<Call>>,
}

struct Request {
    path: String,
    body: String,
    came: Instant,
}

/// Serves so many events of such a size, each answer after so many milliseconds, until stdin ends. The first line says the
/// address and the bytes that all events have as lines.
pub fn serve(count: usize, size: usize, latency: u64) {
    let month = Month::new(count, size);
    let bytes = month.bytes(&month.all()) + count as u64;
    let server = Arc::new(Server {
        month,
        latency: Duration::from_millis(latency),
        calls: Mutex::default(),
    });
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port on loopback");
    let address = listener.local_addr().expect("the address just bound");
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let server = Arc::clone(&server);
            // A client that leaves is no matter of the server's.
            thread::spawn(move || server.attend(stream).ok());
        }
    });
    println!("http://{address} {bytes}");
    let ended = io::stdin().read_to_end(&mut Vec::new());
    ended.expect("the bench holds the other end");
}

impl Server {
    fn attend(&self, stream: TcpStream) -> io::Result<()> {
        stream.set_nodelay(true)?;
        let mut reader = BufReader::new(stream.try_clone()?);
        let mut stream = stream;
        while let Some(request) = read(&mut reader)? {
            if request.path == CALLS {
                let calls = std::mem::take(&mut *self.calls());
                let lines: String = calls.iter().map(Call::line).collect();
                self.send(&mut stream, "200 OK", "", Body::Text(lines))?;
            } else {
                self.reply(&mut stream, &request)?;
            }
        }
        Ok(())
    }

    fn reply(&self, stream: &mut TcpStream, request: &Request) -> io::Result<()> {
        let answer = answer(&self.month, &request.path, &request.body);
        thread::sleep(self.latency.saturating_sub(request.came.elapsed()));
        match answer {
            Ok(answer) => {
                self.calls().push(answer.call);
                self.send(stream, "200 OK", &answer.headers, answer.body)
            }
            Err(message) => {
                let body = Body::Text(format!("{{\"message\":\"{message}\"}}"));
                self.send(stream, "400 Bad Request", "", body)
            }
        }
    }

    fn send(
        &self,
        stream: &mut TcpStream,
        status: &str,
        headers: &str,
        body: Body,
    ) -> io::Result<()> {
        let length = body.length(&self.month);
        let mut out = Vec::with_capacity(PIECE + PIECE / 4);
        write!(
            out,
            "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\
             X-Request-Id: simulated\r\n{headers}\r\n"
        )?;
        match body {
            Body::Text(text) => out.extend_from_slice(text.as_bytes()),
            Body::Events(events) => {
                out.push(b'[');
                for number in events.clone() {
                    if number > events.start {
                        out.push(b',');
                    }
                    self.month.write(number, &mut out);
                    if out.len() >= PIECE {
                        stream.write_all(&out)?;
                        out.clear();
                    }
                }
                out.push(b']');
            }
        }
        stream.write_all(&out)
    }

    fn calls(&self) -> std::sync::MutexGuard<'_, Vec<Call>> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The next request, whose body has a `Content-Length`; `None` when the client has gone.
fn read(reader: &mut BufReader<TcpStream>) -> io::Result<Option<Request>> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
    let mut length = 0;
    loop {
        line.clear();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.split_once(':') else {
            break;
        };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().map_err(io::Error::other)?;
        }
    }
    let mut body = String::new();
    reader.by_ref().take(length).read_to_string(&mut body)?;
    Ok(Some(Request {
        path,
        body,
        came: Instant::now(),
    }))
}
