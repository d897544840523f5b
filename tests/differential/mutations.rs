//! What is done to an event so that it is no ordinary one: to its tree, or to the text that the tree has become.

use super::errors::Errors;
use super::node::Node;
use super::pools::BROKEN;
use super::values;
use crate::reference::json::text::comparable;
use fastrand::Rng;

/// The members of an object.
type Members = Vec<(Vec<u8>, Node)>;
type Change = fn(&mut Node, &mut Rng);

/// Changes to a tree, and how often, of a thousand changes, each is made.
const CHANGES: [(u16, Change); 15] = [
    (224, retype),
    (130, drop_member),
    (120, nest_nothing),
    (110, respell_key),
    (100, respell_text),
    (90, wrap),
    (60, odd_key),
    (50, repeat_key),
    (40, break_token),
    (22, twist_key),
    (20, long_number),
    (6, crowd),
    (9, deepen),
    (18, long_text),
    (1, huge_text),
];

/// Makes one change.
pub fn change(event: &mut Node, rng: &mut Rng) {
    let mut left = rng.u16(..1000);
    for (weight, change) in CHANGES {
        if left < weight {
            change(event, rng);
            return;
        }
        left -= weight;
    }
}

fn any_node<'n>(event: &'n mut Node, rng: &mut Rng) -> &'n mut Node {
    let number = rng.usize(..event.count());
    event.at(number).expect("there are that many")
}

/// Some object with a member in it, and the number of a member.
fn any_member<'n>(event: &'n mut Node, rng: &mut Rng) -> Option<(&'n mut Members, usize)> {
    let count = event.count();
    let has_members = |event: &mut Node, number: usize| matches!(event.at(number), Some(Node::Object(members)) if !members.is_empty());
    let start = if rng.bool() { 0 } else { rng.usize(..count) };
    let found = (start..count)
        .chain(0..start)
        .find(|number| has_members(event, *number))?;
    match event.at(found) {
        Some(Node::Object(members)) => {
            let at = rng.usize(..members.len());
            Some((members, at))
        }
        _ => None,
    }
}

/// Whether some key says the same.
fn has_key(members: &Members, key: &[u8]) -> bool {
    let says = |raw: &[u8]| std::str::from_utf8(raw).map(comparable);
    members.iter().any(|(other, _)| says(other) == says(key))
}

fn retype(event: &mut Node, rng: &mut Rng) {
    if let Some((members, at)) = any_member(event, rng) {
        members[at].1 = values::anything(rng, 3);
    }
}

fn drop_member(event: &mut Node, rng: &mut Rng) {
    if let Some((members, at)) = any_member(event, rng) {
        members.remove(at);
    }
}

/// Null and what is empty, inside each other, as a value or beside others in a list.
fn nest_nothing(event: &mut Node, rng: &mut Rng) {
    fn nothing(rng: &mut Rng, depth: usize) -> Node {
        match rng.u8(..if depth == 0 { 4 } else { 8 }) {
            0 => Node::token("null"),
            1 => Node::string(""),
            2 => Node::List(Vec::new()),
            3 => Node::Object(Vec::new()),
            4 | 5 => Node::List(
                (0..rng.usize(1..4))
                    .map(|_| nothing(rng, depth - 1))
                    .collect(),
            ),
            _ => Node::Object(vec![
                (b"n".to_vec(), nothing(rng, depth - 1)),
                (b"m".to_vec(), nothing(rng, depth - 1)),
            ]),
        }
    }
    let nothing = nothing(rng, 4);
    match any_node(event, rng) {
        Node::List(elements) => {
            let at = rng.usize(..=elements.len());
            elements.insert(at, nothing);
        }
        Node::Object(members) => {
            let at = rng.usize(..=members.len());
            // Two of them in one object would be a key twice.
            if !has_key(members, b"nothing") {
                members.insert(at, (b"nothing".to_vec(), nothing));
            }
        }
        scalar @ Node::Scalar(_) => *scalar = nothing,
    }
}

/// The same characters, some of them as escapes; a text that has escapes already stays.
pub fn escaped(raw: &[u8], rng: &mut Rng) -> Vec<u8> {
    let text = match std::str::from_utf8(raw) {
        Ok(text) if !text.contains('\\') => text,
        _ => return raw.to_vec(),
    };
    let mut spelled = String::new();
    for character in text.chars() {
        if character == '"' || rng.u8(..3) > 0 {
            spelled.push(character);
            continue;
        }
        for unit in character.encode_utf16(&mut [0; 2]) {
            let digits = if rng.bool() {
                format!("\\u{unit:04x}")
            } else {
                format!("\\u{unit:04X}")
            };
            spelled.push_str(&digits);
        }
    }
    spelled.into_bytes()
}

