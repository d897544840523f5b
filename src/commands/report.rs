//! What a run leaves behind for programs: the summary, the metrics, and the exit code that both name.

use std::path::Path;

use crate::exit;
use crate::failure::{Failure, Kind, Result};
use crate::store::replace_file;
use crate::term::{ErrorText, Printer, Summary, prometheus};

/// Where a run's numbers go.
pub struct Report<'a> {
    /// Prints what cannot be written, and a summary for stderr.
    pub printer: &'a Printer,
    /// `--summary`.
    pub summary: Option<&'a str>,
    /// `--metrics-file`.
    pub metrics: Option<&'a Path>,
    /// The end of the run, in seconds since 1970.
    pub finished: i64,
}

impl Report<'_> {
    /// Writes both files and gives the exit code. What cannot be written changes the code, and is not left claiming the
    /// old one.
    pub fn write(&self, summary: &mut Summary, kind: Option<Kind>) -> u8 {
        let kind = self.attempt(kind, summary, Self::write_metrics);
        let told = self.attempt(kind, summary, Self::write_summary);
        if told != kind {
            close(summary, told);
            // It was written a moment ago; should that fail now, the code says so already.
            let _written = self.write_metrics(summary);
        }
        told.map_or(0, exit::code)
    }

    fn attempt(
        &self,
        kind: Option<Kind>,
        summary: &mut Summary,
        write: fn(&Self, &Summary) -> Result<()>,
    ) -> Option<Kind> {
        close(summary, kind);
        let Err(failure) = write(self, summary) else {
            return kind;
        };
        self.printer.error(&failure);
        let second = failure.kind();
        Some(kind.map_or(second, |first| exit::decisive(first, second)))
    }

    fn write_metrics(&self, summary: &Summary) -> Result<()> {
        let text = prometheus(summary, self.finished);
        self.metrics
            .map_or(Ok(()), |path| replace_file(path, text.as_bytes(), 0o644))
    }

    fn write_summary(&self, summary: &Summary) -> Result<()> {
        match self.summary {
            None => Ok(()),
            Some("-") => {
                self.printer.raw(&summary.to_line());
                Ok(())
            }
            Some(path) => {
                let line = format!("{}\n", summary.to_line());
                replace_file(path.as_ref(), line.as_bytes(), 0o644)
            }
        }
    }
}

fn close(summary: &mut Summary, kind: Option<Kind>) {
    summary.exit = kind.map_or(0, exit::code);
    summary.ok = summary.exit == 0;
}

/// Notes in the summary why a run failed.
pub fn note_failure(summary: &mut Summary, failure: &Failure) {
    let word = failure
        .reason_word()
        .unwrap_or(exit::reason(failure.kind()));
    summary.reasons.push(word);
    let hint = failure.hint_text().map(str::to_owned);
    summary.error = Some(ErrorText {
        message: failure.message(),
        hint,
    });
}
