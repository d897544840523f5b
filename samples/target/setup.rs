//! What kind of server the target is, and what it does wrong when.

use crate::samples::http::{Reply, Script};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// Which server is played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flavor {
    /// Elasticsearch with its basic modules.
    Elasticsearch,
    /// OpenSearch 2.19.
    OpenSearch,
    /// Elasticsearch without any module: 405 on `GET /` and `/_data_stream`, and fewer field types.
    Bare,
}

/// A deviation of one bulk request.
#[derive(Clone, Debug)]
pub enum BulkFault {
    /// This answer; nothing is stored.
    Answer(Reply),
    /// Everything is stored, and then this answer: the client cannot know.
    AfterStoring(Reply),
    /// Stored, but only this many bytes of the answer arrive.
    CutReply(usize),
    /// Stored; 200 without `items`.
    NoItems,
    /// Stored; this many items are missing at the end of the list.
    FewerItems(usize),
    /// Stored; the last item is there twice.
    OneItemMore,
    /// Stored, and answered rightly after this time.
    Late(Duration),
}

/// A deviation of one search.
#[derive(Clone, Debug)]
pub enum SearchFault {
    /// This answer.
    Answer(Reply),
    /// It did not come to the end in its time, and found nothing.
    TimedOut,
    /// A shard did not answer, and nothing was found in the others.
    ShardFailed,
    /// No word about time and shards.
    SaysTooLittle,
}

/// When a stream rolls over by itself, by the number of a bulk request from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rollover {
    /// When the request has arrived: whoever sent it could not know.
    Before(usize),
    /// When it was performed, before it is answered.
    After(usize),
}

/// The answer to one document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// The item's status.
    pub status: u16,
    /// The error's type and reason, where it is one.
    pub error: Option<(String, String)>,
    /// The item's `failure_store`, where there is one.
    pub failure_store: Option<&'static str>,
    /// Whether the document is kept in the stream.
    pub stored: bool,
}

impl Item {
    /// A refusal; the document is not stored.
    pub fn refused(status: u16, kind: &str, reason: &str) -> Self {
        let error = Some((kind.to_owned(), reason.to_owned()));
        Self {
            status,
            error,
            failure_store: None,
            stored: false,
        }
    }

    /// Stored.
    pub fn created() -> Self {
        Self {
            status: 201,
            error: None,
            failure_store: None,
            stored: true,
        }
    }

    /// 201, but in the failure store (`used`) or nowhere (`failed`).
    pub fn in_failure_store(value: &'static str) -> Self {
        Self {
            failure_store: Some(value),
            stored: false,
            ..Self::created()
        }
    }
}

/// Which documents get another answer than the right one, and how often each of them.
#[derive(Clone)]
pub struct Refusal {
    matches: Arc<dyn Fn(&str) -> bool + Send + Sync>,
    item: Item,
    times: usize,
}

impl fmt::Debug for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Refusal({:?} times {})", self.item, self.times)
    }
}

impl Refusal {
    /// Every document whose text contains `part` gets `item`, always.
    pub fn of(part: &str, item: Item) -> Self {
        let part = part.to_owned();
        Self::when(move |document| document.contains(&part), item)
    }

    /// Every document that `matches` gets `item`, always.
    pub fn when(matches: impl Fn(&str) -> bool + Send + Sync + 'static, item: Item) -> Self {
        Self {
            matches: Arc::new(matches),
            item,
            times: usize::MAX,
        }
    }

    /// The same, but each document only this often; then it is answered rightly.
    #[must_use]
    pub fn times(mut self, times: usize) -> Self {
        self.times = times;
        self
    }

    /// The answer to a document that was refused `before` times.
    pub(super) fn answer(&self, document: &str, before: usize) -> Option<Item> {
        (before < self.times && (self.matches)(document)).then(|| self.item.clone())
    }
}

/// How the target is made and what it does wrong.
#[derive(Clone, Debug)]
pub struct Setup {
    pub flavor: Flavor,
    /// The version that Elasticsearch gives.
    pub version: &'static str,
    /// Whether it knows `include_source_on_error`, as Elasticsearch does since 8.18.
    pub hides_source: bool,
    /// The `cluster_uuid` that it gives.
    pub cluster: &'static str,
    /// The `Authorization` header that is accepted; anything goes without.
    pub authorization: Option<String>,
    /// Field types it does not know, beyond what the flavor lacks.
    pub lacking: Vec<&'static str>,
    /// Requests (`"GET /"`) that are answered with 403.
    pub forbidden: Vec<&'static str>,
    /// The final pipeline that new streams and indices get.
    pub final_pipeline: Option<&'static str>,
    /// The answer of `_security/user/_has_privileges`; the route is missing without.
    pub privileges: Option<String>,
    /// Uncompressed bulk bodies over this many bytes get a 413.
    pub largest: Option<usize>,
    /// A bulk body that contains this is refused as a whole with 400.
    pub poison: Option<&'static str>,
    /// Deviations by number of the bulk request, from 1.
    pub bulks: Script<BulkFault>,
    /// Deviations by document.
    pub refusals: Vec<Refusal>,
    /// When streams roll over by themselves.
    pub rollovers: Vec<Rollover>,
    /// Deviations by number of the search, from 1.
    pub searches: Script<SearchFault>,
    /// `index.max_result_window`.
    pub result_window: usize,
    /// `index.refresh_interval`; not set without.
    pub refresh_interval: Option<&'static str>,
    /// Whether documents are found when that time has passed (milliseconds), or only after a refresh.
    pub refreshes_itself: bool,
    /// Whether the bodies of bulk requests are kept for the test to look at.
    pub keep_bodies: bool,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            flavor: Flavor::Elasticsearch,
            version: "8.17.10",
            hides_source: false,
            cluster: "simulated",
            authorization: None,
            lacking: Vec::new(),
            forbidden: Vec::new(),
            final_pipeline: None,
            privileges: None,
            largest: None,
            poison: None,
            bulks: Script::none(),
            refusals: Vec::new(),
            rollovers: Vec::new(),
            searches: Script::none(),
            result_window: 10_000,
            refresh_interval: None,
            refreshes_itself: false,
            keep_bodies: true,
        }
    }
}

impl Setup {
    /// A well-behaved server of a flavor.
    pub fn of(flavor: Flavor) -> Self {
        Self {
            flavor,
            ..Self::default()
        }
    }

    /// Whether the server calls itself Elasticsearch.
    pub(super) fn elastic(&self) -> bool {
        self.flavor != Flavor::OpenSearch
    }

    /// The field types this server does not have.
    pub(super) fn missing_types(&self) -> Vec<&'static str> {
        let own: &[&str] = match self.flavor {
            Flavor::Elasticsearch => &["flat_object"],
            Flavor::OpenSearch => &["flattened"],
            Flavor::Bare => &[
                "flat_object",
                "match_only_text",
                "constant_keyword",
                "wildcard",
            ],
        };
        own.iter().chain(&self.lacking).copied().collect()
    }
}
