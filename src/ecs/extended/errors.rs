//! The rows on what went wrong: the messages, and the code.

use super::additions::Additions;
use super::lists::{member, objects};
use crate::ecs::event::{inside_quotes, said};
use crate::ecs::source::Source;
use crate::ecs::target::Target;
use crate::json::number;
use crate::json::slots::Slots;

/// What any of these rows starts from.
const ANY: Slots = Source::all_of(&[
    Source::ErrorMessage,
    Source::OuterErrorMessage,
    Source::MessageChainResponseMessage,
    Source::ErrorCode,
    Source::ErrorChain,
]);

/// Adds everything about errors.
pub(super) fn tell(additions: &mut Additions<'_>) {
    if additions.event.has_any(ANY) {
        collect_messages(additions);
        find_code(additions);
    }
}

#[inline(never)]
fn collect_messages(additions: &mut Additions<'_>) {
    let messages = [
        Source::ErrorMessage,
        Source::OuterErrorMessage,
        Source::MessageChainResponseMessage,
    ];
    let code = additions.event.raw(Source::MessageChainResponseCode);
    let count = messages.len() - usize::from(code.is_some_and(is_2xx));
    additions.append(Target::ErrorMessage, messages.into_iter().take(count));
}

/// Whether a response code, a number or a text of three digits, stands for success.
fn is_2xx(code: &[u8]) -> bool {
    match code.first() {
        Some(b'"') => {
            let text = inside_quotes(code).map(|raw| said(raw, char::REPLACEMENT_CHARACTER));
            text.is_some_and(|text| matches!(*text, [b'2', b'0'..=b'9', b'0'..=b'9']))
        }
        Some(b'-' | b'0'..=b'9') => {
            (200.0..300.0).contains(&number::double(&String::from_utf8_lossy(code)))
        }
        _ => false,
    }
}

#[inline(never)]
fn find_code(additions: &mut Additions<'_>) {
    let event = additions.event;
    let own = event.raw(Source::ErrorCode).filter(|code| is_usable(code));
    let code = own.or_else(|| {
        let chain = event.raw(Source::ErrorChain)?;
        let codes = objects(chain).filter_map(|object| member(object, "error_code"));
        codes.into_iter().find(|code| is_usable(code))
    });
    let Some(code) = code else {
        return;
    };
    additions.draft.make(Target::ErrorCode, |made| {
        let digits = !code.starts_with(b"\"");
        made.extend(digits.then_some(b'"'));
        made.extend_from_slice(code);
        made.extend(digits.then_some(b'"'));
    });
}

/// Whether this is an integer of 64 bits or a text, and not zero.
fn is_usable(code: &[u8]) -> bool {
    match inside_quotes(code) {
        Some(raw) => !raw.is_empty() && *said(raw, char::REPLACEMENT_CHARACTER) != *b"0",
        None => integer(code).is_some_and(|value| value != 0),
    }
}

/// The value of an integer of 64 bits.
pub(super) fn integer(value: &[u8]) -> Option<i64> {
    std::str::from_utf8(value).ok()?.parse().ok()
}
