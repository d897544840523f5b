//! Which of its two names the alerts service has at this server (`docs/insights-api.md` section 12, U4).
//!
//! Found out once a client: the first question that names the service finds it for all that follow.

use std::sync::{Mutex, PoisonError};

use super::services::Services;
use super::trouble::{Cause, Trouble};

/// What is known of the name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Known {
    /// Nobody has asked: whoever is first does it alone.
    #[default]
    Nothing,
    /// The first to ask got no answer; nobody waits for the next one to try.
    Undecided,
    /// `alerts`.
    Ours,
    /// `alert`.
    Other,
}

/// The name, as far as it is known.
#[derive(Debug, Default)]
pub struct AlertName(Mutex<Known>);

impl AlertName {
    /// Asks with the services under the names that this server takes.
    pub fn by_name<T>(
        &self,
        services: &Services,
        mut ask: impl FnMut(&Services) -> Result<T, Trouble>,
    ) -> Result<T, Trouble> {
        let Some(other) = services.with_other_alert_name() else {
            return ask(services);
        };
        let mut known = self.lock();
        match *known {
            Known::Ours => {
                drop(known);
                return ask(services);
            }
            Known::Other => {
                drop(known);
                return ask(&other);
            }
            Known::Undecided => drop(known),
            Known::Nothing => {
                // The lock is held over the question: who comes meanwhile waits for what it finds out.
                let (found, answer) = find_out(services, &other, &mut ask);
                *known = found;
                return answer;
            }
        }
        let (found, answer) = find_out(services, &other, &mut ask);
        *self.lock() = found;
        answer
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Asks under one name and, where that is refused, under the other; the first refusal is the one to be told.
fn find_out<T>(
    services: &Services,
    other: &Services,
    ask: &mut impl FnMut(&Services) -> Result<T, Trouble>,
) -> (Known, Result<T, Trouble>) {
    let refused = match ask(services) {
        Ok(answer) => return (Known::Ours, Ok(answer)),
        Err(trouble) if trouble.cause == Cause::Refused => trouble,
        Err(trouble) => return (Known::Undecided, Err(trouble)),
    };
    match ask(other) {
        Ok(answer) => (Known::Other, Ok(answer)),
        Err(trouble) if trouble.cause == Cause::Refused => (Known::Undecided, Err(refused)),
        Err(trouble) => (Known::Undecided, Err(trouble)),
    }
}
