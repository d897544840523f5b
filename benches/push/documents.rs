//! What is loaded: an invented company's events, mapped by the real `jcx map`, in the form that each client takes best.
//!
//! Knows no client and no server.

use std::collections::BTreeSet;
use std::fmt;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::document::id_and_source;
use crate::samples::instant;
use crate::samples::invent::{self, Plan};

/// The stream that all documents name.
pub const STREAM: &str = "logs-jumpcloud.events-default";

/// Invented at a time, so that the bench itself stays small.
const BATCH: usize = 10_000;
/// The limit of `jcx push` (`--batch-bytes`), and of most clients.
const BODY: usize = 5 << 20;

/// The same documents in several forms.
pub struct Documents {
    /// Lines of `jcx map`.
    pub lines: PathBuf,
    /// `{"_id":"ID",` and the fields: what other tools can be given.
    pub identified: PathBuf,
    /// `{"_id":"ID","_source":{…}}`: what elasticdump writes and reads.
    pub dumped: PathBuf,
    /// Request bodies, ready to be sent.
    pub bodies: Vec<PathBuf>,
    pub count: usize,
    /// Of all documents without `@metadata`.
    pub bytes: usize,
}

impl Documents {
    /// Writes so many below a folder, each with an id of its own; those of another year are others.
    pub fn invent(folder: &Path, count: usize, year: u32) -> Self {
        let events = folder.join("events.ndjson");
        let lines = folder.join("documents.ndjson");
        invent(&events, count, year);
        map(&events, &lines);
        fs::remove_file(&events).expect("a file of this run");
        let mut bodies = Bodies::below(folder);
        let (identified, mut with_id) = created(folder, "identified.ndjson");
        let (dumped, mut dump) = created(folder, "dumped.ndjson");
        let mut ids = BTreeSet::new();
        let mut bytes = 0;
        for line in BufReader::new(File::open(&lines).expect("mapped documents")).lines() {
            let (id, source) = id_and_source(&line.expect("mapped documents"), STREAM);
            bytes += source.len() + 1;
            bodies.add(&id, &source);
            let fields = source.strip_prefix('{').expect("an object");
            writeln!(with_id, "{{\"_id\":\"{id}\",{fields}").expect("writing documents");
            writeln!(dump, "{{\"_id\":\"{id}\",\"_source\":{source}}}").expect("writing documents");
            ids.insert(id);
        }
        assert_eq!(ids.len(), count, "different ids of invented events");
        for written in [with_id, dump] {
            written.into_inner().expect("writing documents");
        }
        Self {
            lines,
            identified,
            dumped,
            bodies: bodies.written(),
            count,
            bytes,
        }
    }
}

impl fmt::Display for Documents {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "{} documents, {} bytes each on average, {} ready bodies",
            self.count,
            self.bytes / self.count,
            self.bodies.len()
        )
    }
}

fn created(folder: &Path, name: &str) -> (PathBuf, BufWriter<File>) {
    let path = folder.join(name);
    let file = File::create(&path).expect("creating a file of this run");
    (path, BufWriter::new(file))
}

fn invent(path: &Path, count: usize, year: u32) {
    let mut file = BufWriter::new(File::create(path).expect("creating a file of events"));
    let now = instant::parse(&format!("{year}-03-01T00:00:00Z")).expect("an instant");
    let plans = (1..).map(|seed| Plan {
        seed,
        now,
        days: 15,
        count: BATCH,
    });
    let events = plans.flat_map(|plan| invent::events(&plan)).take(count);
    for event in events {
        writeln!(file, "{}", event.text).expect("writing events");
    }
    file.into_inner().expect("writing events");
}

fn map(events: &Path, lines: &Path) {
    let ended = Command::new(env!("CARGO_BIN_EXE_jcx"))
        .arg("map")
        .arg(events)
        .arg("-o")
        .arg(lines)
        .env_clear()
        .status();
    let ended = ended.expect("starting jcx");
    assert!(ended.success(), "jcx map ended with {ended}");
}

/// Request bodies that are being written.
struct Bodies {
    folder: PathBuf,
    written: Vec<PathBuf>,
    body: String,
}

impl Bodies {
    fn below(folder: &Path) -> Self {
        let folder = folder.join("bodies");
        fs::create_dir(&folder).expect("a folder of this run");
        Self {
            folder,
            written: Vec::new(),
            body: String::new(),
        }
    }

    fn add(&mut self, id: &str, source: &str) {
        let action = format!("{{\"create\":{{\"_id\":\"{id}\"}}}}\n");
        if self.body.len() + action.len() + source.len() >= BODY {
            self.write();
        }
        self.body.push_str(&action);
        self.body.push_str(source);
        self.body.push('\n');
    }

    fn write(&mut self) {
        let path = self.folder.join(format!("{}.ndjson", self.written.len()));
        fs::write(&path, &self.body).expect("writing a request body");
        self.written.push(path);
        self.body.clear();
    }

    fn written(mut self) -> Vec<PathBuf> {
        if !self.body.is_empty() {
            self.write();
        }
        self.written
    }
}
