//! The frame of a document: the braces, commas and keys around the values of its fields.
//!
//! Key order carries no meaning, but equal input must give equal bytes: fields go out sorted by name. Documents with the same fields have
//! the same frame, and there are few kinds of events, so a frame is put together once and kept. Knows no field by name.

use super::target::Target;
use crate::json::assembly::Padded;
use crate::json::slots::Slots;

/// Frames that are kept; one that is pushed out is put together again.
const KEPT: usize = 256;

/// Places where a frame may stand.
const TRIES: usize = 8;

/// The frames of the documents that were written last.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    frames: Vec<Option<Frame>>,
}

/// What stands around the values of some fields.
#[derive(Clone, Debug)]
pub(super) struct Frame {
    fields: Slots,
    /// What stands before each value, in the order of the fields.
    pub(super) pieces: Vec<Piece>,
    /// What stands behind the last one.
    pub(super) behind: &'static [u8],
}

/// A field, and what stands before its value.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    pub(super) field: Target,
    pub(super) before: Padded,
}

impl Default for Layout {
    fn default() -> Self {
        Self {
            frames: vec![None; KEPT],
        }
    }
}

impl Layout {
    /// The frame of a document with these fields, without its opening brace.
    #[inline]
    pub(super) fn frame(&mut self, fields: Slots) -> &Frame {
        let first = fields.hash();
        let mut places = (0..TRIES).map(|next| (first + next) % KEPT);
        let is_its_own = |at: &usize| match &self.frames[*at] {
            Some(frame) => frame.fields == fields,
            None => true,
        };
        let at = places.find(is_its_own).unwrap_or_else(|| {
            self.frames[first % KEPT] = None;
            first % KEPT
        });
        self.frames[at].get_or_insert_with(|| Frame::of(fields))
    }
}

impl Frame {
    fn of(fields: Slots) -> Self {
        let mut last = None;
        let pieces = fields.numbers().map(|number| {
            let field = Target::ALL[usize::from(number)];
            let before = Padded::new(between(field, last).as_bytes());
            last = Some(field);
            Piece { field, before }
        });
        let pieces = pieces.collect();
        let levels = |name: &str| name.bytes().filter(|byte| *byte == b'.').count();
        Self {
            fields,
            pieces,
            behind: &BRACES[..=last.map_or(0, |last| levels(last.name()))],
        }
    }
}

/// As many as a document can end with.
const BRACES: &[u8] = b"}}}}}";

/// The document's own opening brace is not part of it.
fn between(field: Target, last: Option<Target>) -> String {
    let path: Vec<_> = field.name().split('.').collect();
    let left: Vec<_> = last.map_or(Vec::new(), |last| last.name().split('.').collect());
    let common = path.iter().zip(&left).take_while(|(a, b)| a == b).count();
    let closed = left.len().saturating_sub(common + 1);
    let mut text = "}".repeat(closed);
    if last.is_some() {
        text.push(',');
    }
    let (key, opened) = path[common..]
        .split_last()
        .expect("a field is not inside another");
    for object in opened {
        text.extend(["\"", object, "\":{"]);
    }
    text.extend(["\"", key, "\":"]);
    text
}

#[cfg(test)]
mod tests {
    use super::{Layout, between};
    use crate::ecs::target::Target;
    use crate::json::assembly::Padded;
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
            assert_eq!(between(field, last), expected);
        }
    }

    #[test]
    fn what_stands_between_any_two_fields_has_room() {
        for (at, field) in Target::ALL.iter().enumerate() {
            for last in &Target::ALL[..at] {
                Padded::new(between(*field, Some(*last)).as_bytes());
            }
        }
    }

    #[test]
    fn a_frame_is_that_of_its_fields_however_many_came_before() {
        let mut layout = Layout::default();
        let mut random = fastrand::Rng::with_seed(1);
        for _ in 0..5000 {
            let fields = (0..3).fold(Slots::NONE, |fields, _| {
                fields.with(random.choice(Target::ALL).expect("some").number())
            });
            let frame = layout.frame(fields);
            let numbers = frame.pieces.iter().map(|piece| piece.field.number());
            assert!(numbers.eq(fields.numbers()));
            let text: Vec<u8> = frame
                .pieces
                .iter()
                .flat_map(|piece| piece.before.text())
                .copied()
                .collect();
            let count = |bytes: &[u8], wanted| bytes.iter().filter(|byte| **byte == wanted).count();
            let closed = count(&text, b'}') + frame.behind.len();
            assert_eq!(
                count(&text, b'{') + 1,
                closed,
                "{}",
                String::from_utf8_lossy(&text)
            );
        }
    }
}
