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
    let alone = [
        ("node.name", "single"),
        ("discovery.type", "single-node"),
        ("node.roles", "cluster_manager,data,ingest"),
    ];
    let all = alone.iter().chain(settings);
    let settings: Vec<String> = all.map(|(name, value)| format!("{name}={value}")).collect();
    launch(&["-Xms512m", "-Xmx1g"], &settings)
}

/// Two healthy nodes of one cluster, both with data; the first can do without the second.
pub fn start_pair() -> [Engine; 2] {
    let [first, second] = [free_port(), free_port()];
    let settings = |name: &str, port: u16, roles: &str| {
        vec![
            "cluster.name=pair".to_owned(),
            format!("node.name={name}"),
            format!("node.roles={roles}"),
            format!("transport.port={port}"),
            format!("discovery.seed_hosts=127.0.0.1:{first}"),
        ]
    };
    let mut lasting = settings("lasting", first, "cluster_manager,data,ingest");
    lasting.push("cluster.initial_cluster_manager_nodes=lasting".to_owned());
    let passing = settings("passing", second, "data,ingest");
    let heap = ["-Xms256m", "-Xmx512m"];
    [launch(&heap, &lasting), launch(&heap, &passing)]
}

fn launch(heap: &[&str], settings: &[String]) -> Engine {
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
        .args(heap)
        .args(JVM)
        .arg("-cp")
        .arg(format!("{0}/build/classes:{0}/lib/*", artifact.display()))
        .arg("SingleNode")
        .arg(home)
        .args(SETTINGS)
        .args(settings)
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

const JVM: [&str; 6] = [
    "--add-opens=java.base/java.nio=ALL-UNNAMED",
    "--add-opens=java.base/java.lang=ALL-UNNAMED",
    "-Dopensearch.set.netty.runtime.available.processors=false",
    "-Dlog4j2.disable.jmx=true",
    // Without a log4j file only errors are shown, and none once the JVM is told to end.
    "-Dorg.apache.logging.log4j.level=INFO",
    "-Dlog4j.shutdownHookEnabled=false",
];

const SETTINGS: [&str; 3] = [
    "network.host=127.0.0.1",
    // A full disk on the machine of whoever runs this is not what is tested.
    "cluster.routing.allocation.disk.threshold_enabled=false",
    "indices.breaker.total.use_real_memory=false",
];
