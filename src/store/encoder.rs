//! How bytes leave: as they are, packed, or as a stream that looks cut off until it is finished.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{BufWriter, IntoInnerError, Result, Write};
use std::path::Path;

use flate2::write::GzEncoder;

use super::open_ended::{Lines, OpenEnded};

const BUFFER: usize = 1 << 16;

/// An open output file or stream.
pub enum Encoder {
    /// Bytes as they are.
    Plain(BufWriter<File>),
    /// Stdout or a pipe that nobody watches: it must not look finished before it is.
    OpenEnded(OpenEnded),
    /// `.gz`
    Gzip(GzEncoder<BufWriter<File>>),
    /// `.zst`
    Zstd(zstd::Encoder<'static, BufWriter<File>>),
}

impl Encoder {
    /// Bytes as they are.
    pub fn plain(file: File) -> Self {
        Self::Plain(BufWriter::with_capacity(BUFFER, file))
    }

    /// A stream for a reader.
    pub fn open_ended(file: File) -> Self {
        Self::OpenEnded(OpenEnded::new(file))
    }

    /// Says what the lines are; matters only where the last one is held back.
    pub fn set_lines(&mut self, lines: Lines) {
        if let Self::OpenEnded(stream) = self {
            stream.set_lines(lines);
        }
    }

    /// For a file whose name says how it is packed.
    pub fn for_name(path: &Path, file: File) -> Result<Self> {
        let writer = BufWriter::with_capacity(BUFFER, file);
        Ok(match path.extension().and_then(OsStr::to_str) {
            Some("gz") => Self::Gzip(GzEncoder::new(writer, flate2::Compression::default())),
            Some("zst") => Self::Zstd(zstd::Encoder::new(writer, 3)?),
            _ => Self::Plain(writer),
        })
    }

    /// Takes bytes in.
    pub fn write(&mut self, bytes: &[u8]) -> Result<()> {
        match self {
            Self::Plain(writer) => writer.write_all(bytes),
            Self::OpenEnded(stream) => stream.write(bytes),
            Self::Gzip(writer) => writer.write_all(bytes),
            Self::Zstd(writer) => writer.write_all(bytes),
        }
    }

    /// Hands bytes on to a reader; what is packed waits for its end.
    pub fn flush(&mut self) -> Result<()> {
        match self {
            Self::Plain(writer) => writer.flush(),
            Self::OpenEnded(stream) => stream.flush(),
            Self::Gzip(_) | Self::Zstd(_) => Ok(()),
        }
    }

    /// Ends the stream; the file is still to be synced.
    pub fn finish(self) -> Result<File> {
        match self {
            Self::Plain(writer) => file_of(writer),
            Self::OpenEnded(stream) => stream.finish(),
            Self::Gzip(writer) => writer.finish().and_then(file_of),
            Self::Zstd(writer) => writer.finish().and_then(file_of),
        }
    }

    /// Ends what a failed run wrote in place.
    pub fn abandon(self, mark: bool) -> Result<()> {
        match self {
            Self::OpenEnded(stream) => stream.abandon(mark),
            other => other.finish().map(|_| ()),
        }
    }
}

fn file_of(writer: BufWriter<File>) -> Result<File> {
    writer.into_inner().map_err(IntoInnerError::into_error)
}
