//! One walk through a window: page after page, until it is proven that there is no more (`docs/insights-api.md` section 4).

use std::collections::HashSet;

use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use super::client::Client;
use super::page::{Page, PageDigest};
use super::query::Query;
use super::sieve::{Sieve, SieveCounts};
use crate::failure::{Failure, Kind, Result};
use crate::store::Spool;

/// What a walk came to.
#[derive(Clone, Debug, Default)]
pub struct Walked {
    /// Pages released.
    pub pages: u64,
    /// What became of their events.
    pub counts: SieveCounts,
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
#[derive(Default)]
struct Trail {
    /// The cursor of the page that is asked for.
    cursor: Option<Box<RawValue>>,
    /// SHA-256 of every cursor that was sent.
    sent: HashSet<[u8; 32]>,
    /// The page before, by its digest.
    previous: Option<PageDigest>,
}

/// Walks through the query's window and hands every event that belongs to it to `deliver`, then each page's state to
/// `page_done`. A page is delivered only when it is whole.
pub fn walk(
    client: &Client,
    query: &Query,
    spool: &mut Spool,
    mut deliver: impl FnMut(&[u8]) -> Result<()>,
    mut page_done: impl FnMut(&Walked) -> Result<()>,
) -> Result<Walked> {
    let mut query = query.clone();
    let mut sieve = Sieve::new(query.window);
    let mut walked = Walked::default();
    let mut trail = Trail::default();
    loop {
        let behind = whole_page(client, &mut query, &mut trail, spool)?;
        spool.read(|event| {
            if sieve.passes(event) {
                deliver(event)
            } else {
                Ok(())
            }
        })?;
        walked.pages += 1;
        walked.counts.clone_from(sieve.counts());
        page_done(&walked)?;
        if behind.is_none() {
            return Ok(walked);
        }
        trail.cursor = behind;
    }
}

/// Asks for a page, a second time where it leads nowhere; a page that stays stuck is not released. Gives the cursor of
/// the next one, none at the proven end.
fn whole_page(
    client: &Client,
    query: &mut Query,
    trail: &mut Trail,
    spool: &mut Spool,
) -> Result<Option<Box<RawValue>>> {
    let mut page = first_or_next(client, query, trail.cursor.as_deref(), spool)?;
    let mut next = trail.what_follows(&mut page, query.page_size);
    if matches!(next, Next::Stuck(_)) {
        client.count_retry();
        page = client.page(query, trail.cursor.as_deref(), spool)?;
        next = trail.what_follows(&mut page, query.page_size);
    }
    match next {
        Next::Stuck(why) => Err(stuck(why, &page)),
        Next::End => Ok(None),
        Next::Page(cursor) => {
            trail.note(&cursor, &page);
            Ok(Some(cursor))
        }
    }
}

/// The first page may be refused for the name of one service, which has two (U4).
fn first_or_next(
    client: &Client,
    query: &mut Query,
    cursor: Option<&RawValue>,
    spool: &mut Spool,
) -> Result<Page> {
    let refused = match client.page(query, cursor, spool) {
        Err(failure) if client.was_refused() && !client.has_begun() => failure,
        result => return result,
    };
    let Some(services) = query.services.with_other_alert_name() else {
        return Err(refused);
    };
    let other = Query {
        services,
        ..query.clone()
    };
    match client.page(&other, cursor, spool) {
        Err(_) if client.was_refused() => Err(refused),
        result => {
            *query = other;
            result
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

fn stuck(why: &str, page: &Page) -> Failure {
    let id = page.request_id.as_deref().unwrap_or("none");
    let text = format!("the walk cannot go on: {why} (X-Request-Id {id})");
    Failure::new(Kind::JumpCloud, text)
        .hint("run with -vv and ask JumpCloud, or your proxy's keeper, about the X-Request-Id")
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
