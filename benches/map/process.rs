//! Runs a program on a file of events: how long it took, how much memory it had.

use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::input::Events;

/// A program and its arguments; the file's name comes last.
#[derive(Clone, Debug)]
pub struct Program {
    pub name: String,
    pub binary: PathBuf,
    pub arguments: Vec<OsString>,
}

impl Program {
    /// The command for a file, silent and without the environment.
    pub fn command(&self, events: &Events) -> Command {
        let mut command = Command::new(&self.binary);
        command
            .args(&self.arguments)
            .arg(&events.path)
            .env_clear()
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command
    }

    /// Whether it knows its arguments.
    pub fn runs(&self, events: &Events) -> bool {
        self.command(events)
            .status()
            .is_ok_and(|status| status.success())
    }

    /// The seconds from its start to its end.
    pub fn seconds(&self, events: &Events) -> f64 {
        let since = Instant::now();
        let status = self.command(events).status().expect("starting a program");
        let seconds = since.elapsed().as_secs_f64();
        assert!(status.success(), "{} ended with {status}", self.name);
        seconds
    }
}

/// The most memory that a program had resident, in MiB, asked of Linux while it ran. A run of its own, which is not timed.
pub fn peak_memory(program: &Program, events: &Events) -> f64 {
    let mut child = program.command(events).spawn().expect("starting a program");
    let status = format!("/proc/{}/status", child.id());
    let mut peak: u32 = 0;
    let ended = loop {
        // A process that has ended has no memory any more; the kernel's own maximum was asked for a moment before.
        let now = fs::read_to_string(&status).ok();
        peak = peak.max(now.as_deref().and_then(high_water).unwrap_or(0));
        if let Some(ended) = child.try_wait().expect("waiting for a program") {
            break ended;
        }
        sleep(Duration::from_millis(1));
    };
    assert!(ended.success(), "{} ended with {ended}", program.name);
    f64::from(peak) / 1024.0
}

/// `VmHWM` in KiB.
fn high_water(status: &str) -> Option<u32> {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}
