//! How much may be written at once, so that a write that is left unfinished ends in the middle of a line.
//!
//! A writer can be killed, or left behind blocked, when a part of a write has been taken. Where such a part may end
//! depends on what is written to; so does what may be asked for in one go.

use std::fs::File;

/// What a pipe takes whole or not at all (`PIPE_BUF` of Linux), and what parts of larger writes are made of: Linux puts
/// a write whose length is a multiple of this into the pipe page by page, and a page is such a multiple too.
const PAGE: usize = 4096;

/// As much as a pipe holds, unless somebody has widened it.
const PAGES: usize = 16;

/// The sizes that suit a file, pipe or device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pieces {
    /// A file is written page by page of the file, wherever a write begins: smaller writes pass the same places. And
    /// a device has no reader who could be misled.
    Whole,
    /// A pipe of Linux: some pages at once where no page ends at the end of a line.
    Pages,
    /// Anything else: no more than is taken whole or not at all.
    Atoms,
}

impl Pieces {
    /// For an open file, pipe or device.
    pub fn of(file: &File) -> Self {
        let Ok(found) = file.metadata() else {
            return Self::Atoms;
        };
        if found.is_file() || is_device(&found) {
            Self::Whole
        } else if cfg!(target_os = "linux") && is_pipe(&found) {
            Self::Pages
        } else {
            Self::Atoms
        }
    }

    /// How much of `bytes`, which end in the middle of a line, to write first.
    pub fn first(self, bytes: &[u8]) -> usize {
        match self {
            Self::Whole => bytes.len(),
            _ if bytes.len() <= PAGE => bytes.len(),
            Self::Atoms => in_line(bytes, PAGE),
            Self::Pages => {
                let ends = (1..=PAGES).map(|pages| pages * PAGE);
                let good = ends
                    .take_while(|end| *end == bytes.len() || is_in_line(bytes, *end))
                    .last();
                good.unwrap_or_else(|| in_line(bytes, PAGE))
            }
        }
    }

    /// How much of `bytes` to put behind `held` ones, to write both together.
    pub fn filling(self, held: usize, bytes: &[u8]) -> usize {
        let most = match self {
            Self::Whole => PAGE,
            Self::Pages | Self::Atoms => PAGE - held % PAGE,
        };
        if bytes.len() <= most {
            bytes.len()
        } else {
            in_line(bytes, most)
        }
    }
}

/// The last place up to `most` that is in the middle of a line; `most` where every line is empty.
pub fn in_line(bytes: &[u8], most: usize) -> usize {
    let inside = |end: &usize| is_in_line(bytes, *end);
    (1..=most).rev().find(inside).unwrap_or(most)
}

fn is_in_line(bytes: &[u8], end: usize) -> bool {
    let is_end = |byte: u8| matches!(byte, b'\n' | b'\r');
    bytes.get(end).is_some_and(|next| !is_end(*next)) && !is_end(bytes[end - 1])
}

#[cfg(unix)]
pub(super) fn is_pipe(found: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::FileTypeExt;
    found.file_type().is_fifo()
}

#[cfg(unix)]
fn is_device(found: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::FileTypeExt;
    found.file_type().is_char_device()
}

#[cfg(not(unix))]
pub(super) fn is_pipe(_: &std::fs::Metadata) -> bool {
    false
}

#[cfg(not(unix))]
fn is_device(_: &std::fs::Metadata) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::{PAGE, PAGES, Pieces, is_in_line};

    #[test]
    fn atoms_fit_a_pipe_and_end_neither_at_nor_before_a_line_end() {
        for shift in 0..12 {
            let line = "{\"abc\":12}\n";
            let bytes = [" ".repeat(shift), line.repeat(2000)].concat().into_bytes();
            let end = Pieces::Atoms.first(&bytes);
            assert!(end <= PAGE && end > PAGE - 4);
            assert!(is_in_line(&bytes, end));
        }
        assert_eq!(Pieces::Atoms.first(b"{}\n"), 3);
    }

    #[test]
    fn no_page_of_a_larger_write_ends_at_a_line_end() {
        let (mut several, mut fewer) = (0, 0);
        for length in 2..600 {
            let line = format!("{}\n", "x".repeat(length));
            let all = line.repeat((PAGES + 3) * PAGE / line.len()).into_bytes();
            let (mut bytes, mut written) = (&all[..all.len() - 2], 0);
            while !bytes.is_empty() {
                let first = Pieces::Pages.first(bytes);
                assert!(first <= PAGES * PAGE);
                if first > PAGE {
                    assert_eq!(first % PAGE, 0);
                    several += 1;
                } else if first < PAGE && first < bytes.len() {
                    fewer += 1;
                }
                for end in (PAGE..=first).step_by(PAGE).chain([first]) {
                    assert!(end == bytes.len() || is_in_line(bytes, end), "{length}");
                }
                bytes = &bytes[first..];
                written += first;
            }
            assert_eq!(written, all.len() - 2);
        }
        assert!(several > 300 && fewer > 100, "{several} {fewer}");
    }

    #[test]
    fn what_is_held_is_filled_up_to_a_page() {
        let bytes = b"{\"a\":1}\n".repeat(2000);
        for held in [1, 700, PAGE - 1, PAGE, PAGE + 5] {
            for pieces in [Pieces::Pages, Pieces::Atoms] {
                let end = pieces.filling(held, &bytes);
                let over = (held + end) % PAGE;
                assert!(over == 0 || over > PAGE - 4 || end < 4, "{held} {end}");
                assert!(is_in_line(&bytes, end) || end < 4);
            }
        }
        assert_eq!(Pieces::Pages.filling(10, b"{\"a\""), 4);
    }

    #[test]
    fn a_file_takes_all_and_a_pipe_takes_pages() {
        let file = tempfile::tempfile().expect("a file");
        assert_eq!(Pieces::of(&file), Pieces::Whole);
        let device = std::fs::File::options().write(true).open("/dev/null");
        assert_eq!(Pieces::of(&device.expect("opened")), Pieces::Whole);
    }
}
