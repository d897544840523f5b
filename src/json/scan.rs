//! One pass over one JSON text: strict validity, what is empty in it, and where the wanted members stand.
//!
//! RFC 8259 and no more, with the limits of `docs/ecs-mapping.md`, section 3.2. Builds nothing: the text stays where it is, and
//! what is to be left out of a copy is a list of places ([`super::edits`]). Memory is used again from text to text. Knows no event.

use super::edits::{Count, Edits, Span};
use super::key::{Key, Keys, Seen};
use super::marks::{Marks, next_mark};
use super::number;
use super::slots::{LIMIT, Slots};
use super::text::decode;
use super::wanted::{Entry, NO_SLOT, NOTHING, TOP, Wanted};

/// Containers inside each other; the outermost counts as the first.
pub const MAX_LEVELS: usize = 1000;
/// Digits of one number, those of fraction and exponent included.
pub const MAX_DIGITS: usize = 1000;
/// Slots that a text can have.
const MAX_SLOTS: usize = LIMIT as usize;

/// Why a text is not JSON, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// What is wrong, in words.
    pub reason: String,
    /// Bytes before the place.
    pub offset: usize,
}

/// What a text holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// The first byte of its value, which says of what kind it is.
    pub kind: u8,
    /// Whether anything is left of the value when what is empty is dropped.
    pub something: bool,
    /// Whether white space stands between tokens; then neither places nor edits mean anything.
    pub spaced: bool,
}

/// Walks texts, one after the other, and remembers what the last one holds.
#[derive(Clone, Debug)]
pub struct Scanner {
    marks: Marks,
    keys: Keys,
    edits: Edits,
    spans: [Span; MAX_SLOTS],
    filled: Slots,
    /// Whose value is a string with escapes.
    escaped: Slots,
}

impl Default for Scanner {
    fn default() -> Self {
        Self {
            marks: Marks::default(),
            keys: Keys::default(),
            edits: Edits::default(),
            spans: [Span::default(); MAX_SLOTS],
            filled: Slots::NONE,
            escaped: Slots::NONE,
        }
    }
}

impl Scanner {
    /// Walks `text`, which has no white space around it. Members of `cut` are to be left out of a copy of the whole.
    pub fn scan(&mut self, text: &[u8], wanted: &Wanted, cut: Slots) -> Result<Found, Malformed> {
        self.keys.clear();
        self.edits.clear();
        self.filled = Slots::NONE;
        self.marks.mark(text);
        if !self.marks.is_ascii()
            && let Err(error) = std::str::from_utf8(text)
        {
            return Err(malformed("not UTF-8", error.valid_up_to()));
        }
        if text.starts_with("\u{feff}".as_bytes()) {
            return Err(malformed("a byte order mark before the text", 0));
        }
        let mut walk = Walk {
            text,
            marks: self.marks.bitmap(),
            wanted,
            cut,
            keys: &mut self.keys,
            edits: &mut self.edits,
            spans: &mut self.spans,
            filled: Slots::NONE,
            escaped: Slots::NONE,
            at: 0,
            level: 0,
            spaced: false,
            malformed: None,
        };
        let something = walk.text();
        let (spaced, filled, escaped) = (walk.spaced, walk.filled, walk.escaped);
        let Ok(something) = something else {
            return Err(walk.malformed.unwrap_or_else(|| malformed("not JSON", 0)));
        };
        self.filled = filled;
        self.escaped = escaped;
        let kind = text.first().copied().unwrap_or_default();
        Ok(Found {
            kind,
            something,
            spaced,
        })
    }

    /// Where the value of a slot stands; nothing where it is missing or empty.
    #[inline]
    pub fn span(&self, slot: u8) -> Option<Span> {
        self.filled
            .contains(slot)
            .then(|| self.spans[usize::from(slot)])
    }

    /// The slots whose values are neither missing nor empty.
    #[inline]
    pub fn filled(&self) -> Slots {
        self.filled
    }

    /// Whether a slot's value is a string with escapes.
    #[inline]
    pub fn is_escaped(&self, slot: u8) -> bool {
        self.escaped.contains(slot)
    }

