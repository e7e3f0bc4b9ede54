//! Tasks and the edges between them.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

use arcstr::ArcStr;
use petgraph::Direction;
use petgraph::graph::{DiGraph, NodeIndex};
use rayon::slice::ParallelSliceMut as _;

use super::{Label, Task, TaskId};
use crate::steps;

/// What the tasks of a graph are named by.
pub trait GraphKey: Clone + Ord + Send + Sync + std::hash::Hash + std::fmt::Debug + std::fmt::Display {
    /// The spelling, shared.
    fn as_text(&self) -> &ArcStr;

    /// The key of that spelling.
    fn of_text(text: ArcStr) -> Self;

    /// The task's id, if that is what it is named by.
    fn task_id(&self) -> Option<&TaskId>;
}

impl GraphKey for Label {
    fn as_text(&self) -> &ArcStr {
        self.as_arc_str()
    }

    fn of_text(text: ArcStr) -> Self {
        Self::new(text)
    }

    fn task_id(&self) -> Option<&TaskId> {
        None
    }
}

impl GraphKey for TaskId {
    fn as_text(&self) -> &ArcStr {
        self.as_arc_str()
    }

    fn of_text(text: ArcStr) -> Self {
        Self::new(text)
    }

    fn task_id(&self) -> Option<&TaskId> {
        Some(self)
    }
}

/// Tasks by key, in the order of their keys; a value that no later phase writes into.
///
/// Edges are the tasks' own dependencies. A dependency outside the graph is not an edge of it.
#[derive(Clone, Debug)]
pub struct TaskGraph<K: GraphKey> {
    /// In the order of their keys.
    tasks: Vec<(K, Arc<Task<K>>)>,
    /// Where each is among them: a task is looked for once for each edge that leads to it, by every phase.
    places: HashMap<K, usize>,
}

impl<K: GraphKey> Default for TaskGraph<K> {
    fn default() -> Self {
        Self { tasks: Vec::new(), places: HashMap::new() }
    }
}

impl<K: GraphKey> PartialEq for TaskGraph<K> {
    fn eq(&self, other: &Self) -> bool {
        self.tasks == other.tasks
    }
}

impl<K: GraphKey> FromIterator<(K, Arc<Task<K>>)> for TaskGraph<K> {
    /// Of several tasks with one key the last is kept.
    fn from_iter<I: IntoIterator<Item = (K, Arc<Task<K>>)>>(tasks: I) -> Self {
        let mut tasks: Vec<(K, Arc<Task<K>>)> = tasks.into_iter().collect();
        if !tasks.is_sorted_by(|(one, _), (other, _)| one < other) {
            tasks.reverse();
            tasks.par_sort_by(|(one, _), (other, _)| one.cmp(other));
            tasks.dedup_by(|(other, _), (one, _)| one == other);
        }
        let places = tasks.iter().enumerate().map(|(at, (key, _))| (key.clone(), at)).collect();
        Self { tasks, places }
    }
}

impl<K: GraphKey> TaskGraph<K> {
    /// How many tasks there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.tasks.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tasks.is_empty()
    }

    /// The task of that key.
    #[must_use]
    pub fn get(&self, key: &K) -> Option<&Arc<Task<K>>> {
        self.place(key).map(|at| &self.tasks[at].1)
    }

    /// Whether there is a task of that key.
    #[must_use]
    pub fn contains(&self, key: &K) -> bool {
        self.places.contains_key(key)
    }

    /// All tasks, in the order of their keys.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&K, &Arc<Task<K>>)> {
        steps::took(self.len());
        self.tasks.iter().map(|(key, task)| (key, task))
    }

    /// All keys, in order.
    pub fn keys(&self) -> impl ExactSizeIterator<Item = &K> {
        steps::took(self.len());
        self.tasks.iter().map(|(key, _)| key)
    }

    /// The graph of those tasks that `keep` keeps.
    #[must_use]
    pub fn filter(&self, mut keep: impl FnMut(&K, &Task<K>) -> bool) -> Self {
        self.iter().filter(|(key, task)| keep(key, task)).map(|(key, task)| (key.clone(), Arc::clone(task))).collect()
    }

    /// The graph with its edges, each from a task to one it depends on, for the algorithms of petgraph.
    #[must_use]
    pub fn edges(&self) -> Edges<'_, K> {
        steps::took(self.len());
        let mut graph = DiGraph::with_capacity(self.len(), 4 * self.len());
        let nodes: Vec<NodeIndex> = self.tasks.iter().map(|(key, _)| graph.add_node(key)).collect();
        for (from, (_, task)) in nodes.iter().zip(&self.tasks) {
            for (name, dependency) in &task.dependencies {
                if let Some(to) = self.place(dependency) {
                    graph.add_edge(*from, nodes[to], name);
                }
            }
        }
        Edges { graph, tasks: self }
    }

    fn place(&self, key: &K) -> Option<usize> {
        steps::took(1);
        self.places.get(key).copied()
    }
}

