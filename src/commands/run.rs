//! The shape of every working command: a conductor thread does the work, the main thread waits for it or for a signal.
//!
//! Workers hang on blocking calls, so after a signal the main thread gives the conductor a moment to end tidily and then
//! leaves without it. Whatever happens, outputs are ended, and the summary is written once.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, unbounded};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use super::printer;
use crate::cli::CommonArgs;
use crate::exit;
use crate::failure::{Failure, Kind, OrFail, Result};
use crate::net::Ambient;
use crate::store::{Busy, SharedSink, Sink, replace_file};
use crate::term::{ErrorText, Printer, Summary, prometheus};

/// What a command works with.
#[derive(Clone)]
pub struct Run {
    /// Clock, sleep, chance and the wish to stop.
    pub ambient: Ambient,
    /// Where to speak.
    pub printer: Printer,
    /// The process's environment.
    pub environment: Arc<BTreeMap<String, String>>,
    /// Now, frozen once a run, in whole seconds.
    pub now: DateTime<Utc>,
    /// The counts of the summary.
    pub tally: Tally,
    outputs: Arc<Mutex<Vec<SharedSink>>>,
}

/// The summary as it grows, readable when the run is left early.
#[derive(Clone)]
pub struct Tally(Arc<Mutex<Summary>>);

/// How a run that reached its end came out.
#[derive(Debug, Default)]
pub struct Ending {
    /// What is missing; none is exit 0, any is 3.
    pub holes: Vec<Hole>,
    /// The last line for a person.
    pub done: String,
}

/// Something missing at the end of a run.
#[derive(Debug)]
pub struct Hole {
    /// The word in the summary's `reasons`.
    pub reason: &'static str,
    /// What and where.
    pub message: String,
}

/// What the main thread waits for.
enum Event {
    Ended(Result<Ending>),
    Signal(i32),
}

/// How long the conductor may take to end tidily after a signal; the contract is two seconds in all.
const TIDY: Duration = Duration::from_secs(1);
const LEAVE: Duration = Duration::from_millis(500);

