//! What may stand in a member: for each kind of member the forms that matter, right, odd and wrong.

use super::mutations::escaped;
use super::node::Node;
use super::pools::{
    ADDRESSES, CODES, DEGREES, EVENT_TYPES, MACS, NUMBERS, SERVICES, SEVERITIES, TEXTS, TIMES,
    TYPES, URLS,
};
use fastrand::Rng;

/// What a member holds in an ordinary event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Text,
    Id,
    Time,
    Address,
    EventType,
    Service,
    Version,
    Bool,
    Type,
    Severity,
    Mac,
    Url,
    Code,
    Number,
    Degrees,
    /// This text.
    Word(&'static str),
    /// The name of a changed field.
    Changed,
    /// A list of objects, each with these parts.
    Objects(&'static [(&'static str, Kind)]),
}

/// A value as an ordinary event has it, mostly.
pub fn value(kind: Kind, rng: &mut Rng) -> Node {
    if rng.u8(..12) == 0 {
        return anything(rng, 3);
    }
    match kind {
        Kind::Text => string(&TEXTS, rng),
        Kind::Id if rng.u8(..3) == 0 => number(rng),
        Kind::Id if rng.u8(..4) == 0 => string(&TEXTS, rng),
        Kind::Id => Node::string(&format!("{:024x}", rng.u64(..))),
        // Most events have a date, or little else would be tried behind step 8.
        Kind::Time => match rng.u8(..6) {
            0 => instant(rng),
            1 => twisted(&TIMES[..24], b"0123456789-+:.,TZtz ", rng),
            2 => string(&TIMES, rng),
            _ => string(&TIMES[..24], rng),
        },
        Kind::Address => match rng.u8(..8) {
            0 => Node::List(
                (0..rng.usize(..4))
                    .map(|_| string(&ADDRESSES, rng))
                    .collect(),
            ),
            1 => string(&ADDRESSES, rng),
            2 => twisted(&ADDRESSES[..17], b"0123456789.:%/abcfgAF", rng),
            3 => address(rng),
            4 => spelled_twice(rng),
            _ => string(&ADDRESSES[..18], rng),
        },
        Kind::EventType => string(&EVENT_TYPES, rng),
        Kind::Service => string(&SERVICES, rng),
        Kind::Version => Node::token(
            *rng.choice(&["\"1\"", "1", "\"2.0\"", "null", "\"\""])
                .expect("some"),
        ),
        Kind::Bool => Node::token(
            *rng.choice(&["true", "false", "\"true\"", "1", "null"])
                .expect("some"),
        ),
        Kind::Type => string(&TYPES, rng),
        Kind::Severity => string(&SEVERITIES, rng),
        Kind::Mac => string(&MACS, rng),
        Kind::Url => string(&URLS, rng),
        Kind::Code if rng.bool() => Node::token(*rng.choice(&CODES).expect("some")),
        Kind::Code | Kind::Number => number(rng),
        Kind::Word(word) => Node::string(word),
        Kind::Changed => string(&["username", "email", "us\\u0065rname", "status"], rng),
        Kind::Degrees => Node::token(*rng.choice(&DEGREES).expect("some")),
        Kind::Objects(parts) => {
            let count = rng.usize(..4);
            Node::List((0..count).map(|_| object(parts, rng)).collect())
        }
    }
}

fn object(parts: &[(&str, Kind)], rng: &mut Rng) -> Node {
    if rng.u8(..10) == 0 {
        return anything(rng, 2);
    }
    let parts = parts.iter().filter(|_| rng.u8(..6) > 0);
    let parts: Vec<_> = parts.collect();
    Node::Object(
        parts
            .into_iter()
            .map(|(key, kind)| (key.as_bytes().to_vec(), value(*kind, rng)))
            .collect(),
    )
}

fn string(choices: &[&str], rng: &mut Rng) -> Node {
    Node::string(rng.choice(choices).expect("some"))
}

/// An instant, or something that is nearly one.
fn instant(rng: &mut Rng) -> Node {
    let year = if rng.bool() {
        rng.u16(..=9999)
    } else {
        *rng.choice(&[0, 1, 2023, 2024, 9999]).expect("some")
    };
    let month = rng.u8(..=13);
    let day = if rng.bool() {
        rng.u8(28..=32)
    } else {
        rng.u8(..=28)
    };
    let (hour, minute, second) = (rng.u8(..=24), rng.u8(..=60), rng.u8(..=60));
    let nanos = format!("{:09}", rng.u32(..1_000_000_000));
    let fraction = match rng.usize(..=10) {
        0 => String::new(),
        10 => format!(".{nanos}7"),
        digits => format!(
            "{}{}",
            rng.choice(['.', ',']).expect("some"),
            &nanos[..digits]
        ),
    };
    let zone = match rng.u8(..4) {
        0 => format!(
            "{}{:02}:{:02}",
            rng.choice(['+', '-']).expect("some"),
            rng.u8(..=19),
            rng.u8(..=60)
        ),
        _ => "Z".to_owned(),
    };
    Node::string(&format!(
        "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{fraction}{zone}"
    ))
}

