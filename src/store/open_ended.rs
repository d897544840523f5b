//! A stream of lines that looks cut off until it is finished, wherever its writer stops or dies.
//!
//! A pipe without `pipefail` shows its reader nothing but bytes: a writer that is killed, or blocked and left behind, must
//! not have ended on a whole line. So of the last line only its `{` goes out until the next one comes, of a huge one all
//! but its end; and wherever a write can be left unfinished (`pieces`) it is in the middle of a line.

use std::fs::File;
use std::io::{Error, ErrorKind, Result, Write};
use std::thread::sleep;
use std::time::Duration;

use super::pieces::{Pieces, in_line};

/// Gathered before anything goes out.
const GATHER: usize = 1 << 16;

/// A last line of more bytes is not held back whole, so that it takes no memory.
const HUGE: usize = 4 * GATHER;

/// How much of it is held back.
const TAIL: usize = 4096;

/// Between two tries to write into a full pipe that does not wait.
const PAUSE: Duration = Duration::from_millis(2);

/// What the lines are, of which the last one is held back: how much of it may go out ahead without being taken for whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lines {
    /// JSON: `{`, which is none alone. What begins with anything else waits.
    #[default]
    Json,
    /// Something whose lines are cut off wherever they lack their end: the first byte, whatever it is.
    Any,
}

/// The stream.
pub struct OpenEnded {
    out: Out,
    lines: Lines,
    /// What has not gone out.
    held: Vec<u8>,
    /// Whether the first held line has begun to go out.
    begun: bool,
}

/// Where it goes.
struct Out {
    file: File,
    pieces: Pieces,
    /// Whether a write failed: what has gone out is not known any more.
    failed: bool,
}

impl OpenEnded {
    /// Nothing is written yet.
    pub fn new(file: File) -> Self {
        let pieces = Pieces::of(&file);
        Self {
            out: Out {
                file,
                pieces,
                failed: false,
            },
            lines: Lines::Json,
            held: Vec::with_capacity(GATHER),
            begun: false,
        }
    }

    /// Says what the lines are, before the first one.
    pub fn set_lines(&mut self, lines: Lines) {
        self.lines = lines;
    }

    /// Takes bytes in; what is whole goes out when enough has gathered.
    pub fn write(&mut self, bytes: &[u8]) -> Result<()> {
        if self.held.len() + bytes.len() < GATHER {
            self.held.extend_from_slice(bytes);
            return Ok(());
        }
        let start = last_line(bytes);
        if start == 0 && (bytes.len() <= HUGE || !self.ends_line()) {
            self.held.extend_from_slice(bytes);
            return self.flush();
        }
        // Only what is held needs to be copied: it goes out together with the beginning of `bytes`.
        let end = self.ready(bytes, start, false);
        let taken = if self.held.is_empty() {
            0
        } else {
            self.out.pieces.filling(self.held.len(), &bytes[..end])
        };
        self.held.extend_from_slice(&bytes[..taken]);
        self.out.write(&self.held)?;
        self.held.clear();
        self.out.write(&bytes[taken..end])?;
        self.held.extend_from_slice(&bytes[end..]);
        self.begun = end > start;
        Ok(())
    }

    /// Hands on all but the last line, of which only the `{` goes, or of a huge one all but its end.
    pub fn flush(&mut self) -> Result<()> {
        let start = last_line(&self.held);
        let begun = start == 0 && self.begun;
        let end = self.ready(&self.held, start, begun);
        if end == 0 {
            return Ok(());
        }
        self.pass_on(end)?;
        self.begun = begun || end > start;
        Ok(())
    }

    /// The end: everything goes out, and the stream ends with its last line.
    pub fn finish(mut self) -> Result<File> {
        self.pass_on(self.held.len())?;
        Ok(self.out.file)
    }

    /// Ends a stream whose writer failed: the whole lines go out, and with `mark` an unterminated `{` behind them. A
    /// stream that could not be written to has ended in the middle of a line already.
    pub fn abandon(mut self, mark: bool) -> Result<()> {
        if self.out.failed {
            return Ok(());
        }
        let whole = memchr::memrchr(b'\n', &self.held).map_or(0, |at| at + 1);
        self.held.truncate(whole);
        if mark && (whole > 0 || !self.begun) {
            self.held.push(b'{');
        }
        self.pass_on(self.held.len())
    }

