//! The clients: `jcx fetch` with its flags, and the ordinary one in Python.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::month::{SINCE, UNTIL};
use crate::process::{Spent, spend};
use crate::remote::Remote;
use crate::walks::Walks;

/// A client that fetches the whole month.
#[derive(Clone, Debug)]
pub struct Client {
    pub name: String,
    binary: PathBuf,
    arguments: Vec<String>,
    python: bool,
}

/// A run that fetched everything.
#[derive(Clone, Debug)]
pub struct Run {
    pub spent: Spent,
    pub walks: Walks,
}

impl Client {
    /// `jcx fetch` with these flags, from the same build as this bench.
    pub fn jcx(flags: &[&str]) -> Self {
        Self {
            name: [&["jcx fetch"], flags].concat().join(" "),
            binary: env!("CARGO_BIN_EXE_jcx").into(),
            arguments: flags.iter().copied().map(str::to_owned).collect(),
            python: false,
        }
    }

    /// The client of `client.py` with pages of this size, unless there is no Python.
    pub fn python(page_size: usize) -> Option<Self> {
        // What is on PATH may be a script that looks for the interpreter; its time is not the client's.
        let asks = "import sys; print(sys.executable, sys.version.split()[0])";
        let said = Command::new("python3").args(["-c", asks]).output().ok()?;
        let said = String::from_utf8(said.stdout).ok()?;
        let (binary, version) = said.trim().rsplit_once(' ')?;
        Some(Self {
            name: format!("Python {version} client.py, pages of {page_size}"),
            binary: binary.into(),
            arguments: vec![page_size.to_string()],
            python: true,
        })
    }

    /// Fetches everything into a file, and fails unless all of it is there.
    pub fn run(&self, remote: &Remote, folder: &Path) -> Run {
        let file = folder.join("fetched.ndjson");
        let _earlier = remote.calls();
        let (spent, ended) = spend(vec![self.command(remote, &file)]);
        let ended = ended[0];
        assert!(ended.success(), "{} ended with {ended}", self.name);
        self.check(remote, &file);
        fs::remove_file(&file).expect("a file of this run");
        let walks = Walks::of(&remote.calls());
        Run { spent, walks }
    }

    fn command(&self, remote: &Remote, file: &Path) -> Command {
        let mut command = Command::new(&self.binary);
        if self.python {
            let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/fetch/client.py");
            command.args([script, &remote.url, SINCE, UNTIL]);
            command.args(&self.arguments).arg(file);
        } else {
            // The month is always the same one; a server with retention would have lost it.
            let window = ["--since", SINCE, "--until", UNTIL, "--retention", "36500d"];
            command.arg("fetch").args(window).args(&self.arguments);
            command.args(["--api-url", &remote.url, "-o"]).arg(file);
        }
        command
            .env_clear()
            .env("JCX_API_KEY", "bench")
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        command
    }

    /// Python may spell a number in another way, so of its output only the lines are counted.
    fn check(&self, remote: &Remote, file: &Path) {
        let name = &self.name;
        if self.python {
            let lines = lines(file);
            assert_eq!(lines, remote.setup.events, "events that {name} wrote");
        } else {
            let bytes = fs::metadata(file).expect("an output").len();
            assert_eq!(bytes, remote.bytes, "bytes that {name} wrote");
        }
    }
}

fn lines(file: &Path) -> usize {
    let file = File::open(file).expect("an output");
    let mut reader = BufReader::with_capacity(1 << 20, file);
    let mut lines = 0;
    loop {
        let piece = reader.fill_buf().expect("reading an output");
        let length = piece.len();
        if length == 0 {
            return lines;
        }
        lines += memchr::memchr_iter(b'\n', piece).count();
        reader.consume(length);
    }
}
