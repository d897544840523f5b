//! A data stream with its backing indices, or a plain index, and what a search finds in them.
//!
//! An id is refused twice only inside the newest index, and a document is found only after a refresh, as on the engines.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// A data stream or a plain index.
#[derive(Debug)]
pub(super) struct Holder {
    pub stream: bool,
    name: String,
    /// Oldest first; a plain index is its only one.
    pub indices: Vec<Index>,
    rollovers: usize,
}

/// One index.
#[derive(Debug)]
pub(super) struct Index {
    pub name: String,
    pub documents: BTreeMap<String, String>,
    pub closed: bool,
    /// Documents that no refresh has shown yet, and since when they are stored.
    hidden: BTreeMap<String, Instant>,
}

impl Holder {
    /// Without a document.
    pub fn new(name: &str, stream: bool) -> Self {
        let mut holder = Self {
            stream,
            name: name.to_owned(),
            indices: Vec::new(),
            rollovers: 0,
        };
        holder.roll_over();
        holder
    }

    /// Where documents are stored.
    pub fn newest(&self) -> &Index {
        self.indices.last().expect("it begins with one")
    }

    /// The same, to store one.
    pub fn newest_mut(&mut self) -> &mut Index {
        self.indices.last_mut().expect("it begins with one")
    }

    /// The next backing index, which takes all documents from now on; a plain index stays what it is.
    pub fn roll_over(&mut self) {
        self.rollovers += 1;
        let name = if self.stream {
            format!(".ds-{}-2025.01.01-{:06}", self.name, self.rollovers)
        } else {
            self.name.clone()
        };
        if self.stream || self.indices.is_empty() {
            self.indices.push(Index {
                name,
                documents: BTreeMap::new(),
                closed: false,
                hidden: BTreeMap::new(),
            });
        }
    }

    /// Every document of every index by its id; one that is in two comes twice.
    pub fn documents(&self) -> Vec<(String, String)> {
        let indices = self.indices.iter();
        let mut all: Vec<(String, String)> =
            indices.flat_map(|index| index.documents.clone()).collect();
        all.sort();
        all
    }

    /// From now on a search finds everything that is stored.
    pub fn refresh(&mut self) {
        for index in &mut self.indices {
            index.hidden.clear();
        }
    }

    /// What a search for these ids finds, as names of index and document; `within` is how long the server itself takes
    /// to refresh, where it does.
    pub fn find(&self, ids: &[&str], within: Option<Duration>) -> Vec<(&str, String)> {
        let mut found = Vec::new();
        for index in &self.indices {
            let there = ids.iter().filter(|id| index.shows(id, within));
            found.extend(there.map(|id| (index.name.as_str(), (*id).to_owned())));
        }
        found
    }
}

impl Index {
    /// Stores a document, which a search does not find yet.
    pub fn store(&mut self, id: &str, document: &str) {
        self.documents.insert(id.to_owned(), document.to_owned());
        self.hidden.insert(id.to_owned(), Instant::now());
    }

    fn shows(&self, id: &str, within: Option<Duration>) -> bool {
        let shown = |since: &Instant| within.is_some_and(|within| since.elapsed() >= within);
        self.documents.contains_key(id) && self.hidden.get(id).is_none_or(shown)
    }
}
