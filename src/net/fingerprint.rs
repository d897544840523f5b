//! A certificate recognised by its hash, and not by who vouches for it.

use std::fmt;
use std::str::FromStr;

use memchr::memmem;
use sha2::{Digest, Sha256};

/// The SHA-256 of a certificate's DER.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// Whether it is that of this certificate.
    pub(super) fn is_of(self, der: &[u8]) -> bool {
        self.0[..] == Sha256::digest(der)[..]
    }
}

impl FromStr for Fingerprint {
    type Err = String;

    /// Hexadecimal digits of any case, with or without colons.
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong =
            || "it must be the 64 hexadecimal digits of a SHA-256, colons allowed".to_owned();
        let digits: Vec<u8> = text.trim().bytes().filter(|byte| *byte != b':').collect();
        let mut bytes = [0; 32];
        if digits.len() != 2 * bytes.len() {
            return Err(wrong());
        }
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks(2)) {
            let digit = |at: usize| char::from(pair[at]).to_digit(16);
            let (Some(high), Some(low)) = (digit(0), digit(1)) else {
                return Err(wrong());
            };
            *byte = u8::try_from(16 * high + low).map_err(|_| wrong())?;
        }
        Ok(Self(bytes))
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Whether a certificate says that it may vouch for others: its extension `basicConstraints` (RFC 5280, section 4.2.1.9)
/// begins with TRUE.
///
/// The bytes are looked for anywhere, which proves nothing about a certificate from just anybody: ask only of one that was
/// recognised by its [`Fingerprint`].
pub(super) fn is_authority(der: &[u8]) -> bool {
    const OID: [u8; 5] = [0x06, 0x03, 0x55, 0x1d, 0x13];
    const CRITICAL: [u8; 3] = [0x01, 0x01, 0xff];
    memmem::find_iter(der, &OID).any(|at| {
        let rest = &der[at + OID.len()..];
        let value = rest.strip_prefix(&CRITICAL).unwrap_or(rest);
        // An octet string that holds a sequence that begins with TRUE.
        matches!(value, [0x04, _, 0x30, _, 0x01, 0x01, 0xff, ..])
    })
}

#[cfg(test)]
mod tests {
    use super::{Fingerprint, is_authority};

    /// `printf abc | sha256sum`
    const OF_ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    fn read(text: &str) -> Result<Fingerprint, String> {
        text.parse()
    }

    #[test]
    fn colons_and_capitals_make_no_difference() {
        let plain = read(OF_ABC).expect("a fingerprint");
        let pairs: Vec<&str> = (0..32).map(|at| &OF_ABC[2 * at..2 * at + 2]).collect();
        let openssl = pairs.join(":").to_uppercase();
        assert_eq!(read(&format!(" {openssl}\n")), Ok(plain));
        assert_eq!(plain.to_string(), OF_ABC);
        assert!(plain.is_of(b"abc"));
        assert!(!plain.is_of(b"abd"));
    }

    #[test]
    fn what_is_no_sha256_is_refused() {
        let sha1 = &OF_ABC[..40];
        let longer = format!("{OF_ABC}00");
        let letter = OF_ABC.replace('7', "g");
        let sign = OF_ABC.replacen("ba", "+a", 1);
        let wide = OF_ABC.replacen("ba78", "éé", 1);
        for text in ["", sha1, &longer, &letter, &sign, &wide] {
            let why = read(text).expect_err(text);
            assert!(why.contains("64 hexadecimal digits"), "{text}: {why}");
        }
    }

    #[test]
    fn an_authority_says_so_itself() {
        let authority = [
            b"..".as_slice(),
            &[6, 3, 0x55, 0x1d, 0x13, 1, 1, 255, 4, 5, 0x30, 3, 1, 1, 255],
        ]
        .concat();
        assert!(is_authority(&authority));
        let of_length_one = [6, 3, 0x55, 0x1d, 0x13, 4, 8, 0x30, 6, 1, 1, 255, 2, 1, 0];
        assert!(is_authority(&of_length_one));
        let server = [6, 3, 0x55, 0x1d, 0x13, 1, 1, 255, 4, 2, 0x30, 0];
        assert!(!is_authority(&server));
        assert!(!is_authority(&[6, 3, 0x55, 0x1d, 0x13]));
        assert!(!is_authority(b"no extension"));
    }
}
