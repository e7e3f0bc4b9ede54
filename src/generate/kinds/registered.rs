//! Steps of ours that meet a name which the tree registered for itself: they are its own code's business then.

use std::collections::BTreeSet;

use crate::generate::context::KindContext;
use crate::generate::shared::worker_types::implementation;
use crate::model::Stub;
use crate::script::Point;
use crate::yaml::{Map, Node};

/// Whether a step, with one of these stubs, looks up a name that is registered in Python.
pub(super) fn meets(kind: &KindContext<'_>, step: &str, stubs: &[Stub]) -> bool {
    let names = |point| Names::new(kind, point);
    match step {
        "taskgraph.transforms.fetch:transforms" => {
            names(Point::FetchBuilder).has_any(stubs, |stub| named(stub, "fetch", "type"))
        }
        "taskgraph.transforms.from_deps:transforms" => {
            let grouped = |stub: &Stub| named(stub, "from-deps", "group-by").or_else(|| grouped_with(stub));
            names(Point::GroupBy).has_any(stubs, grouped)
                || names(Point::SetName).has_any(stubs, |stub| named(stub, "from-deps", "set-name"))
        }
        "taskgraph.transforms.run:transforms" => {
            names(Point::RunUsing).ways_to_run().has_any(stubs, |stub| named(stub, "run", "using"))
        }
        "taskgraph.transforms.task:transforms" => {
            names(Point::IndexBuilder).has_any(stubs, |stub| named(stub, "index", "type"))
                || names(Point::PayloadBuilder).has_any(stubs, |stub| worker(kind, stub))
        }
        "taskgraph.transforms.task_context:transforms" => {
            let names = names(Point::Context);
            stubs.iter().flat_map(contexts).any(|name| names.has(&name))
        }
        _ => false,
    }
}

/// Names that are registered in Python at a point.
struct Names(BTreeSet<String>);

impl Names {
    fn new(kind: &KindContext<'_>, point: Point) -> Self {
        Self(kind.code.registered(point))
    }

    /// `implementation:using` without the implementation.
    fn ways_to_run(self) -> Self {
        Self(
            self.0
                .into_iter()
                .map(|name| name.split_once(':').map_or(name.clone(), |(_, using)| using.to_owned()))
                .collect(),
        )
    }

    fn has(&self, name: &str) -> bool {
        self.0.contains(name)
    }

    fn has_any(&self, stubs: &[Stub], name: impl Fn(&Stub) -> Option<String>) -> bool {
        !self.0.is_empty() && stubs.iter().filter_map(name).any(|name| self.has(&name))
    }
}

fn named(stub: &Stub, section: &str, key: &str) -> Option<String> {
    stub.body.get(section)?.get(key)?.as_str().map(str::to_owned)
}

/// `group-by: {name: argument}`.
fn grouped_with(stub: &Stub) -> Option<String> {
    let (name, _) = stub.body.get("from-deps")?.get("group-by")?.as_map().and_then(Map::single)?;
    Some(name.to_owned())
}

/// The implementation of the task's worker; what is wrong with its type is told elsewhere.
fn worker(kind: &KindContext<'_>, stub: &Stub) -> Option<String> {
    if let Some(own) = named(stub, "worker", "implementation") {
        return Some(own);
    }
    let alias = stub.body.get("worker-type")?;
    implementation(kind.graph_config, alias.as_str()?, alias.span).ok().map(|found| found.name)
}

fn contexts(stub: &Stub) -> Vec<String> {
    let custom = stub.body.get("task-context").and_then(|context| context.get("from-custom")).and_then(Node::as_list);
    custom.unwrap_or_default().iter().filter_map(Node::as_str).map(str::to_owned).collect()
}
