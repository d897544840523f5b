//! Who asks: an administrator's key, or a service account whose token is renewed (`docs/insights-api.md` section 2).

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::Deserialize;
use ureq::Agent;
use ureq::http::Method;
use ureq::http::header::HeaderValue;

use super::fault::{Again, Answer, Fault};
use super::trouble::Cause;
use crate::failure::{Failure, Kind};
use crate::net::{Ambient, BaseUrl, Call, Secret, send};

/// How requests are signed.
pub enum Credentials {
    /// `x-api-key`.
    ApiKey(Secret),
    /// `Authorization: Bearer`.
    ServiceAccount(ServiceAccount),
}

/// A client id and secret, and the token they were last exchanged for.
pub struct ServiceAccount {
    id: String,
    secret: Secret,
    agent: Agent,
    token_url: BaseUrl,
    token: Mutex<Option<(Secret, Instant)>>,
    asked: AtomicU64,
}

#[derive(Deserialize)]
struct Token {
    access_token: String,
    #[serde(default)]
    expires_in: serde_json::Value,
}

/// The header that signs a request.
pub struct Signature {
    /// Its name.
    pub name: &'static str,
    /// Its value.
    pub value: HeaderValue,
    /// The token in it, which another walk may replace while an answer is on its way.
    token: Option<Secret>,
}

/// Whose token signs a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// The one of all walks.
    Shared,
    /// A new one that no other walk can use up.
    Alone,
}

const BEARER: &str = "Bearer ";
/// A token is renewed this long before it expires.
const EARLY: Duration = Duration::from_secs(30);
const DEFAULT_LIFE: u64 = 3600;
const LONGEST_LIFE: u64 = 30 * 86_400;

impl Token {
    /// Seconds, given as a number or as its text.
    fn life(&self) -> u64 {
        let text = self.expires_in.as_str().map(str::parse);
        let number = self.expires_in.as_u64();
        number.or(text.and_then(Result::ok)).unwrap_or(DEFAULT_LIFE)
    }
}

impl Credentials {
    /// What signs a request.
    ///
    /// `begun`: a page has arrived before, so a refusal is no matter of configuration.
    pub fn sign(
        &self,
        ambient: &Ambient,
        begun: bool,
        whose: Use,
    ) -> std::result::Result<Signature, Fault> {
        match self {
            Self::ApiKey(key) => Ok(Signature {
                name: "x-api-key",
                value: key.header("").map_err(Fault::never)?,
                token: None,
            }),
            Self::ServiceAccount(account) => account.sign(ambient, begun, whose),
        }
    }

    /// How often a token was asked for, and where.
    pub fn token_requests(&self) -> Option<(u64, &BaseUrl)> {
        match self {
            Self::ApiKey(_) => None,
            Self::ServiceAccount(account) => {
                Some((account.asked.load(Ordering::Relaxed), &account.token_url))
            }
        }
    }

    /// A server's text without the secrets it may repeat.
    pub fn conceal(&self, text: &str) -> String {
        let (Self::ApiKey(secret) | Self::ServiceAccount(ServiceAccount { secret, .. })) = self;
        secret.conceal(text)
    }

    /// Whether another token may be accepted where this signature was not. It is forgotten only while it is still the
    /// one in use: another walk may have replaced it.
    pub fn renew(&self, refused: &Signature) -> bool {
        match self {
            Self::ApiKey(_) => false,
            Self::ServiceAccount(account) => {
                account.forget(&refused.value);
                true
            }
        }
    }
}

impl Signature {
    fn of(token: &Secret) -> std::result::Result<Self, Fault> {
        Ok(Self {
            name: "authorization",
            value: token.header(BEARER).map_err(Fault::never)?,
            token: Some(token.clone()),
        })
    }

    /// A server's text without the token it may repeat.
    pub fn conceal(&self, text: &str) -> String {
        let token = self.token.as_ref();
        token.map_or_else(|| text.to_owned(), |token| token.conceal(text))
    }
}

