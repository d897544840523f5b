//! What `-o` names, before anything is opened.

use std::path::PathBuf;

use super::durable_folder::folder_of;

/// What `-o` names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// No `-o`, or `-`.
    Stdout,
    /// A file; `force` replaces one that exists.
    File {
        /// Its path; `.gz` and `.zst` pack.
        path: PathBuf,
        /// Whether an existing file may be replaced.
        force: bool,
    },
}

impl Output {
    /// From the values of `-o` and `--force`.
    pub fn of(path: Option<&str>, force: bool) -> Self {
        match path {
            None | Some("-" | "/dev/stdout") => Self::Stdout,
            Some(path) => Self::File {
                path: PathBuf::from(path),
                force,
            },
        }
    }

    /// Whether what is written is gone at once: stdout, a pipe or a device.
    pub fn is_stream(&self) -> bool {
        match self {
            Self::Stdout => true,
            Self::File { path, .. } => path.exists() && !path.is_file(),
        }
    }

    /// The folder for temporary files beside the output.
    pub fn folder(&self) -> PathBuf {
        match self {
            Self::File { path, .. } if !self.is_stream() => folder_of(path).to_owned(),
            // Beside a device or pipe there is no room for files.
            _ => std::env::temp_dir(),
        }
    }
}
