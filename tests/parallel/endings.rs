//! Several walks end together: at a signal, with the reader, with the disk.

use super::{fetch, storms};
use crate::harness::{Home, Jcx, Running, day, lines};
use crate::samples::http::Script;
use crate::samples::instant::HOUR;
use crate::samples::tenant::{Behaviour, Event, Fault, Tenant};
use std::io::Read;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

fn command(home: &Home, tenant: &Tenant) -> Jcx {
    fetch(home, tenant, (day(), day() + 6 * HOUR)).args(["--page-size", "20", "--jobs", "8"])
}

/// A tenant whose answers are late from a page on.
fn slow(from: usize) -> Tenant {
    let behaviour = Behaviour {
        pages: Script::none().from(from, Fault::Late(Duration::from_secs(20))),
        ..Behaviour::default()
    };
    Tenant::start(storms(), behaviour)
}

fn when_asked(tenant: &Tenant, pages: usize, running: Running) -> Running {
    let since = Instant::now();
    while tenant.page_calls().len() < pages {
        assert!(
            since.elapsed() < Duration::from_secs(20),
            "too few requests"
        );
        std::thread::sleep(Duration::from_millis(5));
    }
    running
}

#[test]
fn signals_end_all_walks_within_two_seconds() {
    let whole = lines(&Tenant::new(storms()).expecting(0..=0).held());
    for (name, code) in [("INT", 130), ("TERM", 143)] {
        for (from, pages) in [(1, 1), (9, 14)] {
            let (home, tenant) = (Home::new(), slow(from));
            let running = when_asked(&tenant, pages, command(&home, &tenant).start());
            let since = Instant::now();
            running.signal(name);
            let run = running.wait().expect_code(code);
            assert!(
                since.elapsed() < Duration::from_secs(2),
                "{:?}",
                since.elapsed()
            );
            let text = String::from_utf8(run.stdout).expect("text");
            let before = text.strip_suffix('{').expect("a mark");
            assert!(whole.starts_with(before), "{text}");
        }
        let (home, tenant) = (Home::new(), slow(9));
        let running = command(&home, &tenant).args(["-o", "out"]).start();
        let running = when_asked(&tenant, 14, running);
        let since = Instant::now();
        running.signal(name);
        running.wait().expect_code(code);
        assert!(
            since.elapsed() < Duration::from_secs(2),
            "{:?}",
            since.elapsed()
        );
        assert_eq!(home.names(), Vec::<String>::new(), "nothing is left");
    }
}

#[test]
fn a_reader_that_goes_away_ends_all_walks() {
    let tenant = Tenant::new(storms());
    for jobs in ["2", "8"] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_jcx"))
            .args([
                "fetch",
                "--since",
                "15d",
                "--page-size",
                "5",
                "--rate",
                "100000",
                "--jobs",
                jobs,
            ])
            .env_clear()
            .env("JCX_API_URL", tenant.url())
            .env("JCX_API_KEY", tenant.key())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("starting jcx");
        let mut stdout = child.stdout.take().expect("a pipe");
        stdout.read_exact(&mut [0; 100]).expect("the first events");
        drop(stdout);
        let out = child.wait_with_output().expect("the end");
        assert_eq!(String::from_utf8_lossy(&out.stderr), "");
        assert_eq!(
            std::os::unix::process::ExitStatusExt::signal(&out.status)
                .map_or(out.status.code(), |signal| Some(128 + signal)),
            Some(141)
        );
    }
}

/// Events of some kilobytes, more than the spools of a run hold in memory.
fn large() -> Vec<Event> {
    let filler = format!("\"filler\":\"{}\",\"n\":", "0123456789abcdef".repeat(4096));
    let events = storms().into_iter();
    events
        .map(|event| Event::read(event.text.replace("\"n\":", &filler)))
        .collect()
}

#[test]
fn a_full_disk_ends_all_walks() {
    let (home, tenant) = (Home::new(), Tenant::new(storms()));
    command(&home, &tenant).run_into("/dev/full").expect_code(7);
}

#[test]
fn where_waiting_pages_cannot_be_kept_the_run_ends_with_7() {
    let (home, tenant) = (Home::new(), Tenant::new(large()));
    let run = command(&home, &tenant)
        .env("TMPDIR", home.path("missing"))
        .run();
    run.expect_code(7).expect_said("missing");
    let right = command(&home, &tenant).succeed();
    assert!(right.stdout == lines(&tenant.held()).as_bytes());
}

#[test]
fn what_waits_lies_beside_the_output() {
    let (home, tenant) = (Home::new(), Tenant::new(large()));
    std::fs::create_dir(home.path("out")).expect("a folder");
    let elsewhere = |words: &[&str]| {
        let jcx = command(&home, &tenant).args(words);
        jcx.env("TMPDIR", home.path("missing")).succeed();
    };
    elsewhere(&["-o", "out/events"]);
    elsewhere(&["--out-dir", "days"]);
    elsewhere(&["--state", "out/state", "-o", "out/grown", "--append"]);
    let held = lines(&tenant.held()).into_bytes();
    assert!(home.read("out/events") == held && home.read("out/grown") == held);
    let left: Vec<_> = std::fs::read_dir(home.path("out"))
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name())
        .collect();
    assert_eq!(left.len(), 3, "{left:?}");
}
