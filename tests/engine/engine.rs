//! A server process of ours: started in a process group of its own, waited for, and stopped whatever happens.
//!
//! Dropping an [`Engine`] stops it, also when a test panics. When the test process itself is killed, nothing is
//! dropped: then a watcher, whose standard input closes with us, stops the group and removes the folder.
//! Knows nothing about which server it is.

use std::fs::{self, File};
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::client::Client;

/// Both engines need less than ten seconds on four cores.
const PATIENCE: Duration = Duration::from_mins(2);
/// After this long without an end, the polite signal was not heard.
const LAST_WORDS: Duration = Duration::from_secs(30);

/// Which of the two a server is, where they are known to differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flavor {
    Elasticsearch,
    OpenSearch,
}

/// How to start a server that is not running yet.
pub struct Launch {
    pub flavor: Flavor,
    /// The server's command, without streams and process group.
    pub command: Command,
    /// The loopback port that the command was told to serve HTTP on.
    pub port: u16,
    /// Everything the server writes; gone with the engine.
    pub folder: TempDir,
}

/// A running, healthy server.
pub struct Engine {
    flavor: Flavor,
    command: Command,
    url: String,
    client: Client,
    server: Child,
    watcher: Child,
    log: PathBuf,
    /// Last, so that it is removed when nobody writes into it any more.
    folder: TempDir,
}

/// A port that was free a moment ago.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .expect("a loopback port can be bound")
        .port()
}

impl Launch {
    /// Starts the server and waits until it is healthy; the account, where it asks for one, is what the tests' own
    /// requests use.
    ///
    /// # Panics
    /// When it ends or stays unhealthy; shows the end of its log, and leaves no process behind.
    pub fn start(mut self, account: Option<(&str, &str)>) -> Engine {
        let log = self.folder.path().join("console.log");
        let console = File::create(&log).expect("the log file opens");
        self.command
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(console.try_clone().expect("the log file opens twice"))
            .stderr(console);
        let server = self
            .command
            .spawn()
            .unwrap_or_else(|error| panic!("starting {:?}: {error}", self.command));
        let url = format!("http://127.0.0.1:{}", self.port);
        let mut engine = Engine {
            flavor: self.flavor,
            client: Client::new(&url, account),
            url,
            command: self.command,
            watcher: watcher(server.id(), &self.folder),
            server,
            log,
            folder: self.folder,
        };
        engine.await_health();
        engine
    }
}

/// Waits for our end (its standard input closes), then ends the group and removes the folder.
fn watcher(group: u32, folder: &TempDir) -> Child {
    let script = "read -r _; kill -s TERM -- -$0; n=0; \
                  while kill -0 -- -$0 && [ $n -lt 30 ]; do sleep 1; n=$((n+1)); done; \
                  kill -s KILL -- -$0; rm -rf \"$1\"";
    Command::new("sh")
        .args(["-c", script, &group.to_string()])
        .arg(folder.path())
        .process_group(0)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("sh starts")
}

impl Engine {
    pub fn flavor(&self) -> Flavor {
        self.flavor
    }

    pub fn name(&self) -> &'static str {
        match self.flavor {
            Flavor::Elasticsearch => "elasticsearch",
            Flavor::OpenSearch => "opensearch",
        }
    }

    /// `http://127.0.0.1:PORT`, without a slash at the end.
    pub fn url(&self) -> &str {
        &self.url
    }

    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Stops the server and makes sure that nothing answers any more.
    ///
    /// # Panics
    /// When it had ended before, did not end when told to, or something still answers.
    pub fn stop(mut self) {
        let early = self.server.try_wait().expect("the server can be asked");
        assert!(early.is_none(), "ended by itself: {early:?}{}", self.tail());
        let polite = self.end_group();
        assert!(polite, "had to be killed{}", self.tail());
        let answer = self.client.try_ask("GET", "/", "");
        assert!(answer.is_err(), "still answers: {answer:?}");
    }

    /// Kills the server as a loss of power would, and makes sure that nothing answers any more.
    ///
    /// # Panics
    /// When it had ended before, or something still answers.
    pub fn kill(&mut self) {
        assert!(self.signal("KILL"), "ended by itself{}", self.tail());
        let _ = self.server.wait();
        // A launcher's child is nobody's to wait for.
        let begun = Instant::now();
        while self.signal("0") && begun.elapsed() < LAST_WORDS {
            sleep(Duration::from_millis(10));
        }
        let answer = self.client.try_ask("GET", "/_cluster/health", "");
        assert!(answer.is_err(), "still answers: {answer:?}");
    }

    /// Starts a killed server again, on its data and at its address, and waits until it is healthy.
    ///
    /// # Panics
    /// As [`Launch::start`].
    pub fn revive(&mut self) {
        let _ = self.watcher.kill();
        let _ = self.watcher.wait();
        self.server = self.command.spawn().expect("a server starts again");
        self.watcher = watcher(self.server.id(), &self.folder);
        self.await_health();
    }

    fn await_health(&mut self) {
        let begun = Instant::now();
        loop {
            let reply = self.client.try_ask("GET", "/_cluster/health", "");
            if reply.as_ref().is_ok_and(|reply| reply.status == 200) {
                return;
            }
            let ended = self.server.try_wait().expect("the server can be asked");
            assert!(ended.is_none(), "{ended:?} at start{}", self.tail());
            let waited = begun.elapsed();
            assert!(
                waited < PATIENCE,
                "no health after {waited:?}: {reply:?}{}",
                self.tail()
            );
            sleep(Duration::from_millis(200));
        }
    }

    /// The last lines the server wrote.
    pub fn tail(&self) -> String {
        let text = fs::read(&self.log).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<&str> = text.lines().collect();
        let last = lines[lines.len().saturating_sub(40)..].join("\n");
        format!("\n--- end of {}'s log ---\n{last}\n---", self.name())
    }

    /// Ends the whole group, by force if need be; whether it ended politely.
    fn end_group(&mut self) -> bool {
        self.signal("TERM");
        let begun = Instant::now();
        while begun.elapsed() < LAST_WORDS {
            // Reaps the leader; its children may outlive it.
            let ended = self.server.try_wait().is_ok_and(|status| status.is_some());
            if ended && !self.signal("0") {
                return true;
            }
            sleep(Duration::from_millis(50));
        }
        self.signal("KILL");
        let _ = self.server.wait();
        false
    }

    /// Whether there was somebody in the group to take the signal.
    fn signal(&self, signal: &str) -> bool {
        Command::new("sh")
            .args(["-c", "kill -s \"$0\" -- \"-$1\"", signal])
            .arg(self.server.id().to_string())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        if self.signal("0") {
            self.end_group();
        }
        // Killed before its input closes: there is nothing left for it to do.
        let _ = self.watcher.kill();
        let _ = self.watcher.wait();
    }
}
