//! What went wrong, in the kinds that exit codes are made of.
//!
//! Every fallible function of the upper floors returns a [`Failure`], so that an error without a kind does not compile.
//! The kind is chosen where the error arises; nobody downcasts a library's error or compares texts. Knows no exit code:
//! that table is `exit.rs`.

use std::fmt;

/// The kinds of failure that a caller or a script can tell apart (`docs/command-line.md`, "Exit codes").
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A defect of ours, or something nobody planned for.
    Unexpected,
    /// Arguments, configuration, or a first request refused as such; nothing was written.
    Usage,
    /// The end was reached, but with holes; what exists is valid.
    Holes,
    /// Something promised can never be delivered any more; everything else was.
    Gap,
    /// Credentials missing or refused, or not entitled.
    Credentials,
    /// JumpCloud unavailable, rate limited, or answering nonsense.
    JumpCloud,
    /// Elasticsearch or OpenSearch unavailable, refusing, or something else.
    Elasticsearch,
    /// Local input or output.
    Local,
    /// Another run holds the state, the archive or the file that is appended to.
    Locked,
    /// The reader of our output went away.
    BrokenPipe,
    /// Stopped by a signal of this number.
    Interrupted(i32),
}

/// An error with its kind, its chain of causes and, where there is one, what to type next.
pub struct Failure(Box<Inner>);

struct Inner {
    kind: Kind,
    cause: anyhow::Error,
    hint: Option<String>,
    reason: Option<&'static str>,
}

/// The result of everything above floor 0.
pub type Result<T> = std::result::Result<T, Failure>;

impl Failure {
    /// A failure of `kind` that says `what` happened, and where.
    pub fn new(kind: Kind, what: impl Into<String>) -> Self {
        Self::of(kind, anyhow::Error::msg(what.into()))
    }

    /// A failure of `kind` with a chain of causes.
    pub fn of(kind: Kind, cause: anyhow::Error) -> Self {
        Self(Box::new(Inner {
            kind,
            cause,
            hint: None,
            reason: None,
        }))
    }

    /// Bad arguments or configuration.
    pub fn usage(what: impl Into<String>) -> Self {
        Self::new(Kind::Usage, what)
    }

    /// A run that was asked to stop; which signal did is known only at the top.
    pub fn interrupted() -> Self {
        Self::new(Kind::Interrupted(0), "interrupted")
    }

    /// The same failure with what to type next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    /// The same failure under a word of its own in a summary's `reasons`, where the kind's word says too little.
    #[must_use]
    pub fn reason(mut self, word: &'static str) -> Self {
        self.0.reason = Some(word);
        self
    }

    /// The word of its own, if it has one.
    pub fn reason_word(&self) -> Option<&'static str> {
        self.0.reason
    }

    /// The same failure with its message rewritten, for secrets that a server has repeated.
    #[must_use]
    pub fn map_message(mut self, rewrite: impl FnOnce(&str) -> String) -> Self {
        let message = rewrite(&self.message());
        self.0.cause = anyhow::Error::msg(message);
        self
    }

    /// The kind, from which the exit code comes.
    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    /// The same failure under another kind: for a caller who knows better what it means (a refusal in the middle of a run).
    #[must_use]
    pub fn with_kind(mut self, kind: Kind) -> Self {
        self.0.kind = kind;
        self
    }

    /// What happened, from the outermost context to the root cause, in one line.
    pub fn message(&self) -> String {
        format!("{:#}", self.0.cause).replace(['\n', '\r'], " ")
    }

    /// What to type next.
    pub fn hint_text(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }
}

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.0.kind, self.message())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message())
    }
}

impl std::error::Error for Failure {}

/// Attaches a kind and a context at the call that can fail: `file.sync_data().or_fail(Kind::Local, || "writing FILE")`.
pub trait OrFail<T> {
    /// Turns a library's error into a failure of `kind` that begins with what was being done.
    fn or_fail<C: Into<String>>(self, kind: Kind, doing: impl FnOnce() -> C) -> Result<T>;
}

impl<T, E: Into<anyhow::Error>> OrFail<T> for std::result::Result<T, E> {
    fn or_fail<C: Into<String>>(self, kind: Kind, doing: impl FnOnce() -> C) -> Result<T> {
        self.map_err(|error| Failure::of(kind, error.into().context(doing().into())))
    }
}

#[cfg(test)]
mod tests {
    use super::{Failure, Kind, OrFail};

    #[test]
    fn a_failure_says_context_and_cause_in_one_line() {
        let cause = std::io::Error::other("disk\nfull");
        let failure = Err::<(), _>(cause)
            .or_fail(Kind::Local, || "writing x")
            .expect_err("an error")
            .hint("free space");
        assert_eq!(failure.message(), "writing x: disk full");
        assert_eq!(failure.kind(), Kind::Local);
        assert_eq!(failure.hint_text(), Some("free space"));
    }

    #[test]
    fn usage_is_a_kind_of_its_own() {
        assert_eq!(Failure::usage("x").kind(), Kind::Usage);
    }
}
