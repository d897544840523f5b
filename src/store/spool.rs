//! Where the elements of pages wait until their page is known to be whole and their turn has come: memory, then an unlinked
//! temporary file.
//!
//! What waits in memory is bounded for the whole run by a [`Budget`] that all spools share.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::failure::{Failure, Kind, OrFail, Result};

/// What each spool may hold in memory whatever the others do.
const ALWAYS: usize = 256 << 10;
/// How much more a spool takes from the budget at a time.
const STEP: usize = 1 << 20;

/// Memory that the spools of a run share beyond what each has anyway.
#[derive(Clone, Debug)]
pub struct Budget(Arc<AtomicUsize>);

impl Budget {
    /// This many bytes for all together.
    pub fn new(bytes: usize) -> Self {
        Self(Arc::new(AtomicUsize::new(bytes)))
    }

    fn take(&self, bytes: usize) -> bool {
        let enough = |left: usize| left.checked_sub(bytes);
        let relaxed = Ordering::Relaxed;
        self.0.fetch_update(relaxed, relaxed, enough).is_ok()
    }

    fn give_back(&self, bytes: usize) {
        self.0.fetch_add(bytes, Ordering::Relaxed);
    }
}

/// A sequence of byte texts: added page by page, taken out in order.
#[derive(Debug)]
pub struct Spool {
    folder: PathBuf,
    budget: Budget,
    /// Bytes of the budget that are taken.
    taken: usize,
    memory: Vec<u8>,
    file: Option<File>,
    /// Bytes in the file; those in memory stand behind them.
    filed: u64,
    lengths: Vec<u64>,
    /// Texts of pages that are whole, and their bytes.
    whole: (usize, u64),
}

impl Spool {
    /// An empty spool; what memory has no room for goes to a file in `folder` that has no name.
    pub fn new(folder: &Path, budget: &Budget) -> Self {
        Self {
            folder: folder.to_owned(),
            budget: budget.clone(),
            taken: 0,
            memory: Vec::new(),
            file: None,
            filed: 0,
            lengths: Vec::new(),
            whole: (0, 0),
        }
    }

    /// An empty one in the same place, of the same budget.
    #[must_use]
    pub fn another(&self) -> Self {
        Self::new(&self.folder, &self.budget)
    }

    /// Appends one text to the page that is under way.
    pub fn push(&mut self, text: &[u8]) -> Result<()> {
        self.make_room(text.len())?;
        self.memory.extend_from_slice(text);
        self.lengths.push(text.len() as u64);
        Ok(())
    }

    /// How many texts the page under way has.
    pub fn page_len(&self) -> usize {
        self.lengths.len() - self.whole.0
    }

    /// How many bytes wait, in memory and on disk.
    pub fn bytes(&self) -> u64 {
        self.filed + self.memory.len() as u64
    }

    /// The page under way is whole.
    pub fn keep_page(&mut self) {
        self.whole = (self.lengths.len(), self.bytes());
    }

    /// The page under way is not whole: it is forgotten, those before stay.
    pub fn drop_page(&mut self) -> Result<()> {
        let (texts, bytes) = self.whole;
        self.lengths.truncate(texts);
        if let Some(in_memory) = bytes.checked_sub(self.filed) {
            self.memory
                .truncate(usize::try_from(in_memory).unwrap_or(usize::MAX));
            return Ok(());
        }
        self.memory.clear();
        self.filed = bytes;
        if let Some(file) = &mut self.file {
            file.set_len(bytes).or_fail(Kind::Local, READING)?;
            file.seek(SeekFrom::End(0)).or_fail(Kind::Local, READING)?;
        }
        Ok(())
    }

    /// Hands the last texts of the pages that are whole to `look`, at most `number`, in order.
    pub fn tail(&mut self, number: usize, mut look: impl FnMut(&[u8])) -> Result<()> {
        let first = self.whole.0.saturating_sub(number);
        let lengths = &self.lengths[first..self.whole.0];
        let mut at = self.whole.1 - lengths.iter().sum::<u64>();
        let mut text = Vec::new();
        for length in lengths {
            let size = usize::try_from(*length).unwrap_or(usize::MAX);
            if let Some(from) = at.checked_sub(self.filed) {
                let from = usize::try_from(from).unwrap_or(usize::MAX);
                look(&self.memory[from..from + size]);
            } else if let Some(file) = &mut self.file {
                text.resize(size, 0);
                file.seek(SeekFrom::Start(at))
                    .or_fail(Kind::Local, READING)?;
                file.read_exact(&mut text).or_fail(Kind::Local, READING)?;
                file.seek(SeekFrom::End(0)).or_fail(Kind::Local, READING)?;
                look(&text);
            }
            at += length;
        }
        Ok(())
    }

    /// Hands every text of the pages that are whole to `deliver`, in order, and forgets them; no page may be under way.
    pub fn drain(&mut self, deliver: impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
        self.read_from((0, 0), deliver)?;
        self.clear();
        Ok(())
    }

    /// Hands every text of the page under way to `deliver`, in order.
    pub fn read_page(&mut self, deliver: impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
        self.read_from(self.whole, deliver)
    }

