//! Runs the real binary in a private folder with a cleared environment, and shows both streams when a test fails.

use crate::samples::http::Script;
use crate::samples::instant::{self, DAY, HOUR, Nanos};
use crate::samples::tenant::{Behaviour, Event, Tenant};
use std::ffi::OsStr;
use std::fs::{self, Permissions};
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::OnceLock;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// No run of a test takes longer.
const PATIENCE: Duration = Duration::from_mins(1);

/// A private folder that goes away with the test.
#[derive(Debug)]
pub struct Home(tempfile::TempDir);

impl Home {
    /// An empty folder with an empty `tmp` in it.
    pub fn new() -> Self {
        let home = Self(tempfile::tempdir().expect("a temporary folder"));
        fs::create_dir(home.path("tmp")).expect("a folder inside");
        home
    }

    /// The path of something in the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Writes a file and gives its path.
    pub fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, content).expect("writing a file of the test");
        path
    }

    /// Writes a file only its owner can read and gives its path.
    pub fn key_file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.file(name, content);
        fs::set_permissions(&path, Permissions::from_mode(0o600)).expect("changing the mode");
        path
    }

    /// What a file contains.
    pub fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).expect("reading a file of the test")
    }

    /// What a script of bash that runs here says on standard output.
    pub fn bash(&self, script: &str) -> String {
        let run = Command::new("bash")
            .args(["-c", script])
            .current_dir(self.path(""))
            .output()
            .expect("bash");
        String::from_utf8_lossy(&run.stdout).trim().to_owned()
    }

    /// A summary that was written here.
    pub fn summary(&self, name: &str) -> serde_json::Value {
        serde_json::from_slice(&self.read(name)).expect("a summary that is JSON")
    }

    /// The names in the folder, sorted, without `tmp`; panics when something was left in `tmp`.
    pub fn names(&self) -> Vec<String> {
        let listed = |path: &Path| -> Vec<String> {
            let entries = fs::read_dir(path).expect("listing a folder of the test");
            let name = |entry: std::io::Result<fs::DirEntry>| entry.expect("an entry").file_name();
            entries
                .map(|entry| name(entry).to_string_lossy().into_owned())
                .collect()
        };
        assert_eq!(
            listed(&self.path("tmp")),
            Vec::<String>::new(),
            "temporary files are left"
        );
        let mut names = listed(self.0.path());
        names.retain(|name| name != "tmp");
        names.sort();
        names
    }

    /// `jcx` with these arguments, run in the folder.
    pub fn jcx<I: IntoIterator<Item: AsRef<OsStr>>>(&self, arguments: I) -> Jcx {
        let mut command = Command::new(env!("CARGO_BIN_EXE_jcx"));
        command
            .args(arguments)
            .env_clear()
            .env("TMPDIR", self.path("tmp"))
            .current_dir(self.0.path());
        Jcx {
            command,
            input: None,
        }
    }
}

/// A command to be run.
#[derive(Debug)]
pub struct Jcx {
    command: Command,
    input: Option<Vec<u8>>,
}

