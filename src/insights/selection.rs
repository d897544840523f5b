//! Which events of a window are wanted: by service, by fields, by text.

use super::filter::Filters;
use super::services::Services;

/// What is wanted beside the window.
#[derive(Clone, Debug)]
pub struct Selection {
    /// The services.
    pub services: Services,
    /// Selected by the server (`search_term`), and checked here.
    pub filters: Filters,
    /// Full text that the server looks for (`q`).
    pub search: Option<String>,
    /// Left out here; the server is not told.
    pub exclude: Filters,
}

impl Selection {
    /// Everything of these services.
    pub fn all_of(services: Services) -> Self {
        Self {
            services,
            filters: Filters::default(),
            search: None,
            exclude: Filters::default(),
        }
    }

    /// Whether the server is asked for a part of its events: then its numbers are not those of whole services.
    pub fn is_narrowed(&self) -> bool {
        !self.filters.is_empty() || self.search.is_some()
    }
}
