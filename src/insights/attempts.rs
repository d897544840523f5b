//! The same question again, until it is answered or there is no sense in it: the budget, a few tries, an error that stays.
//!
//! How long to wait is `net`'s; what one answer means is [`super::fault`]'s.

use std::io::Read;
use std::sync::atomic::Ordering;
use std::time::Duration;

use ureq::http::header::HeaderMap;

use super::client::Client;
use super::fault::{Again, Fault};
use super::request::Question;
use super::trouble::{Cause, Trouble};
use crate::failure::Failure;
use crate::net::{Retry, Verdict};

/// How much trouble a question is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tries {
    /// The whole budget of the run.
    WithinBudget,
    /// Three: the answer is welcome, and nothing hangs on it.
    Few,
}

/// How often an answer that is no list is tried before the first answer arrived, and one of a wrong shape at any time.
const NONSENSE: u32 = 3;
/// How often a question is asked that nothing hangs on.
const FEW: u32 = 3;
/// How many server errors in a row are enough while other questions are answered.
const PERSISTENT: u32 = 5;

/// What has become of one question so far.
#[derive(Default)]
struct Attempts {
    retry: Retry,
    renewed: bool,
    /// Server errors (500) in a row.
    errors: u32,
    /// How many answers the client had when that row began.
    answers: u64,
}

impl Attempts {
    fn note(&mut self, fault: &Fault, answers: u64) {
        if fault.cause != Cause::ServerError {
            self.errors = 0;
            return;
        }
        if self.errors == 0 {
            self.answers = answers;
        }
        self.errors += 1;
    }

    /// Whether the server fails on this question, and not on others.
    fn is_singled_out(&self, answers: u64) -> bool {
        self.errors >= PERSISTENT && answers > self.answers
    }
}

impl Client {
    /// Asks until there is an answer that `read` takes.
    pub(super) fn persist<T>(
        &self,
        question: &Question<'_>,
        mut read: impl FnMut(&HeaderMap, &mut dyn Read) -> Result<(T, String), Fault>,
    ) -> Result<T, Trouble> {
        let ambient = &self.settings.ambient;
        let mut attempts = Attempts::default();
        loop {
            self.settings.pace.wait_turn(ambient);
            ambient.check_stop().map_err(Trouble::local)?;
            let fault = match self.attempt(question, &mut read) {
                Ok(answer) => {
                    self.note_answer(question);
                    return Ok(answer);
                }
                Err(fault) => fault,
            };
            if fault.again == Again::NewToken && !attempts.renewed {
                attempts.renewed = true;
            } else {
                self.wait_or_give_up(question, fault, &mut attempts)?;
            }
            self.count_retry();
        }
    }

    fn note_answer(&self, question: &Question<'_>) {
        if question.call.is_none() {
            self.paged.store(true, Ordering::SeqCst);
        }
        self.answers.fetch_add(1, Ordering::SeqCst);
        self.settings.patience.progress(self.settings.ambient.now());
    }

    /// Sleeps before the next try, or ends with the fault.
    fn wait_or_give_up(
        &self,
        question: &Question<'_>,
        fault: Fault,
        attempts: &mut Attempts,
    ) -> Result<(), Trouble> {
        let answers = self.answers.load(Ordering::SeqCst);
        attempts.note(&fault, answers);
        let tries = attempts.retry.failures() + 1;
        let asked = match fault.again {
            Again::Never | Again::NewToken => return Err(fault.into()),
            Again::Nonsense if !self.has_begun(question) && tries >= NONSENSE => {
                return Err(fault.into());
            }
            Again::Misshapen if tries >= NONSENSE => return Err(fault.into()),
            Again::Nonsense | Again::Misshapen => None,
            Again::Later(asked) => asked,
        };
        if question.tries == Tries::Few && tries >= FEW {
            return Err(used_up(&fault, &format!("tried {tries} times")));
        }
        if attempts.is_singled_out(answers) {
            let text = format!("failure {tries}, while other requests are answered");
            return Err(used_up(&fault, &text));
        }
        let ambient = &self.settings.ambient;
        match attempts
            .retry
            .failed(&self.settings.patience, ambient, asked)
        {
            Verdict::GiveUp => Err(without_progress(&fault, tries, asked)),
            Verdict::Wait(wait) => {
                self.wait(&fault, wait, asked.is_some());
                Ok(())
            }
        }
    }

    /// Waits alone, or, where the server asks for it, with everybody.
    fn wait(&self, fault: &Fault, wait: Duration, everybody: bool) {
        let (message, seconds) = (fault.failure.message(), wait.as_secs_f64());
        let text = format!("{message}; trying again in {seconds:.1} s");
        self.settings.printer.waiting(&text);
        let ambient = &self.settings.ambient;
        if everybody {
            self.settings.pace.pause_until(ambient.now() + wait);
        } else {
            ambient.rest(wait);
        }
    }
}

fn without_progress(fault: &Fault, failures: u32, asked: Option<Duration>) -> Trouble {
    let wish = asked
        .map(|wait| format!(", and JumpCloud asks to wait {} s", wait.as_secs()))
        .unwrap_or_default();
    used_up(fault, &format!("failure {failures} without progress{wish}"))
}

/// The last fault as the end of the question, with how long it was tried.
fn used_up(last: &Fault, how_long: &str) -> Trouble {
    let (cause, advice) = match last.cause {
        Cause::ServerError => (
            Cause::ServerError,
            "run it again later, or ask for less at once: a shorter window, fewer filters",
        ),
        _ => (
            Cause::Exhausted,
            "run it again later, or give it more time with --retry-for",
        ),
    };
    let hint = last.failure.hint_text().unwrap_or(advice);
    let text = format!("{} ({how_long})", last.failure.message());
    Trouble {
        failure: Failure::new(last.failure.kind(), text).hint(hint),
        cause,
    }
}
