//! Graphs as documents: `full-task-graph.json`, `task-graph.json` and what `-J` and `-Y` print.
//!
//! Source: `to_json` and `from_json` of the reference's `task.py` and `taskgraph.py`.

use std::io;
use std::sync::Arc;

use arcstr::ArcStr;
use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};
use serde::Deserialize;

use super::{GraphKey, KindName, Label, Optimization, Task, TaskGraph};
use crate::diagnostics::{Diagnostic, Mistakes, collect};
use crate::json;
use crate::yaml::{self, Map, Node};

impl<K: GraphKey> Task<K> {
    /// The task as a document; with its id if that is its key.
    #[must_use]
    pub fn to_document(&self, key: &K) -> Map {
        let dependencies: Map =
            self.dependencies.iter().map(|(edge, on)| (Node::new(edge), Node::new(on.as_text()))).collect();
        let labels = |labels: &[Label]| labels.iter().map(Node::from).collect::<Node>();
        let optimization = self.optimization.as_ref().map(|named| Node::new(named.written().clone()));
        let mut document = Map::from([
            ("kind", Node::from(&self.kind)),
            ("label", Node::from(&self.label)),
            ("description", Node::new(&self.description)),
            ("attributes", Node::new(self.attributes.clone())),
            ("dependencies", Node::new(dependencies)),
            ("soft_dependencies", labels(&self.soft_dependencies)),
            ("if_dependencies", labels(&self.if_dependencies)),
            ("optimization", optimization.unwrap_or_default()),
            ("task", Node::new(self.definition.clone())),
        ]);
        if let Some(task_id) = key.task_id() {
            document.insert("task_id", task_id);
        }
        document
    }

    /// Writes the task's document; where keys are sorted, without making it first.
    fn write_json<W: io::Write>(&self, key: &K, writer: &mut json::Writer<W>) -> Result<(), json::WriteError> {
        if !writer.sorts_keys() {
            return writer.map(&self.to_document(key));
        }
        writer.begin_map()?;
        writer.key("attributes")?;
        writer.map(&self.attributes)?;
        writer.key("dependencies")?;
        self.write_dependencies(writer)?;
        writer.key("description")?;
        writer.text(&self.description)?;
        writer.key("if_dependencies")?;
        write_labels(&self.if_dependencies, writer)?;
        writer.key("kind")?;
        writer.text(self.kind.as_str())?;
        writer.key("label")?;
        writer.text(self.label.as_str())?;
        writer.key("optimization")?;
        match &self.optimization {
            Some(optimization) => writer.map(optimization.written())?,
            None => writer.value(&Node::default())?,
        }
        writer.key("soft_dependencies")?;
        write_labels(&self.soft_dependencies, writer)?;
        writer.key("task")?;
        writer.map(&self.definition)?;
        if let Some(task_id) = key.task_id() {
            writer.key("task_id")?;
            writer.text(task_id.as_str())?;
        }
        writer.end_map()
    }

    fn write_dependencies<W: io::Write>(&self, writer: &mut json::Writer<W>) -> Result<(), json::WriteError> {
        let mut edges: Vec<&(ArcStr, K)> = self.dependencies.iter().collect();
        edges.sort_by(|(one, _), (other, _)| one.cmp(other));
        writer.begin_map()?;
        for (edge, on) in edges {
            writer.key(edge)?;
            writer.text(on.as_text())?;
        }
        writer.end_map()
    }
}

fn write_labels<W: io::Write>(labels: &[Label], writer: &mut json::Writer<W>) -> Result<(), json::WriteError> {
    writer.begin_list()?;
    labels.iter().try_for_each(|label| writer.text(label.as_str()))?;
    writer.end_list()
}

impl<K: GraphKey> TaskGraph<K> {
    /// The graph as one document: key → task, in the order of the keys.
    #[must_use]
    pub fn to_document(&self) -> Node {
        let entries = self.iter().map(|(key, task)| (Node::new(key.as_text()), Node::new(task.to_document(key))));
        Node::new(entries.collect::<Map>())
    }

