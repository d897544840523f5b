//! `jcx push -n`: what a load would be. Reads all of the input, looks at the target, sends no document, writes no file.

use std::fmt::Write;

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::arguments::{dedupe, limits};
use super::feed::Feed;
use super::letter::Letter;
use super::load::{Filled, Load, Tail};
use super::target;
use crate::cli::PushArgs;
use crate::commands::run::{Ending, Hole, Run};
use crate::elastic::{
    Asked, Backing, Connection, Dedupe, FinalPipeline, Limits, Look, Target, look,
};
use crate::failure::Result;
use crate::store::{Output, Sink};
use crate::term::counted;

/// A load that is only counted.
pub struct Rehearsal<'a> {
    args: &'a PushArgs,
    run: &'a Run,
    limits: Limits,
    counts: Counts,
}

#[derive(Default, Serialize)]
struct Counts {
    documents: u64,
    rejected: u64,
    without_id: u64,
    batches: u64,
    bytes: u64,
}

impl<'a> Rehearsal<'a> {
    /// Nothing was read yet.
    pub fn new(args: &'a PushArgs, run: &'a Run) -> Self {
        Self {
            args,
            run,
            limits: limits(args),
            counts: Counts::default(),
        }
    }

    /// Reads to the end, and prints what was found.
    pub fn run(
        mut self,
        mut feed: Feed,
        connection: &Connection,
        wanted: Option<Target>,
    ) -> Result<Ending> {
        let sink = self.run.share(Sink::open(&Output::Stdout)?);
        let mut found: Option<(Target, Look)> = None;
        loop {
            let filled = feed.fill(&|| self.run.ambient.stopping());
            self.run.ambient.check_stop()?;
            if !feed.is_empty() {
                let mut load = feed.take_load();
                if found.is_none() && !load.batch.is_empty() {
                    let (target, look) = self.seen(connection, wanted.clone(), Some(&load))?;
                    if target.is_stream() {
                        feed.expect_stream(target.name());
                    }
                    load = super::ingesting(self.args, Some(&look), &mut feed, load);
                    found = Some((target, look));
                }
                self.count(&load, connection);
            }
            if filled == Filled::Ended {
                break;
            }
        }
        let ending = self.end(feed.into_tail())?;
        let (target, look) = match found {
            Some(found) => found,
            None => self.seen(connection, wanted, None)?,
        };
        let text = if self.args.json {
            format!("{}\n", self.object(&target, &look))
        } else {
            self.table(&target, &look)
        };
        sink.publish_text(&text)?;
        Ok(ending)
    }

    /// The target, and the look at it.
    fn seen(
        &self,
        connection: &Connection,
        wanted: Option<Target>,
        first: Option<&Load>,
    ) -> Result<(Target, Look)> {
        let target = target((self.args, self.run), wanted, first)?;
        let asked = Asked {
            dedupe: dedupe(self.args),
            pipeline: true,
        };
        let look = look(connection, &target, asked)?;
        Ok((target, look))
    }

    fn count(&mut self, load: &Load, connection: &Connection) {
        let all: Vec<usize> = (0..load.batch.len()).collect();
        let without_id = all.iter().filter(|at| !load.batch.has_id(**at)).count();
        self.counts.documents += all.len() as u64;
        self.counts.without_id += without_id as u64;
        self.counts.rejected += load.flawed.len() as u64;
        self.counts.batches += u64::from(!all.is_empty());
        self.counts.bytes += load.batch.size(&all) as u64;
        let counts = &self.counts;
        self.run.tally.update(|summary| {
            summary.read = Some(counts.documents + counts.rejected);
            summary.rejected = Some(counts.rejected);
            summary.without_id = Some(counts.without_id);
            summary.requests = Some(connection.requests());
            summary.retries = Some(connection.retries());
            *summary.bytes_in.get_or_insert(0) += load.bytes;
        });
    }

    /// What would have been no success is none here.
    fn end(&self, tail: Tail) -> Result<Ending> {
        if let Some(flawed) = &tail.flawed {
            return Err(Letter::of_flawed(flawed).failure());
        }
        if let Some(failure) = tail.failure {
            return Err(failure);
        }
        let rejected = self.counts.rejected;
        let hole = |reason, message| Hole { reason, message };
        let mut holes = Vec::new();
        if rejected > 0 {
            let text = format!("{rejected} lines cannot be sent; they would be dead letters");
            holes.push(hole("rejected", text));
        }
        holes.extend(tail.cut.into_iter().map(|text| hole("cut_input", text)));
        Ok(Ending {
            holes,
            ..Ending::default()
        })
    }