    /// What is to be left out of copies of the text.
    pub fn edits(&self) -> &Edits {
        &self.edits
    }
}

/// The pass itself. Its depth is bounded, so it may call itself.
struct Walk<'s, 't> {
    text: &'t [u8],
    marks: &'s [u8],
    wanted: &'s Wanted,
    cut: Slots,
    keys: &'s mut Keys,
    edits: &'s mut Edits,
    spans: &'s mut [Span; MAX_SLOTS],
    filled: Slots,
    escaped: Slots,
    at: usize,
    /// How many containers are open.
    level: usize,
    spaced: bool,
    malformed: Option<Malformed>,
}

/// What the members of an open container have come to.
#[derive(Clone, Copy, Debug, Default)]
struct Members {
    /// Whether anything is not empty.
    filled: bool,
    /// Whether anything is neither empty nor cut.
    kept: bool,
}

/// Why the pass ends; what is wrong stands in [`Walk::malformed`], so that what is returned from step to step stays small.
struct Stop;

type Step<T> = Result<T, Stop>;

/// The steps that nearly every byte goes through take the place they stand at and give back the one behind, so that it need not be
/// kept in memory; the others move [`Walk::at`].
impl Walk<'_, '_> {
    /// The one value of the text; says whether it is something.
    fn text(&mut self) -> Step<bool> {
        let inside = TOP;
        let (at, something) = self.value(
            0,
            Entry {
                inside,
                ..Entry::NONE
            },
        )?;
        self.at = at;
        self.skip_space();
        match self.peek() {
            None => Ok(something),
            Some(_) => self.fail("more text after the end of the value"),
        }
    }

    /// A value; says whether it is something.
    #[inline(always)]
    fn value(&mut self, at: usize, entry: Entry) -> Step<(usize, bool)> {
        if self.text.get(at) == Some(&b'"') {
            let (end, escaped) = self.string(at + 1)?;
            if escaped && entry.slot != NO_SLOT {
                self.escaped.insert(entry.slot);
            }
            return Ok((end + 1, end > at + 1));
        }
        self.at = at;
        let something = self.other_value(entry)?;
        Ok((self.at, something))
    }

    #[inline(never)]
    fn other_value(&mut self, entry: Entry) -> Step<bool> {
        match self.peek() {
            Some(b'{') => self.object(entry.inside),
            Some(b'[') => self.list(),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.word(b"true", true),
            Some(b'f') => self.word(b"false", true),
            Some(b'n') => self.word(b"null", false),
            _ => self.unexpected("a value"),
        }
    }

    fn object(&mut self, inside: u16) -> Step<bool> {
        self.open()?;
        if self.closes_at_once(b'}') {
            return Ok(false);
        }
        let (first_key, first_edit) = (self.keys.len(), self.edits.count());
        let (mut members, mut seen) = (Members::default(), Seen::default());
        let mut at = self.at;
        loop {
            let member = at;
            let (start, entry) = self.key(at, inside, &mut seen)?;
            let (end, something) = self.value(start, entry)?;
            self.settle(&mut members, member, Span::of(start, end), entry, something);
            at = end + 1;
            if self.text.get(end) == Some(&b',') && self.text.get(at) == Some(&b'"') {
                continue;
            }
            self.at = end;
            if !self.goes_on(b'}', "a comma or the end of the object")? {
                break;
            }
            at = self.at;
        }
        if let Err(start) = self.keys.close(first_key, seen, self.text) {
            self.at = start - 1;
            return self.fail("an object has this key twice");
        }
        Ok(self.close(members, first_edit))
    }

    fn list(&mut self) -> Step<bool> {
        self.open()?;
        if self.closes_at_once(b']') {
            return Ok(false);
        }
        let first_edit = self.edits.count();
        let mut members = Members::default();
        loop {
            let start = self.at;
            let (end, something) = self.value(start, Entry::NONE)?;
            self.at = end;
            let span = Span::of(start, end);
            self.settle(&mut members, start, span, Entry::NONE, something);
            if !self.goes_on(b']', "a comma or the end of the list")? {
                break;
            }
        }
        Ok(self.close(members, first_edit))
    }