    /// Whether a line that begins now is the first one held, or follows whole ones.
    fn ends_line(&self) -> bool {
        self.held.last().map_or(!self.begun, |last| *last == b'\n')
    }

    /// How much of `bytes` may go out, whose last line begins at `start` and has `begun` to go out or not.
    fn ready(&self, bytes: &[u8], start: usize, begun: bool) -> usize {
        if !begun && !self.opens(bytes, start) {
            start
        } else if bytes.len() - start > HUGE {
            in_line(bytes, bytes.len() - TAIL)
        } else {
            start + usize::from(!begun)
        }
    }

    /// Whether the line there begins with what may go out ahead.
    fn opens(&self, bytes: &[u8], start: usize) -> bool {
        bytes.get(start).is_some_and(|first| match self.lines {
            Lines::Json => *first == b'{',
            Lines::Any => !matches!(*first, b'\r' | b'\n'),
        })
    }

    /// Writes the first `end` held bytes.
    fn pass_on(&mut self, end: usize) -> Result<()> {
        self.out.write(&self.held[..end])?;
        self.held.drain(..end);
        if self.held.capacity() > 4 * GATHER {
            self.held.shrink_to(GATHER);
        }
        Ok(())
    }
}

impl Out {
    /// Writes bytes that end in the middle of a line, or with the stream.
    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        let mut done = 0;
        while done < bytes.len() && !self.failed {
            let piece = done + self.pieces.first(&bytes[done..]);
            while done < piece {
                match self.file.write(&bytes[done..piece]) {
                    Ok(0) => return Err(self.fail(ErrorKind::WriteZero.into())),
                    Ok(written) => done += written,
                    Err(error) if error.kind() == ErrorKind::Interrupted => {}
                    // Whoever started us shares the pipe and made it non-blocking; std has no other way to wait for it.
                    Err(error) if error.kind() == ErrorKind::WouldBlock => sleep(PAUSE),
                    Err(error) => return Err(self.fail(error)),
                }
            }
        }
        Ok(())
    }

    fn fail(&mut self, error: Error) -> Error {
        self.failed = true;
        error
    }
}