impl ServiceAccount {
    /// An account without a token yet; `agent` is one made for `token_url`.
    pub fn new(id: String, secret: Secret, agent: Agent, token_url: BaseUrl) -> Self {
        Self {
            id,
            secret,
            agent,
            token_url,
            token: Mutex::new(None),
            asked: AtomicU64::new(0),
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<(Secret, Instant)>> {
        self.token.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn forget(&self, refused: &HeaderValue) {
        let mut token = self.lock();
        let in_use = token
            .as_ref()
            .and_then(|(secret, _)| secret.header(BEARER).ok());
        if in_use.as_ref() == Some(refused) {
            *token = None;
        }
    }

    fn sign(
        &self,
        ambient: &Ambient,
        begun: bool,
        whose: Use,
    ) -> std::result::Result<Signature, Fault> {
        if whose == Use::Alone {
            return Signature::of(&self.fetch(ambient, begun)?.0);
        }
        // The lock is held over the request: one new token serves everybody who waits for it.
        let mut token = self.lock();
        let in_use = token.take();
        let in_use = in_use.filter(|(_, expires)| ambient.now() + EARLY < *expires);
        let in_use = in_use.map_or_else(|| self.fetch(ambient, begun), Ok)?;
        Signature::of(&token.insert(in_use).0)
    }

    fn fetch(
        &self,
        ambient: &Ambient,
        begun: bool,
    ) -> std::result::Result<(Secret, Instant), Fault> {
        let url = self.token_url.to_string();
        self.asked.fetch_add(1, Ordering::Relaxed);
        let headers = vec![
            (
                "authorization",
                self.secret.basic(&self.id).map_err(Fault::never)?,
            ),
            (
                "content-type",
                HeaderValue::from_static("application/x-www-form-urlencoded"),
            ),
            ("accept", HeaderValue::from_static("application/json")),
        ];
        let form = b"grant_type=client_credentials&scope=api";
        let mut response = send(
            &self.agent,
            Call {
                method: Method::POST,
                url: &url,
                headers,
                body: Some(form),
            },
        )?;
        let status = response.status().as_u16();
        let body = response
            .body_mut()
            .with_config()
            .limit(1 << 20)
            .read_to_vec();
        let body =
            body.map_err(|error| Fault::damaged(format!("{url}: reading the token: {error}")))?;
        if status != 200 {
            let answer = Answer {
                status,
                headers: response.headers(),
                body: &body,
                url: &url,
            };
            return Err(refused(&answer, ambient, begun));
        }
        let token: Token = serde_json::from_slice(&body).map_err(|_| {
            let text = format!("{url} answered without a token");
            Fault::new(Failure::new(Kind::JumpCloud, text), Again::Nonsense)
        })?;
        let life = Duration::from_secs(token.life().min(LONGEST_LIFE));
        Ok((received(&token)?, ambient.now() + life))
    }
}

fn received(token: &Token) -> std::result::Result<Secret, Fault> {
    Secret::received(&token.access_token)
        .map_err(|failure| Fault::never(failure.with_kind(Kind::JumpCloud)))
}

/// A token that is refused is a matter of credentials, whatever the status says; a wrong address is one of `--token-url`.
fn refused(answer: &Answer<'_>, ambient: &Ambient, begun: bool) -> Fault {
    let mut fault = Fault::of_status(answer, begun, false, (ambient.wall)());
    // Whatever the token's host does, it says nothing about the question.
    fault.cause = Cause::Other;
    match answer.status {
        400 | 401 | 403 => Fault::never(Failure::new(Kind::Credentials, answer.describe()).hint(
            "check JCX_CLIENT_ID and its secret; a service account may also need its region: --region or --token-url",
        )),
        300..=405 => {
            fault.failure = fault.failure.hint("check --token-url, or --region; redirects are not followed");
            fault
        }
        _ => fault,
    }
}
