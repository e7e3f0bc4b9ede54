//! A graph as text: which tasks, which keys of them, and in which format.

use std::collections::BTreeSet;
use std::io;

use clap::Args;

use super::failure::Failure;
use crate::generate::PhaseGraph;
use crate::json;
use crate::model::{GraphKey, Pattern, TaskGraph};
use crate::yaml::{self, Map, Node};

/// In which format a graph is shown. Of several flags the last one counts.
#[derive(Clone, Copy, Debug, Args)]
pub(super) struct Format {
    /// As JSON
    #[arg(short = 'J', long, overrides_with_all = ["yaml", "labels"])]
    json: bool,
    /// As YAML
    #[arg(short = 'Y', long, overrides_with_all = ["json", "labels"])]
    yaml: bool,
    /// As a list of labels (the default)
    #[arg(short = 'L', long, overrides_with_all = ["json", "yaml"])]
    labels: bool,
}

/// A format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// One label a line
    Labels,
    /// JSON
    Json,
    /// YAML
    Yaml,
}

impl Format {
    /// The format asked for.
    pub(super) const fn kind(self) -> Kind {
        match self {
            Self { json: true, .. } => Kind::Json,
            Self { yaml: true, .. } => Kind::Yaml,
            Self { labels: true | false, .. } => Kind::Labels,
        }
    }

    /// The graph as text, without a newline at the end.
    ///
    /// # Errors
    /// A pattern that is none, or values that JSON cannot say.
    pub(super) fn show(self, graph: PhaseGraph, selection: &Selection) -> Result<Shown, Failure> {
        match graph {
            PhaseGraph::Labels(graph) => self.show_tasks(selection.of(graph)?, selection, PhaseGraph::Labels),
            PhaseGraph::TaskIds(graph) => self.show_tasks(selection.of(graph)?, selection, PhaseGraph::TaskIds),
            PhaseGraph::Kinds(_) => unreachable!("no subcommand shows kinds in this format"),
        }
    }

    fn show_tasks<K: GraphKey>(
        self,
        graph: TaskGraph<K>,
        selection: &Selection,
        phase: fn(TaskGraph<K>) -> PhaseGraph,
    ) -> Result<Shown, Failure> {
        Ok(match self.kind() {
            Kind::Labels => Shown::Labels(phase(graph)),
            Kind::Json if selection.exclude_keys.is_empty() => {
                // Nothing is to be printed of a graph that cannot be printed to its end.
                if !graph.can_be_json() {
                    graph.write_json(io::sink(), json::Format::ARTIFACT).map_err(unwritable)?;
                }
                Shown::Json(phase(graph))
            }
            Kind::Json => Shown::Text(json::to_string(&selection.document(&graph), json::Format::ARTIFACT)?),
            Kind::Yaml => Shown::Text(yaml::dump(&own_copies(&selection.document(&graph)), yaml::DumpOptions::GRAPH)),
        })
    }
}

fn unwritable(error: json::WriteError) -> Failure {
    match error {
        json::WriteError::Value(mistake) => Failure::from(*mistake),
        json::WriteError::Io(error) => unreachable!("a sink takes everything: {error}"),
    }
}

/// A graph as text that is written where it goes, as it may be hundreds of megabytes.
pub(super) enum Shown {
    /// Text that is there.
    Text(String),
    /// The labels of a graph.
    Labels(PhaseGraph),
    /// The JSON of a graph that can be said in JSON.
    Json(PhaseGraph),
}

impl Shown {
    /// Writes the text, without a newline at the end.
    ///
    /// # Errors
    /// A place that cannot be written to.
    pub(super) fn write(&self, mut to: impl io::Write + Send) -> io::Result<()> {
        let written = match self {
            Self::Text(text) => return to.write_all(text.as_bytes()),
            Self::Labels(PhaseGraph::Labels(graph)) => return to.write_all(labels(graph).as_bytes()),
            Self::Labels(PhaseGraph::TaskIds(graph)) => return to.write_all(labels(graph).as_bytes()),
            Self::Json(PhaseGraph::Labels(graph)) => graph.write_json(to, json::Format::ARTIFACT),
            Self::Json(PhaseGraph::TaskIds(graph)) => graph.write_json(to, json::Format::ARTIFACT),
            Self::Json(PhaseGraph::Kinds(_)) | Self::Labels(PhaseGraph::Kinds(_)) => {
                unreachable!("no subcommand shows kinds in this format")
            }
        };
        written.map_err(|error| match error {
            json::WriteError::Io(error) => error,
            json::WriteError::Value(mistake) => unreachable!("it was looked at before: {}", mistake.message),
        })
    }

