//! A JSON document that ends with its own checksum, so that a cut or a flipped bit is seen whenever it is read.
//!
//! The document is one line, `{…,"sha256":"…"}` with a line feed. The checksum is the SHA-256 of every byte before
//! `,"sha256":"`. Every format, also a newer one, is sealed like this, so that damage is told from novelty.

use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Seek, SeekFrom, Write};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::packer::hex;

/// What stands before the checksum.
pub const BEFORE: &[u8] = b",\"sha256\":\"";

/// What stands behind it.
pub const BEHIND: &[u8] = b"\"}\n";

/// Its digits.
pub const DIGITS: usize = 64;

/// The length of all three.
const SEAL: usize = BEFORE.len() + DIGITS + BEHIND.len();

const BUFFER: usize = 1 << 16;

/// Why a document cannot be taken for what was written.
#[derive(Debug)]
pub enum Broken {
    /// It cannot be read.
    Unreadable(std::io::Error),
    /// It is not what was written; how that shows.
    Damaged(&'static str),
    /// It is whole, and in a format that a newer program writes.
    Newer(u64),
    /// It is whole, but says something that cannot be understood.
    Strange,
}

impl From<std::io::Error> for Broken {
    fn from(error: std::io::Error) -> Self {
        Self::Unreadable(error)
    }
}

#[derive(Deserialize)]
struct Head {
    format: u64,
}

/// Writes a document, of which the first member is its `format`, with its checksum. Little of it is held in memory.
pub fn write_sealed(file: &File, document: &impl Serialize) -> std::io::Result<()> {
    let mut out = BufWriter::with_capacity(BUFFER, Sealing::new(file));
    serde_json::to_writer(&mut out, document)?;
    out.into_inner()
        .map_err(std::io::IntoInnerError::into_error)?
        .seal()
}

/// Hashes and hands on everything but the last byte, the brace that the seal stands before.
struct Sealing<'a> {
    file: &'a File,
    hash: Sha256,
    last: Option<u8>,
}

impl<'a> Sealing<'a> {
    fn new(file: &'a File) -> Self {
        Self {
            file,
            hash: Sha256::new(),
            last: None,
        }
    }

    fn hand_on(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.hash.update(bytes);
        self.file.write_all(bytes)
    }

    fn seal(mut self) -> std::io::Result<()> {
        if self.last != Some(b'}') {
            return Err(std::io::Error::other("only an object can be sealed"));
        }
        let digits = hex(self.hash);
        self.file
            .write_all(&[BEFORE, digits.as_bytes(), BEHIND].concat())
    }
}

impl Write for Sealing<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let Some((last, before)) = bytes.split_last() else {
            return Ok(0);
        };
        if let Some(held) = self.last.replace(*last) {
            self.hand_on(&[held])?;
        }
        self.hand_on(before)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Reads a document of this format back, whose file nobody changes in place. Little of it is held in memory but what it
/// becomes.
pub fn read_sealed<T: DeserializeOwned>(file: &File, format: u64) -> Result<T, Broken> {
    let sealed = check_seal(file)?;
    let head: Head = parse(file, sealed)?;
    match head.format {
        found if found > format => Err(Broken::Newer(found)),
        found if found < format => Err(Broken::Strange),
        _ => parse(file, sealed),
    }
}

/// How many bytes the seal vouches for.
fn check_seal(mut file: &File) -> Result<u64, Broken> {
    let length = file.metadata()?.len();
    if length == 0 {
        return Err(Broken::Damaged("it is empty"));
    }
    let cut = || Broken::Damaged("it does not end with a checksum, so it was cut off or changed");
    let sealed = length.checked_sub(SEAL as u64).ok_or_else(cut)?;
    let mut seal = [0; SEAL];
    file.seek(SeekFrom::Start(sealed))?;
    file.read_exact(&mut seal)?;
    let digits = seal
        .strip_prefix(BEFORE)
        .and_then(|rest| rest.strip_suffix(BEHIND));
    let digits = digits.ok_or_else(cut)?;
    file.seek(SeekFrom::Start(0))?;
    let mut hash = Sha256::new();
    let mut reader = file.take(sealed);
    let mut piece = vec![0; BUFFER];
    loop {
        let got = reader.read(&mut piece)?;
        if got == 0 {
            break;
        }
        hash.update(&piece[..got]);
    }
    if hex(hash).as_bytes() == digits {
        Ok(sealed)
    } else {
        Err(Broken::Damaged(
            "its checksum does not fit, so it was changed",
        ))
    }
}

fn parse<T: DeserializeOwned>(mut file: &File, sealed: u64) -> Result<T, Broken> {
    file.seek(SeekFrom::Start(0))?;
    let text = file.take(sealed).chain(&b"}"[..]);
    let text = BufReader::with_capacity(BUFFER, text);
    serde_json::from_reader(text).map_err(|error| {
        if error.is_io() {
            Broken::Unreadable(error.into())
        } else {
            Broken::Strange
        }
    })
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::path::Path;

    use serde::{Deserialize, Serialize};

    use super::{Broken, read_sealed, write_sealed};

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Document {
        format: u64,
        text: String,
    }

    fn written(folder: &Path, format: u64, size: usize) -> Vec<u8> {
        let path = folder.join("document");
        let document = Document {
            format,
            text: "\u{e9}".repeat(size),
        };
        let file = File::create(&path).expect("made");
        write_sealed(&file, &document).expect("written");
        std::fs::read(&path).expect("read")
    }

    fn read(folder: &Path, bytes: &[u8]) -> Result<Document, Broken> {
        let path = folder.join("document");
        std::fs::write(&path, bytes).expect("written");
        read_sealed(&File::open(&path).expect("opened"), 1)
    }

    #[test]
    fn what_was_written_is_read() {
        let folder = tempfile::tempdir().expect("a folder");
        for size in [0, 1, 40_000, 500_000] {
            let bytes = written(folder.path(), 1, size);
            let document = read(folder.path(), &bytes).expect("read");
            assert_eq!(document.text.chars().count(), size);
        }
    }

    #[test]
    fn every_cut_and_every_flipped_bit_is_seen() {
        let folder = tempfile::tempdir().expect("a folder");
        let bytes = written(folder.path(), 1, 20);
        for end in 0..bytes.len() {
            let broken = read(folder.path(), &bytes[..end]).expect_err("cut");
            assert!(matches!(broken, Broken::Damaged(_)), "{end}: {broken:?}");
        }
        for bit in 0..bytes.len() * 8 {
            let mut bytes = bytes.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            let broken = read(folder.path(), &bytes).expect_err("flipped");
            assert!(matches!(broken, Broken::Damaged(_)), "{bit}: {broken:?}");
        }
        let longer = [&bytes[..], b"\n"].concat();
        let broken = read(folder.path(), &longer).expect_err("longer");
        assert!(matches!(broken, Broken::Damaged(_)));
    }

    #[test]
    fn a_newer_format_is_no_damage() {
        let folder = tempfile::tempdir().expect("a folder");
        for (format, newer) in [(2, true), (0, false)] {
            let bytes = written(folder.path(), format, 3);
            let broken = read(folder.path(), &bytes).expect_err("another format");
            assert_eq!(matches!(broken, Broken::Newer(2)), newer, "{broken:?}");
        }
    }
}
