//! `task-context`: fields filled in from parameters, an object, a file.

use super::document::{Document, Mapping, map};
use super::draw::Draw;
use super::keyed_by;
use super::plain::amend;
use super::values::{scalar, word};

/// The file that some of them read.
pub(super) const CONTEXT: &str = "taskcluster/context.yml";

/// What that file says.
pub(super) fn file() -> Document {
    map! {
        "from_file" => "\u{e9}", "platform" => "linux", "deep" => map! { "er" => Document::plain("1.50"), "list" => vec!["a", "b"] },
    }
}

/// Adds a context, and fields that use it.
pub(super) fn put(draw: &mut Draw, task: &mut Mapping) {
    let mut context = Mapping::new();
    let mut variables: Vec<&str> = vec!["name"];
    if draw.chance(60) {
        let mut parameters = Mapping::new();
        for (variable, path) in draw.some_of(&[("lvl", "level"), ("project", "project"), ("ref", "head_ref")], 3) {
            variables.push(variable);
            parameters.put(variable, path);
        }
        if draw.chance(30) {
            variables.push("first");
            parameters.put("first", vec!["next_version", "version", "no.such", "owner"]);
        }
        if draw.chance(20) {
            variables.push("nothing");
            parameters.put("nothing", draw.pick(&["no_such", "code-review.phabricator-build-target"]).to_owned());
        }
        context.put("from-parameters", parameters);
    }
    if draw.chance(50) {
        variables.extend(["object", "number", "nested[x]"]);
        context.put(
            "from-object",
            map! { "object" => word(draw), "number" => scalar(draw), "nested" => map! { "x" => scalar(draw) } },
        );
    }
    if draw.chance(30) {
        variables.extend(["from_file", "deep[er]", "deep[list][1]", "platform"]);
        context.put("from-file", CONTEXT);
    }
    // No two alternatives match here, so that it is all the same whether two may.
    context.maybe(draw, 15, "resolve-keyed-by-options", |draw| {
        if draw.chance(50) {
            map! { "defer" => vec!["something"] }
        } else {
            map! { "enforce-single-match" => draw.chance(50) }
        }
    });
    let mut fields = Vec::new();
    for path in ["description", "worker-type", "run.cwd", "requires", "priority", "attributes.platform"] {
        let variable = draw.one_of(&variables);
        let is_filled = path == "description" && amend(task, path, |text| format!("{text} {{{variable}}}"));
        if is_filled || (task.has(path) && draw.chance(20)) {
            fields.push(path.to_owned());
        }
    }
    for path in ["extra", "env", "routes", "scopes", "tags"] {
        if task.has(path) && draw.chance(15) {
            fields.push(path.to_owned());
        }
    }
    if draw.chance(35) {
        let arms = ["opt", "1", "3", "project", "linux"];
        let keys: Vec<&str> = variables
            .iter()
            .filter(|name| !name.contains('[') && !["nothing", "number"].contains(*name))
            .copied()
            .collect();
        let key = if draw.chance(25) { "worker-type" } else { draw.one_of(&keys) };
        let mut value = |draw: &mut Draw| draw.pick(&["low", "high", "medium"]).to_owned();
        drop(task.remove("priority"));
        task.put("priority", keyed_by::maybe(draw, 100, (key, &arms), &mut value));
        if !fields.contains(&"priority".to_owned()) {
            fields.push("priority".to_owned());
        }
    }
    context.put("substitution-fields", fields);
    task.put("task-context", context.shuffled(draw));
}
