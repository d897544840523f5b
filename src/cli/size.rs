//! Sizes in bytes as people write them: `5MiB`, `500KB`, `1048576`.

/// Units and their bytes; a bare letter means the binary unit.
const UNITS: [(&str, usize); 11] = [
    ("", 1),
    ("B", 1),
    ("K", 1 << 10),
    ("KiB", 1 << 10),
    ("KB", 1_000),
    ("M", 1 << 20),
    ("MiB", 1 << 20),
    ("MB", 1_000_000),
    ("G", 1 << 30),
    ("GiB", 1 << 30),
    ("GB", 1_000_000_000),
];

/// Parses a size above zero.
///
/// # Errors
/// Text that says what to write.
pub fn size(text: &str) -> Result<usize, String> {
    let wrong = || format!("`{text}` is not a size; write for example 5MiB, 500KB or 1048576");
    let digits = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let number: usize = number.parse().map_err(|_| wrong())?;
    let unit = unit.trim_start();
    let (_, factor) = UNITS
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(unit))
        .ok_or_else(wrong)?;
    match number.checked_mul(*factor) {
        Some(0) => Err("write a size above 0".to_owned()),
        Some(bytes) => Ok(bytes),
        None => Err(wrong()),
    }
}

#[cfg(test)]
mod tests {
    use super::size;

    #[test]
    fn sizes_have_units_of_both_kinds() {
        for (text, bytes) in [
            ("5MiB", 5 << 20),
            ("5 mib", 5 << 20),
            ("1m", 1 << 20),
            ("500KB", 500_000),
            ("7", 7),
            ("7B", 7),
        ] {
            assert_eq!(size(text), Ok(bytes), "{text}");
        }
    }

    #[test]
    fn what_is_no_size_is_refused() {
        for text in [
            "",
            "MiB",
            "5 bananas",
            "-1",
            "1.5M",
            "0",
            "99999999999999999999",
            "9999999999999G",
        ] {
            assert!(size(text).is_err(), "{text}");
        }
    }
}
