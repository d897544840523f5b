//! Arrays to be taken apart: awkward ones, most of them whole, some broken, some nothing but what trips a splitter.

use fastrand::Rng;

/// What a splitter looks at, and what it must not look at.
const TELLING: &[u8] = b"{}[],:\"\\ \t\n\r";
/// Bytes that are none of its business, but for the edge of what is.
const OTHERS: &[u8] = b"1a-.\0\x0b\x0c\x1f\x7f\x80\xc3\xff!#Z\\^z|~;";
/// Brackets inside each other, so that they do not fit one word of bits.
const DEEP: usize = 5000;

/// A body.
pub fn body(rng: &mut Rng) -> Vec<u8> {
    let mut body = match rng.u8(..20) {
        0 => soup(rng),
        1 => [b"[".as_slice(), &soup(rng), b"]"].concat(),
        2 => deep(rng),
        _ => array(rng),
    };
    if rng.u8(..3) == 0 {
        for _ in 0..rng.usize(1..4) {
            mutate(&mut body, rng);
        }
    }
    body
}

fn array(rng: &mut Rng) -> Vec<u8> {
    let spacing = *rng.choice(&[0, 0, 1, 8, 40]).expect("some");
    let mut out = Vec::new();
    space(&mut out, spacing, rng);
    list(&mut out, 3, spacing, rng);
    space(&mut out, spacing, rng);
    out
}

fn value(out: &mut Vec<u8>, depth: usize, spacing: u8, rng: &mut Rng) {
    match rng.u8(..if depth == 0 { 6 } else { 10 }) {
        0..4 => string(out, rng),
        4 => out.extend_from_slice(rng.choice(&[&b"true"[..], b"null", b"7"]).expect("some")),
        5 => out.extend_from_slice("-12.50e3".repeat(rng.usize(1..12)).as_bytes()),
        6 => list(out, depth - 1, spacing, rng),
        _ => object(out, depth - 1, spacing, rng),
    }
}

fn list(out: &mut Vec<u8>, depth: usize, spacing: u8, rng: &mut Rng) {
    out.push(b'[');
    space(out, spacing, rng);
    for number in 0..rng.usize(..6) {
        if number > 0 {
            out.push(b',');
            space(out, spacing, rng);
        }
        value(out, depth, spacing, rng);
        space(out, spacing, rng);
    }
    out.push(b']');
}

fn object(out: &mut Vec<u8>, depth: usize, spacing: u8, rng: &mut Rng) {
    out.push(b'{');
    space(out, spacing, rng);
    for number in 0..rng.usize(..6) {
        if number > 0 {
            out.push(b',');
            space(out, spacing, rng);
        }
        string(out, rng);
        space(out, spacing, rng);
        out.push(b':');
        space(out, spacing, rng);
        value(out, depth, spacing, rng);
        space(out, spacing, rng);
    }
    out.push(b'}');
}

/// White space now and then, at most so much.
fn space(out: &mut Vec<u8>, most: u8, rng: &mut Rng) {
    let much = if rng.u8(..4) == 0 { 100 } else { most };
    if most > 0 && rng.bool() {
        let bytes = (0..rng.u8(..=much)).map(|_| *rng.choice(b" \n\t\r").expect("some"));
        out.extend(bytes.collect::<Vec<_>>());
    }
}

/// A string that ends where it should, whatever is in it.
fn string(out: &mut Vec<u8>, rng: &mut Rng) {
    out.push(b'"');
    for _ in 0..rng.usize(..4) {
        match rng.u8(..6) {
            0 => out.extend(b"\\".repeat(2 * rng.usize(..40))),
            1 => out.extend_from_slice(b"\\\""),
            2 => out.extend(plain(TELLING, 10, rng)),
            3 => out.extend(plain(OTHERS, 10, rng)),
            _ => out.extend(b"x".repeat(rng.usize(..90))),
        }
    }
    out.push(b'"');
}

/// Bytes that neither end a string nor escape what follows.
fn plain(from: &[u8], most: usize, rng: &mut Rng) -> Vec<u8> {
    let bytes = (0..rng.usize(..most)).map(|_| *rng.choice(from).expect("some"));
    bytes.filter(|byte| !matches!(byte, b'"' | b'\\')).collect()
}

fn soup(rng: &mut Rng) -> Vec<u8> {
    let byte = |rng: &mut Rng| {
        let from = if rng.u8(..5) > 0 { TELLING } else { OTHERS };
        *rng.choice(from).expect("some")
    };
    (0..rng.usize(..200)).map(|_| byte(rng)).collect()
}

fn deep(rng: &mut Rng) -> Vec<u8> {
    let levels = if rng.u8(..4) == 0 {
        DEEP
    } else {
        rng.usize(1..200)
    };
    let openers: Vec<u8> = (0..levels)
        .map(|_| if rng.bool() { b'{' } else { b'[' })
        .collect();
    let closers = openers.iter().rev().map(|opener| opener + 2);
    let mut out = b"[".to_vec();
    out.extend_from_slice(&openers);
    out.extend(closers);
    out.push(b']');
    out
}

fn mutate(body: &mut Vec<u8>, rng: &mut Rng) {
    let at = rng.usize(..=body.len());
    let byte = *rng.choice(TELLING).expect("some");
    match rng.u8(..6) {
        0 => body.truncate(at),
        1 => body.insert(at, byte),
        2 => body.extend_from_slice(rng.choice(&[&b" x"[..], b",", b"]", b"{"]).expect("some")),
        3 if at < body.len() => body[at] = byte,
        4 if at < body.len() => body[at] = *rng.choice(OTHERS).expect("some"),
        _ if at < body.len() => {
            body.remove(at);
        }
        _ => body.push(byte),
    }
}
