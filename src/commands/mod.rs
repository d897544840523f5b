//! One file a subcommand: arguments → plan → loop → summary. This one joins them to the process.

mod completions;
mod fetch;
mod map;
mod push;
mod run;
mod server;
mod template;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::process::ExitCode;

use crate::cli::{self, Cli, Command, CommonArgs};
use crate::exit;
use crate::failure::Result;
use crate::term::{LogFormat, Printer, Verbosity};
pub use run::{Ending, Hole, Run, Tally};

/// Does what the arguments say.
pub fn main(arguments: &[OsString], environment: BTreeMap<String, String>) -> ExitCode {
    match cli::parse(arguments.to_owned(), &environment) {
        Ok(cli) => ExitCode::from(dispatch(cli, environment)),
        Err(error) => refuse(&error, arguments, &environment),
    }
}

fn dispatch(cli: Cli, environment: BTreeMap<String, String>) -> u8 {
    match cli.command {
        Command::Completions(args) => plain(completions::completions(args.shell), &environment),
        Command::Man => plain(completions::man(), &environment),
        Command::Fetch(args) => {
            run::conduct("fetch", &args.common.clone(), environment, move |run| {
                fetch::fetch(&args, run)
            })
        }
        Command::Map(args) => run::conduct("map", &args.common.clone(), environment, move |run| {
            map::map(&args, run)
        }),
        Command::Push(args) => {
            run::conduct("push", &args.common.clone(), environment, move |run| {
                push::push(&args, run)
            })
        }
        Command::Template(args) => {
            run::conduct("template", &args.common.clone(), environment, move |run| {
                template::template(&args, run)
            })
        }
    }
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
    // The arguments could not be parsed, so this one is looked for by hand.
    let words: Vec<_> = arguments
        .iter()
        .map(|word| word.to_string_lossy())
        .collect();
    let json = words
        .windows(2)
        .any(|pair| pair[0] == "--log-format" && pair[1] == "json")
        || words.iter().any(|word| word == "--log-format=json")
        || environment
            .get("JCX_LOG_FORMAT")
            .is_some_and(|format| format == "json");
    let format = if json {
        LogFormat::Json
    } else {
        LogFormat::Text
    };
    Printer::new(Verbosity::Normal, format, environment).error(&failure);
    ExitCode::from(exit::code(failure.kind()))
}

/// The printer that a command's flags ask for.
fn printer(common: &CommonArgs, environment: &BTreeMap<String, String>) -> Printer {
    let format = match common.log_format {
        cli::LogFormatArg::Text => LogFormat::Text,
        cli::LogFormatArg::Json => LogFormat::Json,
    };
    Printer::new(common.verbosity(), format, environment)
}
