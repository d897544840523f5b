//! The same mapping in jq, `benches/map.jq`, where a `jq` is on `PATH`; first it is made sure that it is the same.

use std::process::Command;

use serde_json::Value;

use crate::input::{Events, Input};
use crate::jcx;
use crate::on_path::on_path;
use crate::process::Program;

/// The program, unless there is no jq.
pub fn program(input: &Input) -> Option<Program> {
    let version = Command::new("jq").arg("--version").output().ok()?;
    let version = String::from_utf8_lossy(&version.stdout).trim().to_owned();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/map.jq");
    let program = Program {
        name: format!("{version} -c -f map.jq"),
        binary: on_path("jq")?,
        arguments: ["-c", "-f", script].map(Into::into).to_vec(),
    };
    let (same, all) = agreement(&program, &input.small);
    println!("{version}: {same} of {all} documents equal those of jcx, but for @metadata\n");
    Some(program)
}

/// How many documents are equal, and of how many.
fn agreement(jq: &Program, events: &Events) -> (usize, usize) {
    let ours = documents(&jcx(&["--jobs", "1", "--no-metadata"]), events);
    let theirs = documents(jq, events);
    let pairs = ours.iter().zip(&theirs);
    let same = pairs.filter(|(one, other)| is_equal(one, other)).count();
    (same, ours.len().max(theirs.len()))
}

fn documents(program: &Program, events: &Events) -> Vec<Value> {
    let mut command = program.command(events);
    let output = command.stdout(std::process::Stdio::piped()).output();
    let output = output.expect("running a program").stdout;
    let lines = output.split(|byte| *byte == b'\n');
    lines
        .filter(|line| !line.is_empty())
        .map(|line| serde_json::from_slice(line).expect("a document"))
        .collect()
}

/// Whether two values are equal; jq does not tell 1.0 from 1.
fn is_equal(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => one.as_f64() == other.as_f64(),
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len()
                && one
                    .iter()
                    .zip(other)
                    .all(|(one, other)| is_equal(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            let equal =
                |key: &String, one| other.get(key).is_some_and(|other| is_equal(one, other));
            one.len() == other.len() && one.iter().all(|(key, one)| equal(key, one))
        }
        _ => one == other,
    }
}
