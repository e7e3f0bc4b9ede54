//! Parameter sets.

use super::document::{Document, Mapping, map};
use super::draw::Draw;
use super::values::{path, text};
use super::world::World;

const TASK_IDS: [&str; 3] = ["AAAAAAAAAAAAAAAAAAAAAA", "BBBBBBBBBBBBBBBBBBBBBA", "fzy3l9dCSDKRYTxTQTZjGg"];

/// The parameters of a push.
pub(super) fn parameters(draw: &mut Draw, world: &World) -> Document {
    let labels: Vec<&str> = world.tasks.iter().map(|task| task.label.as_str()).collect();
    let mut parameters = Mapping::new();
    who_and_where(draw, &mut parameters);
    parameters.put("build_date", draw.one_of(&[1_700_000_000_usize, 0, 951_782_400, 4_102_444_799]));
    parameters.put("build_number", draw.between(1, 3));
    parameters.put("moz_build_date", "20231114221320");
    parameters.put("pushdate", 1_700_000_000_usize);
    parameters.put("pushlog_id", draw.pick(&["0", "1234", "x"]).to_owned());
    parameters.put("next_version", draw.one_of(&[Document::null(), "2.0".into()]));
    parameters.put("version", draw.one_of(&[Document::null(), "1.0".into(), "\u{e9}".into()]));
    parameters.put("optimize_strategies", Document::null());
    parameters.put("files_changed", draw.many(0, 4, path));
    parameters.put("do_not_optimize", if draw.chance(30) { draw.some_of(&labels, 3) } else { Vec::new() });
    parameters.put("optimize_target_tasks", draw.chance(75));
    parameters.put("existing_tasks", existing(draw, &labels));
    let method = draw.pick(&["default", "default", "default", "default", "codereview", "nothing"]);
    parameters.put("target_tasks_method", method.to_owned());
    let filters = draw.one_of(&[vec!["target_tasks_method"], vec![], vec!["target_tasks_method"; 2]]);
    parameters.put("filters", filters);
    let always = match draw.below(4) {
        0 => Document::from(false),
        1 => draw.some_of(&world.kinds, 3).into(),
        _ => true.into(),
    };
    parameters.put("enable_always_target", always);
    parameters.maybe(draw, 15, "code-review", |draw| map! { "phabricator-build-target" => text(draw) });
    parameters.maybe(draw, 3, "no_such_parameter", |_| "x");
    if world.kinds.contains(&"docker-image".to_owned()) {
        parameters.maybe(draw, 8, "target-kinds", |draw| draw.some_of(&world.kinds, 2));
    }
    for key in ["head_tag", "base_ref", "owner", "filters", "files_changed", "existing_tasks", "optimize_strategies"] {
        if draw.chance(2) {
            drop(parameters.remove(key));
        }
    }
    parameters.shuffled(draw).into()
}

fn who_and_where(draw: &mut Draw, parameters: &mut Mapping) {
    const REPOSITORIES: [&str; 5] = [
        "https://github.com/example/project",
        "https://github.com/example/project.git",
        "https://github.com/example/project/",
        "git@github.com:example/project",
        "git@github.com:example/project.git",
    ];
    const REVISIONS: [&str; 3] =
        ["dcba4321dcba4321dcba4321dcba4321dcba4321", "1234abcd1234abcd1234abcd1234abcd1234abcd", "v1.0"];
    let level = if draw.rarely(15) { "4" } else { draw.pick(&["1", "1", "3", "3", "2"]) };
    parameters.put("level", level.to_owned());
    parameters.put("project", draw.pick(&["project", "example", "try", "a-project", "project"]).to_owned());
    parameters.put("base_repository", draw.pick(&REPOSITORIES).to_owned());
    parameters.put("head_repository", draw.pick(&REPOSITORIES).to_owned());
    let revision = draw.pick(&REVISIONS);
    parameters.put("head_rev", revision.to_owned());
    parameters.put("base_rev", if draw.chance(20) { revision } else { draw.pick(&["", REVISIONS[0]]) }.to_owned());
    const REFS: [&str; 6] = ["refs/heads/main", "main", "release/1.0", "refs/heads/dev/x", "refs/tags/v1", "v2"];
    parameters.put("head_ref", draw.pick(&REFS).to_owned());
    parameters.put("base_ref", draw.one_of(&[Document::null(), "".into(), "refs/heads/main".into()]));
    parameters.put("head_tag", draw.pick(&["", "v1.0"]).to_owned());
    parameters.put("owner", draw.pick(&["someone@example.com", "\u{e9}", ""]).to_owned());
    parameters.put("repository_type", if draw.chance(88) { "git" } else { "hg" });
    const TASKS_FOR: [&str; 10] = [
        "github-push",
        "github-push",
        "hg-push",
        "github-pull-request",
        "github-pull-request-untrusted",
        "github-release",
        "github-issue-comment",
        "cron",
        "action",
        "",
    ];
    parameters.put("tasks_for", draw.pick(&TASKS_FOR).to_owned());
}

fn existing(draw: &mut Draw, labels: &[&str]) -> Document {
    let mut existing = Mapping::new();
    if draw.chance(35) {
        for label in draw.some_of(labels, 4) {
            existing.put(label, draw.pick(&TASK_IDS).to_owned());
        }
    }
    existing.into()
}
