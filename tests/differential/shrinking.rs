//! A smaller line that shows the same: members and elements dropped as long as both sides still differ.

use super::node::Node;
use crate::reference::json::read::read;

/// Lines that are tried at most.
const TRIES: usize = 20_000;
/// Bytes of a piece that is tried at every place.
const SMALL: usize = 16;

/// The smallest line that was found for which `differs` holds; the line itself where nothing can go.
pub fn shrink(line: &[u8], differs: impl Fn(&[u8]) -> bool) -> Vec<u8> {
    let mut tries = TRIES;
    let mut differs = |line: &[u8]| {
        tries = tries.saturating_sub(1);
        tries > 0 && differs(line)
    };
    if !differs(line) {
        return line.to_vec();
    }
    let smaller = match read(line) {
        Ok(value) => shrink_tree(Node::from(&value), &mut differs),
        Err(_) => None,
    };
    shrink_bytes(smaller.unwrap_or_else(|| line.to_vec()), &mut differs)
}

/// Drops one value after the other; nothing where the line without its white space shows no difference.
fn shrink_tree(mut tree: Node, differs: &mut impl FnMut(&[u8]) -> bool) -> Option<Vec<u8>> {
    let mut line = written(&tree);
    if !differs(&line) {
        return None;
    }
    let mut number = 1;
    while number < tree.count() {
        let mut smaller = tree.clone();
        smaller.drop_value(number);
        let text = written(&smaller);
        if differs(&text) {
            (tree, line) = (smaller, text);
        } else {
            number += 1;
        }
    }
    Some(line)
}

fn written(tree: &Node) -> Vec<u8> {
    let mut line = Vec::new();
    tree.write(&mut None, &mut line);
    line
}

/// Cuts pieces out, at first large ones, until no piece can go any more.
fn shrink_bytes(mut line: Vec<u8>, differs: &mut impl FnMut(&[u8]) -> bool) -> Vec<u8> {
    let mut size = line.len() / 2;
    while size > 0 {
        let before = line.len();
        let mut at = 0;
        while at + size <= line.len() {
            let smaller = [&line[..at], &line[at + size..]].concat();
            if differs(&smaller) {
                line = smaller;
            } else {
                // Small pieces are members only when they begin at the right byte.
                at += if size > SMALL { size } else { 1 };
            }
        }
        let has_shrunk = line.len() < before && size <= SMALL;
        size = if has_shrunk {
            SMALL.min(line.len())
        } else if size <= SMALL {
            size - 1
        } else {
            size / 2
        };
    }
    line
}

#[test]
fn a_line_shrinks_to_what_matters() {
    let line = br#"{"a":[1,{"b":2,"c":"keep"}],"d":{"e":"x"}, "f" : "g"}"#;
    let keeps = |line: &[u8]| read(line).is_ok() && line.windows(4).any(|part| part == b"keep");
    assert_eq!(shrink(line, keeps), br#"{"":[{"":"keep"}]}"#);
    let broken = |line: &[u8]| line.contains(&b'\xff');
    assert_eq!(shrink(b"{\"a\":\"\xff\"", broken), b"\xff");
    assert_eq!(shrink(b"[]", |_| false), b"[]");
}
