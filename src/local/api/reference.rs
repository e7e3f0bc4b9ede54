//! The official API references and schemas of the services that are served, as they were published.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::Value;

use super::route::Route;
use super::template::Template;

/// What `references/extract.py` took out of a deployment's own data, by service.
const FILES: &[(&str, &str)] = &[
    ("auth", include_str!("../references/auth.json")),
    ("common", include_str!("../references/common.json")),
    ("hooks", include_str!("../references/hooks.json")),
    ("index", include_str!("../references/index.json")),
    ("object", include_str!("../references/object.json")),
    ("purge-cache", include_str!("../references/purge-cache.json")),
    ("queue", include_str!("../references/queue.json")),
    ("secrets", include_str!("../references/secrets.json")),
];

/// One published file: `references/<service>/v1/api.json` or `schemas/<service>/v1/<name>.json`.
#[derive(Debug, Deserialize)]
struct Document {
    filename: String,
    content: Value,
}

/// An operation of a service, from its API reference.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) service: String,
    pub(crate) name: String,
    /// In upper case.
    pub(crate) method: String,
    pub(crate) route: Route,
    pub(crate) query: Vec<String>,
    /// The file of the schema that the body must match: `schemas/queue/v1/create-task-request.json`.
    pub(crate) input: Option<String>,
    /// The file of the schema that the answer matches.
    pub(crate) output: Option<String>,
    pub(crate) scopes: Option<Template>,
    /// Whether the scopes can be checked before the handler runs.
    pub(crate) scopes_from_url: bool,
}

/// An entry as it is written.
#[derive(Debug, Deserialize)]
struct WrittenEntry {
    name: String,
    method: String,
    route: String,
    #[serde(default)]
    query: Vec<String>,
    input: Option<String>,
    output: Option<String>,
    scopes: Option<Value>,
}

static DOCUMENTS: LazyLock<BTreeMap<String, Value>> = LazyLock::new(|| {
    let read = |text| serde_json::from_str::<Vec<Document>>(text).expect("a committed file, read by the tests");
    let documents = FILES.iter().flat_map(|(_, text)| read(text));
    documents.map(|document| (document.filename, document.content)).collect()
});

static ENTRIES: LazyLock<BTreeMap<&str, Vec<Entry>>> = LazyLock::new(|| {
    let services = FILES.iter().map(|(service, _)| *service).filter(|service| *service != "common");
    services.map(|service| (service, entries(service))).collect()
});

/// A published file by its name.
pub(crate) fn document(filename: &str) -> Option<&'static Value> {
    DOCUMENTS.get(filename)
}

/// All published files, by name.
pub(crate) fn documents() -> &'static BTreeMap<String, Value> {
    &DOCUMENTS
}

/// The operations of a service in the order of its reference, which is the order in which routes are tried.
pub(crate) fn entries_of(service: &str) -> Option<&'static [Entry]> {
    ENTRIES.get(service).map(Vec::as_slice)
}

/// The operation of a service by its name.
pub(crate) fn entry(service: &str, name: &str) -> Option<&'static Entry> {
    entries_of(service)?.iter().find(|entry| entry.name == name)
}

fn entries(service: &str) -> Vec<Entry> {
    let api = document(&format!("references/{service}/v1/api.json")).expect("every service has its reference");
    let written: Vec<WrittenEntry> =
        serde_json::from_value(api["entries"].clone()).expect("a committed file, read by the tests");
    written.into_iter().map(|entry| Entry::new(service, entry)).collect()
}

impl Entry {
    fn new(service: &str, written: WrittenEntry) -> Self {
        let route = Route::parse(&written.route);
        let scopes = written.scopes.as_ref().map(Template::parse);
        let params: Vec<&str> = route.required_params().collect();
        let scopes_from_url = scopes.as_ref().is_some_and(|template| template.needs_only(&params));
        let schema = |name: String| format!("schemas/{service}/{}", name.trim_end_matches('#'));
        Self {
            service: service.to_owned(),
            name: written.name,
            method: written.method.to_uppercase(),
            query: written.query,
            input: written.input.map(schema),
            output: written.output.map(schema),
            scopes,
            scopes_from_url,
            route,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reference_is_read_and_names_schemas_that_are_there() {
        for (service, _) in FILES.iter().filter(|(service, _)| *service != "common") {
            let entries = entries_of(service).unwrap();
            assert!(entries.len() > 5, "{service}");
            for schema in entries.iter().flat_map(|entry| entry.input.iter().chain(&entry.output)) {
                assert!(document(schema).is_some(), "{schema}");
            }
        }
        assert!(entry("queue", "createTask").unwrap().scopes.is_some());
        assert!(!entry("queue", "createTask").unwrap().scopes_from_url);
        assert!(entry("queue", "task").unwrap().scopes_from_url);
    }
}
