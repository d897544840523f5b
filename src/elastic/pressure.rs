//! What a server's refusal for pressure says in numbers: both engines write them only into the reason.
//!
//! Source: `docs/elasticsearch-bulk.md` section 2, request 429.

/// Whether a refusal for pressure names a request larger than the whole limit: it would be refused for ever.
pub(super) fn never_fits(reason: &str) -> bool {
    let number = |key: &str| {
        let at = reason.rfind(key)? + key.len();
        let digits = reason[at..].trim_start_matches(|c: char| c != '=');
        let digits = digits.trim_start_matches('=');
        let end = digits
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(digits.len());
        digits[..end].parse::<u64>().ok()
    };
    reason.contains("rejected execution of coordinating operation")
        && matches!(
            (number("coordinating_operation_bytes"), number("max_coordinating")),
            (Some(asked), Some(limit)) if asked > limit
        )
}

#[cfg(test)]
mod tests {
    use super::never_fits;

    #[test]
    fn a_request_over_the_whole_limit_never_fits() {
        let text = |asked: u64, limit: u64| {
            format!(
                "rejected execution of coordinating operation [coordinating_and_primary_bytes=10, replica_bytes=0, all_bytes=10, coordinating_operation_bytes={asked}, max_coordinating_and_primary_bytes={limit}]"
            )
        };
        assert!(never_fits(&text(2_000_000, 1_048_576)));
        assert!(!never_fits(&text(1_000_000, 1_048_576)));
        assert!(never_fits(&text(9, 5).replace(
            "max_coordinating_and_primary_bytes",
            "max_coordinating_bytes"
        )));
        assert!(!never_fits("rejected execution of primary operation"));
        assert!(!never_fits(""));
    }
}
