//! Several inputs read as one: chunk after chunk, file after file, and what it means when one of them is cut off.

use super::chunks::{Chunk, Chunks};
use super::input::open_input;
use crate::failure::Result;

/// Reads the inputs one after the other and hands on their chunks until `hand_on` wants no more; a failure is the last
/// thing it hands on. Says whether everything was read.
pub fn read_inputs(paths: &[String], mut hand_on: impl FnMut(Result<Chunk>) -> bool) -> bool {
    for path in paths {
        let mut chunks = match open_input(path) {
            Ok(input) => Chunks::new(input),
            Err(failure) => {
                hand_on(Err(failure));
                return false;
            }
        };
        while let Some(chunk) = chunks.next_chunk().transpose() {
            let failed = chunk.is_err();
            if !hand_on(chunk) || failed {
                return false;
            }
        }
    }
    true
}

/// In words, that an input ends in the middle of this line. `{` alone is the mark of a failed `jcx`.
pub fn cut_off(source: &str, line: u64, text: &[u8]) -> String {
    if text == b"{" {
        let place = match line - 1 {
            0 => "before its first line".to_owned(),
            before => format!("behind line {before}"),
        };
        format!("{source} is cut off {place}: the command that wrote it failed")
    } else {
        format!("{source} is cut off in line {line}")
    }
}

#[cfg(test)]
mod tests {
    use super::{cut_off, read_inputs};

    #[test]
    fn inputs_follow_each_other_and_a_failure_comes_last() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
        for name in ["a", "b"] {
            std::fs::write(path(name), format!("{name}\n")).expect("written");
        }
        let mut seen = Vec::new();
        let whole = read_inputs(&[path("a"), path("absent"), path("b")], |chunk| {
            seen.push(chunk.map(|chunk| chunk.bytes).ok());
            true
        });
        assert!(!whole);
        assert_eq!(seen, [Some(b"a\n".to_vec()), None]);
        assert!(read_inputs(&[path("a"), path("b")], |chunk| chunk.is_ok()));
        assert!(!read_inputs(&[path("a"), path("b")], |_| false));
    }

    #[test]
    fn the_mark_of_a_failed_run_is_told_from_a_broken_line() {
        assert!(cut_off("stdin", 3, b"{").contains("behind line 2"));
        assert!(cut_off("stdin", 1, b"{").contains("before its first line"));
        assert!(cut_off("stdin", 3, b"{\"a\"").contains("in line 3"));
    }
}
