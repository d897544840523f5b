//! The frame of a document: the braces, commas and keys around the values of its fields.
//!
//! Key order carries no meaning, but equal input must give equal bytes: fields go out sorted by name. Documents with the same fields have
//! the same frame, together with those values of which there are few, and there are few kinds of events; so a frame is put together once
//! and kept. Knows no field by name.

use super::target::Target;
use crate::json::assembly::pad;
use crate::json::slots::Slots;
use crate::json::span::Span;

/// Frames that are kept; one that is pushed out is put together again.
const KEPT: usize = 512;

/// Room for the text of a frame and for its pieces, more than most need.
const USUAL: usize = 1024;
const PIECES: usize = 32;

/// Places where a frame may stand.
const TRIES: usize = 8;

/// The frames of the documents that were written last.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    frames: Vec<Option<Frame>>,
}

/// What stands around the values of some fields; small, so that the frames of all kinds of events stay near the processor.
#[derive(Clone, Debug)]
pub(super) struct Frame {
    shape: Shape,
    /// All texts of the frame, one behind the other, with room behind the last one.
    pub(super) text: Vec<u8>,
    /// The fields in their order; a value that is the same wherever the shape is the same is part of the text.
    pub(super) pieces: Vec<Piece>,
    /// What stands behind the last one.
    pub(super) behind: Span,
}

/// What documents with one frame have in common.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Shape {
    pub(super) fields: Slots,
    /// Numbers of the presets that fields have their values from, one behind the other.
    pub(super) presets: u64,
}

impl Shape {
    /// A number that spreads shapes over a table.
    fn hash(self) -> usize {
        self.fields.hash() ^ (self.presets.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40) as usize
    }
}

/// A field, and where in the frame's text stands what comes before its value.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece {
    pub(super) field: Target,
    start: u32,
    end: u32,
}

impl Piece {
    /// Where that stands.
    #[inline]
    pub(super) fn before(self) -> Span {
        Span::of(self.start as usize, self.end as usize)
    }
}

impl Default for Layout {
    fn default() -> Self {
        Self {
            frames: vec![None; KEPT],
        }
    }
}

impl Layout {
    /// The frame of a document of this shape, without its opening brace; `constant` knows the values that all such documents have.
    #[inline]
    pub(super) fn frame<'c>(
        &mut self,
        shape: Shape,
        constant: impl Fn(Target) -> Option<&'c [u8]>,
    ) -> &Frame {
        let first = shape.hash();
        let mut places = (0..TRIES).map(|next| (first + next) % KEPT);
        let is_its_own = |at: &usize| match &self.frames[*at] {
            Some(frame) => frame.shape == shape,
            None => true,
        };
        let at = places.find(is_its_own).unwrap_or_else(|| {
            self.frames[first % KEPT] = None;
            first % KEPT
        });
        self.frames[at].get_or_insert_with(|| Frame::of(shape, constant))
    }
}

impl Frame {
    #[cold]
    #[inline(never)]
    fn of<'c>(shape: Shape, constant: impl Fn(Target) -> Option<&'c [u8]>) -> Self {
        let (mut text, mut pieces) = (Vec::with_capacity(USUAL), Vec::with_capacity(PIECES));
        let mut last = None;
        let mut start = 0;
        for number in shape.fields.numbers() {
            let field = Target::ALL[usize::from(number)];
            lead_to(field, last, &mut text);
            last = Some(field);
            if let Some(value) = constant(field) {
                text.extend_from_slice(value);
            } else {
                let end = u32::try_from(text.len()).expect("names are short");
                pieces.push(Piece { field, start, end });
                start = end;
            }
        }
        let levels = |name: &str| name.bytes().filter(|byte| *byte == b'.').count();
        text.extend_from_slice(&BRACES[..=last.map_or(0, |last| levels(last.name()))]);
        let behind = Span::of(start as usize, text.len());
        pad(&mut text);
        Self {
            shape,
            text,
            pieces,
            behind,
        }
    }
}

