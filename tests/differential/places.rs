//! Invented databases of places and networks, around the addresses that the invented events have.

use crate::reference::geoip::{AutonomousSystem, City, Databases, Network};
use crate::samples::mmdb::{Database, Value, names, text};
use jcx::ecs::GeoIp;
use std::sync::Arc;

/// Which databases are configured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Places {
    Unknown,
    Networks,
    CitiesAndNetworks,
}

impl Places {
    /// Every choice.
    pub const ALL: [Self; 3] = [Self::Unknown, Self::Networks, Self::CitiesAndNetworks];

    /// The databases of this choice.
    pub fn databases(self) -> Databases {
        Databases {
            city: (self == Self::CitiesAndNetworks).then(cities),
            asn: (self != Self::Unknown).then(networks),
        }
    }
}

/// Records with everything, with something, and with nothing that a document has.
fn cities() -> Vec<(Network, City)> {
    let oslo = City {
        name: Some("Oslo"),
        continent_name: Some("Europe"),
        country_iso_code: Some("NO"),
        country_name: Some("Norway"),
        subdivisions: vec![
            (Some("X"), Some("East")),
            (Some("03"), Some("Oslo \"County\"")),
        ],
        latitude: Some(59.9139),
        longitude: Some(10.0),
    };
    let sea = City {
        continent_name: Some("Antarctica"),
        latitude: Some(-0.00001),
        longitude: Some(-179.5),
        ..City::default()
    };
    let nameless = City {
        subdivisions: vec![(Some("07"), None)],
        latitude: Some(1.5),
        ..City::default()
    };
    let land = City {
        name: Some("Ny-\u{c5}lesund"),
        country_iso_code: Some("SJ"),
        subdivisions: vec![(Some("21"), Some("Svalbard")), (None, Some("Spitsbergen"))],
        ..City::default()
    };
    let records = [
        ("203.0.113.0/24", oslo.clone()),
        ("203.0.113.128/25", nameless),
        ("192.0.2.0/24", land),
        ("128.0.0.0/2", sea.clone()),
        ("2001:db8::/32", sea),
        ("fe80::/10", oslo),
    ];
    records.map(|(text, record)| (network(text), record)).into()
}

fn networks() -> Vec<(Network, AutonomousSystem)> {
    let system = |number, organization| AutonomousSystem {
        number,
        organization,
    };
    let records = [
        ("203.0.113.0/24", system(Some(64500), Some("Example Net"))),
        ("198.51.100.0/24", system(None, None)),
        ("192.0.2.0/24", system(None, Some("R\u{e9}seau"))),
        ("0.0.0.0/1", system(Some(u32::MAX), None)),
        ("2001:db8::/32", system(Some(64501), Some("Six \\ Sons"))),
    ];
    records.map(|(text, record)| (network(text), record)).into()
}

fn network(text: &str) -> Network {
    let (address, prefix) = text.split_once('/').expect("an address and a length");
    Network {
        address: address.parse().expect("an address"),
        prefix: prefix.parse().expect("a length"),
    }
}

/// The same databases, as the program reads them from their files.
pub fn of_program(databases: &Databases) -> Option<Arc<GeoIp>> {
    let city = databases.city.as_ref().map(|networks| {
        let record = |(network, city): &(Network, City)| {
            (network.to_string().leak() as &str, record_of(city))
        };
        written("GeoLite2-City", networks.iter().map(record).collect())
    });
    let asn = databases.asn.as_ref().map(|networks| {
        let record = |(network, system): &(Network, AutonomousSystem)| {
            (network.to_string().leak() as &str, system_of(system))
        };
        written("GeoLite2-ASN", networks.iter().map(record).collect())
    });
    let is_any = city.is_some() || asn.is_some();
    is_any.then(|| Arc::new(GeoIp::new(city, asn).expect("databases")))
}

fn written(kind: &'static str, networks: Vec<(&'static str, Value)>) -> Vec<u8> {
    let database = Database {
        kind,
        ip_version: 6,
        record_size: 28,
        networks,
    };
    database.write()
}

fn record_of(city: &City) -> Value {
    let named = |code: Option<&str>, name: Option<&str>| {
        let code = code.map(|code| ("iso_code", text(code)));
        let name = name.map(names);
        Value::Map(code.into_iter().chain(name).collect())
    };
    let subdivisions = city.subdivisions.iter();
    let subdivisions = subdivisions.map(|(code, name)| named(*code, *name));
    let latitude = city
        .latitude
        .map(|degrees| ("latitude", Value::Double(degrees)));
    let longitude = city
        .longitude
        .map(|degrees| ("longitude", Value::Double(degrees)));
    Value::Map(vec![
        ("city", named(None, city.name)),
        ("continent", named(None, city.continent_name)),
        ("country", named(city.country_iso_code, city.country_name)),
        (
            "location",
            Value::Map(latitude.into_iter().chain(longitude).collect()),
        ),
        ("subdivisions", Value::List(subdivisions.collect())),
    ])
}

fn system_of(system: &AutonomousSystem) -> Value {
    let number = system
        .number
        .map(|number| ("autonomous_system_number", Value::U32(number)));
    let organization = system.organization;
    let organization = organization.map(|name| ("autonomous_system_organization", text(name)));
    Value::Map(number.into_iter().chain(organization).collect())
}
