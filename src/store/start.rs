//! Where the reading of a file starts that was read in part before, and whether it is still the same file.
//!
//! A file that has grown is; one that became shorter, or in which the beginning or what stands before the position is
//! another, is refused. What is packed and unchanged is known by how it is stored, without unpacking it.

use std::fs::File;
use std::io::{ErrorKind, Read, Seek, SeekFrom};
use std::path::Path;

use super::imprint::{Imprint, PIECE, Packed};
use super::input::{is_packed, open_input};
use super::load_state::LoadedFile;
use crate::failure::{Failure, Kind, OrFail, Result};

/// An input, and where its reading starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Start {
    /// A file, or `-` for stdin.
    pub path: String,
    /// So many bytes of it, unpacked, were read before.
    pub bytes: u64,
    /// And so many line ends.
    pub lines: u64,
    /// How it is stored, if it is packed.
    pub packed: Option<Packed>,
}

impl Start {
    /// The beginning of an input.
    pub fn of(path: String) -> Self {
        Self {
            path,
            bytes: 0,
            lines: 0,
            packed: None,
        }
    }

    /// Where a file is gone on with; `None` where there is nothing to be read any more.
    ///
    /// # Errors
    /// [`Kind::Usage`] where it is not the file any more that was read before, or no regular file; what to do about it names the state.
    pub fn behind(known: &LoadedFile, state: &Path) -> Result<Option<Self>> {
        let path = &known.path;
        let reading = || format!("reading {path}");
        // Opening a pipe would wait for somebody who writes to it.
        let found = match std::fs::metadata(path) {
            Err(error) if error.kind() == ErrorKind::NotFound && known.ended => return Ok(None),
            found => found.or_fail(Kind::Usage, reading)?,
        };
        if !found.is_file() {
            let text = format!("{path} is no regular file, so no later run can go on in it");
            return Err(Failure::usage(text).hint("write what it gives to a file, and name that"));
        }
        let mut file = File::open(path).or_fail(Kind::Usage, reading)?;
        let packed = packed(&mut file, found.len()).or_fail(Kind::Local, reading)?;
        let is_all = match &packed {
            Some(_) if packed == known.packed => known.ended,
            Some(_) => {
                check_unpacked(known, state)?;
                false
            }
            None => {
                check_plain(&mut file, found.len(), (known, state))?;
                known.ended && found.len() == known.bytes
            }
        };
        Ok((!is_all).then(|| Self {
            path: path.clone(),
            bytes: known.bytes,
            lines: known.lines,
            packed,
        }))
    }
}

/// How a file is stored, if it is packed.
fn packed(file: &mut File, length: u64) -> std::io::Result<Option<Packed>> {
    if !is_packed(file)? {
        return Ok(None);
    }
    Ok(Some(Packed {
        bytes: length,
        tail: Imprint::of(&before(file, length, length.min(PIECE as u64))?),
    }))
}

fn check_plain(file: &mut File, length: u64, (known, state): (&LoadedFile, &Path)) -> Result<()> {
    let path = &known.path;
    let reading = || format!("reading {path}");
    if length < known.bytes {
        return Err(shorter(known, length, state));
    }
    let head = before(file, known.head.bytes, known.head.bytes).or_fail(Kind::Local, reading)?;
    let tail = before(file, known.bytes, known.tail.bytes).or_fail(Kind::Local, reading)?;
    same((known, state), &head, &tail)
}

/// Unpacks what was read before, as it is stored otherwise than it was.
fn check_unpacked(known: &LoadedFile, state: &Path) -> Result<()> {
    let path = &known.path;
    let reading = || format!("reading {path}");
    let mut reader = open_input(path)?.reader;
    let mut take = |bytes: u64| {
        let mut piece = Vec::new();
        let read = (&mut reader).take(bytes).read_to_end(&mut piece);
        read.or_fail(Kind::Local, reading).map(|_| piece)
    };
    let mut head = take(known.head.bytes)?;
    let mut tail = Vec::new();
    let mut left = known.bytes.saturating_sub(head.len() as u64);
    let kept = usize::try_from(known.tail.bytes).unwrap_or(PIECE);
    tail.extend_from_slice(&head);
    while left > 0 {
        let piece = take(left.min(STEP))?;
        if piece.is_empty() {
            return Err(shorter(known, known.bytes - left, state));
        }
        left -= piece.len() as u64;
        tail.extend_from_slice(&piece);
        tail.drain(..tail.len().saturating_sub(kept));
    }
    tail.truncate(usize::try_from(known.bytes).unwrap_or(usize::MAX));
    tail.drain(..tail.len().saturating_sub(kept));
    head.truncate(usize::try_from(known.head.bytes).unwrap_or(PIECE));
    same((known, state), &head, &tail)
}

