//! Gzip with `std` alone: stored blocks out, full inflate in.
//!
//! Compressing well is no aim; being an independent reading of RFC 1951 and RFC 1952 is.

/// A gzip member holding `body` in stored blocks.
pub fn pack(body: &[u8]) -> Vec<u8> {
    let mut packed = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    let mut rest = body;
    loop {
        let (block, after) = rest.split_at(rest.len().min(0xffff));
        let length = u16::try_from(block.len()).expect("a block of at most 65,535 bytes");
        packed.push(u8::from(after.is_empty()));
        packed.extend_from_slice(&length.to_le_bytes());
        packed.extend_from_slice(&(!length).to_le_bytes());
        packed.extend_from_slice(block);
        rest = after;
        if rest.is_empty() {
            break;
        }
    }
    packed.extend_from_slice(&crc32(body).to_le_bytes());
    packed.extend_from_slice(&low_bits(body.len()).to_le_bytes());
    packed
}

/// The content of one gzip member; `None` when it is damaged or cut, or when something follows it.
pub fn unpack(packed: &[u8]) -> Option<Vec<u8>> {
    let data = after_header(packed)?;
    let mut bits = Bits {
        data,
        at: 0,
        hold: 0,
        count: 0,
    };
    let body = inflate(&mut bits)?;
    let trailer = &data[bits.at..];
    let sound = trailer.len() == 8
        && trailer[..4] == crc32(&body).to_le_bytes()
        && trailer[4..] == low_bits(body.len()).to_le_bytes();
    sound.then_some(body)
}

fn low_bits(length: usize) -> u32 {
    u32::try_from(length & 0xffff_ffff).unwrap_or_default()
}

/// The checksum of RFC 1952.
fn crc32(data: &[u8]) -> u32 {
    let table: Vec<u32> = (0..256_u32)
        .map(|byte| (0..8).fold(byte, |sum, _| (sum >> 1) ^ (0xedb8_8320 * (sum & 1))))
        .collect();
    !data.iter().fold(!0_u32, |sum, &byte| {
        (sum >> 8) ^ table[usize::from(sum.to_le_bytes()[0] ^ byte)]
    })
}

fn after_header(packed: &[u8]) -> Option<&[u8]> {
    if packed.len() < 18 || packed[..3] != [0x1f, 0x8b, 8] {
        return None;
    }
    let flags = packed[3];
    let mut at = 10;
    if flags & 4 != 0 {
        at += 2 + usize::from(u16::from_le_bytes([*packed.get(at)?, *packed.get(at + 1)?]));
    }
    for flag in [8, 16] {
        if flags & flag != 0 {
            at += packed.get(at..)?.iter().position(|&byte| byte == 0)? + 1;
        }
    }
    packed.get(at + usize::from(flags & 2)..)
}

struct Bits<'a> {
    data: &'a [u8],
    at: usize,
    hold: u32,
    count: u32,
}

impl Bits<'_> {
    fn take(&mut self, wanted: u32) -> Option<usize> {
        while self.count < wanted {
            self.hold |= u32::from(*self.data.get(self.at)?) << self.count;
            self.at += 1;
            self.count += 8;
        }
        let value = self.hold & ((1 << wanted) - 1);
        self.hold >>= wanted;
        self.count -= wanted;
        usize::try_from(value).ok()
    }

    /// Drops the rest of the byte that was begun.
    fn align(&mut self) {
        self.at -= (self.count / 8) as usize;
        self.hold = 0;
        self.count = 0;
    }
}

/// A canonical Huffman code: how many codes each length has, and the symbols in order.
struct Code {
    counts: [usize; 16],
    symbols: Vec<usize>,
}

impl Code {
    fn new(lengths: &[usize]) -> Self {
        let mut counts = [0; 16];
        for &length in lengths {
            counts[length] += 1;
        }
        counts[0] = 0;
        let mut symbols: Vec<usize> = (0..lengths.len())
            .filter(|&symbol| lengths[symbol] > 0)
            .collect();
        symbols.sort_by_key(|&symbol| (lengths[symbol], symbol));
        Self { counts, symbols }
    }

    fn symbol(&self, bits: &mut Bits<'_>) -> Option<usize> {
        let (mut code, mut first, mut index) = (0, 0, 0);
        for count in &self.counts[1..] {
            code |= bits.take(1)?;
            if code < first + count {
                return self.symbols.get(index + code - first).copied();
            }
            index += count;
            first = (first + count) << 1;
            code <<= 1;
        }
        None
    }
}

fn inflate(bits: &mut Bits<'_>) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let last = bits.take(1)? == 1;
        match bits.take(2)? {
            0 => stored(bits, &mut body)?,
            1 => {
                let lengths: Vec<usize> = (0..288)
                    .map(|symbol| match symbol {
                        144..=255 => 9,
                        256..=279 => 7,
                        _ => 8,
                    })
                    .collect();
                block(bits, &Code::new(&lengths), &Code::new(&[5; 30]), &mut body)?;
            }
            2 => {
                let (literals, distances) = codes(bits)?;
                block(bits, &literals, &distances, &mut body)?;
            }
            _ => return None,
        }
        if last {
            bits.align();
            return Some(body);
        }
    }
}

fn stored(bits: &mut Bits<'_>, body: &mut Vec<u8>) -> Option<()> {
    bits.align();
    let length = bits.take(16)?;
    if bits.take(16)? != length ^ 0xffff {
        return None;
    }
    bits.align();
    body.extend_from_slice(bits.data.get(bits.at..bits.at + length)?);
    bits.at += length;
    Some(())
}

fn codes(bits: &mut Bits<'_>) -> Option<(Code, Code)> {
    const ORDER: [usize; 19] = [
        16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15,
    ];
    let (literals, distances) = (bits.take(5)? + 257, bits.take(5)? + 1);
    let mut short = [0; 19];
    let given = bits.take(4)? + 4;
    for &place in &ORDER[..given] {
        short[place] = bits.take(3)?;
    }
    let code = Code::new(&short);
    let mut lengths = Vec::new();
    while lengths.len() < literals + distances {
        let (value, times) = match code.symbol(bits)? {
            16 => (*lengths.last()?, 3 + bits.take(2)?),
            17 => (0, 3 + bits.take(3)?),
            18 => (0, 11 + bits.take(7)?),
            length => (length, 1),
        };
        lengths.extend(std::iter::repeat_n(value, times));
    }
    let (left, right) = lengths.split_at(literals);
    Some((Code::new(left), Code::new(right)))
}

fn block(bits: &mut Bits<'_>, literals: &Code, distances: &Code, body: &mut Vec<u8>) -> Option<()> {
    loop {
        match literals.symbol(bits)? {
            256 => return Some(()),
            length @ 257.. => {
                let length = extended(bits, length - 257, 4, 3)?;
                let symbol = distances.symbol(bits)?;
                let distance = extended(bits, symbol, 2, 1)?;
                let from = body.len().checked_sub(distance)?;
                for at in from..from + length {
                    body.push(body[at]);
                }
            }
            literal => body.push(u8::try_from(literal).ok()?),
        }
    }
}

/// Lengths (`step` 4, from 3) and distances (`step` 2, from 1) grow by one extra bit every `step` symbols.
fn extended(bits: &mut Bits<'_>, symbol: usize, step: usize, base: usize) -> Option<usize> {
    if step == 4 && symbol == 28 {
        return Some(258);
    }
    let extra = (symbol / step).saturating_sub(1);
    let first = if extra == 0 {
        symbol
    } else {
        (step + symbol % step) << extra
    };
    Some(base + first + bits.take(u32::try_from(extra).ok()?)?)
}
