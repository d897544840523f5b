//! Opens what is read: a file or stdin, compressed or not, recognised by its content.
//!
//! Of packings that are not read it says which one it is, and what unpacks it.

use std::fs::File;
use std::io::{Chain, Cursor, IsTerminal, Read, Seek, SeekFrom};
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

/// So many bytes tell what an input is.
const MAGIC: u64 = 4;

/// A packing that is not read.
struct Foreign {
    /// What it is called.
    name: &'static str,
    /// What unpacks a file to stdout.
    unpack: &'static str,
    /// What unpacks stdin to stdout.
    filter: &'static str,
}

const XZ: Foreign = Foreign {
    name: "xz",
    unpack: "xz -dc",
    filter: "xz -dc",
};
const BZIP2: Foreign = Foreign {
    name: "bzip2",
    unpack: "bzip2 -dc",
    filter: "bzip2 -dc",
};
const ZIP: Foreign = Foreign {
    name: "zip",
    unpack: "unzip -p",
    filter: "funzip",
};

/// Refuses what `command` cannot read before anything is written; pipes are left alone, they can be opened only once.
pub fn check_inputs(paths: &[String], command: &str) -> Result<()> {
    for path in paths.iter().filter(|path| *path != "-") {
        let metadata =
            std::fs::metadata(path).or_fail(Kind::Usage, || format!("reading {path}"))?;
        if metadata.is_dir() {
            let hint = format!(
                "name the files in it, or where jcx fetch wrote it: jcx map {path} | {command}"
            );
            return Err(Failure::usage(format!("{path} is a folder")).hint(hint));
        }
        if metadata.is_file() {
            check_packing(path, command)?;
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

/// Refuses a file in a packing that is not read, before hours of work on the inputs before it.
fn check_packing(path: &str, command: &str) -> Result<()> {
    let reading = || format!("reading {path}");
    let file = File::open(path).or_fail(Kind::Usage, reading)?;
    let magic = magic(&mut file.take(MAGIC)).or_fail(Kind::Usage, reading)?;
    let Some(foreign) = foreign(&magic) else {
        return Ok(());
    };
    let unpack = foreign.unpack;
    Err(Failure::usage(packed(path, &foreign))
        .hint(format!("{unpack} {path} | {command} - reads it unpacked")))
}

/// Opens `path`, which [`check_inputs`] has let through; `-` is stdin.
pub fn open_input(path: &str) -> Result<Input> {
    if path == "-" {
        return recognise("stdin", std::io::stdin());
    }
    let file = File::open(path).or_fail(Kind::Local, || format!("reading {path}"))?;
    recognise(path, file)
}

/// Opens a file behind so many of its unpacked bytes: what is packed has to be unpacked up to there.
pub fn open_behind(path: &str, bytes: u64) -> Result<Input> {
    let reading = || format!("reading {path}");
    let mut file = File::open(path).or_fail(Kind::Local, reading)?;
    if !is_packed(&file).or_fail(Kind::Local, reading)? {
        file.seek(SeekFrom::Start(bytes))
            .or_fail(Kind::Local, reading)?;
        return Ok(Input {
            name: Arc::from(path),
            reader: Box::new(file),
        });
    }
    let mut input = open_input(path)?;
    let skipped = std::io::copy(&mut (&mut input.reader).take(bytes), &mut std::io::sink());
    if skipped.or_fail(Kind::Local, reading)? < bytes {
        let text = format!("{path} has become shorter while it was read");
        return Err(Failure::new(Kind::Local, text));
    }
    Ok(input)
}

/// Whether a file is packed in a way that is read.
pub(super) fn is_packed(mut file: &File) -> std::io::Result<bool> {
    let magic = magic(&mut file.by_ref().take(MAGIC))?;
    Ok(is_gzip(&magic) || is_zstd(&magic))
}

fn recognise(name: &str, mut reader: impl Read + Send + 'static) -> Result<Input> {
    let magic = magic(&mut reader.by_ref().take(MAGIC));
    let magic = magic.or_fail(Kind::Local, || format!("reading {name}"))?;
    if let Some(foreign) = foreign(&magic) {
        let hint = format!("put {} | before this command", foreign.filter);
        return Err(Failure::new(Kind::Local, packed(name, &foreign)).hint(hint));
    }
    let is_gzip = is_gzip(&magic);
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

/// An input's first bytes.
fn magic(beginning: &mut impl Read) -> std::io::Result<Vec<u8>> {
    let mut magic = Vec::new();
    beginning.read_to_end(&mut magic).map(|_| magic)
}

fn packed(name: &str, foreign: &Foreign) -> String {
    format!("{name} is packed with {}, which is not read", foreign.name)
}

/// The packing of what begins like this, if it is one of those; JSON begins with none of it. A zip may be empty, or in parts.
fn foreign(magic: &[u8]) -> Option<Foreign> {
    match magic {
        [0xfd, b'7', b'z', b'X'] => Some(XZ),
        [b'B', b'Z', b'h', b'1'..=b'9'] => Some(BZIP2),
        [b'P', b'K', 3, 4] | [b'P', b'K', 5, 6] | [b'P', b'K', 7, 8] => Some(ZIP),
        _ => None,
    }
}

fn is_gzip(magic: &[u8]) -> bool {
    magic.starts_with(&[0x1f, 0x8b])
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
        let almost = [
            &b"BZh0"[..],
            b"BZhx",
            b"PK\x03\x05",
            b"\xfd7z",
            b"PK",
            b"BZh",
        ];
        for bytes in almost {
            let mut input = recognise("x", Cursor::new(bytes)).expect("recognised");
            let mut found = Vec::new();
            input.reader.read_to_end(&mut found).expect("read");
            assert_eq!(found, bytes);
        }
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
