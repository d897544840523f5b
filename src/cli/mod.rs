//! What the user typed: one argument struct a subcommand, and the environment that stands in for flags.
//!
//! Parses and nothing else; what the arguments lead to is `commands/`.

mod common;
mod contradiction;
mod count;
mod fetch;
mod fields;
mod jumpcloud;
mod map;
mod push;
mod server;
mod size;
mod state;
mod template;
mod usage;
mod window;

use std::collections::BTreeMap;
use std::ffi::OsString;

use clap::builder::{ArgAction, BoolishValueParser};
use clap::parser::ValueSource;
use clap::{ArgMatches, Args, CommandFactory, FromArgMatches, Parser, Subcommand};
use clap_complete::Shell;

pub use common::{CommonArgs, LogFormatArg};
pub use count::{ByArg, CountArgs};
pub use fetch::{ArchiveArgs, Compress, FetchArgs, ResumeArgs};
pub use fields::FieldsArgs;
pub use jumpcloud::JumpCloudArgs;
pub use map::{Format, MapArgs, Profile};
pub use push::{Dedupe, PushArgs};
pub use server::ServerArgs;
pub use state::{AckArgs, LockArgs, ResetArgs, SetArgs, ShowArgs, StateAction, StateArgs};
pub use template::{FlavorArg, TemplateArgs};
pub use usage::{command_by_hand, usage_failure, value_by_hand};
pub use window::WindowArgs;

/// Help begins with what one would type.
const HELP: &str =
    "{about-with-newline}\n{before-help}{usage-heading} {usage}\n\n{all-args}{after-help}";

const ENVIRONMENT: &str = "Every long flag can also be set by JCX_ and its name in capitals (--es-url: JCX_ES_URL; \
lists separated by commas); a flag wins over its variable. Exit codes and more: jcx man.";

/// The whole command line.
#[derive(Debug, Parser)]
#[command(name = "jcx", version, about, help_template = HELP, after_help = ENVIRONMENT, before_help = EXAMPLES)]
#[command(propagate_version = true, arg_required_else_help = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const EXAMPLES: &str = "\
Examples:
  jcx fetch --since 15d | jcx map | jcx push      everything of the last 15 days into Elasticsearch
  jcx fetch --since 90d -o events.ndjson.gz       keep the raw events in a file
  jcx map events.ndjson.gz -o documents.ndjson    make ECS documents of them
  jcx push documents.ndjson --dead-letter refused.ndjson
  jcx count --since 15d --by day                  how many events there are, without a download

";

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Get raw events out of JumpCloud, one JSON object a line
    Fetch(FetchArgs),
    /// Turn raw events into the ECS documents of Elastic's JumpCloud integration
    Map(MapArgs),
    /// Load documents into Elasticsearch or OpenSearch
    Push(PushArgs),
    /// Count events without a download
    Count(CountArgs),
    /// Print or install the index template with every exported field
    Template(TemplateArgs),
    /// Print the tables of fields and of event types that the program runs on
    Fields(FieldsArgs),
    /// Look at what a continued run left, and change it
    State(StateArgs),
    /// Print a completion script
    Completions(CompletionsArgs),
    /// Print the manual page
    Man,
}

impl Command {
    /// The flags that every working command has.
    pub fn common(&self) -> Option<&CommonArgs> {
        match self {
            Self::Fetch(args) => Some(&args.common),
            Self::Map(args) => Some(&args.common),
            Self::Push(args) => Some(&args.common),
            Self::Count(args) => Some(&args.common),
            Self::Template(args) => Some(&args.common),
            Self::Fields(_) | Self::State(_) | Self::Completions(_) | Self::Man => None,
        }
    }
}

/// `jcx completions`.
#[derive(Debug, Args)]
#[command(help_template = HELP, before_help = COMPLETIONS_EXAMPLES)]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    pub shell: Shell,
}

const COMPLETIONS_EXAMPLES: &str = "\
Examples:
  jcx completions bash > /etc/bash_completion.d/jcx
  jcx completions zsh > ~/.zfunc/_jcx

";

/// Parses arguments and the variables that stand in for flags; empty variables count as unset.
///
/// # Errors
/// clap's own, which also carry `--help` and `--version`.
pub fn parse(
    arguments: Vec<OsString>,
    environment: &BTreeMap<String, String>,
) -> Result<Cli, clap::Error> {
    let mut environment = environment.clone();
    if arguments.iter().any(|word| speaks(&word.to_string_lossy())) {
        // -v wins over JCX_QUIET, and -q over JCX_VERBOSE.
        environment.retain(|name, _| !matches!(name.as_str(), "JCX_QUIET" | "JCX_VERBOSE"));
    }
    let command = with_variables(Cli::command(), &environment, &[]);
    let matches = command.try_get_matches_from(arguments.clone())?;
    let overruled = contradiction::overruled(&matches)?;
    let lists = lists_from_variables(&matches);
    if lists.is_empty() && overruled.is_empty() {
        return Cli::from_arg_matches(&matches);
    }
    environment.retain(|name, _| !overruled.contains(name));
    // Commas separate only in variables: on the command line a flag is repeated, and a value may hold a comma.
    let command = with_variables(Cli::command(), &environment, &lists);
    Cli::from_arg_matches(&command.try_get_matches_from(arguments)?)
}

