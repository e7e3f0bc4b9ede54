//! `static-url`: a file whose content is known beforehand.

use schemars::JsonSchema;
use serde::Deserialize;

use super::Plan;
use crate::diagnostics::{Diagnostic, Mistakes};
use crate::generate::context::KindContext;
use crate::generate::shared::entries::Entries;
use crate::generate::shared::format::format_text;
use crate::generate::shared::text::Text;
use crate::yaml::{self, Map, Node};

/// Key `fetch` with `type: static-url`. Other keys are allowed and mean nothing.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct StaticUrl {
    /// `static-url`
    #[serde(rename = "type")]
    _fetch_type: Text,
    /// Where it is.
    url: Text,
    /// The SHA-256 of its content.
    sha256: Text,
    /// Its size in bytes.
    size: i64,
    /// How to check its signature.
    gpg_signature: Option<GpgSignature>,
    /// What to call it; the last part of the URL if unset. The ending may ask for another kind of archive.
    artifact_name: Option<Text>,
    /// How many folders to leave out at the start of each path in the archive.
    strip_components: Option<i64>,
    /// What to put at the start of each path in the archive.
    add_prefix: Option<Text>,
    /// Headers of the request.
    headers: Option<Entries<Text>>,
}

/// A signature.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct GpgSignature {
    /// Where it is; `{url}` is filled in.
    sig_url: Text,
    /// The file with the public keys, relative to the root of the repository.
    key_path: Text,
}

/// The environment variable that holds the keys.
const KEY_VARIABLE: &str = "FETCH_GPG_KEY";

pub(super) fn plan(kind: &KindContext<'_>, fetch: &Node) -> Result<Plan, Mistakes> {
    let fetch: StaticUrl = yaml::read_noting(fetch, kind.warnings)?;
    let url = fetch.url.as_str();
    let given = fetch.artifact_name.as_ref().map(Text::as_str).filter(|name| !name.is_empty());
    let artifact_name = given.unwrap_or_else(|| url.rsplit('/').next().unwrap_or_default()).to_owned();
    let arguments = arguments(&fetch);
    let (signature, env) = match &fetch.gpg_signature {
        Some(signature) => check_signature(kind, url, signature)?,
        None => (Vec::new(), Map::new()),
    };
    let headers = fetch.headers.iter().flat_map(Entries::iter);
    let headers = headers.flat_map(|(name, value)| ["-H".to_owned(), format!("{}:{}", name.as_str(), value.as_str())]);
    let mut command = vec!["fetch-content".to_owned(), "static-url".to_owned()];
    command.extend(arguments.iter().cloned().chain(signature).chain(headers));
    command.extend([url.to_owned(), Plan::destination(&artifact_name)]);
    // Neither the signature nor the headers nor the URL change what is fetched.
    let digest_data = arguments.into_iter().chain([artifact_name.clone()]).collect();
    Ok(Plan { command, artifact_name, digest_data, env, secret: None })
}

/// The arguments that show in what is fetched.
fn arguments(fetch: &StaticUrl) -> Vec<String> {
    let mut arguments =
        vec!["--sha256".to_owned(), fetch.sha256.as_str().to_owned(), "--size".to_owned(), fetch.size.to_string()];
    if let Some(count) = fetch.strip_components.filter(|count| *count != 0) {
        arguments.extend(["--strip-components".to_owned(), count.to_string()]);
    }
    if let Some(prefix) = fetch.add_prefix.as_ref().map(Text::as_str).filter(|prefix| !prefix.is_empty()) {
        arguments.extend(["--add-prefix".to_owned(), prefix.to_owned()]);
    }
    arguments
}

/// The arguments and variables by which the task checks a signature.
///
/// The reference looks for the keys below `taskgraph.GECKO`, which it leaves to the project to set; the projects that
/// do set it to the root of the repository.
fn check_signature(
    kind: &KindContext<'_>,
    url: &str,
    signature: &GpgSignature,
) -> Result<(Vec<String>, Map), Diagnostic> {
    let fields = Map::from([("url", url)]);
    let sig_url = &signature.sig_url;
    let sig_url = format_text(sig_url.as_str(), &fields).map_err(|mistake| mistake.at(sig_url.span()))?;
    let path = kind.graph_config.vcs_root.join(signature.key_path.as_str());
    let unreadable = |why: &dyn std::fmt::Display| {
        let message = format!("cannot read `{}`: {why}", signature.key_path.as_str());
        Diagnostic::error(message).at(signature.key_path.span())
    };
    let keys = kind.checkout.read(&path).map_err(|error| unreadable(&error))?;
    let keys = String::from_utf8(keys).map_err(|_| unreadable(&"it is not UTF-8"))?;
    let arguments = ["--gpg-sig-url", &sig_url, "--gpg-key-env", KEY_VARIABLE].map(str::to_owned);
    let keys = keys.replace("\r\n", "\n").replace('\r', "\n");
    Ok((arguments.to_vec(), Map::from([(KEY_VARIABLE, keys)])))
}