fn respell_key(event: &mut Node, rng: &mut Rng) {
    if let Some((members, at)) = any_member(event, rng) {
        members[at].0 = escaped(&members[at].0, rng);
    }
}

fn respell_text(event: &mut Node, rng: &mut Rng) {
    if let Node::Scalar(token) = any_node(event, rng)
        && token.starts_with(b"\"")
    {
        *token = escaped(token, rng);
    }
}

/// A value as the only element of a list or the only member of an object.
fn wrap(event: &mut Node, rng: &mut Rng) {
    if let Some((members, at)) = any_member(event, rng) {
        let inner = std::mem::replace(&mut members[at].1, Node::token("null"));
        members[at].1 = if rng.bool() {
            Node::List(vec![inner, values::anything(rng, 1)])
        } else {
            Node::Object(vec![(b"id".to_vec(), inner)])
        };
    }
}

/// A key that looks like a path, or like nothing.
fn odd_key(event: &mut Node, rng: &mut Rng) {
    const KEYS: [&str; 11] = [
        "\u{1f600}",
        "\u{fb01}",
        "\\udbff\\udfff",
        "initiated_by.email",
        "",
        "system.",
        ".",
        "a.b.c",
        "\\ud800",
        "\\u0000",
        "event",
    ];
    let key: Vec<u8> = (*rng.choice(&KEYS).expect("some")).into();
    if let Some((members, at)) = any_member(event, rng)
        && !has_key(members, &key)
    {
        members.insert(at, (key, values::anything(rng, 1)));
    }
}

/// The key of another member, spelled as it is or with escapes; beside it or far away.
fn repeat_key(event: &mut Node, rng: &mut Rng) {
    let Some((members, at)) = any_member(event, rng) else {
        return;
    };
    let key = if rng.bool() {
        members[at].0.clone()
    } else {
        escaped(&members[at].0, rng)
    };
    let value = if rng.bool() {
        members[at].1.clone()
    } else {
        values::anything(rng, 1)
    };
    let to = rng.usize(..=members.len());
    members.insert(to, (key, value));
}

/// A key one letter longer, shorter, or in other letters: not wanted, but nearly.
fn twist_key(event: &mut Node, rng: &mut Rng) {
    if let Some((members, at)) = any_member(event, rng) {
        let mut key = members[at].0.clone();
        match rng.u8(..4) {
            0 => key.push(b'x'),
            3 if !key.is_empty() => {
                let middle = key.len() / 2;
                key[middle] = b'x';
            }
            1 => key.make_ascii_uppercase(),
            _ => key.truncate(key.len().saturating_sub(1)),
        }
        // Half an escape would be an error, an equal key another one.
        if !key.contains(&b'\\') && key.is_ascii() && !has_key(members, &key) {
            members[at].0 = key;
        }
    }
}

fn break_token(event: &mut Node, rng: &mut Rng) {
    let token = if rng.bool() {
        rng.choice(&BROKEN).expect("some").to_vec()
    } else {
        broken_text(rng)
    };
    if let Some((members, at)) = any_member(event, rng) {
        members[at].1 = Node::Scalar(token);
    }
}

/// A string with one fault somewhere, so that a reader of many bytes at a time meets it at every place.
fn broken_text(rng: &mut Rng) -> Vec<u8> {
    const FAULTS: [&[u8]; 8] = [
        b"\n",
        b"\0",
        b"\x1f",
        b"\xff",
        b"\xc3",
        b"\xf0\x9f\x98",
        b"\\ ",
        b"\\u00G0",
    ];
    let plain = |rng: &mut Rng| b"a".repeat(rng.usize(..70));
    let fault = *rng.choice(&FAULTS).expect("some");
    let (before, after) = (plain(rng), plain(rng));
    [b"\"", &before[..], fault, &after, b"\""].concat()
}

/// As many digits as are allowed, or one more.
fn long_number(event: &mut Node, rng: &mut Rng) {
    let count = if rng.bool() { 1000 } else { 1001 };
    let digits = "1".repeat(count - 2);
    let token = match rng.u8(..4) {
        0 => format!("-{digits}11"),
        1 => format!("{digits}.11"),
        2 => format!("0.{digits}1"),
        _ => format!("{digits}e-11"),
    };
    if let Some((members, at)) = any_member(event, rng) {
        members[at].1 = Node::token(token);
    }
}

/// Hundreds of members, sometimes with a key twice, far apart.
fn crowd(event: &mut Node, rng: &mut Rng) {
    let count = rng.usize(2..600);
    // Keys that differ in the middle alone look alike to a hash of their ends.
    let ends = *rng.choice(&["k", "a_long_key_"]).expect("some");
    let spell = |number: usize| format!("{ends}{number:03}{ends}").into_bytes();
    let member = |number: usize| (spell(number), Node::token("1"));
    let mut members: Vec<_> = (0..count).map(member).collect();
    let is_twice = rng.u8(..3) == 0;
    if is_twice {
        let first = *rng
            .choice(&[0, count - 1, count / 2, count / 3])
            .expect("some");
        let key = escaped(&spell(first), rng);
        let to = rng.usize(..=count);
        members.insert(to, (key, Node::token("2")));
    }
    let Some((parents, at)) = any_member(event, rng) else {
        return;
    };
    parents[at].1 = Node::Object(members);
}

