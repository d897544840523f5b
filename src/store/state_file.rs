//! The state of a continued fetch while a run has it, changed only by committed positions.
//!
//! A position gets into it only as [`Committed`].

use std::fs::File;
use std::io::Read;
use std::path::Path;

use chrono::{DateTime, Utc};

use super::ledger::Committed;
use super::lock::Patience;
use super::recent::Recent;
use super::sealed_file::SealedFile;
use super::state::{Checkpoint, OpenGap, State, parse};
use crate::failure::{Failure, Kind, OrFail, Result};

/// A state that this run alone may change.
pub struct StateFile {
    file: SealedFile,
    state: State,
    /// How many of this run's events are in the state.
    saved: u64,
}

impl StateFile {
    /// Locks and reads a state; `None` where there is none yet.
    ///
    /// # Errors
    /// [`Kind::Locked`] while another run holds it, [`Kind::Usage`] where it is damaged or newer than this program.
    pub fn open(path: &Path, patience: &mut Patience) -> Result<Option<Self>> {
        let Some(file) = SealedFile::open(path, patience)? else {
            return Ok(None);
        };
        let state = parse(file.file(), path)?;
        Ok(Some(Self {
            file,
            state,
            saved: 0,
        }))
    }

    /// Makes and locks the state of a first run, before any data is written.
    pub fn create(path: &Path, state: State) -> Result<Self> {
        Ok(Self {
            file: SealedFile::create(path, &state)?,
            state,
            saved: 0,
        })
    }

    /// What it says.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Notes whose events these are; saved with the next position.
    pub fn pin_organization(&mut self, organization: &str) {
        self.state.organization = Some(organization.to_owned());
    }

    /// Notes what cannot be delivered any more; saved with the next position.
    pub fn open_gap(&mut self, gap: OpenGap) {
        if !self.state.gaps.contains(&gap) {
            self.state.gaps.push(gap);
        }
    }

    /// Notes that a run reached its end; saved with the next position.
    pub fn succeed(&mut self, now: DateTime<Utc>) {
        self.state.succeeded = Some(now);
    }

    /// Saves a position, and what was received near it. Only a committed one can be: everything before it is durable.
    pub fn save(
        &mut self,
        committed: &Committed<Checkpoint>,
        recent: Recent,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let position = committed.position();
        self.state.events += position.delivered.saturating_sub(self.saved);
        self.saved = position.delivered;
        self.state.recent = recent;
        self.state.remembered_from = position.remembered_from;
        self.state.until = position.until;
        self.state.bytes = position.bytes;
        self.state.walk.clone_from(&position.walk);
        self.replace(now)
    }

    /// Changes it as a person says, who answers for it.
    pub fn overrule(&mut self, now: DateTime<Utc>, change: impl FnOnce(&mut State)) -> Result<()> {
        change(&mut self.state);
        self.replace(now)
    }

    fn replace(&mut self, now: DateTime<Utc>) -> Result<()> {
        self.state.saved = now;
        self.file.replace(&self.state)
    }
}

/// Removes a state, also one that cannot be read, unless another run holds it; `false` where there is none.
///
/// # Errors
/// [`Kind::Usage`] for a file that nothing shows to be a state.
pub fn remove_state(path: &Path, patience: &mut Patience) -> Result<bool> {
    let Some(file) = SealedFile::open(path, patience)? else {
        return Ok(false);
    };
    let doing = || format!("removing {}", path.display());
    if !looks_like_a_state(file.file()).or_fail(Kind::Local, doing)? {
        let shown = path.display();
        let text = format!("{shown} does not begin like a state of jcx");
        return Err(Failure::usage(text).hint(format!("if it is to go all the same: rm {shown}")));
    }
    file.remove()?;
    Ok(true)
}

/// A damaged state may be empty, or zeros where a machine lost power.
fn looks_like_a_state(mut file: &File) -> std::io::Result<bool> {
    let mut beginning = Vec::new();
    file.by_ref()
        .take(BEGINNING.len() as u64)
        .read_to_end(&mut beginning)?;
    Ok(BEGINNING.starts_with(&beginning) || beginning.iter().all(|byte| *byte == 0))
}

