//! What one pass over a text works with, from its first byte to its last.
//!
//! The structure is `walk`, keys are `key`, scalars `scalar`, and what becomes of members `keeping`; each is a part of [`Walk`].

use super::{MAX_SLOTS, Malformed};
use crate::json::edits::Edits;
use crate::json::key::Keys;
use crate::json::slots::Slots;
use crate::json::span::Packed;
use crate::json::wanted::Wanted;

/// The pass itself. Its depth is bounded, so it may call itself.
pub(super) struct Walk<'s, 't> {
    pub(super) text: &'t [u8],
    pub(super) marks: &'s [u8],
    pub(super) wanted: &'s Wanted,
    pub(super) cut: Slots,
    pub(super) keys: &'s mut Keys,
    pub(super) edits: &'s mut Edits,
    pub(super) spans: &'s mut [Packed; MAX_SLOTS],
    pub(super) filled: Slots,
    pub(super) escaped: Slots,
    pub(super) at: usize,
    /// How many containers are open.
    pub(super) level: usize,
    pub(super) spaced: bool,
    pub(super) malformed: Option<Malformed>,
}

/// Why the pass ends; what is wrong stands in [`Walk::malformed`], so that what is returned from step to step stays small.
pub(super) struct Stop;

pub(super) type Step<T> = Result<T, Stop>;
