//! What the screen shows.

use super::state::Picker;
use crate::model::{Label, LabelGraph, Task};
use crate::yaml::Node;

/// The size of the terminal, in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Size {
    pub(super) columns: usize,
    pub(super) rows: usize,
}

/// The lines below the list: what the current task is.
const PREVIEW: usize = 6;

/// The lines above the list.
const HEAD: usize = 2;

const KEYS: &str = "Tab choose  Ctrl-A all  Ctrl-D none  Ctrl-T turn  Enter push  Esc give up";

/// How many labels fit.
pub(super) fn rows_of_list(size: Size) -> usize {
    size.rows.saturating_sub(HEAD + PREVIEW).max(1)
}

/// The screen, line by line, none longer than it is wide.
pub(super) fn lines(picker: &Picker<'_>, graph: &LabelGraph, size: Size) -> Vec<String> {
    let [all, found, chosen] = picker.counts();
    let mut lines = vec![format!("> {}", picker.search), format!("{found} of {all} found, {chosen} chosen  {KEYS}")];
    lines.extend(picker.rows().map(|(label, is_chosen, is_current)| {
        let at = if is_current { '>' } else { ' ' };
        let mark = if is_chosen { '*' } else { ' ' };
        format!("{at}{mark} {label}")
    }));
    lines.resize(HEAD + rows_of_list(size), String::new());
    let current = picker.current().and_then(|label| graph.get(&Label::from(label)));
    lines.extend(current.map(|task| preview(task)).unwrap_or_default());
    lines.truncate(size.rows);
    lines.iter().map(|line| line.chars().take(size.columns).collect()).collect()
}

/// What the task is, in at most [`PREVIEW`] lines.
fn preview(task: &Task<Label>) -> Vec<String> {
    let text = |key: &str| task.definition.get(key).and_then(Node::as_str).unwrap_or_default();
    let dependencies: Vec<&str> = task.dependencies.iter().map(|(_, on)| on.as_str()).collect();
    let treeherder = task.definition.get("extra").and_then(|extra| extra.get("treeherder"));
    let shown = |key: &str| treeherder.and_then(|part| part.get(key)?.as_str()).unwrap_or_default().to_owned();
    vec![
        "─".repeat(20),
        format!("{}: {}", task.label, task.description),
        format!("kind {}, worker {}/{}", task.kind, text("provisionerId"), text("workerType")),
        format!("symbol {}({})", shown("groupSymbol"), shown("symbol")),
        format!("needs {}", if dependencies.is_empty() { "nothing".to_owned() } else { dependencies.join(", ") }),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_fit_the_screen() {
        let graph = LabelGraph::default();
        let picker = Picker::new(vec!["a-label-that-is-long", "b"]);
        for (columns, rows) in [(80, 24), (10, 9), (1, 1), (0, 0)] {
            let lines = lines(&picker, &graph, Size { columns, rows });
            assert!(lines.len() <= rows && lines.iter().all(|line| line.chars().count() <= columns), "{lines:?}");
        }
        let lines = lines(&picker, &graph, Size { columns: 80, rows: 24 });
        assert_eq!(lines[0], "> ");
        assert!(lines[1].starts_with("2 of 2 found, 0 chosen"), "{}", lines[1]);
    }
}
