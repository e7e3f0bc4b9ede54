//! Lists that come in pages.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::Taskcluster;
use super::request::Call;
use crate::sources::Error;

/// The most names a service takes in one question.
pub(super) const BATCH: usize = 1000;

/// The part of a page that names the next one, if there is one.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Next {
    continuation_token: Option<String>,
}

impl Taskcluster {
    /// The content of every page of a list, in order. Never endless: a page that was read is not read again.
    ///
    /// # Errors
    /// As [`Self::ask`]; or pages in a circle.
    pub(super) async fn pages<T: DeserializeOwned>(&self, mut call: Call) -> Result<Vec<T>, Error> {
        let (mut contents, mut seen) = (Vec::new(), BTreeSet::new());
        loop {
            let (content, next): (T, Next) = self.read(&call, |page| Ok((call.read(page)?, call.read(page)?))).await?;
            contents.push(content);
            let Some(token) = next.continuation_token.filter(|token| !token.is_empty()) else { return Ok(contents) };
            if !seen.insert(token.clone()) {
                return Err(call.nonsense("its pages go round in a circle"));
            }
            call.continuation = Some(token);
        }
    }
}
