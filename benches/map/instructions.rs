//! Instructions a byte, counted by callgrind: the same on every machine, and on one that is busy.
//!
//! Two files are read; what differs is what more bytes cost, without the start of the process.

use std::process::{Command, Stdio};

use crate::input::{Events, Input};
use crate::process::Program;

/// The number, or why there is none.
pub fn per_byte(program: &Program, input: &Input) -> Result<f64, String> {
    let small = count(program, &input.small)?;
    let large = count(program, &input.large)?;
    let more = input.large.bytes - input.small.bytes;
    #[expect(clippy::cast_precision_loss, reason = "a ratio with three digits")]
    Ok((large - small) as f64 / more as f64)
}

fn count(program: &Program, events: &Events) -> Result<u64, String> {
    let profile = events.path.with_extension("callgrind");
    let mut option = std::ffi::OsString::from("--callgrind-out-file=");
    option.push(&profile);
    let output = Command::new("valgrind")
        .arg("--tool=callgrind")
        .arg(option)
        .arg(&program.binary)
        .args(&program.arguments)
        .arg(&events.path)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .output()
        .map_err(|_| "no valgrind on PATH".to_owned())?;
    let said = String::from_utf8_lossy(&output.stderr);
    // "==123== Collected : 456"
    let collected = said.lines().find_map(|line| line.split_once("Collected :"));
    let number = collected.and_then(|(_, number)| number.trim().parse().ok());
    number
        .filter(|_| output.status.success())
        .ok_or_else(|| "valgrind failed".to_owned())
}
