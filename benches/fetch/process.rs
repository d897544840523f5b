//! Runs a client: how long it took, how much of a processor and of memory it needed. Linux only.

use std::fs;
use std::process::{Child, Command, ExitStatus};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// What a run needed.
#[derive(Clone, Copy, Debug)]
pub struct Spent {
    pub seconds: f64,
    /// Seconds of all its threads, in its own code and in the kernel for it.
    pub processor: f64,
    /// The most resident memory, in MiB.
    pub memory: f64,
}

/// Ticks a second in `/proc`, the same on every machine that Rust runs Linux on.
const TICKS: f64 = 100.0;

/// Runs commands side by side until the last one ends; their processors and their memory are added up. The bench must wait
/// for no other process meanwhile.
pub fn spend(mut commands: Vec<Command>) -> (Spent, Vec<ExitStatus>) {
    let before = processor_of_children();
    let since = Instant::now();
    let mut watched: Vec<Watched> = commands.iter_mut().map(Watched::start).collect();
    let ended = loop {
        // Each is looked at in each turn, whether or not others have ended.
        let ended: Vec<Option<ExitStatus>> = watched.iter_mut().map(Watched::look).collect();
        if let Some(ended) = ended.into_iter().collect() {
            break ended;
        }
        sleep(Duration::from_millis(1));
    };
    let memory: u32 = watched.iter().map(|child| child.memory).sum();
    let spent = Spent {
        seconds: since.elapsed().as_secs_f64(),
        processor: processor_of_children() - before,
        memory: f64::from(memory) / 1024.0,
    };
    (spent, ended)
}

/// A process that is being looked at.
struct Watched {
    child: Child,
    status: String,
    /// In KiB, the most so far.
    memory: u32,
}

impl Watched {
    fn start(command: &mut Command) -> Self {
        let child = command.spawn().expect("starting a client");
        Self {
            status: format!("/proc/{}/status", child.id()),
            child,
            memory: 0,
        }
    }

    /// How it ended, once it has.
    fn look(&mut self) -> Option<ExitStatus> {
        // A process that has ended has no memory any more; the kernel's own maximum was asked for a moment before.
        let now = fs::read_to_string(&self.status).ok();
        let now = now.as_deref().and_then(high_water);
        self.memory = self.memory.max(now.unwrap_or(0));
        self.child.try_wait().expect("waiting for a client")
    }
}

/// `VmHWM` in KiB.
fn high_water(status: &str) -> Option<u32> {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// Seconds that all children had that were waited for.
fn processor_of_children() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").expect("Linux");
    // The name may hold spaces; `cutime` and `cstime` are the 16th and 17th field of the line, the name is the 2nd.
    let (_, fields) = stat.rsplit_once(')').expect("a name in parentheses");
    let ticks = fields.split_whitespace().skip(13).take(2);
    let ticks = ticks.map(|ticks| ticks.parse::<f64>().expect("a number of ticks"));
    ticks.sum::<f64>() / TICKS
}
