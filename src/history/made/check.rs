//! What the shape of a file does not say: whether its numbers and names go together.

use super::{Kind, MOST_PUSHES, MadeHistory};
use crate::diagnostics::{Diagnostic, Mistakes, Span, suggest};
use crate::query::Pattern;
use crate::yaml::Node;

/// Everything that does not go together, at its place.
pub(super) fn check(history: &MadeHistory, root: &Node) -> Result<(), Mistakes> {
    let mut mistakes = Vec::new();
    let mut wrong =
        |path: &[Step<'_>], message: String| mistakes.push(Diagnostic::error(message).at(place(root, path)));
    if !(1..=MOST_PUSHES).contains(&history.pushes) {
        let message = format!("`pushes` must be from 1 to {MOST_PUSHES}, found {}", history.pushes);
        wrong(&[Step::Key("pushes")], message);
    }
    if !matches!(history.level.as_str(), "1" | "2" | "3") {
        wrong(&[Step::Key("level")], format!("`level` must be from 1 to 3, found `{}`", history.level));
    }
    if !is_name(&history.project) {
        wrong(&[Step::Key("project")], not_a_name(&history.project));
    }
    for (at, merge) in history.merges.iter().enumerate() {
        let path = |key| [Step::Key("merges"), Step::At(at), Step::Key(key)];
        if !(2..=history.pushes).contains(&merge.push) {
            wrong(&path("push"), format!("a merge must be one of the pushes 2 to {}", history.pushes));
        } else if history.merges[..at].iter().any(|before| before.push >= merge.push) {
            wrong(&path("push"), format!("merges come in the order of pushes, each once: push {} is late", merge.push));
        }
        if !(1..=MOST_PUSHES).contains(&merge.pushes) {
            wrong(&path("pushes"), format!("`pushes` must be from 1 to {MOST_PUSHES}, found {}", merge.pushes));
        }
        if merge.project == history.project {
            wrong(&path("project"), "a project cannot be merged into itself".to_owned());
        } else if !is_name(&merge.project) {
            wrong(&path("project"), not_a_name(&merge.project));
        }
    }
    stretches(history, &mut wrong);
    if mistakes.is_empty() { Ok(()) } else { Err(Mistakes(mistakes)) }
}

/// The rules for stretches of pushes.
fn stretches(history: &MadeHistory, wrong: &mut dyn FnMut(&[Step<'_>], String)) {
    for (at, change) in history.changes.iter().enumerate() {
        let path = |key| [Step::Key("changes"), Step::At(at), Step::Key(key)];
        stretch(history, change.project.as_deref(), change.from, change.to, &mut |key, message| {
            wrong(&path(key), message);
        });
        if let Some(bad) = change.files.iter().find(|path| !is_inside(path)) {
            wrong(&path("files"), format!("`{bad}` is no path of a file in the tree"));
        }
    }
    for (at, rule) in history.results.iter().enumerate() {
        let path = |key| [Step::Key("results"), Step::At(at), Step::Key(key)];
        stretch(history, rule.project.as_deref(), rule.from, rule.to, &mut |key, message| wrong(&path(key), message));
        if let Err(error) = Pattern::glob(&rule.label) {
            wrong(&path("label"), error.to_string());
        }
        match (rule.rate, rule.result) {
            (Some(rate), Kind::Intermittent) if !(0.0..=1.0).contains(&rate) => {
                wrong(&path("rate"), format!("`rate` must be from 0 to 1, found {rate}"));
            }
            (Some(_), Kind::Pass | Kind::Fail | Kind::Missing) => {
                wrong(&path("rate"), "`rate` goes with `result: intermittent`".to_owned());
            }
            _ => {}
        }
    }
}

fn stretch(
    history: &MadeHistory,
    project: Option<&str>,
    from: u64,
    to: Option<u64>,
    wrong: &mut dyn FnMut(&'static str, String),
) {
    let others = history.others();
    let projects = || std::iter::once(history.project.as_str()).chain(others.iter().map(|(name, _)| *name));
    let known = |name: &str| others.iter().find(|(other, _)| *other == name).map(|(_, pushes)| *pushes);
    let count = match project {
        Some(name) if name != history.project => known(name),
        _ => Some(history.pushes),
    };
    let Some(count) = count else {
        let name = project.unwrap_or_default();
        let near = suggest(name, projects()).map_or_else(String::new, |help| format!("; {help}"));
        return wrong("project", format!("no project `{name}` is merged{near}"));
    };
    let (first, last) = (from, to.unwrap_or(count));
    if first == 0 || first > count {
        wrong("from", format!("`from` must be one of the pushes 1 to {count}, found {first}"));
    } else if last < first || last > count {
        wrong("to", format!("`to` must be one of the pushes {first} to {count}, found {last}"));
    }
}

fn not_a_name(name: &str) -> String {
    format!("`{name}` is no name of a project: letters, digits, `-` and `_` are")
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|letter| letter.is_ascii_alphanumeric() || "-_".contains(letter))
}

fn is_inside(path: &str) -> bool {
    let mut parts = path.split('/');
    !path.contains(['\n', '"', '\\']) && parts.all(|part| !matches!(part, "" | "." | ".." | ".git"))
}

/// A step down in a document.
#[derive(Clone, Copy)]
enum Step<'a> {
    Key(&'a str),
    At(usize),
}

/// Where something is written: as near to it as the file says anything.
fn place(root: &Node, path: &[Step<'_>]) -> Span {
    let mut node = root;
    for step in path {
        let next = match *step {
            Step::Key(key) => node.get(key),
            Step::At(at) => node.as_list().and_then(|list| list.get(at)),
        };
        match next {
            Some(next) => node = next,
            None => break,
        }
    }
    node.span
}

#[cfg(test)]
mod tests {
    use super::super::tests::read;

    #[test]
    fn mistakes_are_told() {
        let told = |text: &str| read(text).unwrap_err().join("|");
        assert_eq!(told("pushes: 0"), "`pushes` must be from 1 to 1000, found 0");
        assert_eq!(told("{pushes: 2, level: '4'}"), "`level` must be from 1 to 3, found `4`");
        assert_eq!(
            told("{pushes: 2, merges: [{push: 1, project: o, pushes: 1}]}"),
            "a merge must be one of the pushes 2 to 2"
        );
        assert_eq!(
            told("{pushes: 2, merges: [{push: 2, project: project, pushes: 1}]}"),
            "a project cannot be merged into itself"
        );
        assert_eq!(
            told("{pushes: 2, results: [{from: 3, result: fail}]}"),
            "`from` must be one of the pushes 1 to 2, found 3"
        );
        assert_eq!(
            told("{pushes: 2, results: [{to: 3, result: fail}]}"),
            "`to` must be one of the pushes 1 to 2, found 3"
        );
        assert_eq!(
            told("{pushes: 2, results: [{result: fail, rate: 0.1}]}"),
            "`rate` goes with `result: intermittent`"
        );
        assert_eq!(
            told("{pushes: 2, results: [{result: intermittent, rate: 2}]}"),
            "`rate` must be from 0 to 1, found 2"
        );
        assert_eq!(told("{pushes: 2, changes: [{files: [../x]}]}"), "`../x` is no path of a file in the tree");
        assert_eq!(
            told("{pushes: 2, changes: [{project: projekt, files: [x]}]}"),
            "no project `projekt` is merged; did you mean `project`?"
        );
    }
}
