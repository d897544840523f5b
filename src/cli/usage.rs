//! clap's errors in jcx's own form.

use std::collections::BTreeMap;
use std::ffi::OsString;

use clap::error::ErrorKind;

use crate::failure::Failure;

/// A usage error with what is wrong and what to type next; `None` where clap only wants to show help or a version.
pub fn usage_failure(error: &clap::Error) -> Option<Failure> {
    if matches!(
        error.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
    ) {
        return None;
    }
    let text = error.render().to_string();
    let mut paragraphs = text.split("\n\n").map(one_line);
    let what = paragraphs.next().unwrap_or_default();
    let what = what.trim_start_matches("error: ").to_owned();
    let tip = paragraphs.find_map(|paragraph| paragraph.strip_prefix("tip: ").map(str::to_owned));
    let help = "jcx --help, or --help behind the subcommand, shows what there is".to_owned();
    let what = if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        "no command given".to_owned()
    } else {
        what
    };
    Some(Failure::usage(what).hint(tip.unwrap_or(help)))
}

fn one_line(paragraph: &str) -> String {
    paragraph.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The value of a long flag in arguments that could not be parsed as a whole, or of its variable.
pub fn value_by_hand(
    flag: &str,
    arguments: &[OsString],
    environment: &BTreeMap<String, String>,
) -> Option<String> {
    let long = format!("--{flag}");
    let words: Vec<_> = arguments
        .iter()
        .map(|word| word.to_string_lossy())
        .collect();
    let joined = words
        .iter()
        .find_map(|word| word.strip_prefix(&long)?.strip_prefix('='));
    let apart = || {
        words
            .windows(2)
            .find(|pair| pair[0] == long)
            .map(|pair| &*pair[1])
    };
    let given = joined.or_else(apart).map(str::to_owned);
    given.or_else(|| {
        environment
            .get(&super::variable(flag))
            .filter(|value| !value.is_empty())
            .cloned()
    })
}

/// The subcommand in arguments that could not be parsed; `jcx` where it is none.
pub fn command_by_hand(arguments: &[OsString]) -> &'static str {
    let names = ["fetch", "map", "push", "count", "template"];
    let is_given = |name: &&str| arguments.get(1).is_some_and(|word| word == *name);
    names.into_iter().find(is_given).unwrap_or("jcx")
}
