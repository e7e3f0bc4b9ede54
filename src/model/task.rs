//! A finished task.

use arcstr::ArcStr;

use super::{KindName, Label, TaskGraph};
use crate::diagnostics::Span;
use crate::yaml::{Map, Node};

/// A task as the transforms left it; `K` is what its dependencies are named by: [`Label`] until the graph is
/// optimized, [`TaskId`](super::TaskId) from then on.
#[derive(Clone, Debug, PartialEq)]
pub struct Task<K> {
    /// The kind that made it.
    pub kind: KindName,
    /// Its name within the push.
    pub label: Label,
    /// One line for people.
    pub description: ArcStr,
    /// Facts about the task for methods, strategies and queries; `kind` among them.
    pub attributes: Map,
    /// The task definition for the queue, with `task-reference`s and `relative-datestamp`s still in it.
    pub definition: Map,
    /// How it may be optimized away, if it may.
    pub optimization: Option<Optimization>,
    /// Edge name → the task depended on, in the order written.
    pub dependencies: Vec<(ArcStr, K)>,
    /// Tasks depended on if they exist in the end.
    pub soft_dependencies: Vec<Label>,
    /// Tasks of which at least one must remain, else this one is removed.
    pub if_dependencies: Vec<Label>,
    /// Where it was written, for messages about the finished task.
    pub span: Span,
}

/// How a task may be optimized away: `{strategy: argument}` as written, of which the first key counts.
///
/// Kept as a document, so that an action can read the graph of another version.
#[derive(Clone, Debug, PartialEq)]
pub struct Optimization(Map);

impl Optimization {
    /// From a task's `optimization`; null means none.
    #[must_use]
    pub fn from_node(node: &Node) -> Option<Self> {
        node.as_map().cloned().map(Self)
    }

    /// The strategy's name and its argument; an empty mapping names none.
    #[must_use]
    pub fn strategy(&self) -> Option<(&Node, &Node)> {
        self.0.iter().next().map(|(name, argument)| (name, argument))
    }

    /// The whole mapping.
    #[must_use]
    pub const fn written(&self) -> &Map {
        &self.0
    }
}

impl<K> Task<K> {
    /// The attribute of that name.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&Node> {
        self.attributes.get(name)
    }

    /// The task depended on under an edge name.
    #[must_use]
    pub fn dependency(&self, edge: &str) -> Option<&K> {
        self.dependencies.iter().find(|(name, _)| name == edge).map(|(_, key)| key)
    }
}

/// A graph whose tasks are named by label.
pub type LabelGraph = TaskGraph<Label>;