/// As many as a document can end with.
const BRACES: &[u8] = b"}}}}}";

/// Appends what stands between the value of the last field and that of the next; the document's own opening brace is not part of it.
fn lead_to(field: Target, last: Option<Target>, text: &mut Vec<u8>) {
    let (path, left) = (field.name().as_bytes(), last.map_or("", Target::name));
    let is_dot = |byte: &&u8| **byte == b'.';
    let mut pairs = path.iter().zip(left.as_bytes());
    let alike = pairs.position(|(a, b)| a != b).unwrap_or_default();
    let parting = path[..alike].iter().rposition(|byte| *byte == b'.');
    let common = parting.map_or(0, |dot| dot + 1);
    let closed = left.as_bytes().iter().skip(common).filter(is_dot).count();
    text.extend_from_slice(&BRACES[..closed]);
    text.extend(last.map(|_| b','));
    text.push(b'"');
    for (number, name) in path[common..].split(|byte| *byte == b'.').enumerate() {
        if number > 0 {
            text.extend_from_slice(b"\":{\"");
        }
        text.extend_from_slice(name);
    }
    text.extend_from_slice(b"\":");
}

#[cfg(test)]
mod tests {
    use super::{Layout, Shape, lead_to};
    use crate::ecs::target::Target;
    use crate::json::slots::Slots;

    #[test]
    fn objects_are_opened_and_closed_where_names_part() {
        let rows = [
            (None, Target::Timestamp, r#""@timestamp":"#),
            (
                None,
                Target::UserAgentOsFull,
                r#""user_agent":{"os":{"full":"#,
            ),
            (
                Some(Target::Timestamp),
                Target::ClientIp,
                r#","client":{"ip":"#,
            ),
            (Some(Target::ClientAs), Target::ClientIp, r#","ip":"#),
            (
                Some(Target::SourceIp),
                Target::SourceUserName,
                r#","user":{"name":"#,
            ),
            (Some(Target::SourceUserName), Target::Tags, r#"}},"tags":"#),
            (
                Some(Target::UserName),
                Target::UserAgentOsName,
                r#"},"user_agent":{"os":{"name":"#,
            ),
            (
                Some(Target::UserAgentOsName),
                Target::UserAgentVersion,
                r#"},"version":"#,
            ),
        ];
        for (last, field, expected) in rows {
            let mut text = Vec::new();
            lead_to(field, last, &mut text);
            assert_eq!(String::from_utf8_lossy(&text), expected);
        }
    }

    #[test]
    fn a_frame_is_that_of_its_shape_however_many_came_before() {
        let mut layout = Layout::default();
        let mut random = fastrand::Rng::with_seed(1);
        for _ in 0..5000 {
            let fields = (0..3).fold(Slots::NONE, |fields, _| {
                fields.with(random.choice(Target::ALL).expect("some").number())
            });
            let presets = random.u64(..3);
            let version = presets.to_string();
            let constant = |field| (field == Target::EcsVersion).then_some(version.as_bytes());
            let frame = layout.frame(Shape { fields, presets }, constant);
            let mut text = b"{".to_vec();
            for piece in &frame.pieces {
                text.extend_from_slice(piece.before().in_text(&frame.text));
                text.push(b'9');
            }
            text.extend_from_slice(frame.behind.in_text(&frame.text));
            let document: serde_json::Value = serde_json::from_slice(&text).expect("JSON");
            for number in 0..128 {
                let Some(field) = Target::ALL.get(usize::from(number)) else {
                    break;
                };
                let place = format!("/{}", field.name().replace('.', "/"));
                let value = document.pointer(&place).and_then(serde_json::Value::as_u64);
                let expected = if *field == Target::EcsVersion {
                    presets
                } else {
                    9
                };
                assert_eq!(
                    value,
                    fields.contains(number).then_some(expected),
                    "{place}"
                );
            }
        }
    }
}
