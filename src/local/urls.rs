//! URLs under which bytes are uploaded and downloaded, signed where not everyone may.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::api::call::Site;
use super::identity::certificate::{same, sign};
use super::time::Time;

/// What a path segment keeps as it is.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// Where blobs are, under the root URL.
pub(crate) const BLOBS: &str = "/blobs/";

/// A text as one segment of a path.
pub(crate) fn segment(text: &str) -> String {
    utf8_percent_encode(text, SEGMENT).to_string()
}

/// What a signed URL allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Permission<'a> {
    /// Uploading bytes of this content type.
    Put(&'a str),
    /// Downloading.
    Get,
}

/// The blob of an artifact.
pub(crate) fn artifact_blob(task_id: &str, run_id: usize, name: &str) -> String {
    format!("artifacts/{task_id}/{run_id}/{name}")
}

/// The blob of an object.
pub(crate) fn object_blob(name: &str) -> String {
    format!("objects/{name}")
}

/// Whether everyone who knows its URL may download a blob: those of artifacts below `public/`.
pub(crate) fn is_public(blob: &str) -> bool {
    blob.strip_prefix("artifacts/")
        .and_then(|rest| rest.splitn(3, '/').nth(2))
        .is_some_and(|name| name.starts_with("public/"))
}

impl Site {
    /// The URL of a blob for those who need no signature.
    pub(crate) fn blob_url(&self, blob: &str) -> String {
        let path = blob.split('/').map(segment).collect::<Vec<_>>().join("/");
        format!("{}{BLOBS}{path}", self.root_url)
    }

    /// The URL of a blob for whoever has it, until `expires`.
    pub(crate) fn signed_blob_url(&self, blob: &str, permission: Permission<'_>, expires: Time) -> String {
        let expires = expires.milliseconds();
        let signature = self.blob_signature(blob, permission, expires);
        let content_type = match permission {
            Permission::Put(content_type) => format!("&content-type={}", segment(content_type)),
            Permission::Get => String::new(),
        };
        format!("{}?expires={expires}{content_type}&signature={signature}", self.blob_url(blob))
    }

    /// The URL to download a blob from: signed for half an hour unless it is public.
    pub(crate) fn download_url(&self, blob: &str, now: Time) -> String {
        if is_public(blob) {
            return self.blob_url(blob);
        }
        self.signed_blob_url(blob, Permission::Get, now + chrono::Duration::minutes(30))
    }

    /// Whether the query string of a blob's URL allows this now.
    pub(crate) fn allows(&self, blob: &str, permission: Permission<'_>, query: &[(String, String)], now: Time) -> bool {
        let value = |name: &str| query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        let expires = value("expires").and_then(|expires| expires.parse::<i64>().ok()).unwrap_or_default();
        let signature = self.blob_signature(blob, permission, expires);
        expires >= now.milliseconds() && value("signature").is_some_and(|given| same(given, &signature))
    }

    fn blob_signature(&self, blob: &str, permission: Permission<'_>, expires: i64) -> String {
        let permission = match permission {
            Permission::Put(content_type) => format!("PUT {content_type}"),
            Permission::Get => "GET".to_owned(),
        };
        URL_SAFE_NO_PAD.encode(sign(&self.url_key, &format!("{permission}\n{expires}\n{blob}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::local::identity::{Auth, Credentials};

    #[test]
    fn a_signed_url_allows_what_it_says_until_it_expires() {
        let site = Site {
            root_url: "http://127.0.0.1:1".into(),
            auth: Auth::Open,
            root: Credentials { client_id: "root".into(), access_token: "t".into() },
            url_key: "k".into(),
            claim_timeout: chrono::Duration::minutes(20),
        };
        let now = Time::parse("2026-01-01T00:00:00Z").unwrap();
        let blob = artifact_blob("T", 0, "private/a b%c.txt");
        let url = site.signed_blob_url(&blob, Permission::Put("text/plain"), now);
        assert!(url.starts_with("http://127.0.0.1:1/blobs/artifacts/T/0/private/a%20b%25c.txt?expires="), "{url}");
        let query: Vec<_> = url::Url::parse(&url).unwrap().query_pairs().into_owned().collect();
        let later = now + chrono::Duration::milliseconds(1);
        assert!(site.allows(&blob, Permission::Put("text/plain"), &query, now));
        assert!(!site.allows(&blob, Permission::Put("text/plain"), &query, later));
        assert!(!site.allows(&blob, Permission::Put("text/html"), &query, now));
        assert!(!site.allows(&blob, Permission::Get, &query, now));
        assert!(!site.allows("artifacts/T/0/other", Permission::Put("text/plain"), &query, now));
        assert!(
            is_public("artifacts/T/0/public/x")
                && !is_public("artifacts/T/0/x/public/")
                && !is_public("objects/public/x")
        );
    }
}
