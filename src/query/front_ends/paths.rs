//! Test paths: the tasks that run the tests under `layout/`, as each platform chunks them.

use super::{Compiled, Context, FrontEnd};
use crate::diagnostics::{Diagnostic, Mistakes};
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
    let paths: Vec<String> = words.filter(|word| !word.is_empty()).map(whole).collect();
    if paths.is_empty() {
        return Err(Diagnostic::error("no path is given").into());
    }
    let query = running(&paths, context.graph);
    let changes = Changes { paths, ..Changes::default() };
    let for_these = ChangesFor { tasks: query.to_string(), changes };
    Ok(Compiled { changes: vec![for_these], ..Compiled::from(query) })
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
    use super::*;

    #[test]
    fn directories_end_in_a_slash() {
        assert_eq!(
            ["./layout", "layout/", "a/b.html", "a.b/c"].map(whole),
            ["layout/", "layout/", "a/b.html", "a.b/c/"]
        );
    }
}
