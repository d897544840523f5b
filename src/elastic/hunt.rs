//! The search for the document that makes a server refuse a whole request (`docs/elasticsearch-bulk.md` section 4).
//!
//! Requests are halved until single documents are refused. Those are only suspects until another request of the same
//! search is taken, or they are refused for different reasons: if every document alone is refused alike, the fault lies
//! with the parameters or the target.

use super::reply::Refusal;

/// One search, from the first refused request to its last half.
#[derive(Default)]
pub(super) struct Hunt {
    suspects: Vec<(usize, Refusal)>,
    accepted: bool,
}

/// How a search ends.
pub(super) enum Caught {
    /// These documents are to blame.
    Culprits(Vec<(usize, Refusal)>),
    /// Every document was refused alike.
    Everything(Refusal),
}

impl Hunt {
    /// A single document was refused.
    pub fn suspect(&mut self, position: usize, refusal: Refusal) {
        self.suspects.push((position, refusal));
    }

    /// A request of this search was taken: those suspected so far are to blame, and all later ones.
    pub fn accepted(&mut self) {
        self.accepted = true;
    }

    /// Those known to be to blame by now; they are handed out once.
    pub fn proven(&mut self) -> Vec<(usize, Refusal)> {
        if self.accepted {
            std::mem::take(&mut self.suspects)
        } else {
            Vec::new()
        }
    }

    /// Nothing is left to be sent.
    pub fn end(mut self) -> Caught {
        let alike = self.suspects.windows(2).all(|pair| pair[0].1 == pair[1].1);
        if self.accepted || !alike || self.suspects.len() < 2 {
            return Caught::Culprits(self.suspects);
        }
        let (_, refusal) = self.suspects.swap_remove(0);
        Caught::Everything(refusal)
    }
}

#[cfg(test)]
mod tests {
    use super::{Caught, Hunt};
    use crate::elastic::reply::Refusal;

    fn refusal(reason: &str) -> Refusal {
        Refusal {
            status: Some(400),
            kind: "illegal_argument_exception".to_owned(),
            reason: reason.to_owned(),
        }
    }

    fn caught(hunt: Hunt) -> Option<usize> {
        match hunt.end() {
            Caught::Culprits(culprits) => Some(culprits.len()),
            Caught::Everything(_) => None,
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
        assert_eq!(caught(hunt), Some(0));
    }

    #[test]
    fn all_alike_is_nobodys_fault() {
        let mut hunt = Hunt::default();
        hunt.suspect(0, refusal("a"));
        hunt.suspect(1, refusal("a"));
        assert_eq!(caught(hunt), None);
        let mut hunt = Hunt::default();
        hunt.suspect(0, refusal("a"));
        hunt.suspect(1, refusal("b"));
        assert_eq!(caught(hunt), Some(2), "different reasons");
        let mut hunt = Hunt::default();
        hunt.suspect(0, refusal("a"));
        assert_eq!(caught(hunt), Some(1), "a lone document");
    }
}
