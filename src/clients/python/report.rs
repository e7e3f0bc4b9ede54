//! What the tree's own code did when it was imported and its hook was run.

use std::collections::{BTreeMap, BTreeSet};

use crate::script::{Need, Point};
use crate::sources::scripts::REFERENCE_VERSION;
use crate::yaml::Node;

/// What was registered, and what of the reference was changed.
#[derive(Clone, Debug, Default)]
pub(super) struct Report {
    /// The version of the reference.
    version: String,
    /// What of the reference is not any more what it was.
    changed: Vec<String>,
    registered: BTreeMap<String, BTreeSet<String>>,
    /// Whether there are parameters of the tree's own.
    pub(super) extends_parameters: bool,
}

impl Report {
    /// What the worker tells.
    pub(super) fn from_answer(answer: &Node) -> Self {
        let is_true = |key: &str| answer.get(key).and_then(Node::as_bool).unwrap_or_default();
        let points =
            answer.get("registered").and_then(Node::as_map).into_iter().flat_map(|points| points.text_entries());
        Self {
            version: answer.get("version").and_then(Node::as_str).unwrap_or_default().to_owned(),
            changed: texts(answer.get("changed")).collect(),
            registered: points.map(|(point, names)| (point.to_owned(), texts(Some(names)).collect())).collect(),
            extends_parameters: is_true("parameters"),
        }
    }

    /// The names registered at a point.
    pub(super) fn names(&self, point: Point) -> BTreeSet<String> {
        self.registered.get(point.name()).cloned().unwrap_or_default()
    }

    /// Why steps of ours cannot stand beside the tree's own; `hook` is what asked for Python first.
    pub(super) fn why_whole(&self, hook: &Need) -> Vec<Need> {
        if self.version != REFERENCE_VERSION {
            let what = format!("the taskgraph installed is {}, not {REFERENCE_VERSION}", self.version);
            return vec![Need { what, ..hook.clone() }];
        }
        let what = |changed: &String| format!("{}, and the tree's code changes {changed}", hook.what);
        self.changed.iter().map(|changed| Need { what: what(changed), ..hook.clone() }).collect()
    }
}

fn texts(list: Option<&Node>) -> impl Iterator<Item = String> {
    list.and_then(Node::as_list).unwrap_or_default().iter().filter_map(Node::as_str).map(str::to_owned)
}
