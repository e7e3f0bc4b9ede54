//! Which kinds there are, and which is made before which.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use petgraph::algo::tarjan_scc;
use petgraph::graph::{DiGraph, NodeIndex};

use super::kind::Kind;
use crate::diagnostics::{Diagnostic, Mistakes, Span, gather, quoted, suggest};
use crate::generate::context::RunContext;
use crate::model::KindName;
use crate::sources::checkout::Entry;
use crate::yaml::Node;

/// The kind that target kinds depend on without saying so, if it is there.
const IMAGES: &str = "docker-image";

/// The kinds of a run and the dependencies between them.
#[derive(Clone, Debug, Default)]
pub struct Kinds {
    /// By name.
    pub kinds: BTreeMap<KindName, Kind>,
    /// Their dependencies.
    pub graph: KindGraph,
    /// Kinds that cannot be read, that depend on kinds that do not exist, or on one another in a circle. The
    /// dependencies that make a circle are not in the graph.
    pub mistakes: Mistakes,
}

/// The dependencies between kinds, as a value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KindGraph {
    /// All kinds.
    pub kinds: BTreeSet<KindName>,
    /// From a kind to one it depends on.
    pub edges: BTreeSet<(KindName, KindName)>,
}

impl KindGraph {
    /// All kinds, dependencies first: those that depend on none, then their dependents, and so on, each by name. It is
    /// one of the orders that the reference may come to.
    ///
    /// A kind on a circle is left out; [`load_kinds`] makes no graph with one.
    #[must_use]
    pub fn postorder(&self) -> Vec<&KindName> {
        let mut missing: BTreeMap<&KindName, usize> = self.kinds.iter().map(|kind| (kind, 0)).collect();
        let mut dependents: BTreeMap<&KindName, Vec<&KindName>> = BTreeMap::new();
        for (kind, on) in &self.edges {
            *missing.entry(kind).or_default() += 1;
            dependents.entry(on).or_default().push(kind);
        }
        let mut order: Vec<&KindName> = self.kinds.iter().filter(|kind| missing[kind] == 0).collect();
        let mut next = 0;
        while let Some(&kind) = order.get(next) {
            next += 1;
            for dependent in dependents.remove(kind).unwrap_or_default() {
                let left = missing.entry(dependent).or_default();
                *left -= 1;
                if *left == 0 {
                    order.push(dependent);
                }
            }
        }
        order
    }

    /// The kinds that `kind` depends on directly.
    pub fn dependencies<'a>(&'a self, kind: &'a KindName) -> impl Iterator<Item = &'a KindName> {
        let first = (kind.clone(), KindName::from(""));
        self.edges.range(first..).take_while(move |(dependent, _)| dependent == kind).map(|(_, dependency)| dependency)
    }

    /// One circle of kinds for each group of kinds that reach one another, each depending on the next.
    fn circles(&self) -> Vec<Vec<&KindName>> {
        let mut graph: DiGraph<&KindName, ()> = DiGraph::new();
        let nodes: BTreeMap<&KindName, NodeIndex> =
            self.kinds.iter().map(|kind| (kind, graph.add_node(kind))).collect();
        for (kind, dependency) in &self.edges {
            graph.add_edge(nodes[kind], nodes[dependency], ());
        }
        let groups = tarjan_scc(&graph).into_iter().map(|group| group.into_iter().map(|node| graph[node]).collect());
        groups.filter_map(|group: BTreeSet<&KindName>| self.circle_within(&group)).collect()
    }

    /// Walks from the first kind of the group within the group until a kind comes again.
    fn circle_within<'a>(&'a self, group: &BTreeSet<&'a KindName>) -> Option<Vec<&'a KindName>> {
        let mut path: Vec<&KindName> = vec![group.first()?];
        loop {
            let next = self.dependencies(path[path.len() - 1]).find(|next| group.contains(next))?;
            if let Some(from) = path.iter().position(|kind| *kind == next) {
                return Some(path.split_off(from));
            }
            path.push(next);
        }
    }
}

/// Reads all kinds, or those that parameter `target-kinds` asks for and what they depend on.
pub fn load_kinds(run: &RunContext<'_>) -> Kinds {
    let (targets, present) =
        match present_kinds(run, &run.graph_config.kinds_dir()).and_then(|present| Ok((target_kinds(run)?, present))) {
            Ok(loaded) => loaded,
            Err(mistake) => return Kinds { mistakes: mistake.into(), ..Kinds::default() },
        };
    let (kinds, mistakes) = if targets.is_empty() {
        let (kinds, mistakes) = gather(&present, |name| Kind::load(run, name));
        (kinds.into_iter().flatten().map(|kind| (kind.name.clone(), kind)).collect(), mistakes)
    } else {
        load_closure(run, &present, targets)
    };
    connect(kinds, mistakes, &present)
}

