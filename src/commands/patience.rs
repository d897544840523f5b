//! Waiting for a lock that another run holds, as long as `--lock-wait` says.

use std::time::Duration;

use crate::failure::Result;
use crate::net::Ambient;

/// How long to wait between two looks at the lock.
const PAUSE: Duration = Duration::from_millis(100);

/// What the locks of `store` ask: whether to try again, after a little while, until the time is up.
pub fn patience(ambient: &Ambient, wait: Duration) -> impl FnMut() -> Result<bool> {
    let (ambient, began) = (ambient.clone(), ambient.now());
    move || {
        ambient.check_stop()?;
        let left = wait.saturating_sub(ambient.now() - began);
        ambient.rest(left.min(PAUSE));
        Ok(!left.is_zero())
    }
}
