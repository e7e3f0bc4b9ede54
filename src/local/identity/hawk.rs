//! Requests signed with Hawk: in the `Authorization` header, or in the URL (a `bewit`).

use std::str::FromStr as _;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use chrono::{DateTime, Duration, Utc};
use hawk::{Bewit, Header, Key, RequestBuilder, SHA256};
use serde::Deserialize;

use super::certificate::Certificate;
use super::{Caller, Client, Clients, Credentials, KnownClient};
use crate::local::identity::scopes::{ScopeSet, is_scope};
use crate::local::time::Time;

/// By how much the clocks of caller and server may differ.
const SKEW_MINUTES: i64 = 15;

/// What Hawk signs of a request, and the signature.
#[derive(Clone, Debug, Default)]
pub(crate) struct Signed {
    /// In upper case.
    pub(crate) method: String,
    /// Path and query string as they were sent.
    pub(crate) resource: String,
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) authorization: Option<String>,
}

/// What a caller adds to its signature.
#[derive(Debug, Default, Deserialize)]
struct Ext {
    certificate: Option<serde_json::Value>,
    #[serde(rename = "authorizedScopes")]
    authorized_scopes: Option<Vec<String>>,
}

/// Who signed a request.
pub(crate) fn authenticate(clients: &impl Clients, signed: &Signed, now: Time) -> Caller {
    let client = match (&signed.authorization, has_bewit(&signed.resource)) {
        (Some(_), true) => Err(BOTH.to_owned()),
        (Some(header), false) => by_header(clients, signed, header, now),
        (None, true) => by_bewit(clients, signed, now),
        (None, false) => return anonymous(clients, now),
    };
    client.map_or_else(Caller::Refused, Caller::Client)
}

const BOTH: &str = "Cannot use two authentication schemes at once this request has both bewit in querystring and \
                    'authorization' header";

/// Who a request says it is from, without a check; credentials that cannot be read are refused all the same.
pub(crate) fn claimed_client_id(signed: &Signed) -> Result<Option<String>, String> {
    match (&signed.authorization, has_bewit(&signed.resource)) {
        (Some(_), true) => Err(BOTH.to_owned()),
        (Some(header), false) => parse_header(header).map(|header| header.id),
        (None, true) => Ok(parse_bewit(signed)?.1.map(|bewit| bewit.id().to_owned())),
        (None, false) => Ok(None),
    }
}

fn anonymous(clients: &impl Clients, now: Time) -> Caller {
    match clients.expand(["assume:anonymous".to_owned()].into_iter().collect()) {
        Ok(scopes) => Caller::Anonymous { scopes, expires: now + Duration::minutes(SKEW_MINUTES) },
        Err(message) => Caller::Refused(message),
    }
}

fn by_header(clients: &impl Clients, signed: &Signed, header: &str, now: Time) -> Result<Client, String> {
    let header = parse_header(header)?;
    let client_id = header.id.clone().ok_or("Bad Request: Missing attributes")?;
    let known = known_client(clients, &client_id, header.ext.as_deref(), now)?;
    let key = key(&known)?;
    let request = RequestBuilder::new(&signed.method, &signed.host, signed.port, &signed.resource).request();
    // The library compares with the clock of the machine; ours may be another one.
    if !request.validate_header(&header, &key, std::time::Duration::MAX) {
        return Err("Unauthorized: Bad mac".to_owned());
    }
    let sent = header.ts.map(|ts| Time::from(DateTime::<Utc>::from(ts)));
    let skew = Duration::minutes(SKEW_MINUTES);
    if sent.is_none_or(|sent| sent < now - skew || sent > now + skew) {
        return Err("Unauthorized: Stale timestamp".to_owned());
    }
    let hash = header.hash.map(|hash| STANDARD.encode(hash));
    Ok(Client { client_id, scopes: known.scopes, expires: known.expires, hash })
}

fn by_bewit(clients: &impl Clients, signed: &Signed, now: Time) -> Result<Client, String> {
    if signed.method != "GET" && signed.method != "HEAD" {
        return Err("Unauthorized: Invalid method".to_owned());
    }
    let (request, bewit) = parse_bewit(signed)?;
    let bewit = bewit.ok_or("Bad Request: Invalid bewit structure")?;
    let known = known_client(clients, bewit.id(), bewit.ext(), now)?;
    if Time::from(DateTime::<Utc>::from(bewit.exp())) < now {
        return Err("Unauthorized: Access expired".to_owned());
    }
    if !request.request().validate_bewit(&bewit, &key(&known)?) {
        return Err("Unauthorized: Bad mac".to_owned());
    }
    Ok(Client { client_id: bewit.id().to_owned(), scopes: known.scopes, expires: known.expires, hash: None })
}

