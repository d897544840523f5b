//! One walk through a window: page after page, until it is proven that there is no more (`docs/insights-api.md` section 4).

use serde_json::value::RawValue;

use super::client::Client;
use super::page::Page;
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
    let mut cursor: Option<Box<RawValue>> = None;
    let mut previous: Option<[u8; 32]> = None;
    loop {
        let (page, next) = whole_page(client, &mut query, cursor.as_deref(), previous, spool)?;
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
        match next {
            Next::Page(behind) => cursor = Some(behind),
            Next::End => return Ok(walked),
            Next::Stuck(why) => return Err(stuck(why, &page)),
        }
        previous = Some(page.digest);
    }
}

/// Asks for a page, a second time where it leads nowhere; a page that stays stuck is not released.
fn whole_page(
    client: &Client,
    query: &mut Query,
    cursor: Option<&RawValue>,
    previous: Option<[u8; 32]>,
    spool: &mut Spool,
) -> Result<(Page, Next)> {
    let mut page = first_or_next(client, query, cursor, spool)?;
    let mut next = what_follows(&mut page, cursor, previous);
    if matches!(next, Next::Stuck(_)) {
        client.count_retry();
        page = client.page(query, cursor, spool)?;
        next = what_follows(&mut page, cursor, previous);
    }
    match next {
        Next::Stuck(why) => Err(stuck(why, &page)),
        next => Ok((page, next)),
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
        Err(failure) if failure.kind() == Kind::Usage && !client.has_begun() => failure,
        result => return result,
    };
    let Some(services) = query.services.with_other_alert_name() else {
        return Err(refused);
    };
    let other = Query {
        services,
        ..query.clone()
    };
    let page = client.page(&other, cursor, spool).map_err(|_| refused)?;
    *query = other;
    Ok(page)
}

fn what_follows(page: &mut Page, sent: Option<&RawValue>, previous: Option<[u8; 32]>) -> Next {
    if page.count == 0 || page.limit.is_some_and(|limit| page.count < limit) {
        return Next::End;
    }
    match page.cursor.take() {
        None if page.limit.is_none() => Next::Stuck(UNPROVEN),
        None => Next::Stuck(NO_CURSOR),
        Some(cursor) if sent.is_some_and(|sent| sent.get() == cursor.get()) => {
            Next::Stuck("the cursor does not move")
        }
        Some(_) if previous == Some(page.digest) => {
            Next::Stuck("the same page came again behind another cursor")
        }
        Some(cursor) => Next::Page(cursor),
    }
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

    use super::{Next, what_follows};
    use crate::insights::page::Page;

    fn raw(text: &str) -> Box<RawValue> {
        RawValue::from_string(text.to_owned()).expect("JSON")
    }

    fn follows(count: u64, limit: Option<u64>, cursor: Option<&str>) -> String {
        let mut page = Page {
            count,
            limit,
            cursor: cursor.map(raw),
            request_id: None,
            digest: [count.to_le_bytes()[0]; 32],
        };
        match what_follows(&mut page, Some(&raw("[1]")), Some([9; 32])) {
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
            (6, Some(5), Some("[2]"), "page [2]"),
        ] {
            assert_eq!(
                follows(count, limit, cursor),
                expected,
                "{count} {limit:?} {cursor:?}"
            );
        }
    }
}
