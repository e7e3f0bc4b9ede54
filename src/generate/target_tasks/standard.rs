//! What a task's attributes say about where it runs.

use crate::diagnostics::Diagnostic;
use crate::model::{Label, Parameters, Pattern, Task};
use crate::yaml::Node;

/// Whether the task runs on this push: it is not a cron task nor of a later shipping phase, and runs on the project,
/// on what the graph is made for, and on the branch.
///
/// # Errors
/// A pattern of branches that is no regular expression.
pub(super) fn runs_on(task: &Task<Label>, parameters: &Parameters) -> Result<bool, Diagnostic> {
    let is_here = !task.attribute("cron").is_some_and(Node::is_truthy)
        && is_built(task)
        && includes(task, "run_on_projects", &parameters.project, Missing::Nowhere)
        && includes(task, "run_on_tasks_for", &parameters.tasks_for, Missing::Everywhere);
    Ok(is_here && runs_on_branch(task, parameters)?)
}

fn is_built(task: &Task<Label>) -> bool {
    match task.attribute("shipping_phase") {
        None => true,
        Some(phase) => phase.is_null() || phase.as_str() == Some("build"),
    }
}

/// What it means that the attribute is not there.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Missing {
    Nowhere,
    Everywhere,
}

fn texts<'a>(task: &'a Task<Label>, attribute: &str) -> Option<impl Iterator<Item = (&'a str, &'a Node)>> {
    let items = task.attribute(attribute)?.as_list()?;
    Some(items.iter().filter_map(|item| Some((item.as_str()?, item))))
}

fn includes(task: &Task<Label>, attribute: &str, wanted: &str, missing: Missing) -> bool {
    match texts(task, attribute) {
        Some(mut allowed) => allowed.any(|(allowed, _)| allowed == "all" || allowed == wanted),
        None => missing == Missing::Everywhere,
    }
}

/// Branches count in git repositories, but not for pull requests, which may call theirs anything.
fn runs_on_branch(task: &Task<Label>, parameters: &Parameters) -> Result<bool, Diagnostic> {
    let Some(patterns) = texts(task, "run_on_git_branches") else { return Ok(true) };
    if parameters.repository_type != "git" || parameters.is_pull_request() {
        return Ok(true);
    }
    let branch = parameters.head_ref.strip_prefix("refs/heads/").unwrap_or(&parameters.head_ref);
    let patterns: Vec<_> = patterns.collect();
    if patterns.iter().any(|(pattern, _)| *pattern == "all") {
        return Ok(true);
    }
    for (pattern, written) in patterns {
        let matches = Pattern::anchored(pattern).and_then(|pattern| pattern.matches(branch));
        if matches.map_err(|error| {
            Diagnostic::error(error.to_string()).at(written.span.or(task.span)).in_task(task.label.as_str())
        })? {
            return Ok(true);
        }
    }
    Ok(false)
}