/// Where the last line begins.
fn last_line(bytes: &[u8]) -> usize {
    let inner = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    memchr::memrchr(b'\n', inner).map_or(0, |at| at + 1)
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Seek, SeekFrom};

    use super::{HUGE, Lines, OpenEnded, TAIL};

    fn stream() -> (OpenEnded, std::fs::File) {
        let file = tempfile::tempfile().expect("a file");
        (OpenEnded::new(file.try_clone().expect("a clone")), file)
    }

    fn text(mut file: &std::fs::File) -> String {
        let mut text = String::new();
        file.seek(SeekFrom::Start(0)).expect("sought");
        file.read_to_string(&mut text).expect("read");
        file.seek(SeekFrom::End(0)).expect("sought");
        text
    }

    #[test]
    fn whatever_has_gone_out_ends_in_the_middle_of_a_line_until_the_end() {
        let (mut stream, file) = stream();
        let lines: Vec<String> = (0..5000).map(|n| format!("{{\"n\":{n}}}\n")).collect();
        for line in &lines {
            stream
                .write(&line.as_bytes()[..line.len() - 1])
                .expect("written");
            stream.write(b"\n").expect("written");
        }
        stream.flush().expect("flushed");
        assert_eq!(text(&file), lines[..4999].concat() + "{");
        stream.flush().expect("flushed");
        assert_eq!(text(&file), lines[..4999].concat() + "{", "once is enough");
        stream.finish().expect("finished");
        assert_eq!(text(&file), lines.concat());
    }

    #[test]
    fn a_failure_keeps_whole_lines_and_leaves_one_mark() {
        for (written, flushed, left) in [
            (&[][..], false, "{"),
            (&["{\"a\":1}\n"], false, "{\"a\":1}\n{"),
            (&["{\"a\":1}\n"], true, "{\"a\":1}\n{"),
            (&["{\"a\":1}\n", "{\"b\""], true, "{\"a\":1}\n{"),
            (&["{\"b\""], true, "{"),
            (&["42\n"], true, "42\n{"),
        ] {
            let (mut stream, file) = stream();
            for part in written {
                stream.write(part.as_bytes()).expect("written");
                if flushed {
                    stream.flush().expect("flushed");
                }
            }
            stream.abandon(true).expect("abandoned");
            assert_eq!(text(&file), left, "{written:?} {flushed}");
        }
    }

    #[test]
    fn without_a_mark_nothing_is_added() {
        let (mut stream, file) = stream();
        stream.write(b"{\"a\":1}\n").expect("written");
        stream.abandon(false).expect("abandoned");
        assert_eq!(text(&file), "{\"a\":1}\n");
    }

    #[test]
    fn large_writes_and_small_ones_leave_the_same_bytes() {
        let line = |n: usize| format!("{{\"n\":{n},\"x\":\"{}\"}}\n", "y".repeat(n * 37 % 900));
        let lines: Vec<String> = (0..2_000).map(line).collect();
        for many in [1, 7, 90, 500] {
            let (mut stream, file) = stream();
            for some in lines.chunks(many) {
                stream.write(some.concat().as_bytes()).expect("written");
                stream.flush().expect("flushed");
                assert!(text(&file).ends_with('{'), "{many}");
            }
            assert_eq!(text(&file), lines[..1_999].concat() + "{", "{many}");
            stream.finish().expect("finished");
            assert_eq!(text(&file), lines.concat(), "{many}");
        }
    }

    #[test]
    fn the_last_row_of_a_table_is_held_back_whatever_it_begins_with() {
        let (mut stream, file) = stream();
        stream.set_lines(Lines::Any);
        for (row, left) in [
            ("a,b\r\n", "a"),
            (",2\r\n", "a,b\r\n,"),
            ("3,4\r\n", "a,b\r\n,2\r\n3"),
        ] {
            stream.write(row.as_bytes()).expect("written");
            stream.flush().expect("flushed");
            assert_eq!(text(&file), left);
        }
        stream.abandon(true).expect("abandoned");
        assert_eq!(text(&file), "a,b\r\n,2\r\n3,4\r\n{");
    }

    #[test]
    fn of_one_huge_line_the_end_is_held_back() {
        for (lines, first) in [(Lines::Json, '{'), (Lines::Any, 'x')] {
            let huge = format!("{first}\"a\":\"{}\"}}\n", "x".repeat(1 << 20));
            let (mut stream, file) = stream();
            stream.set_lines(lines);
            for before in 0..3 {
                stream.write(huge.as_bytes()).expect("written");
                stream.flush().expect("flushed");
                let (out, all) = (text(&file), huge.repeat(before + 1));
                assert!(all.starts_with(&out) && !out.ends_with('\n'));
                assert!((1..=2 * TAIL).contains(&(all.len() - out.len())));
                assert!(stream.held.capacity() <= HUGE);
            }
            // What is whole goes out when the run fails, also where its beginning is out already.
            stream.abandon(true).expect("abandoned");
            assert_eq!(text(&file), huge.repeat(3) + "{");
        }
    }

    #[test]
    fn a_huge_line_that_comes_in_parts_is_the_same() {
        let huge = format!("{{\"a\":\"{}\"}}\n", "x".repeat(1 << 20));
        for part in [1 << 10, 1 << 16, 3 << 17] {
            let (mut stream, file) = stream();
            stream.write(b"{\"b\":1}\n").expect("written");
            for part in huge.as_bytes().chunks(part) {
                stream.write(part).expect("written");
                assert!(!text(&file).ends_with('\n'));
                assert!(
                    stream.held.len() <= HUGE + part.len(),
                    "{}",
                    stream.held.len()
                );
            }
            stream.write(b"{\"c\":1}\n").expect("written");
            stream.finish().expect("finished");
            assert_eq!(text(&file), format!("{{\"b\":1}}\n{huge}{{\"c\":1}}\n"));
        }
    }

    #[test]
    fn a_huge_line_that_is_no_json_waits() {
        let (mut stream, file) = stream();
        stream
            .write("4".repeat(1 << 20).as_bytes())
            .expect("written");
        stream.flush().expect("flushed");
        assert_eq!(text(&file), "");
    }
}
