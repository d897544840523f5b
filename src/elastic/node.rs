//! One node of a cluster: where it is, and one request to it with its answer.
//!
//! What an answer means, and who is asked instead, [`super::connection`] decides.

use std::io::Read;
use std::time::Duration;

use ureq::Agent;
use ureq::http::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, HeaderValue};

use super::exchange::{Body, Question, Reply};
use super::patient::Patient;
use crate::net::{BaseUrl, Call, Loss, Trouble, send_within};

/// The largest answer that is read, in bytes: one item for each document, some with a page of reasons.
const LARGEST_ANSWER: u64 = 64 << 20;

/// A line that takes fewer bytes a second is too slow for requests of this size.
const SLOWEST: u64 = 64 << 10;

/// One node of a cluster.
pub struct Node {
    /// Its address.
    pub url: BaseUrl,
    /// Built for this address.
    pub agent: Agent,
}

impl Node {
    /// Sends one request and reads the whole answer.
    pub(super) fn exchange(
        &self,
        question: Question<'_>,
        authorization: Option<&HeaderValue>,
        patient: &Patient,
    ) -> Result<Reply, Trouble> {
        let url = self.url.join(question.path);
        let response = send_within(
            &self.agent,
            Call {
                method: question.method.clone(),
                url: &url,
                headers: headers(authorization, question.body),
                body: question.bytes(),
            },
            Some(within(patient.answer_within, question.body)),
        )?;
        let (parts, body) = response.into_parts();
        // What is too long is told here, by its length.
        let limited = body.into_with_config().limit(u64::MAX).lossy_utf8(false);
        // The request arrived; what it did is unknown, and asking again is safe.
        let lost = |text, loss| Trouble {
            text,
            transient: true,
            loss,
        };
        let mut body = Vec::new();
        let mut reader = limited.reader().take(LARGEST_ANSWER + 1);
        reader.read_to_end(&mut body).map_err(|error| {
            let text = format!("the answer did not arrive whole: {error}");
            lost(text, Loss::Unknown)
        })?;
        if body.len() as u64 > LARGEST_ANSWER {
            let text = format!("the answer is longer than {} MiB", LARGEST_ANSWER >> 20);
            return Err(lost(text, Loss::LongAnswer));
        }
        Ok(Reply {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body,
            url: self.url.clone(),
        })
    }
}

/// How long a request may take, with all of its answer: one that drips would keep every single read in its time.
fn within(answer_within: Duration, body: Option<Body<'_>>) -> Duration {
    let bytes = body.map_or(0, |body| body.bytes.len() as u64);
    answer_within + Duration::from_millis(bytes * 1000 / SLOWEST)
}

fn headers(
    authorization: Option<&HeaderValue>,
    body: Option<Body<'_>>,
) -> Vec<(&'static str, HeaderValue)> {
    let mut headers = Vec::new();
    if let Some(authorization) = authorization {
        headers.push((AUTHORIZATION.as_str(), authorization.clone()));
    }
    if let Some(body) = body {
        let kind = HeaderValue::from_static(body.content_type);
        headers.push((CONTENT_TYPE.as_str(), kind));
        if body.gzip {
            let gzip = HeaderValue::from_static("gzip");
            headers.push((CONTENT_ENCODING.as_str(), gzip));
        }
    }
    headers
}
