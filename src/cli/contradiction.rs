//! Flags that contradict each other: of two that are typed none can be meant, one that is typed wins over the other's variable.
//!
//! clap's own conflicts make no difference between a flag that was typed and a variable, which may be there for another
//! command.

use clap::ArgMatches;
use clap::error::ErrorKind;
use clap::parser::ValueSource;

use super::variable;

/// A subcommand and two long flags of it. Where neither is typed, the command says what two variables mean.
const PAIRS: [(&str, [&str; 2]); 6] = [
    ("map", ["data-stream", "no-data-stream"]),
    ("push", ["index", "data-stream"]),
    ("push", ["es-url", "cloud-id"]),
    ("push", ["es-ca-file", "es-ca-fingerprint"]),
    ("template", ["es-url", "cloud-id"]),
    ("template", ["es-ca-file", "es-ca-fingerprint"]),
];

/// The variables that do not count, because the flag against them was typed.
///
/// # Errors
/// Both were typed.
pub fn overruled(matches: &ArgMatches) -> Result<Vec<String>, clap::Error> {
    let Some((name, inner)) = matches.subcommand() else {
        return Ok(Vec::new());
    };
    let is_typed =
        |long: &str| inner.value_source(&long.replace('-', "_")) == Some(ValueSource::CommandLine);
    let mut overruled = Vec::new();
    for (_, [one, other]) in PAIRS.iter().filter(|(command, _)| *command == name) {
        match (is_typed(one), is_typed(other)) {
            (true, true) => {
                let text = format!(
                    "--{one} and --{other} contradict each other\n\ntip: give one of them\n"
                );
                return Err(clap::Error::raw(ErrorKind::ArgumentConflict, text));
            }
            (true, false) => overruled.push(variable(other)),
            (false, true) => overruled.push(variable(one)),
            (false, false) => {}
        }
    }
    Ok(overruled)
}