    #[inline]
    fn open(&mut self) -> Step<()> {
        if self.level == MAX_LEVELS {
            return self.fail("more than 1000 levels inside each other");
        }
        self.level += 1;
        self.at += 1;
        Ok(())
    }

    /// Behind the closer of a container; says whether that is something.
    #[inline]
    fn close(&mut self, members: Members, first_edit: Count) -> bool {
        if !members.filled {
            self.edits.forget_from(first_edit);
        }
        self.level -= 1;
        members.filled
    }

    #[inline]
    fn closes_at_once(&mut self, closer: u8) -> bool {
        self.pass_space();
        let closes = self.peek() == Some(closer);
        if closes {
            self.level -= 1;
            self.at += 1;
        }
        closes
    }

    /// Behind a value: passes the comma, up to the next member, or the closer, which is the end.
    #[inline]
    fn goes_on(&mut self, closer: u8, wanted: &str) -> Step<bool> {
        self.pass_space();
        match self.peek() {
            Some(b',') => {
                self.at += 1;
                self.pass_space();
                Ok(true)
            }
            Some(byte) if byte == closer => {
                self.at += 1;
                Ok(false)
            }
            _ => self.unexpected(wanted),
        }
    }

    /// Takes in that the value of a member, which begins at `member`, has ended.
    #[inline(always)]
    fn settle(
        &mut self,
        members: &mut Members,
        member: usize,
        value: Span,
        entry: Entry,
        something: bool,
    ) {
        if something {
            members.filled = true;
            if entry.slot == NO_SLOT {
                members.kept = true;
                return;
            }
            self.spans[usize::from(entry.slot) % MAX_SLOTS] = value;
            self.filled.insert(entry.slot);
            if !self.cut.contains(entry.slot) {
                members.kept = true;
                return;
            }
        }
        self.leave_out(members.kept, member, value.end(), something);
    }

    /// One comma goes with a member that is left out: the one before, or where nothing stands before, the one behind.
    fn leave_out(&mut self, kept: bool, member: usize, end: usize, something: bool) {
        let span = if kept {
            Span::of(member - 1, end)
        } else {
            let comma = self.text.get(end) == Some(&b',');
            Span::of(member, end + usize::from(comma))
        };
        if something {
            self.edits.cut(span);
        } else {
            self.edits.leave_out(span);
        }
    }

    /// A key with its colon, up to the value.
    #[inline(always)]
    fn key(&mut self, at: usize, inside: u16, seen: &mut Seen) -> Step<(usize, Entry)> {
        if self.text.get(at) != Some(&b'"') {
            self.at = at;
            return self.unexpected("a key in double quotes");
        }
        let start = at + 1;
        let (end, escaped) = self.string(start)?;
        let mut value = end + 2;
        let behind = self.text.get(end + 1..end + 3);
        if !matches!(behind, Some([b':', first]) if *first > b' ') {
            self.at = end + 1;
            self.colon()?;
            value = self.at;
        }
        let key = Key::of(self.text, start, end);
        self.keys.push(key, start, end, seen);
        if escaped {
            Ok((value, self.escaped_entry(inside, start, end, seen)))
        } else if inside == NOTHING {
            Ok((value, Entry::NONE))
        } else {
            Ok((value, self.wanted.find(inside, key, &self.text[start..end])))
        }
    }

    /// The colon behind a key, with white space around it.
    #[cold]
    fn colon(&mut self) -> Step<()> {
        self.skip_space();
        if self.peek() != Some(b':') {
            return self.unexpected("a colon");
        }
        self.at += 1;
        self.skip_space();
        Ok(())
    }

    /// The entry of a key that must be decoded first.
    #[cold]
    fn escaped_entry(&self, inside: u16, start: usize, end: usize, seen: &mut Seen) -> Entry {
        seen.escaped();
        let raw = String::from_utf8_lossy(&self.text[start..end]);
        let key = decode(&raw, char::REPLACEMENT_CHARACTER);
        self.wanted
            .find(inside, Key::alone(key.as_bytes()), key.as_bytes())
    }

