//! Who may ask: the administrator's key, or a token of the service account.

use super::behaviour::{Behaviour, Organizations};
use super::fault::refusal;
use crate::samples::http::{Reply, Request};
use crate::samples::json::{self, Json};
use std::collections::HashMap;

/// The tokens given out and how often each was used.
#[derive(Debug, Default)]
pub(super) struct Tokens(HashMap<String, usize>);

impl Tokens {
    /// Answers `/oauth2/token`.
    pub fn grant(&mut self, request: &Request, behaviour: &Behaviour) -> Reply {
        let expected = format!("Basic {}", base64(behaviour.client.as_bytes()));
        if request.header("Authorization") != Some(expected.as_str()) {
            return Reply::json(401, "{\"error\":\"invalid_client\"}");
        }
        let body = request.text();
        let form: Vec<&str> = body.split('&').collect();
        if !form.contains(&"grant_type=client_credentials") || !form.contains(&"scope=api") {
            return Reply::json(400, "{\"error\":\"invalid_request\"}");
        }
        let token = format!("simulated-token-{}", self.0.len() + 1);
        let reply = format!(
            "{{\"access_token\":\"{token}\",\"expires_in\":3600,\"token_type\":\"bearer\"}}"
        );
        self.0.insert(token, 0);
        Reply::json(200, reply)
    }

    /// Lets a call in, or refuses it.
    pub fn check(&mut self, request: &Request, behaviour: &Behaviour) -> Result<(), Reply> {
        if let Some(key) = request.header("x-api-key") {
            let right = key == behaviour.key;
            return if right {
                Ok(())
            } else {
                Err(refusal(401, "Unauthorized: invalid api key"))
            };
        }
        let bearer = request
            .header("Authorization")
            .and_then(|value| value.strip_prefix("Bearer "));
        let used = bearer.and_then(|token| self.0.get_mut(token));
        let Some(used) = used else {
            return Err(refusal(401, "Unauthorized"));
        };
        *used += 1;
        if *used > behaviour.token_life {
            return Err(refusal(401, "Unauthorized: token expired"));
        }
        if behaviour.token_needs_organization && request.header("x-org-id").is_none() {
            return Err(refusal(400, "x-org-id is required"));
        }
        Ok(())
    }
}

/// Whose events a call reads.
#[derive(Clone, Debug)]
pub(super) enum Owner {
    /// The one organization there is.
    Only,
    Organizations(Vec<String>),
    /// The portal itself.
    Provider(String),
}

impl Owner {
    /// Whether an event is this owner's: its `organization`, or the `provider` of what belongs to none.
    pub fn owns(&self, event: &str) -> bool {
        if matches!(self, Self::Only) {
            return true;
        }
        let event = json::read(event);
        let field = |name| event.as_ref()?.get(name).and_then(Json::as_text);
        match self {
            Self::Only => true,
            Self::Organizations(ids) => {
                field("organization").is_some_and(|id| ids.iter().any(|known| known == id))
            }
            Self::Provider(id) => field("organization").is_none() && field("provider") == Some(id),
        }
    }
}

/// Whom a call names; a key of several organizations needs one to be named that it may read.
pub(super) fn owner(request: &Request, behaviour: &Behaviour) -> Result<Owner, Reply> {
    if let Some(provider) = request.header("x-provider-id") {
        return Ok(Owner::Provider(provider.to_owned()));
    }
    if behaviour.portal.is_empty() {
        return Ok(Owner::Only);
    }
    let named = request.headers.iter();
    let named = named.filter(|header| header.0.eq_ignore_ascii_case("x-org-id"));
    let mut named: Vec<String> = named.map(|header| header.1.clone()).collect();
    let (Some(first), Some(last)) = (named.first().cloned(), named.last().cloned()) else {
        return Err(refusal(403, "Forbidden: x-org-id is missing"));
    };
    match behaviour.organizations {
        Organizations::Merged => {}
        Organizations::First => named = vec![first],
        Organizations::Last => named = vec![last],
    }
    if named.iter().all(|id| behaviour.portal.contains(id)) {
        Ok(Owner::Organizations(named))
    } else {
        Err(refusal(400, "Invalid organization id"))
    }
}

/// Standard Base64 with padding.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let group = chunk
            .iter()
            .fold(0_usize, |sum, &byte| (sum << 8) | usize::from(byte))
            << (8 * (3 - chunk.len()));
        for place in 0..4 {
            let letter = LETTERS[(group >> (18 - 6 * place)) & 63];
            text.push(if place > chunk.len() {
                '='
            } else {
                char::from(letter)
            });
        }
    }
    text
}
