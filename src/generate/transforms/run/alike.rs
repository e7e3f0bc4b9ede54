//! Tasks that are run alike but for their commands: what the way to run makes of them is made once.
//!
//! This is for `run-task` on docker-worker, which puts the command at the end of the worker's and reads nothing else of it;
//! what else is read of such a task is in [`Parts`].

use std::borrow::Cow;

use crate::diagnostics::Span;
use crate::generate::run_using::run_task::Command;
use crate::generate::shared::fetches::{Sources, is_by_name};
use crate::model::Stub;
use crate::yaml::{self, Map, Node};

/// The implementation and the way to run that this is for.
pub(super) const IMPLEMENTATION: &str = "docker-worker";
pub(super) const USING: &str = "run-task";

/// Keys that are put into a task if it has none.
const ADDED: [&str; 6] = ["attributes", "dependencies", "extra", "routes", "scopes", "soft-dependencies"];

/// A task as `describe` reads it.
pub(super) struct Parts<'s> {
    /// All that is read but the command.
    pub(super) of: Vec<Cow<'s, Node>>,
    /// The words that the command ends with.
    words: Vec<Node>,
}

/// What `describe` makes of a task's parts.
#[derive(Debug)]
pub(super) struct Made {
    /// Section `worker` with the first such task's command.
    worker: Map,
    /// Where that section was written.
    place: Span,
    /// The words before the command.
    lead: Vec<Node>,
    /// Entries of keys that the task did not have, in order.
    added: Vec<(Node, Node)>,
    /// The scopes of a task that had some.
    scopes: Option<Node>,
    /// Dependencies added to those of a task that had some.
    dependencies: Vec<(Node, Node)>,
}

impl<'s> Parts<'s> {
    /// The parts of a task for which this holds and whose command is right.
    pub(super) fn of(stub: &'s Stub, sources: &Sources) -> Option<Self> {
        let (run, worker) = (stub.body.get("run")?.as_map()?, stub.body.get("worker")?);
        let is_text = |map: &Map, key: &str, text: &str| map.get(key).and_then(Node::as_str) == Some(text);
        if !is_text(run, "using", USING) || !is_text(worker.as_map()?, "implementation", IMPLEMENTATION) {
            return None;
        }
        // A text goes to a shell, whose words come before it.
        let (for_shell, words) = match yaml::read(run.get("command")?).ok()? {
            Command::Text(text) => (true, vec![Node::from(&text)]),
            Command::Words(words) => (false, words.iter().map(Node::from).collect()),
        };
        let mut of = vec![Cow::Borrowed(worker), Cow::Owned(for_shell.into()), number(run.len())];
        for (key, value) in run.iter().filter(|(key, _)| key.as_str() != Some("command")) {
            of.extend([Cow::Borrowed(key), Cow::Borrowed(value)]);
        }
        for key in ADDED {
            of.push(Cow::Owned(stub.body.contains(key).into()));
        }
        of.extend(stub.body.get("scopes").map(Cow::Borrowed));
        of.extend(stub.body.get("fetches").map(Cow::Borrowed));
        if let Some(fetches) = stub.body.get("fetches").filter(|fetches| fetches.is_truthy()) {
            let dependencies = stub.body.get("dependencies").map(Node::as_map);
            for (edge, _) in fetches.as_map()?.iter().filter(|(edge, _)| !is_by_name(edge)) {
                let label = dependencies??.get(edge.as_str()?)?.as_str()?;
                of.push(Cow::Owned(Node::new(sources.prefix(label)?)));
            }
        }
        Some(Self { of, words })
    }
}

fn number(number: usize) -> Cow<'static, Node> {
    Cow::Owned(Node::new(i64::try_from(number).unwrap_or_default()))
}

impl Made {
    /// What of a described task follows from its parts; nothing if more of it was changed than is known here.
    pub(super) fn of(before: &Stub, described: &Stub, parts: &Parts<'_>) -> Option<Self> {
        let mut made = Self {
            worker: described.body.get("worker")?.as_map()?.clone(),
            place: described.body.get("worker")?.span,
            lead: Vec::new(),
            added: Vec::new(),
            scopes: None,
            dependencies: Vec::new(),
        };
        let command = made.worker.get("command")?.as_list()?;
        let (lead, words) = command.split_at_checked(command.len().checked_sub(parts.words.len())?)?;
        if !words.iter().zip(&parts.words).all(|(one, other)| one.is_same(other)) {
            return None;
        }
        made.lead = lead.to_vec();
        for (key, value) in &described.body {
            match (before.body.get_node(key), key.as_str()?) {
                (None, _) => made.added.push((key.clone(), value.clone())),
                (Some(_), "worker") => {}
                (Some(_), "scopes") => made.scopes = Some(value.clone()),
                (Some(given), "dependencies") => made.dependencies = added(given.as_map()?, value.as_map()?),
                (Some(given), _) if given.is_same(value) => {}
                (Some(_), _) => return None,
            }
        }
        Some(made)
    }

    /// The task as it would be described.
    pub(super) fn put_into(&self, mut stub: Stub, words: &[Node]) -> Stub {
        let body = &mut stub.body;
        body.remove("run");
        body.remove("fetches");
        let mut worker = self.worker.clone();
        worker.insert("command", self.lead.iter().chain(words).cloned().collect::<Vec<Node>>());
        body.insert("worker", Node::new(worker).at(self.place));
        if let Some(scopes) = &self.scopes {
            body.insert("scopes", scopes.clone());
        }
        if let (false, Some(dependencies)) =
            (self.dependencies.is_empty(), body.get_mut("dependencies").and_then(Node::as_map_mut))
        {
            dependencies.extend(self.dependencies.iter().cloned());
        }
        body.extend(self.added.iter().cloned());
        stub
    }
}

impl Parts<'_> {
    /// The words that the command ends with.
    pub(super) fn into_words(self) -> Vec<Node> {
        self.words
    }
}

/// The entries that are in the second mapping and not so in the first.
fn added(before: &Map, after: &Map) -> Vec<(Node, Node)> {
    let is_new = |(key, value): &&(Node, Node)| !before.get_node(key).is_some_and(|given| given.is_same(value));
    after.iter().filter(is_new).cloned().collect()
}