const BEGINNING: &[u8] = b"{\"format\":";

#[cfg(test)]
mod tests {
    use std::path::Path;

    use chrono::{DateTime, TimeDelta, Utc};

    use super::{StateFile, remove_state};
    use crate::failure::Kind;
    use crate::store::{
        Checkpoint, Committed, Durable, Ledger, OpenGap, Recent, Settings, State, Walk,
    };

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
    }

    fn now() -> DateTime<Utc> {
        at(2_000_000_000)
    }

    fn settings(service: &str) -> Settings {
        Settings([("--service".to_owned(), service.to_owned())].into())
    }

    fn fresh() -> State {
        State::new("fetch", settings("sso"), at(1_000), now())
    }

    fn committed(delivered: u64, until: i64) -> Committed<Checkpoint> {
        let position = |delivered, until| Checkpoint {
            until: at(until),
            bytes: delivered * 10,
            delivered,
            remembered_from: at(until - 100),
            walk: None,
        };
        let mut ledger = Ledger::new(position(0, 1_000));
        let ticket = ledger.enter(position(delivered, until));
        let _open = ledger.enter(position(delivered + 1, until + 1));
        ledger.settle(ticket, &Durable::acknowledged());
        ledger.committed()
    }

    fn open(path: &Path) -> Option<StateFile> {
        StateFile::open(path, &mut || Ok(false)).expect("opened")
    }

    #[test]
    fn a_run_goes_on_where_the_last_one_was_committed() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("state");
        assert!(open(&path).is_none());
        let mut file = StateFile::create(&path, fresh()).expect("made");
        file.open_gap(OpenGap {
            start: at(1),
            end: at(2),
            reason: "retention".to_owned(),
        });
        let recent = Recent::of(vec![(1_003, [3; 16]), (1_002, [2; 16])]);
        file.save(&committed(4, 1_102), recent.clone(), now())
            .expect("saved");
        drop(file);
        let mut file = open(&path).expect("a state");
        let state = file.state();
        assert_eq!((state.until, state.bytes, state.events), (at(1_102), 40, 4));
        assert_eq!((state.since, state.gaps.len()), (at(1_000), 1));
        assert_eq!((state.remembered_from, &state.recent), (at(1_002), &recent));
        file.save(&committed(1, 1_201), Recent::default(), now())
            .expect("saved");
        drop(file);
        let file = open(&path).expect("a state");
        assert_eq!((file.state().events, file.state().recent.len()), (5, 0));
        assert_eq!(std::fs::read_dir(folder.path()).expect("listed").count(), 1);
    }

    #[test]
    fn everything_it_says_is_read_back() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("state");
        let mut file = StateFile::create(&path, fresh()).expect("made");
        file.pin_organization("0123456789abcdef01234567");
        file.succeed(now() + TimeDelta::nanoseconds(1));
        let walk = Walk {
            start: at(5),
            end: at(6),
            cursor: "[\"a\\u0000\",1.50]".to_owned(),
            page_size: 1000,
        };
        let change = |state: &mut State| state.walk = Some(walk);
        file.overrule(now() + TimeDelta::milliseconds(5), change)
            .expect("saved");
        assert_eq!(State::read(&path).expect("read"), *file.state());
    }

    #[test]
    fn one_run_at_a_time_has_the_state() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("state");
        let mut file = StateFile::create(&path, fresh()).expect("made");
        for _ in 0..2 {
            let held = StateFile::open(&path, &mut || Ok(false)).map(|_| ());
            assert_eq!(held.expect_err("held").kind(), Kind::Locked);
            let held = remove_state(&path, &mut || Ok(false));
            assert_eq!(held.expect_err("held").kind(), Kind::Locked);
            file.save(&committed(0, 1_000), Recent::default(), now())
                .expect("saved");
        }
        let second = StateFile::create(&path, fresh()).map(|_| ());
        assert_eq!(second.expect_err("it exists").kind(), Kind::Locked);
        drop(file);
        assert!(remove_state(&path, &mut || Ok(false)).expect("removed"));
        assert!(!remove_state(&path, &mut || Ok(false)).expect("nothing there"));
    }

    #[test]
    fn many_runs_take_turns_and_none_is_lost() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("state");
        drop(StateFile::create(&path, fresh()).expect("made"));
        let run = || {
            let mut patience = || {
                std::thread::yield_now();
                Ok(true)
            };
            for _ in 0..25 {
                let file = StateFile::open(&path, &mut patience).expect("opened");
                let mut file = file.expect("a state");
                for n in 1..=2 {
                    file.save(&committed(n, 2_000), Recent::default(), now())
                        .expect("saved");
                }
            }
        };
        std::thread::scope(|scope| {
            for _ in 0..6 {
                scope.spawn(run);
            }
        });
        assert_eq!(State::read(&path).expect("read").events, 300);
    }

    #[test]
    fn first_runs_that_begin_together_make_one_state() {
        let folder = tempfile::tempdir().expect("a folder");
        for round in 0..20 {
            let path = folder.path().join(format!("state{round}"));
            let make = || StateFile::create(&path, fresh()).map_err(|failure| failure.kind());
            let runs: Vec<_> = std::thread::scope(|scope| {
                let runs: Vec<_> = (0..4).map(|_| scope.spawn(make)).collect();
                runs.into_iter()
                    .map(|run| run.join().expect("ended"))
                    .collect()
            });
            let refused = runs.iter().filter(|made| matches!(made, Err(Kind::Locked)));
            assert_eq!(refused.count(), 3);
            assert!(State::read(&path).is_ok());
        }
    }

    #[test]
    fn another_query_and_another_command_are_refused_in_words() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = StateFile::create(&folder.path().join("state"), fresh()).expect("made");
        let (path, state) = (Path::new("s.state"), file.state());
        assert!(
            state
                .refuse_foreign(path, "fetch", &settings("sso"))
                .is_ok()
        );
        for (command, service, part) in [
            (
                "fetch",
                "all",
                "made with --service sso, this run with --service all",
            ),
            ("sync", "sso", "is one of jcx fetch, this run is jcx sync"),
        ] {
            let refused = state.refuse_foreign(path, command, &settings(service));
            let refused = refused.expect_err("foreign");
            assert_eq!(refused.kind(), Kind::Usage);
            assert!(refused.message().contains(part), "{refused}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_state_keeps_its_mode_and_the_link_that_leads_to_it() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("a folder");
        let (path, link) = (folder.path().join("state"), folder.path().join("link"));
        std::os::unix::fs::symlink("state", &link).expect("linked");
        let mut file = StateFile::create(&link, fresh()).expect("made");
        let mode = std::fs::Permissions::from_mode(0o640);
        std::fs::set_permissions(&path, mode).expect("changed");
        file.save(&committed(0, 1_000), Recent::default(), now())
            .expect("saved");
        let mode = path.metadata().expect("there").permissions().mode();
        assert_eq!(mode & 0o777, 0o640);
        assert!(link.is_symlink());
        assert!(open(folder.path().join("none").as_path()).is_none());
        for special in [folder.path(), Path::new("/dev/null"), Path::new("-")] {
            let refused = StateFile::open(special, &mut || Ok(false)).map(|_| ());
            assert_eq!(refused.expect_err("refused").kind(), Kind::Usage);
        }
    }

    #[test]
    fn only_what_looks_like_a_state_is_removed() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("state");
        for (text, goes) in [
            (&b""[..], true),
            (b"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", true),
            (b"{\"format\":1,\"comm", true),
            (b"{\"for", true),
            (b"{\"id\":\"an event\"}\n", false),
        ] {
            std::fs::write(&path, text).expect("written");
            let removed = remove_state(&path, &mut || Ok(false)).map_err(|failure| failure.kind());
            assert_eq!(removed.is_ok(), goes, "{removed:?}");
            assert_eq!(path.exists(), !goes);
        }
    }
}
