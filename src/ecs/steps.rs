//! Steps 8 to 16 of the mapping, in their order: `docs/ecs-mapping.md`, section 2.
//!
//! Each step is one function under its number. A step that fails ends the run; what ran before it stays in the draft. Step 16 is the
//! scan's: what it removes is not copied. Knows neither the `_id` nor what is said about a failure in the document.

use super::address;
use super::category::category;
use super::copies::{COPIES, Copies};
use super::draft::Draft;
use super::event::{Event, excerpt};
use super::extended::Extension;
use super::geoip::GeoIp;
use super::listing::write_list_of_one;
use super::location;
use super::source::Source;
use super::target::Target;
use super::timestamp;
use crate::failure::Failure;
use crate::json::span::Span;

/// What is copied before `@version` gets its name: the first two.
static BEFORE_VERSION: Copies = Copies::of(COPIES.split_at(2).0);
/// What is copied after it.
static BEHIND_VERSION: Copies = Copies::of(COPIES.split_at(2).1);

/// Why a step failed, in our words.
#[derive(Debug)]
pub(super) struct Failed {
    pub(super) reason: String,
}

impl Failed {
    pub(super) fn new(reason: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
        }
    }
}

/// Why the steps ended before their end.
#[derive(Debug)]
pub(super) enum Stopped {
    /// A step failed, as Elastic's pipeline would; the document says so.
    Failed(Failed),
    /// A database of places is damaged; there can be no document.
    Broken(Failure),
}

impl From<Failed> for Stopped {
    fn from(failed: Failed) -> Self {
        Self::Failed(failed)
    }
}

impl From<Failure> for Stopped {
    fn from(failure: Failure) -> Self {
        Self::Broken(failure)
    }
}

/// The steps on their way through one event.
pub(super) struct Steps<'a> {
    event: Event<'a>,
    draft: &'a mut Draft,
    geoip: Option<&'a GeoIp>,
    /// The value of `@version`, once step 11 has renamed it.
    version: Option<Span>,
}

impl<'a> Steps<'a> {
    /// Nothing is done yet.
    pub(super) fn new(event: Event<'a>, draft: &'a mut Draft, geoip: Option<&'a GeoIp>) -> Self {
        let version = None;
        Self {
            event,
            draft,
            geoip,
            version,
        }
    }

    /// The value of `@version` where it has become `version`.
    pub(super) fn renamed_version(&self) -> Option<Span> {
        self.version
    }

    /// Steps 8 to 15; the profile `extended` writes some anew, and may know all that step 11 copies, so that it cannot fail.
    pub(super) fn run(&mut self, extension: Option<&mut Extension>) -> Result<(), Stopped> {
        let extended = extension.is_some();
        self.step_8_timestamp()?;
        self.step_9_addresses()?;
        if !extended {
            self.step_10_category();
        }
        if extension.is_some_and(|extension| extension.follow(self.event, self.draft)) {
            self.rename_version()?;
        } else {
            self.step_11_copies()?;
        }
        self.step_12_outcome();
        location::locate(self.event, self.draft, self.geoip)?;
        self.step_14_related_addresses()?;
        if !extended || self.event.string(Source::InitiatedByUsername).is_none() {
            self.step_15_related_user();
        }
        Ok(())
    }

    fn step_8_timestamp(&mut self) -> Result<(), Failed> {
        let event = self.event;
        let Some(span) = event.span(Source::Timestamp) else {
            return Ok(());
        };
        let said = event.said(Source::Timestamp, char::REPLACEMENT_CHARACTER);
        let text = said.unwrap_or_else(|| event.value(span));
        let write = |made: &mut Vec<u8>| timestamp::write_utc(&text, made);
        if self.draft.make_some(Target::Timestamp, write) {
            Ok(())
        } else {
            Err(no_date(&text))
        }
    }

