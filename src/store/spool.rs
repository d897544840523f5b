//! Where the elements of a page wait until the page is known to be whole: memory, then an unlinked temporary file.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::failure::{Kind, OrFail, Result};

/// How much of a page stays in memory.
const IN_MEMORY: usize = 8 << 20;

/// A sequence of byte texts, written once and then read once in order.
pub struct Spool {
    folder: PathBuf,
    memory: Vec<u8>,
    file: Option<File>,
    lengths: Vec<u64>,
}

impl Spool {
    /// An empty spool; large pages go to a file in `folder` that has no name.
    pub fn new(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            memory: Vec::new(),
            file: None,
            lengths: Vec::new(),
        }
    }

    /// Appends one text.
    pub fn push(&mut self, text: &[u8]) -> Result<()> {
        self.memory.extend_from_slice(text);
        self.lengths.push(text.len() as u64);
        if self.memory.len() > IN_MEMORY {
            self.spill()?;
        }
        Ok(())
    }

    /// How many texts there are.
    pub fn len(&self) -> usize {
        self.lengths.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.lengths.is_empty()
    }

    /// Forgets everything, to be filled again.
    pub fn clear(&mut self) {
        self.memory.clear();
        self.lengths.clear();
        self.file = None;
    }

    fn spill(&mut self) -> Result<()> {
        let folder = self.folder.display().to_string();
        let doing = || format!("writing a large page to a temporary file in {folder}");
        if self.file.is_none() {
            self.file = Some(tempfile::tempfile_in(&self.folder).or_fail(Kind::Local, doing)?);
        }
        if let Some(file) = &mut self.file {
            file.write_all(&self.memory).or_fail(Kind::Local, doing)?;
        }
        self.memory.clear();
        Ok(())
    }

    /// Hands every text to `deliver`, in order.
    pub fn read(&mut self, mut deliver: impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
        let memory: &[u8] = &self.memory;
        let mut reader: Box<dyn Read + '_> = match &mut self.file {
            None => Box::new(memory),
            Some(file) => {
                file.seek(SeekFrom::Start(0))
                    .or_fail(Kind::Local, || "reading a large page back")?;
                Box::new(BufReader::with_capacity(1 << 16, file).chain(memory))
            }
        };
        let mut text = Vec::new();
        for length in &self.lengths {
            text.clear();
            let got = reader.by_ref().take(*length).read_to_end(&mut text);
            let got = got.or_fail(Kind::Local, || "reading a large page back")?;
            if got as u64 != *length {
                return Err(crate::failure::Failure::new(
                    Kind::Local,
                    "a temporary file was cut while it was in use",
                ));
            }
            deliver(&text)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{IN_MEMORY, Spool};

    #[test]
    fn what_goes_in_comes_out_from_memory_and_from_disk() {
        let mut spool = Spool::new(&std::env::temp_dir());
        for size in [10, IN_MEMORY / 3] {
            spool.clear();
            let texts: Vec<Vec<u8>> = (0..7_u8).map(|n| vec![n; size + usize::from(n)]).collect();
            for text in &texts {
                spool.push(text).expect("written");
            }
            assert_eq!((spool.len(), spool.is_empty()), (7, false));
            let mut found = Vec::new();
            spool
                .read(|text| {
                    found.push(text.to_vec());
                    Ok(())
                })
                .expect("read");
            assert!(found == texts, "texts of about {size} bytes");
            assert_eq!(spool.file.is_some(), size > 10);
        }
    }
}
