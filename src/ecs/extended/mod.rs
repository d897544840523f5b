//! What the profile `extended` adds to a document: `docs/ecs-mapping.md`, section 9, the rows of its table by subject.
//!
//! Runs behind the steps, whether one of them failed or not. Nothing here replaces or fails: a field is added where it is absent,
//! a list goes on behind its elements, and what is of another type than expected is passed over. Rows that few events have are kept out
//! of line, so that the way of every event stays short.

mod additions;
mod catalogue;
pub(super) mod completion;
mod errors;
mod hosts;
mod lists;
mod memo;
mod people;
mod places;
mod plans;
mod rules;
mod things;

use self::additions::Additions;
use self::catalogue::{Catalogue, Class};
use self::people::People;
use self::places::Places;
use self::plans::Plans;
use self::things::Things;
use super::draft::Draft;
use super::event::Event;
use super::source::Source;
use super::target::Target;

/// The rows, made ready for a run.
#[derive(Clone, Debug)]
pub(super) struct Extension {
    catalogue: Catalogue,
    /// Whether a place on earth may be what the event says of itself; it is not where a database knows places.
    takes_places: bool,
    people: People,
    places: Places,
    plans: Plans,
    /// Where the plan stands that has given the event all that is planned for it, if no step failed.
    followed: Option<usize>,
    things: Things,
}

impl Extension {
    /// Prepares the rows in a draft in which nothing but what every document has is set, and sets what every document has by them.
    pub(super) fn new(knows_places: bool, draft: &mut Draft) -> Self {
        draft.fix(Target::EventProvider, r#""jumpcloud""#);
        let observer = r#"{"product":"Directory Insights","vendor":"JumpCloud"}"#;
        draft.fix(Target::Observer, observer);
        Self {
            catalogue: Catalogue::new(draft),
            takes_places: !knows_places,
            people: People::new(draft),
            places: Places::new(),
            plans: Plans::new(),
            followed: None,
            things: Things::new(draft),
        }
    }

    /// Adds everything to the document of an event, which has been completed if a step failed; says whether its place is the event's own.
    pub(super) fn extend(&mut self, event: Event<'_>, draft: &mut Draft, failed: bool) -> bool {
        if draft.is_full() {
            self.forget(draft);
        }
        let followed = self.followed.filter(|_| !failed);
        if followed.is_none() {
            let before = draft.shape().fields;
            self.add_plain(event, draft, failed);
            if !failed {
                self.plans.learn(event, draft, before);
            }
        }
        let mut additions = Additions::new(event, draft);
        errors::tell(&mut additions);
        rules::name(&mut additions);
        let users = followed.and_then(|plan| self.plans.users(plan));
        people::name(&mut additions, &mut self.people, users);
        let placed = self.takes_places && places::place_client(&mut additions, &mut self.places);
        places::name_source(&mut additions);
        places::relate_addresses(&mut additions, failed);
        hosts::name(&mut additions);
        things::name(&mut additions, &mut self.things);
        placed
    }

    /// Gives the document of an event what step 11 and the plain rows have given to one of its kind; says whether they have, and whether it
    /// is the same. Steps 8 and 9 have ended well.
    #[inline]
    pub(super) fn follow(&mut self, event: Event<'_>, draft: &mut Draft) -> bool {
        let plan = self.plans.find(event);
        let followed = plan.filter(|(_, plan)| draft.follow(plan, event));
        self.followed = followed.map(|(place, _)| place);
        self.followed.is_some()
    }

    /// The rows that look at nothing but which members there are, whether they are strings, and what those say that
    /// [`plans`] knows.
    #[inline(never)]
    fn add_plain(&self, event: Event<'_>, draft: &mut Draft, failed: bool) {
        self.classify(event, draft, failed);
        let mut additions = Additions::new(event, draft);
        additions.copy_strings();
        people::name_user(&mut additions, &self.people);
        places::name_source_address(&mut additions);
        things::name_plain(&mut additions, &self.things);
    }

    /// Makes room for what will be made of the events to come.
    #[cold]
    fn forget(&mut self, draft: &mut Draft) {
        self.people.forget();
        self.places.clear();
        self.things.forget();
        draft.forget();
    }

    /// Kind, category and type.
    fn classify(&self, event: Event<'_>, draft: &mut Draft, failed: bool) {
        let said = event.said(Source::EventType, char::REPLACEMENT_CHARACTER);
        let class = self.catalogue.class(said.as_deref());
        if failed || event.is_escaped(Source::EventType) {
            put_class(class, draft, failed);
        } else {
            draft.choose(class.all);
        }
    }
}

/// The same for a document that keeps its kind, or the spelling of its type.
#[cold]
#[inline(never)]
fn put_class(class: &Class, draft: &mut Draft, failed: bool) {
    if !failed {
        draft.put(Target::EventKind, class.kind);
    }
    if let Some(category) = class.category {
        draft.put(Target::EventCategory, category);
    }
    if let Some(event_type) = class.event_type {
        draft.put(Target::EventType, event_type);
    }
}

#[cfg(test)]
mod tests {
    use crate::ecs::{Mapper, Options, Profile};

