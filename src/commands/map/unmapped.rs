//! `--report-unmapped`: what stands under `jumpcloud.event` of a document that no field of the tables covers.
//!
//! Counts documents, not values. Knows the tables of fields and nothing of the order of documents.

use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

use super::parts::{Part, Parts};
use crate::ecs::fields::fields;
use crate::json::members::value_of;
use crate::json::text::decode;

/// As many names are told apart, of a document and of the run; an event may carry names that somebody made up.
const NAMES: usize = 10_000;

/// The bytes below `jumpcloud.event.` that names are told apart by; a made-up one may be as long as its line, and that at
/// each of its levels.
const LENGTH: usize = 256;

/// Stands for the rest of a name; no text in UTF-8 has it.
const CUT: u8 = 0xff;

/// The fields below `jumpcloud.event.` by name, and whether one covers what lies below it too.
static COVERED: LazyLock<HashMap<&'static [u8], bool>> = LazyLock::new(|| {
    let below = |name: &'static str| name.strip_prefix("jumpcloud.event.");
    let known = fields()
        .iter()
        .filter_map(|field| Some((below(field.name)?, field.kind)));
    known
        .map(|(name, kind)| (name.as_bytes(), matches!(kind, "flattened" | "geo_point")))
        .collect()
});

/// The names that a worker has seen since they were last told.
#[derive(Clone, Default)]
pub struct Unmapped {
    names: HashMap<Vec<u8>, usize>,
    seen: Vec<Name>,
    /// Which of them the documents since had, in the order in which they came.
    touched: Vec<usize>,
    documents: u64,
    /// How many names this document has.
    in_document: usize,
    /// A document had more of them than are told apart.
    more: bool,
    /// The name; of one that is too long its beginning and [`CUT`].
    path: Vec<u8>,
    cover: Cover,
    /// The length of the name, and its cover, of each object or list that is open.
    above: Vec<(usize, Cover)>,
}

/// What is to be counted under a name.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Cover {
    /// The name itself, where a value has it.
    None,
    /// Only what lies below: a field covers the name, or it is counted already.
    #[default]
    Itself,
    /// Nothing: a field covers what lies below, too.
    Whole,
}

#[derive(Clone)]
struct Name {
    text: String,
    count: u64,
    /// The last document that had it, so that one counts once.
    document: u64,
}

/// The names of the whole run.
#[derive(Debug, Default)]
pub struct Tally {
    counts: BTreeMap<String, u64>,
    /// There were more names than are told apart.
    more: bool,
}

impl Unmapped {
    /// Looks at a document.
    pub fn look(&mut self, document: &[u8]) {
        self.documents += 1;
        let event = value_of(document, "jumpcloud").and_then(|value| value_of(value, "event"));
        if let Some(event) = event {
            self.in_document = 0;
            self.event(event);
        }
    }

    /// Adds what was seen to the run's names, and begins anew.
    pub fn tell(&mut self, tally: &mut Tally) {
        tally.more |= std::mem::take(&mut self.more);
        for at in self.touched.drain(..) {
            let name = &mut self.seen[at];
            tally.add(&name.text, std::mem::take(&mut name.count));
        }
        if self.seen.len() > NAMES {
            self.names.clear();
            self.seen.clear();
        }
    }

    fn event(&mut self, event: &[u8]) {
        self.path.clear();
        self.above.clear();
        self.cover = Cover::Itself;
        for part in Parts::of(event) {
            match part {
                // Elements of a list have the name of the list.
                Part::Object | Part::List => self.above.push((self.path.len(), self.cover)),
                Part::End => self.leave(),
                Part::Key(key) => self.key(key),
                Part::Scalar if self.cover == Cover::None => {
                    self.count();
                    self.cover = Cover::Itself;
                }
                Part::Scalar => {}
            }
        }
    }

    /// Goes back to the name of the innermost object or list, which ends.
    fn leave(&mut self) {
        let (length, cover) = self.above.pop().unwrap_or_default();
        self.path.truncate(length);
        self.cover = cover;
    }

    /// Takes the name of a member of the innermost object.
    fn key(&mut self, key: &[u8]) {
        let (length, cover) = self.above.last().copied().unwrap_or_default();
        self.path.truncate(length);
        self.cover = cover;
        if cover == Cover::Whole {
            return;
        }
        // Only the event itself has no name, though that of a member may be empty.
        if self.above.len() > 1 {
            self.extend(b".");
        }
        match std::str::from_utf8(key) {
            Ok(key) => self.extend(decode(key, char::REPLACEMENT_CHARACTER).as_bytes()),
            Err(_) => self.extend(key),
        }
        self.cover = match COVERED.get(&self.path[..]) {
            None => Cover::None,
            Some(false) => Cover::Itself,
            Some(true) => Cover::Whole,
        };
    }

    /// Names that begin alike and are too long are one.
    fn extend(&mut self, part: &[u8]) {
        let room = LENGTH.saturating_sub(self.path.len());
        self.path.extend_from_slice(&part[..part.len().min(room)]);
        if part.len() > room && self.path.len() == LENGTH {
            self.path.push(CUT);
        }
    }

    fn count(&mut self) {
        let known = self.names.get(&self.path).copied();
        if known.is_some_and(|at| self.seen[at].document == self.documents) {
            return;
        }
        if self.in_document == NAMES {
            self.more = true;
            return;
        }
        self.in_document += 1;
        let at = known.unwrap_or_else(|| self.enter());
        let name = &mut self.seen[at];
        name.document = self.documents;
        name.count += 1;
        if name.count == 1 {
            self.touched.push(at);
        }
    }