impl Jcx {
    /// Adds an argument.
    pub fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.command.arg(argument);
        self
    }

    /// Adds arguments.
    pub fn args<I: IntoIterator<Item: AsRef<OsStr>>>(mut self, arguments: I) -> Self {
        self.command.args(arguments);
        self
    }

    /// Sets a variable.
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Sets where to ask and with what key.
    pub fn at(self, tenant: &Tenant) -> Self {
        let key = tenant.key().to_owned();
        self.env("JCX_API_URL", tenant.url())
            .env("JCX_API_KEY", key)
    }

    /// Sets where to ask, and the service account to ask as.
    pub fn by_account(self, tenant: &Tenant) -> Self {
        self.env("JCX_API_URL", tenant.url())
            .env("JCX_TOKEN_URL", tenant.token_url())
            .env("JCX_CLIENT_ID", "simulated-client")
            .env("JCX_CLIENT_SECRET", "simulated-secret")
    }

    /// Gives standard input; without, it is empty.
    pub fn input(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.input = Some(bytes.into());
        self
    }

    /// Runs to the end.
    pub fn run(self) -> Outcome {
        self.start().wait()
    }

    /// Runs, and panics unless it ends with 0.
    pub fn succeed(self) -> Outcome {
        self.run().expect_code(0)
    }

    /// Starts without waiting.
    pub fn start(mut self) -> Running {
        self.command.stdout(Stdio::piped());
        self.start_with_stdout()
    }

    /// Runs with standard output going to this file.
    pub fn run_into(mut self, path: impl AsRef<Path>) -> Outcome {
        let file = fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .open(path);
        self.command
            .stdout(file.expect("a file for standard output"));
        self.start_with_stdout().wait()
    }

    fn start_with_stdout(mut self) -> Running {
        let line = format!("{:?}", self.command);
        let stdin = if self.input.is_some() {
            Stdio::piped()
        } else {
            Stdio::null()
        };
        let mut child = self
            .command
            .stdin(stdin)
            .stderr(Stdio::piped())
            .spawn()
            .expect("starting jcx");
        if let (Some(input), Some(mut stdin)) = (self.input, child.stdin.take()) {
            // A command that fails early does not read its input.
            thread::spawn(move || drop(stdin.write_all(&input)));
        }
        let stdout = child.stdout.take().map(drain);
        let stderr = child.stderr.take().map(drain);
        Running {
            line,
            child,
            stdout,
            stderr,
            since: Instant::now(),
        }
    }
}

fn drain(mut stream: impl Read + Send + 'static) -> JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        stream
            .read_to_end(&mut bytes)
            .expect("reading what jcx says");
        bytes
    })
}

/// A command under way; killed when the test gives up.
#[derive(Debug)]
pub struct Running {
    line: String,
    child: Child,
    stdout: Option<JoinHandle<Vec<u8>>>,
    stderr: Option<JoinHandle<Vec<u8>>>,
    since: Instant,
}

impl Running {
    /// Sends a signal: `INT`, `TERM`.
    pub fn signal(&self, name: &str) {
        let kill = format!("kill -{name} {}", self.child.id());
        let status = Command::new("sh")
            .args(["-c", &kill])
            .status()
            .expect("running sh");
        assert!(status.success(), "{kill}");
    }

    /// Waits for the end; panics after a minute.
    pub fn wait(mut self) -> Outcome {
        let status = loop {
            if let Some(status) = self.child.try_wait().expect("waiting for jcx") {
                break status;
            }
            if self.since.elapsed() > PATIENCE {
                let _ = self.child.kill();
                let outcome = self.outcome(ExitStatus::default());
                panic!("still running after {PATIENCE:?}: {}", outcome.shown());
            }
            thread::sleep(Duration::from_millis(2));
        };
        self.outcome(status)
    }

