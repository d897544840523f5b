//! One page: spooled until it is known to be whole, then released (`docs/insights-api.md` section 4).

use std::io::Read;

use rapidhash::v3::rapidhash_v3;
use serde_json::value::RawValue;
use ureq::http::header::HeaderMap;

use super::client::Client;
use super::fault::{Again, Fault, show};
use super::query::Query;
use super::question::{Question, Tries};
use super::trouble::Trouble;
use crate::failure::{Failure, Kind};
use crate::json::split::{Broken, Splitter};
use crate::net::header;
use crate::store::Spool;

/// What is known of a whole page beside its events.
#[derive(Debug)]
pub struct Page {
    /// How many events it has.
    pub count: u64,
    /// `X-Limit`: the page size in effect.
    pub limit: Option<u64>,
    /// The cursor of the next page, as the text it came as.
    pub cursor: Option<Box<RawValue>>,
    /// `X-Request-Id`, for messages.
    pub request_id: Option<String>,
    /// Of its events.
    pub digest: PageDigest,
}

/// Enough of a page's events to know the page when it comes again; no cryptography hangs on it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PageDigest {
    events: u64,
    bytes: u64,
    /// Of the last event's hash and this chain before it, so their order counts too.
    chain: u64,
}

impl PageDigest {
    /// Takes in the next event.
    pub fn add(&mut self, event: &[u8]) {
        self.events += 1;
        self.bytes += event.len() as u64;
        let link = u128::from(self.chain) << 64 | u128::from(rapidhash_v3(event));
        self.chain = rapidhash_v3(&link.to_le_bytes());
    }
}

/// How the bytes of a body can fail to become a page.
enum Unfit {
    Broken(Broken),
    Storage(Failure),
}

impl From<Broken> for Unfit {
    fn from(broken: Broken) -> Self {
        Self::Broken(broken)
    }
}

const PIECE: usize = 1 << 16;
/// How much of a body that is no array is read to explain it.
const EXPLAIN: u64 = 1 << 20;

/// Reads the body of a 200 into `spool`, which is empty; `watch` is asked after every piece, with the events so far.
pub fn read_page(
    headers: &HeaderMap,
    body: &mut dyn Read,
    spool: &mut Spool,
    watch: &mut dyn FnMut(usize) -> Result<(), Fault>,
) -> Result<Page, Fault> {
    check_sort(headers)?;
    let mut splitter = Splitter::default();
    let mut digest = PageDigest::default();
    let mut piece = vec![0; PIECE];
    loop {
        let got = body
            .read(&mut piece)
            .map_err(|error| Fault::damaged(format!("the answer was cut short: {error}")))?;
        if got == 0 {
            break;
        }
        let fed = splitter.feed(&piece[..got], &mut |element: &[u8]| {
            digest.add(element);
            spool.push(element).map_err(Unfit::Storage)
        });
        fed.map_err(|unfit| explain(unfit, headers, &piece[..got], body))?;
        watch(spool.page_len())?;
    }
    splitter
        .finish()
        .map_err(|broken| explain(broken.into(), headers, b"", body))?;
    let page = Page {
        count: spool.page_len() as u64,
        limit: header(headers, "x-limit").and_then(|text| text.parse().ok()),
        cursor: cursor(headers)?,
        request_id: header(headers, "x-request-id").map(str::to_owned),
        digest,
    };
    check_count(headers, &page)?;
    Ok(page)
}

/// An order other than asked would make every conclusion from timestamps wrong.
fn check_sort(headers: &HeaderMap) -> Result<(), Fault> {
    match header(headers, "x-sort") {
        Some(sort) if !sort.is_empty() && !sort.eq_ignore_ascii_case("asc") => {
            let text = format!("the answer's X-Sort is {sort} although ASC was asked for");
            Err(Fault::never(Failure::new(Kind::JumpCloud, text)))
        }
        _ => Ok(()),
    }
}

fn check_count(headers: &HeaderMap, page: &Page) -> Result<(), Fault> {
    let announced = header(headers, "x-result-count").and_then(|text| text.parse::<u64>().ok());
    match announced {
        Some(announced) if announced != page.count => Err(Fault::damaged(format!(
            "the page announces {announced} events and holds {}: it was cut or altered",
            page.count
        ))),
        _ => Ok(()),
    }
}

/// The cursor under its documented name, or under the one that proxies let through.
fn cursor(headers: &HeaderMap) -> Result<Option<Box<RawValue>>, Fault> {
    let Some(text) =
        header(headers, "x-search_after").or_else(|| header(headers, "x-search-after"))
    else {
        return Ok(None);
    };
    if text.is_empty() || text == "null" || text == "[]" {
        return Ok(None);
    }
    let raw = RawValue::from_string(text.to_owned());
    raw.map(Some)
        .map_err(|_| Fault::damaged(format!("the cursor `{text}` is not JSON")))
}

