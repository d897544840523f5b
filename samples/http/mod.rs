//! A small HTTP/1.1 server on loopback that answers as it is told, also wrongly.
//!
//! It can cut, stall, reset and garble an answer. It fails the test that forgot about it: a server that was never called,
//! was called too often, or whose handler panicked, panics when it is dropped. Knows neither JumpCloud nor Elasticsearch.

mod connection;
pub mod gzip;
mod reply;
mod script;

use std::fmt;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

pub use self::reply::Reply;
pub use self::script::Script;

/// A request, whole: its body was read by `Content-Length`.
#[derive(Clone, Debug)]
pub struct Request {
    /// `GET`, `POST`, ….
    pub method: String,
    /// The path without the query, as sent.
    pub path: String,
    /// What followed the `?`, as sent; empty when there was none.
    pub query: String,
    /// Names as sent, with their values.
    pub headers: Vec<(String, String)>,
    /// The body as sent, still compressed where it was.
    pub body: Vec<u8>,
    /// When its last byte was read.
    pub at: Instant,
}

impl Request {
    /// The first header of that name, whatever its case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self
            .headers
            .iter()
            .find(|header| header.0.eq_ignore_ascii_case(name));
        found.map(|header| header.1.as_str())
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The value of a query parameter, percent escapes undone; `Some("")` for one without a value.
    pub fn parameter(&self, name: &str) -> Option<String> {
        self.query.split('&').find_map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (key == name).then(|| unescape(value))
        })
    }
}

/// Undoes percent escapes.
pub fn unescape(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let digits = after
            .get(..2)
            .and_then(|pair| std::str::from_utf8(pair).ok());
        match digits.and_then(|pair| u8::from_str_radix(pair, 16).ok()) {
            Some(byte) if first == b'%' => {
                bytes.push(byte);
                rest = &after[2..];
            }
            _ => {
                bytes.push(first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

type Handler = Box<dyn Fn(&Request) -> Reply + Send + Sync>;

/// What the connections share.
struct Shared {
    handler: Handler,
    stopping: AtomicBool,
    open: AtomicUsize,
    calls: AtomicUsize,
    defects: Mutex<Vec<String>>,
}

impl Shared {
    fn defect(&self, what: String) {
        self.defects
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(what);
    }

    fn stopping(&self) -> bool {
        self.stopping.load(Ordering::SeqCst)
    }
}

/// The server's guard: dropping it stops the server and judges how it was used.
pub struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
    acceptor: Option<JoinHandle<()>>,
    expected: RangeInclusive<usize>,
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Server({})", self.url())
    }
}

impl Server {
    /// Starts a server on a free port of 127.0.0.1 that expects at least one call.
    pub fn start(handler: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port on loopback");
        let address = listener.local_addr().expect("the address just bound");
        let shared = Arc::new(Shared {
            handler: Box::new(handler),
            stopping: AtomicBool::new(false),
            open: AtomicUsize::new(0),
            calls: AtomicUsize::new(0),
            defects: Mutex::new(Vec::new()),
        });
        let connections = Arc::clone(&shared);
        let acceptor = thread::spawn(move || accept(&listener, &connections));
        Self {
            address,
            shared,
            acceptor: Some(acceptor),
            expected: 1..=usize::MAX,
        }
    }

    /// Sets how many calls are right; any other number panics at the end.
    pub fn expect(&mut self, calls: RangeInclusive<usize>) {
        self.expected = calls;
    }

    /// `http://127.0.0.1:PORT`, without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Requests read so far.
    pub fn calls(&self) -> usize {
        self.shared.calls.load(Ordering::SeqCst)
    }

    /// Connections open now: lets a test wait until a killed client is gone.
    pub fn open(&self) -> usize {
        self.shared.open.load(Ordering::SeqCst)
    }

    /// Stops the server and panics when it was not used as expected.
    pub fn finish(self) {
        drop(self);
    }

    fn stop(&mut self) {
        self.shared.stopping.store(true, Ordering::SeqCst);
        // The acceptor sleeps in accept(); one connection wakes it.
        drop(TcpStream::connect_timeout(
            &self.address,
            Duration::from_secs(1),
        ));
        if let Some(acceptor) = self.acceptor.take() {
            let _ = acceptor.join();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
        if thread::panicking() {
            return;
        }
        let defects = self
            .shared
            .defects
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        assert!(
            defects.is_empty(),
            "the loopback server: {}",
            defects.join("; ")
        );
        let calls = self.calls();
        let expected = &self.expected;
        assert!(
            expected.contains(&calls),
            "the loopback server was called {calls} times, expected {expected:?}"
        );
    }
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    for stream in listener.incoming() {
        if shared.stopping() {
            return;
        }
        match stream {
            Ok(stream) => {
                let shared = Arc::clone(shared);
                thread::spawn(move || {
                    shared.open.fetch_add(1, Ordering::SeqCst);
                    connection::serve(stream, &shared);
                    shared.open.fetch_sub(1, Ordering::SeqCst);
                });
            }
            Err(error) => shared.defect(format!("accepting: {error}")),
        }
    }
}