fn parse_bewit(signed: &Signed) -> Result<(RequestBuilder<'_>, Option<Bewit<'_>>), String> {
    let mut bewit = None;
    let request = RequestBuilder::new("GET", &signed.host, signed.port, &signed.resource);
    let request = request.extract_bewit(&mut bewit).map_err(|_| "Bad Request: Invalid bewit encoding")?;
    Ok((request, bewit))
}

/// Whether the query string of a resource holds a `bewit`.
fn has_bewit(resource: &str) -> bool {
    let query = resource.split_once('?').map_or("", |(_, query)| query);
    query.split('&').any(|part| part.starts_with("bewit="))
}

fn parse_header(header: &str) -> Result<Header, String> {
    let (scheme, attributes) = header.split_once(' ').ok_or("Bad Request: Invalid header syntax")?;
    if !scheme.eq_ignore_ascii_case("hawk") {
        return Err("Unauthorized: Hawk".to_owned());
    }
    let header = Header::from_str(attributes).map_err(|_| "Bad Request: Bad header format")?;
    let whole = header.id.is_some() && header.ts.is_some() && header.nonce.is_some() && header.mac.is_some();
    if whole { Ok(header) } else { Err("Bad Request: Missing attributes".to_owned()) }
}

fn key(known: &KnownClient) -> Result<Key, String> {
    Key::new(known.access_token.as_bytes(), SHA256).map_err(|error| error.to_string())
}

/// The client with its scopes expanded, as its certificate and `authorizedScopes` limit it.
fn known_client(clients: &impl Clients, id: &str, ext: Option<&str>, now: Time) -> Result<KnownClient, String> {
    let ext = ext.filter(|ext| !ext.is_empty()).map_or_else(|| Ok(Ext::default()), parse_ext)?;
    let certificate = ext.certificate.map(serde_json::from_value::<Certificate>).transpose();
    let certificate = certificate.map_err(|error| format!("ext.certificate is not a certificate: {error}"))?;
    let issuer = certificate.as_ref().and_then(|certificate| certificate.issuer.as_deref()).unwrap_or(id);
    let mut known = clients.client(issuer)?;
    if let Some(certificate) = &certificate {
        known = certificate.limit(id, known, now)?;
    }
    known.scopes = expand(clients, &known.scopes)?;
    if let Some(scopes) = ext.authorized_scopes {
        known.scopes = expand(clients, &authorized(&known.scopes, scopes)?)?;
    }
    Ok(known)
}

/// Everyone has at least the scopes of those without credentials.
fn expand(clients: &impl Clients, scopes: &ScopeSet) -> Result<ScopeSet, String> {
    clients.expand(scopes.iter().chain(["assume:anonymous"]).map(str::to_owned).collect())
}

fn authorized(have: &ScopeSet, scopes: Vec<String>) -> Result<ScopeSet, String> {
    if !scopes.iter().all(|scope| is_scope(scope)) {
        return Err("ext.authorizedScopes must be an array of valid scopes".to_owned());
    }
    if scopes.iter().all(|scope| have.covers(scope)) {
        return Ok(scopes.into_iter().collect());
    }
    let have = have.iter().collect::<Vec<_>>().join("\n");
    Err(format!(
        "Supplied credentials do not satisfy authorizedScopes; credentials have scopes:\n\n```\n{have}\n```\n\n\
         authorizedScopes are:\n\n```\n{}\n```",
        scopes.join("\n")
    ))
}

fn parse_ext(ext: &str) -> Result<Ext, String> {
    let text = ext.trim_end_matches('=');
    let bytes = STANDARD_NO_PAD.decode(text).or_else(|_| URL_SAFE_NO_PAD.decode(text));
    let ext = bytes.ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
    ext.ok_or_else(|| "Failed to parse ext".to_owned())
}

/// The hash that a signature would have for this body, in base64.
pub(crate) fn payload_hash(content_type: &str, body: &[u8]) -> String {
    let content_type = content_type.split(';').next().unwrap_or_default().trim().to_lowercase();
    let hash = hawk::PayloadHasher::hash(content_type.as_bytes(), SHA256, body);
    STANDARD.encode(hash.expect("hashing has no way to fail"))
}

/// A URL with a signature in it, good until `until` for whatever these credentials may do.
///
/// # Errors
/// In words, if the URL can't be signed.
pub(crate) fn signed_url(credentials: &Credentials, url: &str, until: Time) -> Result<String, String> {
    let parsed = url::Url::parse(url).map_err(|error| error.to_string())?;
    let key = Key::new(credentials.access_token.as_bytes(), SHA256).map_err(|error| error.to_string())?;
    let signing = hawk::Credentials { id: credentials.client_id.clone(), key };
    let request = RequestBuilder::from_url("GET", &parsed).map_err(|error| error.to_string())?.request();
    let bewit = request.make_bewit(&signing, until.date().into()).map_err(|error| error.to_string())?;
    Ok(format!("{url}?bewit={}", bewit.to_str()))
}