    /// Hands the texts behind the first ones, which have so many bytes, to `deliver`.
    fn read_from(
        &mut self,
        (texts, bytes): (usize, u64),
        mut deliver: impl FnMut(&[u8]) -> Result<()>,
    ) -> Result<()> {
        let mut lengths = self.lengths[texts..].iter();
        if let Some(file) = self.file.as_mut().filter(|_| bytes < self.filed) {
            file.seek(SeekFrom::Start(bytes))
                .or_fail(Kind::Local, READING)?;
            let mut reader = BufReader::with_capacity(ALWAYS, &mut *file);
            let mut left = self.filed - bytes;
            let mut text = Vec::new();
            while left > 0 {
                let length = *lengths.next().ok_or_else(cut)?;
                left = left.checked_sub(length).ok_or_else(cut)?;
                let size = usize::try_from(length).unwrap_or(usize::MAX);
                if let Some(text) = reader.buffer().get(..size) {
                    deliver(text)?;
                    reader.consume(size);
                    continue;
                }
                text.clear();
                let got = reader.by_ref().take(length).read_to_end(&mut text);
                if got.or_fail(Kind::Local, READING)? as u64 != length {
                    return Err(cut());
                }
                deliver(&text)?;
            }
            file.seek(SeekFrom::End(0)).or_fail(Kind::Local, READING)?;
        }
        let mut at = usize::try_from(bytes.saturating_sub(self.filed)).unwrap_or(usize::MAX);
        for length in lengths {
            let end = at + usize::try_from(*length).unwrap_or(usize::MAX);
            deliver(self.memory.get(at..end).ok_or_else(cut)?)?;
            at = end;
        }
        Ok(())
    }

    /// Forgets everything, to be filled again.
    fn clear(&mut self) {
        self.lengths.clear();
        self.whole = (0, 0);
        self.file = None;
        self.filed = 0;
        self.memory.clear();
        self.memory.shrink_to(ALWAYS);
        self.budget.give_back(std::mem::take(&mut self.taken));
    }

    fn make_room(&mut self, more: usize) -> Result<()> {
        let needed = self.memory.len() + more;
        if needed <= ALWAYS + self.taken {
            return Ok(());
        }
        let step = (needed - ALWAYS - self.taken).next_multiple_of(STEP);
        if self.file.is_none() && self.budget.take(step) {
            self.taken += step;
            let room = ALWAYS + self.taken - self.memory.len();
            self.memory.reserve_exact(room);
            return Ok(());
        }
        self.spill()
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
        self.filed += self.memory.len() as u64;
        self.memory.clear();
        self.memory.shrink_to(ALWAYS);
        self.budget.give_back(std::mem::take(&mut self.taken));
        Ok(())
    }
}

impl Drop for Spool {
    fn drop(&mut self) {
        self.budget.give_back(self.taken);
    }
}

const READING: fn() -> &'static str = || "reading a large page back from its temporary file";

fn cut() -> Failure {
    Failure::new(Kind::Local, "a temporary file was cut while it was in use")
}

#[cfg(test)]
mod tests {
    use super::{ALWAYS, Budget, STEP, Spool};

    fn drained(spool: &mut Spool) -> Vec<Vec<u8>> {
        let mut found = Vec::new();
        let drain = spool.drain(|text| {
            found.push(text.to_vec());
            Ok(())
        });
        drain.expect("read");
        found
    }

    fn tail(spool: &mut Spool, number: usize) -> Vec<Vec<u8>> {
        let mut found = Vec::new();
        let looked = spool.tail(number, |text| found.push(text.to_vec()));
        looked.expect("read");
        found
    }

    fn texts(number: u8, size: usize) -> Vec<Vec<u8>> {
        (0..number)
            .map(|n| vec![n; size + usize::from(n)])
            .collect()
    }

    #[test]
    fn what_goes_in_comes_out_from_memory_and_from_disk() {
        let budget = Budget::new(2 * STEP);
        let mut spool = Spool::new(&std::env::temp_dir(), &budget);
        for (size, on_disk) in [(10, false), (ALWAYS, false), (STEP, true), (10, false)] {
            let texts = texts(7, size);
            for (at, text) in texts.iter().enumerate() {
                spool.push(text).expect("written");
                if at == 3 {
                    spool.keep_page();
                }
            }
            spool.keep_page();
            assert_eq!(spool.file.is_some(), on_disk, "{size}");
            assert!(tail(&mut spool, 3) == texts[4..], "{size}");
            assert!(drained(&mut spool) == texts, "texts of about {size} bytes");
            assert_eq!(spool.bytes(), 0);
        }
        drop(spool);
        assert!(budget.take(2 * STEP), "everything was given back");
    }

    #[test]
    fn a_page_that_is_not_whole_leaves_those_before() {
        for size in [10, ALWAYS / 2, STEP] {
            let budget = Budget::new(STEP);
            let mut spool = Spool::new(&std::env::temp_dir(), &budget);
            let texts = texts(9, size);
            for page in texts.chunks(3) {
                for _ in 0..2 {
                    spool.drop_page().expect("forgotten");
                    for text in page {
                        spool.push(text).expect("written");
                    }
                    assert_eq!(spool.page_len(), 3);
                    let mut seen = Vec::new();
                    let read = spool.read_page(|text| {
                        seen.push(text.to_vec());
                        Ok(())
                    });
                    read.expect("read");
                    assert!(seen == page, "{size}");
                }
                spool.keep_page();
            }
            spool.push(b"more").expect("written");
            spool.drop_page().expect("forgotten");
            assert!(tail(&mut spool, 2) == texts[7..]);
            assert!(drained(&mut spool) == texts, "texts of about {size} bytes");
        }
    }
}
