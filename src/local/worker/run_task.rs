//! `run-task`, which images have and this machine need not: its checkouts and its folder are understood here.
//!
//! Ignored, since a task runs as the user of the machine in a folder of its own: `--user`, `--group`, caches, volumes,
//! sparse profiles and shallow clones.

use std::collections::BTreeMap;

use serde_json::Value;

use super::paths::BUILDS_WORKER;

/// A command with what must be there before it runs.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub(super) struct Plan {
    /// Repositories to check out: the prefix of their variables (`VCS`) and the folder.
    pub(super) checkouts: Vec<(String, String)>,
    /// The folder to run in; the task's home if none is named.
    pub(super) folder: Option<String>,
    /// The command; empty if there is nothing to do.
    pub(super) command: Vec<String>,
    /// Whether `artifacts` in the folder leads to the task's artifacts, as an image's entry point arranges.
    pub(super) links_artifacts: bool,
}

/// Arguments of run-task that stand alone, and ones that are followed by a value which is of no use here.
const IGNORED: &[&str] = &["user", "group", "fetch-hgfingerprint"];

/// What `command` asks for; the error is for the task's log.
pub(super) fn plan(command: &[String], environment: &BTreeMap<String, String>) -> Result<Plan, String> {
    let words: Vec<&str> = command.iter().map(String::as_str).collect();
    match &words[..] {
        // generic-worker tasks make the script executable first; there is no script here.
        ["chmod", "+x", script] if is_run_task(script) => Ok(Plan::default()),
        [python, script, rest @ ..] if base_name(python).starts_with("python") && is_run_task(script) => run_task(rest),
        [script, rest @ ..] if is_run_task(script) => run_task(rest),
        [program, ..] if ["pushgraph", "taskgraph"].contains(&base_name(program)) => {
            let mut plan = entry_point(environment);
            plan.command = command.to_vec();
            // The one in the task's path, wherever the image has it.
            plan.command[0] = base_name(program).to_owned();
            Ok(plan)
        }
        _ => Ok(Plan { command: command.to_vec(), ..Plan::default() }),
    }
}

fn run_task(arguments: &[&str]) -> Result<Plan, String> {
    let mut plan = Plan::default();
    let Some(end) = arguments.iter().position(|word| *word == "--") else {
        return Err("run-task: there is no `--` before the command".to_owned());
    };
    let mut options = arguments[..end].iter();
    while let Some(option) = options.next() {
        let Some(option) = option.strip_prefix("--") else {
            return Err(format!("run-task: unknown argument `{option}`"));
        };
        let (name, given) = option.split_once('=').map_or((option, None), |(name, value)| (name, Some(value)));
        if name.ends_with("-shallow-clone") {
            continue;
        }
        let value = given.or_else(|| options.next().copied());
        let value = value.ok_or_else(|| format!("run-task: `--{name}` has no value"))?;
        match name.strip_suffix("-checkout") {
            Some(prefix) => plan.checkouts.push((variables(prefix), value.to_owned())),
            None if name == "task-cwd" => plan.folder = Some(value.to_owned()),
            None if IGNORED.contains(&name) || name.ends_with("-sparse-profile") => {}
            None => return Err(format!("run-task: unknown argument `--{name}`")),
        }
    }
    // Parents first, so that a checkout inside of another finds its place.
    plan.checkouts.sort_by(|one, two| one.1.cmp(&two.1));
    plan.command = arguments[end + 1..].iter().map(|word| (*word).to_owned()).collect();
    Ok(plan)
}

/// What the entry point of an image does for a bare `pushgraph …`: the repositories of the environment are checked
/// out, and the command runs in the first.
fn entry_point(environment: &BTreeMap<String, String>) -> Plan {
    let named = environment.get("REPOSITORIES").and_then(|text| serde_json::from_str::<Value>(text).ok());
    let prefixes: Vec<String> = match named.as_ref().and_then(Value::as_object) {
        Some(repositories) => repositories.keys().map(|prefix| variables(prefix)).collect(),
        None => {
            environment.keys().filter_map(|name| name.strip_suffix("_HEAD_REPOSITORY")).map(str::to_owned).collect()
        }
    };
    let is_told = |prefix: &String| environment.contains_key(&format!("{prefix}_HEAD_REPOSITORY"));
    let folder = |prefix: &String| {
        let default = || format!("{BUILDS_WORKER}/checkouts/{}", prefix.to_lowercase());
        environment.get(&format!("{prefix}_PATH")).cloned().unwrap_or_else(default)
    };
    let checkouts: Vec<(String, String)> =
        prefixes.into_iter().filter(is_told).map(|prefix| (prefix.clone(), folder(&prefix))).collect();
    let first = checkouts.first().map(|(_, folder)| folder.clone());
    Plan { links_artifacts: first.is_some(), folder: first, checkouts, command: Vec::new() }
}

fn variables(prefix: &str) -> String {
    prefix.to_uppercase()
}

fn is_run_task(script: &str) -> bool {
    ["run-task", "run-task-git", "run-task-hg"].contains(&base_name(script))
}

fn base_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn run_task_is_understood() {
        let command = words(
            "/usr/local/bin/run-task --user worker --vcs-checkout=/builds/worker/src --vcs-shallow-clone --task-cwd=/builds/worker/src -- bash -c x --",
        );
        let plan = plan(&command, &BTreeMap::new()).unwrap();
        assert_eq!(plan.checkouts, [("VCS".to_owned(), "/builds/worker/src".to_owned())]);
        assert_eq!(plan.folder.as_deref(), Some("/builds/worker/src"));
        assert_eq!(plan.command, ["bash", "-c", "x", "--"]);
    }

    #[test]
    fn other_ways_to_call_it() {
        let none = BTreeMap::new();
        assert_eq!(plan(&words("/usr/bin/python3 run-task -- a"), &none).unwrap().command, ["a"]);
        assert_eq!(plan(&words("chmod +x run-task"), &none).unwrap(), Plan::default());
        assert_eq!(plan(&words("bash -c run-task"), &none).unwrap().command, ["bash", "-c", "run-task"]);
        assert!(plan(&words("run-task --odd=1 -- a"), &none).unwrap_err().contains("`--odd`"));
        assert!(plan(&words("run-task-git a"), &none).unwrap_err().contains("no `--`"));
    }

    #[test]
    fn the_entry_point_of_the_image_is_told_by_the_environment() {
        let environment = BTreeMap::from([
            ("REPOSITORIES".to_owned(), r#"{"pushgraph": "Pushgraph"}"#.to_owned()),
            ("PUSHGRAPH_HEAD_REPOSITORY".to_owned(), "https://github.com/o/r".to_owned()),
        ]);
        let plan = plan(&words("/usr/local/bin/pushgraph decision"), &environment).unwrap();
        assert_eq!(plan.checkouts, [("PUSHGRAPH".to_owned(), "/builds/worker/checkouts/pushgraph".to_owned())]);
        assert_eq!((plan.folder.as_deref(), plan.links_artifacts), (Some("/builds/worker/checkouts/pushgraph"), true));
        assert_eq!(plan.command, ["pushgraph", "decision"]);
    }
}
