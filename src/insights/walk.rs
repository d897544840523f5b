//! One walk through a window: page after page, until it is proven that there is no more (`docs/insights-api.md` section 4).

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use super::client::Client;
use super::page::{Page, PageDigest};
use super::query::Query;
use super::reach::Reach;
use super::trouble::{Cause, Trouble};
use crate::failure::{Failure, Kind};
use crate::store::Spool;

/// A walk under way.
#[derive(Debug)]
pub struct Walk {
    query: Query,
    trail: Trail,
    reach: Reach,
    /// Where the next page begins; none before the first.
    cursor: Option<Box<RawValue>>,
    ended: bool,
}

/// What a page was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// Its events.
    pub events: u64,
    /// Whether it is proven that no page follows.
    pub last: bool,
    /// A whole second before which the walk has returned everything; none where its events do not tell.
    pub reached: Option<DateTime<Utc>>,
}

/// What follows a page.
#[derive(Debug)]
enum Next {
    /// There may be more behind this cursor.
    Page(Box<RawValue>),
    /// There is no more.
    End,
    /// It says that there is more, and leads nowhere.
    Stuck(&'static str),
}

/// Where a walk has been: enough to see that it goes in circles.
#[derive(Debug, Default)]
struct Trail {
    /// SHA-256 of every cursor that was sent.
    sent: HashSet<[u8; 32]>,
    /// The page before, by its digest.
    previous: Option<PageDigest>,
}

impl Walk {
    /// A walk from the window's start.
    pub fn new(query: Query) -> Self {
        Self {
            query,
            trail: Trail::default(),
            reach: Reach::default(),
            cursor: None,
            ended: false,
        }
    }

    /// A walk that goes on where an earlier one of the same query was.
    pub fn behind(query: Query, cursor: Box<RawValue>) -> Self {
        let mut walk = Self::new(query);
        walk.trail.sent.insert(digest(&cursor));
        walk.cursor = Some(cursor);
        walk
    }

    /// Whether it goes on behind a cursor of an earlier run, and has nothing yet.
    pub fn is_resumed(&self) -> bool {
        self.trail.previous.is_none() && self.cursor.is_some()
    }

    /// What it asks for.
    pub fn query(&self) -> &Query {
        &self.query
    }

    /// What the next page is asked for with.
    pub fn cursor(&self) -> Option<&RawValue> {
        self.cursor.as_deref()
    }

    /// Brings the next page into `spool`, whole or not at all; nothing where there is no more.
    ///
    /// # Errors
    /// What kept the page away; the walk stands where it stood, and may be asked again.
    pub fn next_page(
        &mut self,
        client: &Client,
        spool: &mut Spool,
    ) -> Result<Option<Step>, Trouble> {
        if self.ended {
            return Ok(None);
        }
        let (events, behind) = match self.whole_page(client, spool) {
            Ok(page) => page,
            Err(trouble) => {
                spool.drop_page().map_err(Trouble::local)?;
                return Err(trouble);
            }
        };
        spool.keep_page();
        self.ended = behind.is_none();
        self.cursor = behind;
        let seen = self.reach.see(events, spool, self.query.window);
        seen.map_err(Trouble::local)?;
        Ok(Some(Step {
            events,
            last: self.ended,
            reached: self.reach.second(self.cursor.as_deref()),
        }))
    }

