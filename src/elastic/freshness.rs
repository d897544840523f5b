//! Makes what was stored until now findable: by a refresh, or by waiting where the credentials allow none
//! (`docs/elasticsearch-bulk.md` section 5).
//!
//! Knows no ids and no batch.

use std::sync::OnceLock;
use std::time::Duration;

use serde_json::Value;
use ureq::http::Method;

use super::connection::Connection;
use super::exchange::{Reply, Setback, segment};
use super::stopping;
use super::target::Target;
use crate::failure::Result;

/// What the engines do where nobody has set `index.refresh_interval`.
const DEFAULT: Duration = Duration::from_secs(1);

/// Waited for where not even the setting may be seen.
const UNSEEN: Duration = Duration::from_secs(30);

/// How a target's newest documents become findable.
pub(super) struct Freshness {
    target: Target,
    /// How long to wait, where a refresh was refused.
    wait: OnceLock<Duration>,
}

enum Refreshed {
    Done,
    Refused(String),
}

impl Freshness {
    /// Of a target of which nothing was asked yet.
    pub fn new(target: Target) -> Self {
        Self {
            target,
            wait: OnceLock::new(),
        }
    }

    /// Returns when everything that was acknowledged before can be found. `probe` fails where nothing can be found at all:
    /// that is known before anybody waits.
    ///
    /// # Errors
    /// Where that cannot be had.
    pub fn renew(&self, connection: &Connection, probe: impl FnOnce() -> Result<()>) -> Result<()> {
        if self.wait.get().is_none() {
            let path = format!("/{}/_refresh", segment(self.target.name()));
            let refreshed =
                connection.ask_for(&Method::POST, &path, None, |reply| self.read(&reply))?;
            let Refreshed::Refused(why) = refreshed else {
                return Ok(());
            };
            probe()?;
            self.fall_back(connection, &why)?;
        }
        let ambient = &connection.patient.ambient;
        ambient.rest(self.wait.get().copied().unwrap_or(UNSEEN));
        ambient.check_stop()
    }

    fn read(&self, reply: &Reply) -> Result<std::result::Result<Refreshed, Setback>> {
        if reply.status == 200 {
            let failed = reply
                .json()
                .and_then(|body| body["_shards"]["failed"].as_u64());
            return Ok(if failed.unwrap_or(0) == 0 {
                Ok(Refreshed::Done)
            } else {
                Err(Setback {
                    text: format!("{} refreshed some shards, but not all", reply.url),
                    asked: None,
                    everybody: false,
                })
            });
        }
        match reply.error() {
            Some(error) if error.kind == "index_not_found_exception" => Ok(Ok(Refreshed::Done)),
            Some(error) if error.kind == "index_closed_exception" => {
                Err(stopping::closed(self.target.name(), &error.shown()))
            }
            _ => Ok(Ok(Refreshed::Refused(reply.shown()))),
        }
    }

    /// No refresh may be asked for: the server's own ones are waited for from now on.
    fn fall_back(&self, connection: &Connection, why: &str) -> Result<()> {
        let name = self.target.name();
        let path = format!(
            "/{}/_settings?filter_path=*.settings.index.refresh_interval,*.settings.index.uuid",
            segment(name)
        );
        let settings = connection.ask_once(&Method::GET, &path, None);
        let interval = match settings.as_ref().map(longest) {
            None => UNSEEN,
            Some(Some(interval)) => interval,
            Some(None) => return Err(stopping::never_refreshed(name, why)),
        };
        // Twice: a refresh that has begun before a document was stored does not show it.
        let wait = interval * 2;
        if self.wait.set(wait).is_ok() {
            connection.patient.printer.warning(
                &format!(
                    "{name} may not be refreshed with these credentials ({why}): jcx waits {} s wherever it has to be sure that everything stored is found",
                    wait.as_secs_f64()
                ),
                Some(&format!("grant maintenance on {name}")),
            );
        }
        Ok(())
    }
}

/// The longest interval of all indices; `None` where one is never refreshed, or says what nobody understands.
fn longest(settings: &Value) -> Option<Duration> {
    let indices = settings.as_object().into_iter().flatten();
    let intervals = indices.map(
        |(_, index)| match &index["settings"]["index"]["refresh_interval"] {
            Value::String(text) => interval(text),
            _ => Some(DEFAULT),
        },
    );
    let longest = intervals.reduce(|most, interval| Some(most?.max(interval?)));
    longest.unwrap_or(Some(DEFAULT))
}

/// A time as the engines write it.
fn interval(text: &str) -> Option<Duration> {
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at(digits);
    let millis = match unit {
        "ms" => 1,
        "s" => 1000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return None,
    };
    let number: u64 = number.parse().ok()?;
    number.checked_mul(millis).map(Duration::from_millis)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;

    use super::{interval, longest};

    #[test]
    fn intervals_are_read_as_the_engines_write_them() {
        for (text, millis) in [
            ("200ms", 200),
            ("30s", 30_000),
            ("2m", 120_000),
            ("1h", 3_600_000),
        ] {
            assert_eq!(
                interval(text),
                Some(Duration::from_millis(millis)),
                "{text}"
            );
        }
        for text in ["-1", "1d", "s", "", "7"] {
            assert_eq!(interval(text), None, "{text}");
        }
    }

    #[test]
    fn the_slowest_index_counts_and_one_that_is_never_refreshed_is_no_number() {
        let index = |interval: &str| json!({"settings": {"index": {"refresh_interval": interval}}});
        let unset = || json!({"settings": {"index": {"uuid": "x"}}});
        let all = json!({"a": index("5s"), "b": unset(), "c": index("3s")});
        assert_eq!(longest(&all), Some(Duration::from_secs(5)));
        assert_eq!(
            longest(&json!({"a": unset()})),
            Some(Duration::from_secs(1))
        );
        assert_eq!(longest(&json!({"a": index("5s"), "b": index("-1")})), None);
    }
}
