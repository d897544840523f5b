//! What a program does that knows JSON and nothing else; each is a process of its own, with one thread.
//!
//! They read and write as a careful program would: large buffers, used again and again, one line at a time.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;

use serde::de::IgnoredAny;
use serde_json::Value;

const BUFFER: usize = 256 << 10;

/// The yardstick of a name.
pub fn by_name(name: &str) -> Option<fn(&Path)> {
    match name {
        "value" => Some(value),
        "ignored-any" => Some(ignored_any),
        _ => None,
    }
}

/// Each line becomes a `serde_json::Value`, which is written again.
fn value(file: &Path) {
    let mut stdout = io::stdout().lock();
    let mut out = Vec::with_capacity(2 * BUFFER);
    each_line(file, |line| {
        let value: Value = serde_json::from_slice(line).expect("JSON");
        serde_json::to_writer(&mut out, &value).expect("written to memory");
        out.push(b'\n');
        if out.len() >= BUFFER {
            stdout.write_all(&out).expect("writing to stdout");
            out.clear();
        }
    });
    stdout.write_all(&out).expect("writing to stdout");
}

/// Each line is parsed, and nothing is kept; only their number is written.
fn ignored_any(file: &Path) {
    let mut lines = 0;
    each_line(file, |line| {
        let IgnoredAny = serde_json::from_slice(line).expect("JSON");
        lines += 1;
    });
    writeln!(io::stdout(), "{lines}").expect("writing to stdout");
}

fn each_line(file: &Path, mut take: impl FnMut(&[u8])) {
    let file = File::open(file).expect("opening the events");
    let mut reader = BufReader::with_capacity(BUFFER, file);
    let mut line = Vec::new();
    while reader
        .read_until(b'\n', &mut line)
        .expect("reading the events")
        > 0
    {
        take(&line);
        line.clear();
    }
}
