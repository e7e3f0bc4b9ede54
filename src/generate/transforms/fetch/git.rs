//! `git`: a revision of a repository, as an archive.

use schemars::JsonSchema;
use serde::Deserialize;

use super::Plan;
use crate::diagnostics::{Diagnostic, Mistakes};
use crate::generate::context::KindContext;
use crate::generate::shared::text::Text;
use crate::yaml::{self, Map, Node};

/// Key `fetch` with `type: git`. Other keys are allowed and mean nothing.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Git {
    /// `git`
    #[serde(rename = "type")]
    _fetch_type: Text,
    /// Where the repository is.
    repo: Text,
    /// The hash of the revision.
    revision: Text,
    /// Whether the archive holds the history, too.
    include_dot_git: Option<bool>,
    /// What to call the archive; its folder and `.tar.zst` if unset.
    artifact_name: Option<Text>,
    /// The folder in the archive; the last part of the repository's URL if unset.
    path_prefix: Option<Text>,
    /// The secret that holds the key to the repository.
    ssh_key: Option<Text>,
}

/// How many digits a revision's hash has.
const HASH_LENGTH: usize = 40;

pub(super) fn plan(kind: &KindContext<'_>, fetch: &Node) -> Result<Plan, Mistakes> {
    let fetch: Git = yaml::read_noting(fetch, kind.warnings)?;
    check_revision(&fetch.revision)?;
    let given =
        |text: &Option<Text>| text.as_ref().map(|text| text.as_str().to_owned()).filter(|text| !text.is_empty());
    let repository = fetch.repo.as_str();
    let last_part = || repository.trim_end_matches('/').rsplit('/').next().unwrap_or_default().to_owned();
    let prefix = given(&fetch.path_prefix).unwrap_or_else(last_part);
    let artifact_name = given(&fetch.artifact_name).unwrap_or_else(|| format!("{prefix}.tar.zst"));
    let (revision, destination) = (fetch.revision.as_str(), Plan::destination(&artifact_name));
    let words = ["fetch-content", "git-checkout-archive", "--path-prefix", &prefix, repository, revision, &destination];
    let mut command: Vec<String> = words.map(str::to_owned).to_vec();
    let secret = given(&fetch.ssh_key);
    if let Some(secret) = &secret {
        command.extend(["--ssh-key-secret".to_owned(), secret.clone()]);
    }
    let mut digest_data = vec![revision.to_owned(), prefix, artifact_name.clone()];
    if fetch.include_dot_git == Some(true) {
        command.push("--include-dot-git".into());
        digest_data.push(".git".into());
    }
    Ok(Plan { command, artifact_name, digest_data, env: Map::new(), secret })
}

/// A branch or tag may move, so only a hash will do. As in the reference, it is enough if the text begins with one.
fn check_revision(revision: &Text) -> Result<(), Diagnostic> {
    let start = revision.as_str().as_bytes().get(..HASH_LENGTH);
    if start.is_some_and(|start| start.iter().all(u8::is_ascii_hexdigit)) {
        return Ok(());
    }
    let message = format!("`{}` is not the hash of a revision: expected 40 hexadecimal digits", revision.as_str());
    Err(Diagnostic::error(message).at(revision.span()))
}
