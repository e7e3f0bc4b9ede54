//! An exception of the tree's code as a mistake that knows its line.

use std::path::Path;

use crate::diagnostics::{Diagnostic, Files, Span, shown};
use crate::yaml::Node;

/// What the worker tells of an exception, as a mistake. The traceback goes to the log.
pub(super) fn diagnostic(raised: &Node, files: &Files, directory: &Path) -> Diagnostic {
    let text = |key: &str| raised.get(key).and_then(Node::as_str);
    let kind = text("kind").map(|kind| format!(" in kind `{kind}`")).unwrap_or_default();
    let function = text("function").map(|function| format!(" in `{function}`")).unwrap_or_default();
    let (name, message) = (text("type").unwrap_or("Exception"), text("message").unwrap_or_default().trim());
    if let Some(traceback) = text("traceback") {
        log::debug!("{traceback}");
    }
    let told = Diagnostic::error(format!("Python raised {name}{kind}{function}: {message}"));
    let mut told = told.at(span(raised.get("place"), files, directory));
    told.tasks.extend(text("task").map(str::to_owned));
    told
}

/// The line of the tree's own code, without its indentation.
fn span(written: Option<&Node>, files: &Files, directory: &Path) -> Span {
    let read = || {
        let [file, line] = written?.as_list()? else { return None };
        let path = Path::new(file.as_str()?);
        let file = files.add(shown(path, directory), std::fs::read_to_string(path).ok()?).ok()?;
        let line = usize::try_from(line.as_i64()?).ok()?.checked_sub(1)?;
        let text = file.text.split_inclusive('\n').nth(line)?;
        let start: usize = file.text.split_inclusive('\n').take(line).map(str::len).sum();
        let indented = text.len() - text.trim_start().len();
        Some(file.span(start + indented..start + text.trim_end().len()))
    };
    read().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;

    #[test]
    fn an_exception_points_at_the_tree_s_line() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("hello.py"), "def add(task):\n    raise KeyError(1)\n").unwrap();
        let path = directory.path().join("hello.py");
        let raised = format!(
            r#"{{"type": "KeyError", "message": "1", "kind": "test", "function": "add", "task": "a",
                "place": [{}, 2], "traceback": ""}}"#,
            json::to_string(&Node::new(path.to_string_lossy().as_ref()), json::Format::COMPACT).unwrap()
        );
        let files = Files::default();
        let told = diagnostic(&json::parse(&raised).unwrap(), &files, directory.path());
        assert_eq!(told.message, "Python raised KeyError in kind `test` in `add`: 1");
        let place = files.place(told.span).unwrap();
        assert_eq!((place.line_and_column(), &place.file.text[place.range]), ((2, 5), "raise KeyError(1)"));
        assert!(told.tasks.contains("a"));
    }
}
