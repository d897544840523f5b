//! One file must not be written by two hands: what `-o`, `--dead-letter`, `--summary` and `--metrics-file` may share.

use std::path::{Path, PathBuf};

use crate::cli::Command;
use crate::failure::{Failure, Kind, Result};

/// Refuses one file for two purposes: the later writer would destroy what the earlier one wrote. `inputs` may only be
/// replaced by `-o`, which writes beside them first.
pub fn refuse_shared(command: &Command) -> Result<()> {
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
            (None, args.dead_letter.as_deref(), &args.files)
        }
        Command::Count(_) | Command::Template(_) => (None, None, &[]),
        Command::Fields(_) | Command::State(_) | Command::Completions(_) | Command::Man => {
            return Ok(());
        }
    };
    let Some(common) = command.common() else {
        return Ok(());
    };
    let stream = |path: &str, stream: &str| {
        if path == "-" {
            stream.to_owned()
        } else {
            path.to_owned()
        }
    };
    let summary = common.summary.as_deref().map(Path::new);
    let others = [
        ("--state", state),
        ("--dead-letter", dead_letter),
        ("--summary", summary),
        ("--metrics-file", common.metrics_file.as_deref()),
    ];
    let all = others.into_iter().chain([("-o", output.map(Path::new))]);
    refuse_in_folders(inputs, all)?;
    let mut taken: Vec<(&str, PathBuf)> = Vec::new();
    let output = stream(output.unwrap_or("-"), "/dev/stdout");
    taken.extend(place(output.as_ref()).map(|path| ("-o", path)));
    for input in inputs {
        let input = stream(input, "/dev/stdin");
        taken.extend(place(input.as_ref()).map(|path| ("an input", path)));
    }
    for (flag, path) in others {
        let Some(given) = path.filter(|path| *path != Path::new("-")) else {
            continue;
        };
        let folder = given
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        if let Some(folder) = folder.filter(|folder| !folder.is_dir()) {
            let text = format!(
                "{flag} {}: the folder {} does not exist",
                given.display(),
                folder.display()
            );
            return Err(
                Failure::new(Kind::Local, text).hint(format!("mkdir -p {}", folder.display()))
            );
        }
        let Some(path) = place(given) else { continue };
        if let Some((other, _)) = taken.iter().find(|(_, other)| *other == path) {
            let text = format!("{flag} and {other} are the same file: {}", path.display());
            return Err(Failure::usage(text).hint("name another file for one of them"));
        }
        taken.push((flag, path));
    }
    Ok(())
}

/// Refuses a file of the run in a folder that is read: what stands in it is somebody's archive.
fn refuse_in_folders<'a>(
    inputs: &[String],
    files: impl Iterator<Item = (&'a str, Option<&'a Path>)>,
) -> Result<()> {
    let folders = inputs.iter().map(Path::new).filter(|path| path.is_dir());
    let folders: Vec<PathBuf> = folders
        .filter_map(|path| path.canonicalize().ok())
        .collect();
    for (flag, path) in files {
        let Some(given) = path else { continue };
        let place = place(given);
        let within = place.as_deref().and_then(Path::parent);
        if within.is_some_and(|within| folders.iter().any(|folder| folder == within)) {
            let text = format!("{flag} {} is in a folder that is read", given.display());
            return Err(Failure::usage(text).hint("name a file in another folder"));
        }
    }
    Ok(())
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