fn explain(unfit: Unfit, headers: &HeaderMap, piece: &[u8], rest: &mut dyn Read) -> Fault {
    match unfit {
        Unfit::Storage(failure) => Fault::local(failure),
        Unfit::Broken(Broken::Cut) => {
            Fault::damaged("the answer was cut short: its array does not end")
        }
        Unfit::Broken(Broken::Structure(offset)) => {
            Fault::damaged(format!("the answer is no valid array (near byte {offset})"))
        }
        Unfit::Broken(Broken::NotAnArray) => {
            let mut body = piece.to_vec();
            // Only to say how large it is; what cannot be read is not missed.
            let _rest = rest.take(EXPLAIN).read_to_end(&mut body);
            let text = format!(
                "a list of events was expected and something else came ({})",
                show(headers, &body)
            );
            let failure = Failure::new(Kind::JumpCloud, text)
                .hint("check --api-url and proxies: a login or error page answers like this");
            Fault::new(failure, Again::Nonsense)
        }
    }
}

impl Client {
    /// The page behind `cursor`, its events in `spool`.
    ///
    /// # Errors
    /// A refusal, or what happened last when the budget was used up; the failure's kind decides the exit code.
    pub fn page(
        &self,
        query: &Query,
        cursor: Option<&RawValue>,
        spool: &mut Spool,
    ) -> Result<Page, Trouble> {
        self.ask_for_page(query, cursor, spool, Tries::WithinBudget)
    }

    /// Asks a few times for the first page of a query, to see whether it can be had; `spool` is empty, and stays so.
    ///
    /// # Errors
    /// As of a page, without its budget.
    pub fn probe(&self, query: &Query, spool: &mut Spool) -> Result<(), Trouble> {
        let page = self.ask_for_page(query, None, spool, Tries::Few);
        spool.drop_page().map_err(Trouble::local)?;
        page.map(|_| ())
    }

    fn ask_for_page(
        &self,
        query: &Query,
        cursor: Option<&RawValue>,
        spool: &mut Spool,
        tries: Tries,
    ) -> Result<Page, Trouble> {
        self.alert_name
            .by_name(&query.selection.services, |services| {
                let question = Question {
                    url: &self.url,
                    body: &query.body(services, cursor),
                    since: query.window.start,
                    call: None,
                    tries,
                };
                self.persist(&question, |headers, reader| {
                    spool.drop_page().map_err(Fault::local)?;
                    let page = read_page(headers, reader, spool, &mut self.watch(&question))?;
                    query.selection.filters.check(spool)?;
                    let told = format!("{} events", page.count);
                    Ok((page, told))
                })
            })
    }
}

#[cfg(test)]
mod tests {
    use ureq::http::header::{HeaderMap, HeaderName, HeaderValue};

    use super::{Page, read_page};
    use crate::insights::fault::{Again, Fault};
    use crate::store::{Budget, Spool};

    fn read(body: &[u8], headers: &[(&'static str, &'static str)]) -> Result<Page, Fault> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            );
        }
        let mut spool = Spool::new(&std::env::temp_dir(), &Budget::new(0));
        read_page(&map, &mut &*body, &mut spool, &mut |_| Ok(()))
    }

    #[test]
    fn a_whole_page_and_its_headers() {
        let headers = [
            ("x-result-count", "2"),
            ("x-limit", "2"),
            ("x-search_after", "[1, \"a\"]"),
            ("x-sort", "asc"),
        ];
        let page = read(b"[{\"a\":1},{\"b\":2}]", &headers).expect("a page");
        assert_eq!((page.count, page.limit), (2, Some(2)));
        assert_eq!(page.cursor.expect("a cursor").get(), "[1, \"a\"]");
        let other_name = read(b"[]", &[("x-search-after", "[2]")]).expect("a page");
        assert_eq!(other_name.cursor.expect("a cursor").get(), "[2]");
    }

    #[test]
    fn a_page_is_known_again_by_its_events_and_their_order() {
        let digest = |body: &[u8]| read(body, &[]).expect("a page").digest;
        let page = digest(b"[{\"a\":1},{\"b\":2}]");
        assert_eq!(page, digest(b" [ {\"a\": 1}, {\"b\": 2} ]\n"));
        for other in [
            &b"[{\"b\":2},{\"a\":1}]"[..],
            b"[{\"a\":1},{\"b\":3}]",
            b"[{\"a\":1}]",
            b"[{\"b\":2}]",
            b"[{\"a\":1},{\"b\":2},{\"b\":2}]",
            b"[]",
        ] {
            assert_ne!(page, digest(other), "{}", other.escape_ascii());
        }
    }

    #[test]
    fn what_is_not_whole_is_asked_for_again() {
        for (body, headers, again) in [
            (&b"[{\"a\":1}"[..], &[][..], Again::Later(None)),
            (
                b"[{\"a\":1}]",
                &[("x-result-count", "2")],
                Again::Later(None),
            ),
            (b"[{\"a\":1}}]", &[], Again::Later(None)),
            (b"<html>", &[("content-type", "text/html")], Again::Nonsense),
            (b"{\"message\":\"x\"}", &[], Again::Nonsense),
            (b"", &[], Again::Nonsense),
            (b"[]", &[("x-sort", "DESC")], Again::Never),
        ] {
            let fault = read(body, headers).expect_err("a fault");
            assert_eq!(fault.again, again, "{}", fault.failure);
        }
    }
}
