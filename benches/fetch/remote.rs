//! The simulated API as the bench sees it: a process that is started, asked what it was asked, and that ends with its guard.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use crate::call::Call;
use crate::server::CALLS;

/// What a server has, and how slow it is.
#[derive(Clone, Copy, Debug)]
pub struct Setup {
    pub events: usize,
    /// The least bytes of an event; 0 for those of `samples/invent/` as they are.
    pub size: usize,
    /// Milliseconds before every answer.
    pub latency: u64,
}

/// A running server.
pub struct Remote {
    child: Child,
    pub setup: Setup,
    /// `http://127.0.0.1:PORT`.
    pub url: String,
    /// What all events have as lines.
    pub bytes: u64,
}

impl Remote {
    /// Starts this binary as a server.
    pub fn start(setup: Setup) -> Self {
        let binary = std::env::current_exe().expect("the path of this binary");
        let Setup {
            events,
            size,
            latency,
        } = setup;
        let mut child = Command::new(binary)
            .args(["serve".to_owned(), events.to_string()])
            .args([size.to_string(), latency.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("starting a server");
        let mut line = String::new();
        let stdout = child.stdout.take().expect("a pipe");
        BufReader::new(stdout)
            .read_line(&mut line)
            .expect("the server's first line");
        let (url, bytes) = line.trim().split_once(' ').expect("an address and a size");
        Self {
            child,
            setup,
            url: url.to_owned(),
            bytes: bytes.parse().expect("a number of bytes"),
        }
    }

    /// The requests since this was called last.
    pub fn calls(&self) -> Vec<Call> {
        let address = self.url.trim_start_matches("http://");
        let mut stream = TcpStream::connect(address).expect("the server listens");
        write!(stream, "GET {CALLS} HTTP/1.1\r\n\r\n").expect("asking the server");
        // No second request: the server sees the end and closes.
        stream
            .shutdown(std::net::Shutdown::Write)
            .expect("asking the server");
        let mut reply = String::new();
        stream
            .read_to_string(&mut reply)
            .expect("the server's answer");
        let (_, body) = reply.split_once("\r\n\r\n").expect("a whole answer");
        let calls = body.lines().map(Call::read);
        calls.collect::<Option<_>>().expect("lines of calls")
    }
}

impl Drop for Remote {
    fn drop(&mut self) {
        // Its stdin is closed by this, and that ends it.
        let _ended = self.child.wait();
    }
}