    /// The text.
    pub(super) fn into_text(self) -> String {
        if let Self::Text(text) = self {
            return text;
        }
        let mut text = Vec::new();
        self.write(&mut text).expect("memory can be written to");
        String::from_utf8(text).expect("only UTF-8 is written")
    }
}

/// The same tasks, each with values of its own: in the reference tasks are copies, and only what is shared within one
/// shows as an alias.
fn own_copies(tasks: &Node) -> Node {
    let tasks = tasks.as_map().into_iter().flatten();
    Node::new(tasks.map(|(key, task)| (key.clone(), task.deep_copy())).collect::<Map>())
}

fn labels<K: GraphKey>(graph: &TaskGraph<K>) -> String {
    let mut labels: Vec<&str> = graph.iter().map(|(_, task)| task.label.as_str()).collect();
    labels.sort_unstable();
    labels.join("\n")
}

/// What of a graph is shown.
#[derive(Clone, Debug, Args)]
pub(super) struct Selection {
    /// Only tasks whose label begins with a match of this regular expression
    #[arg(long, visible_alias = "tasks", value_name = "REGEX")]
    tasks_regex: Option<String>,
    /// Leave out a key of every task, such as `task.payload.env`; may be repeated
    #[arg(long = "exclude-key", value_name = "KEY")]
    exclude_keys: Vec<String>,
}

impl Selection {
    /// Those tasks of a graph that are shown.
    fn of<K: GraphKey>(&self, graph: TaskGraph<K>) -> Result<TaskGraph<K>, Failure> {
        let Some(regex) = &self.tasks_regex else { return Ok(graph) };
        let unusable = |error: crate::model::InvalidPattern| Failure::Usage(format!("--tasks: {error}"));
        let pattern = Pattern::anchored(regex).map_err(unusable)?;
        let mut chosen = BTreeSet::new();
        for (key, task) in graph.iter() {
            if pattern.matches(task.label.as_str()).map_err(unusable)? {
                chosen.insert(key);
            }
        }
        Ok(graph.filter(|key, _| chosen.contains(key)))
    }

    fn document<K: GraphKey>(&self, graph: &TaskGraph<K>) -> Node {
        let mut document = Map::new();
        for (key, task) in graph.iter() {
            document.push_new(Node::new(key.as_text()), Node::new(self.without_excluded(task.to_document(key))));
        }
        Node::new(document)
    }

    /// The reference turns what is left back into a task: what a task cannot be without comes back empty.
    fn without_excluded(&self, mut task: Map) -> Map {
        if self.exclude_keys.is_empty() {
            return task;
        }
        let kind = task.get("kind").cloned();
        for key in &self.exclude_keys {
            exclude(&mut task, key);
        }
        for (key, empty) in [("description", Node::new("")), ("dependencies", Node::empty_map())] {
            task.get_or_insert(key, || empty);
        }
        for key in ["soft_dependencies", "if_dependencies"] {
            task.get_or_insert(key, || Node::new(Vec::<Node>::new()));
        }
        if let (Some(kind), Some(attributes)) = (kind, task.get_mut("attributes").and_then(Node::as_map_mut)) {
            attributes.insert("kind", kind);
        }
        task
    }
}

/// Takes the value at a dotted path out, if there is one.
fn exclude(map: &mut Map, path: &str) {
    match path.split_once('.') {
        None => drop(map.remove(path)),
        Some((first, rest)) => {
            if let Some(inner) = map.get_mut(first).and_then(Node::as_map_mut) {
                exclude(inner, rest);
            }
        }
    }
}
