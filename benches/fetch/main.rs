//! How fast `jcx fetch` gets a month of events, beside an ordinary client: `cargo bench --bench fetch` prints tables.
//!
//! Not a test: nothing here fails because a machine is slow. The API is simulated by this very binary, as a process of its
//! own that answers after a while, as a remote does. See `benches/README.md`.

#![expect(clippy::print_stdout, reason = "the table is what a bench is for")]

#[path = "../../samples/mod.rs"]
mod samples;

#[path = "../map/table.rs"]
mod table;

mod answer;
mod call;
mod client;
mod contest;
mod month;
mod process;
mod remote;
mod server;
mod walks;

use std::path::Path;
use std::process::Command;

use crate::client::Client;
use crate::contest::Contest;
use crate::remote::Setup;
use crate::table::{Figure, Table};
use crate::walks::ratio;

/// What can be chosen behind `cargo bench --bench fetch --`.
struct Choice {
    events: usize,
    rounds: usize,
}

/// Milliseconds before an answer begins.
const LATENCY: u64 = 200;
/// Bytes of an event of which 10,000 are a page of 200 MB.
const LARGE: usize = 20_000;
/// What `--rate` is by default.
const RATE: f64 = 10.0;
/// Events that the last figures are calculated for.
const MANY: usize = 5_000_000;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [name, events, size, latency] = &arguments[..]
        && name == "serve"
    {
        let number = |text: &String| text.parse().expect("a number");
        return server::serve(number(events), number(size), number(latency) as u64);
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    compare(&hold(&choice(&arguments), folder.path()));
}

fn choice(arguments: &[String]) -> Choice {
    let value = |flag: &str, default: usize| {
        let mut behind = arguments.iter().skip_while(|argument| *argument != flag);
        let number = behind.nth(1).map(|number| number.parse());
        number.map_or(default, |number| number.expect("a number behind the flag"))
    };
    Choice {
        events: value("--events", 200_000).max(10_000),
        rounds: value("--rounds", 3).max(1),
    }
}

const JOBS: Figure = Figure::new("--jobs 4: how often as fast as --jobs 1", "≥ 3.0", "");
const WALL: Figure = Figure::new("defaults: how often as fast as Python", "≥ 2.5", "");
const PROCESSOR: Figure = Figure::new("defaults: processor time, Python = 1", "≤ 0.20", "");
const MEMORY: Figure = Figure::new("peak memory, --jobs 8", "≤ 64 MiB", "");
const LARGE_MEMORY: Figure = Figure::new("peak memory, --jobs 8, pages of 200 MB", "≤ 64 MiB", "");
const REQUESTS: Figure = Figure::new("5,000,000 events: requests, calculated", "", "500");
const TIME: Figure = Figure::new("5,000,000 events: seconds, calculated", "", "");
const FIVE_MINUTES: Figure =
    Figure::new("the same, a page of 10,000 every five minutes = 1", "", "");

/// Who fetched what.
struct Contests {
    /// One job, then four, small pages.
    jobs: Contest,
    /// All defaults, then Python where there is one.
    python: Contest,
    /// All defaults, more events.
    long: Contest,
    /// Eight jobs and no latency.
    many: Contest,
    /// The same with pages of 200 MB.
    large: Contest,
}

fn hold(choice: &Choice, folder: &Path) -> Contests {
    let Choice { events, rounds } = *choice;
    let month = |events, size, latency| Setup {
        events,
        size,
        latency,
    };
    let has_jobs = knows_jobs();
    let jobs = |number, flags: &[&str]| {
        let jobs: &[&str] = if has_jobs { &["--jobs", number] } else { &[] };
        Client::jcx(&[jobs, flags].concat())
    };
    let five_thousand = ["--rate", "1000", "--page-size", "5000"];
    let one_and_four = ["1", "4"].map(|number| jobs(number, &five_thousand));
    let ordinary = Client::python(10_000);
    let defaults = Client::jcx(&[]);
    let and_python = [defaults.clone()].into_iter().chain(ordinary).collect();
    let eight = || vec![jobs("8", &["--rate", "1000"])];
    let contest = |setup, clients, rounds| Contest::hold(setup, clients, rounds, folder);
    Contests {
        jobs: contest(month(events, 0, LATENCY), one_and_four.to_vec(), rounds),
        python: contest(month(events, 0, LATENCY), and_python, rounds),
        long: contest(month(events * 5 / 2, 0, LATENCY), vec![defaults], 1),
        many: contest(month(events * 5, 0, 0), eight(), 1),
        large: contest(month(events / 2, LARGE, 0), eight(), 1),
    }
}

fn compare(contests: &Contests) {
    let Contests {
        jobs,
        python,
        long,
        many,
        large,
    } = contests;
    show(&[jobs, python, long, many, large]);
    let mut table = Table::default();
    table.ratios(&JOBS, &jobs.ratios(0, 1, |run| run.spent.seconds));
    if python.clients() > 1 {
        table.ratios(&WALL, &python.ratios(1, 0, |run| run.spent.seconds));
        table.ratios(&PROCESSOR, &python.ratios(0, 1, |run| run.spent.processor));
    } else {
        table.row(&WALL, "no python3 on PATH");
        table.row(&PROCESSOR, "no python3 on PATH");
    }
    for (figure, contest) in [(&MEMORY, many), (&LARGE_MEMORY, large)] {
        table.row(figure, &format!("{:.1} MiB", contest.last(0).spent.memory));
    }
    extrapolate(&mut table, long);
    table.show();
}

fn show(contests: &[&Contest]) {
    println!(
        "| client | events | MB | latency, ms | seconds: median (of all rounds) | MB/s | processor, s | peak, MiB |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    for contest in contests {
        contest.show_speed();
    }
    println!(
        "\n| requests of the last round | pages | counts | intervals | slices | longest, pages | mean = 1 | waiting at once |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    for contest in contests {
        contest.show_requests();
    }
    println!();
}

/// What 5,000,000 events would take: as many more pages, and as often as `--rate` allows; its bucket is full at the start.
fn extrapolate(table: &mut Table, long: &Contest) {
    let run = long.last(0);
    let times = ratio(MANY, long.setup.events);
    let planning = run.walks.counts + run.walks.intervals;
    let requests = ratio(run.walks.pages, 1) * times + ratio(planning, 1);
    let seconds = (run.spent.seconds * times).max((requests - RATE) / RATE);
    let every_five_minutes = ratio(MANY, 10_000) * 300.0;
    table.row(&REQUESTS, &format!("{requests:.0}"));
    table.row(&TIME, &format!("{seconds:.0}"));
    let shown = format!(
        "1/{:.0} of {:.0} hours",
        every_five_minutes / seconds,
        every_five_minutes / 3600.0
    );
    table.row(&FIVE_MINUTES, &shown);
}

/// Whether this build can walk several windows at once.
fn knows_jobs() -> bool {
    let jcx = env!("CARGO_BIN_EXE_jcx");
    let help = Command::new(jcx).args(["fetch", "--help"]).output();
    let help = help.expect("starting jcx").stdout;
    memchr::memmem::find(&help, b"--jobs").is_some()
}
