//! What was given to be loaded and is no document: raw events, of which `jcx map` makes documents, and dead letters.
//!
//! A data stream would refuse every one of them, and an index would take them without their `_id`.

use super::resend::is_ours;
use crate::cli::PushArgs;
use crate::commands::run::Run;
use crate::elastic::{Entry, Target};
use crate::failure::{Failure, Result};
use crate::json::members::value_of;

const MAP: &str = "make documents of raw events first: jcx map FILE | jcx push; or send them to a pipeline that does: --raw --pipeline NAME";
const RESEND: &str = "send what it holds again: jcx push --from-dead-letter FILE --dead-letter NEW";
const REMAP: &str = "its records are lines that jcx map refused: mend them and map them again: jq -r .record FILE | jcx map";

/// Refuses an input that begins with a raw event or a dead letter; only an index may be meant for such.
pub fn refuse_mistaken(args: &PushArgs, target: &Target, first: &Entry, run: &Run) -> Result<()> {
    let may_be_meant = args.input.id_field.is_some() || args.pipeline != "_none";
    if may_be_meant || first.wrapped || args.input.from_dead_letter.is_some() {
        return Ok(());
    }
    let (what, hint) = if is_raw(&first.text) {
        ("raw event", MAP)
    } else if let Some(is_ours) = is_ours(&first.text) {
        ("dead letter", if is_ours { RESEND } else { REMAP })
    } else {
        return Ok(());
    };
    let place = &first.place;
    let which = format!(
        "line {} of {} is a {what}, no document",
        place.line, place.source
    );
    if target.is_stream() {
        let text = format!("{which}: a data stream refuses what has no @timestamp");
        return Err(Failure::usage(text).hint(hint));
    }
    let text = format!("{which}: it is stored as it is, without an _id");
    run.printer.warning(&text, Some(hint));
    Ok(())
}

/// Why an input is refused whose first line is no document, but a dead letter of this command.
pub fn dead_letters(source: &str, number: u64, line: &[u8]) -> Option<Failure> {
    let text = format!("line {number} of {source} is a dead letter, no document");
    is_ours(line)?.then(|| Failure::usage(text).hint(RESEND))
}

/// Whether a line is as JumpCloud sends it (`docs/insights-api.md` section 8), and nothing that was mapped.
fn is_raw(line: &[u8]) -> bool {
    let has = |name| value_of(line, name).is_some();
    let is_event = has("id") && has("timestamp") && (has("service") || has("event_type"));
    is_event && !has("@timestamp") && !has("@metadata")
}

#[cfg(test)]
mod tests {
    use super::is_raw;

    #[test]
    fn only_what_jumpcloud_sends_is_a_raw_event() {
        for (line, expected) in [
            (
                r#"{"id":"a","timestamp":"2023-01-14T08:16:06Z","service":"sso"}"#,
                true,
            ),
            (r#"{"event_type":"x","timestamp":"t","id":"a"}"#, true),
            (r#"{"id":"a","timestamp":"t"}"#, false),
            (
                r#"{"@timestamp":"t","id":"a","timestamp":"t","service":"sso"}"#,
                false,
            ),
            (
                r#"{"@metadata":{},"id":"a","timestamp":"t","service":"sso"}"#,
                false,
            ),
            (r#"{"create":{"_id":"a"}}"#, false),
        ] {
            assert_eq!(is_raw(line.as_bytes()), expected, "{line}");
        }
    }
}