    /// Whether [`Self::write_json`] can say all of it for certain. Where this says no, writing tells what is in the way.
    #[must_use]
    pub fn can_be_json(&self) -> bool {
        let tasks: Vec<&Arc<Task<K>>> = self.iter().map(|(_, task)| task).collect();
        tasks.par_iter().all(|task| {
            let optimization = task.optimization.as_ref().map(Optimization::written);
            [Some(&task.attributes), Some(&task.definition), optimization].into_iter().flatten().all(json::can_say_map)
        })
    }

    /// Writes the graph as JSON, without a last newline.
    ///
    /// # Errors
    /// A value that JSON cannot say, or a place that cannot be written to.
    pub fn write_json(&self, to: impl io::Write + Send, format: json::Format) -> Result<(), json::WriteError> {
        let tasks: Vec<(&K, &Arc<Task<K>>)> = self.iter().collect();
        json::write_entries(to, format, &tasks, |writer, (key, task)| {
            writer.key(key.as_text())?;
            task.write_json(key, writer)
        })
    }
}

impl<K: GraphKey> TaskGraph<K> {
    /// The graph that a JSON text describes, as [`Self::from_document`] of its document, which is never there as a whole.
    ///
    /// # Errors
    /// What is no JSON, with its line and column; else everything about it that is not a graph of tasks.
    pub fn from_json(text: &str) -> Result<Self, Mistakes> {
        let tasks = json::parse_entries(text, |label, task| read_task(&Node::new(label), &task))?;
        Ok(collect(tasks, |task| task)?.into_iter().collect())
    }

    /// The graph that a document describes, such as the `full-task-graph.json` of a decision, also the reference's.
    ///
    /// # Errors
    /// Everything about it that is not a graph of tasks.
    pub fn from_document(document: &Node) -> Result<Self, Mistakes> {
        let entries = document.as_map().ok_or_else(|| {
            let message = format!("expected a graph (a mapping of labels to tasks), found {}", document.type_name());
            Diagnostic::error(message).at(document.span)
        })?;
        let tasks = collect(entries, |(label, task)| read_task(label, task))?;
        Ok(tasks.into_iter().collect())
    }
}

/// A task as documents have it. Keys that a later version adds are ignored.
#[derive(Deserialize)]
struct TaskDocument {
    kind: KindName,
    label: Label,
    #[serde(default)]
    description: ArcStr,
    attributes: Node,
    task: Node,
    #[serde(default)]
    optimization: Option<Node>,
    #[serde(default)]
    dependencies: Option<Node>,
    #[serde(default)]
    soft_dependencies: Vec<Label>,
    #[serde(default)]
    if_dependencies: Vec<Label>,
}

pub(super) fn read_task<K: GraphKey>(key: &Node, node: &Node) -> Result<(K, Arc<Task<K>>), Mistakes> {
    let graph_key = K::of_text(key.as_arc_str().cloned().unwrap_or_default());
    let key = key.as_str().unwrap_or_default();
    let mut task = task(node).map_err(|mistakes| {
        mistakes.map(|mistake| {
            let span = mistake.span.or(node.span);
            Diagnostic { message: format!("task `{key}` of the graph: {}", mistake.message), ..mistake }.at(span)
        })
    })?;
    if graph_key.task_id().is_none() && task.label.as_str() != key {
        let message = format!("task `{}` stands under `{key}` in the graph", task.label);
        return Err(Diagnostic::error(message).at(node.span).into());
    }
    task.attributes.insert("kind", &task.kind);
    Ok((graph_key, Arc::new(task)))
}

