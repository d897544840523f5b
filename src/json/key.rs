//! Keys of objects: a quick hash of one, and whether an object has one of them twice.
//!
//! Two keys are the same when they say the same, however they are escaped. Knows no key by name.

use std::cmp::Ordering;

use super::members::skip_string;
use super::text;

/// Spreads what stands in a key's ends over a hash; any odd number with mixed bits does.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;
/// Keys that are simply compared with each other.
const FEW: usize = 4;
/// Keys among which an equal pair is looked for one by one.
const MANY: usize = 64;
/// Bytes of memory for keys that are kept from text to text.
const KEPT: usize = 64 << 10;
/// Bits of a hash that the table of seen keys has room for.
const SEEN_BITS: u32 = 12;

/// The ends of a key and its length: all of a key that is not longer than both ends together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Key {
    /// The first eight bytes, less where the key is shorter.
    head: u64,
    /// The last eight bytes, of a key that has as many.
    tail: u64,
    length: usize,
}

/// Bytes of an end.
const END: usize = 8;

/// The part of an end that its first bytes are, by their number.
const MASKS: [u64; END] = {
    let mut masks = [0; END];
    let mut length = 1;
    while length < END {
        masks[length] = u64::MAX >> (8 * (END - length));
        length += 1;
    }
    masks
};

impl Key {
    /// Of a key that stands alone.
    pub fn alone(key: &[u8]) -> Self {
        let length = key.len();
        if let (Some(head), Some(tail)) = (key.first_chunk(), key.last_chunk()) {
            let (head, tail) = (u64::from_le_bytes(*head), u64::from_le_bytes(*tail));
            return Self { head, tail, length };
        }
        let mut padded = [0; END];
        padded[..length].copy_from_slice(key);
        let (head, tail) = (u64::from_le_bytes(padded), 0);
        Self { head, tail, length }
    }

    /// Of the key `text[start..end]`, quicker because it may look behind it.
    #[inline]
    pub fn of(text: &[u8], start: usize, end: usize) -> Self {
        let key = &text[start..end];
        let length = key.len();
        if let (Some(head), Some(tail)) = (key.first_chunk(), key.last_chunk()) {
            let (head, tail) = (u64::from_le_bytes(*head), u64::from_le_bytes(*tail));
            return Self { head, tail, length };
        }
        let Some(head) = text[start..].first_chunk() else {
            return Self::alone(key);
        };
        // What does not belong to the key is masked out.
        let head = u64::from_le_bytes(*head) & MASKS[length % END];
        let tail = 0;
        Self { head, tail, length }
    }

    /// A hash of it.
    #[inline]
    pub fn hash(self) -> u32 {
        let mixed = (self.head ^ self.tail.rotate_left(29))
            .wrapping_add(self.length as u64)
            .wrapping_mul(SPREAD);
        // The upper half is the better mixed one.
        (mixed >> 32) as u32
    }

    /// Whether it says all of a key.
    #[inline]
    pub fn is_whole(self) -> bool {
        self.length <= 2 * END
    }
}

/// What is seen of one object's keys while they are read.
#[derive(Clone, Copy, Debug, Default)]
pub struct Seen {
    /// A bit for each hash, by its first six bits; fewer bits than keys where two have the same.
    bits: u64,
    escaped: bool,
}

impl Seen {
    /// A key holds a backslash.
    pub fn escaped(&mut self) {
        self.escaped = true;
    }
}

/// A key of an open object; small because a text may consist of nothing but keys.
#[derive(Clone, Copy, Debug)]
struct Open {
    hash: u32,
    /// Where its text begins, behind the quote.
    start: u32,
}

impl Open {
    #[inline]
    #[expect(
        clippy::cast_possible_truncation,
        reason = "no text is longer than edits::MAX_LENGTH"
    )]
    fn new(hash: u32, start: usize) -> Self {
        let start = start as u32;
        Self { hash, start }
    }

    #[inline]
    fn start(self) -> usize {
        self.start as usize
    }
}

