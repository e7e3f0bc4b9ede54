//! Provisioner and worker type must be identifiers that the queue takes.

use super::{Check, Verification, mistake};
use crate::diagnostics::{Diagnostic, Span};
use crate::generate::context::RunContext;
use crate::model::{Label, LabelGraph, Task};
use crate::yaml::Node;

pub(super) const VERIFICATION: Verification =
    Verification { name: "task_identifiers", check: Check::FullTaskGraph(verify) };

fn verify(graph: &LabelGraph, _: &RunContext<'_>) -> Vec<Diagnostic> {
    let keys = ["workerType", "provisionerId"];
    graph.iter().flat_map(|(_, task)| keys.iter().filter_map(|key| verify_key(task, key))).collect()
}

fn verify_key(task: &Task<Label>, key: &str) -> Option<Diagnostic> {
    let value = task.definition.get(key);
    let span = value.map_or(Span::NONE, |value| value.span);
    match value.and_then(Node::as_str) {
        Some(text) if is_identifier(text) => None,
        Some(text) => Some(
            mistake(task, span, format!("`{key}` is not a valid identifier: `{text}`"))
                .help("expected 1 to 38 letters, digits, `_` or `-`"),
        ),
        None => Some(mistake(task, span, format!("the task definition has no `{key}`"))),
    }
}

fn is_identifier(text: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    (1..=38).contains(&text.len()) && text.bytes().all(is_allowed)
}

#[cfg(test)]
mod tests {
    use crate::generate::verifications::testing::{full, yaml};

    #[test]
    fn identifiers_are_short_words() {
        let graph = yaml("a: {workerType: b-linux, provisionerId: example-1}\nb: {workerType: b linux}\n");
        assert_eq!(
            full(super::VERIFICATION, &graph),
            ["`workerType` is not a valid identifier: `b linux`", "the task definition has no `provisionerId`"]
        );
    }
}
