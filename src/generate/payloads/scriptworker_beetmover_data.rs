//! `scriptworker-beetmover-data`: uploads small data to where releases are downloaded from. From `mozilla_taskgraph`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Package, Payload, PayloadBuilder, PayloadContext, scriptworker};
use crate::diagnostics::{Diagnostic, Mistakes};
use crate::generate::shared::reference::Reference;
use crate::generate::shared::schema::schema_of;
use crate::generate::shared::text::Text;
use crate::yaml::{self, Map, Node};

/// The row.
pub(super) const SCRIPTWORKER_BEETMOVER_DATA: PayloadBuilder = PayloadBuilder {
    implementation: "scriptworker-beetmover-data",
    package: Package::MozillaTaskgraph,
    schema: schema_of::<Worker>,
    build,
};

/// `worker` of a task that uploads data. Other keys are allowed and mean nothing.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
struct Worker {
    /// `scriptworker-beetmover-data`
    #[serde(rename = "implementation")]
    _implementation: String,
    /// The operating system, which means nothing here.
    #[serde(rename = "os", default)]
    _os: Option<String>,
    /// The application's name.
    app_name: String,
    /// The bucket, as scopes name it.
    bucket: String,
    /// The project, as scopes name it.
    project: String,
    /// What is uploaded, and where to.
    data_map: Vec<Data>,
    /// Whether nothing is uploaded; the worker is not told.
    #[serde(rename = "dry-run", default)]
    _dry_run: Option<bool>,
}

/// One of `worker.data-map`.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all(deserialize = "kebab-case", serialize = "camelCase"))]
struct Data {
    /// The data, in base64.
    data: Text,
    /// What it is, such as `application/json`.
    content_type: String,
    /// Where it goes.
    destinations: Vec<Reference>,
}

fn build(context: &PayloadContext<'_>) -> Result<Payload, Mistakes> {
    let worker: Worker = yaml::read_noting(context.worker, context.kind.warnings)?;
    let wrong = worker.data_map.iter().filter(|data| !is_base64(data.data.as_str()));
    Mistakes(wrong.map(|data| Diagnostic::error("expected `data` in base64").at(data.data.span())).collect()).or(())?;
    let scope = |of: &str| Node::new(format!("project:{}:releng:beetmover:{of}", worker.project));
    let payload = Map::from([
        ("releaseProperties", Node::new(Map::from([("appName", worker.app_name.as_str())]))),
        ("dataMap", yaml::write(&worker.data_map)),
    ]);
    let scopes = vec![scope(&format!("bucket:{}", worker.bucket)), scope("action:upload-data")];
    Ok(Payload { scopes, ..scriptworker::payload(payload) })
}

/// As lenient as Python: letters of other alphabets are skipped, and nothing is read after the padding.
fn is_base64(text: &str) -> bool {
    let (mut letters, mut padding) = (0, 0);
    for byte in text.bytes() {
        match byte {
            b'=' => {
                padding += 1;
                if letters >= 2 && letters + padding >= 4 {
                    return text.is_ascii();
                }
            }
            b'+' | b'/' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => (letters, padding) = ((letters + 1) % 4, 0),
            _ => {}
        }
    }
    letters == 0 && text.is_ascii()
}

#[cfg(test)]
mod tests {
    use super::is_base64;

    #[test]
    fn base64_is_what_python_decodes() {
        for right in ["", "e30=", "e30K", "e3\n0=", "e30=more", "-e30=-", "YQ==", "===="] {
            assert!(is_base64(right), "{right}");
        }
        for wrong in ["e", "e3", "e30", "e30Ke", "YQ=", "é"] {
            assert!(!is_base64(wrong), "{wrong}");
        }
    }
}
