//! MurmurHash3 x64 128 with seed 0: the hash that a document's `_id` is made of.
//!
//! Its only reason is equality with ids that others have given out (`docs/ecs-mapping.md`, section 5), so it is written
//! after the published algorithm and not tuned. It is no protection against somebody who looks for collisions.
//! Knows bytes only.

const C1: u64 = 0x87c3_7b91_1142_53d5;
const C2: u64 = 0x4cf5_ad43_2745_937f;
/// Bytes that are mixed in at a time.
const BLOCK: usize = 16;

/// The two words `h1`, `h2` of the digest of `bytes`.
pub fn murmur3_x64_128(bytes: &[u8]) -> (u64, u64) {
    let (mut h1, mut h2) = (0, 0);
    let (blocks, tail) = bytes.as_chunks::<BLOCK>();
    for block in blocks {
        (h1, h2) = mix_block(h1, h2, words(block));
    }
    (h1, h2) = mix_tail(h1, h2, tail);
    finish(h1, h2, bytes.len() as u64)
}

/// The block as two little-endian words.
fn words(block: &[u8; BLOCK]) -> (u64, u64) {
    let (halves, _) = block.as_chunks();
    (u64::from_le_bytes(halves[0]), u64::from_le_bytes(halves[1]))
}

fn scramble1(k1: u64) -> u64 {
    k1.wrapping_mul(C1).rotate_left(31).wrapping_mul(C2)
}

fn scramble2(k2: u64) -> u64 {
    k2.wrapping_mul(C2).rotate_left(33).wrapping_mul(C1)
}

fn mix_block(h1: u64, h2: u64, (k1, k2): (u64, u64)) -> (u64, u64) {
    let h1 = (h1 ^ scramble1(k1)).rotate_left(27).wrapping_add(h2);
    let h1 = h1.wrapping_mul(5).wrapping_add(0x52dc_e729);
    let h2 = (h2 ^ scramble2(k2)).rotate_left(31).wrapping_add(h1);
    let h2 = h2.wrapping_mul(5).wrapping_add(0x3849_5ab5);
    (h1, h2)
}

/// Scrambling zero gives zero, so a tail of eight bytes or less leaves `h2` alone, as the algorithm asks.
fn mix_tail(h1: u64, h2: u64, tail: &[u8]) -> (u64, u64) {
    let mut padded = [0; BLOCK];
    padded[..tail.len()].copy_from_slice(tail);
    let (k1, k2) = words(&padded);
    (h1 ^ scramble1(k1), h2 ^ scramble2(k2))
}

fn finish(h1: u64, h2: u64, length: u64) -> (u64, u64) {
    let h1 = (h1 ^ length).wrapping_add(h2 ^ length);
    let h2 = (h2 ^ length).wrapping_add(h1);
    let (h1, h2) = (avalanche(h1), avalanche(h2));
    let h1 = h1.wrapping_add(h2);
    (h1, h2.wrapping_add(h1))
}

fn avalanche(mut x: u64) -> u64 {
    x ^= x >> 33;
    x = x.wrapping_mul(0xff51_afd7_ed55_8ccd);
    x ^= x >> 33;
    x = x.wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    x ^ (x >> 33)
}

#[cfg(test)]
mod tests {
    use super::murmur3_x64_128;

    #[test]
    fn the_published_answer_comes_out() {
        let digest = murmur3_x64_128(b"The quick brown fox jumps over the lazy dog");
        assert_eq!(digest, (0xe34b_bc7b_bc07_1b6c, 0x7a43_3ca9_c49a_9347));
    }

    #[test]
    fn nothing_hashes_to_zero() {
        assert_eq!(murmur3_x64_128(b""), (0, 0));
    }

    #[test]
    fn the_buffer_of_an_ordinary_event_gives_the_known_words() {
        let buffer = b"\x0063c264c6c1bd55c1b7e901a4\x002023-01-14T08:16:06.495Z";
        let digest = murmur3_x64_128(buffer);
        assert_eq!(digest, (0xfa7d_9906_fdfd_6fdc, 0x0049_0d2f_9dea_4e32));
    }

    #[test]
    fn every_length_of_the_tail_counts() {
        let all: std::collections::HashSet<_> = (0..64)
            .map(|length| murmur3_x64_128(&vec![0; length]))
            .collect();
        assert_eq!(all.len(), 64);
    }
}
