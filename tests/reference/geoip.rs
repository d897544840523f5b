//! Section 6: what a table of networks says about an address. Knows no database's format.

use super::json::text::decode;
use super::json::tree::Value;
use super::number;
use super::steps::Draft;
use std::borrow::Cow;
use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

/// The databases that a user has configured, each as its networks.
#[derive(Clone, Debug, Default)]
pub struct Databases {
    pub city: Option<Vec<(Network, City)>>,
    pub asn: Option<Vec<(Network, AutonomousSystem)>>,
}

/// The addresses that share their first bits with this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    pub address: IpAddr,
    pub prefix: u32,
}

/// A record of a City database, names in English; subdivisions from the largest to the most specific.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct City {
    pub name: Option<&'static str>,
    pub continent_name: Option<&'static str>,
    pub country_iso_code: Option<&'static str>,
    pub country_name: Option<&'static str>,
    pub subdivisions: Vec<(Option<&'static str>, Option<&'static str>)>,
    pub latitude: Option<f64>,
    pub longitude: Option<f64>,
}

/// A record of an ASN database.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AutonomousSystem {
    pub number: Option<u32>,
    pub organization: Option<&'static str>,
}

type Fields<'a> = Vec<(&'static str, Value<'a>)>;

/// The names that a side's fields have: source first, as in step 13.
const SIDES: [Side; 2] = [
    Side {
        ip: "source.ip",
        geo: [
            "source.geo.city_name",
            "source.geo.continent_name",
            "source.geo.country_iso_code",
            "source.geo.country_name",
            "source.geo.region_iso_code",
            "source.geo.region_name",
            "source.geo.location.lat",
            "source.geo.location.lon",
        ],
        number: "source.as.number",
        organization: "source.as.organization.name",
    },
    Side {
        ip: "client.ip",
        geo: [
            "client.geo.city_name",
            "client.geo.continent_name",
            "client.geo.country_iso_code",
            "client.geo.country_name",
            "client.geo.region_iso_code",
            "client.geo.region_name",
            "client.geo.location.lat",
            "client.geo.location.lon",
        ],
        number: "client.as.number",
        organization: "client.as.organization.name",
    },
];

struct Side {
    ip: &'static str,
    geo: [&'static str; 8],
    number: &'static str,
    organization: &'static str,
}

/// Step 13: for source, then client, the fields of the first address that has some, from each database for itself.
pub fn locate(draft: &mut Draft<'_>, databases: &Databases) {
    for side in &SIDES {
        let addresses = draft.get(side.ip).map(looked_up).unwrap_or_default();
        let networks = databases.city.as_deref().unwrap_or_default();
        let geo = first(&addresses, networks, |city| geo(side, city));
        let systems = databases.asn.as_deref().unwrap_or_default();
        let autonomous_system = first(&addresses, systems, |system| of_system(side, system));
        for (field, value) in geo.into_iter().chain(autonomous_system) {
            draft.set(field, value);
        }
    }
}

fn first<'a, R>(
    addresses: &[IpAddr],
    networks: &[(Network, R)],
    fields: impl Fn(&R) -> Fields<'a>,
) -> Fields<'a> {
    let records = addresses
        .iter()
        .filter_map(|address| record(networks, *address));
    let mut found = records.map(fields).filter(|fields| !fields.is_empty());
    found.next().unwrap_or_default()
}

/// The record of the smallest network that holds the address.
fn record<R>(networks: &[(Network, R)], address: IpAddr) -> Option<&R> {
    let around = networks
        .iter()
        .filter(|(network, _)| network.holds(address));
    around
        .max_by_key(|(network, _)| network.prefix)
        .map(|(_, record)| record)
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

impl Network {
    fn holds(self, address: IpAddr) -> bool {
        let (own, other, bits) = match (self.address, address) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                (u128::from(own.to_bits()), u128::from(other.to_bits()), 32)
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => (own.to_bits(), other.to_bits(), 128),
            _ => return false,
        };
        self.prefix == 0 || own >> (bits - self.prefix) == other >> (bits - self.prefix)
    }
}

fn geo<'a>(side: &Side, city: &City) -> Fields<'a> {
    let (code, region_name) = city.subdivisions.last().copied().unwrap_or_default();
    let country = city.country_iso_code;
    let region = country
        .zip(code)
        .map(|(country, code)| format!("{country}-{code}"));
    let location = city.latitude.zip(city.longitude);
    let values = [
        city.name.map(Value::owned_text),
        city.continent_name.map(Value::owned_text),
        country.map(Value::owned_text),
        city.country_name.map(Value::owned_text),
        region.map(|region| Value::owned_text(&region)),
        region_name.map(Value::owned_text),
        location.map(|(lat, _)| decimal(lat)),
        location.map(|(_, lon)| decimal(lon)),
    ];
    let fields = side.geo.into_iter().zip(values);
    fields
        .filter_map(|(field, value)| Some((field, value?)))
        .collect()
}

fn of_system<'a>(side: &Side, system: &AutonomousSystem) -> Fields<'a> {
    let number = system
        .number
        .map(|number| Value::Number(Cow::Owned(number.to_string())));
    let organization = system.organization.map(Value::owned_text);
    let fields = [(side.number, number), (side.organization, organization)];
    fields
        .into_iter()
        .filter_map(|(field, value)| Some((field, value?)))
        .collect()
}

