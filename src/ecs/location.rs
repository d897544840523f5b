//! Step 13: where the addresses of a document are, and whose networks they are in (`docs/ecs-mapping.md`, section 6).

use super::draft::Draft;
use super::event::{Event, inside_quotes};
use super::geoip::GeoIp;
use super::source::Source;
use super::target::Target;
use crate::failure::Result;
use crate::json::elements::elements;

/// A side of an event: where its address stands, the field that it is copied to, the place and the network.
type Side = (Source, Target, Target, Target);

/// The two sides, in the order in which they are looked up.
const SIDES: [Side; 2] = [
    (
        Source::SrcIp,
        Target::SourceIp,
        Target::SourceGeo,
        Target::SourceAs,
    ),
    (
        Source::ClientIp,
        Target::ClientIp,
        Target::ClientGeo,
        Target::ClientAs,
    ),
];

/// Adds what the databases know of the addresses that the document has. Fails only on a damaged database.
pub(super) fn locate(event: Event<'_>, draft: &mut Draft, geoip: Option<&GeoIp>) -> Result<()> {
    let Some(geoip) = geoip else {
        return Ok(());
    };
    for (source, ip, geo, network) in SIDES {
        if let Some(span) = event.span(source)
            && draft.has(ip)
        {
            let addresses = event.value(span);
            draft.try_make(geo, |made| {
                first_known(&addresses, |one| geoip.geo(one, made))
            })?;
            draft.try_make(network, |made| {
                first_known(&addresses, |one| geoip.autonomous_system(one, made))
            })?;
        }
    }
    Ok(())
}

/// Asks for an address, or for those of a list until something is known of one; says whether anything is.
fn first_known(addresses: &[u8], mut ask: impl FnMut(&str) -> Result<bool>) -> Result<bool> {
    let mut ask = |address: &[u8]| {
        let raw = inside_quotes(address).unwrap_or_default();
        ask(&String::from_utf8_lossy(raw))
    };
    if !addresses.starts_with(b"[") {
        return ask(addresses);
    }
    for address in elements(addresses) {
        if ask(address)? {
            return Ok(true);
        }
    }
    Ok(false)
}
