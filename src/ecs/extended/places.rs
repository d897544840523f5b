//! The rows on where it happened: addresses, places on earth, and the source as a copy of the client.

use std::borrow::Cow;

use super::additions::Additions;
use super::lists::{member, string};
use super::memo::Memo;
use crate::ecs::address;
use crate::ecs::listing::write_list_of_string;
use crate::ecs::source::Source;
use crate::ecs::target::Target;
use crate::ecs::value::Ready;
use crate::json::elements::elements;
use crate::json::number;
use crate::json::slots::Slots;

/// The objects that were made of places; nothing of those that have nothing to tell.
pub(super) type Places = Memo<Option<Ready>>;

/// Where addresses stand.
const ADDRESSES: [Source; 3] = [Source::ClientIp, Source::SrcIp, Source::AuthDeviceIp];
/// Where they stand in few events: what [`ADDRESSES`] has behind the first, and the device that step 14 knows.
const OTHER_ADDRESSES: Slots =
    Source::all_of(&[Source::SrcIp, Source::AuthDeviceIp, Source::ProtectDeviceIp]);
/// What the source has in common with the client.
const COPIES: [(Target, Target); 2] = [
    (Target::SourceGeo, Target::ClientGeo),
    (Target::SourceAs, Target::ClientAs),
];

/// Adds the place that the event itself names; says whether there is anything of it.
pub(super) fn place_client(additions: &mut Additions<'_>, places: &mut Places) -> bool {
    let draft = &mut *additions.draft;
    let Some(place) = additions.event.raw(Source::Geoip) else {
        return false;
    };
    if draft.has(Target::ClientGeo) {
        return false;
    }
    let made = places.of(place, || {
        let mut something = false;
        let ready = draft.keep(|made| something = write_place(place, made));
        something.then_some(ready)
    });
    if let Some(ready) = made {
        draft.put(Target::ClientGeo, ready);
    }
    made.is_some()
}

/// Appends the place as an object; nothing where it is empty.
#[inline(never)]
fn write_place(place: &[u8], out: &mut Vec<u8>) -> bool {
    let start = out.len();
    let add = |key: &[u8], value: Option<&[u8]>, out: &mut Vec<u8>| {
        if let Some(value) = value {
            out.extend_from_slice(key);
            out.extend_from_slice(value);
        }
    };
    let string = |key| string(place, key);
    let country = string("country_code").or_else(|| string("country_code2"));
    add(b",\"continent_code\":", string("continent_code"), out);
    add(b",\"country_iso_code\":", country, out);
    write_location(place, out);
    if let Some((country, region)) = country.zip(string("region_code")) {
        write_region(country, region, out);
    }
    add(b",\"region_name\":", string("region_name"), out);
    add(b",\"timezone\":", string("timezone"), out);
    let Some(first) = out.get_mut(start) else {
        return false;
    };
    // Each member brought the comma before it.
    *first = b'{';
    out.push(b'}');
    true
}

/// Latitude and longitude, if both are numbers of degrees.
fn write_location(place: &[u8], out: &mut Vec<u8>) {
    let degrees = |key, most| member(place, key).and_then(|raw| degrees(raw, most));
    let latitude = degrees("latitude", 90.0);
    let longitude = degrees("longitude", 180.0);
    if let Some((latitude, longitude)) = latitude.zip(longitude) {
        out.extend_from_slice(b",\"location\":{\"lat\":");
        out.extend_from_slice(latitude.as_bytes());
        out.extend_from_slice(b",\"lon\":");
        out.extend_from_slice(longitude.as_bytes());
        out.push(b'}');
    }
}

/// A number as documents have it, unless it is further from zero than `most`.
fn degrees(raw: &[u8], most: f64) -> Option<Cow<'_, str>> {
    if !matches!(raw.first(), Some(b'-' | b'0'..=b'9')) {
        return None;
    }
    let text = std::str::from_utf8(raw).ok()?;
    (number::double(text).abs() <= most).then(|| number::canonical(text))
}

/// Country and region with a hyphen between, escapes as received.
fn write_region(country: &[u8], region: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(b",\"region_iso_code\":");
    out.extend_from_slice(&country[..country.len() - 1]);
    out.push(b'-');
    out.extend_from_slice(&region[1..]);
}

/// The source's address is the client's where the event names no other.
pub(super) fn name_source_address(additions: &mut Additions<'_>) {
    let draft = &mut *additions.draft;
    if additions.event.span(Source::SrcIp).is_none() && draft.has(Target::ClientIp) {
        draft.repeat(Target::SourceIp, Target::ClientIp);
    }
}

/// All else of it is the client's too.
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
    let is_list = |one: &Source| event.span(*one).is_some() && event.string_span(*one).is_none();
    if failed || ADDRESSES.iter().any(is_list) {
        relate_unchecked(additions);
        return;
    }
    if !event.has_any(OTHER_ADDRESSES) {
        // What nearly all events have, and step 14 has listed none.
        if let Some(client) = event.string_span(Source::ClientIp) {
            additions.draft.make(Target::RelatedIp, |made| {
                write_list_of_string(event.text(), client, made);
            });
        }
        return;
    }
    let device = event.string(Source::AuthDeviceIp);
    let device = device.filter(|one| address::check(one).is_ok());
    let device = device.map(|_| Source::AuthDeviceIp);
    // Step 9 has checked the others.
    let addresses = [Source::ClientIp, Source::SrcIp].into_iter().chain(device);
    additions.append(Target::RelatedIp, addresses);
}

/// The same where nothing is known of any.
#[cold]
#[inline(never)]
fn relate_unchecked(additions: &mut Additions<'_>) {
    let event = additions.event;
    let behind = additions.draft.has(Target::RelatedIp);
    additions.draft.list(Target::RelatedIp, behind, |list| {
        for addresses in ADDRESSES.iter().filter_map(|source| event.raw(*source)) {
            let is_list = addresses.starts_with(b"[");
            let several = elements(addresses).chain((!is_list).then_some(addresses));
            let strings = several.filter(|one| one.starts_with(b"\""));
            let valid = strings.filter(|one| address::check(one).is_ok());
            valid.for_each(|one| list.add_string(one));
        }
    });
}
