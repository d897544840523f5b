//! What goes to stderr, and whether: all verbosity in one place.

use std::collections::BTreeMap;
use std::io::{IsTerminal, Write};
use std::sync::Arc;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use crate::failure::Failure;

/// How much a run says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verbosity {
    /// `-q`: errors only.
    Quiet,
    /// Warnings, and for a terminal progress and a last line.
    Normal,
    /// `-v`: a line for each window or batch.
    Steps,
    /// `-vv`: a line for each request.
    Requests,
}

/// How a line looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// `jcx: warning: …`.
    Text,
    /// One JSON object a line.
    Json,
}

/// The printer of a run; clones share one progress bar.
#[derive(Clone)]
pub struct Printer {
    verbosity: Verbosity,
    format: LogFormat,
    terminal: bool,
    bar: Arc<ProgressBar>,
}

impl Printer {
    /// A printer for stderr. The bar is only for terminals, never with `-q`, JSON lines, or in CI.
    pub fn new(
        verbosity: Verbosity,
        format: LogFormat,
        environment: &BTreeMap<String, String>,
    ) -> Self {
        let terminal = std::io::stderr().is_terminal();
        let set = |name: &str| environment.get(name).is_some_and(|value| !value.is_empty());
        let shows_bar =
            terminal && verbosity != Verbosity::Quiet && format == LogFormat::Text && !set("CI");
        let bar = if shows_bar {
            ProgressBar::new_spinner()
        } else {
            ProgressBar::hidden()
        };
        // The template has no colours, so `NO_COLOR` holds without being looked at.
        let style = ProgressStyle::with_template("{spinner} {msg} [{elapsed}]");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
        if shows_bar {
            bar.enable_steady_tick(Duration::from_millis(200));
        }
        Self {
            verbosity,
            format,
            terminal,
            bar: Arc::new(bar),
        }
    }

    /// The same printer for a command whose data goes to stdout: a bar would be drawn over it, or over the bar of the
    /// command that reads it.
    #[must_use]
    pub fn without_bar(mut self) -> Self {
        self.bar.finish_and_clear();
        self.bar = Arc::new(ProgressBar::hidden());
        self
    }

    /// Numbers that were asked for, by their names, under what they are.
    pub fn table(&self, title: &str, rows: &BTreeMap<String, u64>) {
        if self.verbosity == Verbosity::Quiet {
            return;
        }
        let text = match self.format {
            LogFormat::Json => {
                json!({"level": "info", "message": title, "counts": rows}).to_string()
            }
            LogFormat::Text => {
                let width = rows.values().max().unwrap_or(&0).to_string().len();
                let row = |(name, number): (&String, &u64)| {
                    format!("\n  {number:>width$}  {}", printable(name))
                };
                format!("jcx: {title}{}", rows.iter().map(row).collect::<String>())
            }
        };
        self.bar.suspend(|| write_line(&text));
    }

    /// Why the run fails, and what to type next.
    pub fn error(&self, failure: &Failure) {
        self.line("error", &failure.message(), failure.hint_text());
    }

    /// What the user should know although the run goes on.
    pub fn warning(&self, message: &str, hint: Option<&str>) {
        if self.verbosity > Verbosity::Quiet {
            self.line("warning", message, hint);
        }
    }

    /// Whether steps are shown, for those that cost a request to know.
    pub fn shows_steps(&self) -> bool {
        self.verbosity >= Verbosity::Steps
    }

    /// A step, for `-v`.
    pub fn step(&self, message: &str) {
        if self.verbosity >= Verbosity::Steps {
            self.line("info", message, None);
        }
    }

    /// A request, for `-vv`.
    pub fn request(&self, message: &str) {
        if self.verbosity >= Verbosity::Requests {
            self.line("debug", message, None);
        }
    }

    /// Something that keeps a person waiting: shown to people and to `-v`, not to a log that wants silence.
    pub fn waiting(&self, message: &str) {
        if self.verbosity >= Verbosity::Steps
            || (self.terminal && self.verbosity > Verbosity::Quiet)
        {
            self.line("info", message, None);
        }
    }

    /// The last line of a run that went well, where it has one; silence where nobody looks.
    pub fn done(&self, message: &str) {
        self.bar.finish_and_clear();
        if !message.is_empty() {
            self.waiting(message);
        }
    }

    /// What the bar says now.
    pub fn progress(&self, message: impl FnOnce() -> String) {
        if !self.bar.is_hidden() {
            self.bar.set_message(message());
        }
    }

    /// A finished text, such as the summary, as it is.
    pub fn raw(&self, text: &str) {
        self.bar.suspend(|| write_line(text));
    }

    fn line(&self, level: &str, message: &str, hint: Option<&str>) {
        let text = match (self.format, hint) {
            (LogFormat::Json, hint) => {
                json!({"level": level, "message": message, "hint": hint}).to_string()
            }
            (LogFormat::Text, None) => format!("jcx: {}{}", prefix(level), printable(message)),
            (LogFormat::Text, Some(hint)) => {
                format!(
                    "jcx: {}{}\n  hint: {}",
                    prefix(level),
                    printable(message),
                    printable(hint)
                )
            }
        };
        self.bar.suspend(|| write_line(&text));
    }
}

fn prefix(level: &str) -> String {
    match level {
        "error" | "warning" => format!("{level}: "),
        _ => String::new(),
    }
}

/// Texts of servers and files must not steer the terminal.
pub fn printable(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

fn write_line(text: &str) {
    // Where stderr is closed there is nobody left to tell.
    let _ignored = writeln!(std::io::stderr().lock(), "{text}");
}
