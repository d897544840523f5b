//! How fast `jcx map` is, beside programs that do a part of the same work: `cargo bench --bench map` prints a table.
//!
//! Not a test: nothing here fails because a machine is slow. Every program is a process of its own that reads the same file
//! and writes to `/dev/null`; the yardsticks are this very binary, called by their names. See `benches/README.md`.

#![expect(clippy::print_stdout, reason = "the table is what a bench is for")]

#[path = "../../samples/mod.rs"]
mod samples;

mod input;
mod instructions;
mod jq;
mod on_path;
mod process;
mod table;
mod turns;
mod yardstick;

use std::ffi::OsString;
use std::path::Path;

use crate::input::Input;
use crate::process::{Program, peak_memory};
use crate::table::{Figure, Table};
use crate::turns::Turns;

/// What can be chosen behind `cargo bench --bench map --`.
struct Choice {
    megabytes: usize,
    rounds: usize,
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [name, file] = &arguments[..]
        && let Some(yardstick) = yardstick::by_name(name)
    {
        return yardstick(Path::new(file));
    }
    let choice = choice(&arguments);
    let folder = tempfile::tempdir().expect("a temporary folder");
    println!("inventing {} MB of events …", choice.megabytes);
    let input = Input::invent(folder.path(), choice.megabytes * 1_000_000);
    println!(
        "{} events, {:.1} MB, {} bytes an event on average\n",
        input.events,
        megabytes(input.all.bytes),
        input.all.bytes / input.events
    );
    compare(&input, choice.rounds);
}

fn choice(arguments: &[String]) -> Choice {
    let value = |flag: &str, default: usize| {
        let mut behind = arguments.iter().skip_while(|argument| *argument != flag);
        let number = behind.nth(1).map(|number| number.parse());
        number.map_or(default, |number| number.expect("a number behind the flag"))
    };
    Choice {
        megabytes: value("--megabytes", 117).max(input::LARGE / 1_000_000 + 1),
        rounds: value("--rounds", 7).max(1),
    }
}

/// The figures that are asked for.
const VALUE: Figure = Figure::new("Value yardstick: how often as fast", "≥ 5", "7");
const IGNORED_ANY: Figure = Figure::new("IgnoredAny: how often as fast", "≥ 0.70", "0.9");
const INSTRUCTIONS: Figure = Figure::new("instructions a byte, --jobs 1", "≤ 18", "13");
const JOBS: Figure = Figure::new("--jobs 2: how often as fast as --jobs 1", "≥ 1.35", "1.7");
const JQ: Figure = Figure::new("jq: how often as fast", "≥ 100", "");
const EXTENDED: Figure = Figure::new("extended: its time, elastic = 1", "≤ 1.25", "");
const MEMORY: [(Figure, &str); 2] = [
    (Figure::new("peak memory, --jobs 1", "≤ 16 MiB", ""), "1"),
    (Figure::new("peak memory, --jobs 4", "≤ 32 MiB", ""), "4"),
];

fn compare(input: &Input, rounds: usize) {
    let one = jcx(&["--jobs", "1"]);
    let extended = jcx(&["--jobs", "1", "--profile", "extended"]);
    let has_extended = extended.runs(&input.small);

    let mut turns = Turns::default();
    let first = turns.add(one.clone(), &input.all);
    let second = turns.add(jcx(&["--jobs", "2"]), &input.all);
    let value = turns.add(yardstick("value"), &input.all);
    let ignored_any = turns.add(yardstick("ignored-any"), &input.all);
    let extended = has_extended.then(|| turns.add(extended, &input.all));
    // At a hundredth of the speed, a file of full length would take minutes a round.
    let jq = jq::program(input).map(|jq| turns.add(jq, &input.small));
    turns.run(rounds);
    turns.show();

    let mut table = Table::default();
    table.ratios(&VALUE, &turns.faster(first, value));
    table.ratios(&IGNORED_ANY, &turns.faster(first, ignored_any));
    let instructions = instructions::per_byte(&one, input);
    let instructions = instructions.map_or_else(|why| why, |count| format!("{count:.1}"));
    table.row(&INSTRUCTIONS, &instructions);
    table.ratios(&JOBS, &turns.faster(second, first));
    match jq {
        Some(jq) => table.ratios(&JQ, &turns.faster(first, jq)),
        None => table.row(&JQ, "no jq on PATH"),
    }
    match extended {
        Some(extended) => table.ratios(&EXTENDED, &turns.faster(first, extended)),
        None => table.row(&EXTENDED, "this build has no such profile"),
    }
    for (figure, jobs) in MEMORY {
        let peak = peak_memory(&jcx(&["--jobs", jobs]), &input.all);
        table.row(&figure, &format!("{peak:.1} MiB"));
    }
    table.show();
}

/// `jcx map` with these flags, from the same build as this bench.
fn jcx(flags: &[&str]) -> Program {
    let arguments = ["map"].iter().chain(flags).map(OsString::from).collect();
    Program {
        name: format!("jcx map {}", flags.join(" ")),
        binary: env!("CARGO_BIN_EXE_jcx").into(),
        arguments,
    }
}

/// This binary under another name.
fn yardstick(name: &str) -> Program {
    Program {
        name: format!("yardstick {name}"),
        binary: std::env::current_exe().expect("the path of this binary"),
        arguments: vec![name.into()],
    }
}

#[expect(clippy::cast_precision_loss, reason = "a size to be shown")]
fn megabytes(bytes: usize) -> f64 {
    bytes as f64 / 1e6
}
