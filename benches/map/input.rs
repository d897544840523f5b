//! The events that every program reads: invented, the same on every machine, in files of several lengths.

use std::fs::{self, File};
use std::io::{BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use crate::samples::instant;
use crate::samples::invent::{self, Plan};

/// Bytes of the two files whose difference is counted in instructions.
pub const SMALL: usize = 4_000_000;
/// The larger of them.
pub const LARGE: usize = 12_000_000;

/// Invented at a time, so that the bench itself stays small.
const BATCH: usize = 10_000;

/// A file of events.
#[derive(Clone, Debug)]
pub struct Events {
    pub path: PathBuf,
    pub bytes: usize,
}

/// The files; the shorter ones are what the longest begins with.
#[derive(Debug)]
pub struct Input {
    pub all: Events,
    pub large: Events,
    pub small: Events,
    pub events: usize,
}

impl Input {
    /// Writes at least `bytes` of events below a folder.
    pub fn invent(folder: &Path, bytes: usize) -> Self {
        let path = folder.join("events.ndjson");
        let mut file = BufWriter::new(File::create(&path).expect("creating a file of events"));
        let (mut written, mut events) = (0, 0);
        let mut batches = (1..).flat_map(|seed| invent::events(&plan(seed)));
        while written < bytes {
            let event = batches.next().expect("there is always a next batch");
            writeln!(file, "{}", event.text).expect("writing events");
            written += event.text.len() + 1;
            events += 1;
        }
        file.into_inner().expect("writing events");
        let all = Events {
            path,
            bytes: written,
        };
        Self {
            large: beginning(&all, folder, LARGE),
            small: beginning(&all, folder, SMALL),
            all,
            events,
        }
    }
}

fn plan(seed: u64) -> Plan {
    Plan {
        seed,
        now: instant::parse("2026-03-01T00:00:00Z").expect("an instant"),
        days: 15,
        count: BATCH,
    }
}

/// The first lines of a file, at most so many bytes.
fn beginning(all: &Events, folder: &Path, bytes: usize) -> Events {
    let mut content = vec![0; bytes];
    let mut file = File::open(&all.path).expect("reading the events back");
    file.read_exact(&mut content).expect("a longer file");
    let end = content.iter().rposition(|byte| *byte == b'\n');
    content.truncate(end.expect("a line") + 1);
    let path = folder.join(format!("{bytes}.ndjson"));
    fs::write(&path, &content).expect("writing a file of events");
    Events {
        path,
        bytes: content.len(),
    }
}
