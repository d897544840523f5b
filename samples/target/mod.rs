//! A bulk target on loopback: as much of Elasticsearch and OpenSearch as loading events touches.
//!
//! Answers follow `docs/elasticsearch-bulk.md`; what goes wrong is scripted in [`Setup`]. It checks frames, ids and
//! `@timestamp`, not field types: those need a real engine. Knows nothing of jcx.

mod bulk;
mod errors;
mod holder;
mod inspection;
mod search;
mod setup;
mod store;
mod template;

use crate::samples::http::{Reply, Request, Script, Server, unescape};
use crate::samples::json::Object;
use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub use self::errors::{busy, error, forbidden, read_only, too_large, unauthorized};
pub use self::setup::{BulkFault, Flavor, Item, Refusal, Rollover, SearchFault, Setup};

/// The running target; dropping it judges how it was used, as [`Server`] does.
#[derive(Debug)]
pub struct Target {
    server: Server,
    state: Arc<State>,
}

#[derive(Debug)]
struct State {
    setup: Setup,
    changing: Mutex<Changing>,
}

#[derive(Debug, Default)]
struct Changing {
    store: store::Store,
    calls: Vec<Request>,
    bulks: usize,
    searches: usize,
}

impl Target {
    /// Starts a target.
    pub fn start(setup: Setup) -> Self {
        let state = Arc::new(State {
            setup,
            changing: Mutex::default(),
        });
        let handling = Arc::clone(&state);
        Self {
            server: Server::start(move |request| handling.answer(request)),
            state,
        }
    }

    /// Starts a target on which a template makes `logs-jumpcloud.events-*` data streams.
    pub fn with_template(setup: Setup) -> Self {
        let target = Self::start(setup);
        let body = Object::new()
            .raw("index_patterns", "[\"logs-jumpcloud.events-*\"]")
            .number("priority", 180_i64)
            .raw("data_stream", "{}")
            .raw(
                "template",
                "{\"mappings\":{\"properties\":{\"@timestamp\":{\"type\":\"date\"}}}}",
            );
        let put = target.state.changing().store.put_template(
            "simulated",
            &body.json(),
            true,
            &target.state.setup,
        );
        assert_eq!(put.status, 200, "the target takes its own template");
        target
    }

    /// Another node of it, at an address of its own: the same documents, and these answers instead by number of its request.
    pub fn node(&self, deviations: Script<Reply>) -> Server {
        let (state, asked) = (Arc::clone(&self.state), AtomicUsize::new(0));
        Server::start(move |request| {
            let number = asked.fetch_add(1, Ordering::SeqCst) + 1;
            let deviation = deviations.at(number);
            deviation.unwrap_or_else(|| state.answer(request))
        })
    }

    /// Sets how many calls of all kinds are right.
    #[must_use]
    pub fn expecting(mut self, calls: RangeInclusive<usize>) -> Self {
        self.server.expect(calls);
        self
    }

    /// What `--es-url` takes.
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// A stored document's text.
    pub fn document(&self, name: &str, id: &str) -> Option<String> {
        let documents = self.documents(name).into_iter();
        let mut found = documents.filter(|(other, _)| other == id);
        found.next().map(|(_, text)| text)
    }

    /// Every stored document of a stream or index, by id; one that is in two backing indices comes twice.
    pub fn documents(&self, name: &str) -> Vec<(String, String)> {
        let changing = self.state.changing();
        let holder = changing.store.holders.get(name);
        holder.map(holder::Holder::documents).unwrap_or_default()
    }

    /// Gives a stream its next backing index.
    pub fn roll_over(&self, name: &str) {
        let rolled_over = search::roll_over(&mut self.state.changing().store, name);
        assert_eq!(rolled_over.status, 200, "{name} is there");
    }

    /// Closes a stream's oldest backing index, or opens it again.
    pub fn close_oldest(&self, name: &str, closed: bool) {
        let mut changing = self.state.changing();
        let holder = changing.store.holders.get_mut(name).expect("it is there");
        holder.indices[0].closed = closed;
    }

    /// Names of the streams (true) and plain indices (false) that exist.
    pub fn holders(&self) -> Vec<(String, bool)> {
        let changing = self.state.changing();
        changing
            .store
            .holders
            .iter()
            .map(|(name, holder)| (name.clone(), holder.stream))
            .collect()
    }

