//! How bytes are packed into a file, and what is known of the file as it is stored.
//!
//! The same bytes in give the same bytes out, however they were cut into writes: no time stamp stands in a header.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{BufWriter, IntoInnerError, Result, Write};
use std::path::Path;

use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};

const BUFFER: usize = 1 << 16;

/// How a file is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packing {
    /// Not at all.
    Plain,
    /// `.gz`
    Gzip,
    /// `.zst`
    Zstd,
}

impl Packing {
    /// As a file's name says.
    pub fn of(path: &Path) -> Self {
        match path.extension().and_then(OsStr::to_str) {
            Some("gz") => Self::Gzip,
            Some("zst") => Self::Zstd,
            _ => Self::Plain,
        }
    }

    /// What the names of such files end with.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Gzip => ".gz",
            Self::Zstd => ".zst",
        }
    }
}

/// A file as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Its length.
    pub bytes: u64,
    /// SHA-256 of all of it, in lower-case hexadecimal digits.
    pub sha256: String,
}

/// A file that is measured while it is written, where that is wanted.
pub struct Target {
    file: File,
    measure: Option<Box<(Sha256, u64)>>,
}

impl Target {
    /// A file whose bytes are counted and hashed if `measured`.
    pub fn new(file: File, measured: bool) -> Self {
        Self {
            file,
            measure: measured.then(|| Box::new((Sha256::new(), 0))),
        }
    }

    /// The file, and what was written to it.
    pub fn finish(self) -> (File, Option<Stored>) {
        let stored = self.measure.map(|measure| Stored {
            bytes: measure.1,
            sha256: hex(measure.0),
        });
        (self.file, stored)
    }

    /// The file while it grows.
    pub fn file(&self) -> &File {
        &self.file
    }
}

impl Write for Target {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        let taken = self.file.write(bytes)?;
        if let Some(measure) = &mut self.measure {
            measure.0.update(&bytes[..taken]);
            measure.1 += taken as u64;
        }
        Ok(taken)
    }

    fn flush(&mut self) -> Result<()> {
        self.file.flush()
    }
}

/// Writes to a file, packed or not.
pub enum Packer {
    /// Bytes as they are.
    Plain(BufWriter<Target>),
    /// `.gz`
    Gzip(GzEncoder<BufWriter<Target>>),
    /// `.zst`
    Zstd(zstd::Encoder<'static, BufWriter<Target>>),
}

impl Packer {
    /// Begins to write.
    pub fn new(packing: Packing, target: Target) -> Result<Self> {
        let writer = BufWriter::with_capacity(BUFFER, target);
        Ok(match packing {
            Packing::Plain => Self::Plain(writer),
            Packing::Gzip => Self::Gzip(GzEncoder::new(writer, flate2::Compression::default())),
            Packing::Zstd => Self::Zstd(zstd::Encoder::new(writer, 3)?),
        })
    }

    /// Takes bytes in.
    pub fn write(&mut self, bytes: &[u8]) -> Result<()> {
        match self {
            Self::Plain(writer) => writer.write_all(bytes),
            Self::Gzip(writer) => writer.write_all(bytes),
            Self::Zstd(writer) => writer.write_all(bytes),
        }
    }

    /// Hands plain bytes on; what is packed waits for its end.
    pub fn flush(&mut self) -> Result<()> {
        match self {
            Self::Plain(writer) => writer.flush(),
            Self::Gzip(_) | Self::Zstd(_) => Ok(()),
        }
    }

    /// Ends the stream; the file is still to be synced.
    pub fn finish(self) -> Result<Target> {
        match self {
            Self::Plain(writer) => inner(writer),
            Self::Gzip(writer) => writer.finish().and_then(inner),
            Self::Zstd(writer) => writer.finish().and_then(inner),
        }
    }
}

fn inner(writer: BufWriter<Target>) -> Result<Target> {
    writer.into_inner().map_err(IntoInnerError::into_error)
}

/// A finished hash in lower-case hexadecimal digits.
pub fn hex(hash: Sha256) -> String {
    let digit = |value: u8| char::from_digit(value.into(), 16).unwrap_or_default();
    let digits = |byte: u8| [digit(byte >> 4), digit(byte & 15)];
    hash.finalize().into_iter().flat_map(digits).collect()
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use sha2::{Digest, Sha256};

    use super::{Packer, Packing, Target, hex};

    fn packed(packing: Packing, text: &[u8], piece: usize) -> (Vec<u8>, u64, String) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a");
        let file = std::fs::File::create(&path).expect("made");
        let mut packer = Packer::new(packing, Target::new(file, true)).expect("begun");
        for piece in text.chunks(piece) {
            packer.write(piece).expect("written");
        }
        let (_, stored) = packer.finish().expect("finished").finish();
        let stored = stored.expect("measured");
        let bytes = std::fs::read(&path).expect("read");
        (bytes, stored.bytes, stored.sha256)
    }

    #[test]
    fn equal_data_is_equal_bytes_however_it_was_written() {
        let line = |n: u32| format!("{{\"n\":{n},\"k\":{}}}\n", n.wrapping_mul(2_654_435_761));
        let text: String = (0..60_000).map(line).collect();
        for packing in [Packing::Plain, Packing::Gzip, Packing::Zstd] {
            let (whole, length, sha256) = packed(packing, text.as_bytes(), text.len());
            let hash = Sha256::new_with_prefix(&whole);
            assert_eq!((length, sha256), (whole.len() as u64, hex(hash)));
            for piece in [1000, 70_001, 131_072, 1_000_003] {
                let (pieces, ..) = packed(packing, text.as_bytes(), piece);
                assert!(pieces == whole, "{packing:?} in pieces of {piece}");
            }
            let mut unpacked = String::new();
            let read = match packing {
                Packing::Plain => (&whole[..]).read_to_string(&mut unpacked),
                Packing::Gzip => {
                    flate2::read::GzDecoder::new(&whole[..]).read_to_string(&mut unpacked)
                }
                Packing::Zstd => zstd::Decoder::new(&whole[..])
                    .expect("begun")
                    .read_to_string(&mut unpacked),
            };
            read.expect("unpacked");
            assert!(unpacked == text);
        }
    }
}
