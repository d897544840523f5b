//! A file that grows from run to run: how it must look beside its state, and cutting it back to what that vouches for.
//!
//! Its lines are sound up to the length that the state names; what a killed run wrote behind that is written again.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use super::durable_folder::{folder_of, sync_folder};
use super::packer::Packing;
use super::partial::{existing_folder, same_file, try_lock};
use crate::failure::{Failure, Kind, OrFail, Result};

/// Refuses what cannot be appended to, before anything is written: `vouched` is the length that a state names, `None`
/// where there is no state yet; `state` is for messages.
pub fn check_appendable(path: &str, vouched: Option<u64>, state: &Path) -> Result<()> {
    if path == "-" || path == "/dev/stdout" {
        let text = "--append needs a file: of what goes to stdout nobody can know what arrived";
        return Err(Failure::usage(text).hint("jcx sync continues a load into Elasticsearch"));
    }
    if path.is_empty() || path.ends_with('/') || Path::new(path).is_dir() {
        let text = format!("-o {path:?} names no file");
        return Err(Failure::usage(text).hint("name a file for -o"));
    }
    let place = Path::new(path);
    if Packing::of(place) != Packing::Plain {
        let text = format!("{path} would be packed, and what is packed cannot be continued");
        let hint = "name a plain file, or keep an archive: --out-dir DIR --compress gz (or zst)";
        return Err(Failure::usage(text).hint(hint));
    }
    let Ok(found) = std::fs::metadata(place) else {
        existing_folder(place, path)?;
        return vouched
            .filter(|bytes| *bytes > 0)
            .map_or(Ok(()), |bytes| Err(shorter(path, (0, bytes), state)));
    };
    if !found.is_file() {
        let text = format!("{path} is no regular file, so it cannot be cut back after a crash");
        return Err(Failure::usage(text).hint("name a file for -o"));
    }
    match vouched {
        None => {
            let text = format!("{path} exists, but its state does not");
            let hint = "name the state it was written with, or another file for -o";
            Err(Failure::usage(text).hint(hint))
        }
        Some(bytes) if found.len() < bytes => Err(shorter(path, (found.len(), bytes), state)),
        Some(bytes) => check_line_end(place, bytes),
    }
}

/// Opens the file, made where there is none, locks it, and cuts off what lies behind the `vouched` bytes.
pub fn open_appended(path: &Path, vouched: u64, state: &Path) -> Result<File> {
    let name = path.display().to_string();
    let doing = || format!("opening {name}");
    check_appendable(&name, Some(vouched), state)?;
    let is_new = !path.exists();
    let file = File::options()
        .create(true)
        .append(true)
        .open(path)
        .or_fail(Kind::Local, doing)?;
    if !try_lock(&file).or_fail(Kind::Local, doing)? {
        let failure = Failure::new(Kind::Locked, format!("another run is writing {name}"));
        return Err(failure.hint("wait for it, or name another file for -o"));
    }
    let length = file.metadata().or_fail(Kind::Local, doing)?.len();
    if length < vouched || !same_file(&file, path) {
        return Err(shorter(&name, (length, vouched), state));
    }
    if length > vouched {
        file.set_len(vouched)
            .and_then(|()| file.sync_all())
            .or_fail(Kind::Local, || format!("cutting {name} back"))?;
    }
    if is_new {
        sync_folder(folder_of(path)).or_fail(Kind::Local, doing)?;
    }
    Ok(file)
}

fn shorter(path: &str, (has, bytes): (u64, u64), state: &Path) -> Failure {
    let text = format!("{path} has {has} bytes, but its state vouches for {bytes}");
    Failure::usage(text).hint(format!(
        "bring back the file that was written, or begin anew with another one: jcx state reset --force {}",
        state.display()
    ))
}