/// As many levels as are allowed, one less, or one more.
fn deepen(event: &mut Node, rng: &mut Rng) {
    let levels = rng.usize(999..=1001);
    let mut inner = Node::token("1");
    let is_list = rng.bool();
    for _ in 1..levels {
        inner = if is_list {
            Node::List(vec![inner])
        } else {
            Node::Object(vec![(b"a".to_vec(), inner)])
        };
    }
    let Node::Object(members) = event else {
        return;
    };
    let Some(at) = members.len().checked_sub(1).map(|last| rng.usize(..=last)) else {
        return;
    };
    members[at].1 = inner;
}

fn long_text(event: &mut Node, rng: &mut Rng) {
    repeat_text(event, 1..600, rng);
}

fn huge_text(event: &mut Node, rng: &mut Rng) {
    let most = if rng.u8(..4) == 0 { 500_000 } else { 20_000 };
    repeat_text(event, 10_000..most, rng);
}

/// A text of many characters, with what a scanner may stumble over at any distance.
fn repeat_text(event: &mut Node, times: std::ops::Range<usize>, rng: &mut Rng) {
    let unit = *rng
        .choice(&[
            "x",
            "ab\\\"",
            "\u{e9}\u{1f600}",
            "\\u0041",
            "\\\\",
            "1 ,:{}[]",
        ])
        .expect("some");
    let special = *rng
        .choice(&["", "\\\"", "\\\\", "\\u00e9", "\u{e9}", "\u{7f}"])
        .expect("some");
    let run = |rng: &mut Rng| unit.repeat(rng.usize(times.clone()) / unit.len() + 1);
    let text = [&run(rng), special, &run(rng)].concat();
    if let Some((members, at)) = any_member(event, rng) {
        members[at].1 = Node::string(&text);
    }
}

/// Breaks a text that was JSON, or leaves it as a value that is no event.
pub fn break_text(line: &mut Vec<u8>, rng: &mut Rng) -> Errors {
    const BEHIND: [&[u8]; 8] = [b" x", b"{}", b"\x00", b"//", b",", b"}", b" \xff", b"/* */"];
    const NO_EVENTS: [&[u8]; 12] = [
        b"",
        b" ",
        b"{}",
        b"[]",
        b"[1]",
        b"42",
        b"\"x\"",
        b"null",
        b"true",
        b"{\"a\":null}",
        b"{\"a\":[{\"b\":\"\"}]}",
        b"[{\"id\":1}]",
    ];
    match rng.u8(..9) {
        0 | 1 => {
            line.truncate(rng.usize(..=line.len()));
            Errors::One
        }
        8 => insert_blank(line, rng),
        2 => {
            line.extend_from_slice(rng.choice(&BEHIND).expect("some"));
            Errors::One
        }
        3 => {
            line.splice(..0, *b"\xef\xbb\xbf");
            Errors::One
        }
        4 => {
            *line = rng.choice(&NO_EVENTS).expect("some").to_vec();
            Errors::Unknown
        }
        5 => {
            let at = rng.usize(..=line.len());
            line.splice(at..at, *b"/* */");
            Errors::Unknown
        }
        6 => {
            let at = rng.usize(..=line.len());
            line.insert(at, rng.u8(..));
            Errors::Unknown
        }
        _ => {
            if !line.is_empty() {
                let at = rng.usize(..line.len());
                line[at] = *rng
                    .choice(b"\xff\xc0\x80\x1f \"\\{}[],:0-.eEut")
                    .expect("some");
            }
            Errors::Unknown
        }
    }
}

/// White space that is none in JSON, behind what may be the end of a token.
fn insert_blank(line: &mut Vec<u8>, rng: &mut Rng) -> Errors {
    let is_end = |at: &usize| b"{}[],:\"".contains(&line[*at]);
    let ends: Vec<_> = (0..line.len()).filter(is_end).collect();
    let Some(end) = rng.choice(&ends) else {
        return Errors::None;
    };
    let at = end + 1;
    if rng.bool() {
        line.insert(at, *rng.choice(b"\x00\x08\x0b\x0c\x1c\x1f").expect("some"));
        return Errors::One;
    }
    let blank = *rng
        .choice(&["\u{85}", "\u{a0}", "\u{2003}", "\u{feff}"])
        .expect("some");
    line.splice(at..at, blank.bytes());
    // Inside a string it is a character like any other.
    Errors::Unknown
}