/// A borrowed view of a [`TaskGraph`] as a petgraph graph.
#[derive(Debug)]
pub struct Edges<'a, K: GraphKey> {
    /// From each task to those it depends on, with the edge's name; nodes are in the order of their keys.
    pub graph: DiGraph<&'a K, &'a ArcStr>,
    tasks: &'a TaskGraph<K>,
}

impl<'a, K: GraphKey> Edges<'a, K> {
    /// Where a key is in `graph`.
    #[must_use]
    pub fn node(&self, key: &K) -> Option<NodeIndex> {
        self.tasks.place(key).map(NodeIndex::new)
    }

    /// All keys, dependencies before dependents; among independent tasks, by key.
    ///
    /// # Errors
    /// A cycle, as the keys along it in order, each depending on the next and the last on the first.
    pub fn postorder(&self) -> Result<Vec<&'a K>, Vec<&'a K>> {
        let mut order = Vec::with_capacity(self.graph.node_count());
        let mut state = vec![Visit::Unseen; self.graph.node_count()];
        for start in self.graph.node_indices() {
            self.visit(start, &mut state, &mut order)?;
        }
        Ok(order)
    }

    /// All tasks, dependencies before dependents, breadth first; among independent tasks, by key.
    ///
    /// # Errors
    /// A cycle, as [`Self::postorder`].
    pub fn dependencies_first(&self) -> Result<Vec<NodeIndex>, Vec<&'a K>> {
        self.breadth_first(Direction::Outgoing)
    }

    /// All tasks, dependents before dependencies, breadth first; among independent tasks, by key.
    ///
    /// # Errors
    /// A cycle, as [`Self::postorder`].
    pub fn dependents_first(&self) -> Result<Vec<NodeIndex>, Vec<&'a K>> {
        self.breadth_first(Direction::Incoming)
    }

    /// The tasks one edge away, each once, by key: dependencies are [`Direction::Outgoing`].
    #[must_use]
    pub fn neighbours(&self, node: NodeIndex, direction: Direction) -> Vec<NodeIndex> {
        let mut neighbours: Vec<NodeIndex> = self.graph.neighbors_directed(node, direction).collect();
        neighbours.sort_unstable();
        neighbours.dedup();
        neighbours
    }

    /// Those of `start` that are in the graph, and everything they depend on.
    #[must_use]
    pub fn closure<'k>(&self, start: impl IntoIterator<Item = &'k K>) -> BTreeSet<&'a K>
    where
        K: 'k,
    {
        let mut seen = vec![false; self.graph.node_count()];
        let mut ahead: Vec<NodeIndex> = start.into_iter().filter_map(|key| self.node(key)).collect();
        while let Some(node) = ahead.pop() {
            if !std::mem::replace(&mut seen[node.index()], true) {
                ahead.extend(self.graph.neighbors(node).filter(|next| !seen[next.index()]));
            }
        }
        self.graph.node_indices().filter(|node| seen[node.index()]).map(|node| self.graph[node]).collect()
    }

    /// All tasks, each after its neighbours in the direction `first`: Kahn's algorithm, the reference's order
    /// wherever that does not hang on the hash of a label.
    fn breadth_first(&self, first: Direction) -> Result<Vec<NodeIndex>, Vec<&'a K>> {
        let missing = |node| self.neighbours(node, first).len();
        let mut missing: Vec<usize> = self.graph.node_indices().map(missing).collect();
        let mut ready: VecDeque<NodeIndex> =
            self.graph.node_indices().filter(|node| missing[node.index()] == 0).collect();
        let mut order = Vec::with_capacity(missing.len());
        while let Some(node) = ready.pop_front() {
            order.push(node);
            for next in self.neighbours(node, first.opposite()) {
                missing[next.index()] -= 1;
                if missing[next.index()] == 0 {
                    ready.push_back(next);
                }
            }
        }
        // Whoever is left waits for itself.
        if order.len() == missing.len() { Ok(order) } else { self.postorder().map(|_| order) }
    }

    /// Depth-first from `start` with a stack of our own, since a chain of dependencies may be any length.
    fn visit(&self, start: NodeIndex, state: &mut [Visit], order: &mut Vec<&'a K>) -> Result<(), Vec<&'a K>> {
        if state[start.index()] == Visit::Done {
            return Ok(());
        }
        let mut path = vec![(start, self.sorted_dependencies(start))];
        state[start.index()] = Visit::Open;
        while let Some((node, ahead)) = path.last_mut() {
            match ahead.pop() {
                Some(next) if state[next.index()] == Visit::Open => {
                    let from = path.iter().position(|(on_path, _)| *on_path == next).unwrap_or(0);
                    return Err(path[from..].iter().map(|(node, _)| self.graph[*node]).collect());
                }
                Some(next) if state[next.index()] == Visit::Unseen => {
                    state[next.index()] = Visit::Open;
                    path.push((next, self.sorted_dependencies(next)));
                }
                Some(_) => {}
                None => {
                    state[node.index()] = Visit::Done;
                    order.push(self.graph[*node]);
                    path.pop();
                }
            }
        }
        Ok(())
    }

    /// The dependencies of a node, last key first, so that popping takes them by key.
    fn sorted_dependencies(&self, node: NodeIndex) -> Vec<NodeIndex> {
        let mut dependencies: Vec<NodeIndex> = self.graph.neighbors(node).collect();
        // Nodes are in the order of their keys.
        dependencies.sort_unstable_by(|one, two| two.cmp(one));
        dependencies
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Visit {
    Unseen,
    Open,
    Done,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::Map;

    fn graph(tasks: &[(&str, &[&str])]) -> TaskGraph<Label> {
        let task = |(label, dependencies): &(&str, &[&str])| {
            let label = Label::from(*label);
            let task = Task {
                kind: "test".into(),
                label: label.clone(),
                description: "".into(),
                attributes: Map::new(),
                definition: Map::new(),
                optimization: None,
                dependencies: dependencies.iter().map(|name| ((*name).into(), Label::from(*name))).collect(),
                soft_dependencies: Vec::new(),
                if_dependencies: Vec::new(),
                span: crate::diagnostics::Span::NONE,
            };
            (label, Arc::new(task))
        };
        tasks.iter().map(task).collect()
    }

    #[test]
    fn dependencies_come_first() {
        let graph = graph(&[("a", &["c", "b"]), ("b", &["c"]), ("c", &["outside"]), ("d", &[])]);
        let edges = graph.edges();
        let order: Vec<&str> = edges.postorder().unwrap().into_iter().map(Label::as_str).collect();
        assert_eq!(order, ["c", "b", "a", "d"]);
    }

    #[test]
    fn breadth_first_orders_go_both_ways() {
        let graph = graph(&[("a", &["c", "b"]), ("b", &["c"]), ("c", &[]), ("d", &[])]);
        let edges = graph.edges();
        let labels = |order: Vec<NodeIndex>| order.iter().map(|&at| edges.graph[at].as_str()).collect::<Vec<_>>();
        assert_eq!(labels(edges.dependencies_first().unwrap()), ["c", "d", "b", "a"]);
        assert_eq!(labels(edges.dependents_first().unwrap()), ["a", "d", "b", "c"]);
        let closure = edges.closure([&Label::from("b"), &Label::from("nowhere")]);
        assert_eq!(closure.into_iter().map(Label::as_str).collect::<Vec<_>>(), ["b", "c"]);
    }

    #[test]
    fn a_cycle_is_named_in_order() {
        let graph = graph(&[("a", &["b"]), ("b", &["c"]), ("c", &["b"])]);
        let cycle: Vec<String> = graph.edges().postorder().unwrap_err().into_iter().map(ToString::to_string).collect();
        assert_eq!(cycle, ["b", "c"]);
        assert!(graph.edges().dependencies_first().is_err());
        assert!(graph.edges().dependents_first().is_err());
    }
}