/// What the state vouches for ends with a whole line; a file of which that is not true is another one.
fn check_line_end(path: &Path, bytes: u64) -> Result<()> {
    if bytes == 0 {
        return Ok(());
    }
    let shown = path.display();
    let last = byte_before(path, bytes).or_fail(Kind::Local, || format!("reading {shown}"))?;
    if last == b'\n' {
        return Ok(());
    }
    let text = format!("{shown} is not what its state vouches for: no line ends at byte {bytes}");
    Err(Failure::usage(text).hint("name the file that was written with this state"))
}

fn byte_before(path: &Path, position: u64) -> std::io::Result<u8> {
    let mut file = File::open(path)?;
    let mut byte = [0];
    file.seek(SeekFrom::Start(position - 1))?;
    file.read_exact(&mut byte)?;
    Ok(byte[0])
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::check_appendable;
    use crate::failure::Kind;
    use crate::store::{Ledger, Sink};

    fn check(path: &Path, vouched: Option<u64>) -> Option<(Kind, String)> {
        let failure =
            check_appendable(&path.display().to_string(), vouched, Path::new("s")).err()?;
        Some((failure.kind(), failure.message()))
    }

    #[test]
    fn a_file_is_continued_behind_what_its_state_vouches_for() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("events.ndjson");
        assert_eq!(check(&path, None), None);
        let mut sink = Sink::append(&path, 0, Path::new("s")).expect("made");
        sink.write(b"1\n").expect("written");
        sink.checkpoint().expect("durable");
        assert_eq!(sink.written(), 2);
        sink.write(b"2\n3").expect("written");
        let torn = sink.checkpoint().expect_err("in the middle of a line");
        assert_eq!(torn.kind(), Kind::Unexpected);
        sink.abandon(true);
        assert_eq!(std::fs::read(&path).expect("read"), b"1\n2\n3");
        let mut sink = Sink::append(&path, 2, Path::new("s")).expect("opened");
        sink.write(b"4\n").expect("written");
        let mut ledger = Ledger::new(2);
        let ticket = ledger.enter(sink.written());
        let proof = sink.sync().expect("synced");
        ledger.settle(ticket, &proof);
        sink.publish(&ledger.committed()).expect("all is durable");
        assert_eq!(std::fs::read(&path).expect("read"), b"1\n4\n");
    }

    #[test]
    fn what_does_not_fit_its_state_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("events.ndjson");
        let (kind, text) = check(&path, Some(2)).expect("refused");
        assert_eq!(kind, Kind::Usage);
        assert!(text.contains("has 0 bytes"), "{text}");
        std::fs::write(&path, "12\n").expect("written");
        for (vouched, part) in [
            (None, "its state does not"),
            (Some(4), "has 3 bytes, but its state vouches for 4"),
            (Some(2), "no line ends at byte 2"),
        ] {
            let (kind, text) = check(&path, vouched).expect("refused");
            assert_eq!(kind, Kind::Usage, "{text}");
            assert!(text.contains(part), "{text}");
        }
        assert_eq!(check(&path, Some(3)), None);
        assert_eq!(check(&path, Some(0)), None);
        for name in ["a.gz", "a.zst", "."] {
            let refused = check(&folder.path().join(name), None);
            assert_eq!(refused.expect("refused").0, Kind::Usage, "{name}");
        }
        assert_eq!(
            check(Path::new("/dev/null"), None).expect("refused").0,
            Kind::Usage
        );
        assert_eq!(check(Path::new("-"), None).expect("refused").0, Kind::Usage);
        let missing = check(&folder.path().join("no/a"), None).expect("refused");
        assert_eq!(missing.0, Kind::Local);
    }

    #[test]
    fn two_runs_do_not_append_to_one_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("events.ndjson");
        let _first = Sink::append(&path, 0, Path::new("s")).expect("made");
        let second = Sink::append(&path, 0, Path::new("s"))
            .map(|_| ())
            .expect_err("held");
        assert_eq!(second.kind(), Kind::Locked);
    }
}
