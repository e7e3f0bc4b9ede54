//! Explanations and selections as documents: `explain.json.gz` and `selection.json`.

use std::collections::BTreeMap;

use arcstr::ArcStr;
use serde::{Deserialize, Serialize};

use super::{Chooser, Explanation, Explanations, Fate, Wanted};
use crate::diagnostics::{Diagnostic, Mistakes};
use crate::generate::Target;
use crate::generate::optimization::{Said, Verdict};
use crate::model::{KindName, Label, TaskId};
use crate::yaml::{self, Map, Node};

/// The version of the form; another one is not read.
const VERSION: i64 = 1;

#[derive(Serialize, Deserialize)]
struct Document {
    version: i64,
    chooser: ChooserDocument,
    tasks: BTreeMap<Label, TaskDocument>,
}

#[derive(Serialize, Deserialize)]
struct ChooserDocument {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    method: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    origin: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    query: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    terms: Vec<String>,
}

#[derive(Serialize, Deserialize)]
struct TaskDocument {
    kind: KindName,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    chosen_by: Option<Vec<u64>>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    always_target: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    needed_by: Option<Vec<Label>>,
    fate: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    task_id: Option<TaskId>,
    #[serde(default, skip_serializing_if = "ArcStr::is_empty")]
    reason: ArcStr,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    removal: Option<SaidDocument>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    replacement: Option<SaidDocument>,
}

#[derive(Serialize, Deserialize)]
struct SaidDocument {
    strategy: ArcStr,
    verdict: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    task_id: Option<TaskId>,
    reason: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    parts: Vec<SaidDocument>,
}

impl Explanations {
    /// The document of `explain.json.gz`.
    #[must_use]
    pub fn to_document(&self) -> Node {
        let chooser = match &self.chooser {
            Chooser::Method(method) => {
                ChooserDocument { method: Some(method.clone()), origin: None, query: None, terms: Vec::new() }
            }
            Chooser::Selection { origin, query, terms } => ChooserDocument {
                method: None,
                origin: Some(origin.clone()),
                query: Some(query.clone()),
                terms: terms.clone(),
            },
        };
        let tasks = self.tasks.iter().map(|(label, task)| (label.clone(), task_document(task))).collect();
        yaml::write(&Document { version: VERSION, chooser, tasks })
    }
}

fn task_document(task: &Explanation) -> TaskDocument {
    let (mut chosen_by, mut needed_by) = (None, None);
    match &task.wanted {
        Wanted::Chosen(terms) => chosen_by = Some(terms.iter().map(|&term| term as u64).collect()),
        Wanted::Needed(by) => needed_by = Some(by.clone()),
        Wanted::Always | Wanted::Not => {}
    }
    TaskDocument {
        kind: task.kind.clone(),
        chosen_by,
        always_target: task.wanted == Wanted::Always,
        needed_by,
        fate: task.fate.name().to_owned(),
        task_id: task.fate.task_id().cloned(),
        reason: task.reason.clone(),
        removal: task.removal.as_ref().map(said_document),
        replacement: task.replacement.as_ref().map(said_document),
    }
}

fn said_document(said: &Said) -> SaidDocument {
    let (verdict, task_id) = match &said.verdict {
        Verdict::Keep => ("keep", None),
        Verdict::Remove => ("remove", None),
        Verdict::Replace(id) => ("replace", Some(id.clone())),
    };
    SaidDocument {
        strategy: said.strategy.clone(),
        verdict: verdict.to_owned(),
        task_id,
        reason: said.reason.clone(),
        parts: said.parts.iter().map(said_document).collect(),
    }
}

