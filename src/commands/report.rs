//! What a run leaves behind for programs: the summary, the metrics, and the exit code that both name.

use std::path::{Path, PathBuf};

use crate::cli::CommonArgs;
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

/// Refuses one file for two purposes: the later writer would destroy what the earlier one wrote. `inputs` may only be
/// replaced by `-o`, which writes beside them first.
pub fn refuse_shared(
    common: &CommonArgs,
    output: Option<&str>,
    dead_letter: Option<&Path>,
    inputs: &[String],
) -> Result<()> {
    let stream = |path: &str, stream: &str| {
        if path == "-" {
            stream.to_owned()
        } else {
            path.to_owned()
        }
    };
    let mut taken: Vec<(&str, PathBuf)> = Vec::new();
    let output = stream(output.unwrap_or("-"), "/dev/stdout");
    taken.extend(place(output.as_ref()).map(|path| ("-o", path)));
    for input in inputs {
        let input = stream(input, "/dev/stdin");
        taken.extend(place(input.as_ref()).map(|path| ("an input", path)));
    }
    let summary = common.summary.as_deref().map(Path::new);
    for (flag, path) in [
        ("--dead-letter", dead_letter),
        ("--summary", summary),
        ("--metrics-file", common.metrics_file.as_deref()),
    ] {
        let Some(given) = path.filter(|path| *path != Path::new("-")) else {
            continue;
        };
        let folder = given
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        if let Some(folder) = folder.filter(|folder| !folder.is_dir()) {
            let text = format!(
                "{flag} {}: the folder {} does not exist",
                given.display(),
                folder.display()
            );
            return Err(
                Failure::new(Kind::Local, text).hint(format!("mkdir -p {}", folder.display()))
            );
        }
        let Some(path) = place(given) else { continue };
        if let Some((other, _)) = taken.iter().find(|(_, other)| *other == path) {
            let text = format!("{flag} and {other} are the same file: {}", path.display());
            return Err(Failure::usage(text).hint("name another file for one of them"));
        }
        taken.push((flag, path));
    }
    Ok(())
}

/// Where a file is or would be; none for devices and pipes, which several may share.
fn place(path: &Path) -> Option<PathBuf> {
    if path.exists() && !path.is_file() {
        return None;
    }
    path.canonicalize().ok().or_else(|| {
        let parent = path
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty());
        let folder = parent.unwrap_or(Path::new(".")).canonicalize().ok()?;
        Some(folder.join(path.file_name()?))
    })
}