    /// A template's body as it was put.
    pub fn template(&self, name: &str) -> Option<String> {
        self.state
            .changing()
            .store
            .templates
            .get(name)
            .map(|template| template.body.clone())
    }

    /// Every request so far, in order.
    pub fn calls(&self) -> Vec<Request> {
        self.state.changing().calls.clone()
    }

    /// How many requests had a path that ends so.
    pub fn count(&self, ending: &str) -> usize {
        let calls = self.calls();
        calls
            .iter()
            .filter(|call| call.path.ends_with(ending))
            .count()
    }

    /// The bulk requests so far.
    pub fn bulk_calls(&self) -> Vec<Request> {
        self.calls()
            .into_iter()
            .filter(|call| call.path.ends_with("/_bulk"))
            .collect()
    }

    /// Connections open now.
    pub fn open(&self) -> usize {
        self.server.open()
    }

    /// Stops the target and panics when it was not used as expected.
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
        let mut kept = request.clone();
        if !self.setup.keep_bodies {
            kept.body = Vec::new();
        }
        changing.calls.push(kept);
        let reply = self.route(&mut changing, request);
        if self.setup.elastic() {
            reply.header("X-elastic-product", "Elasticsearch")
        } else {
            reply
        }
    }

    fn roll_over(&self, store: &mut store::Store, target: Option<&str>, at: Rollover) {
        let holder = target.and_then(|target| store.holders.get_mut(target));
        if let Some(holder) = holder.filter(|_| self.setup.rollovers.contains(&at)) {
            holder.roll_over();
        }
    }

    fn route(&self, changing: &mut Changing, request: &Request) -> Reply {
        let (method, path) = (request.method.as_str(), request.path.as_str());
        let wanted = self.setup.authorization.as_deref();
        if wanted.is_some() && request.header("Authorization") != wanted {
            return errors::unauthorized();
        }
        if self
            .setup
            .forbidden
            .contains(&format!("{method} {path}").as_str())
        {
            return errors::forbidden("cluster:monitor/main");
        }
        let decoded: Vec<String> = path.trim_matches('/').split('/').map(unescape).collect();
        let parts: Vec<&str> = decoded.iter().map(String::as_str).collect();
        let store = &mut changing.store;
        match (method, parts.as_slice()) {
            ("POST" | "PUT", ["_bulk"] | [_, "_bulk"]) => {
                changing.bulks += 1;
                let fault = self.setup.bulks.at(changing.bulks);
                let target = (parts.len() == 2).then(|| parts[0]);
                let number = changing.bulks;
                self.roll_over(store, target, Rollover::Before(number));
                let reply = bulk::answer(store, &self.setup, request, target, fault);
                self.roll_over(store, target, Rollover::After(number));
                reply
            }
            ("GET" | "POST", [name, "_search"]) => {
                changing.searches += 1;
                let fault = self.setup.searches.at(changing.searches);
                search::search(store, &self.setup, request, name, fault)
            }
            ("POST", [name, "_rollover"]) => search::roll_over(store, name),
            ("GET", [""]) => inspection::greeting(&self.setup),
            ("GET", ["_resolve", "index", name]) => inspection::resolve(store, &self.setup, name),
            ("GET", ["_index_template"]) => store.list_templates("*"),
            ("GET", ["_index_template", name]) => store.list_templates(name),
            ("POST", ["_index_template", "_simulate_index", name]) => {
                inspection::simulate(store, &self.setup, name)
            }
            ("PUT", ["_index_template", name]) => {
                let create = request
                    .parameter("create")
                    .is_some_and(|value| value != "false");
                store.put_template(name, &request.text(), create, &self.setup)
            }
            ("GET", ["_data_stream", name]) => inspection::stream(store, &self.setup, name),
            ("GET" | "POST", [name, "_count"]) => inspection::count(store, name),
            ("GET" | "POST", [name, "_refresh"]) => search::refresh(store, name),
            ("GET", [name, "_settings"]) => inspection::settings(store, &self.setup, name),
            ("GET" | "POST", ["_security", "user", "_has_privileges"]) => {
                match &self.setup.privileges {
                    Some(body) => Reply::json(200, body),
                    None => errors::no_handler(method, path),
                }
            }
            _ => errors::no_handler(method, path),
        }
    }
}
