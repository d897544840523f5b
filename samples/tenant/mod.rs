//! A simulated JumpCloud tenant: Directory Insights on loopback, as `docs/insights-api.md` describes it.
//!
//! Paging, cursors, headers and refusals follow the page; every open question of its section 12 that concerns fetching and
//! counting is a choice in [`Behaviour`]. Knows what the page says, and nothing of jcx.

mod access;
mod behaviour;
mod counting;
mod events;
mod fault;
mod page;
mod query;
mod search;

use crate::samples::http::{Reply, Request, Server};
use crate::samples::json;
use std::ops::RangeInclusive;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub use self::behaviour::{
    AlertNames, Behaviour, Cap, Capitals, Count, CursorLife, CursorSpelling, DistinctList, Doubt,
    EmptyBuckets, EmptyPageCursor, Encoding, End, Filtering, Headers, Layout, Organizations,
    Precision, Retention, Ties,
};
pub use self::events::Event;
pub use self::fault::{Fault, refusal};
pub use self::query::SERVICES;

/// The running tenant; dropping it judges how it was used, as [`Server`] does.
#[derive(Debug)]
pub struct Tenant {
    server: Server,
    state: Arc<State>,
}

#[derive(Debug)]
struct State {
    store: events::Store,
    behaviour: Behaviour,
    changing: Mutex<Changing>,
}

#[derive(Debug, Default)]
struct Changing {
    calls: Vec<Request>,
    tokens: access::Tokens,
    memory: page::Memory,
    pages: usize,
    counts: usize,
    distincts: usize,
    intervals: usize,
    grants: usize,
}

impl Tenant {
    /// Starts a tenant that has these events and behaves as the documentation suggests.
    pub fn new(events: Vec<Event>) -> Self {
        Self::start(events, Behaviour::default())
    }

    /// Starts a tenant that has these events.
    pub fn start(events: Vec<Event>, behaviour: Behaviour) -> Self {
        let store = events::Store::new(events, &behaviour);
        let state = Arc::new(State {
            store,
            behaviour,
            changing: Mutex::default(),
        });
        let handling = Arc::clone(&state);
        Self {
            server: Server::start(move |request| handling.answer(request)),
            state,
        }
    }

    /// Sets how many calls of all kinds are right.
    #[must_use]
    pub fn expecting(mut self, calls: RangeInclusive<usize>) -> Self {
        self.server.expect(calls);
        self
    }

    /// What `--api-url` takes.
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// What `--token-url` takes.
    pub fn token_url(&self) -> String {
        format!("{}/oauth2/token", self.server.url())
    }

    /// The key that is accepted.
    pub fn key(&self) -> &str {
        &self.state.behaviour.key
    }

    /// Its events, in the order in which a walk returns them.
    pub fn held(&self) -> Vec<Event> {
        self.state.store.held()
    }

    /// Every request so far, in order.
    pub fn calls(&self) -> Vec<Request> {
        self.state.changing().calls.clone()
    }

    /// The page requests so far.
    pub fn page_calls(&self) -> Vec<Request> {
        self.calls_to("/events")
    }

    /// The count requests so far.
    pub fn count_calls(&self) -> Vec<Request> {
        self.calls_to("/events/count")
    }

    fn calls_to(&self, path: &str) -> Vec<Request> {
        self.calls()
            .into_iter()
            .filter(|call| call.path.ends_with(path))
            .collect()
    }

    /// Connections open now.
    pub fn open(&self) -> usize {
        self.server.open()
    }

    /// Stops the tenant and panics when it was not used as expected.
    pub fn finish(self) {
        self.server.finish();
    }
}

impl State {
    fn changing(&self) -> MutexGuard<'_, Changing> {
        self.changing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn answer(&self, request: &Request) -> Reply {
        let mut changing = self.changing();
        changing.calls.push(request.clone());
        let trace = format!("simulated-{:06}", changing.calls.len());
        let reply = match (request.method.as_str(), request.path.as_str()) {
            ("POST", "/insights/directory/v1/events") => self.page(&mut changing, request),
            ("POST", "/insights/directory/v1/events/count") => self.count(&mut changing, request),
            ("POST", "/insights/directory/v1/events/distinct") => {
                self.distinct(&mut changing, request)
            }
            ("POST", "/insights/directory/v1/events/interval") => {
                self.interval(&mut changing, request)
            }
            ("POST", "/oauth2/token") => self.grant(&mut changing, request),
            (
                _,
                "/insights/directory/v1/events"
                | "/insights/directory/v1/events/count"
                | "/insights/directory/v1/events/distinct"
                | "/insights/directory/v1/events/interval"
                | "/oauth2/token",
            ) => refusal(405, "Method Not Allowed"),
            _ => refusal(404, "Not Found"),
        };
        reply.header("X-Request-Id", trace)
    }

    fn page(&self, changing: &mut Changing, request: &Request) -> Reply {
        changing.pages += 1;
        let number = changing.pages;
        let fault = self.behaviour.pages.at(number);
        let right = self.right_page(changing, request, number);
        let cursor_sent = sent_cursor(request);
        let query = query::read(request, &self.behaviour, &[]);
        let window = query.map_or((0, None), |query| {
            (query.selection.start, query.selection.end)
        });
        let last = changing.memory.last_bodies.entry(window).or_default();
        let reply = match &fault {
            Some(Fault::StuckCursor) => {
                right.with("X-Search_after", cursor_sent.unwrap_or_default())
            }
            Some(Fault::SamePage) => {
                let count = right
                    .headers
                    .iter()
                    .find(|header| header.0 == "X-Limit")
                    .map(|header| header.1.clone());
                right
                    .body(last.clone())
                    .with("X-Result-Count", count.unwrap_or_default())
            }
            _ => right,
        };
        last.clone_from(&reply.body);
        let encoded = page::encode(
            reply,
            self.behaviour.encoding,
            request.header("Accept-Encoding"),
        );
        match fault {
            Some(fault) => fault.apply(encoded),
            None => encoded,
        }
    }

    fn right_page(&self, changing: &mut Changing, request: &Request, number: usize) -> Reply {
        if let Err(refused) = changing.tokens.check(request, &self.behaviour) {
            return refused;
        }
        match query::read(request, &self.behaviour, &[]) {
            Ok(query) if query.selection.holds(self.behaviour.broken_at) => {
                refusal(500, "technical difficulties")
            }
            Ok(query) => page::answer(
                &self.store,
                &query,
                &self.behaviour,
                &mut changing.memory,
                number,
            ),
            Err(refused) => refused,
        }
    }

    fn grant(&self, changing: &mut Changing, request: &Request) -> Reply {
        changing.grants += 1;
        let right = changing.tokens.grant(request, &self.behaviour);
        match self.behaviour.tokens.at(changing.grants) {
            Some(fault) => fault.apply(right),
            None => right,
        }
    }
}

fn sent_cursor(request: &Request) -> Option<String> {
    let body = request.text();
    let query = json::read(&body)?;
    query
        .get("search_after")
        .map(|cursor| cursor.text.to_owned())
}
