//! Hawk signatures over the whole URL, query string included.

use ::taskcluster::Credentials;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hawk::{Key, PayloadHasher, RequestBuilder, SHA256};
use reqwest::Url;

use crate::sources::{Error, ErrorKind};

/// The type of every body we send, as it is hashed.
const CONTENT_TYPE: &str = "application/json";

/// Signs requests with one client's credentials.
pub(super) struct Signer {
    credentials: hawk::Credentials,
    /// The certificate of temporary credentials, as the services expect it beside the signature.
    extra: Option<String>,
}

impl Signer {
    /// # Errors
    /// A certificate that is not JSON, or an access token that cannot be a key.
    pub(super) fn new(credentials: &Credentials) -> Result<Self, Error> {
        let key = Key::new(&credentials.access_token, SHA256).map_err(|error| refused(error.to_string()))?;
        let extra = credentials.certificate.as_deref().map(extra_of).transpose()?;
        Ok(Self { credentials: hawk::Credentials { id: credentials.client_id.clone(), key }, extra })
    }

    /// The value of the `Authorization` header for this request.
    ///
    /// # Errors
    /// If this computer has no randomness, or the URL has no host.
    pub(super) fn authorization(&self, method: &str, url: &Url, body: Option<&[u8]>) -> Result<String, Error> {
        let failed = |error: hawk::Error| refused(error.to_string());
        let hash = body.map(|body| PayloadHasher::hash(CONTENT_TYPE, SHA256, body)).transpose().map_err(failed)?;
        let request = RequestBuilder::from_url(method, url).map_err(failed)?;
        let request = request.hash(hash.as_deref()).ext(self.extra.as_deref()).request();
        let header = request.make_header(&self.credentials).map_err(failed)?;
        Ok(format!("Hawk {header}"))
    }
}

fn extra_of(certificate: &str) -> Result<String, Error> {
    let certificate: serde_json::Value = serde_json::from_str(certificate)
        .map_err(|error| refused(format!("`TASKCLUSTER_CERTIFICATE` is not JSON: {error}")))?;
    Ok(STANDARD.encode(serde_json::json!({ "certificate": certificate }).to_string()))
}

fn refused(message: String) -> Error {
    Error {
        service: "taskcluster",
        request: "sign with the credentials of the environment".into(),
        message,
        kind: ErrorKind::Refused { status: 0 },
    }
}
