//! How many errors a line has, which decides whether both mappers must blame the same place.

use super::node::Node;
use crate::reference::json::read::{MAX_LEVELS, read};
use crate::reference::json::text::comparable;
use std::collections::HashSet;

/// What is known of the errors in a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Errors {
    None,
    /// One, so there is no doubt which place is to be blamed.
    One,
    Unknown,
}

impl Errors {
    /// In the text of a tree.
    pub fn of(tree: &Node) -> Self {
        let too_deep = usize::from(levels(tree) > MAX_LEVELS);
        match count(tree) + too_deep {
            0 => Self::None,
            1 => Self::One,
            _ => Self::Unknown,
        }
    }

    /// What is known when both have been made.
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (one, Self::None) | (Self::None, one) => one,
            _ => Self::Unknown,
        }
    }
}

/// Tokens that are none, and keys that an object has already.
fn count(tree: &Node) -> usize {
    match tree {
        Node::Scalar(token) => usize::from(read(token).is_err()),
        Node::List(elements) => elements.iter().map(count).sum(),
        Node::Object(members) => {
            let says = |(key, _): &(Vec<u8>, Node)| comparable(&String::from_utf8_lossy(key));
            let different: HashSet<_> = members.iter().map(says).collect();
            let inside: usize = members.iter().map(|(_, member)| count(member)).sum();
            members.len() - different.len() + inside
        }
    }
}

/// Containers inside each other.
fn levels(tree: &Node) -> usize {
    match tree {
        Node::Scalar(_) => 0,
        Node::List(elements) => 1 + elements.iter().map(levels).max().unwrap_or_default(),
        Node::Object(members) => {
            let inside = members.iter().map(|(_, member)| levels(member));
            1 + inside.max().unwrap_or_default()
        }
    }
}
