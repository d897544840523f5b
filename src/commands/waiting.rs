//! How long a run waits for another one that holds what it needs.

use std::time::Duration;

use super::run::Run;
use crate::failure::Result;

/// How often it is looked whether the lock is free.
const LOOK: Duration = Duration::from_millis(100);

/// Waits a little, as long as `--lock-wait` allows; says whether to try again.
pub fn patience(wait: Option<Duration>, run: &Run) -> impl FnMut() -> Result<bool> {
    let ambient = run.ambient.clone();
    let deadline = ambient.now() + wait.unwrap_or_default();
    move || {
        let left = deadline.saturating_duration_since(ambient.now());
        ambient.rest(left.min(LOOK));
        ambient.check_stop()?;
        Ok(!left.is_zero())
    }
}