/// The keys of all objects that are open, those of the innermost last.
#[derive(Clone, Debug)]
pub struct Keys {
    open: Vec<Open>,
    /// When a hash of these bits was last seen, in numbers of looks.
    seen: Box<[u16; 1 << SEEN_BITS]>,
    look: u16,
}

impl Default for Keys {
    fn default() -> Self {
        Self {
            open: Vec::new(),
            seen: Box::new([0; 1 << SEEN_BITS]),
            look: 0,
        }
    }
}

impl Keys {
    /// Forgets all keys.
    pub fn clear(&mut self) {
        self.open.clear();
    }

    /// Forgets all keys, and gives back the memory that a text of no ordinary size took.
    pub fn shrink(&mut self) {
        self.clear();
        self.open.shrink_to(KEPT / size_of::<Open>());
    }

    /// How many keys there are; those of an object that opens now begin here.
    #[inline]
    pub fn len(&self) -> usize {
        self.open.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.open.is_empty()
    }

    /// Adds the raw key that begins at `start` to the innermost object, and to what is seen of that.
    #[inline]
    pub fn push(&mut self, key: Key, start: usize, seen: &mut Seen) {
        let hash = key.hash();
        self.open.push(Open::new(hash, start));
        seen.bits |= 1 << (hash >> (u32::BITS - 6));
    }

    /// Takes the keys of the innermost object off, which are those from `first` on; says where a key stands that the
    /// object has before.
    #[inline]
    pub fn close(&mut self, first: usize, seen: Seen, text: &[u8]) -> Result<(), usize> {
        let alike = seen.bits.count_ones() as usize != self.open.len() - first;
        let twice = if alike || seen.escaped {
            self.twice(first, seen.escaped, text)
        } else {
            None
        };
        self.open.truncate(first);
        twice.map_or(Ok(()), Err)
    }

    fn twice(&mut self, first: usize, escaped: bool, text: &[u8]) -> Option<usize> {
        match self.open.len() - first {
            _ if escaped => self.twice_when_sorted(first, text, text::compare),
            0..=FEW => self.twice_one_by_one(first, text),
            number => self.twice_among_many(first, number, text),
        }
    }

    fn twice_one_by_one(&self, first: usize, text: &[u8]) -> Option<usize> {
        let keys = &self.open[first..];
        for (number, key) in keys.iter().enumerate() {
            for other in &keys[..number] {
                if other.hash == key.hash && raw(text, other.start()) == raw(text, key.start()) {
                    return Some(key.start());
                }
            }
        }
        None
    }

    fn twice_among_many(&mut self, first: usize, number: usize, text: &[u8]) -> Option<usize> {
        if !self.may_hold_twice(first) {
            None
        } else if number <= MANY {
            self.twice_one_by_one(first, text)
        } else {
            self.twice_when_sorted(first, text, <[u8]>::cmp)
        }
    }

    /// A look at the hashes alone; mostly it can say no.
    fn may_hold_twice(&mut self, first: usize) -> bool {
        self.look = self.look.checked_add(1).unwrap_or_else(|| {
            self.seen.fill(0);
            1
        });
        let mut twice = false;
        for key in &self.open[first..] {
            let seen = &mut self.seen[(key.hash >> (u32::BITS - SEEN_BITS)) as usize];
            twice |= *seen == self.look;
            *seen = self.look;
        }
        twice
    }

    /// Brings the keys into this order where they stand, so that it takes no memory; equal ones stay in that of the text.
    fn twice_when_sorted(
        &mut self,
        first: usize,
        text: &[u8],
        order: impl Fn(&[u8], &[u8]) -> Ordering,
    ) -> Option<usize> {
        let keys = &mut self.open[first..];
        let compare = |a: &Open, b: &Open| order(raw(text, a.start()), raw(text, b.start()));
        keys.sort_unstable_by(|a, b| compare(a, b).then(a.start.cmp(&b.start)));
        let pairs = keys.windows(2);
        let same = pairs.filter(|pair| compare(&pair[0], &pair[1]).is_eq());
        same.map(|pair| pair[1].start()).min()
    }
}

