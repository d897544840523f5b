//! Which texts are IP addresses: `docs/ecs-mapping.md`, section 3.4. An address is copied as it stands, so the answer is
//! yes or no.

use super::rendering::excerpt;
use crate::reference::json::text::decode;
use crate::reference::json::tree::Value;
use std::net::{IpAddr, Ipv6Addr};

/// Whether this is an address, or a list of addresses; if not, what stands there instead.
pub fn check(value: &Value<'_>) -> Result<(), String> {
    match value {
        Value::Array(elements) => elements.iter().try_for_each(check_one),
        single => check_one(single),
    }
}

fn check_one(value: &Value<'_>) -> Result<(), String> {
    let Value::String(raw) = value else {
        return Err(value.kind().to_owned());
    };
    let text = decode(raw, char::REPLACEMENT_CHARACTER);
    if is_address(&text) {
        Ok(())
    } else {
        Err(excerpt(&text))
    }
}

/// Whether `text` is an IPv4 address, or an IPv6 address with or without a zone.
fn is_address(text: &str) -> bool {
    match text.split_once('%') {
        None => text.parse::<IpAddr>().is_ok(),
        Some((address, zone)) => {
            !zone.is_empty() && !address.contains('.') && address.parse::<Ipv6Addr>().is_ok()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::is_address;

    #[test]
    fn addresses_are_told_from_what_only_looks_like_them() {
        let addresses = [
            "0.0.0.0",
            "255.255.255.255",
            "2001:DB8::1",
            "2001:db8:0:0:0:0:0:1",
            "::",
            "::1",
            "1::",
            "1:2:3:4:5:6:7::",
            "::ffff:192.0.2.1",
            "1:2:3:4:5:6:192.0.2.1",
            "fe80::1%eth0",
            "fe80::1%0",
        ];
        for text in addresses {
            assert!(is_address(text), "{text}");
        }
        let others = [
            "",
            " ",
            "192.0.2.256",
            "192.0.2.01",
            "192.0.2",
            "192.0.2.1.1",
            "192.0.2.1%eth0",
            "fe80::1%",
            "::ffff:192.0.2.1%eth0",
            "[2001:db8::1]",
            "192.0.2.1:443",
            "192.0.2.0/24",
            "2001:db8::/32",
            " 192.0.2.1",
            "192.0.2.1 ",
            "192.0.2.1, 192.0.2.2",
            "1:2:3:4:5:6:7",
            "1:2:3:4:5:6:7:8:9",
            "1:2:3:4:5:6:7:8::",
            "1::2::3",
            ":::",
            ":1",
            "1:",
            "12345::",
            "g::",
            "localhost",
            "192.0.2.1?",
        ];
        for text in others {
            assert!(!is_address(text), "{text}");
        }
    }
}
