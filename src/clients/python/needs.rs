//! What of a tree asks for Python before any kind is looked at, and which taskgraph is there to be asked.

use std::path::Path;

use crate::model::MOZILLA_TASKGRAPH;
use crate::script::Need;
use crate::script::starlark::Name;
use crate::sources::scripts::REFERENCE_VERSION;
use crate::yaml::Node;

/// The hooks of `config.yml` that name Python, unless it is built in.
const HOOKS: [&str; 2] = ["register", "decision-parameters"];

/// What of `config.yml` asks for Python: its hooks, and a taskgraph of another version than the one whose semantics
/// are ours.
pub(super) fn of_config(document: &Node, installed: Option<&str>) -> Vec<Need> {
    let section = document.get("taskgraph");
    let hook = |name: &&str| {
        let written = section?.get(name)?;
        let object = written.as_str().filter(|object| !object.is_empty() && *object != MOZILLA_TASKGRAPH)?;
        if Name::parse(object).is_some() {
            return None;
        }
        Some(Need { what: format!("`{name}` names `{object}`"), span: written.span })
    };
    HOOKS.iter().filter_map(hook).chain(of_version(installed)).collect()
}

/// A taskgraph of another version, whose steps are not ours.
pub(super) fn of_version(installed: Option<&str>) -> Option<Need> {
    installed.filter(|version| *version != REFERENCE_VERSION).map(|version| Need {
        what: format!("the taskgraph installed is {version}, not {REFERENCE_VERSION}"),
        span: crate::diagnostics::Span::NONE,
    })
}

/// The version of the package in a folder of packages, by the name of its metadata. Starting Python to ask takes
/// longer than generating most graphs.
pub(in crate::clients) fn version_in(site_packages: &Path) -> Option<String> {
    let names = std::fs::read_dir(site_packages).ok()?.filter_map(Result::ok).map(|entry| entry.file_name());
    let version = |name: &std::ffi::OsStr| {
        let version = name.to_str()?.strip_prefix("taskcluster_taskgraph-")?.strip_suffix(".dist-info")?;
        Some(version.to_owned())
    };
    names.filter_map(|name| version(&name)).next()
}