    /// The place of the quote that ends the string whose text begins at `start`, and whether there are escapes before it.
    #[inline(always)]
    fn string(&mut self, start: usize) -> Step<(usize, bool)> {
        let end = next_mark(self.marks, start);
        if self.text.get(end) == Some(&b'"') {
            return Ok((end, false));
        }
        self.odd_string(end).map(|end| (end, true))
    }

    /// The same from the first mark on that is no quote.
    #[cold]
    #[inline(never)]
    fn odd_string(&mut self, mut at: usize) -> Step<usize> {
        loop {
            self.at = at;
            match self.text.get(at) {
                Some(b'"') => return Ok(at),
                Some(b'\\') => at += self.escape()?,
                Some(_) => return self.fail("a control character inside a string"),
                None => return self.fail("the text ends inside a string"),
            }
            at = next_mark(self.marks, at.min(self.text.len()));
        }
    }

    /// The length of the escape that stands here.
    fn escape(&mut self) -> Step<usize> {
        let rest = &self.text[self.at + 1..];
        match rest.first() {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Ok(2),
            Some(b'u') if rest.len() > 4 && rest[1..5].iter().all(u8::is_ascii_hexdigit) => Ok(6),
            _ => self.fail("an escape that JSON does not know"),
        }
    }

    #[inline]
    fn number(&mut self) -> Step<bool> {
        let start = self.at;
        self.at += usize::from(self.peek() == Some(b'-'));
        let mut digits = if self.peek() == Some(b'0') {
            self.at += 1;
            if let Some(b'0'..=b'9') = self.peek() {
                return self.fail("a number with a leading zero");
            }
            1
        } else {
            self.digits()?
        };
        let whole = digits;
        if self.peek() == Some(b'.') {
            self.at += 1;
            digits += self.digits()?;
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.at += 1;
            self.at += usize::from(matches!(self.peek(), Some(b'+' | b'-')));
            digits += self.digits()?;
        }
        if digits > MAX_DIGITS {
            self.at = start;
            return self.fail("a number of more than 1000 digits");
        }
        let raw = &self.text[start..self.at];
        if (digits > whole || raw[0] == b'-') && !number::is_canonical(raw) {
            self.edits.rewrite(Span::of(start, self.at));
        }
        Ok(true)
    }

    /// How many digits stand here; at least one.
    #[inline]
    fn digits(&mut self) -> Step<usize> {
        let start = self.at;
        while let Some(b'0'..=b'9') = self.peek() {
            self.at += 1;
        }
        if self.at == start {
            return self.unexpected("a digit");
        }
        Ok(self.at - start)
    }

    #[inline]
    fn word(&mut self, word: &[u8], something: bool) -> Step<bool> {
        if !self.text[self.at..].starts_with(word) {
            return self.unexpected("a value");
        }
        self.at += word.len();
        Ok(something)
    }

    #[inline]
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    /// Passes over white space, which hardly ever stands there.
    #[inline]
    fn pass_space(&mut self) {
        if self.peek().is_some_and(|byte| byte <= b' ') {
            self.skip_space();
        }
    }

    /// Passes over white space.
    #[cold]
    fn skip_space(&mut self) {
        let start = self.at;
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
        self.spaced |= self.at > start;
    }

    #[cold]
    fn fail<T>(&mut self, reason: &str) -> Step<T> {
        self.malformed = Some(malformed(reason, self.at));
        Err(Stop)
    }

    #[cold]
    fn unexpected<T>(&mut self, wanted: &str) -> Step<T> {
        let rest = String::from_utf8_lossy(&self.text[self.at..]);
        let reason = match rest.chars().next() {
            Some(found) => format!("{found:?} where {wanted} belongs"),
            None => format!("the text ends where {wanted} belongs"),
        };
        self.fail(&reason)
    }
}

#[cold]
fn malformed(reason: &str, offset: usize) -> Malformed {
    let reason = reason.to_owned();
    Malformed { reason, offset }
}
