//! Where a slice goes when it is walked: to the delivery, in its turn; or when it cannot be walked: to others in halves, or to a hole.

use chrono::TimeDelta;

use super::crew::{Crew, Leg, lock};
use super::delivery::Manner;
use super::proof;
use super::relay::Turn;
use super::standing::Standing;
use crate::failure::{Failure, Kind, Result};
use crate::insights::{Cause, Query, Slice, Trouble, halves};
use crate::store::Spool;
use crate::time::Window;

impl Crew<'_> {
    pub(super) fn deliver(&self, leg: &mut Leg) -> Result<()> {
        let mut delivery = lock(&self.delivery);
        if !std::mem::replace(&mut leg.begun, true) {
            delivery.begin(self.run, &leg.slice, Manner::of(leg.resumed, leg.cut))?;
        }
        let position = leg.reached.unwrap_or(leg.slice.window.start);
        let walk = Some(&leg.walk);
        delivery.pages(self.run, &mut leg.spool, Standing { position, walk })
    }

    /// A slice has ended: it is delivered when its turn has come, and so is what waits behind it.
    pub(super) fn end(&self, leg: Leg, hole: Option<Failure>) -> Result<()> {
        let counted = self.count_day(&leg.slice).filter(|_| hole.is_none());
        let turn = Turn {
            slice: leg.slice,
            spool: leg.spool,
            resumed: leg.resumed,
            begun: leg.begun,
            cut: leg.cut,
            counted,
            hole,
        };
        if !self.relay.end(turn) {
            return Ok(());
        }
        let mut delivery = lock(&self.delivery);
        while let Some(mut turn) = self.relay.pass_on() {
            if !turn.begun {
                delivery.begin(self.run, &turn.slice, Manner::of(turn.resumed, turn.cut))?;
            }
            let whole = turn.hole.is_none();
            let Window { start, end } = turn.slice.window;
            let position = if whole { end } else { start };
            delivery.pages(
                self.run,
                &mut turn.spool,
                Standing {
                    position,
                    walk: None,
                },
            )?;
            match turn.hole {
                None => {
                    let day = |day: &&Window| day.end == end;
                    if let Some(day) = self.days.iter().find(day) {
                        let proof = self.proof(proof::common(*day, self.settled));
                        let hole = delivery.end_day(self.run, &proof, turn.counted)?;
                        lock(&self.progress.short).extend(hole);
                    }
                }
                Some(failure) if self.relay.beyond_holes() => {
                    delivery.hole(turn.slice.window);
                    self.run
                        .printer
                        .warning(&failure.message(), failure.hint_text());
                    lock(&self.progress.holes).push((turn.slice.window, failure));
                }
                Some(failure) => return Err(failure),
            }
        }
        Ok(())
    }

    /// What to do about a page that cannot be had.
    pub(super) fn trouble(&self, mut leg: Leg, trouble: Trouble) -> Result<()> {
        let Trouble { failure, cause } = trouble;
        if cause == Cause::Refused && leg.walked == 0 && leg.walk.is_resumed() {
            let text = "JumpCloud does not take the saved cursor any more; the walk begins anew";
            self.run.printer.step(text);
            self.relay.add(&[leg.slice]);
            return Ok(());
        }
        if failure.kind() != Kind::JumpCloud
            || (cause == Cause::Exhausted && self.relay.beyond_holes())
        {
            return Err(failure);
        }
        if cause == Cause::ServerError {
            let nothing = Some(leg.slice.window.start).filter(|_| leg.walked == 0);
            let rest = leg.reached.or(nothing).map(|start| Window {
                start,
                ..leg.slice.window
            });
            let halves = rest.map_or(Ok(None), |rest| self.halved(rest))?;
            if let Some(slices) = halves {
                let start = slices[0].window.start;
                self.run.printer.warning(
                    &format!("{}; asking for half as much at a time", failure.message()),
                    None,
                );
                self.relay.add(&slices);
                leg.slice.window.end = start;
                leg.cut = true;
                // Where nothing was returned its first half goes on in its place.
                return if leg.walked > 0 {
                    self.end(leg, None)
                } else {
                    Ok(())
                };
            }
        }
        if cause == Cause::ServerError && self.relay.beyond_holes() && !self.is_alive()? {
            return Err(failure);
        }
        self.end(leg, Some(failure))
    }

    /// Whether anything can be had still: then it is a span that fails, and not JumpCloud.
    fn is_alive(&self) -> Result<bool> {
        let Window { start, end } = self.query.window;
        let second = TimeDelta::seconds(1);
        let first = Window {
            start,
            end: start + second,
        };
        let last = Window {
            start: end - second,
            end,
        };
        Ok(self.can_be_had(first)? || self.can_be_had(last)?)
    }

    /// The halves of a span that is too much at once; none where neither half can be had.
    pub(super) fn halved(&self, rest: Window) -> Result<Option<[Slice; 2]>> {
        let Some(windows) = halves(rest) else {
            return Ok(None);
        };
        for window in windows {
            if self.can_be_had(window)? {
                return Ok(Some(windows.map(Slice::unknown)));
            }
        }
        Ok(None)
    }

    /// Whether JumpCloud does not fail on a span.
    fn can_be_had(&self, window: Window) -> Result<bool> {
        let mut spool = Spool::new(&self.folder, &self.budget);
        let query = Query {
            window,
            ..self.query.clone()
        };
        match self.client.probe(&query, &mut spool) {
            Ok(()) => Ok(true),
            Err(trouble) if trouble.failure.kind() == Kind::JumpCloud => Ok(false),
            Err(trouble) => Err(trouble.failure),
        }
    }
}
