//! Files of the web.

use std::collections::BTreeMap;

use super::{Answer, Error, ErrorKind};

/// Fetches files by URL.
pub trait Downloads: Send + Sync {
    /// The content at a URL, decoded if it is compressed for the way.
    fn get<'a>(&'a self, url: &'a str) -> Answer<'a, Vec<u8>>;
}

/// Files held in memory, by URL.
#[derive(Clone, Debug, Default)]
pub struct MemoryDownloads(pub BTreeMap<String, Vec<u8>>);

impl Downloads for MemoryDownloads {
    fn get<'a>(&'a self, url: &'a str) -> Answer<'a, Vec<u8>> {
        let content = self.0.get(url).cloned();
        let missing = move || Error {
            service: "web",
            request: format!("GET {url}"),
            message: "not found".into(),
            kind: ErrorKind::NotFound,
        };
        Box::pin(async move { content.ok_or_else(missing) })
    }
}
