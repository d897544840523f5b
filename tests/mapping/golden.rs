//! The pairs in `samples/`: for each service an invented event and its document, and one file of awkward events.
//!
//! `JCX_REWRITE_SAMPLES=1` writes the documents anew, for whoever changes the mapping on purpose.

use jcx::ecs::{DataStream, Framing, Id, Mapper, Options, RecentIds};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn samples(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("samples")
        .join(folder)
}

fn names(folder: &str) -> BTreeSet<String> {
    let entries = fs::read_dir(samples(folder)).expect("the folder exists");
    entries
        .map(|entry| {
            entry
                .expect("readable")
                .file_name()
                .into_string()
                .expect("UTF-8")
        })
        .collect()
}

/// The lines that `jcx map` makes of a file, with its defaults.
fn mapped(events: &str) -> Vec<u8> {
    let stream = DataStream::default();
    let framing = Framing::Metadata {
        raw_index: Some(stream.to_string()),
    };
    let mut mapper = Mapper::new(Options {
        data_stream: Some(stream),
        framing,
        ..Options::default()
    });
    let mut recent = RecentIds::new();
    let mut out = Vec::new();
    for line in events.lines() {
        let outcome = mapper
            .map(line.as_bytes(), &mut out)
            .unwrap_or_else(|why| panic!("{line}: {why:?}"));
        let given = recent.give_out(outcome.id, outcome.text, || Id::of_text(line.as_bytes()));
        let at = outcome.id_at.expect("an id is written");
        out[at..at + Id::LENGTH].copy_from_slice(given.id.as_str().as_bytes());
        out.push(b'\n');
    }
    out
}

#[test]
fn every_event_of_the_samples_becomes_its_document() {
    let rewrite = std::env::var_os("JCX_REWRITE_SAMPLES").is_some();
    for name in names("events") {
        let events = fs::read_to_string(samples("events").join(&name)).expect("UTF-8");
        assert!(events.ends_with('\n'), "{name}");
        let documents = mapped(&events);
        let path = samples("documents").join(&name);
        if rewrite {
            fs::write(&path, &documents).expect("writable");
        }
        let expected = fs::read_to_string(&path).expect("each file of events has its documents");
        let documents = String::from_utf8(documents).expect("UTF-8");
        for (at, (got, wanted)) in documents.lines().zip(expected.lines()).enumerate() {
            assert_eq!(got, wanted, "{name}, line {}", at + 1);
        }
        assert_eq!(documents, expected, "{name}");
    }
}

#[test]
fn every_service_has_its_sample() {
    let services = [
        "access_management",
        "alerts",
        "asset_management",
        "directory",
        "ldap",
        "mdm",
        "notifications",
        "object_storage",
        "password_manager",
        "radius",
        "reports",
        "saas_app_management",
        "software",
        "sso",
        "systems",
        "workflows",
    ];
    let mut expected: BTreeSet<_> = services
        .iter()
        .map(|service| format!("{service}.ndjson"))
        .collect();
    expected.insert("awkward.ndjson".to_owned());
    assert_eq!(names("events"), expected);
    assert_eq!(names("documents"), expected);
}
