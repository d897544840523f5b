//! Sends one bulk request and says what its answer means as a whole (`docs/elasticsearch-bulk.md` sections 1, 2 and 4).
//!
//! What to do about it, and for how long, is decided by [`super::delivery`].

use std::borrow::Cow;
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use flate2::Compression;
use flate2::write::GzEncoder;
use ureq::http::Method;

use super::answer::{Answer, Cause, Later, refusal_of};
use super::backing::Backing;
use super::batch::Batch;
use super::connection::Connection;
use super::dedupe::Dedupe;
use super::exchange::{Body, NDJSON, Question, Reply, Setback};
use super::filling::SizeLimit;
use super::items::answered;
use super::lanes::Lanes;
use super::parameters::{BulkPath, Optional};
use super::pressure::never_fits;
use super::recognition::Recognition;
use super::reply::{Stop, Unusable};
use super::server_error::ServerError;
use super::stopping;
use super::suspects::{Held, Suspects, Verdict};
use super::target::Target;
use crate::failure::{Failure, Kind, OrFail, Result};
use crate::net::Loss;

/// How bulk requests are made.
#[derive(Clone, Debug)]
pub struct Bulk {
    /// Where to.
    pub target: Target,
    /// The ingest pipeline, `_none` for none.
    pub pipeline: String,
    /// Whether bodies are compressed.
    pub gzip: bool,
    /// What not every server knows.
    pub optional: Optional,
    /// Requests under way at once, at most.
    pub jobs: u16,
    /// Whether the first refused document ends the run, so that nobody waits for what others show.
    pub stop_at_refused: bool,
    /// How documents that are there already are told.
    pub dedupe: Dedupe,
}

/// Sends documents to one target, from several threads.
pub struct Loader {
    pub(super) connection: Arc<Connection>,
    pub(super) bulk: Bulk,
    path: BulkPath,
    /// The largest body; lowered when the server takes less.
    pub(super) limit: SizeLimit,
    /// How many requests may be under way.
    pub(super) lanes: Lanes,
    bytes_out: AtomicU64,
    pub(super) retried_items: AtomicU64,
    /// Whether any document is known to be stored.
    stored: AtomicBool,
    pub(super) suspects: Suspects,
    /// Documents without an `_id` that were sent again although they may be stored.
    pub(super) perhaps_twice: AtomicU64,
    pub(super) recognition: Recognition,
    /// Documents that a rollover has let in a second time.
    pub(super) twice: AtomicU64,
}

impl Loader {
    /// For one target, behind which this stands.
    pub fn new(
        connection: Arc<Connection>,
        bulk: Bulk,
        limit: SizeLimit,
        backing: Backing,
    ) -> Self {
        let recognition = Recognition::new(&bulk.target, bulk.dedupe, backing);
        let path = BulkPath::new(
            &bulk.target,
            &bulk.pipeline,
            bulk.optional,
            recognition.wants_indices(),
        );
        Self {
            connection,
            lanes: Lanes::new(bulk.jobs),
            bulk,
            path,
            limit,
            bytes_out: AtomicU64::new(0),
            retried_items: AtomicU64::new(0),
            stored: AtomicBool::new(false),
            suspects: Suspects::default(),
            perhaps_twice: AtomicU64::new(0),
            recognition,
            twice: AtomicU64::new(0),
        }
    }

    /// Where documents go.
    pub fn target(&self) -> &Target {
        &self.bulk.target
    }

    /// Bytes of all request bodies as sent.
    pub fn bytes_out(&self) -> u64 {
        self.bytes_out.load(Ordering::Relaxed)
    }

    /// Documents sent again because the server asked for it, each time counted.
    pub fn retried_items(&self) -> u64 {
        self.retried_items.load(Ordering::Relaxed)
    }

    /// Documents without an `_id` that may be there twice: sent again although nothing said that they are not stored.
    pub fn perhaps_twice(&self) -> u64 {
        self.perhaps_twice.load(Ordering::Relaxed)
    }

    /// Documents that are in two of the target's indices now, because it rolled over while they were on their way.
    pub fn twice(&self) -> u64 {
        self.twice.load(Ordering::Relaxed)
    }

    /// Documents of earlier batches that are known by now to be to blame for their refusal; handed out once.
    pub fn proven(&self) -> Vec<Held> {
        self.suspects.proven()
    }

    /// Everything was sent: the documents that are to blame, of those that are left.
    ///
    /// # Errors
    /// Elasticsearch where the target is.
    pub fn close(&self) -> Result<Vec<Held>> {
        match self.suspects.end() {
            Verdict::Documents(held) => Ok(held),
            Verdict::Target(refusal) => Err(stopping::refuses_everything(&refusal)),
        }
    }

