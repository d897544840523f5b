//! One file a subcommand: arguments → plan → loop → summary. This one joins them to the process.

mod completions;
mod count;
mod fetch;
mod fields;
mod frame;
mod jumpcloud;
mod map;
mod patience;
mod push;
mod report;
mod run;
mod server;
mod sharing;
mod state;
mod template;
mod window;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use self::frame::Frame;
use self::report::{Report, note_failure};
use crate::cli::{self, Cli, Command, CommonArgs};
use crate::exit;
use crate::failure::Result;
use crate::net::Ambient;
use crate::store::Output;
use crate::term::{LogFormat, Printer, Summary, Verbosity};
pub use run::{Ending, Hole, Run, Tally};

/// Does what the arguments say.
pub fn main(arguments: &[OsString], environment: BTreeMap<String, String>) -> ExitCode {
    match cli::parse(arguments.to_owned(), &environment) {
        Ok(cli) => ExitCode::from(dispatch(cli, environment)),
        Err(error) => refuse(&error, arguments, &environment),
    }
}

fn dispatch(cli: Cli, environment: BTreeMap<String, String>) -> u8 {
    let refusal = sharing::refusal(&cli.command);
    let frame = |command, common: &CommonArgs, data_on_stdout, zero| {
        let mut common = common.clone();
        if let Some(refusal) = &refusal {
            refusal.spare(&mut common);
        }
        Frame {
            command,
            common,
            data_on_stdout,
            zero,
            refusal: refusal.map(|refusal| refusal.failure),
        }
    };
    match cli.command {
        Command::Completions(args) => plain(completions::completions(args.shell), &environment),
        Command::Fields(args) => plain(fields::print_table(&args), &environment),
        Command::State(args) => plain(state::state(&args, &Ambient::real()), &environment),
        Command::Man => plain(completions::man(), &environment),
        Command::Fetch(args) => {
            let streams = args.archive.out_dir.is_none() && is_stdout(args.output.as_deref());
            let zero = if args.ahead.dry_run {
                nothing
            } else {
                fetch::zero
            };
            let frame = frame("fetch", &args.common, streams, zero);
            run::conduct(frame, environment, move |run| fetch::fetch(&args, run))
        }
        Command::Map(args) => {
            let streams = is_stdout(args.output.as_deref());
            let frame = frame("map", &args.common, streams, map::zero);
            run::conduct(frame, environment, move |run| map::map(&args, run))
        }
        Command::Push(args) => {
            let frame = frame("push", &args.common, false, push::zero);
            run::conduct(frame, environment, move |run| push::push(&args, run))
        }
        Command::Count(args) => {
            let frame = frame("count", &args.common, true, count::zero);
            run::conduct(frame, environment, move |run| count::count(&args, run))
        }
        Command::Template(args) => {
            let frame = frame("template", &args.common, !args.install, nothing);
            run::conduct(frame, environment, move |run| {
                template::template(&args, run)
            })
        }
    }
}

/// No count applies.
fn nothing(_: &mut Summary) {}

fn is_stdout(output: Option<&str>) -> bool {
    Output::of(output, false) == Output::Stdout
}

/// Ends a command that only prints something.
fn plain(result: Result<()>, environment: &BTreeMap<String, String>) -> u8 {
    let Err(failure) = result else { return 0 };
    let code = exit::code(failure.kind());
    if code != 141 {
        Printer::new(Verbosity::Normal, LogFormat::Text, environment).error(&failure);
    }
    code
}

/// Arguments that cannot be understood. What can be read of them by hand is heeded: a log or a summary that somebody
/// waits for must not still tell of the run before.
fn refuse(
    error: &clap::Error,
    arguments: &[OsString],
    environment: &BTreeMap<String, String>,
) -> ExitCode {
    let Some(failure) = cli::usage_failure(error) else {
        // Help and version go to stdout; a reader that went away has seen enough.
        let _shown = error.print();
        return ExitCode::SUCCESS;
    };
    let flag = |name: &str| cli::value_by_hand(name, arguments, environment);
    let format = match flag("log-format").as_deref() {
        Some("json") => LogFormat::Json,
        _ => LogFormat::Text,
    };
    let printer = Printer::new(Verbosity::Normal, format, environment);
    printer.error(&failure);
    let mut summary = Summary::new(cli::command_by_hand(arguments));
    note_failure(&mut summary, &failure);
    let (file, metrics) = (flag("summary"), flag("metrics-file").map(PathBuf::from));
    let report = Report {
        printer: &printer,
        summary: file.as_deref(),
        metrics: metrics.as_deref(),
        finished: (Ambient::real().wall)().timestamp(),
    };
    ExitCode::from(report.write(&mut summary, Some(failure.kind())))
}

/// The printer that a command's flags ask for.
fn printer(common: &CommonArgs, environment: &BTreeMap<String, String>) -> Printer {
    let format = match common.log_format {
        cli::LogFormatArg::Text => LogFormat::Text,
        cli::LogFormatArg::Json => LogFormat::Json,
    };
    Printer::new(common.verbosity(), format, environment)
}
