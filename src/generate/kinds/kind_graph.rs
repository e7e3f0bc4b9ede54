//! Which kinds there are, and which is made before which.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use petgraph::algo::tarjan_scc;
use petgraph::graph::{DiGraph, NodeIndex};

use super::kind::Kind;
use crate::diagnostics::{Diagnostic, Mistakes, Span, collect, quoted, suggest};
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
    /// All kinds, dependencies first; among those that could come next, by name.
    ///
    /// A kind on a circle is left out; [`load_kinds`] makes no graph with one.
    #[must_use]
    pub fn postorder(&self) -> Vec<&KindName> {
        let mut missing: BTreeMap<&KindName, usize> = self.kinds.iter().map(|kind| (kind, 0)).collect();
        for (kind, _) in &self.edges {
            *missing.entry(kind).or_default() += 1;
        }
        let mut ready: BTreeSet<&KindName> = self.kinds.iter().filter(|kind| missing[kind] == 0).collect();
        let mut order = Vec::with_capacity(self.kinds.len());
        while let Some(kind) = ready.pop_first() {
            order.push(kind);
            for dependent in self.dependents(kind) {
                let left = missing.entry(dependent).or_default();
                *left -= 1;
                if *left == 0 {
                    ready.insert(dependent);
                }
            }
        }
        order
    }

    /// The kinds that depend on `kind` directly.
    pub fn dependents<'a>(&'a self, kind: &'a KindName) -> impl Iterator<Item = &'a KindName> {
        self.edges.iter().filter(move |(_, dependency)| dependency == kind).map(|(dependent, _)| dependent)
    }

    /// The kinds that `kind` depends on directly.
    pub fn dependencies<'a>(&'a self, kind: &'a KindName) -> impl Iterator<Item = &'a KindName> {
        self.edges.iter().filter(move |(dependent, _)| dependent == kind).map(|(_, dependency)| dependency)
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
///
/// # Errors
/// Kinds that cannot be read, that depend on kinds that do not exist, or on one another in a circle.
pub fn load_kinds(run: &RunContext<'_>) -> Result<Kinds, Mistakes> {
    let present = present_kinds(run, &run.graph_config.kinds_dir())?;
    let kinds = match target_kinds(run)? {
        targets if targets.is_empty() => collect(&present, |name| Kind::load(run, name))?
            .into_iter()
            .flatten()
            .map(|kind| (kind.name.clone(), kind))
            .collect(),
        targets => load_closure(run, &present, targets)?,
    };
    let graph = check(&kinds)?;
    Ok(Kinds { kinds, graph })
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
) -> Result<BTreeMap<KindName, Kind>, Mistakes> {
    let images = present.iter().filter(|name| name.as_str() == IMAGES).cloned();
    let mut queue: Vec<(KindName, Span)> = targets.into_iter().chain(images).map(|name| (name, Span::NONE)).collect();
    let (mut kinds, mut mistakes, mut seen) = (BTreeMap::new(), Mistakes::default(), BTreeSet::new());
    while let Some((name, span)) = queue.pop() {
        if !seen.insert(name.clone()) {
            continue;
        }
        match Kind::load(run, &name) {
            Ok(Some(kind)) => {
                queue.extend(
                    kind.file.kind_dependencies.iter().map(|name| (KindName::from(name.as_str()), name.span())),
                );
                kinds.insert(name, kind);
            }
            Ok(None) => mistakes.extend([unknown(&name, present.iter()).at(span)]),
            Err(more) => mistakes.extend(more.0),
        }
    }
    mistakes.or(kinds)
}

fn unknown<'a>(name: &KindName, present: impl Iterator<Item = &'a KindName>) -> Diagnostic {
    let mut mistake = Diagnostic::error(format!("there is no kind `{name}`"));
    mistake.help = suggest(name.as_str(), present.map(KindName::as_str));
    mistake
}

/// The graph of the kinds, if every dependency exists and none goes in a circle.
fn check(kinds: &BTreeMap<KindName, Kind>) -> Result<KindGraph, Mistakes> {
    let mut graph = KindGraph { kinds: kinds.keys().cloned().collect(), edges: BTreeSet::new() };
    let mut mistakes = Mistakes::default();
    for (name, kind) in kinds {
        for dependency in &kind.file.kind_dependencies {
            match kinds.get_key_value(dependency.as_str()) {
                Some((dependency, _)) => drop(graph.edges.insert((name.clone(), dependency.clone()))),
                None => {
                    let dependency_name = KindName::from(dependency.as_str());
                    mistakes.extend([unknown(&dependency_name, kinds.keys()).at(dependency.span())]);
                }
            }
        }
    }
    mistakes.extend(graph.circles().into_iter().map(|circle| told(kinds, &circle)));
    mistakes.or(graph)
}

fn told(kinds: &BTreeMap<KindName, Kind>, circle: &[&KindName]) -> Diagnostic {
    let names: Vec<&str> = circle.iter().map(|kind| kind.as_str()).collect();
    let message = match names.as_slice() {
        [only] => format!("kind `{only}` depends on itself"),
        _ => format!("kinds depend on one another in a circle: {}", quoted(&names)),
    };
    let edge = |at: usize| {
        let (kind, dependency) = (circle[at], circle[(at + 1) % circle.len()]);
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
