//! The tokens of one element, put together where white space or the end of a piece parted them.

/// What the buffer of an element may keep for the next one.
const KEPT: usize = 1 << 20;

/// What is kept of the element that is being read.
#[derive(Default)]
pub struct Tokens {
    kept: Vec<u8>,
    /// The last byte that was kept, or would have been.
    last: u8,
    /// The element is longer than the limit, and not kept.
    overlong: bool,
    limit: Option<usize>,
}

impl Tokens {
    /// Keeps this many bytes of an element at most.
    pub fn limited(limit: usize) -> Self {
        Self {
            limit: Some(limit),
            ..Self::default()
        }
    }

    /// Whether so many bytes may be kept.
    pub fn has_room(&self, bytes: usize) -> bool {
        self.limit.is_none_or(|limit| bytes <= limit)
    }

    /// Appends tokens, at least one byte.
    pub fn keep(&mut self, tokens: &[u8]) {
        self.last = tokens.last().copied().unwrap_or(self.last);
        if self.overlong {
            return;
        }
        if self.has_room(self.kept.len() + tokens.len()) {
            self.kept.extend_from_slice(tokens);
        } else {
            self.overlong = true;
            self.kept = Vec::new();
        }
    }

    /// White space stands between what was kept and this byte of the next token.
    pub fn join(&mut self, next: u8) {
        // Two scalars must not grow together: `1 2` is invalid and has to stay so.
        if !structural(self.last) && !structural(next) {
            self.keep(b" ");
        }
    }

    /// The whole element, these being its last tokens: where they are all of it they are not copied. `None` where it is too long.
    pub fn end<'a>(&'a mut self, last: &'a [u8]) -> Option<&'a [u8]> {
        if self.kept.is_empty() && !self.overlong {
            return self.has_room(last.len()).then_some(last);
        }
        self.keep(last);
        (!self.overlong).then_some(&self.kept)
    }

    /// Forgets the element.
    pub fn clear(&mut self) {
        self.kept.clear();
        self.kept.shrink_to(KEPT);
        self.overlong = false;
    }
}

fn structural(byte: u8) -> bool {
    matches!(byte, b'{' | b'}' | b'[' | b']' | b',' | b':')
}