/// What is unpacked at once.
const STEP: u64 = 1 << 16;

fn same((known, state): (&LoadedFile, &Path), head: &[u8], tail: &[u8]) -> Result<()> {
    if known.head.fits(head) && known.tail.fits(tail) {
        return Ok(());
    }
    let (path, bytes) = (&known.path, known.bytes);
    let text = format!(
        "{path} is not the file any more of which {bytes} bytes were loaded: what stands there has changed"
    );
    Err(Failure::usage(text).hint(anew(path, state)))
}

fn shorter(known: &LoadedFile, length: u64, state: &Path) -> Failure {
    let (path, bytes) = (&known.path, known.bytes);
    let text = format!(
        "{path} is not the file any more of which {bytes} bytes were loaded: it has {length}"
    );
    Failure::usage(text).hint(anew(path, state))
}

fn anew(path: &str, state: &Path) -> String {
    format!(
        "bring the old file back, or load the new one from its beginning: jcx state set {} --forget {path}",
        state.display()
    )
}

/// So many bytes before a position.
fn before(file: &mut File, position: u64, bytes: u64) -> std::io::Result<Vec<u8>> {
    let mut piece = Vec::new();
    file.seek(SeekFrom::Start(position.saturating_sub(bytes)))?;
    file.take(bytes).read_to_end(&mut piece)?;
    Ok(piece)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::Start;
    use crate::failure::{Kind, Result};
    use crate::store::imprint::{Imprint, Packed};
    use crate::store::load_state::LoadedFile;

    /// What a state of that name says of a file.
    fn behind(known: &LoadedFile) -> Result<Option<Start>> {
        Start::behind(known, "load.state".as_ref())
    }

    fn gz(text: &[u8]) -> Vec<u8> {
        let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gz.write_all(text).expect("packed");
        gz.finish().expect("packed")
    }

    /// Behind the first so many bytes of this text.
    fn known(path: &str, text: &[u8], bytes: usize, ended: bool) -> LoadedFile {
        LoadedFile {
            path: path.to_owned(),
            bytes: bytes as u64,
            lines: 1,
            head: Imprint::of_beginning(text),
            tail: Imprint::of_end(&text[..bytes]),
            packed: None,
            ended,
        }
    }

    #[test]
    fn the_same_file_and_a_grown_one_are_gone_on_with_and_another_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let long: Vec<u8> = (0..100_000_u32).flat_map(u32::to_le_bytes).collect();
        for (text, bytes) in [(&b"one\ntwo\n"[..], 4), (b"one\n", 4), (&long, 300_000)] {
            let mut changed = text.to_vec();
            changed[bytes - 1] ^= 1;
            let mut other = text.to_vec();
            other[0] ^= 1;
            let grown = [text, b"three\n"].concat();
            for pack in [|text: &[u8]| text.to_vec(), gz] {
                let path = folder.path().join("file").display().to_string();
                let known = known(&path, text, bytes, false);
                for (found, goes_on) in [
                    (text, true),
                    (&grown, true),
                    (&changed, false),
                    (&other, false),
                    (&text[..bytes - 1], false),
                ] {
                    std::fs::write(&path, pack(found)).expect("written");
                    match behind(&known) {
                        Ok(start) => {
                            assert!(goes_on);
                            assert_eq!(start.expect("to be read").bytes, bytes as u64);
                        }
                        Err(failure) => {
                            assert!(!goes_on, "{failure}");
                            assert_eq!(failure.kind(), Kind::Usage);
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn what_was_read_to_its_end_is_passed_over_until_it_grows() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("file").display().to_string();
        let mut known = known(&path, b"one\n", 4, true);
        assert!(behind(&known).expect("it may be gone").is_none());
        std::fs::write(&path, "one\n").expect("written");
        assert!(behind(&known).expect("whole").is_none());
        std::fs::write(&path, "one\ntwo\n").expect("written");
        assert!(behind(&known).expect("grown").is_some());
        let stored = gz(b"one\n");
        std::fs::write(&path, &stored).expect("written");
        let start = behind(&known).expect("packed since");
        let packed = start.expect("to be unpacked").packed;
        assert_eq!(
            packed,
            Some(Packed {
                bytes: stored.len() as u64,
                tail: Imprint::of_end(&stored),
            })
        );
        known.packed = packed;
        assert!(behind(&known).expect("as it was").is_none());
        std::fs::write(&path, [stored, gz(b"two\n")].concat()).expect("written");
        assert!(behind(&known).expect("grown").is_some());
        known.ended = false;
        std::fs::remove_file(&path).expect("removed");
        assert!(behind(&known).is_err(), "not read to its end");
        for special in [".", "/dev/null"] {
            let known = LoadedFile::new(special.to_owned());
            assert!(behind(&known).is_err(), "{special}");
        }
    }
}