    fn step_9_addresses(&mut self) -> Result<(), Failed> {
        for (source, target) in [
            (Source::ClientIp, Target::ClientIp),
            (Source::SrcIp, Target::SourceIp),
        ] {
            if let Some(span) = self.event.span(source) {
                address::check(&self.event.value(span)).map_err(|why| no_address(source, &why))?;
                self.draft.copy(target, self.event, span);
            }
        }
        Ok(())
    }

    pub(super) fn step_10_category(&mut self) {
        let said = self
            .event
            .said(Source::EventType, char::REPLACEMENT_CHARACTER);
        if let Some(category) = said.as_deref().and_then(category) {
            self.draft.make(Target::EventCategory, |made| {
                made.extend_from_slice(b"[\"");
                made.extend_from_slice(category.as_bytes());
                made.extend_from_slice(b"\"]");
            });
            self.draft.fix(Target::EventType, r#"["info"]"#);
        }
    }

    fn step_11_copies(&mut self) -> Result<(), Failed> {
        self.copy(&BEFORE_VERSION)?;
        self.rename_version()?;
        self.copy(&BEHIND_VERSION)
    }

    fn copy(&mut self, copies: &Copies) -> Result<(), Failed> {
        for (source, target) in copies.among(self.event) {
            let Some(span) = self.event.span(source) else {
                continue;
            };
            if self.event.is_beyond_64_bits(span) {
                return Err(no_copy(source, target));
            }
            self.draft.copy(target, self.event, span);
        }
        Ok(())
    }

    fn rename_version(&mut self) -> Result<(), Failed> {
        let version = self.event.span(Source::AtVersion);
        if version.is_some() && self.event.span(Source::Version).is_some() {
            return Err(Failed::new(
                "@version: cannot become version, the event has one",
            ));
        }
        self.version = version;
        Ok(())
    }

    pub(super) fn step_12_outcome(&mut self) {
        let mut outcome = r#""unknown""#;
        for source in [Source::SsoTokenSuccess, Source::Success] {
            match self.event.raw(source) {
                Some(b"true") => outcome = r#""success""#,
                Some(b"false") => outcome = r#""failure""#,
                _ => {}
            }
        }
        self.draft.fix(Target::EventOutcome, outcome);
    }

    /// `client.ip` is not among them.
    fn step_14_related_addresses(&mut self) -> Result<(), Failed> {
        let event = self.event;
        if let Some(device) = event.raw(Source::ProtectDevice)
            && !device.starts_with(b"{")
        {
            return Err(Failed::new("jumpcloud_protect_device: not an object"));
        }
        if event.span(Source::ProtectDeviceIp).is_some() {
            self.list_addresses();
        } else if let Some(one) = event.string(Source::SrcIp) {
            self.draft
                .make(Target::RelatedIp, |made| write_list_of_one(one, made));
        } else if event.span(Source::SrcIp).is_some() {
            self.list_addresses();
        }
        Ok(())
    }

    /// A device's address, whatever that is, and the source's, which may be several; each once.
    #[cold]
    fn list_addresses(&mut self) {
        let event = self.event;
        let value = |source| event.span(source).map(|span| event.value(span));
        let (device, source) = (value(Source::ProtectDeviceIp), value(Source::SrcIp));
        self.draft.list(Target::RelatedIp, false, |list| {
            address::add_all(device.as_deref(), source.as_deref(), list);
        });
    }

    fn step_15_related_user(&mut self) {
        if let Some(span) = self.event.span(Source::InitiatedByUsername) {
            let name = self.event.value(span);
            self.draft
                .make(Target::RelatedUser, |made| write_list_of_one(&name, made));
        }
    }
}

#[cold]
fn no_date(text: &[u8]) -> Failed {
    Failed::new(format!("timestamp: {} is no date", excerpt(text)))
}

#[cold]
fn no_address(source: Source, why: &str) -> Failed {
    Failed::new(format!("{}: {why} is no IP address", source.name()))
}

#[cold]
fn no_copy(source: Source, target: Target) -> Failed {
    let (source, target) = (source.name(), target.name());
    Failed::new(format!(
        "{source}: an integer beyond 64 bits cannot be copied to {target}"
    ))
}