    /// Sends the entries at these positions once.
    pub(super) fn attempt(&self, batch: &Batch, positions: &[usize]) -> Result<Answer> {
        let plain = batch.body(positions);
        let packed = if self.bulk.gzip {
            Cow::Owned(pack(&plain)?)
        } else {
            plain
        };
        loop {
            self.bytes_out
                .fetch_add(packed.len() as u64, Ordering::Relaxed);
            let path = self.path.now();
            let question = Question {
                method: &Method::POST,
                path: &path,
                body: Some(Body {
                    bytes: &packed,
                    content_type: NDJSON,
                    gzip: self.bulk.gzip,
                }),
            };
            return match self.connection.call(question) {
                Ok(reply) if self.path.is_refused(&path, &reply) => continue,
                Ok(reply) => self.of_reply(&reply, positions.len()),
                Err(trouble) => Ok(Answer::Later(Later {
                    setback: self.connection.of_trouble(&trouble)?,
                    cause: Cause::Lost(trouble.loss),
                })),
            };
        }
    }

    fn of_reply(&self, reply: &Reply, sent: usize) -> Result<Answer> {
        if let Some(setback) = self.connection.setback(reply)? {
            let refusal = refusal_of(reply);
            if never_fits(&refusal.reason) {
                return Ok(Answer::TooLarge(refusal));
            }
            return Ok(Answer::Later(Later {
                setback,
                cause: if reply.status == 429 {
                    Cause::Busy
                } else {
                    Cause::Lost(Loss::Unknown)
                },
            }));
        }
        if (200..=299).contains(&reply.status) {
            return self.of_items(reply, sent);
        }
        match (reply.status, reply.error()) {
            (413, _) => Ok(Answer::TooLarge(refusal_of(reply))),
            (400, Some(error)) if error.reason.contains("unrecognized parameter") => {
                Err(self.unknown_parameter(reply, &error))
            }
            (400, Some(error)) if error.lacks_pipeline() => {
                Err(self.stop(&Stop::NoPipeline(error.into())))
            }
            (400, Some(_)) => Ok(Answer::Refused(refusal_of(reply))),
            (403, Some(error)) if error.kind == "cluster_block_exception" => {
                Err(self.stop(&Stop::Blocked(error.into())))
            }
            (403, error) => {
                let unnamed = || ServerError {
                    kind: String::new(),
                    reason: reply.shown(),
                };
                Err(self.stop(&Stop::Privilege(error.unwrap_or_else(unnamed).into())))
            }
            (404, Some(error)) if error.kind == "index_not_found_exception" => {
                Err(self.stop(&Stop::NoTarget(error.into())))
            }
            (_, Some(error)) if !error.kind.is_empty() => Err(Failure::new(
                Kind::Elasticsearch,
                format!("{} refuses bulk requests: {}", reply.url, reply.shown()),
            )),
            _ => Err(self.connection.not_elasticsearch(reply)),
        }
    }

    fn of_items(&self, reply: &Reply, sent: usize) -> Result<Answer> {
        match answered(&reply.body, sent) {
            Ok(answered) => Ok(match answered.shared_refusal() {
                Some(refusal) => Answer::Refused(refusal),
                None => Answer::Items(answered),
            }),
            Err(Unusable::Incomplete(what)) => Ok(Answer::Later(Later {
                setback: Setback {
                    text: format!("{} gave {what}", reply.url),
                    asked: None,
                    everybody: false,
                },
                cause: Cause::Lost(Loss::Unknown),
            })),
            Err(Unusable::Foreign) => Err(self.connection.not_elasticsearch(reply)),
        }
    }

    /// A document is known to be stored.
    pub(super) fn note_stored(&self) {
        self.stored.store(true, Ordering::Relaxed);
    }

    /// The failure that ends the run for all documents.
    pub(super) fn stop(&self, stop: &Stop) -> Failure {
        let stored = self.stored.load(Ordering::Relaxed);
        let plain_index = self.bulk.optional.require_data_stream && !stored;
        match stop {
            Stop::NoPipeline(_) if stored => {
                stopping::failure(stop, self.bulk.target.name()).with_kind(Kind::Elasticsearch)
            }
            Stop::NoTarget(error) if plain_index => {
                stopping::plain_index(&self.bulk.target, self.connection.url(), &error.shown())
            }
            _ => stopping::failure(stop, self.bulk.target.name()),
        }
    }

    fn unknown_parameter(&self, reply: &Reply, error: &ServerError) -> Failure {
        let name = self.bulk.target.name();
        if error.reason.contains("[require_data_stream]") {
            return stopping::cannot_look(name);
        }
        Failure::new(
            Kind::Elasticsearch,
            format!(
                "{} does not know this version's requests: {}",
                reply.url,
                error.shown()
            ),
        )
    }
}

fn pack(plain: &[u8]) -> Result<Vec<u8>> {
    let doing = || "compressing a request";
    let mut encoder = GzEncoder::new(Vec::with_capacity(plain.len() / 8), Compression::fast());
    encoder.write_all(plain).or_fail(Kind::Unexpected, doing)?;
    encoder.finish().or_fail(Kind::Unexpected, doing)
}
