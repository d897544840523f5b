//! An Elasticsearch that asks who comes: credentials that are right, wrong and missing, and a role that may not make a
//! data stream, which the server says inside a reply that is otherwise a success.
//!
//! API keys need a module that the bare server lacks, so only a wrong one is tried here.

use serde_json::json;

use crate::document::{exists, held};
use crate::elasticsearch::{self, Account};
use crate::engine::Engine;
use crate::workplace::{Ran, Workplace};

/// `blind` may write and nothing else, `watcher` may not refresh. `loader` has what `docs/elasticsearch-bulk.md` section 6 lists for pushing, creating the stream and looking up;
/// `writer` may not create one.
const ROLES: &str = "\
loader:
  cluster: [monitor]
  indices:
    - names: ['logs-jumpcloud.events-*']
      privileges: [create_doc, auto_configure, read]
blind:
  cluster: [monitor]
  indices:
    - names: ['logs-jumpcloud.events-*']
      privileges: [create_doc, auto_configure]
watcher:
  cluster: [monitor]
  indices:
    - names: ['logs-jumpcloud.events-*']
      privileges: [create_doc, auto_configure, read, view_index_metadata]
writer:
  cluster: [monitor]
  indices:
    - names: ['logs-jumpcloud.events-*']
      privileges: [create_doc, read]
";

const PASSWORD: &str = "correct horse";

/// The secured server, with the tests' own administrator and an account for each role.
pub fn start() -> Engine {
    let account = |name, role| Account {
        name,
        password: PASSWORD,
        role,
    };
    let accounts = [
        account("admin", "superuser"),
        account("loader", "loader"),
        account("writer", "writer"),
        account("blind", "blind"),
        account("watcher", "watcher"),
    ];
    elasticsearch::start_secured(ROLES, &accounts)
}

fn push(engine: &Engine, place: &Workplace, stream: &str, credentials: &[(&str, &str)]) -> Ran {
    let document = json!({
        "@metadata": {"_id": "one", "raw_index": stream},
        "@timestamp": "2024-03-01T00:00:00.999Z", "event": {"action": "user_create"}
    });
    place.write("documents.ndjson", &format!("{document}\n"));
    let mut arguments = vec!["push", "documents.ndjson", "--es-url", engine.url()];
    arguments.extend(["--dead-letter", "dead.ndjson", "--summary", "summary.json"]);
    place.run_with(credentials, &arguments)
}

/// The template by an administrator, the documents by somebody who may do no more than that.
pub fn whoever_may_writes_and_is_recognised(engine: &Engine) -> String {
    let place = Workplace::new();
    let admin = [("JCX_ES_USERNAME", "admin"), ("JCX_ES_PASSWORD", PASSWORD)];
    place
        .run_with(&admin, &["template", "--install", "--es-url", engine.url()])
        .expect(0);
    place.write("password", &format!("{PASSWORD}\n"));
    let file = place.path("password");
    let file = file.to_str().expect("a path of ASCII");
    restrict(file);
    let loader = [
        ("JCX_ES_USERNAME", "loader"),
        ("JCX_ES_PASSWORD_FILE", file),
    ];
    let stream = "logs-jumpcloud.events-allowed";
    for (indexed, duplicates) in [(1, 0), (0, 1)] {
        push(engine, &place, stream, &loader).expect(0);
        place
            .summary("summary.json")
            .expect(&[("indexed", indexed), ("duplicates", duplicates)]);
    }
    assert_eq!(held(engine.client(), stream).len(), 1);
    "1 indexed; again: 1 duplicate".to_owned()
}

/// A file that others can read is refused as a key file.
fn restrict(file: &str) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o600)).expect("our own file");
}

/// None, a wrong password and a wrong key; no secret is shown.
pub fn refused_credentials_end_the_run(engine: &Engine) -> String {
    let stream = "logs-jumpcloud.events-refused";
    let wrong = "battery-staple-secret";
    let key = "aWQ6YmF0dGVyeS1zdGFwbGUtc2VjcmV0";
    let attempts: [&[(&str, &str)]; 3] = [
        &[],
        &[("JCX_ES_USERNAME", "loader"), ("JCX_ES_PASSWORD", wrong)],
        &[("JCX_ES_API_KEY", key)],
    ];
    for credentials in attempts {
        let place = Workplace::new();
        let ran = push(engine, &place, stream, credentials)
            .expect(4)
            .says(&["jcx: error"]);
        for secret in [wrong, key] {
            assert!(!ran.shown().contains(secret), "{}", ran.shown());
            assert!(!place.read("summary.json").contains(secret));
        }
        assert!(place.lines("dead.ndjson").is_empty());
    }
    assert!(!exists(engine.client(), stream));
    "none, a wrong password, a wrong key: exit 4".to_owned()
}

/// HTTP 200 with a 403 in the item: the server cannot make the stream for this account.
pub fn a_missing_privilege_ends_the_run_and_blames_no_document(engine: &Engine) -> String {
    let stream = "logs-jumpcloud.events-forbidden";
    let place = Workplace::new();
    let writer = [("JCX_ES_USERNAME", "writer"), ("JCX_ES_PASSWORD", PASSWORD)];
    push(engine, &place, stream, &writer)
        .expect(4)
        .says(&["jcx: error", "auto_configure"]);
    place
        .summary("summary.json")
        .expect(&[("indexed", 0), ("rejected", 0)]);
    assert!(place.lines("dead.ndjson").is_empty());
    assert!(!exists(engine.client(), stream));
    "exit 4, names auto_configure".to_owned()
}

/// `read` to look ids up; where `maintenance` is missing, the server's own refresh is waited for.
pub fn a_stream_that_rolled_over_wants_a_privilege_to_look_ids_up(engine: &Engine) -> String {
    let stream = "logs-jumpcloud.events-looked";
    let place = Workplace::new();
    let by = |name| [("JCX_ES_USERNAME", name), ("JCX_ES_PASSWORD", PASSWORD)];
    push(engine, &place, stream, &by("watcher")).expect(0);
    let rolled_over = engine
        .client()
        .ask("POST", &format!("/{stream}/_rollover"), "");
    rolled_over.expect(200);
    push(engine, &place, stream, &by("blind")).expect(4).says(&[
        "jcx: error",
        "read",
        "--dedupe conflict",
    ]);
    let counts = |duplicates| {
        place
            .summary("summary.json")
            .expect(&[("indexed", 0), ("duplicates", duplicates)]);
    };
    counts(0);
    push(engine, &place, stream, &by("watcher"))
        .expect(0)
        .says(&["jcx: warning", "grant maintenance"]);
    counts(1);
    assert_eq!(held(engine.client(), stream).len(), 1);
    "without read: exit 4; without maintenance: a wait, 1 duplicate".to_owned()
}
