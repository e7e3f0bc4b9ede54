//! The API references and schemas, at the addresses at which a deployment has them.

use serde_json::{Value, json};

use crate::local::api::reference;
use crate::local::services::SERVICES;

/// The document at `/references/…` or `/schemas/…`.
pub(super) fn find(root_url: &str, path: &str) -> Option<Value> {
    let path = path.strip_prefix('/')?;
    if path == "references/manifest.json" {
        return Some(manifest(root_url));
    }
    reference::document(path).map(|document| absolute(root_url, document))
}

fn manifest(root_url: &str) -> Value {
    let mut references = Vec::new();
    for (service, kind) in SERVICES.iter().flat_map(|service| [(service.name, "api"), (service.name, "exchanges")]) {
        let name = format!("references/{service}/v1/{kind}.json");
        references.extend(reference::document(&name).map(|_| format!("{root_url}/{name}")));
    }
    json!({"$schema": format!("{root_url}/schemas/common/manifest-v3.json#"), "references": references})
}

/// The document with its own name and that of its schema as absolute URLs.
fn absolute(root_url: &str, document: &Value) -> Value {
    let mut document = document.clone();
    for key in ["$schema", "$id"] {
        if let Some(text) = document.get(key).and_then(Value::as_str).filter(|text| text.starts_with('/')) {
            document[key] = json!(format!("{root_url}{text}"));
        }
    }
    document
}
