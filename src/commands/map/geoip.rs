//! The databases that `--geoip-city` and `--geoip-asn` name, read whole before the first document is made.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use crate::cli::MapArgs;
use crate::ecs::{Database, GeoIp, Unfit};
use crate::failure::{Failure, Kind, OrFail, Result};

/// The databases, if any is named; one that cannot be read, or is of another kind, is a mistake in the arguments.
pub(super) fn geoip(args: &MapArgs) -> Result<Option<Arc<GeoIp>>> {
    let (city, asn) = (args.geoip_city.as_deref(), args.geoip_asn.as_deref());
    if city.is_none() && asn.is_none() {
        return Ok(None);
    }
    let read = |database, file: Option<&Path>| {
        let bytes = file.map(|file| {
            fs::read(file).or_fail(Kind::Usage, || format!("reading {}", named(database, file)))
        });
        bytes.transpose()
    };
    let databases = GeoIp::new(read(Database::City, city)?, read(Database::Asn, asn)?);
    let refused = |unfit: Unfit| {
        let file = match unfit.database {
            Database::City => city,
            Database::Asn => asn,
        };
        let file = named(unfit.database, file.unwrap_or(Path::new("")));
        Failure::usage(format!("{file}: {}", unfit.reason)).hint(hint(unfit.database))
    };
    Ok(Some(Arc::new(databases.map_err(refused)?)))
}

fn named(database: Database, file: &Path) -> String {
    let flag = match database {
        Database::City => "--geoip-city",
        Database::Asn => "--geoip-asn",
    };
    format!("{flag} {}", file.display())
}

fn hint(database: Database) -> &'static str {
    match database {
        Database::City => "name a GeoLite2-City.mmdb or GeoIP2-City.mmdb, unpacked",
        Database::Asn => "name a GeoLite2-ASN.mmdb or GeoIP2-ISP.mmdb, unpacked",
    }
}
