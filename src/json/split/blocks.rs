//! What a splitter looks at, found for 64 bytes at a time: brackets and white space outside strings, as bits.
//!
//! Made without a branch a byte. Strings are told by their quotes and backslashes alone, whatever else they hold; that one
//! begins outside any structure is for others to see.

use wide::u8x16;

/// Bytes that are looked at together.
pub const BLOCK: usize = 64;
/// Bytes that are compared together.
const LANES: usize = 16;
/// Every other bit, the lowest not among them.
const ODD: u64 = 0xaaaa_aaaa_aaaa_aaaa;

/// A bit for each byte of a block, the first byte's lowest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Block {
    /// The bytes that there are.
    pub all: u64,
    /// Strings with the quote that begins them, without the one that ends them.
    pub strings: u64,
    /// Brackets of both kinds outside strings.
    pub brackets: u64,
    /// White space outside strings.
    pub blanks: u64,
}

/// Finds blocks one after the other, and knows whether the next one begins inside a string.
#[derive(Debug, Default)]
pub struct Strings {
    inside: bool,
    /// The last byte was a backslash that escapes the next.
    escaping: bool,
}

/// The bytes of a kind, in strings and outside.
struct Found {
    quotes: u64,
    backslashes: u64,
    brackets: u64,
    /// A space or a control character.
    low: u64,
}

impl Strings {
    /// The block at the beginning of these bytes, of which there is at least one.
    #[inline]
    pub fn block(&mut self, bytes: &[u8]) -> Block {
        let padded;
        let block = if let Some(whole) = bytes.first_chunk() {
            whole
        } else {
            padded = pad(bytes);
            &padded
        };
        let length = bytes.len().min(BLOCK);
        let found = find(block);
        let strings = self.strings(&found, length);
        let mut blanks = found.low & !strings;
        if blanks != 0 {
            blanks &= blanks_of(block);
        }
        Block {
            all: u64::MAX >> (BLOCK - length),
            strings,
            brackets: found.brackets & !strings,
            blanks,
        }
    }

    /// The bytes in strings; notes how the block ends.
    #[inline]
    fn strings(&mut self, found: &Found, length: usize) -> u64 {
        let escaped = escaped(found.backslashes, self.escaping);
        let carried = u64::from(self.inside).wrapping_neg();
        let strings = parity(found.quotes & !escaped) ^ carried;
        if found.backslashes & !strings != 0 {
            return self.strings_slowly(found, length);
        }
        let last = length - 1;
        self.inside = strings >> last & 1 != 0;
        self.escaping = (found.backslashes & !escaped) >> last & 1 != 0;
        strings
    }

    /// The same where a backslash stands outside strings: no JSON, and it escapes nothing there.
    #[cold]
    fn strings_slowly(&mut self, found: &Found, length: usize) -> u64 {
        let mut strings = 0;
        for bit in (0..length).map(|at| 1_u64 << at) {
            let escaped = std::mem::take(&mut self.escaping);
            self.escaping = self.inside && !escaped && found.backslashes & bit != 0;
            self.inside ^= !escaped && found.quotes & bit != 0;
            strings |= if self.inside { bit } else { 0 };
        }
        strings
    }
}

/// The place of the first of these bytes, of which there is one.
#[inline]
pub fn first(bytes: u64) -> usize {
    bytes.trailing_zeros() as usize
}

/// What is left of these bytes from the first on that is none of the others.
#[inline]
pub fn past(bytes: u64, others: u64) -> u64 {
    let left = bytes & !others;
    let lowest = left & left.wrapping_neg();
    bytes & lowest.wrapping_neg()
}

/// What is left of these bytes behind the first mark, of which there is one.
#[inline]
pub fn behind(bytes: u64, marks: u64) -> u64 {
    bytes & !(marks ^ (marks - 1))
}

/// The bytes that a backslash before them escapes, the first of the block where `escaping` says so.
#[inline]
fn escaped(backslashes: u64, escaping: bool) -> u64 {
    let carried = u64::from(escaping);
    if backslashes == 0 {
        return carried;
    }
    // In a run of backslashes every other one escapes. Subtracting a run's first bit from odd bits that end behind the run makes
    // the borrow run through it, so that what is left depends on whether it began at an odd place.
    let begins = backslashes & !carried;
    let alternating = ((begins << 1) | ODD).wrapping_sub(begins) ^ ODD;
    alternating ^ (backslashes | carried)
}

