//! The rows on where it happened: addresses, places on earth, and the source as a copy of the client.

use super::{add, append, source};
use crate::reference::address;
use crate::reference::geoip::Databases;
use crate::reference::json::tree::{Object, Value};
use crate::reference::number;
use crate::reference::steps::Draft;
use std::borrow::Cow;

/// The tag of a document whose place comes from the event and not from a database.
const FROM_EVENT: &str = "jcx_geo_from_event";
/// What the source has in common with the client.
const COPIES: [(&str, &str); 13] = [
    ("client.ip", "source.ip"),
    ("client.geo.city_name", "source.geo.city_name"),
    ("client.geo.continent_code", "source.geo.continent_code"),
    ("client.geo.continent_name", "source.geo.continent_name"),
    ("client.geo.country_iso_code", "source.geo.country_iso_code"),
    ("client.geo.country_name", "source.geo.country_name"),
    ("client.geo.location.lat", "source.geo.location.lat"),
    ("client.geo.location.lon", "source.geo.location.lon"),
    ("client.geo.region_iso_code", "source.geo.region_iso_code"),
    ("client.geo.region_name", "source.geo.region_name"),
    ("client.geo.timezone", "source.geo.timezone"),
    ("client.as.number", "source.as.number"),
    ("client.as.organization.name", "source.as.organization.name"),
];

/// Adds everything about places.
pub fn locate(draft: &mut Draft<'_>, databases: &Databases, tags: &mut Vec<String>) {
    if databases.city.is_none() && place_client(draft) && !tags.iter().any(|tag| tag == FROM_EVENT)
    {
        tags.push(FROM_EVENT.to_owned());
    }
    if draft.event().get("src_ip").is_none() {
        for (from, to) in COPIES {
            let value = draft.get(from).cloned();
            add(draft, to, value);
        }
    }
    relate_addresses(draft);
}

/// The place that the event itself names; says whether there is anything of it.
fn place_client(draft: &mut Draft<'_>) -> bool {
    let Some(place) = source::object(draft.event(), "geoip").cloned() else {
        return false;
    };
    let country = source::first_text(&place, &["country_code", "country_code2"]);
    let region = source::text(&place, "region_code");
    let (latitude, longitude) = location(&place).unzip();
    let parts = [
        (
            "client.geo.continent_code",
            source::text(&place, "continent_code"),
        ),
        (
            "client.geo.region_iso_code",
            joined(country.as_ref(), region.as_ref()),
        ),
        ("client.geo.country_iso_code", country),
        (
            "client.geo.region_name",
            source::text(&place, "region_name"),
        ),
        ("client.geo.timezone", source::text(&place, "timezone")),
        ("client.geo.location.lat", latitude),
        ("client.geo.location.lon", longitude),
    ];
    let is_something = parts.iter().any(|(_, value)| value.is_some());
    for (field, value) in parts {
        add(draft, field, value);
    }
    is_something
}

/// Country and region with a hyphen between, escapes as received.
fn joined<'a>(country: Option<&Value<'_>>, region: Option<&Value<'_>>) -> Option<Value<'a>> {
    let (Value::String(country), Value::String(region)) = (country?, region?) else {
        return None;
    };
    Some(Value::String(Cow::Owned(format!("{country}-{region}"))))
}

/// Latitude and longitude, if both are numbers of degrees.
fn location<'a>(place: &Object<'a>) -> Option<(Value<'a>, Value<'a>)> {
    let degrees = |name: &str, furthest: f64| match place.get(name)? {
        Value::Number(raw) if number::double(raw).abs() <= furthest => {
            Some(Value::Number(raw.clone()))
        }
        _ => None,
    };
    degrees("latitude", 90.0).zip(degrees("longitude", 180.0))
}

/// Every valid address that the event names.
fn relate_addresses(draft: &mut Draft<'_>) {
    let sources = [
        "client_ip",
        "src_ip",
        "auth_context.jumpcloud_protect_device.ip",
    ];
    let mut addresses = Vec::new();
    for path in sources {
        let candidates = match source::value(draft.event(), path) {
            Some(Value::Array(elements)) => elements.clone(),
            Some(single) => vec![single.clone()],
            None => Vec::new(),
        };
        let is_text = |value: &Value<'_>| matches!(value, Value::String(_));
        let valid = candidates
            .into_iter()
            .filter(|value| is_text(value) && address::check(value).is_ok());
        addresses.extend(valid);
    }
    append(draft, "related.ip", addresses);
}
