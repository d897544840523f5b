//! What MaxMind databases say of an address: `docs/ecs-mapping.md`, section 6.
//!
//! Databases come in as bytes, JSON goes out. Knows no file, and neither the event nor which side of it an address is on.

use std::net::IpAddr;

use maxminddb::{LookupResult, MaxMindDbError, PathElement, Reader, path};
use serde::Deserialize;

use crate::failure::{Kind, OrFail, Result};
use crate::json::{number, text};

/// The kinds of database that are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Database {
    /// Where an address is.
    City,
    /// Whose network it is in.
    Asn,
}

/// Why some bytes are no database of the kind that was expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfit {
    /// What was expected.
    pub database: Database,
    /// What was found, in words.
    pub reason: String,
}

/// The databases of a run; threads ask them without waiting for each other.
#[derive(Debug)]
pub struct GeoIp {
    city: Option<Reader<Vec<u8>>>,
    asn: Option<Reader<Vec<u8>>>,
}

impl GeoIp {
    /// Databases from the contents of their files.
    pub fn new(city: Option<Vec<u8>>, asn: Option<Vec<u8>>) -> std::result::Result<Self, Unfit> {
        Ok(Self {
            city: city.map(|bytes| Database::City.open(bytes)).transpose()?,
            asn: asn.map(|bytes| Database::Asn.open(bytes)).transpose()?,
        })
    }

    /// Whether there is a database that knows places.
    pub fn has_city(&self) -> bool {
        self.city.is_some()
    }

    /// Appends the object `geo` of an address, which is given as it stands in the event (between the quotes); says whether
    /// there is one. Fails only on a damaged database, and has appended nothing then.
    pub fn geo(&self, address: &str, out: &mut Vec<u8>) -> Result<bool> {
        let Some(record) = Record::find(self.city.as_ref(), Database::City, address)? else {
            return Ok(false);
        };
        let place = Place::read(&record)?;
        let mut object = Members::of(out);
        object.text("city_name", place.city);
        object.text("continent_name", place.continent);
        object.text("country_iso_code", place.country_code);
        object.text("country_name", place.country);
        if let Some((latitude, longitude)) = place.location {
            let mut location = Members::of(object.value("location"));
            location.raw("lat", &decimal(latitude));
            location.raw("lon", &decimal(longitude));
            location.end();
        }
        let region_code = place.country_code.zip(place.region_code);
        let region_code = region_code.map(|(country, region)| format!("{country}-{region}"));
        object.text("region_iso_code", region_code.as_deref());
        object.text("region_name", place.region);
        Ok(object.end())
    }

    /// Appends the object `as` of an address, under the same rules as [`Self::geo`].
    pub fn autonomous_system(&self, address: &str, out: &mut Vec<u8>) -> Result<bool> {
        let Some(record) = Record::find(self.asn.as_ref(), Database::Asn, address)? else {
            return Ok(false);
        };
        let number: Option<u32> = record.part(&path!["autonomous_system_number"])?;
        let organization: Option<&str> = record.part(&path!["autonomous_system_organization"])?;
        let mut object = Members::of(out);
        if let Some(number) = number {
            object.raw("number", &number.to_string());
        }
        if organization.is_some() {
            let mut members = Members::of(object.value("organization"));
            members.text("name", organization);
            members.end();
        }
        Ok(object.end())
    }
}

impl Database {
    /// How the type of such a database ends. Elasticsearch decides by these endings too, and the two of a row have the same
    /// members as far as they are read here.
    fn endings(self) -> [&'static str; 2] {
        match self {
            Self::City => ["-City", "-Enterprise"],
            Self::Asn => ["-ASN", "-ISP"],
        }
    }

    fn open(self, bytes: Vec<u8>) -> std::result::Result<Reader<Vec<u8>>, Unfit> {
        let unfit = |reason| Unfit {
            database: self,
            reason,
        };
        let reader = Reader::from_source(bytes)
            .map_err(|error| unfit(format!("not a MaxMind database: {error}")))?;
        let (found, endings) = (&reader.metadata().database_type, self.endings());
        if endings.iter().any(|ending| found.ends_with(ending)) {
            return Ok(reader);
        }
        let [one, other] = endings;
        Err(unfit(format!(
            "a database of type {found:?}; the type must end in {one} or {other}"
        )))
    }

    fn name(self) -> &'static str {
        match self {
            Self::City => "City",
            Self::Asn => "ASN",
        }
    }
}