/// Each bit says whether an odd number of bits is set up to it, itself among them.
#[inline]
fn parity(bits: u64) -> u64 {
    let bits = bits ^ bits << 1;
    let bits = bits ^ bits << 2;
    let bits = bits ^ bits << 4;
    let bits = bits ^ bits << 8;
    let bits = bits ^ bits << 16;
    bits ^ bits << 32
}

/// Less than a block, with bytes behind it that mean nothing.
fn pad(bytes: &[u8]) -> [u8; BLOCK] {
    let mut padded = [b'0'; BLOCK];
    padded[..bytes.len()].copy_from_slice(bytes);
    padded
}

#[inline]
fn find(bytes: &[u8; BLOCK]) -> Found {
    let is = |bytes: u8x16, byte| bytes.simd_eq(u8x16::splat(byte));
    let brackets = |bytes: u8x16| {
        let lower = bytes | u8x16::splat(b'{' ^ b'[');
        is(lower, b'{') | is(lower, b'}')
    };
    Found {
        quotes: bits(bytes, |bytes| is(bytes, b'"')),
        backslashes: bits(bytes, |bytes| is(bytes, b'\\')),
        brackets: bits(bytes, brackets),
        low: bits(bytes, |bytes| bytes.min(u8x16::splat(b' ')).simd_eq(bytes)),
    }
}

/// All white space of a block.
fn blanks_of(bytes: &[u8; BLOCK]) -> u64 {
    let is = |bytes: u8x16, byte| bytes.simd_eq(u8x16::splat(byte));
    bits(bytes, |bytes| {
        is(bytes, b' ') | is(bytes, b'\t') | is(bytes, b'\n') | is(bytes, b'\r')
    })
}

/// A bit for each byte of a block that `test` is true of.
#[inline]
fn bits(bytes: &[u8; BLOCK], test: impl Fn(u8x16) -> u8x16) -> u64 {
    let (parts, _) = bytes.as_chunks::<LANES>();
    let mut bits = 0;
    for (at, part) in parts.iter().enumerate() {
        bits |= u64::from(test(u8x16::new(*part)).to_bitmask()) << (LANES * at);
    }
    bits
}

#[cfg(test)]
mod tests {
    use super::Strings;

    /// The places in strings, found in blocks of a text that comes in two pieces.
    fn strings(text: &[u8], cut: usize) -> Vec<bool> {
        let (mut strings, mut found) = (Strings::default(), Vec::new());
        for piece in [&text[..cut], &text[cut..]] {
            for bytes in piece.chunks(super::BLOCK) {
                let block = strings.block(bytes);
                found.extend((0..bytes.len()).map(|at| block.strings >> at & 1 != 0));
            }
        }
        found
    }

    #[test]
    fn a_quote_behind_an_even_run_of_backslashes_ends_a_string() {
        for run in 0..140 {
            for before in 0..66 {
                let (plain, backslashes) = (b"x".repeat(before), b"\\".repeat(run));
                let text = [b"\"", &plain[..], &backslashes, b"\" \" "].concat();
                let quotes = text.len() - 4;
                for cut in [0, 1, before, quotes - 1, quotes, quotes + 1, text.len()] {
                    let found = strings(&text, cut);
                    assert!(found[..quotes].iter().all(|is_inside| *is_inside));
                    let is_even = run % 2 == 0;
                    let behind = [!is_even, !is_even, is_even, is_even];
                    assert_eq!(found[quotes..], behind, "{run} {before} {cut}");
                }
            }
        }
    }

    #[test]
    fn a_backslash_outside_strings_escapes_nothing() {
        let found = strings(b"\\\"a\\\"\\\"\"\\\"", 3);
        let expected = "0111111001";
        let found: String = found.iter().map(|is| if *is { '1' } else { '0' }).collect();
        assert_eq!(found, expected);
    }
}
