//! From kinds of failure to exit codes and the words of a summary's `reasons` (`docs/command-line.md`, "Exit codes").

use crate::failure::Kind;

/// Exit code of a run that failed in this way.
pub fn code(kind: Kind) -> u8 {
    match kind {
        Kind::Unexpected => 1,
        Kind::Usage => 2,
        Kind::Holes => 3,
        Kind::Credentials => 4,
        Kind::JumpCloud => 5,
        Kind::Elasticsearch => 6,
        Kind::Local => 7,
        Kind::Gap => 9,
        Kind::Locked => 11,
        Kind::BrokenPipe => 141,
        Kind::Interrupted(signal) => u8::try_from(128 + signal).unwrap_or(u8::MAX),
    }
}

/// The word for it in a summary's `reasons`.
pub fn reason(kind: Kind) -> &'static str {
    match kind {
        Kind::Unexpected => "unexpected",
        Kind::Usage => "usage",
        Kind::Holes => "holes",
        Kind::Credentials => "credentials",
        Kind::JumpCloud => "jumpcloud",
        Kind::Elasticsearch => "elasticsearch",
        Kind::Local => "local",
        Kind::Gap => "gap",
        Kind::Locked => "locked",
        Kind::BrokenPipe => "broken_pipe",
        Kind::Interrupted(_) => "interrupted",
    }
}

/// The kind that decides when a run failed in several ways: signal, then 2, 4, 7, 5/6, 9, 3.
pub fn decisive(first: Kind, second: Kind) -> Kind {
    if rank(second) < rank(first) {
        second
    } else {
        first
    }
}

fn rank(kind: Kind) -> u8 {
    match kind {
        Kind::Interrupted(_) => 0,
        Kind::BrokenPipe => 1,
        Kind::Usage => 2,
        Kind::Credentials => 3,
        Kind::Local => 4,
        Kind::JumpCloud | Kind::Elasticsearch => 5,
        // A defect is no orderly end with holes.
        Kind::Unexpected => 6,
        Kind::Gap => 7,
        Kind::Holes => 8,
        // Found before anything else can be.
        Kind::Locked => 9,
    }
}

#[cfg(test)]
mod tests {
    use super::{code, decisive};
    use crate::failure::Kind;

    #[test]
    fn codes_are_the_contracts() {
        let table = [
            (Kind::Unexpected, 1),
            (Kind::Usage, 2),
            (Kind::Holes, 3),
            (Kind::Credentials, 4),
            (Kind::JumpCloud, 5),
            (Kind::Elasticsearch, 6),
            (Kind::Local, 7),
            (Kind::Gap, 9),
            (Kind::Locked, 11),
            (Kind::BrokenPipe, 141),
            (Kind::Interrupted(2), 130),
            (Kind::Interrupted(15), 143),
        ];
        for (kind, expected) in table {
            assert_eq!(code(kind), expected, "{kind:?}");
        }
    }

    #[test]
    fn of_several_causes_the_contracts_order_decides() {
        let order = [
            Kind::Interrupted(2),
            Kind::Usage,
            Kind::Credentials,
            Kind::Local,
            Kind::JumpCloud,
            Kind::Unexpected,
            Kind::Gap,
            Kind::Holes,
        ];
        for pair in order.windows(2) {
            assert_eq!(decisive(pair[0], pair[1]), pair[0]);
            assert_eq!(decisive(pair[1], pair[0]), pair[0]);
        }
    }
}
