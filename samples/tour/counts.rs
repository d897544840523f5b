//! What each step counted, and whether it is the same everywhere.

use crate::inside;
use crate::samples::instant;
use crate::samples::invent::Invented;
use crate::screen::Screen;
use anyhow::{Context, Result};
use serde_json::Value;
use std::path::Path;

/// The counts of one run of the pipe.
#[derive(Debug)]
pub struct Counts {
    invented: u64,
    fetch: Value,
    map: Value,
    push: Value,
    /// The three summaries as they were written.
    texts: [String; 3],
}

impl Counts {
    /// Reads the three summaries, and counts the events that were invented for fetch's window.
    pub fn read(folder: &Path, invented: &[Invented]) -> Result<Self> {
        let texts = ["fetch.json", "map.json", "push.json"].map(|name| {
            let path = folder.join(name);
            std::fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))
        });
        let [fetch, map, push] = texts;
        let texts = [fetch?, map?, push?];
        let read = |text: &String| serde_json::from_str::<Value>(text).context("reading a summary");
        let [fetch, map, push] = texts.each_ref().map(read);
        let (fetch, map, push) = (fetch?, map?, push?);
        let edge = |name: &str| {
            let text = fetch["window"][name].as_str();
            text.and_then(instant::parse)
                .with_context(|| format!("the window's {name} in fetch.json"))
        };
        let invented = inside(invented, edge("start")?, edge("end")?);
        Ok(Self {
            invented,
            fetch,
            map,
            push,
            texts,
        })
    }

    /// Documents that are new in the target.
    pub fn indexed(&self) -> u64 {
        number(&self.push, "indexed")
    }

    /// Whether nothing was lost or added on the way, and every command ended well.
    pub fn agree(&self, ended_well: bool) -> bool {
        let steps = [
            number(&self.fetch, "events"),
            number(&self.map, "mapped"),
            self.indexed() + number(&self.push, "duplicates"),
        ];
        ended_well && self.invented > 0 && steps.iter().all(|step| *step == self.invented)
    }

    /// Prints the summaries and the counts side by side.
    pub fn show(&self, screen: &mut Screen, grown: u64) {
        for (name, text) in ["fetch", "map", "push"].iter().zip(&self.texts) {
            screen.line(&format!("\n{name}.json: {}", text.trim_end()));
        }
        let row = |what: &str, count: u64| format!("{what:<34}{count:>8}");
        screen.line("");
        screen.line(&row("invented for the window", self.invented));
        screen.line(&row("fetch: events", number(&self.fetch, "events")));
        screen.line(&row("map: mapped", number(&self.map, "mapped")));
        screen.line(&row("push: indexed", self.indexed()));
        screen.line(&row("push: duplicates", number(&self.push, "duplicates")));
        screen.line(&row("more documents in the target", grown));
    }
}

fn number(summary: &Value, name: &str) -> u64 {
    summary[name].as_u64().unwrap_or_default()
}
