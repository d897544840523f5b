//! Other tools that load documents, each with the settings that it was fastest with.
//!
//! Who cannot take part says why: a tool that is silently left out would make the table look complete.

use std::path::PathBuf;
use std::process::Command;

use crate::choice::Server;
use crate::documents::STREAM;
use crate::installed::{client, command, sources};
use crate::program::{Load, Process, Program, found, said, words};

const ESPIPE: &str = "0.7.0";
const ELASTICDUMP: &str = "6.125.1";

/// Requests of 5000 documents, not packed, and the ids that the documents bring along.
pub fn espipe(load: &Load, connections: usize) -> Result<Program, String> {
    let folder = client("espipe", ESPIPE, |fresh| {
        let fixed = ["install", "espipe", "--version", ESPIPE, "--locked"];
        let mut command = command(env!("CARGO"), &fixed);
        command.arg("--root").arg(fresh);
        // What it builds on the way lies in a folder that goes away, then.
        command.env_remove("CARGO_TARGET_DIR");
        command
    })?;
    let stream = format!("{}/{STREAM}", load.url);
    let number = connections.to_string();
    let mut arguments = words(&["--quiet", "--uncompressed", "--action", "create"]);
    arguments.extend(words(&["--max-requests", &number]));
    arguments.push(load.documents.identified.clone().into());
    arguments.push(stream.into());
    Ok(Program {
        tool: "espipe",
        connections,
        name: format!("espipe {ESPIPE} --uncompressed --max-requests {connections}"),
        processes: vec![Process::new(folder.join("bin/espipe"), arguments)],
    })
}

/// `parallel_bulk` with a dictionary a document.
pub fn python_objects(load: &Load, connections: usize) -> Result<Program, String> {
    python(load, connections, "py", "objects")
}

/// `parallel_bulk` with the text that was read.
pub fn python_text(load: &Load, connections: usize) -> Result<Program, String> {
    python(load, connections, "py-text", "text")
}

fn python(
    load: &Load,
    connections: usize,
    tool: &'static str,
    form: &str,
) -> Result<Program, String> {
    is_for_elasticsearch(load)?;
    // What is on PATH may be a script that looks for the interpreter; its time is not the client's.
    let asks = "import sys; print(sys.executable)";
    let binary = PathBuf::from(said(&mut command("python3", &["-c", asks]))?);
    let folder = sources("elasticsearch-py");
    let wanted = folder.join("requirements.txt");
    let recipe = text(&wanted)?;
    let packages = client(
        "elasticsearch-py",
        &format!("{}\n{recipe}", binary.display()),
        |fresh| {
            let mut command = command(
                &binary,
                &["-m", "pip", "install", "--quiet", "--requirement"],
            );
            command.arg(&wanted).arg("--target").arg(fresh);
            command
        },
    )?;
    let asks =
        "import elasticsearch, sys; print(sys.version.split()[0], elasticsearch.__versionstr__)";
    let versions = said(command(&binary, &["-c", asks]).env("PYTHONPATH", &packages))?;
    let (python, version) = versions.split_once(' ').unwrap_or_default();
    let mut arguments = words(&[form, load.url, STREAM, &connections.to_string()]);
    arguments.insert(0, folder.join("client.py").into());
    arguments.push(load.documents.identified.clone().into());
    let mut process = Process::new(binary, arguments);
    process.environment.push(("PYTHONPATH", packages.into()));
    Ok(Program {
        tool,
        connections,
        name: format!(
            "elasticsearch-py {version} (Python {python}), parallel_bulk of {form}, {connections} threads"
        ),
        processes: vec![process],
    })
}

/// `BulkIndexer`, which is handed the text that was read.
pub fn go(load: &Load, connections: usize) -> Result<Program, String> {
    is_for_elasticsearch(load)?;
    let version = said(&mut command("go", &["env", "GOVERSION"]))?;
    let folder = sources("go-elasticsearch");
    let module = text(&folder.join("go.mod"))?;
    let recipe = format!("{version}\n{module}\n{}", text(&folder.join("main.go"))?);
    let built = client("go-elasticsearch", &recipe, |fresh| {
        let mut command = Command::new("go");
        command
            .arg("build")
            .arg("-o")
            .arg(fresh.join("client"))
            .current_dir(&folder);
        command
    })?;
    let wanted = "github.com/elastic/go-elasticsearch/v8 ";
    let of_client = module
        .split(wanted)
        .nth(1)
        .and_then(|rest| rest.split_whitespace().next());
    let mut arguments = words(&[load.url, STREAM, &connections.to_string()]);
    arguments.push(load.documents.identified.clone().into());
    Ok(Program {
        tool: "go",
        connections,
        name: format!(
            "go-elasticsearch {} ({version}), BulkIndexer, {connections} workers",
            of_client.unwrap_or_default()
        ),
        processes: vec![Process::new(built.join("client"), arguments)],
    })
}

/// Requests of 5000 documents.
pub fn elasticdump(load: &Load, connections: usize) -> Result<Program, String> {
    if load.server == Server::Elasticsearch {
        return Err("it asks GET / first, which the bare Elasticsearch refuses".to_owned());
    }
    let node = found("node")?;
    let folder = client("elasticdump", ELASTICDUMP, |fresh| {
        let package = format!("elasticdump@{ELASTICDUMP}");
        let mut command = command("npm", &["install", "--no-audit", "--no-fund", &package]);
        command.arg("--prefix").arg(fresh);
        command
    })?;
    let version = said(&mut command(&node, &["--version"]))?;
    let mut arguments = vec![
        folder
            .join("node_modules/elasticdump/bin/elasticdump")
            .into(),
    ];
    arguments.extend(words(&[
        "--quiet",
        "--type=data",
        "--bulkAction=create",
        "--noRefresh",
        "--limit=5000",
    ]));
    arguments.push(format!("--concurrency={connections}").into());
    arguments.push(format!("--input={}", load.documents.dumped.display()).into());
    arguments.push(format!("--output={}", load.url).into());
    arguments.push(format!("--output-index={STREAM}").into());
    Ok(Program {
        tool: "elasticdump",
        connections,
        name: format!(
            "elasticdump {ELASTICDUMP} (Node {version}) --limit 5000 --concurrency {connections}"
        ),
        processes: vec![Process::new(node, arguments)],
    })
}

/// Elastic's own clients look for the header of their own server.
fn is_for_elasticsearch(load: &Load) -> Result<(), String> {
    match load.server {
        Server::Elasticsearch => Ok(()),
        Server::OpenSearch => Err("it refuses servers that are not Elasticsearch".to_owned()),
    }
}

fn text(path: &PathBuf) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}
