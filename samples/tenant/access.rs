//! Who may ask: the administrator's key, or a token of the service account.

use super::behaviour::Behaviour;
use super::fault::refusal;
use crate::samples::http::{Reply, Request};
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
