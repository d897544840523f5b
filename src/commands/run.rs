//! The shape of every working command: a conductor thread does the work, the main thread waits for it or for a signal.
//!
//! Workers hang on blocking calls, so after a signal the main thread gives the conductor a moment to end tidily and then
//! leaves without it. Whatever happens, outputs are ended, and the summary is written once.

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::Builder;
use std::time::{Duration, Instant};

use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use crossbeam_channel::{Receiver, Sender, unbounded};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use signal_hook::{flag, low_level};

use super::frame::Frame;
use super::printer;
use super::report::{Report, note_failure};
use crate::cli::CommonArgs;
use crate::failure::{Failure, Kind, OrFail, Result};
use crate::net::Ambient;
use crate::store::{Busy, Output, SharedSink, Sink};
use crate::term::{Printer, Summary};

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
    /// What can never be had any more, in words: exit 9.
    pub lost: Option<Failure>,
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
const OVERDUE: Duration = Duration::from_millis(1_900);

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
}

/// Runs a command to its exit code. One whose data goes to stdout shows no progress bar.
pub fn conduct(
    frame: Frame,
    environment: BTreeMap<String, String>,
    work: impl FnOnce(&Run) -> Result<Ending> + Send + 'static,
) -> u8 {
    let Frame {
        command,
        common,
        data_on_stdout,
        zero,
        refusal,
    } = frame;
    let ambient = Ambient::real();
    let wall = (ambient.wall)();
    let run = Run {
        now: wall.duration_trunc(TimeDelta::seconds(1)).unwrap_or(wall),
        printer: if data_on_stdout {
            printer(&common, &environment).without_bar()
        } else {
            printer(&common, &environment)
        },
        environment: Arc::new(environment),
        tally: Tally(Arc::new(Mutex::new(Summary::new(command)))),
        outputs: Arc::default(),
        ambient,
    };
    run.tally.update(zero);
    let began = run.ambient.now();
    let (sender, events) = unbounded();
    let result = match refusal {
        Some(failure) => Err(refused(&run, data_on_stdout, failure)),
        None => start(&run, sender, work),
    };
    let result = result.and_then(|()| wait(&run, &events));
    finish(&run, &common, &result, began)
}

/// A run that does not begin ends like any other: whoever reads its output must not take that for an empty answer.
fn refused(run: &Run, data_on_stdout: bool, failure: Failure) -> Failure {
    if data_on_stdout && let Ok(sink) = Sink::open(&Output::Stdout) {
        run.share(sink);
    }
    failure
}

/// Starts the threads that the main thread listens to.
fn start(
    run: &Run,
    sender: Sender<Event>,
    work: impl FnOnce(&Run) -> Result<Ending> + Send + 'static,
) -> Result<()> {
    listen_for_signals(sender.clone(), Arc::clone(&run.ambient.sleep))
        .or_fail(Kind::Unexpected, || "listening for signals")?;
    let conductor = run.clone();
    let working = Builder::new().name("conductor".to_owned()).spawn(move || {
        let result = std::panic::catch_unwind(AssertUnwindSafe(|| work(&conductor)));
        let defect = || Failure::new(Kind::Unexpected, "a defect in jcx ended the run");
        // The main thread may have left already.
        let _sent = sender.send(Event::Ended(result.unwrap_or_else(|_| Err(defect()))));
    });
    working
        .map(|_| ())
        .or_fail(Kind::Unexpected, || "starting a thread")
}

/// The first signal is told to the main thread; a second one, or the first when it has not ended the run in time, ends
/// the process on the spot, whatever any thread is stuck in.
fn listen_for_signals(
    sender: Sender<Event>,
    sleep: Arc<dyn Fn(Duration) + Send + Sync>,
) -> std::io::Result<()> {
    let armed = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        flag::register_conditional_shutdown(signal, 128 + signal, Arc::clone(&armed))?;
        flag::register(signal, Arc::clone(&armed))?;
    }
    let mut signals = Signals::new([SIGINT, SIGTERM])?;
    let listening = move || {
        if let Some(signal) = signals.forever().next() {
            // The main thread may be past listening, and stuck in telling how the run ended.
            let _told = sender.send(Event::Signal(signal));
            sleep(OVERDUE);
            let _raised = low_level::raise(signal);
        }
    };
    Builder::new()
        .name("signals".to_owned())
        .spawn(listening)
        .map(|_| ())
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
    match events.recv_timeout(TIDY) {
        Ok(Event::Ended(Ok(ending))) => Ok(ending),
        Ok(Event::Ended(Err(failure))) if failure.kind() == Kind::Local => {
            Err(failure.with_kind(Kind::Interrupted(signal)))
        }
        _ => Err(Failure::new(
            Kind::Interrupted(signal),
            format!("interrupted by {name}"),
        )),
    }
}

fn finish(run: &Run, common: &CommonArgs, result: &Result<Ending>, began: Instant) -> u8 {
    end_outputs(run, result.as_ref().err().map(Failure::kind));
    let mut summary = run.tally.snapshot();
    summary.seconds = ((run.ambient.now() - began).as_secs_f64() * 1000.0).round() / 1000.0;
    let kind = match result {
        Ok(ending) if ending.lost.is_some() => Some(Kind::Gap),
        Ok(ending) if ending.holes.is_empty() => None,
        Ok(_) => Some(Kind::Holes),
        Err(failure) => Some(failure.kind()),
    };
    tell(run, result, &mut summary);
    let report = Report {
        printer: &run.printer,
        summary: common.summary.as_deref(),
        metrics: common.metrics_file.as_deref(),
        finished: (run.ambient.wall)().timestamp(),
    };
    report.write(&mut summary, kind)
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

/// Says how the run ended, to people and in the summary.
fn tell(run: &Run, result: &Result<Ending>, summary: &mut Summary) {
    match result {
        Ok(ending) => {
            if let Some(lost) = &ending.lost {
                run.printer.error(lost);
                note_failure(summary, lost);
            }
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
            note_failure(summary, failure);
        }
    }
}
