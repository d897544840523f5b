//! What to do at which request, counted from 1.

use std::collections::BTreeMap;

/// Deviations by request number: single ones, and one that lasts from a number on.
#[derive(Clone, Debug)]
pub struct Script<T> {
    single: BTreeMap<usize, T>,
    lasting: Option<(usize, T)>,
}

impl<T> Default for Script<T> {
    fn default() -> Self {
        Self {
            single: BTreeMap::new(),
            lasting: None,
        }
    }
}

impl<T: Clone> Script<T> {
    /// No deviation.
    pub fn none() -> Self {
        Self::default()
    }

    /// Adds a deviation at one request.
    #[must_use]
    pub fn on(mut self, number: usize, what: T) -> Self {
        self.single.insert(number, what);
        self
    }

    /// Sets a deviation at this request and all later ones.
    #[must_use]
    pub fn from(mut self, number: usize, what: T) -> Self {
        self.lasting = Some((number, what));
        self
    }

    /// What to do at a request.
    pub fn at(&self, number: usize) -> Option<T> {
        let lasting = self
            .lasting
            .iter()
            .find(|entry| entry.0 <= number)
            .map(|entry| &entry.1);
        self.single.get(&number).or(lasting).cloned()
    }
}
