//! The thin end: hands the process's arguments and environment to the library and its exit code to the shell.

use std::process::ExitCode;

fn main() -> ExitCode {
    // A value that is not UTF-8 stays visible as one that cannot be right: a variable must not vanish.
    let text = |value: std::ffi::OsString| value.to_string_lossy().into_owned();
    let environment = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, text(value))))
        .collect();
    jcx::commands::main(&std::env::args_os().collect::<Vec<_>>(), environment)
}