    /// Members of an event, with the values that are tried for each; an empty one stands for a member that is missing.
    const MEMBERS: [(&str, &[&str]); 13] = [
        (
            "event_type",
            &[
                r#""sso_auth""#,
                r#""sso_\u0061uth""#,
                r#""a_type_of_which_nobody_has_heard_yet""#,
                r#""a_type_of_which_nobody_has_heard_now""#,
                "1",
                "",
            ],
        ),
        (
            "service",
            &[
                r#""sso""#,
                r#""software""#,
                r#""\u0073so""#,
                r#""ldap""#,
                "",
            ],
        ),
        ("organization", &[r#""o""#, "2", r#""o2""#]),
        ("username", &[r#""u""#, "3", ""]),
        (
            "initiated_by",
            &[
                r#"{"id":"i","type":"user"}"#,
                r#"{"id":4,"type":"user"}"#,
                r#"{"id":"i","type":"odd","email":"e"}"#,
                r#"{"id":"i","type":["user"],"email":5}"#,
            ],
        ),
        (
            "client_ip",
            &[
                r#""192.0.2.1""#,
                r#"["192.0.2.1",""]"#,
                r#"["192.0.2.2"]"#,
                "6",
            ],
        ),
        ("src_ip", &[r#""192.0.2.3""#, "", ""]),
        (
            "application",
            &[
                r#"{"display_label":"l","name":"n","sso_url":"https://h/"}"#,
                r#"{"display_label":7,"name":"n","sso_url":["https://h/"]}"#,
                r#"{"display_label":"l","name":8,"sso_url":"https://h2/"}"#,
            ],
        ),
        (
            "useragent",
            &[r#"{"os":"a","name":"x"}"#, r#"{"os":9,"name":"y"}"#, ""],
        ),
        (
            "user_agent",
            &[r#"{"os":"b","name":"z"}"#, r#"{"os":"c","name":[10]}"#, ""],
        ),
        ("@version", &[r#""1""#, "", ""]),
        ("version", &["", "", r#""2""#]),
        (
            "jumpcloud_protect_device",
            &["", r#"{"ip":"192.0.2.9"}"#, r#""x""#],
        ),
    ];

    #[test]
    fn a_document_does_not_depend_on_those_that_came_before_it() {
        let new = Mapper::new(Options {
            profile: Profile::Extended,
            ..Options::default()
        });
        let mut random = fastrand::Rng::with_seed(1);
        for _ in 0..20 {
            let mut mapper = new.clone();
            // Few ways for most members, so that kinds of events come again with other values.
            let fixed = MEMBERS
                .map(|(_, values)| (random.u8(..3) > 0).then(|| random.usize(..values.len())));
            for _ in 0..100 {
                let members = MEMBERS.iter().zip(fixed).map(|((key, values), fixed)| {
                    let value = values[fixed.unwrap_or_else(|| random.usize(..values.len()))];
                    let value = if value.is_empty() { "null" } else { value };
                    format!("\"{key}\":{value}")
                });
                let event = format!("{{{}}}", members.collect::<Vec<_>>().join(","));
                let (mut out, mut expected) = (Vec::new(), Vec::new());
                mapper.map(event.as_bytes(), &mut out).expect("an event");
                new.clone()
                    .map(event.as_bytes(), &mut expected)
                    .expect("an event");
                assert_eq!(
                    String::from_utf8_lossy(&out),
                    String::from_utf8_lossy(&expected),
                    "{event}"
                );
            }
        }
    }

    #[test]
    fn documents_stay_what_they_are_when_all_that_was_kept_has_been_forgotten() {
        let mut mapper = Mapper::new(Options {
            profile: Profile::Extended,
            ..Options::default()
        });
        let filler = "x".repeat(500);
        let mut map = |number: usize| {
            let place = format!(r#"{{"region_name":"{number}{filler}"}}"#);
            let event = format!(
                r#"{{"service":"sso","application":{{"sso_url":"https://{number}.example/"}},"geoip":{place}}}"#
            );
            let mut out = Vec::new();
            mapper.map(event.as_bytes(), &mut out).expect("an event");
            let document: serde_json::Value = serde_json::from_slice(&out).expect("JSON");
            let geo: serde_json::Value = serde_json::from_str(&place).expect("JSON");
            assert_eq!(document["client"]["geo"], geo, "{number}");
            assert_eq!(document["url"]["domain"], format!("{number}.example"));
            assert_eq!(document["observer"]["vendor"], "JumpCloud");
        };
        // Twice as much as is kept, with texts that come again at once and later.
        for number in 0..4500 {
            map(number);
            map(number);
            map(number / 2);
        }
    }
}
