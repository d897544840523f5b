//! Where people connect from, and with what.

use super::random::Random;
use crate::samples::json::Object;

/// A place somebody connects from.
#[derive(Clone, Debug)]
pub struct Place {
    pub addresses: &'static str,
    pub country: &'static str,
    pub region: &'static str,
    pub region_name: &'static str,
    pub timezone: &'static str,
    pub continent: &'static str,
    pub latitude: &'static str,
    pub longitude: &'static str,
}

const PLACES: [Place; 7] = [
    place(
        "192.0.2.",
        [
            "DE",
            "BE",
            "Land Berlin",
            "Europe/Berlin",
            "EU",
            "52.5155",
            "13.4062",
        ],
    ),
    place(
        "198.51.100.",
        [
            "US",
            "CO",
            "Colorado",
            "America/Denver",
            "NA",
            "40.0154",
            "-105.2702",
        ],
    ),
    place(
        "203.0.113.",
        [
            "IN",
            "KA",
            "Karnataka",
            "Asia/Kolkata",
            "AS",
            "12.9634",
            "77.5855",
        ],
    ),
    place(
        "81.2.69.",
        [
            "GB",
            "ENG",
            "England",
            "Europe/London",
            "EU",
            "51.5142",
            "-0.0931",
        ],
    ),
    place(
        "89.160.20.",
        [
            "SE",
            "E",
            "Östergötland County",
            "Europe/Stockholm",
            "EU",
            "58.4167",
            "15.6167",
        ],
    ),
    place(
        "2001:db8:40:1::",
        [
            "PT",
            "11",
            "Lisbon",
            "Europe/Lisbon",
            "EU",
            "38.731",
            "-9.1373",
        ],
    ),
    place(
        "2001:DB8:7::",
        [
            "AU",
            "VIC",
            "Victoria",
            "Australia/Melbourne",
            "OC",
            "-37.8159",
            "145",
        ],
    ),
];

const fn place(addresses: &'static str, facts: [&'static str; 7]) -> Place {
    let [
        country,
        region,
        region_name,
        timezone,
        continent,
        latitude,
        longitude,
    ] = facts;
    Place {
        addresses,
        country,
        region,
        region_name,
        timezone,
        continent,
        latitude,
        longitude,
    }
}

/// A place, the first ones more often.
pub fn place_of(random: &mut Random) -> &'static Place {
    let bound = if random.chance(70) { 3 } else { PLACES.len() };
    &PLACES[random.index(bound)]
}

impl Place {
    /// An address of this place.
    pub fn address(&self, random: &mut Random) -> String {
        format!("{}{}", self.addresses, random.between(1, 99))
    }

    /// The event's own `geoip` object.
    pub fn geoip(&self, random: &mut Random) -> Object {
        let country = if random.chance(85) {
            "country_code"
        } else {
            "country_code2"
        };
        Object::new()
            .text(country, self.country)
            .text("timezone", self.timezone)
            .raw("latitude", self.latitude)
            .text("continent_code", self.continent)
            .text("region_name", self.region_name)
            .raw("longitude", self.longitude)
            .text("region_code", self.region)
    }
}

/// A browser's or app's `useragent` object.
pub fn useragent(random: &mut Random) -> Object {
    const BROWSERS: [(&str, &str, &str, &str); 6] = [
        ("Chrome", "129.0.6668.90", "Mac OS X", "10.15.7"),
        ("Chrome", "128.0.0.0", "Windows", "10"),
        ("Safari", "17.6", "Mac OS X", "10.15.7"),
        ("Firefox", "131.0", "Ubuntu", ""),
        ("Edge", "129.0.2792.79", "Windows", "10"),
        ("Mobile Safari", "18.0", "iOS", "18.0"),
    ];
    let (name, version, os, os_version) = *random.pick(&BROWSERS);
    let mut numbers = version.split('.');
    Object::new()
        .text("os", os)
        .text("minor", numbers.nth(1).unwrap_or_default())
        .text("os_minor", os_version.split('.').nth(1).unwrap_or_default())
        .text("os_major", os_version.split('.').next().unwrap_or_default())
        .text("os_version", os_version)
        .text("version", version)
        .text("os_patch", os_version.split('.').nth(2).unwrap_or_default())
        .text("patch", numbers.next().unwrap_or_default())
        .text("os_full", format!("{os} {os_version}").trim())
        .text("major", version.split('.').next().unwrap_or_default())
        .text("name", name)
        .text("os_name", os)
        .text("device", if os == "iOS" { "iPhone" } else { "Other" })
}
