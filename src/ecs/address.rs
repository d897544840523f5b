//! Which texts are IP addresses: `docs/ecs-mapping.md`, section 3.4. An address is copied as it stands, so the answer is
//! yes or no.

use std::net::{IpAddr, Ipv6Addr};

use super::event::{excerpt, kind, plain, write_as_text};
use super::listing::Listing;
use crate::json::elements::elements;

/// Whether this is an address, or a list of addresses; if not, what stands there instead.
pub(super) fn check(value: &[u8]) -> Result<(), String> {
    if value.starts_with(b"[") {
        elements(value).try_for_each(check_one)
    } else {
        check_one(value)
    }
}

/// Adds a device's address, whatever that is, and a source's, which may be a list.
pub(super) fn add_all(device: Option<&[u8]>, source: Option<&[u8]>, list: &mut Listing<'_>) {
    if let Some(device) = device {
        let mut text = Vec::new();
        write_as_text(device, &mut text);
        list.add_string(&text);
    }
    let source = source.unwrap_or_default();
    let one = source.starts_with(b"\"").then_some(source);
    let all = one.into_iter().chain(elements(source));
    all.for_each(|address| list.add_string(address));
}

fn check_one(value: &[u8]) -> Result<(), String> {
    if !value.starts_with(b"\"") {
        return Err(kind(value).to_owned());
    }
    let text = plain(value);
    if is_dotted_quad(&text) || is_address(&String::from_utf8_lossy(&text)) {
        Ok(())
    } else {
        Err(excerpt(&text))
    }
}

/// Whether the bytes are an IPv4 address; what nearly all addresses are.
fn is_dotted_quad(text: &[u8]) -> bool {
    let mut dots = 0;
    let (mut digits, mut number) = (0, 0);
    for byte in text {
        match byte {
            b'0'..=b'9' if digits == 0 || (number > 0 && digits < 3) => {
                number = number * 10 + u32::from(byte - b'0');
                digits += 1;
            }
            b'.' if digits > 0 && number < 256 => {
                dots += 1;
                (digits, number) = (0, 0);
            }
            _ => return false,
        }
    }
    dots == 3 && digits > 0 && number < 256
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
    use super::{is_address, is_dotted_quad};

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
            let is_v4 = !text.contains(':');
            assert_eq!(is_dotted_quad(text.as_bytes()), is_v4, "{text}");
        }
        let others = [
            "",
            " ",
            "192.0.2.256",
            "256.0.2.1",
            "192.0.2.1000",
            "192.0.2.",
            ".0.2.1",
            "192..2.1",
            "00.0.2.1",
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
            assert!(!is_dotted_quad(text.as_bytes()), "{text}");
        }
    }
}
