//! Hawk: how a request proves who sent it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::{Method, Url};
use serde::Deserialize;
use serde_json::{Value, json};

/// A client id and its access token; temporary ones have a certificate too.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Credentials {
    /// Who is calling.
    pub client_id: String,
    /// The secret that signs.
    pub access_token: String,
    /// The certificate of temporary credentials, as JSON text.
    #[serde(default)]
    pub certificate: Option<String>,
}

/// The Hawk header over method, host and the whole path with its query.
pub(super) fn authorization(credentials: &Credentials, method: &Method, url: &Url) -> Option<String> {
    let key = hawk::Key::new(credentials.access_token.as_bytes(), hawk::SHA256).ok()?;
    let identity = hawk::Credentials { id: credentials.client_id.clone(), key };
    let path = &url[url::Position::BeforePath..url::Position::AfterQuery];
    let ext = credentials.certificate.as_deref().and_then(extension);
    let mut builder = hawk::RequestBuilder::new(method.as_str(), url.host_str()?, url.port_or_known_default()?, path);
    if let Some(ext) = &ext {
        builder = builder.ext(ext.as_str());
    }
    let header = builder.request().make_header(&identity).ok()?;
    Some(format!("Hawk {header}"))
}

/// The `ext` field that carries the certificate of temporary credentials.
fn extension(certificate: &str) -> Option<String> {
    let certificate: Value = serde_json::from_str(certificate).ok()?;
    Some(STANDARD.encode(json!({ "certificate": certificate }).to_string()))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_signature_covers_the_query() {
        let credentials = Credentials { client_id: "me".into(), access_token: "secret".into(), certificate: None };
        let url = Url::parse("http://127.0.0.1:8080/api/queue/v1/task-group/x/list?limit=1").unwrap();
        let header: hawk::Header =
            authorization(&credentials, &Method::GET, &url).unwrap().trim_start_matches("Hawk ").parse().unwrap();
        let key = hawk::Key::new("secret", hawk::SHA256).unwrap();
        let valid = |path| {
            let request = hawk::RequestBuilder::new("GET", "127.0.0.1", 8080, path).request();
            request.validate_header(&header, &key, Duration::from_secs(60))
        };
        assert!(valid("/api/queue/v1/task-group/x/list?limit=1"));
        assert!(!valid("/api/queue/v1/task-group/x/list"));
    }
}
