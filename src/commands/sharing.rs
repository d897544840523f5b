//! Where a run is to write, before it begins: no file by two hands, none in a folder that is read or is not there.
//!
//! What `-o`, `--state`, `--dead-letter`, `--summary` and `--metrics-file` may share is decided here, for every command.

use std::path::{Path, PathBuf};

use crate::cli::{Command, CommonArgs};
use crate::failure::{Failure, Kind, Result};

/// Why a run does not begin.
#[derive(Debug)]
pub struct Refusal {
    /// What is wrong.
    pub failure: Failure,
    /// Flags whose files are not written on this account either: somebody else's, or in no folder.
    spared: Vec<&'static str>,
}

/// The files that a command names.
struct Places<'a> {
    inputs: &'a [String],
    output: Option<&'a str>,
    /// What is written beside the output, by its flag.
    others: [(&'static str, Option<&'a Path>); 4],
}

const SUMMARY: &str = "--summary";
const METRICS: &str = "--metrics-file";

impl Refusal {
    /// The flags of the run itself, without those files that are spared.
    pub fn spare(&self, common: &mut CommonArgs) {
        if self.spared.contains(&SUMMARY) {
            common.summary = None;
        }
        if self.spared.contains(&METRICS) {
            common.metrics_file = None;
        }
    }
}

/// Refuses one file for two purposes: the later writer would destroy what the earlier one wrote. `inputs` may only be
/// replaced by `-o`, which writes beside them first. A folder that is missing is found here, too.
pub fn refusal(command: &Command) -> Option<Refusal> {
    let places = Places::of(command)?;
    let checks = [Places::refuse_in_folder, Places::refuse_shared];
    let mut found: Option<Refusal> = None;
    for (flag, path) in places.all() {
        let refused = checks
            .iter()
            .find_map(|check| check(&places, flag, path).err());
        note(&mut found, refused, flag);
    }
    // Of several causes arguments decide.
    for (flag, path) in places.files() {
        note(&mut found, refuse_missing(flag, path).err(), flag);
    }
    found
}

/// The first failure is told; what any of them is about is spared.
fn note(found: &mut Option<Refusal>, failure: Option<Failure>, flag: &'static str) {
    let Some(failure) = failure else { return };
    let refusal = found.get_or_insert(Refusal {
        failure,
        spared: Vec::new(),
    });
    refusal.spared.push(flag);
}

impl<'a> Places<'a> {
    fn of(command: &'a Command) -> Option<Self> {
        let common = command.common()?;
        let mut state = None;
        let (output, dead_letter, inputs): (_, Option<&Path>, &[String]) = match command {
            Command::Fetch(args) => {
                state = args.state.state.as_deref();
                (args.output.as_deref(), None, &[])
            }
            Command::Map(args) => (
                args.output.as_deref(),
                args.dead_letter.as_deref(),
                &args.files,
            ),
            Command::Push(args) => {
                state = args.state.as_deref();
                let letters = args.input.from_dead_letter.as_ref();
                let inputs = letters.map_or(&args.files[..], std::slice::from_ref);
                (None, args.dead_letter.as_deref(), inputs)
            }
            _ => (None, None, &[]),
        };
        let others = [
            ("--state", state),
            ("--dead-letter", dead_letter),
            (SUMMARY, common.summary.as_deref().map(Path::new)),
            (METRICS, common.metrics_file.as_deref()),
        ];
        Some(Self {
            inputs,
            output,
            others,
        })
    }

    /// The files beside the output.
    fn files(&self) -> impl Iterator<Item = (&'static str, &'a Path)> + use<'a> {
        let given = |(flag, path): (_, Option<&'a Path>)| Some((flag, path?));
        let others = self.others.into_iter().filter_map(given);
        others.filter(|(_, path)| *path != Path::new("-"))
    }

    /// The output and the files beside it.
    fn all(&self) -> impl Iterator<Item = (&'static str, &'a Path)> + use<'a> {
        let output = self.output.map(|path| ("-o", Path::new(path)));
        output.into_iter().chain(self.files())
    }

    /// What is taken by others than this flag.
    fn taken_beside(&self, flag: &str) -> Vec<(&'static str, PathBuf)> {
        let stream = |path: &'a str, stream: &'static str| {
            Path::new(if path == "-" { stream } else { path })
        };
        let output = ("-o", stream(self.output.unwrap_or("-"), "/dev/stdout"));
        let inputs = self.inputs.iter();
        let inputs = inputs.map(|input| ("an input", stream(input, "/dev/stdin")));
        let others = self.files().filter(|(other, _)| *other != flag);
        let all = [output].into_iter().chain(inputs).chain(others);
        all.filter_map(|(flag, path)| Some((flag, place(path)?)))
            .collect()
    }

    fn refuse_shared(&self, flag: &'static str, given: &Path) -> Result<()> {
        // An input may be replaced, and what stands beside the output looks at it.
        let Some(path) = place(given).filter(|_| flag != "-o") else {
            return Ok(());
        };
        let taken = self.taken_beside(flag);
        let Some((other, _)) = taken.iter().find(|(_, other)| is_same(other, &path)) else {
            return Ok(());
        };
        let text = format!("{flag} and {other} are the same file: {}", path.display());
        Err(Failure::usage(text).hint("name another file for one of them"))
    }

    /// Refuses a file of the run in a folder that is read: what stands in it is somebody's archive.
    fn refuse_in_folder(&self, flag: &'static str, given: &Path) -> Result<()> {
        let folders = self
            .inputs
            .iter()
            .map(Path::new)
            .filter(|path| path.is_dir());
        let mut folders = folders.filter_map(|path| path.canonicalize().ok());
        let place = place(given);
        let within = place.as_deref().and_then(Path::parent);
        if within.is_some_and(|within| folders.any(|folder| folder == within)) {
            let text = format!("{flag} {} is in a folder that is read", given.display());
            return Err(Failure::usage(text).hint("name a file in another folder"));
        }
        Ok(())
    }
}

fn refuse_missing(flag: &'static str, given: &Path) -> Result<()> {
    let folder = given.parent();
    let folder = folder.filter(|folder| !folder.as_os_str().is_empty());
    let Some(folder) = folder.filter(|folder| !folder.is_dir()) else {
        return Ok(());
    };
    let text = format!(
        "{flag} {}: the folder {} does not exist",
        given.display(),
        folder.display()
    );
    Err(Failure::new(Kind::Local, text).hint(format!("mkdir -p {}", folder.display())))
}

/// Whether two places are one file, by whatever names.
fn is_same(one: &Path, other: &Path) -> bool {
    one == other || identity(one).is_some_and(|found| identity(other) == Some(found))
}

/// What tells a file from others, whatever its name.
#[cfg(unix)]
fn identity(path: &Path) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    let metadata = path.metadata().ok()?;
    Some((metadata.dev(), metadata.ino()))
}

#[cfg(not(unix))]
fn identity(_: &Path) -> Option<(u64, u64)> {
    None
}

/// Where a file is or would be; none for devices and pipes, which several may share.
fn place(path: &Path) -> Option<PathBuf> {
    if path.exists() && !path.is_file() {
        return None;
    }
    path.canonicalize().ok().or_else(|| {
        let parent = path
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty());
        let folder = parent.unwrap_or(Path::new(".")).canonicalize().ok()?;
        Some(folder.join(path.file_name()?))
    })
}