/// The names of the directories in `directory` that have a `kind.yml`.
///
/// # Errors
/// If there is no such directory.
pub fn present_kinds(run: &RunContext<'_>, directory: &Path) -> Result<Vec<KindName>, Diagnostic> {
    let entries = run
        .checkout
        .list(directory)
        .map_err(|error| Diagnostic::error(format!("cannot list the kinds in `{}`: {error}", directory.display())))?;
    let has_file = |entry: &Entry| run.checkout.kind(&directory.join(&entry.name).join("kind.yml")).is_some();
    Ok(entries.into_iter().filter(has_file).map(|entry| KindName::new(entry.name)).collect())
}

fn target_kinds(run: &RunContext<'_>) -> Result<Vec<KindName>, Diagnostic> {
    let Some(targets) = run.parameters.get("target-kinds").filter(|targets| !targets.is_null()) else {
        return Ok(Vec::new());
    };
    let names = targets.as_list().map(|items| items.iter().map(|item| item.as_str().map(KindName::from)).collect());
    names
        .flatten()
        .ok_or_else(|| Diagnostic::error("expected parameter `target-kinds` as a list of kinds").at(targets.span))
}

/// The target kinds and all they depend on. The reference insists on kind `docker-image`; we take it if it is there.
fn load_closure(
    run: &RunContext<'_>,
    present: &[KindName],
    targets: Vec<KindName>,
) -> (BTreeMap<KindName, Kind>, Mistakes) {
    let images = present.iter().filter(|name| name.as_str() == IMAGES).cloned();
    let (known, missing): (Vec<KindName>, Vec<KindName>) =
        targets.into_iter().chain(images).partition(|name| present.contains(name));
    let (mut queue, missing) = (known, missing.iter().map(|name| unknown(name, present)).collect());
    let (mut kinds, mut mistakes, mut seen) = (BTreeMap::new(), Mistakes(missing), BTreeSet::new());
    while let Some(name) = queue.pop() {
        if !seen.insert(name.clone()) {
            continue;
        }
        match Kind::load(run, &name) {
            Ok(Some(kind)) => {
                queue.extend(kind.file.kind_dependencies.iter().map(|name| KindName::from(name.as_str())));
                kinds.insert(name, kind);
            }
            Ok(None) => {}
            Err(more) => mistakes.extend(more.0),
        }
    }
    (kinds, mistakes)
}

fn unknown(name: &KindName, present: &[KindName]) -> Diagnostic {
    let mut mistake = Diagnostic::error(format!("there is no kind `{name}`"));
    mistake.help = suggest(name.as_str(), present.iter().map(KindName::as_str));
    mistake
}

/// The kinds with their graph, and mistakes where a dependency does not exist or leads in a circle.
fn connect(kinds: BTreeMap<KindName, Kind>, mut mistakes: Mistakes, present: &[KindName]) -> Kinds {
    let mut graph = KindGraph { kinds: kinds.keys().cloned().collect(), edges: BTreeSet::new() };
    for (name, kind) in &kinds {
        for dependency in &kind.file.kind_dependencies {
            let on = KindName::from(dependency.as_str());
            if !present.contains(&on) {
                mistakes.extend([unknown(&on, present).at(dependency.span())]);
            } else if kinds.contains_key(&on) {
                graph.edges.insert((name.clone(), on));
            }
        }
    }
    loop {
        let circles: Vec<Vec<KindName>> =
            graph.circles().into_iter().map(|kinds| kinds.into_iter().cloned().collect()).collect();
        if circles.is_empty() {
            return Kinds { kinds, graph, mistakes };
        }
        for circle in circles {
            mistakes.extend([told(&kinds, &circle)]);
            for (at, kind) in circle.iter().enumerate() {
                graph.edges.remove(&(kind.clone(), circle[(at + 1) % circle.len()].clone()));
            }
        }
    }
}

fn told(kinds: &BTreeMap<KindName, Kind>, circle: &[KindName]) -> Diagnostic {
    let names: Vec<&str> = circle.iter().map(|kind| kind.as_str()).collect();
    let message = match names.as_slice() {
        [only] => format!("kind `{only}` depends on itself"),
        _ => format!("kinds depend on one another in a circle: {}", quoted(&names)),
    };
    let edge = |at: usize| {
        let (kind, dependency) = (&circle[at], &circle[(at + 1) % circle.len()]);
        let written = kinds[kind].file.kind_dependencies.iter().find(|name| name.as_str() == dependency.as_str());
        written.map_or(Span::NONE, |name| name.span())
    };
    let mistake = Diagnostic::error(message).at(edge(0));
    (1..circle.len()).fold(mistake, |mistake, at| {
        mistake.related(edge(at), format!("`{}` depends on `{}`", circle[at], circle[(at + 1) % circle.len()]))
    })
}

impl From<&KindGraph> for Node {
    /// Kind → the kinds it depends on, by name.
    fn from(graph: &KindGraph) -> Self {
        let entry = |kind: &KindName| (Self::from(kind), graph.dependencies(kind).map(Self::from).collect::<Self>());
        Self::new(graph.kinds.iter().map(entry).collect::<crate::yaml::Map>())
    }
}