    /// Takes in a name that was not seen before.
    fn enter(&mut self) -> usize {
        let name = shown(&self.path);
        self.seen.push(Name {
            text: format!("jumpcloud.event.{name}"),
            count: 0,
            document: 0,
        });
        self.names.insert(self.path.clone(), self.seen.len() - 1);
        self.seen.len() - 1
    }
}

/// A name as it is told: one that is too long up to its last whole character.
fn shown(path: &[u8]) -> String {
    let told = &path[..path.len().min(LENGTH)];
    if told.len() == path.len() {
        return String::from_utf8_lossy(told).into_owned();
    }
    let whole = told.utf8_chunks().map(|part| part.valid());
    whole.collect::<String>() + "…"
}

impl Tally {
    /// Documents by the name of a field that none covers.
    pub fn counts(&self) -> &BTreeMap<String, u64> {
        &self.counts
    }

    /// Whether there were names that are not among them.
    pub fn has_more(&self) -> bool {
        self.more
    }

    fn add(&mut self, name: &str, documents: u64) {
        if let Some(count) = self.counts.get_mut(name) {
            *count += documents;
        } else if self.counts.len() < NAMES {
            self.counts.insert(name.to_owned(), documents);
        } else {
            self.more = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{LENGTH, NAMES, Tally, Unmapped};

    fn counts(documents: &[&str]) -> Vec<(String, u64)> {
        let (mut unmapped, mut tally) = (Unmapped::default(), Tally::default());
        for document in documents {
            let document =
                format!("{{\"event\":{{\"no\":1}},\"jumpcloud\":{{\"event\":{document}}}}}");
            unmapped.look(document.as_bytes());
            unmapped.tell(&mut tally);
        }
        let names = tally.counts.into_iter();
        names
            .map(|(name, count)| (name.replacen("jumpcloud.event.", "", 1), count))
            .collect()
    }

    #[test]
    fn documents_are_counted_by_the_names_that_nothing_covers() {
        let found = counts(&[
            r#"{"success":true,"new":1,"deep":{"er":[{"x":1},{"x":2},[{"y":{}}],7]}}"#,
            r#"{"new":[1,2],"changes":[{"field":{"any":1}}],"resource":{"id":"a","what":"b"}}"#,
            r#"{"success":{"odd":1},"\u006eew":"z"}"#,
        ]);
        let expected = [
            ("deep.er", 1),
            ("deep.er.x", 1),
            ("new", 3),
            ("resource.what", 1),
            ("success.odd", 1),
        ];
        assert_eq!(
            found,
            expected.map(|(name, count)| (name.to_owned(), count))
        );
        assert_eq!(counts(&["7", "{}"]), []);
        // A name has the same cover before and behind what lies in between.
        let found = counts(&[
            r#"{"changes":[[{"field":{"x":[1]}}],2],"a":{"changes":[{"b":[]},3,{"c":null},4]},"success":[{"d":1},true]}"#,
            r#"{"a":{"changes":[{"c":1},[[{"c":2}]]]},"":{"":1,"e":2},"application":{"id":{"f":1},"name":"n"}}"#,
        ]);
        let expected = [
            (".", 1),
            (".e", 1),
            ("a.changes", 1),
            ("a.changes.c", 2),
            ("application.id.f", 1),
            ("success.d", 1),
        ];
        assert_eq!(
            found,
            expected.map(|(name, count)| (name.to_owned(), count))
        );
    }

    #[test]
    fn a_long_name_is_told_by_its_beginning() {
        let short = "k".repeat(LENGTH);
        let umlauts = "\u{e4}".repeat(LENGTH);
        let deep = format!("{{\"{short}\":").repeat(900) + "1" + &"}".repeat(900);
        for (event, name) in [
            (format!("{{\"{short}\":1}}"), short.clone()),
            (
                format!("{{\"{short}y\":1,\"{short}z\":2}}"),
                format!("{short}…"),
            ),
            (
                format!("{{\"x{umlauts}\":1}}"),
                format!("x{}…", &umlauts[..LENGTH - 2]),
            ),
            (deep, format!("{short}…")),
        ] {
            assert_eq!(counts(&[&event]), [(name, 1)], "{event:.80}");
        }
    }

    #[test]
    fn a_documents_names_do_not_add_up_without_end() {
        let members: Vec<String> = (0..NAMES + 5).map(|at| format!("\"x{at}\":[1]")).collect();
        let document = format!("{{\"jumpcloud\":{{\"event\":{{{}}}}}}}", members.join(","));
        let (mut unmapped, mut tally) = (Unmapped::default(), Tally::default());
        unmapped.look(document.as_bytes());
        assert_eq!(unmapped.seen.len(), NAMES);
        unmapped.tell(&mut tally);
        assert_eq!((tally.counts.len(), tally.has_more()), (NAMES, true));
    }

    #[test]
    fn made_up_names_do_not_add_up_without_end() {
        let (mut unmapped, mut tally) = (Unmapped::default(), Tally::default());
        for number in 0..NAMES + 5 {
            let document = format!("{{\"jumpcloud\":{{\"event\":{{\"x{number}\":1}}}}}}");
            unmapped.look(document.as_bytes());
            unmapped.tell(&mut tally);
        }
        assert_eq!((tally.counts.len(), tally.has_more()), (NAMES, true));
        assert!(unmapped.seen.len() <= NAMES);
    }
}