fn task<K: GraphKey>(node: &Node) -> Result<Task<K>, Mistakes> {
    let read: TaskDocument = yaml::read(node)?;
    Ok(Task {
        kind: read.kind,
        label: read.label,
        description: read.description,
        attributes: read.attributes.mapping("attributes")?.clone(),
        definition: read.task.mapping("task")?.clone(),
        optimization: read.optimization.as_ref().and_then(Optimization::from_node),
        dependencies: read.dependencies.as_ref().map(dependencies).transpose()?.unwrap_or_default(),
        soft_dependencies: read.soft_dependencies,
        if_dependencies: read.if_dependencies,
        span: node.span,
    })
}

/// The dependencies of a task: edge name → label, in the order written.
///
/// # Errors
/// Something other than a mapping of texts to texts.
pub fn dependencies<K: GraphKey>(node: &Node) -> Result<Vec<(ArcStr, K)>, Diagnostic> {
    let edge = |(name, label): &(Node, Node)| match (name.as_arc_str(), label.as_arc_str()) {
        (Some(name), Some(text)) => Ok((name.clone(), K::of_text(text.clone()))),
        _ => {
            Err(Diagnostic::error(format!("expected a dependency as the label of a task, found {}", label.type_name()))
                .at(label.span.or(name.span)))
        }
    };
    node.mapping("dependencies")?.iter().map(edge).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostics::Files;
    use crate::model::{LabelGraph, TaskId};

    /// A graph as the reference wrote it.
    const FULL: &str = include_str!("../../tests/reference/full-task-graph.json");

    fn graph(text: &str) -> Result<LabelGraph, Mistakes> {
        LabelGraph::from_document(&json::parse(text).unwrap())
    }

    fn written<K: GraphKey>(graph: &TaskGraph<K>) -> String {
        let mut bytes = Vec::new();
        graph.write_json(&mut bytes, json::Format::ARTIFACT).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn a_graph_of_the_reference_is_read_and_written_again_byte_for_byte() {
        let read = graph(FULL).unwrap();
        assert!(read.len() > 2);
        assert_eq!(written(&read), FULL);
        assert_eq!(LabelGraph::from_json(FULL).unwrap(), read);
        assert_eq!(json::to_string(&read.to_document(), json::Format::ARTIFACT).unwrap(), FULL);
    }

    #[test]
    fn a_graph_of_ids_names_them() {
        let read = graph(FULL).unwrap();
        let (_, first) = read.iter().next().unwrap();
        let task = Task {
            dependencies: vec![("build".into(), TaskId::from("B"))],
            kind: first.kind.clone(),
            label: first.label.clone(),
            description: first.description.clone(),
            attributes: Map::new(),
            definition: Map::new(),
            optimization: None,
            soft_dependencies: vec![],
            if_dependencies: vec![],
            span: first.span,
        };
        let graph: TaskGraph<TaskId> = [("A".into(), Arc::new(task))].into_iter().collect();
        let document = graph.to_document();
        let task = document.get("A").unwrap();
        assert_eq!(task.get("task_id").and_then(Node::as_str), Some("A"));
        assert_eq!(task.get("dependencies").and_then(|edges| edges.get("build")?.as_str()), Some("B"));
    }

    #[test]
    fn what_is_no_graph_is_refused_where_it_is_wrong() {
        let files = Files::default();
        let text = "{\n \"a\": {\"kind\": \"test\", \"label\": \"a\", \"attributes\": {}, \"task\": []},\n \"b\": 3}";
        let document = json::read(&files, "full-task-graph.json", text).unwrap();
        let mistakes = LabelGraph::from_document(&document).unwrap_err();
        let told: Vec<_> = mistakes
            .0
            .iter()
            .map(|told| (files.place(told.span).unwrap().line_and_column().0, told.message.as_str()))
            .collect();
        assert_eq!(
            told,
            [
                (2, "task `a` of the graph: expected `task` as a mapping, found a list"),
                (3, "task `b` of the graph: expected a mapping, found the number `3`")
            ]
        );
        assert!(graph("[]").is_err());
        assert!(graph(r#"{"a": {"kind": "k", "label": "b", "attributes": {}, "task": {}}}"#).is_err());
    }
}
