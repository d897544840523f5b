//! The data stream that everybody loads: the same name, because the documents carry it, and nothing in it before a run.
//!
//! The bare Elasticsearch cannot delete a stream. It is rolled over, and the old backing indices are deleted: what is left is
//! one empty index under the template of `jcx template --install`, with settings of the bench's own. Knows no client.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value, json};

use crate::client::Client;
use crate::document::found;
use crate::documents::STREAM;

const TEMPLATE: &str = "/_index_template/jcx-logs-jumpcloud.events";

/// The stream on one server.
pub struct Stream<'a> {
    client: &'a Client,
}

impl<'a> Stream<'a> {
    /// Installs the template: one shard, no replica, a refresh every 30 seconds.
    pub fn prepare(client: &'a Client, url: &str) -> Self {
        let installed = Command::new(env!("CARGO_BIN_EXE_jcx"))
            .args(["template", "--install", "--es-url", url])
            .env_clear()
            .output()
            .expect("starting jcx");
        assert!(installed.status.success(), "{installed:?}");
        let mut reply = client.get(TEMPLATE).expect(200);
        let mut template = reply["index_templates"][0]["index_template"].take();
        let settings = &mut template["template"]["settings"]["index"];
        settings["number_of_shards"] = json!(1);
        settings["number_of_replicas"] = json!(0);
        settings["refresh_interval"] = json!("30s");
        client.put(TEMPLATE, &template).expect(200);
        let stream = Self { client };
        stream.create();
        stream
    }

    /// By a document, the one way that both servers have.
    fn create(&self) {
        let body = "{\"create\":{}}\n{\"@timestamp\":\"2026-01-01T00:00:00Z\"}\n";
        let reply = self
            .client
            .ask("POST", &format!("/{STREAM}/_bulk"), body)
            .expect(200);
        assert_eq!(reply["errors"], false, "{reply}");
    }

    /// Leaves one empty backing index.
    pub fn empty(&self) {
        self.roll_over();
        for index in self.backing_indices().split_last().expect("an index").1 {
            let path = format!("/{}", index.as_str().expect("a name"));
            self.client.delete(&path).expect(200);
        }
        assert_eq!(self.count(), 0);
    }

    pub fn roll_over(&self) {
        let reply = self
            .client
            .ask("POST", &format!("/{STREAM}/_rollover"), "")
            .expect(200);
        assert_eq!(reply["rolled_over"], true, "{reply}");
    }

    /// Puts ready bodies into it, of which every document is new.
    pub fn fill(&self, bodies: &[PathBuf]) {
        for body in bodies {
            let body = fs::read_to_string(body).expect("a body of this run");
            let reply = self
                .client
                .ask(
                    "POST",
                    &format!("/{STREAM}/_bulk?filter_path=errors"),
                    &body,
                )
                .expect(200);
            assert_eq!(reply["errors"], false, "{reply}");
        }
    }

    /// The oldest first; the last one is written to.
    fn backing_indices(&self) -> Vec<Value> {
        let mut reply = self
            .client
            .get(&format!("/_resolve/index/{STREAM}"))
            .expect(200);
        match reply["data_streams"][0]["backing_indices"].take() {
            Value::Array(indices) => indices,
            // A single one is not a list everywhere.
            Value::String(index) => vec![Value::String(index)],
            other => panic!("no backing indices: {other}"),
        }
    }

    /// Documents that can be found, after a refresh.
    pub fn count(&self) -> usize {
        self.client
            .ask("POST", &format!("/{STREAM}/_refresh"), "")
            .expect(200);
        found(self.client, STREAM, &json!({"match_all": {}}))
    }
}
