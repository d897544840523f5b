//! Opens what is read: a file or stdin, compressed or not, recognised by its content.

use std::fs::File;
use std::io::{Chain, Cursor, IsTerminal, Read};
use std::sync::Arc;

use flate2::read::MultiGzDecoder;

use crate::failure::{Failure, Kind, OrFail, Result};

/// Something to read, under the name that messages use.
pub struct Input {
    /// The file's path, or `stdin`.
    pub name: Arc<str>,
    /// The bytes, unpacked.
    pub reader: Box<dyn Read + Send>,
}

/// The largest window of a `.zst`, as a power of two: what zstd itself unpacks unasked, 128 MiB (`--long=27`). A file's window comes on
/// top of what else the program takes of memory. One of a packer that was not told otherwise is 8 MiB at most.
const WINDOW: u32 = 27;

type Rest<R> = Chain<Cursor<Vec<u8>>, R>;

/// Refuses what cannot be read before anything is written; pipes are left alone, they can be opened only once.
pub fn check_inputs(paths: &[String]) -> Result<()> {
    for path in paths.iter().filter(|path| *path != "-") {
        let metadata =
            std::fs::metadata(path).or_fail(Kind::Usage, || format!("reading {path}"))?;
        if metadata.is_dir() {
            return Err(Failure::usage(format!("{path} is a folder")).hint("name the files in it"));
        }
        if metadata.is_file() {
            File::open(path).or_fail(Kind::Usage, || format!("reading {path}"))?;
        }
    }
    if paths.iter().filter(|path| *path == "-").count() > 1 {
        return Err(Failure::usage("stdin can be read only once").hint("name `-` once"));
    }
    let is_terminal = paths.iter().any(|path| path == "-") && std::io::stdin().is_terminal();
    if is_terminal {
        return Err(Failure::usage("nothing to read: stdin is a terminal").hint(
            "name a file, or pipe into this command: jcx fetch --since 15d | jcx map | jcx push",
        ));
    }
    Ok(())
}

/// Opens `path`, which [`check_inputs`] has let through; `-` is stdin.
pub fn open_input(path: &str) -> Result<Input> {
    if path == "-" {
        return recognise("stdin", std::io::stdin());
    }
    let file = File::open(path).or_fail(Kind::Local, || format!("reading {path}"))?;
    recognise(path, file)
}

fn recognise(name: &str, mut reader: impl Read + Send + 'static) -> Result<Input> {
    let mut magic = Vec::new();
    reader
        .by_ref()
        .take(4)
        .read_to_end(&mut magic)
        .or_fail(Kind::Local, || format!("reading {name}"))?;
    let is_gzip = magic.starts_with(&[0x1f, 0x8b]);
    let is_zstd = is_zstd(&magic);
    let whole: Rest<_> = Cursor::new(magic).chain(reader);
    let reader: Box<dyn Read + Send> = if is_gzip {
        Box::new(MultiGzDecoder::new(std::io::BufReader::new(whole)))
    } else if is_zstd {
        let decoder = zstd::Decoder::new(whole).and_then(|mut decoder| {
            decoder.window_log_max(WINDOW)?;
            Ok(decoder)
        });
        Box::new(decoder.or_fail(Kind::Local, || format!("unpacking {name}"))?)
    } else {
        Box::new(whole)
    };
    Ok(Input {
        name: Arc::from(name),
        reader,
    })
}

/// What such a file begins with: a frame, or one to be skipped, which pzstd puts before each of its frames (RFC 8878,
/// sections 3.1.1 and 3.1.2).
fn is_zstd(magic: &[u8]) -> bool {
    matches!(
        magic,
        [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..]
    )
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Read, Write};

    use super::recognise;

    fn read(bytes: Vec<u8>) -> std::io::Result<String> {
        let mut text = String::new();
        let mut input = recognise("x", Cursor::new(bytes)).expect("recognised");
        input.reader.read_to_string(&mut text).map(|_| text)
    }

    #[test]
    fn compression_is_seen_by_content() {
        let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gz.write_all(b"{\"a\":1}\n").expect("packed");
        let gz = gz.finish().expect("packed");
        let twice = [gz.clone(), gz.clone()].concat();
        let zst = zstd::encode_all(&b"{\"a\":1}\n"[..], 1).expect("packed");
        assert_eq!(read(b"{\"a\":1}\n".to_vec()).expect("plain"), "{\"a\":1}\n");
        assert_eq!(read(gz.clone()).expect("gz"), "{\"a\":1}\n");
        assert_eq!(read(twice).expect("two members"), "{\"a\":1}\n{\"a\":1}\n");
        assert_eq!(read(zst.clone()).expect("zst"), "{\"a\":1}\n");
        let skipped = [&b"\x50\x2a\x4d\x18\x04\0\0\0size"[..], &zst].concat();
        assert_eq!(read(skipped).expect("zst of pzstd"), "{\"a\":1}\n");
        assert_eq!(read(b"{".to_vec()).expect("short"), "{");
        assert!(
            read(gz[..gz.len() - 9].to_vec()).is_err(),
            "a cut gz is an error"
        );
        assert!(
            read(zst[..zst.len() - 3].to_vec()).is_err(),
            "a cut zst is an error"
        );
    }
}
