//! The same question again, until it is answered or there is no sense in it: the budget, a few tries, an error that stays.
//!
//! How long to wait is `net`'s; what one answer means is [`super::fault`]'s.

use std::io::Read;
use std::sync::atomic::Ordering;
use std::time::Duration;

use ureq::http::header::HeaderMap;

use super::auth::Use;
use super::client::Client;
use super::fault::{Again, Fault};
use super::question::{Question, Tries};
use super::trouble::{Cause, Trouble};
use crate::failure::Failure;
use crate::net::{Retry, Verdict};

/// How often an answer that is no list is tried before the first answer arrived, and one of a wrong shape at any time.
const NONSENSE: u32 = 3;
/// How often a question is asked that nothing hangs on.
const FEW: u32 = 3;
/// How many server errors in a row are enough while other questions are answered.
const PERSISTENT: u32 = 5;

const LATER: &str = "run it again later, or give it more time with --retry-for";
const LESS: &str = "ask for less at once: a shorter window, fewer filters; or run it again later";

/// What has become of one question so far.
#[derive(Default)]
struct Attempts {
    retry: Retry,
    /// How often a token was refused.
    refused: u32,
    /// Server errors (500) in a row.
    errors: u32,
    /// How many answers the client had when that row began.
    answers: u64,
}

impl Attempts {
    /// A token that all walks share may be used up by the others before this question comes with it: where others were
    /// accepted, only the refusal of one of its own is meant for it.
    fn may_renew(&self, was_answered: bool) -> bool {
        self.refused < 1 || (was_answered && self.refused < 2)
    }

    fn whose(&self) -> Use {
        if self.refused < 2 {
            Use::Shared
        } else {
            Use::Alone
        }
    }

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
            let fault = match self.attempt(question, attempts.whose(), &mut read) {
                Ok(answer) => {
                    self.note_answer(question);
                    return Ok(answer);
                }
                Err(fault) => fault,
            };
            if fault.again == Again::NewToken && attempts.may_renew(self.was_answered()) {
                attempts.refused += 1;
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
        let most = match question.tries {
            Tries::WithinBudget => u32::MAX,
            Tries::Few => FEW,
            Tries::Within(_) => 1,
        };
        if tries >= most {
            self.heed(asked);
            return Err(used_up(&fault, &format!("tried {tries} times"), LATER));
        }
        if attempts.is_singled_out(answers) {
            let text = format!("failure {tries}, while other requests are answered");
            return Err(used_up(&fault, &text, LESS));
        }
        let ambient = &self.settings.ambient;
        match attempts
            .retry
            .failed(&self.settings.patience, ambient, asked)
        {
            Verdict::GiveUp => Err(without_progress(&fault, tries, asked)),
            Verdict::Wait(wait) => {
                let everybody = asked.is_some() || fault.cause == Cause::RateLimited;
                self.wait(&fault, wait, everybody);
                Ok(())
            }
        }
    }

    /// What the server asks for holds for all, whoever asks next; but nobody waits longer than they would for themselves.
    fn heed(&self, asked: Option<Duration>) {
        let budget = self.settings.patience.budget();
        if let Some(wait) = asked.filter(|wait| *wait <= budget) {
            let now = self.settings.ambient.now();
            self.settings.pace.pause_until(now + wait);
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
    let text = format!("failure {failures} without progress{wish}");
    used_up(fault, &text, LATER)
}

/// The last fault as the end of the question, with how long it was tried and what may help.
fn used_up(last: &Fault, how_long: &str, advice: &str) -> Trouble {
    let cause = match last.cause {
        Cause::ServerError => Cause::ServerError,
        _ => Cause::Exhausted,
    };
    let hint = last.failure.hint_text().unwrap_or(advice);
    let text = format!("{} ({how_long})", last.failure.message());
    Trouble {
        failure: Failure::new(last.failure.kind(), text).hint(hint),
        cause,
    }
}

#[cfg(test)]
mod tests {
    use super::{Attempts, PERSISTENT};
    use crate::failure::{Failure, Kind};
    use crate::insights::fault::{Again, Fault};
    use crate::insights::trouble::Cause;

    fn fault(cause: Cause) -> Fault {
        Fault {
            failure: Failure::new(Kind::JumpCloud, "no"),
            again: Again::Later(None),
            cause,
        }
    }

    #[test]
    fn only_a_row_of_server_errors_beside_answers_singles_a_question_out() {
        let (error, other) = (fault(Cause::ServerError), fault(Cause::Other));
        let mut attempts = Attempts::default();
        for _ in 1..PERSISTENT {
            attempts.note(&error, 7);
            assert!(!attempts.is_singled_out(8), "too few");
        }
        attempts.note(&error, 8);
        assert!(attempts.is_singled_out(8));
        assert!(!attempts.is_singled_out(7), "nobody else was answered");
        attempts.note(&other, 8);
        assert!(!attempts.is_singled_out(9), "another fault ends the row");
        for _ in 0..PERSISTENT {
            attempts.note(&error, 9);
        }
        assert!(
            !attempts.is_singled_out(9),
            "the answer came before the row"
        );
        assert!(attempts.is_singled_out(10));
    }
}
