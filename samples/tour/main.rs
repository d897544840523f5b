//! The tour: the whole job in one command, `cargo run --release --example tour`.
//!
//! Builds `jcx`, starts a simulated JumpCloud tenant and, unless `JCX_ES_URL` names a server, a loopback bulk target; runs
//! the real commands as a shell would, and compares what went in with what each step and the server counted. Ends with a
//! failure when any two counts differ. Invented events go into a data stream of their own, never into one that is in use.

#[path = "../mod.rs"]
mod samples;

mod counts;
mod elastic;
mod program;
mod screen;

use crate::counts::Counts;
use crate::elastic::Elastic;
use crate::program::Program;
use crate::samples::instant::{self, Nanos};
use crate::samples::invent::{self, Invented, Plan};
use crate::samples::target::{Setup, Target};
use crate::samples::tenant::{Behaviour, Cap, Encoding, Event, Tenant};
use crate::screen::Screen;
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

const EVENTS: usize = 20_000;
/// A namespace of its own: invented sign-ins must not stand among real ones.
const STREAM: &str = "logs-jumpcloud.events-tour";

fn main() -> ExitCode {
    let mut screen = Screen::default();
    match tour(&mut screen) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => {
            screen.line("The counts disagree.");
            ExitCode::FAILURE
        }
        Err(error) => {
            screen.line(&format!("The tour failed: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

/// Whether all counts agree.
fn tour(screen: &mut Screen) -> Result<bool> {
    let binary = program::build(screen)?;
    let folder = folder()?;
    let invented = invented_events();
    let tenant = tenant(&invented);
    let named = elastic::variable("JCX_ES_URL");
    let own = named.is_none().then(own_target);
    let url = own.as_ref().map(Target::url).or(named);
    let url = url.context("a server to load")?;
    let jcx = Program::new(binary, &folder, &tenant, (&url, STREAM));
    introduce(screen, &tenant, &url, own.is_some());
    let installed = jcx.run(screen, &["template", "--install"]);
    if own.is_some() {
        installed?;
    } else if let Err(error) = installed {
        // A server may have its own template and forbid others; push looks for itself.
        screen.line(&format!("{error:#}; going on with what the server has"));
    }
    let elastic = Elastic::new(&url, STREAM)?;
    let before = elastic.count()?.unwrap_or(0);
    let ended = jcx.pipe(
        screen,
        &[
            &["fetch", "--since", "15d", "--summary", "fetch.json"],
            &["map", "--summary", "map.json"],
            &["push", "--summary", "push.json"],
        ],
    )?;
    let counts = Counts::read(&folder, &invented)?;
    let agree = counts.agree(ended);
    let grown = elastic
        .count_until(before + counts.indexed())?
        .saturating_sub(before);
    counts.show(screen, grown);
    one_event(screen, &jcx, &folder)?;
    screen.line(&format!("\nThe files are in {}", folder.display()));
    if own.is_none() {
        screen.line(&format!(
            "The documents are in {STREAM}; DELETE /_data_stream/{STREAM} removes them."
        ));
    }
    Ok(agree && grown == counts.indexed())
}

fn folder() -> Result<PathBuf> {
    let path = std::env::temp_dir().join(format!("jcx-tour-{}", std::process::id()));
    std::fs::create_dir_all(&path).with_context(|| format!("creating {}", path.display()))?;
    Ok(path)
}

fn invented_events() -> Vec<Invented> {
    invent::events(&Plan {
        seed: 2718,
        now: instant::now(),
        days: 30,
        count: EVENTS,
    })
}

/// A tenant that caps pages and packs its answers, as a real one may.
fn tenant(invented: &[Invented]) -> Tenant {
    let events = invented
        .iter()
        .map(|event| Event::placed(event.instant, event.text.clone()).served_as(event.service));
    let behaviour = Behaviour {
        cap: Cap::Fixed(2500),
        encoding: Encoding::GzipChunked,
        ..Behaviour::default()
    };
    // The counts are the judge here, not the number of calls.
    Tenant::start(events.collect(), behaviour).expecting(0..=usize::MAX)
}

fn own_target() -> Target {
    let setup = Setup {
        keep_bodies: false,
        ..Setup::default()
    };
    Target::start(setup).expecting(0..=usize::MAX)
}

fn introduce(screen: &mut Screen, tenant: &Tenant, url: &str, own: bool) {
    let (what, stream) = if own {
        ("a loopback bulk target", "in the target's memory")
    } else {
        ("your server", "made here, for invented events alone")
    };
    screen.line(&format!(
        "\nexport JCX_API_URL={}   # a simulated tenant, {EVENTS} events in 30 days",
        tenant.url()
    ));
    screen.line(&format!("export JCX_API_KEY={}", tenant.key()));
    screen.line(&format!("export JCX_ES_URL={url}   # {what}"));
    screen.line(&format!("export JCX_DATA_STREAM={STREAM}   # {stream}"));
}

/// Shows one event as JumpCloud sent it and as it is stored.
fn one_event(screen: &mut Screen, jcx: &Program, folder: &Path) -> Result<()> {
    jcx.run(
        screen,
        &[
            "fetch",
            "--since",
            "15d",
            "--service",
            "sso",
            "-o",
            "sso.ndjson",
        ],
    )?;
    jcx.run(screen, &["map", "sso.ndjson", "-o", "sso-documents.ndjson"])?;
    let (number, event) = shortest_line(&folder.join("sso.ndjson"))?;
    let documents = std::fs::read_to_string(folder.join("sso-documents.ndjson"))?;
    let document = documents
        .lines()
        .nth(number)
        .context("a document for each event")?;
    screen.line(&format!(
        "\nBefore, line {} of sso.ndjson:\n{event}",
        number + 1
    ));
    screen.line(&format!(
        "\nAfter, line {} of sso-documents.ndjson:\n{document}",
        number + 1
    ));
    Ok(())
}

fn shortest_line(path: &Path) -> Result<(usize, String)> {
    let text =
        std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
    let shortest = text.lines().enumerate().min_by_key(|(_, line)| line.len());
    let (number, line) = shortest.context("an event of the service sso")?;
    Ok((number, line.to_owned()))
}

/// How many of the events lie in `[start, end)`.
fn inside(invented: &[Invented], start: Nanos, end: Nanos) -> u64 {
    let inside = invented
        .iter()
        .filter(|event| (start..end).contains(&event.instant));
    inside.count() as u64
}
