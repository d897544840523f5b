//! Replaces a small file whole: readers see the old text or the new one, never a part.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use crate::failure::{Kind, OrFail, Result};

/// Writes `bytes` to a temporary file beside `path`, syncs it and renames it over `path`; `mode` is its permission bits.
pub fn replace_file(path: &Path, bytes: &[u8], mode: u32) -> Result<()> {
    let doing = || format!("writing {}", path.display());
    let is_special = std::fs::metadata(path).is_ok_and(|found| !found.is_file());
    if is_special || path.starts_with("/dev") || path.starts_with("/proc") {
        // A device, a pipe, or a descriptor such as /dev/stderr, whatever it leads to: written to, never replaced.
        let file = File::options().append(true).open(path);
        return file
            .and_then(|mut file| file.write_all(bytes))
            .or_fail(Kind::Local, doing);
    }
    // Through a link the file it names is replaced, not the link.
    let path = &path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let folder = folder_of(path);
    let mut temporary = tempfile::Builder::new()
        .prefix(".jcx-")
        .tempfile_in(folder)
        .or_fail(Kind::Local, doing)?;
    temporary.write_all(bytes).or_fail(Kind::Local, doing)?;
    set_mode(temporary.as_file(), mode).or_fail(Kind::Local, doing)?;
    temporary
        .as_file()
        .sync_data()
        .or_fail(Kind::Local, doing)?;
    temporary.persist(path).or_fail(Kind::Local, doing)?;
    sync_folder(folder).or_fail(Kind::Local, doing)
}

/// The folder a path stands in.
pub(super) fn folder_of(path: &Path) -> &Path {
    path.parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

/// Makes a rename in this folder outlive the machine.
pub(super) fn sync_folder(folder: &Path) -> std::io::Result<()> {
    if cfg!(unix) {
        File::open(folder)?.sync_all()
    } else {
        Ok(())
    }
}

#[cfg(unix)]
fn set_mode(file: &File, mode: u32) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(std::fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn set_mode(_: &File, _: u32) -> std::io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::replace_file;

    #[test]
    fn the_file_is_replaced_and_nothing_else_stays() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("metrics.prom");
        for text in ["one", "two"] {
            replace_file(&path, text.as_bytes(), 0o644).expect("written");
            assert_eq!(std::fs::read_to_string(&path).expect("read"), text);
        }
        assert_eq!(std::fs::read_dir(folder.path()).expect("listed").count(), 1);
    }
}