/// Whether a word is one of the flags about how much is said.
fn speaks(word: &str) -> bool {
    let short = word.strip_prefix('-').filter(|letters| !letters.is_empty());
    matches!(word, "--quiet" | "--verbose")
        || short.is_some_and(|letters| letters.bytes().all(|letter| matches!(letter, b'q' | b'v')))
}

/// The variable that stands in for a long flag.
fn variable(long: &str) -> String {
    format!("JCX_{}", long.replace('-', "_").to_uppercase())
}

fn with_variables(
    command: clap::Command,
    environment: &BTreeMap<String, String>,
    lists: &[String],
) -> clap::Command {
    command.mut_subcommands(|subcommand| {
        subcommand.mut_args(|argument| {
            let Some(long) = argument
                .get_long()
                .filter(|long| !matches!(*long, "help" | "version"))
            else {
                return argument;
            };
            let variable = variable(long);
            if environment
                .get(&variable)
                .is_none_or(|value| value.trim().is_empty())
            {
                return argument;
            }
            if is_no(&argument, &environment[&variable]) {
                return argument;
            }
            let is_list = lists.iter().any(|id| argument.get_id() == id.as_str());
            let argument = argument.env(variable).hide_env(true);
            if matches!(argument.get_action(), ArgAction::SetTrue) {
                // What people write into variables: 1, yes, on as well as true.
                return argument.value_parser(BoolishValueParser::new());
            }
            if matches!(argument.get_action(), ArgAction::Count) {
                return argument.value_parser(times);
            }
            if is_list {
                argument.value_delimiter(',')
            } else {
                argument
            }
        })
    })
}

/// Whether a variable says that its flag, one without a value, is not given: then it contradicts no other flag.
fn is_no(argument: &clap::Arg, value: &str) -> bool {
    matches!(argument.get_action(), ArgAction::SetTrue | ArgAction::Count)
        && times(value).is_ok_and(|times| times == 0)
}

/// How often a flag is meant to be given by a variable: a number, or what people write for once and not at all.
fn times(value: &str) -> Result<u8, String> {
    let value = value.trim();
    if let Ok(number) = value.parse() {
        return Ok(number);
    }
    match value.to_ascii_lowercase().as_str() {
        "y" | "yes" | "t" | "true" | "on" => Ok(1),
        "n" | "no" | "f" | "false" | "off" => Ok(0),
        _ => Err("write true, false, or a number such as 2".to_owned()),
    }
}

/// The repeatable flags whose values came from a variable.
fn lists_from_variables(matches: &ArgMatches) -> Vec<String> {
    let Some((name, inner)) = matches.subcommand() else {
        return Vec::new();
    };
    let command = Cli::command();
    let Some(subcommand) = command.find_subcommand(name) else {
        return Vec::new();
    };
    subcommand
        .get_arguments()
        .filter(|argument| {
            matches!(argument.get_action(), ArgAction::Append) && argument.get_long().is_some()
        })
        .map(|argument| argument.get_id().to_string())
        .filter(|id| inner.value_source(id) == Some(ValueSource::EnvVariable))
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::ffi::OsString;

    use clap::CommandFactory;

    use super::{Cli, Command, FetchArgs, parse};

    fn fetch(words: &[&str], variables: &[(&str, &str)]) -> FetchArgs {
        let arguments = ["jcx", "fetch"]
            .iter()
            .chain(words)
            .map(OsString::from)
            .collect();
        let environment = variables
            .iter()
            .map(|(n, v)| ((*n).to_owned(), (*v).to_owned()));
        // clap reads the process's own environment, so this test sets none: see tests/ for variables that are set.
        match parse(arguments, &environment.collect::<BTreeMap<_, _>>())
            .expect("parsed")
            .command
        {
            Command::Fetch(args) => args,
            other => unreachable!("{other:?}"),
        }
    }

    #[test]
    fn the_definition_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_repeated_flag_keeps_its_commas() {
        let args = fetch(
            &["--since", "1d", "--service", "sso,x", "--service", "ldap"],
            &[],
        );
        assert_eq!(args.window.services, ["sso,x", "ldap"]);
    }

    #[test]
    fn an_empty_variable_is_no_variable() {
        assert!(
            fetch(&["--since", "1d"], &[("JCX_SERVICE", " ")])
                .window
                .services
                .is_empty()
        );
    }
}
