//! Explanations for people.

use std::fmt::Write as _;

use super::{Chooser, Explanation, Explanations, Fate, Wanted};
use crate::generate::optimization::{Said, Verdict};
use crate::model::Label;

/// Whether tasks were created, or would be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Time {
    /// They were: of the artifacts of a decision.
    Past,
    /// They would be: of a graph that is only looked at.
    Future,
}

/// How many tasks are named that need another.
const NAMED: usize = 3;

/// How long a term may be to be shown whole, in characters.
const TERM: usize = 80;

/// All that is known of a task, over several lines.
#[must_use]
pub fn in_full(explanations: &Explanations, label: &Label, task: &Explanation, time: Time) -> String {
    let mut lines = format!("{label}\n");
    let mut line = |name: &str, text: &str| {
        // Writing to a text cannot fail.
        let _ = writeln!(lines, "  {name:<12}{text}");
    };
    line("kind", task.kind.as_str());
    line("target", &wanted(&explanations.chooser, task));
    if let Some(said) = &task.removal {
        tell_said("may it go?", said, 0, &mut line);
    }
    if let Some(said) = &task.replacement {
        tell_said("replaced?", said, 0, &mut line);
    }
    if task.removal.is_none() && task.replacement.is_none() {
        task.log.iter().for_each(|message| line("log", message));
    }
    line("result", &result(task, time));
    lines
}

/// What became of a task, in one line.
#[must_use]
pub fn in_one_line(label: &Label, task: &Explanation, time: Time) -> String {
    format!("{label}: {}\n", result(task, time))
}

fn wanted(chooser: &Chooser, task: &Explanation) -> String {
    match (&task.wanted, chooser) {
        (Wanted::Chosen(terms), Chooser::Selection { origin, query, terms: all }) => {
            let named: Vec<String> = terms.iter().filter_map(|&at| all.get(at)).map(|term| shown(term)).collect();
            let by = if named.is_empty() { shown(query) } else { named.join(", ") };
            format!("yes, selected by {by} ({origin})")
        }
        (Wanted::Chosen(_), Chooser::Method(method)) => format!("yes, chosen by the target tasks method `{method}`"),
        (Wanted::Always, _) => "yes, by its attribute `always_target`".to_owned(),
        (Wanted::Needed(by), _) => format!("yes, as {} on it", depending(by)),
        (Wanted::Not, _) if matches!(task.fate, Fate::Added(_)) => "no, it was added to the finished graph".to_owned(),
        (Wanted::Not, Chooser::Selection { origin, query, .. }) => {
            format!("no: {} ({origin}) does not select it, and no target needs it", shown(query))
        }
        (Wanted::Not, Chooser::Method(method)) => {
            format!("no: the target tasks method `{method}` does not choose it, and no target needs it")
        }
    }
}

fn shown(term: &str) -> String {
    match term.char_indices().nth(TERM) {
        Some((end, _)) => format!("`{}…`", &term[..end]),
        None => format!("`{term}`"),
    }
}

fn depending(by: &[Label]) -> String {
    let named: Vec<String> = by.iter().take(NAMED).map(|label| format!("`{label}`")).collect();
    match by.len().saturating_sub(NAMED) {
        0 if by.len() == 1 => format!("{} depends", named[0]),
        0 => format!("{} depend", named.join(" and ")),
        more => format!("{} and {more} more depend", named.join(", ")),
    }
}

fn tell_said(name: &str, said: &Said, depth: usize, line: &mut dyn FnMut(&str, &str)) {
    let verdict = match (&said.verdict, name) {
        (Verdict::Keep, _) => "no".to_owned(),
        (Verdict::Remove, _) => "yes".to_owned(),
        (Verdict::Replace(id), _) => format!("yes, by {id}"),
    };
    line(name, &format!("{}{verdict}: `{}`: {}", "  ".repeat(depth), said.strategy, said.reason));
    said.parts.iter().for_each(|part| tell_said("", part, depth + 1, line));
}

fn result(task: &Explanation, time: Time) -> String {
    let reason = if task.reason.is_empty() { String::new() } else { format!(" ({})", task.reason) };
    match &task.fate {
        // What only looks at a graph makes ids up.
        Fate::Created(_) if time == Time::Future => format!("to be created{reason}"),
        Fate::Added(_) if time == Time::Future => "to be created by a morph".to_owned(),
        Fate::Created(id) => format!("created as {id}{reason}"),
        Fate::Replaced(id) => format!("not created: {id} takes its place{reason}"),
        Fate::Removed => format!("not created: optimization left it out{reason}"),
        Fate::NotTargeted => "not created: it is not in the target task graph".to_owned(),
        Fate::Added(id) => format!("created as {id} by a morph"),
    }
}