    fn object(&self, target: &Target, look: &Look) -> Value {
        let (kind, indices) = match &look.backing {
            Backing::Stream(indices) => ("data stream", Some(indices.len())),
            Backing::Alias(indices) => ("an alias", Some(indices.len())),
            Backing::Index => ("a plain index", None),
            Backing::Absent => ("absent", None),
            Backing::Unseen => ("unseen", None),
        };
        let privileges: Map<String, Value> = look
            .privileges
            .iter()
            .map(|(name, granted)| ((*name).to_owned(), Value::from(*granted)))
            .collect();
        let final_pipeline = match &look.final_pipeline {
            FinalPipeline::Named(name) => Some(name),
            FinalPipeline::Absent | FinalPipeline::Unknown => None,
        };
        let mut object = json!(self.counts);
        object["target"] = json!({
            "name": target.name(),
            "data_stream": target.is_stream(),
            "is": kind,
            "backing_indices": indices,
            "template": look.template,
            "pipeline": self.args.pipeline,
            "final_pipeline": final_pipeline,
            "final_pipeline_known": look.final_pipeline != FinalPipeline::Unknown,
            "privileges": privileges,
            "looks_ids_up": self.looks_up(look),
        });
        object
    }

    /// Whether a load would look ids up before it sends documents.
    fn looks_up(&self, look: &Look) -> bool {
        dedupe(self.args) == Dedupe::Auto && look.backing.hides_ids()
    }

    /// How documents would be told that are there already, and what that needs.
    fn recognition(&self, look: &Look) -> &'static str {
        match dedupe(self.args) {
            Dedupe::None => "none: documents go without their _id",
            Dedupe::Conflict => "conflict: the server refuses ids that are in its newest index",
            Dedupe::Auto if self.looks_up(look) => {
                "auto: ids are looked up first, which needs read, and maintenance to refresh"
            }
            Dedupe::Auto => {
                "auto: the server refuses ids; from a rollover on they are looked up, which needs read, and maintenance to refresh"
            }
        }
    }

    fn table(&self, target: &Target, look: &Look) -> String {
        let Counts {
            documents,
            rejected,
            without_id,
            batches,
            bytes,
        } = &self.counts;
        let (most, size) = (self.limits.documents, self.limits.bytes.bytes());
        let rows = [
            (
                "documents",
                format!("{documents}, {without_id} of them without an _id"),
            ),
            (
                "refused",
                format!("{} that cannot be sent", counted(*rejected, "line")),
            ),
            (
                "batches",
                format!(
                    "{batches} of at most {} and {}",
                    counted(most as u64, "document"),
                    counted(size as u64, "byte")
                ),
            ),
            ("bytes", format!("{bytes} in requests, before --gzip")),
            (
                "target",
                format!("{}: {}", target.name(), presence(target, look)),
            ),
            ("pipeline", self.args.pipeline.clone()),
            ("final pipeline", pipeline(&look.final_pipeline)),
            ("privileges", privileges(&look.privileges)),
            ("dedupe", self.recognition(look).to_owned()),
        ];
        rows.iter().fold(String::new(), |mut text, (name, value)| {
            // Writing to a String cannot fail.
            let _written = writeln!(text, "{name:<15} {value}");
            text
        })
    }
}

fn presence(target: &Target, look: &Look) -> String {
    match (&look.backing, &look.template) {
        (Backing::Stream(indices), _) => {
            format!("a data stream, backing indices: {}", indices.len())
        }
        (Backing::Alias(indices), _) => format!("an alias, indices: {}", indices.len()),
        (Backing::Index, _) => "a plain index".to_owned(),
        (Backing::Absent, Some(name)) => {
            format!("does not exist yet; the template {name} will make it a data stream")
        }
        (Backing::Absent, None) if target.is_stream() => {
            "does not exist yet; whether a template makes it a data stream cannot be seen"
                .to_owned()
        }
        (Backing::Absent, None) => "does not exist yet; a plain index will be made".to_owned(),
        (Backing::Unseen, _) => "cannot be seen with these credentials".to_owned(),
    }
}

fn pipeline(pipeline: &FinalPipeline) -> String {
    match pipeline {
        FinalPipeline::Unknown => "cannot be seen with these credentials".to_owned(),
        FinalPipeline::Absent => "none".to_owned(),
        FinalPipeline::Named(name) => name.clone(),
    }
}

fn privileges(told: &[(&'static str, bool)]) -> String {
    if told.is_empty() {
        return "the server does not say".to_owned();
    }
    let shown = told.iter().map(|(name, granted)| {
        let word = if *granted { "yes" } else { "no" };
        format!("{name} {word}")
    });
    shown.collect::<Vec<_>>().join(", ")
}
