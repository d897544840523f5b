//! The floor: curl with bodies that are ready, nothing read but them, nothing looked at but the status.
//!
//! In two forms, because it is not known beforehand which of them is faster.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::documents::STREAM;
use crate::program::{Load, Process, Program, found, said, words};

/// One process that keeps so many transfers under way.
pub fn parallel(load: &Load, connections: usize) -> Result<Program, String> {
    let (binary, version) = curl()?;
    let bodies = &load.documents.bodies;
    let number = connections.to_string();
    let mut arguments = words(&["--parallel", "--parallel-max", &number]);
    let every: Vec<&Path> = bodies.iter().map(PathBuf::as_path).collect();
    arguments.extend(upload(load, &every));
    Ok(Program {
        tool: "curl",
        connections,
        name: format!("curl {version} --parallel, ready bodies, {connections} connections"),
        processes: vec![Process::new(binary, arguments)],
    })
}

/// So many processes, each with its share of the bodies.
pub fn processes(load: &Load, connections: usize) -> Result<Program, String> {
    let (binary, version) = curl()?;
    let bodies = &load.documents.bodies;
    let process = |first: usize| {
        let share = bodies.iter().skip(first).step_by(connections);
        let share: Vec<&Path> = share.map(PathBuf::as_path).collect();
        Process::new(&binary, upload(load, &share))
    };
    // Few documents are fewer bodies than connections.
    let number = connections.min(bodies.len());
    Ok(Program {
        tool: "curls",
        connections,
        name: format!("curl {version}, ready bodies, {connections} processes"),
        processes: (0..number).map(process).collect(),
    })
}

fn curl() -> Result<(PathBuf, String), String> {
    let binary = found("curl")?;
    let version = said(Command::new(&binary).arg("--version"))?;
    let version = version.split_whitespace().nth(1).unwrap_or_default();
    Ok((binary, version.to_owned()))
}

fn upload(load: &Load, bodies: &[&Path]) -> Vec<std::ffi::OsString> {
    let names: Vec<String> = bodies
        .iter()
        .map(|body| body.display().to_string())
        .collect();
    let list = format!("{{{}}}", names.join(","));
    let url = format!("{}/{STREAM}/_bulk?filter_path=errors", load.url);
    words(&[
        "--silent",
        "--fail",
        "--request",
        "POST",
        "--header",
        "content-type: application/x-ndjson",
        "--header",
        "expect:",
        "--upload-file",
        &list,
        &url,
    ])
}
