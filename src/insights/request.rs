//! One request of a client: what is sent, and what its answer is.
//!
//! Whether to ask again is `attempts`'.

use std::io::Read;
use std::sync::atomic::Ordering;
use std::time::Duration;

use chrono::TimeDelta;
use ureq::http::Method;
use ureq::http::header::{HeaderMap, HeaderValue};

use super::auth::{Signature, Use};
use super::client::{Client, ClientSettings};
use super::fault::{Again, Answer, Fault};
use super::question::{Question, Tries};
use crate::net::{Call, Trouble, header, send_within};

/// The least time that a whole event may take to arrive.
const DRIP: Duration = Duration::from_secs(5);
/// The most that an answer may take which nothing hangs on.
const UNIMPORTANT: Duration = Duration::from_secs(30);
/// How much of an error's body is read.
const ERROR_BODY: u64 = 1 << 16;

impl Client {
    /// Whether a question of this kind was answered: for pages a page, as a count proves nothing about their query.
    pub(super) fn has_begun(&self, question: &Question<'_>) -> bool {
        if question.call.is_none() {
            self.has_paged()
        } else {
            self.was_answered()
        }
    }

    /// One request, its answer read by `read`, which gives it with what is told of it; a server that repeats a secret does
    /// not get it into any message.
    pub(super) fn attempt<T>(
        &self,
        question: &Question<'_>,
        whose: Use,
        read: impl FnOnce(&HeaderMap, &mut dyn Read) -> std::result::Result<(T, String), Fault>,
    ) -> std::result::Result<T, Fault> {
        let signature = self.signature(whose);
        let answer = signature.and_then(|signature| {
            let asked = self.ask(question, &signature, read);
            asked.map_err(|fault| without(fault, |text| signature.conceal(text)))
        });
        answer.map_err(|fault| without(fault, |text| self.settings.credentials.conceal(text)))
    }

    fn ask<T>(
        &self,
        question: &Question<'_>,
        signature: &Signature,
        read: impl FnOnce(&HeaderMap, &mut dyn Read) -> std::result::Result<(T, String), Fault>,
    ) -> std::result::Result<T, Fault> {
        let ambient = &self.settings.ambient;
        let json = HeaderValue::from_static("application/json");
        let mut headers = vec![
            (signature.name, signature.value.clone()),
            ("content-type", json.clone()),
            ("accept", json),
        ];
        headers.extend(self.settings.tenancy.headers());
        self.requests.fetch_add(1, Ordering::Relaxed);
        let began = ambient.now();
        let call = Call {
            method: Method::POST,
            url: question.url,
            headers,
            body: Some(question.body),
        };
        let response =
            send_within(&self.settings.agent, call, question.tries.limit()).map_err(|trouble| {
                Fault::from(Trouble {
                    text: format!("{}: {}", question.url, trouble.text),
                    ..trouble
                })
            });
        let response = response
            .inspect_err(|fault| self.settings.printer.request(&fault.failure.message()))?;
        let (parts, body) = response.into_parts();
        let mut reader = body.into_reader();
        let status = parts.status.as_u16();
        let result = if status == 200 {
            read(&parts.headers, &mut reader).map_err(|fault| with_id(fault, &parts.headers))
        } else {
            let mut fault = self.refusal(status, &parts.headers, &mut reader, question);
            if fault.again == Again::NewToken && !self.settings.credentials.renew(signature) {
                fault.again = Again::Never;
            }
            Err(fault)
        };
        let seconds = (ambient.now() - began).as_secs_f64();
        let id = header(&parts.headers, "x-request-id").unwrap_or("-");
        let told = result.as_ref().map_or("nothing usable", |(_, told)| told);
        self.settings.printer.request(&format!(
            "POST {}: {status}, {told}, {seconds:.2} s, X-Request-Id {id}",
            question.url
        ));
        result.map(|(answer, _)| answer)
    }

    /// What signs a request; a request for a token is told like any other.
    fn signature(&self, whose: Use) -> std::result::Result<Signature, Fault> {
        let ClientSettings {
            credentials,
            ambient,
            printer,
            ..
        } = &self.settings;
        let before = credentials.token_requests();
        let signed = credentials.sign(ambient, self.was_answered(), whose);
        let asked = credentials.token_requests();
        if let Some((_, url)) = asked.filter(|asked| before.is_none_or(|(n, _)| n != asked.0)) {
            let outcome = if signed.is_ok() {
                "a token"
            } else {
                "no token"
            };
            printer.request(&format!("POST {url}: {outcome}"));
        }
        signed
    }

    /// A watch over a body that arrives: fails when no whole event came for the length of the budget. A server that
    /// drips keeps every single read within its time.
    pub(super) fn watch(
        &self,
        question: &Question<'_>,
    ) -> impl FnMut(usize) -> std::result::Result<(), Fault> + use<'_> {
        let ambient = &self.settings.ambient;
        let budget = match question.tries {
            Tries::WithinBudget => self.settings.patience.budget(),
            Tries::Few | Tries::Within(_) => self.settings.patience.budget().min(UNIMPORTANT),
        };
        let (mut seen, mut since) = (0, ambient.now());
        move |events| {
            if events > seen {
                (seen, since) = (events, ambient.now());
            }
            let waited = ambient.now().saturating_duration_since(since);
            if waited <= budget.max(DRIP) {
                return Ok(());
            }
            let seconds = waited.as_secs();
            Err(Fault::damaged(format!(
                "the answer drips: no whole event for {seconds} s"
            )))
        }
    }

    fn refusal(
        &self,
        status: u16,
        headers: &HeaderMap,
        reader: &mut dyn Read,
        question: &Question<'_>,
    ) -> Fault {
        let mut body = Vec::new();
        // The status says enough where the text cannot be read.
        let _read = reader.take(ERROR_BODY).read_to_end(&mut body);
        let now = (self.settings.ambient.wall)();
        let old = question.since < now - TimeDelta::days(15);
        let answer = Answer {
            status,
            headers,
            body: &body,
            url: question.url,
        };
        let fault = Fault::of_status(&answer, self.has_begun(question), old, now);
        match self.advice(status, question) {
            Some(advice) => fault.with_hint(advice),
            None => fault,
        }
    }

    /// What to do about a refusal, where more is known than its status says.
    fn advice(&self, status: u16, question: &Question<'_>) -> Option<String> {
        let ClientSettings {
            tenancy,
            credentials,
            ..
        } = &self.settings;
        let is_named = tenancy.organization().is_some();
        let advice = match status {
            404 | 405 if self.was_answered() => {
                let call = question.call?;
                return Some(format!(
                    "other calls are answered at this address, /events/{call} is not: count without --by, or fetch the events"
                ));
            }
            400 if is_named => {
                "JumpCloud refuses the request itself; see its text above, and check --org"
            }
            400 | 403 if !is_named && credentials.token_requests().is_some() => {
                "see JumpCloud's text above; a service account may need its organization to be named: --org"
            }
            _ => return None,
        };
        Some(advice.to_owned())
    }
}

fn without(fault: Fault, conceal: impl Fn(&str) -> String) -> Fault {
    Fault {
        failure: fault.failure.map_message(conceal),
        ..fault
    }
}

fn with_id(fault: Fault, headers: &HeaderMap) -> Fault {
    let Some(id) = header(headers, "x-request-id") else {
        return fault;
    };
    let failure = fault
        .failure
        .map_message(|message| format!("{message} (X-Request-Id {id})"));
    Fault { failure, ..fault }
}
