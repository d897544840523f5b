//! How bytes leave: as they are, packed, or as a stream that looks cut off until it is finished.

use std::fs::File;
use std::io::Result;

use super::open_ended::{Lines, OpenEnded};
use super::packer::{Packer, Packing, Stored, Target};

/// An open output file or stream.
pub enum Encoder {
    /// Stdout or a pipe that nobody watches: it must not look finished before it is.
    OpenEnded(OpenEnded),
    /// A file, or a terminal.
    File(Packer),
}

impl Encoder {
    /// Bytes as they are.
    pub fn plain(file: File) -> Result<Self> {
        Packer::new(Packing::Plain, Target::new(file, false)).map(Self::File)
    }

    /// A stream for a reader.
    pub fn open_ended(file: File) -> Self {
        Self::OpenEnded(OpenEnded::new(file))
    }

    /// For a file that is packed, and measured where that is wanted.
    pub fn packed(packing: Packing, file: File, measured: bool) -> Result<Self> {
        Packer::new(packing, Target::new(file, measured)).map(Self::File)
    }

    /// Says what the lines are; matters only where the last one is held back.
    pub fn set_lines(&mut self, lines: Lines) {
        if let Self::OpenEnded(stream) = self {
            stream.set_lines(lines);
        }
    }

    /// Takes bytes in.
    pub fn write(&mut self, bytes: &[u8]) -> Result<()> {
        match self {
            Self::OpenEnded(stream) => stream.write(bytes),
            Self::File(packer) => packer.write(bytes),
        }
    }

    /// Hands bytes on to a reader; what is packed waits for its end.
    pub fn flush(&mut self) -> Result<()> {
        match self {
            Self::OpenEnded(stream) => stream.flush(),
            Self::File(packer) => packer.flush(),
        }
    }

    /// Makes what was written to a plain file outlive the machine, while it grows.
    pub fn sync(&mut self) -> Result<()> {
        self.flush()?;
        match self {
            Self::File(Packer::Plain(writer)) => writer.get_ref().file().sync_data(),
            _ => Err(std::io::Error::other(
                "only a plain file can be synced while it grows",
            )),
        }
    }

    /// Ends the stream; the file is still to be synced. What is stored is known where it was measured.
    pub fn finish(self) -> Result<(File, Option<Stored>)> {
        match self {
            Self::OpenEnded(stream) => stream.finish().map(|file| (file, None)),
            Self::File(packer) => packer.finish().map(Target::finish),
        }
    }

    /// Ends what a failed run wrote in place.
    pub fn abandon(self, mark: bool) -> Result<()> {
        match self {
            Self::OpenEnded(stream) => stream.abandon(mark),
            other @ Self::File(_) => other.finish().map(|_| ()),
        }
    }
}
