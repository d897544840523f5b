//! The rows on where it happened: addresses, places on earth, and the source as a copy of the client.

use std::borrow::Cow;

use super::additions::Additions;
use crate::ecs::address;
use crate::ecs::event::Event;
use crate::ecs::source::Source;
use crate::ecs::target::Target;
use crate::json::assembly::add_part;
use crate::json::edits::Span;
use crate::json::elements::elements;
use crate::json::number;
use crate::json::slots::Slots;

/// What a place is made of.
const PLACE: Slots = Source::all_of(&[
    Source::GeoipCountryCode,
    Source::GeoipCountryCode2,
    Source::GeoipContinentCode,
    Source::GeoipRegionName,
    Source::GeoipTimezone,
    Source::GeoipLatitude,
]);
/// Digits behind the point that a double tells apart, whatever three stand before it.
const FRACTION_DIGITS: usize = 12;
/// Where addresses stand.
const ADDRESSES: [Source; 3] = [Source::ClientIp, Source::SrcIp, Source::AuthDeviceIp];
/// What the source has in common with the client.
const COPIES: [(Target, Target); 3] = [
    (Target::SourceIp, Target::ClientIp),
    (Target::SourceGeo, Target::ClientGeo),
    (Target::SourceAs, Target::ClientAs),
];

/// Adds the place that the event itself names; says whether there is anything of it.
pub(super) fn place_client(additions: &mut Additions<'_>) -> bool {
    let event = additions.event;
    if event.has_any(PLACE) && !additions.draft.has(Target::ClientGeo) {
        additions
            .draft
            .make_some(Target::ClientGeo, |made| write_place(event, made))
    } else {
        false
    }
}

/// Appends the place as an object; not its end where it is empty.
fn write_place(event: Event<'_>, out: &mut Vec<u8>) -> bool {
    let start = out.len();
    let add = |key: &[u8], source: Source, out: &mut Vec<u8>| {
        if let Some(span) = event.string_span(source) {
            out.extend_from_slice(key);
            add_part(event.text(), span, out);
        }
    };
    let country = event.first_string(&[Source::GeoipCountryCode, Source::GeoipCountryCode2]);
    add(b",\"continent_code\":", Source::GeoipContinentCode, out);
    if let Some(country) = country {
        add(b",\"country_iso_code\":", country, out);
    }
    write_location(event, out);
    if let Some(country) = country {
        write_region(event, country, out);
    }
    add(b",\"region_name\":", Source::GeoipRegionName, out);
    add(b",\"timezone\":", Source::GeoipTimezone, out);
    let Some(first) = out.get_mut(start) else {
        return false;
    };
    // Each member brought the comma before it.
    *first = b'{';
    out.push(b'}');
    true
}

/// Latitude and longitude, if both are numbers of degrees.
fn write_location(event: Event<'_>, out: &mut Vec<u8>) {
    let degrees = |source, most| event.raw(source).and_then(|raw| degrees(raw, most));
    let latitude = degrees(Source::GeoipLatitude, 90);
    let longitude = degrees(Source::GeoipLongitude, 180);
    if let Some((latitude, longitude)) = latitude.zip(longitude) {
        out.extend_from_slice(b",\"location\":{\"lat\":");
        out.extend_from_slice(&latitude);
        out.extend_from_slice(b",\"lon\":");
        out.extend_from_slice(&longitude);
        out.push(b'}');
    }
}

/// A number as documents have it, unless it is further from zero than `most`.
fn degrees(raw: &[u8], most: u16) -> Option<Cow<'_, [u8]>> {
    if !matches!(raw.first(), Some(b'-' | b'0'..=b'9')) {
        return None;
    }
    if whole_degrees(raw).is_some_and(|whole| whole < most) {
        return Some(Cow::Borrowed(raw));
    }
    let text = std::str::from_utf8(raw).ok()?;
    let is_near = number::double(text).abs() <= f64::from(most);
    is_near.then(|| Cow::Owned(number::canonical(text).as_bytes().to_vec()))
}

/// The digits before the point of a number that has no more than three of them and is written as documents have it, as nearly all are.
fn whole_degrees(raw: &[u8]) -> Option<u16> {
    let digits = raw.strip_prefix(b"-").unwrap_or(raw);
    let (mut whole, mut at) = (0, 0);
    while let Some(digit @ b'0'..=b'9') = digits.get(at) {
        whole = whole * 10 + u16::from(digit - b'0');
        at += 1;
        if at > 3 {
            return None;
        }
    }
    let is_plain = match digits.get(at..) {
        Some([]) => true,
        Some([b'.', fraction @ ..]) => {
            fraction.len() <= FRACTION_DIGITS
                && fraction.iter().all(u8::is_ascii_digit)
                && (fraction.last() != Some(&b'0') || fraction.len() == 1)
        }
        _ => false,
    };
    (is_plain && (whole > 0 || number::is_canonical(raw))).then_some(whole)
}

/// Country and region with a hyphen between, escapes as received.
fn write_region(event: Event<'_>, country: Source, out: &mut Vec<u8>) {
    let country = event.string_span(country);
    let region = event.string_span(Source::GeoipRegionCode);
    if let Some((country, region)) = country.zip(region) {
        out.extend_from_slice(b",\"region_iso_code\":");
        add_part(
            event.text(),
            Span::of(country.start(), country.end() - 1),
            out,
        );
        out.push(b'-');
        add_part(
            event.text(),
            Span::of(region.start() + 1, region.end()),
            out,
        );
    }
}

/// The source is the client where the event names no other.
pub(super) fn name_source(additions: &mut Additions<'_>) {
    if additions.event.span(Source::SrcIp).is_some() {
        return;
    }
    for (field, other) in COPIES {
        if additions.draft.has(other) && !additions.draft.has(field) {
            additions.draft.repeat(field, other);
        }
    }
}

/// Every valid address that the event names.
pub(super) fn relate_addresses(additions: &mut Additions<'_>, failed: bool) {
    let event = additions.event;
    if !event.has_any(Source::all_of(&ADDRESSES)) {
        return;
    }
    additions.draft.append(Target::RelatedIp, |list| {
        for source in ADDRESSES {
            // Step 9 has checked these two, or failed.
            let is_checked = !failed && source != Source::AuthDeviceIp;
            if let Some(span) = event.string_span(source) {
                if is_checked || address::check(span.in_text(event.text())).is_ok() {
                    list.add(event.text(), span, event.is_escaped(source));
                }
            } else if let Some(addresses) = event.raw(source) {
                let strings = elements(addresses).filter(|one| one.starts_with(b"\""));
                let valid = strings.filter(|one| address::check(one).is_ok());
                valid.for_each(|one| list.add_string(one));
            }
        }
    });
}