/// The raw key that begins at `start`; its end is looked for only when it is needed.
fn raw(text: &[u8], start: usize) -> &[u8] {
    let end = start
        .checked_sub(1)
        .and_then(|quote| skip_string(text, quote));
    &text[start..end.map_or(text.len(), |end| end - 1)]
}

#[cfg(test)]
mod tests {
    use super::{Key, Keys, Seen};

    fn hash_of(key: &str) -> u32 {
        Key::alone(key.as_bytes()).hash()
    }

    #[test]
    fn a_key_has_one_hash_wherever_it_stands() {
        let text = b"0123456789abcdefghij";
        for start in 0..text.len() {
            for end in start..=text.len() {
                assert_eq!(Key::of(text, start, end), Key::alone(&text[start..end]));
            }
        }
        for (one, other) in [
            ("id", "ip"),
            ("os_major_version", "os_minor_version"),
            ("", "a"),
        ] {
            assert_ne!(hash_of(one), hash_of(other));
        }
    }

    /// Where the first key stands that was there before.
    fn twice(keys: &[&str]) -> Option<usize> {
        let text: Vec<_> = keys.iter().map(|key| format!("\"{key}\"")).collect();
        let text = text.concat();
        let mut open = Keys::default();
        let mut outer = Seen::default();
        for _ in 0..2 {
            open.push(Key::default(), 0, &mut outer);
        }
        let mut seen = Seen::default();
        let mut at = 1;
        for key in keys {
            open.push(Key::alone(key.as_bytes()), at, &mut seen);
            if key.contains('\\') {
                seen.escaped();
            }
            at += key.len() + 2;
        }
        let result = open.close(2, seen, text.as_bytes());
        assert_eq!(open.len(), 2, "the keys of other objects stay");
        result.err()
    }

    #[test]
    fn a_second_key_is_found_among_any_number() {
        for number in [0, 1, 2, 5, 8, 9, 40, 64, 65, 500] {
            let mut keys: Vec<String> = (0..number).map(|key| format!("key_{key:04}_x")).collect();
            let all = |keys: &[String]| twice(&keys.iter().map(String::as_str).collect::<Vec<_>>());
            assert_eq!(all(&keys), None, "{number}");
            if number > 0 {
                keys.push(keys[number / 2].clone());
                assert_eq!(all(&keys), Some(number * 12 + 1), "{number}");
                keys[number / 2] = r"key\u005f".to_owned();
                assert_eq!(all(&keys), None, "{number}");
            }
        }
    }

    #[test]
    fn keys_are_compared_by_what_they_say() {
        assert_eq!(twice(&["id", r"\u0069d"]), Some(5));
        assert_eq!(twice(&[r"\ud800", r"\uD800"]), Some(9));
        assert_eq!(twice(&[r"\ud800", r"\ud801", "?"]), None);
        assert_eq!(twice(&["b", "a", r"\u0061", "b", r"\u0062"]), Some(7));
        // One hash, two keys: equal in length and at both ends.
        let alike = ["abcdefgh1abcdefgh", "abcdefgh2abcdefgh"];
        assert_eq!(hash_of(alike[0]), hash_of(alike[1]));
        assert_eq!(twice(&alike), None);
    }

    #[test]
    fn looks_do_not_mix_however_many_there_are() {
        let mut keys = Keys::default();
        for _ in 0..70_000 {
            let mut seen = Seen::default();
            for number in 0..9_u8 {
                let text = [number + b'a'];
                keys.push(Key::alone(&text), 0, &mut seen);
            }
            assert_eq!(keys.twice(0, false, b""), None);
            keys.clear();
        }
    }
}
