//! The thin end: hands the process's arguments and environment to the library and its exit code to the shell.

use std::process::ExitCode;

fn main() -> ExitCode {
    let environment = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect();
    jcx::commands::main(&std::env::args_os().collect::<Vec<_>>(), environment)
}