/// An address of either kind, its zeros left out or not.
fn address(rng: &mut Rng) -> Node {
    const OCTETS: [&str; 13] = [
        "0", "1", "9", "10", "99", "100", "199", "249", "255", "256", "299", "00", "01",
    ];
    if rng.bool() {
        let octets: Vec<_> = (0..4)
            .map(|_| match rng.u8(..3) {
                0 => (*rng.choice(&OCTETS).expect("some")).to_owned(),
                _ => rng.u8(..).to_string(),
            })
            .collect();
        return Node::string(&octets.join("."));
    }
    let bits = rng.u128(..) & rng.u128(..) & (u128::MAX << (16 * rng.u32(..8)));
    let address = std::net::Ipv6Addr::from_bits(bits);
    let hextets = address.segments().map(|hextet| format!("{hextet:X}"));
    let text = if rng.bool() {
        address.to_string()
    } else {
        hextets.join(":")
    };
    Node::string(&text)
}

/// An address and the same in another spelling, among others.
fn spelled_twice(rng: &mut Rng) -> Node {
    let Node::Scalar(token) = string(&ADDRESSES[..18], rng) else {
        unreachable!("a string is a scalar");
    };
    let other = escaped(&token, rng);
    let mut list = vec![Node::token(token), Node::token(other)];
    let at = rng.usize(..=list.len());
    list.insert(at, string(&ADDRESSES[..18], rng));
    Node::List(list)
}

/// One of these texts with one character more, less, or another.
fn twisted(choices: &[&str], alphabet: &[u8], rng: &mut Rng) -> Node {
    let mut text = (*rng.choice(choices).expect("some")).to_owned();
    let at = rng.usize(..text.len());
    let other = char::from(*rng.choice(alphabet).expect("some"));
    match rng.u8(..3) {
        0 => text.insert(at, other),
        1 => drop(text.remove(at)),
        _ => text.replace_range(at..=at, other.encode_utf8(&mut [0; 4])),
    }
    Node::string(&text)
}

/// A number in any spelling that JSON has.
pub fn number(rng: &mut Rng) -> Node {
    let token = match rng.u8(..10) {
        // Where a decimal gets an exponent: behind the point, or far before it.
        8 => format!(
            "{}.{}{}",
            rng.u8(..2),
            "0".repeat(rng.usize(..8)),
            rng.u16(..2000)
        ),
        9 => format!(
            "{}{}.{}",
            rng.u16(1..2000),
            "0".repeat(rng.usize(..18)),
            rng.u8(..20)
        ),
        0 => rng.i64(..).to_string(),
        1 => rng.i32(..).to_string(),
        2 | 3 => decimal(rng),
        4 => format!("{:?}", f64::from_bits(rng.u64(..)))
            .replace("inf", "1e999")
            .replace("NaN", "0.5"),
        5 => format!("{}e{}", rng.i16(..), rng.i16(-330..=310)),
        _ => (*rng.choice(&NUMBERS).expect("some")).to_owned(),
    };
    Node::token(token)
}

/// Fourteen to eighteen digits with a point somewhere: where a double has just enough of them, or not.
fn decimal(rng: &mut Rng) -> String {
    let count = rng.usize(14..=18);
    let mut digits: String = (0..count)
        .map(|_| char::from(rng.u8(b'0'..=b'9')))
        .collect();
    let at = rng.usize(..count - 1);
    let exponent = if rng.u8(..3) == 0 {
        format!("e{}", rng.i8(-20..=20))
    } else {
        String::new()
    };
    digits.insert(at + 1, '.');
    let digits = digits.trim_start_matches('0');
    let zero = if digits.starts_with('.') { "0" } else { "" };
    format!(
        "{}{zero}{digits}{exponent}",
        if rng.bool() { "-" } else { "" }
    )
}

/// A valid value of any type.
pub fn anything(rng: &mut Rng, depth: usize) -> Node {
    let inner = |rng: &mut Rng| anything(rng, depth - 1);
    match rng.u8(..if depth == 0 { 6 } else { 9 }) {
        0 => Node::token("null"),
        1 => Node::token(if rng.bool() { "true" } else { "false" }),
        2 => Node::string(""),
        3 | 4 => string(&TEXTS, rng),
        5 => number(rng),
        6 => Node::List((0..rng.usize(..4)).map(|_| inner(rng)).collect()),
        _ => Node::Object(
            (0..rng.usize(..4))
                .map(|at| (key(at, rng), inner(rng)))
                .collect(),
        ),
    }
}

/// One of different keys, some of them odd, many of them wanted somewhere.
fn key(at: usize, rng: &mut Rng) -> Vec<u8> {
    const KEYS: [[&str; 6]; 4] = [
        ["id", "a", "", "a.b", "\\u0069d", "\u{1f600}"],
        [
            "ip",
            "type",
            "initiated_by.email",
            "\\ud800",
            "username",
            "\u{fb01}",
        ],
        ["name", "hostname", "\\n", "\u{e9}", "to", "\\ude00"],
        ["email", "field", "n\\u00e4", "0", "displayName", "x y"],
    ];
    rng.choice(KEYS[at % KEYS.len()]).expect("some").into()
}