    /// Asks for a page, a second time where it leads nowhere; a page that stays stuck is not released. Gives the cursor of
    /// the next one, none at the proven end.
    fn whole_page(
        &mut self,
        client: &Client,
        spool: &mut Spool,
    ) -> Result<(u64, Option<Box<RawValue>>), Trouble> {
        let mut page = client.page(&self.query, self.cursor.as_deref(), spool)?;
        let mut next = self.trail.what_follows(&mut page, self.query.page_size);
        if matches!(next, Next::Stuck(_)) {
            client.count_retry();
            page = client.page(&self.query, self.cursor.as_deref(), spool)?;
            next = self.trail.what_follows(&mut page, self.query.page_size);
        }
        match next {
            Next::Stuck(why) => Err(stuck(why, &page)),
            Next::End => Ok((page.count, None)),
            Next::Page(cursor) => {
                self.trail.note(&cursor, &page);
                Ok((page.count, Some(cursor)))
            }
        }
    }
}

impl Trail {
    fn what_follows(&self, page: &mut Page, asked: u32) -> Next {
        // A limit above the one asked for does not make a full page short.
        let full = page.limit.map(|limit| limit.min(u64::from(asked)));
        if page.count == 0 || full.is_some_and(|full| page.count < full) {
            return Next::End;
        }
        match page.cursor.take() {
            None if page.limit.is_none() => Next::Stuck(UNPROVEN),
            None => Next::Stuck(NO_CURSOR),
            Some(cursor) if self.sent.contains(&digest(&cursor)) => {
                Next::Stuck("the cursor leads back to where the walk has been")
            }
            Some(_) if self.previous == Some(page.digest) => {
                Next::Stuck("the same page came again behind another cursor")
            }
            Some(cursor) => Next::Page(cursor),
        }
    }

    fn note(&mut self, cursor: &RawValue, page: &Page) {
        self.sent.insert(digest(cursor));
        self.previous = Some(page.digest);
    }
}

fn digest(cursor: &RawValue) -> [u8; 32] {
    Sha256::digest(cursor.get()).into()
}

const NO_CURSOR: &str = "a full page came without a cursor (X-Search_after); some proxies drop header names with underscores";
const UNPROVEN: &str = "a page came with neither X-Limit nor a cursor (X-Search_after), so nothing proves that it is the last; \
some proxies drop such headers";

fn stuck(why: &str, page: &Page) -> Trouble {
    let id = page.request_id.as_deref().unwrap_or("none");
    let text = format!("the walk cannot go on: {why} (X-Request-Id {id})");
    let hint = "run with -vv and ask JumpCloud, or your proxy's keeper, about the X-Request-Id";
    Trouble {
        failure: Failure::new(Kind::JumpCloud, text).hint(hint),
        cause: Cause::Other,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::value::RawValue;

    use super::{Next, Trail};
    use crate::insights::page::{Page, PageDigest};

    fn raw(text: &str) -> Box<RawValue> {
        RawValue::from_string(text.to_owned()).expect("JSON")
    }

    fn digest(number: u64) -> PageDigest {
        let mut digest = PageDigest::default();
        digest.add(&number.to_le_bytes());
        digest
    }

    fn follows(count: u64, limit: Option<u64>, cursor: Option<&str>) -> String {
        let mut page = Page {
            count,
            limit,
            cursor: cursor.map(raw),
            request_id: None,
            digest: digest(count),
        };
        let mut trail = Trail::default();
        let before = Page {
            count: 1,
            limit: None,
            cursor: None,
            request_id: None,
            digest: digest(9),
        };
        trail.note(&raw("[0]"), &before);
        trail.note(&raw("[1]"), &before);
        match trail.what_follows(&mut page, 10) {
            Next::Page(cursor) => format!("page {}", cursor.get()),
            Next::End => "end".to_owned(),
            Next::Stuck(_) => "stuck".to_owned(),
        }
    }

    #[test]
    fn only_a_proven_end_is_an_end() {
        for (count, limit, cursor, expected) in [
            (5, Some(5), Some("[2]"), "page [2]"),
            (4, Some(5), Some("[2]"), "end"),
            (0, Some(5), Some("[1]"), "end"),
            (0, None, None, "end"),
            (4, None, Some("[2]"), "page [2]"),
            (4, None, None, "stuck"),
            (5, Some(5), None, "stuck"),
            (5, Some(5), Some("[1]"), "stuck"),
            (9, Some(9), Some("[2]"), "stuck"),
            (5, Some(5), Some("[0]"), "stuck"),
            (6, Some(5), Some("[2]"), "page [2]"),
            (10, Some(1000), Some("[2]"), "page [2]"),
            (8, Some(1000), Some("[2]"), "end"),
        ] {
            assert_eq!(
                follows(count, limit, cursor),
                expected,
                "{count} {limit:?} {cursor:?}"
            );
        }
    }
}