impl Tally {
    /// Changes the counts.
    pub fn update(&self, change: impl FnOnce(&mut Summary)) {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// The counts as they are now.
    pub fn snapshot(&self) -> Summary {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl Run {
    /// Shares an open output, so that it is ended however the run ends.
    pub fn share(&self, sink: Sink) -> SharedSink {
        let shared = SharedSink::new(sink);
        self.outputs
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(shared.clone());
        shared
    }

    /// Fails when the run shall stop; to be asked in every loop.
    pub fn check_stop(&self) -> Result<()> {
        if self.ambient.stopping() {
            Err(Failure::new(Kind::Interrupted(0), "interrupted"))
        } else {
            Ok(())
        }
    }
}

/// Runs a command to its exit code.
pub fn conduct(
    command: &'static str,
    common: &CommonArgs,
    environment: BTreeMap<String, String>,
    work: impl FnOnce(&Run) -> Result<Ending> + Send + 'static,
) -> u8 {
    let ambient = Ambient::real();
    let wall = (ambient.wall)();
    let run = Run {
        now: wall.duration_trunc(TimeDelta::seconds(1)).unwrap_or(wall),
        printer: printer(common, &environment),
        environment: Arc::new(environment),
        tally: Tally(Arc::new(Mutex::new(Summary::new(command)))),
        outputs: Arc::default(),
        ambient,
    };
    let began = run.ambient.now();
    let (sender, events) = unbounded();
    let result = start(&run, sender, work).and_then(|()| wait(&run, &events));
    finish(&run, common, &result, began)
}

/// Starts the threads that the main thread listens to.
fn start(
    run: &Run,
    sender: Sender<Event>,
    work: impl FnOnce(&Run) -> Result<Ending> + Send + 'static,
) -> Result<()> {
    let mut signals =
        Signals::new([SIGINT, SIGTERM]).or_fail(Kind::Unexpected, || "listening for signals")?;
    let on_signal = sender.clone();
    let listening = std::thread::Builder::new()
        .name("signals".to_owned())
        .spawn(move || {
            for signal in signals.forever() {
                if on_signal.send(Event::Signal(signal)).is_err() {
                    return;
                }
            }
        });
    listening.or_fail(Kind::Unexpected, || "starting a thread")?;
    let conductor = run.clone();
    let working = std::thread::Builder::new()
        .name("conductor".to_owned())
        .spawn(move || {
            let result =
                std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| work(&conductor)));
            let result = result.unwrap_or_else(|_| {
                Err(Failure::new(
                    Kind::Unexpected,
                    "a defect in jcx ended the run",
                ))
            });
            // The main thread may have left already.
            let _sent = sender.send(Event::Ended(result));
        });
    working
        .map(|_| ())
        .or_fail(Kind::Unexpected, || "starting a thread")
}

fn wait(run: &Run, events: &Receiver<Event>) -> Result<Ending> {
    let lost = || Failure::new(Kind::Unexpected, "the working thread is gone");
    let signal = match events.recv().map_err(|_| lost())? {
        Event::Ended(result) => return result,
        Event::Signal(signal) => signal,
    };
    run.ambient.stop.store(true, Ordering::SeqCst);
    let name = if signal == SIGINT {
        "SIGINT"
    } else {
        "SIGTERM"
    };
    let interrupted = Failure::new(Kind::Interrupted(signal), format!("interrupted by {name}"));
    match events.recv_timeout(TIDY) {
        Ok(Event::Ended(Ok(ending))) => Ok(ending),
        Ok(Event::Ended(Err(failure))) if failure.kind() == Kind::Local => {
            Err(failure.with_kind(Kind::Interrupted(signal)))
        }
        Ok(Event::Ended(Err(_)) | Event::Signal(_)) | Err(RecvTimeoutError::Timeout) => {
            Err(interrupted)
        }
        Err(RecvTimeoutError::Disconnected) => Err(lost()),
    }
}

fn finish(run: &Run, common: &CommonArgs, result: &Result<Ending>, began: Instant) -> u8 {
    end_outputs(run, result.as_ref().err().map(Failure::kind));
    let mut summary = run.tally.snapshot();
    summary.seconds = ((run.ambient.now() - began).as_secs_f64() * 1000.0).round() / 1000.0;
    let mut kind = match result {
        Ok(ending) if ending.holes.is_empty() => None,
        Ok(_) => Some(Kind::Holes),
        Err(failure) => Some(failure.kind()),
    };
    report(run, result, &mut summary);
    close(&mut summary, kind);
    if let Err(failure) = write_summary(run, common, &summary) {
        run.printer.error(&failure);
        kind = Some(kind.map_or(failure.kind(), |first| {
            exit::decisive(first, failure.kind())
        }));
    }
    kind.map_or(0, exit::code)
}

/// Ends what is still open: after a success nothing is, after a failure it must not look like one.
fn end_outputs(run: &Run, failed: Option<Kind>) {
    // A run refused before it began wrote nothing, and a reader that left wants nothing.
    let mark = failed.is_some_and(|kind| !matches!(kind, Kind::Usage | Kind::BrokenPipe));
    let deadline = run.ambient.now() + LEAVE;
    for sink in run
        .outputs
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .iter()
    {
        // A worker that is stuck in a write keeps its output; it ends with the process.
        while let Err(Busy) = sink
            .try_take()
            .map(|sink| sink.map(|sink| sink.abandon(mark)))
        {
            if run.ambient.now() >= deadline {
                break;
            }
            (run.ambient.sleep)(Duration::from_millis(5));
        }
    }
}

fn report(run: &Run, result: &Result<Ending>, summary: &mut Summary) {
    match result {
        Ok(ending) => {
            for hole in &ending.holes {
                run.printer
                    .error(&Failure::new(Kind::Holes, hole.message.clone()));
                summary.reasons.push(hole.reason);
            }
            run.printer.done(&ending.done);
        }
        Err(failure) => {
            if failure.kind() != Kind::BrokenPipe {
                run.printer.error(failure);
            }
            summary.reasons.push(exit::reason(failure.kind()));
            let hint = failure.hint_text().map(str::to_owned);
            summary.error = Some(ErrorText {
                message: failure.message(),
                hint,
            });
        }
    }
}

fn close(summary: &mut Summary, kind: Option<Kind>) {
    summary.exit = kind.map_or(0, exit::code);
    summary.ok = summary.exit == 0;
}

fn write_summary(run: &Run, common: &CommonArgs, summary: &Summary) -> Result<()> {
    if let Some(path) = &common.metrics_file {
        replace_file(
            path,
            prometheus(summary, (run.ambient.wall)().timestamp()).as_bytes(),
            0o644,
        )?;
    }
    match common.summary.as_deref() {
        None => {}
        Some("-") => run.printer.raw(&summary.to_line()),
        Some(path) => replace_file(
            path.as_ref(),
            format!("{}\n", summary.to_line()).as_bytes(),
            0o644,
        )?,
    }
    Ok(())
}
