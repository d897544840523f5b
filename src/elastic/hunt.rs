//! The search for the document that makes a server refuse a whole request (`docs/elasticsearch-bulk.md` section 4).
//!
//! Requests are halved until single documents are refused. Those are only suspects until another request of the same
//! search is taken: if many documents alone are refused alike and none is taken, the fault lies with the parameters or the
//! target.

use super::reply::Refusal;

/// One search, from the first refused request to its last half.
#[derive(Default)]
pub(super) struct Hunt {
    suspects: Vec<(usize, Refusal)>,
    accepted: bool,
    /// How many documents are still to be tried before the target is blamed.
    pub probes: Option<usize>,
}

impl Hunt {
    /// A single document was refused; how many were refused alike in a row, while nothing was taken.
    pub fn suspect(&mut self, position: usize, refusal: Refusal) -> usize {
        self.suspects.push((position, refusal));
        let Some((_, last)) = self.suspects.last() else {
            return 0;
        };
        let alike = |(_, refusal): &&(usize, Refusal)| refusal.is_like(last);
        self.suspects.iter().rev().take_while(alike).count()
    }

    /// A request of this search was taken: those suspected so far are to blame, and all later ones.
    pub fn accepted(&mut self) {
        self.accepted = true;
    }

    /// Whether a request of this search was taken.
    pub fn has_accepted(&self) -> bool {
        self.accepted
    }

    /// Those known to be to blame by now; they are handed out once.
    pub fn proven(&mut self) -> Vec<(usize, Refusal)> {
        if self.accepted {
            std::mem::take(&mut self.suspects)
        } else {
            Vec::new()
        }
    }

    /// Nothing is left to be sent: those that no taken request has proven to be to blame.
    pub fn end(self) -> Vec<(usize, Refusal)> {
        self.suspects
    }
}

/// Whether all were refused for the same reason.
pub(super) fn are_alike(suspects: &[(usize, Refusal)]) -> bool {
    suspects
        .windows(2)
        .all(|pair| pair[0].1.is_like(&pair[1].1))
}

#[cfg(test)]
mod tests {
    use super::{Hunt, are_alike};
    use crate::elastic::reply::Refusal;

    fn refusal(reason: &str) -> Refusal {
        Refusal {
            status: Some(400),
            kind: "illegal_argument_exception".to_owned(),
            reason: reason.to_owned(),
        }
    }

    #[test]
    fn suspects_are_to_blame_once_another_request_is_taken() {
        let mut hunt = Hunt::default();
        hunt.suspect(3, refusal("a"));
        hunt.suspect(4, refusal("a"));
        assert!(hunt.proven().is_empty());
        hunt.accepted();
        assert_eq!(hunt.proven().len(), 2);
        hunt.suspect(5, refusal("a"));
        assert_eq!(hunt.proven().len(), 1);
        assert_eq!(hunt.end().len(), 0);
    }

    #[test]
    fn numbers_in_a_reason_do_not_make_it_another() {
        let mut hunt = Hunt::default();
        assert_eq!(hunt.suspect(0, refusal("line 1")), 1);
        assert_eq!(hunt.suspect(1, refusal("line 23")), 2);
        assert!(are_alike(&hunt.end()));
        let mut hunt = Hunt::default();
        hunt.suspect(0, refusal("a"));
        hunt.suspect(1, refusal("b"));
        assert!(!are_alike(&hunt.end()));
    }
}