fn decimal<'a>(value: f64) -> Value<'a> {
    let written = number::canonical(&format!("{value:?}")).into_owned();
    Value::Number(Cow::Owned(written))
}

/// The addresses to look up: without zone, and an IPv4 address inside IPv6 as what it is.
fn looked_up(value: &Value<'_>) -> Vec<IpAddr> {
    match value {
        Value::Array(elements) => elements.iter().flat_map(looked_up).collect(),
        Value::String(raw) => {
            let text = decode(raw, char::REPLACEMENT_CHARACTER);
            let address = text.split('%').next().unwrap_or_default();
            address.parse().into_iter().map(short).collect()
        }
        _ => Vec::new(),
    }
}

/// Java makes `::ffff:192.0.2.1` an IPv4 address; and in a database's tree IPv4 stands below `::/96`, so `::192.0.2.1`
/// leads to the same record.
fn short(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(long) => Ipv6Addr::to_ipv4(&long).map_or(address, IpAddr::V4),
        IpAddr::V4(_) => address,
    }
}

#[cfg(test)]
mod tests {
    use super::{AutonomousSystem, City, Databases, Network};
    use crate::reference::{Options, Profile, map};
    use serde_json::{Value, json};

    fn network(text: &str) -> Network {
        let (address, prefix) = text.split_once('/').expect("an address and a length");
        Network {
            address: address.parse().expect("an address"),
            prefix: prefix.parse().expect("a length"),
        }
    }

    fn databases() -> Databases {
        let oslo = City {
            name: Some("Oslo"),
            continent_name: Some("Europe"),
            country_iso_code: Some("NO"),
            country_name: Some("Norway"),
            subdivisions: vec![(Some("X"), Some("East")), (Some("03"), Some("Oslo County"))],
            latitude: Some(60.0),
            longitude: Some(10.75),
        };
        let half = City {
            subdivisions: vec![(Some("07"), None)],
            latitude: Some(1.5),
            ..City::default()
        };
        let country = City {
            country_iso_code: Some("SE"),
            ..half.clone()
        };
        let system = |number, organization| AutonomousSystem {
            number,
            organization,
        };
        Databases {
            city: Some(vec![
                (network("203.0.113.0/24"), oslo.clone()),
                (network("203.0.113.128/25"), half),
                (network("2001:db8::/32"), country),
                (network("fe80::/10"), oslo),
            ]),
            asn: Some(vec![
                (
                    network("203.0.113.0/24"),
                    system(Some(64500), Some("Example Net")),
                ),
                (network("2001:db8::/32"), system(None, Some("Six"))),
                (network("198.51.100.0/24"), system(None, None)),
            ]),
        }
    }

    fn body(event: &str, profile: Profile) -> Value {
        let options = Options {
            databases: databases(),
            profile,
            ..Options::default()
        };
        let document = map(event.as_bytes(), &options).expect("an event");
        serde_json::from_slice(&document.body).expect("JSON")
    }

    #[test]
    fn a_record_gives_only_the_fields_that_it_has() {
        let oslo = json!({
            "city_name": "Oslo", "continent_name": "Europe", "country_iso_code": "NO", "country_name": "Norway",
            "region_iso_code": "NO-03", "region_name": "Oslo County", "location": {"lat": 60.0, "lon": 10.75},
        });
        let system = json!({"number": 64500, "organization": {"name": "Example Net"}});
        let rows = [
            ("203.0.113.7", Some(oslo.clone()), Some(system.clone())),
            (
                "::ffff:203.0.113.7",
                Some(oslo.clone()),
                Some(system.clone()),
            ),
            ("::203.0.113.7", Some(oslo.clone()), Some(system.clone())),
            ("203.0.113.200", None, Some(system)),
            (
                "2001:DB8::1",
                Some(json!({"country_iso_code": "SE", "region_iso_code": "SE-07"})),
                Some(json!({"organization": {"name": "Six"}})),
            ),
            ("fe80::1%en0", Some(oslo), None),
            ("198.51.100.1", None, None),
            ("192.168.1.1", None, None),
        ];
        for (address, geo, system) in rows {
            for (source, side) in [("client_ip", "client"), ("src_ip", "source")] {
                let body = body(&format!(r#"{{"{source}":"{address}"}}"#), Profile::Elastic);
                assert_eq!(body[side].get("geo").cloned(), geo, "{address}");
                assert_eq!(body[side].get("as").cloned(), system, "{address}");
            }
        }
    }

    #[test]
    fn each_database_takes_the_first_address_of_a_list_that_it_knows() {
        let event = r#"{"client_ip":["203.0.113.200","2001:db8::1","203.0.113.7"]}"#;
        let body = body(event, Profile::Elastic);
        assert_eq!(body["client"]["geo"]["country_iso_code"], "SE");
        assert_eq!(body["client"]["as"]["number"], 64500);
    }

    #[test]
    fn a_failure_before_step_13_leaves_places_to_the_extended_profile() {
        let event = r#"{"client_ip":"203.0.113.7","src_ip":"x"}"#;
        assert_eq!(body(event, Profile::Elastic)["client"].get("geo"), None);
        let extended = body(event, Profile::Extended);
        assert_eq!(extended["client"]["geo"]["city_name"], "Oslo");
    }
}