/// The address that an event's text means. The text of an IPv4 address in an IPv6 one means the former, as in Java; a zone
/// is no part of it.
fn address(raw: &str) -> Option<IpAddr> {
    let text = text::decode(raw, char::REPLACEMENT_CHARACTER);
    let text = text.split_once('%').map_or(&*text, |(address, _)| address);
    Some(match text.parse().ok()? {
        IpAddr::V6(long) => long.to_ipv4_mapped().map_or(IpAddr::V6(long), IpAddr::V4),
        short @ IpAddr::V4(_) => short,
    })
}

/// What a database has of one address; members are read when they are asked for.
struct Record<'a> {
    found: LookupResult<'a, Vec<u8>>,
    database: Database,
    address: IpAddr,
}

impl<'a> Record<'a> {
    fn find(
        reader: Option<&'a Reader<Vec<u8>>>,
        database: Database,
        raw: &str,
    ) -> Result<Option<Self>> {
        let Some((reader, address)) = reader.zip(address(raw)) else {
            return Ok(None);
        };
        if address.is_ipv6() && reader.metadata().ip_version == 4 {
            return Ok(None);
        }
        let found = reader.lookup(address);
        let found = found.or_fail(Kind::Local, || damaged(database, address))?;
        Ok(found.has_data().then_some(Self {
            found,
            database,
            address,
        }))
    }

    /// A part of the record; one that is of an odd type counts as missing.
    fn part<T: Deserialize<'a>>(&self, path: &[PathElement<'_>]) -> Result<Option<T>> {
        match self.found.decode_path(path) {
            Err(MaxMindDbError::Decoding { .. }) => Ok(None),
            part => part.or_fail(Kind::Local, || damaged(self.database, self.address)),
        }
    }
}

fn damaged(database: Database, address: IpAddr) -> String {
    let name = database.name();
    format!("the {name} database is damaged where it should know {address}")
}

/// What is used of a City record.
struct Place<'a> {
    city: Option<&'a str>,
    continent: Option<&'a str>,
    country_code: Option<&'a str>,
    country: Option<&'a str>,
    location: Option<(f64, f64)>,
    region_code: Option<&'a str>,
    region: Option<&'a str>,
}

impl<'a> Place<'a> {
    /// Names are the English ones; the last subdivision is the most specific.
    fn read(record: &Record<'a>) -> Result<Self> {
        let latitude: Option<f64> = record.part(&path!["location", "latitude"])?;
        let longitude: Option<f64> = record.part(&path!["location", "longitude"])?;
        // No JSON number says that something is infinite, or no number.
        let location = latitude
            .zip(longitude)
            .filter(|(latitude, longitude)| latitude.is_finite() && longitude.is_finite());
        Ok(Self {
            city: record.part(&path!["city", "names", "en"])?,
            continent: record.part(&path!["continent", "names", "en"])?,
            country_code: record.part(&path!["country", "iso_code"])?,
            country: record.part(&path!["country", "names", "en"])?,
            location,
            region_code: record.part(&path!["subdivisions", -1, "iso_code"])?,
            region: record.part(&path!["subdivisions", -1, "names", "en"])?,
        })
    }
}

/// A double as documents write doubles.
fn decimal(value: f64) -> String {
    number::canonical(&format!("{value:?}")).into_owned()
}

/// Writes an object whose members may all turn out to be missing.
struct Members<'a> {
    out: &'a mut Vec<u8>,
    start: usize,
}

impl<'a> Members<'a> {
    fn of(out: &'a mut Vec<u8>) -> Self {
        let start = out.len();
        Self { out, start }
    }

    /// Writes a name, which needs no escape; its value is to be written to what is given back.
    fn value(&mut self, name: &str) -> &mut Vec<u8> {
        let is_first = self.out.len() == self.start;
        self.out.push(if is_first { b'{' } else { b',' });
        self.raw_text(name);
        self.out.push(b':');
        self.out
    }

    fn raw(&mut self, name: &str, value: &str) {
        self.value(name).extend_from_slice(value.as_bytes());
    }

    fn text(&mut self, name: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.value(name);
            self.raw_text(&text::escape(value));
        }
    }

    fn raw_text(&mut self, raw: &str) {
        self.out.push(b'"');
        self.out.extend_from_slice(raw.as_bytes());
        self.out.push(b'"');
    }

    /// Whether there was any member.
    fn end(self) -> bool {
        let is_there = self.out.len() > self.start;
        if is_there {
            self.out.push(b'}');
        }
        is_there
    }
}
