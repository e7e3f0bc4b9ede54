//! Test paths: the tasks that run the tests under `layout/`, as each platform chunks them.

use super::{Compiled, Context, FrontEnd};
use crate::diagnostics::{Diagnostic, Mistakes, collect};
use crate::model::{Changes, ChangesFor, Label, LabelGraph, Task};
use crate::query::{Pattern, Query};

pub(super) const FRONT_END: FrontEnd = FrontEnd {
    name: "paths",
    summary: "test files, or directories whose tests are to run, separated by commas or white space",
    compile,
};

/// The attribute that says which chunk of its suite a task is.
const CHUNK: &str = "test_chunk";

/// The attribute that lists the manifests whose tests a task runs.
const MANIFESTS: &str = "test_manifests";

fn compile(text: &str, context: &Context<'_>) -> Result<Compiled, Mistakes> {
    let words = text.split(|character: char| character == ',' || character.is_whitespace());
    let paths: Vec<String> = collect(words.filter(|word| !word.is_empty()), |word| checked(word).map(whole))?;
    if paths.is_empty() {
        return Err(Diagnostic::error("no path is given").into());
    }
    let query = running(&paths, context.graph);
    let changes = Changes { paths, ..Changes::default() };
    let for_these = ChangesFor { tasks: query.to_string(), changes };
    Ok(Compiled { changes: vec![for_these], ..Compiled::from(query) })
}

/// A path that `files(…)` takes.
fn checked(path: &str) -> Result<&str, Mistakes> {
    let (message, help) = if path.contains('*') {
        let help = "name files or directories: all that is below them is meant".to_owned();
        (format!("a path is no pattern: `{path}`"), help)
    } else if path.starts_with('/') {
        let help = format!("write `{}`", path.trim_start_matches('/'));
        (format!("paths start at the root of the repository: `{path}`"), help)
    } else {
        return Ok(path);
    };
    Err(Diagnostic::error(message).help(help).into())
}

/// A path from the root of the repository; that of a directory ends in `/`. A name with a dot in it is a file's.
pub(super) fn whole(path: &str) -> String {
    let path = path.trim_start_matches("./");
    let name = path.rsplit('/').next().unwrap_or(path);
    if name.is_empty() || name.contains('.') { path.to_owned() } else { format!("{path}/") }
}

/// The tasks that run the tests: the chunks that have them. Where chunks do not say what they have, any can be told to
/// run them, and it is the first that is; a suite that is not chunked there runs as a whole.
pub(super) fn running(paths: &[String], graph: &LabelGraph) -> Query {
    let query = Query::files(paths.iter().map(String::as_str));
    let is_silent = |task: &Task<Label>| task.attribute(CHUNK).is_some() && task.attribute(MANIFESTS).is_none();
    if !graph.iter().any(|(_, task)| is_silent(task)) {
        return query;
    }
    let says = graph.iter().any(|(_, task)| task.attribute(MANIFESTS).is_some());
    let says = says.then(|| !Query::attribute(MANIFESTS, []));
    let first = Query::attribute(CHUNK, [Pattern::exact("1")]);
    query.minus(Query::and([Query::attribute(CHUNK, []), !first].into_iter().chain(says)))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{firefox_like, refused};
    use super::*;

    #[test]
    fn patterns_and_the_roots_of_machines_are_refused() {
        let told = refused("paths", "/layout dom/**, layout/", &firefox_like());
        assert_eq!(
            told.iter().map(|(message, _)| message.as_str()).collect::<Vec<_>>(),
            ["paths start at the root of the repository: `/layout`", "a path is no pattern: `dom/**`",]
        );
        assert_eq!(told[0].1.as_deref(), Some("write `layout`"));
    }

    #[test]
    fn directories_end_in_a_slash() {
        assert_eq!(
            ["./layout", "layout/", "a/b.html", "a.b/c"].map(whole),
            ["layout/", "layout/", "a/b.html", "a.b/c/"]
        );
    }
}
