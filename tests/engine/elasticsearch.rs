//! Starts Elasticsearch from the server archive for integration tests: no root, no modules beyond the core
//! (`docs/engines.md`).
//!
//! Knows the settings that matter to a node of a few minutes; nothing about what is asked of it.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::artifact;
use crate::engine::{Engine, Flavor, Launch, free_port};

/// Who the server runs as when we are root, which it refuses: `nobody` on every Linux.
const NOBODY: &str = "65534";

/// A node that is a cluster.
const ALONE: &str = "discovery.type: single-node\n";

/// A node that asks nobody.
const OPEN: &str = "xpack.security.enabled: false\n";

const HEAP: &str = "-Xms512m\n-Xmx1g\n";

/// Somebody whom a secured node knows from its files.
pub struct Account {
    pub name: &'static str,
    pub password: &'static str,
    pub role: &'static str,
}

/// A healthy node with an empty data folder, open to everybody.
pub fn start() -> Engine {
    start_with(&[])
}

/// The same node with further settings, by name.
pub fn start_with(settings: &[(&str, &str)]) -> Engine {
    let lines = settings
        .iter()
        .map(|(name, value)| format!("{name}: {value}\n"));
    let settings: String = lines.collect();
    let (folder, port) = prepared(&format!("{ALONE}{OPEN}{settings}"), HEAP);
    launch(folder, port, None)
}

/// Two healthy nodes of one cluster, both with data; the first can do without the second.
pub fn start_pair() -> [Engine; 2] {
    let [first, second] = [free_port(), free_port()];
    let started = |name: &str, port: u16, rest: &str| {
        let settings = format!(
            "cluster.name: pair\nnode.name: {name}\ntransport.port: {port}\n\
             discovery.seed_hosts: [\"127.0.0.1:{first}\"]\n{rest}\n{OPEN}"
        );
        let (folder, port) = prepared(&settings, "-Xms256m\n-Xmx512m\n");
        launch(folder, port, None)
    };
    let lasting = "node.roles: [master, data, ingest]\ncluster.initial_master_nodes: [lasting]";
    [
        started("lasting", first, lasting),
        started("passing", second, "node.roles: [data, ingest]"),
    ]
}

/// The same node asking who comes; `roles` is the text of its `roles.yml`. The first account is the tests' own.
pub fn start_secured(roles: &str, accounts: &[Account]) -> Engine {
    let security = "xpack.security.enabled: true\nxpack.security.http.ssl.enabled: false\n";
    let (folder, port) = prepared(&format!("{ALONE}{security}"), HEAP);
    let config = folder.path().join("home/config");
    fs::write(config.join("roles.yml"), roles).expect("the roles are writable");
    for Account {
        name,
        password,
        role,
    } in accounts
    {
        let mut users = Command::new("bash");
        users.arg(folder.path().join("home/bin/elasticsearch-users"));
        users.args(["useradd", name, "-p", password, "-r", role]);
        run(environment(&mut users, &folder));
    }
    let ours = &accounts[0];
    launch(folder, port, Some((ours.name, ours.password)))
}

fn prepared(settings: &str, heap: &str) -> (TempDir, u16) {
    let unpacked = artifact::fetched("elasticsearch").join("unpacked");
    let folder = TempDir::with_prefix("jcx-elasticsearch-").expect("a temporary folder");
    let port = free_port();
    let settings = format!("http.port: {port}\n{settings}");
    prepare(&only_folder_in(&unpacked), folder.path(), &settings, heap);
    (folder, port)
}

fn launch(folder: TempDir, port: u16, account: Option<(&str, &str)>) -> Engine {
    let mut command = as_nobody_if_root(folder.path());
    command
        .arg("bash")
        .arg(folder.path().join("home/bin/elasticsearch"))
        .current_dir(folder.path());
    environment(&mut command, &folder);
    let flavor = Flavor::Elasticsearch;
    Launch {
        flavor,
        command,
        port,
        folder,
    }
    .start(account)
}

/// What the archive's scripts need to know.
fn environment<'a>(command: &'a mut Command, folder: &TempDir) -> &'a mut Command {
    command
        .env("ES_JAVA_HOME", java_home())
        .env("ES_PATH_CONF", folder.path().join("home/config"))
        .env("ES_TMPDIR", folder.path().join("tmp"))
}

/// The archive's one folder, whose name carries the version.
fn only_folder_in(unpacked: &Path) -> PathBuf {
    let entries: Vec<PathBuf> = fs::read_dir(unpacked)
        .expect("the unpacked archive is there")
        .map(|entry| entry.expect("a folder entry").path())
        .collect();
    match entries.as_slice() {
        [home] => home.clone(),
        other => panic!("one folder expected in {}: {other:?}", unpacked.display()),
    }
}

/// A home of this run's own: the cache may lie where `nobody` cannot go, and must not take up data or settings.
fn prepare(archive: &Path, folder: &Path, settings: &str, heap: &str) {
    let home = folder.join("home");
    run(Command::new("cp").arg("-r").arg(archive).arg(&home));
    for name in [
        "home/plugins",
        "home/config/jvm.options.d",
        "data",
        "logs",
        "tmp",
    ] {
        fs::create_dir_all(folder.join(name)).expect("a folder of the node");
    }
    let settings = format!(
        "network.host: 127.0.0.1\npath.data: {0}/data\npath.logs: {0}/logs\n{settings}\
         cluster.routing.allocation.disk.threshold_enabled: false\n",
        folder.display()
    );
    fs::write(home.join("config/elasticsearch.yml"), settings).expect("the settings are writable");
    fs::write(home.join("config/jvm.options.d/heap.options"), heap)
        .expect("the heap's options are writable");
}

/// The beginning of the command: who runs the rest of it.
fn as_nobody_if_root(folder: &Path) -> Command {
    // The folder was made by us a moment ago, so its owner is who we are.
    let owner = fs::metadata(folder).expect("the folder is there").uid();
    if owner != 0 {
        return Command::new("env");
    }
    run(Command::new("chown")
        .arg("-R")
        .arg(format!("{NOBODY}:{NOBODY}"))
        .arg(folder));
    let mut command = Command::new("setpriv");
    command.args(["--reuid", NOBODY, "--regid", NOBODY, "--clear-groups"]);
    command
}

/// The home of the Java that is on the path, as it says itself.
fn java_home() -> String {
    let output = Command::new("java")
        .args(["-XshowSettings:properties", "-version"])
        .output()
        .expect("java starts");
    String::from_utf8_lossy(&output.stderr)
        .lines()
        .find_map(|line| line.trim().strip_prefix("java.home = ").map(str::to_owned))
        .expect("java says where its home is")
}

fn run(command: &mut Command) {
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}: {output:?}");
}