    fn outcome(&mut self, status: ExitStatus) -> Outcome {
        let collect = |stream: Option<JoinHandle<Vec<u8>>>| {
            stream
                .map(|stream| stream.join().expect("the stream's reader"))
                .unwrap_or_default()
        };
        let stdout = collect(self.stdout.take());
        let stderr = String::from_utf8_lossy(&collect(self.stderr.take())).into_owned();
        Outcome {
            line: std::mem::take(&mut self.line),
            status,
            stdout,
            stderr,
            took: self.since.elapsed(),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// How a run ended.
#[derive(Debug)]
pub struct Outcome {
    line: String,
    status: ExitStatus,
    /// Standard output as it is.
    pub stdout: Vec<u8>,
    /// Standard error as text.
    pub stderr: String,
    /// From start to end.
    pub took: Duration,
}

impl Outcome {
    fn shown(&self) -> String {
        let text = String::from_utf8_lossy(&self.stdout);
        let shown: String = text.chars().take(4000).collect();
        format!(
            "{}\n{:?}\n--- stdout\n{shown}\n--- stderr\n{}\n---",
            self.line, self.status, self.stderr
        )
    }

    /// The exit code as a shell shows it: 128 more than the number of a signal.
    pub fn code(&self) -> i32 {
        self.status
            .code()
            .or(self.status.signal().map(|signal| 128 + signal))
            .unwrap_or(-1)
    }

    /// Panics, with both streams, unless the run ended with this code.
    pub fn expect_code(self, code: i32) -> Self {
        assert_eq!(self.code(), code, "{}", self.shown());
        self
    }

    /// Panics unless standard error contains this.
    pub fn expect_said(self, part: &str) -> Self {
        assert!(
            self.stderr.contains(part),
            "not said: {part}\n{}",
            self.shown()
        );
        self
    }

    /// Panics when standard error contains this.
    pub fn expect_unsaid(self, part: &str) -> Self {
        assert!(
            !self.stderr.contains(part),
            "said: {part}\n{}",
            self.shown()
        );
        self
    }

    /// Panics unless the error says what, and a hint what to type.
    pub fn expect_error_and_hint(self, what: &str, hint: &str) -> Self {
        assert!(
            self.stderr.contains("jcx: error: "),
            "no error line\n{}",
            self.shown()
        );
        let hinted = self
            .stderr
            .lines()
            .find_map(|line| line.trim_start().strip_prefix("hint: "));
        let right = hinted.is_some_and(|text| text.contains(hint));
        assert!(right, "no hint with {hint:?}\n{}", self.shown());
        self.expect_said(what)
    }

    /// Panics unless standard output is this.
    pub fn expect_stdout(self, expected: impl AsRef<[u8]>) -> Self {
        let expected = expected.as_ref();
        let same = self.stdout == expected;
        assert!(
            same,
            "{}\n--- expected\n{}",
            self.shown(),
            String::from_utf8_lossy(expected)
        );
        self
    }
}

/// Midnight UTC of ten days ago: far from every edge of retention and of now, and the same for the whole run of the tests.
pub fn day() -> Nanos {
    static DAY_OF_THE_TESTS: OnceLock<Nanos> = OnceLock::new();
    *DAY_OF_THE_TESTS.get_or_init(|| instant::now().div_euclid(DAY) * DAY - 10 * DAY)
}

/// A small event at an instant, its timestamp written with as many digits as it needs.
pub fn event(number: usize, at: Nanos) -> Event {
    Event::read(event_text(number, at))
}

/// The text of [`event`].
pub fn event_text(number: usize, at: Nanos) -> String {
    let exact = instant::text(at, 9);
    let digits = exact
        .trim_end_matches('Z')
        .trim_end_matches('0')
        .trim_end_matches('.');
    let stamp = format!("{digits}Z");
    let stamp = if stamp.contains('.') {
        stamp
    } else {
        instant::text(at, 0)
    };
    format!(
        "{{\"id\":\"{number:024x}\",\"timestamp\":\"{stamp}\",\"service\":\"directory\",\"event_type\":\"user_update\",\"@version\":\"1\",\"n\":{number}}}"
    )
}

/// This many events, a minute apart, from [`day`] on.
pub fn events(count: usize) -> Vec<Event> {
    let minutes = (0..).map(|minute: Nanos| minute * instant::MINUTE);
    (0..count)
        .zip(minutes)
        .map(|(number, offset)| event(number, day() + offset))
        .collect()
}

/// The lines that fetching these events gives.
pub fn lines(events: &[Event]) -> String {
    let mut text = String::new();
    for event in events {
        text.push_str(&event.text);
        text.push('\n');
    }
    text
}

/// `fetch` of the whole day of [`day`], told in absolute times.
pub fn fetch_day(home: &Home) -> Jcx {
    home.jcx([
        "fetch",
        "--since",
        &instant::text(day(), 0),
        "--until",
        &instant::text(day() + 24 * HOUR, 0),
    ])
}

/// A tenant with [`events`] and these deviations of its page requests.
pub fn faulty(count: usize, pages: Script<crate::samples::tenant::Fault>) -> Tenant {
    Tenant::start(
        events(count),
        Behaviour {
            pages,
            ..Behaviour::default()
        },
    )
}
