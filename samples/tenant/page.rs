//! One page: which events, and the headers that go with them.

use super::behaviour::{Behaviour, Cap, CursorLife, EmptyPageCursor, Encoding, Headers, Layout};
use super::events::Store;
use super::fault::refusal;
use super::query::Query;
use crate::samples::http::Reply;
use crate::samples::instant::Nanos;
use crate::samples::json;
use std::collections::HashMap;

/// What the tenant remembers of its pages, for what goes wrong between them.
#[derive(Debug, Default)]
pub(super) struct Memory {
    /// The request at which a cursor was first given out.
    issued: HashMap<String, usize>,
    /// The body of the last page of each window.
    pub last_bodies: HashMap<(Nanos, Option<Nanos>), Vec<u8>>,
}

/// Answers a page query; `request` counts page requests from 1.
pub(super) fn answer(
    store: &Store,
    query: &Query,
    behaviour: &Behaviour,
    memory: &mut Memory,
    request: usize,
) -> Reply {
    let after = match &query.cursor {
        Some(cursor) => {
            let issued = memory.issued.get(cursor).copied();
            match store
                .place(cursor)
                .filter(|_| alive(issued, behaviour, request))
            {
                Some(place) => Some(place),
                None => return refusal(400, "Invalid search_after"),
            }
        }
        None => None,
    };
    let limit = query.limit.min(cap(&behaviour.cap, request));
    let selected = store.select(&query.selection, behaviour, request);
    let page: Vec<_> = if query.descending {
        selected
            .rev()
            .filter(|entry| after.is_none_or(|after| entry.0 < after))
            .take(limit)
            .collect()
    } else {
        selected
            .filter(|entry| after.is_none_or(|after| entry.0 > after))
            .take(limit)
            .collect()
    };
    let cursor = match page.last() {
        Some(last) => Some(store.cursor(last.0)),
        None if behaviour.empty_page_cursor == EmptyPageCursor::Repeated => query.cursor.clone(),
        None => None,
    };
    if let Some(cursor) = &cursor {
        memory.issued.entry(cursor.clone()).or_insert(request);
    }
    let body = json::list(page.iter().map(|entry| &entry.1.text));
    let sort = if query.descending { "DESC" } else { "ASC" };
    let facts = Facts {
        count: page.len(),
        limit,
        sort,
        cursor,
    };
    facts.headers(
        Reply::json(200, laid_out(body, behaviour.layout)),
        behaviour.headers,
    )
}

/// Compresses and frames an answer as the behaviour says, where the client accepts it.
pub(super) fn encode(reply: Reply, encoding: Encoding, accepted: Option<&str>) -> Reply {
    let gzip = accepted.is_some_and(|names| names.contains("gzip"));
    match encoding {
        Encoding::Gzip if gzip => reply.gzip(),
        Encoding::GzipChunked if gzip => reply.gzip().chunked(),
        Encoding::Identity | Encoding::Gzip => reply,
        Encoding::Chunked | Encoding::GzipChunked => reply.chunked(),
    }
}

fn alive(issued: Option<usize>, behaviour: &Behaviour, request: usize) -> bool {
    match behaviour.cursor_life {
        CursorLife::Forever => true,
        CursorLife::Requests(life) => issued.is_some_and(|issued| request <= issued + life),
    }
}

fn cap(cap: &Cap, request: usize) -> usize {
    match cap {
        Cap::AsAsked => usize::MAX,
        Cap::Fixed(most) => *most,
        Cap::Changing(caps) => caps
            .get(request - 1)
            .or(caps.last())
            .copied()
            .unwrap_or(usize::MAX),
    }
}

struct Facts {
    count: usize,
    limit: usize,
    sort: &'static str,
    cursor: Option<String>,
}

impl Facts {
    fn headers(self, reply: Reply, headers: Headers) -> Reply {
        let mut reply = reply
            .header("X-Result-Count", self.count.to_string())
            .header("X-Limit", self.limit.to_string())
            .header("X-Sort", self.sort);
        if let Some(cursor) = self.cursor {
            reply = reply.header("X-Search_after", cursor);
        }
        match headers {
            Headers::Complete => reply,
            Headers::NoUnderscore => reply.without("X-Search_after"),
            Headers::NoCount => reply.without("X-Result-Count"),
            Headers::NoLimit => reply.without("X-Limit"),
            Headers::Dashed => {
                rename(&mut reply, |name| name.replace('_', "-"));
                reply
            }
            Headers::LowerCase => {
                rename(&mut reply, str::to_lowercase);
                reply
            }
        }
    }
}

fn rename(reply: &mut Reply, change: impl Fn(&str) -> String) {
    for header in &mut reply.headers {
        header.0 = change(&header.0);
    }
}

fn laid_out(body: String, layout: Layout) -> String {
    match layout {
        Layout::Compact => body,
        Layout::Indented => indented(&body),
    }
}

/// The same JSON with white space between all tokens.
fn indented(json: &str) -> String {
    let mut text = String::new();
    let (mut quoted, mut escaped) = (false, false);
    for letter in json.chars() {
        if !quoted && matches!(letter, '}' | ']') {
            text.push_str("\r\n\t");
        }
        text.push(letter);
        if !quoted && matches!(letter, '{' | '[' | ',' | ':') {
            text.push_str("\n  ");
        }
        if letter == '"' && !escaped {
            quoted = !quoted;
        }
        escaped = quoted && letter == '\\' && !escaped;
    }
    text.push('\n');
    text
}
