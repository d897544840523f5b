//! `jcx completions` and `jcx man`: both made from the definition that parses.

use clap::CommandFactory;
use clap_complete::Shell;

use crate::cli::Cli;
use crate::failure::{Kind, OrFail, Result};
use crate::store::{Output, Sink};

/// Prints the completion script of a shell.
pub fn completions(shell: Shell) -> Result<()> {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "jcx", &mut text);
    print(&text)
}

/// Prints the manual page: `jcx man | man -l -`.
pub fn man() -> Result<()> {
    let mut text = Vec::new();
    let command = Cli::command();
    let rendering = || "rendering the manual page";
    clap_mangen::Man::new(command.clone())
        .render(&mut text)
        .or_fail(Kind::Unexpected, rendering)?;
    for subcommand in command.get_subcommands() {
        let name = format!("jcx-{}", subcommand.get_name());
        let titled = subcommand.clone().display_name(&name);
        let page = clap_mangen::Man::new(titled);
        page.render_description_section(&mut text)
            .or_fail(Kind::Unexpected, rendering)?;
        page.render_options_section(&mut text)
            .or_fail(Kind::Unexpected, rendering)?;
    }
    print(&text)
}

fn print(text: &[u8]) -> Result<()> {
    let mut sink = Sink::open(&Output::Stdout)?;
    sink.write(text)?;
    sink.sync().map(|_| ())
}
