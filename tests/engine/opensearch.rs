//! Starts OpenSearch from its jars: one JVM, one node, by a small class of ours (`docs/engines.md`).
//!
//! Knows the settings that matter to a node of a few minutes; nothing about what is asked of it.

use std::fs;
use std::process::Command;

use tempfile::TempDir;

use crate::artifact;
use crate::engine::{Engine, Flavor, Launch, free_port};

/// A healthy node with an empty data folder.
pub fn start() -> Engine {
    start_with(&[])
}

/// The same node with further settings, by name.
pub fn start_with(settings: &[(&str, &str)]) -> Engine {
    let artifact = artifact::fetched("opensearch");
    let folder = TempDir::with_prefix("jcx-opensearch-").expect("a temporary folder");
    let home = folder.path();
    // The node refuses to start without the first three.
    for name in ["config", "modules", "plugins", "data", "logs"] {
        fs::create_dir(home.join(name)).expect("a folder of the node's home");
    }
    let port = free_port();
    let mut command = Command::new("java");
    command
        .args(JVM)
        .arg("-cp")
        .arg(format!("{0}/build/classes:{0}/lib/*", artifact.display()))
        .arg("SingleNode")
        .arg(home)
        .args(SETTINGS)
        .args(
            settings
                .iter()
                .map(|(name, value)| format!("{name}={value}")),
        )
        .arg(format!("path.data={}", home.join("data").display()))
        .arg(format!("path.logs={}", home.join("logs").display()))
        .arg(format!("http.port={port}"))
        .current_dir(home);
    Launch {
        flavor: Flavor::OpenSearch,
        command,
        port,
        folder,
    }
    .start(None)
}

const JVM: [&str; 8] = [
    "-Xms512m",
    "-Xmx1g",
    "--add-opens=java.base/java.nio=ALL-UNNAMED",
    "--add-opens=java.base/java.lang=ALL-UNNAMED",
    "-Dopensearch.set.netty.runtime.available.processors=false",
    "-Dlog4j2.disable.jmx=true",
    // Without a log4j file only errors are shown, and none once the JVM is told to end.
    "-Dorg.apache.logging.log4j.level=INFO",
    "-Dlog4j.shutdownHookEnabled=false",
];

const SETTINGS: [&str; 6] = [
    "node.name=single",
    "network.host=127.0.0.1",
    "discovery.type=single-node",
    "node.roles=cluster_manager,data,ingest",
    // A full disk on the machine of whoever runs this is not what is tested.
    "cluster.routing.allocation.disk.threshold_enabled=false",
    "indices.breaker.total.use_real_memory=false",
];
