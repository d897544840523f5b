//! What the arguments of a load say of its inputs, its target and its batches, and which of them contradict each other.

use super::intake::{Clock, Contents, Intake};
use super::raw::RawEvents;
use crate::cli::{self, InputArgs, PushArgs};
use crate::commands::run::Run;
use crate::elastic::{Dedupe, Limits, SizeLimit, Target};
use crate::failure::{Failure, Result};
use crate::store::{Settings, check_inputs, leads_into_pipe};

/// What is read, where no state says it.
pub fn inputs(args: &PushArgs) -> Result<Vec<String>> {
    let files = match &args.input.from_dead_letter {
        Some(letters) => vec![letters.clone()],
        None if args.files.is_empty() => vec!["-".to_owned()],
        None => args.files.clone(),
    };
    let from_stdin = files.iter().filter(|file| *file == "-").count();
    let key_from_stdin = args.server.es_api_key_file.as_deref() == Some("-");
    if from_stdin > 0 && key_from_stdin {
        return Err(Failure::usage("stdin can be read only once")
            .hint("give the key as a file, or the documents as files"));
    }
    check_inputs(&files, "jcx push")?;
    Ok(files)
}

/// What the inputs hold.
pub fn intake(args: &PushArgs, run: &Run) -> Result<Intake> {
    let InputArgs { raw, id_field, .. } = &args.input;
    if *raw && args.pipeline == "_none" {
        return Err(
            Failure::usage("--raw needs a pipeline that maps the events")
                .hint("--pipeline NAME, or map them first: jcx map FILE | jcx push"),
        );
    }
    if *raw && id_field.is_some() {
        return Err(Failure::usage("--raw and --id-field contradict each other")
            .hint("a raw event's _id is the one that jcx map gives it"));
    }
    refuse_state(args)?;
    let clock: Clock = run.ambient.wall.clone();
    let letters = args.input.from_dead_letter.is_some();
    let stream = args.data_stream.clone();
    Ok(Intake::new(Contents {
        letters,
        stream: stream.filter(|_| letters && args.index.is_none()),
        raw: raw.then(RawEvents::new),
        id_field: id_field.clone(),
        ingested: args.input.ingested.then_some(clock),
    }))
}

/// Refuses a state where nothing is gone on with, or letters may get lost before which it advances.
fn refuse_state(args: &PushArgs) -> Result<()> {
    let (flag, hint) = if args.input.from_dead_letter.is_some() {
        (
            "--from-dead-letter",
            "leave --state out: what still fails is in the file that --dead-letter names, which can be sent again",
        )
    } else if args.dry_run {
        (
            "--dry-run",
            "leave --state out to count the whole input; jcx state show FILE says how much of it is loaded",
        )
    } else if args.dead_letter.as_deref().is_some_and(leads_into_pipe) {
        (
            "--dead-letter into a pipe",
            "name a regular file with --dead-letter: of what goes into a pipe nobody can know what arrived",
        )
    } else {
        return Ok(());
    };
    if args.state.is_none() {
        return Ok(());
    }
    Err(Failure::usage(format!("--state and {flag} contradict each other")).hint(hint))
}

/// What decides which `_id` a document of the inputs goes with, in the words of its flags: a run that said something else
/// would store documents twice that an earlier one has stored.
pub fn identity(args: &PushArgs) -> Settings {
    let raw = args.input.raw.then(String::new);
    let without = (args.dedupe == cli::Dedupe::None).then(|| "none".to_owned());
    let flags = [
        ("--raw", raw),
        ("--id-field", args.input.id_field.clone()),
        ("--dedupe", without),
    ];
    let given = flags.into_iter();
    let given = given.filter_map(|(flag, value)| Some((flag.to_owned(), value?)));
    Settings(given.collect())
}

/// What the arguments name. Both stand here only where both are variables, and the stream's may be there for `jcx map`.
pub fn wanted_target(args: &PushArgs) -> Result<Option<Target>> {
    match (&args.index, &args.data_stream) {
        (Some(index), _) => Target::index(index, "--index").map(Some),
        (None, Some(stream)) => Target::stream(stream, "--data-stream").map(Some),
        (None, None) => Ok(None),
    }
}

/// How documents that are there already are told.
pub fn dedupe(args: &PushArgs) -> Dedupe {
    match args.dedupe {
        cli::Dedupe::Auto => Dedupe::Auto,
        cli::Dedupe::Conflict => Dedupe::Conflict,
        cli::Dedupe::None => Dedupe::None,
    }
}

/// When a batch is full.
pub fn limits(args: &PushArgs) -> Limits {
    Limits {
        bytes: SizeLimit::new(args.batch_bytes),
        documents: usize::try_from(args.batch_docs).unwrap_or(usize::MAX),
        ids: dedupe(args) != Dedupe::None,
    }
}
