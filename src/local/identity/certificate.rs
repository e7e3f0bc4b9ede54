//! Temporary credentials: a certificate that limits a client in time and scopes, signed with its access token.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chrono::Duration;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Credentials, KnownClient};
use crate::local::identity::scopes::{ScopeSet, is_scope};
use crate::local::ids;
use crate::local::time::Time;

/// The longest that temporary credentials may last.
const LONGEST_DAYS: i64 = 31;

/// By how much clocks may differ at the start and the end.
const SLACK_MINUTES: i64 = 5;

/// A certificate as it is written into `certificate`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Certificate {
    version: u32,
    scopes: Vec<String>,
    /// Milliseconds since 1970.
    start: i64,
    /// Milliseconds since 1970.
    expiry: i64,
    seed: String,
    signature: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) issuer: Option<String>,
}

/// HMAC-SHA-256.
pub(crate) fn sign(key: &str, text: &str) -> Vec<u8> {
    let key = ::hawk::Key::new(key.as_bytes(), ::hawk::SHA256).expect("a key may be of any length");
    key.sign(text.as_bytes()).expect("signing has no way to fail")
}

impl Certificate {
    fn content(&self, client_id: &str) -> String {
        let mut lines = vec!["version:1".to_owned()];
        if let Some(issuer) = &self.issuer {
            lines.extend([format!("clientId:{client_id}"), format!("issuer:{issuer}")]);
        }
        lines.extend([format!("seed:{}", self.seed), format!("start:{}", self.start)]);
        lines.extend([format!("expiry:{}", self.expiry), "scopes:".to_owned()]);
        lines.extend(self.scopes.iter().cloned());
        lines.join("\n")
    }

    /// The issuer as the certificate limits it, or what is wrong with the certificate.
    pub(crate) fn limit(&self, client_id: &str, issuer: KnownClient, now: Time) -> Result<KnownClient, String> {
        self.check_form(now)?;
        self.check_issuer(client_id, &issuer)?;
        let signature = STANDARD.encode(sign(&issuer.access_token, &self.content(client_id)));
        if !same(&signature, &self.signature) {
            let hint = if self.issuer.is_some() { ", or wrong clientId provided" } else { "" };
            return Err(format!("ext.certificate.signature is not valid{hint}"));
        }
        Ok(KnownClient {
            access_token: URL_SAFE_NO_PAD.encode(sign(&issuer.access_token, &self.seed)),
            scopes: self.scopes.iter().cloned().collect(),
            expires: issuer.expires.min(time(self.expiry)),
        })
    }

    fn check_form(&self, now: Time) -> Result<(), String> {
        let mistake = if self.version != 1 {
            "ext.certificate.version must be 1"
        } else if self.seed.len() != 44 {
            "ext.certificate.seed must be 44 characters"
        } else if !self.scopes.iter().all(|scope| is_scope(scope)) {
            "ext.certificate.scopes must be an array of valid scopes"
        } else if time(self.start) > now + Duration::minutes(SLACK_MINUTES) {
            "ext.certificate.start > now"
        } else if time(self.expiry) < now - Duration::minutes(SLACK_MINUTES) {
            "ext.certificate.expiry < now"
        } else if time(self.expiry) > time(self.start) + Duration::days(LONGEST_DAYS) {
            "ext.certificate cannot last longer than 31 days!"
        } else {
            return Ok(());
        };
        Err(mistake.to_owned())
    }

    fn check_issuer(&self, client_id: &str, issuer: &KnownClient) -> Result<(), String> {
        if let Some(name) = &self.issuer {
            if name == client_id {
                return Err("ext.certificate.issuer must differ from the supplied clientId".to_owned());
            }
            let scope = format!("auth:create-client:{client_id}");
            if !issuer.scopes.covers(&scope) {
                return Err(format!("ext.certificate issuer `{name}` doesn't have `{scope}` for supplied clientId."));
            }
        }
        if self.scopes.iter().all(|scope| issuer.scopes.covers(scope)) {
            return Ok(());
        }
        let issuer = self.issuer.as_deref().unwrap_or(client_id);
        let scopes = self.scopes.join(", ");
        Err(format!(
            "ext.certificate issuer `{issuer}` doesn't satisfy all certificate scopes {scopes}.  The temporary \
             credentials were not generated correctly."
        ))
    }
}

fn time(milliseconds: i64) -> Time {
    chrono::DateTime::from_timestamp_millis(milliseconds).unwrap_or_default().into()
}

/// Whether two texts are the same, in a time that does not tell where they differ.
pub(crate) fn same(one: &str, other: &str) -> bool {
    let differing = one.bytes().zip(other.bytes()).fold(0, |differing, (a, b)| differing | (a ^ b));
    one.len() == other.len() && differing == 0
}

/// Credentials for `client_id` that end at `expiry` and reach no further than `scopes`, as the services hand them out.
pub(crate) fn issue(issuer: &Credentials, client_id: &str, scopes: &ScopeSet, (start, expiry): (Time, Time)) -> Value {
    let mut certificate = Certificate {
        version: 1,
        scopes: scopes.iter().map(str::to_owned).collect(),
        start: start.milliseconds(),
        expiry: expiry.milliseconds(),
        seed: ids::token(),
        signature: String::new(),
        issuer: Some(issuer.client_id.clone()),
    };
    certificate.signature = STANDARD.encode(sign(&issuer.access_token, &certificate.content(client_id)));
    json!({
        "clientId": client_id,
        "accessToken": URL_SAFE_NO_PAD.encode(sign(&issuer.access_token, &certificate.seed)),
        "certificate": json!(certificate).to_string(),
    })
}
