//! Where the documents of a body differ from the lines that they were read from, so that a line can be had again.
//!
//! Knows bytes and places; which of them are an `_id` or a time, `cuts` knows.

/// A place of a document where its line is another.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seam {
    /// Bytes of the document before it.
    pub at: usize,
    /// Bytes that were put in there.
    pub put: usize,
    /// Bytes of the line in their place.
    pub taken: usize,
}

/// A piece of the text that a document was made of.
pub(super) struct Piece<'a> {
    pub bytes: &'a [u8],
    /// Whether it stands in the document too.
    pub is_sent: bool,
    /// Whether something was put in its place.
    pub undoes: bool,
}

impl<'a> Piece<'a> {
    fn sent(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            is_sent: true,
            undoes: false,
        }
    }
}

/// What the text was made of that became `document`, where `beside` begins with what was taken out of it.
pub(super) fn pieces<'a>(
    mut document: &'a [u8],
    mut beside: &'a [u8],
    seams: &[Seam],
) -> Vec<Piece<'a>> {
    let mut passed = 0;
    let mut pieces = Vec::with_capacity(2 * seams.len() + 1);
    for seam in seams {
        let (sent, behind) = document.split_at(seam.at - passed);
        let (taken, other) = beside.split_at(seam.taken);
        let taken = Piece {
            bytes: taken,
            is_sent: false,
            undoes: seam.put > 0,
        };
        pieces.extend([Piece::sent(sent), taken]);
        (document, beside) = (&behind[seam.put..], other);
        passed = seam.at + seam.put;
    }
    pieces.push(Piece::sent(document));
    pieces
}
