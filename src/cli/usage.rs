//! clap's errors in jcx's own form.

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
