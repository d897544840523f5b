//! A stream of lines that looks cut off until it is finished, wherever its writer stops or dies.
//!
//! A pipe without `pipefail` shows its reader nothing but bytes: a writer that is killed, or blocked and left behind, must
//! not have ended on a whole line. So of the last line only its `{` goes out until the next one comes, and every write is
//! small enough to be taken whole by a pipe and ends in the middle of a line.

use std::fs::File;
use std::io::{Error, ErrorKind, Result, Write};
use std::thread::sleep;
use std::time::Duration;

/// What a pipe takes in one piece or not at all (POSIX's `PIPE_BUF` on Linux; the least allowed is a divisor of it).
const PIECE: usize = 4096;

/// Gathered before anything goes out.
const GATHER: usize = 1 << 16;

/// Between two tries to write into a full pipe that does not wait.
const PAUSE: Duration = Duration::from_millis(2);

/// The stream.
pub struct OpenEnded {
    file: File,
    /// What has not gone out.
    held: Vec<u8>,
    /// Whether the `{` of the first held line is out.
    begun: bool,
    /// Whether a write failed: what has gone out is not known any more.
    failed: bool,
}

impl OpenEnded {
    /// Nothing is written yet.
    pub fn new(file: File) -> Self {
        Self {
            file,
            held: Vec::with_capacity(GATHER),
            begun: false,
            failed: false,
        }
    }

    /// Takes bytes in; what is whole goes out when enough has gathered.
    pub fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.held.extend_from_slice(bytes);
        if self.held.len() >= GATHER {
            self.flush()?;
        }
        Ok(())
    }

    /// Hands on all but the last line, of which only the `{` goes.
    pub fn flush(&mut self) -> Result<()> {
        let inner = self.held.strip_suffix(b"\n").unwrap_or(&self.held);
        let start = memchr::memrchr(b'\n', inner).map_or(0, |at| at + 1);
        if start == 0 && self.begun {
            return Ok(());
        }
        let opens = self.held.get(start) == Some(&b'{');
        self.pass_on(start + usize::from(opens))?;
        self.begun = opens;
        Ok(())
    }

    /// The end: everything goes out, and the stream ends with its last line.
    pub fn finish(mut self) -> Result<File> {
        self.pass_on(self.held.len())?;
        Ok(self.file)
    }

    /// Ends a stream whose writer failed: the whole lines go out, and with `mark` an unterminated `{` behind them. A
    /// stream that could not be written to has ended in the middle of a line already.
    pub fn abandon(mut self, mark: bool) -> Result<()> {
        if self.failed {
            return Ok(());
        }
        let whole = memchr::memrchr(b'\n', &self.held).map_or(0, |at| at + 1);
        self.held.truncate(whole);
        if mark && (whole > 0 || !self.begun) {
            self.held.push(b'{');
        }
        self.pass_on(self.held.len())
    }

    /// Writes the first `end` held bytes, no piece but the last ending at or before a line's end.
    fn pass_on(&mut self, end: usize) -> Result<()> {
        let mut done = 0;
        while done < end && !self.failed {
            let piece = done + piece_end(&self.held[done..end]);
            while done < piece {
                match self.file.write(&self.held[done..piece]) {
                    Ok(0) => return Err(self.fail(ErrorKind::WriteZero.into())),
                    Ok(written) => done += written,
                    Err(error) if error.kind() == ErrorKind::Interrupted => {}
                    // Whoever started us shares the pipe and made it non-blocking; std has no other way to wait for it.
                    Err(error) if error.kind() == ErrorKind::WouldBlock => sleep(PAUSE),
                    Err(error) => return Err(self.fail(error)),
                }
            }
        }
        self.held.drain(..end);
        Ok(())
    }

    fn fail(&mut self, error: Error) -> Error {
        self.failed = true;
        error
    }
}

/// How much of `bytes` to write at once: all of it, or up to the middle of a line.
fn piece_end(bytes: &[u8]) -> usize {
    if bytes.len() <= PIECE {
        return bytes.len();
    }
    let mid_line = |end: &usize| bytes[end - 1] != b'\n' && bytes[*end] != b'\n';
    (1..=PIECE).rev().find(mid_line).unwrap_or(PIECE)
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Seek, SeekFrom};

    use super::{OpenEnded, PIECE, piece_end};

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
    fn pieces_fit_a_pipe_and_end_neither_at_nor_before_a_line_end() {
        for shift in 0..12 {
            let line = "{\"abc\":12}\n";
            let bytes = [" ".repeat(shift), line.repeat(2000)].concat().into_bytes();
            let end = piece_end(&bytes);
            assert!(end <= PIECE && end > PIECE - 4);
            assert!(bytes[end - 1] != b'\n' && bytes[end] != b'\n');
        }
        assert_eq!(piece_end(b"{}\n"), 3);
    }
}
