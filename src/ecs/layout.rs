//! What stands between two fields of a document: the braces that close and open, the comma, and the keys.
//!
//! Key order carries no meaning, but equal input must give equal bytes: fields go out sorted by name. Which field follows which hardly
//! varies, so each text is put together once. Knows no field by name.

use super::target::Target;
use crate::json::assembly::Padded;

/// Texts between fields, made when they are first needed.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    between: Vec<Option<Box<Padded>>>,
}

impl Default for Layout {
    fn default() -> Self {
        Self {
            between: vec![None; (Target::ALL.len() + 1) * Target::ALL.len()],
        }
    }
}

impl Layout {
    /// What stands before the value of a field, behind the value of the one before it.
    #[inline]
    pub(super) fn before(&mut self, field: Target, last: Option<Target>) -> &Padded {
        let row = last.map_or(0, |last| usize::from(last.number()) + 1);
        let at = row * Target::ALL.len() + usize::from(field.number());
        self.between[at]
            .get_or_insert_with(|| Box::new(Padded::new(between(field, last).as_bytes())))
    }

    /// What stands behind the last field.
    pub(super) fn behind(last: Target) -> &'static [u8] {
        let levels = last.name().bytes().filter(|byte| *byte == b'.').count();
        &BRACES[..=levels]
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
    use super::Layout;
    use crate::ecs::target::Target;

    #[test]
    fn objects_are_opened_and_closed_where_names_part() {
        let mut layout = Layout::default();
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
        for field in Target::ALL {
            for last in Target::ALL.iter().filter(|last| *last != field) {
                layout.before(*field, Some(*last));
            }
        }
        for (last, field, expected) in rows.iter().chain(&rows) {
            let text = layout.before(*field, *last).text();
            assert_eq!(String::from_utf8_lossy(text), *expected);
        }
        assert_eq!(Layout::behind(Target::UserAgentOsName), b"}}}");
        assert_eq!(Layout::behind(Target::Tags), b"}");
    }
}