/// The explanations of a document of `explain.json.gz`.
///
/// # Errors
/// A document of another form, or of a later version.
pub fn read(document: &Node) -> Result<Explanations, Mistakes> {
    let version = document.get("version").and_then(Node::as_i64);
    if version != Some(VERSION) {
        let message = "the explanations are those of another version of pushgraph".to_owned();
        return Err(Diagnostic::error(message).at(document.span).into());
    }
    let read: Document = yaml::read(document)?;
    let chooser = match (read.chooser.method, read.chooser.origin, read.chooser.query) {
        (_, Some(origin), Some(query)) => Chooser::Selection { origin, query, terms: read.chooser.terms },
        (method, _, _) => Chooser::Method(method.unwrap_or_default()),
    };
    let task = |(label, task): (Label, TaskDocument)| Ok((label, explanation(task)?));
    let tasks = read.tasks.into_iter().map(task).collect::<Result<_, Diagnostic>>()?;
    Ok(Explanations { chooser, tasks })
}

fn explanation(task: TaskDocument) -> Result<Explanation, Diagnostic> {
    let wanted = match (task.chosen_by, task.needed_by) {
        (Some(terms), _) => Wanted::Chosen(terms.into_iter().filter_map(|term| usize::try_from(term).ok()).collect()),
        (None, Some(by)) => Wanted::Needed(by),
        (None, None) if task.always_target => Wanted::Always,
        (None, None) => Wanted::Not,
    };
    let fate = match (task.fate.as_str(), task.task_id) {
        ("created", Some(id)) => Fate::Created(id),
        ("replaced", Some(id)) => Fate::Replaced(id),
        ("added", Some(id)) => Fate::Added(id),
        ("removed", _) => Fate::Removed,
        ("not-targeted", _) => Fate::NotTargeted,
        (other, _) => return Err(Diagnostic::error(format!("unknown fate `{other}` of a task"))),
    };
    let (removal, replacement) = (task.removal.map(said).transpose()?, task.replacement.map(said).transpose()?);
    Ok(Explanation { kind: task.kind, wanted, fate, reason: task.reason, removal, replacement, log: Vec::new() })
}

fn said(document: SaidDocument) -> Result<Said, Diagnostic> {
    let verdict = match (document.verdict.as_str(), document.task_id) {
        ("keep", _) => Verdict::Keep,
        ("remove", _) => Verdict::Remove,
        ("replace", Some(id)) => Verdict::Replace(id),
        (other, _) => return Err(Diagnostic::error(format!("unknown verdict `{other}` of a strategy"))),
    };
    let parts = document.parts.into_iter().map(said).collect::<Result<_, _>>()?;
    Ok(Said { strategy: document.strategy, verdict, reason: document.reason, parts })
}

/// The document of `selection.json`: what was asked for, where, what that is as a query, how many tasks each term of it
/// selects, and which terms each target task is in. Where no query selects, the target tasks method.
#[must_use]
pub fn selection_document(target: &Target, method: &str) -> Node {
    let Some(chosen) = &target.chosen else {
        let tasks: Map = target.set.iter().map(|label| (Node::from(label), Node::new(Vec::new()))).collect();
        return Node::new(Map::from([("method", Node::new(method)), ("tasks", Node::new(tasks))]));
    };
    let selection = &chosen.selection;
    let number = |number: usize| Node::new(i64::try_from(number).unwrap_or(i64::MAX));
    let term = |term: &crate::query::TermCount| {
        Node::new(Map::from([
            ("term", Node::new(term.term.as_str())),
            ("tasks", number(term.tasks)),
            ("negated", Node::new(term.is_negated)),
        ]))
    };
    let warning = |warning: &Diagnostic| {
        let help = warning.help.as_ref().map(|help| format!("; {help}")).unwrap_or_default();
        Node::new(format!("{}{help}", warning.message))
    };
    let selected = &chosen.selected;
    let task = |(label, terms): (&Label, &Vec<usize>)| {
        (Node::from(label), terms.iter().map(|&term| number(term)).collect::<Node>())
    };
    Node::new(Map::from([
        ("origin", Node::new(selection.origin.to_string())),
        ("text", Node::new(selection.text.as_str())),
        ("query", Node::new(selection.query.to_string())),
        ("terms", selected.terms.iter().map(term).collect::<Node>()),
        ("tasks", Node::new(selected.tasks.iter().map(task).collect::<Map>())),
        ("warnings", selected.warnings.iter().map(warning).collect::<Node>()),
    ]))
}
