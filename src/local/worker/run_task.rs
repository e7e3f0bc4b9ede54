//! `run-task`, and `pushgraph` with `--checkout`, which images have and this machine need not: their checkouts, which are
//! of repositories that are nowhere but here, and their folders are understood.
//!
//! Ignored, since a task runs as the user of the machine in a folder of its own: `--user`, `--group`, caches, volumes,
//! sparse profiles and shallow clones.

/// A command with what must be there before it runs.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub(super) struct Plan {
    /// Repositories to check out: the prefix of their variables (`VCS`) and the folder.
    pub(super) checkouts: Vec<(String, String)>,
    /// The folder to run in; the task's home if none is named.
    pub(super) folder: Option<String>,
    /// The command; empty if there is nothing to do.
    pub(super) command: Vec<String>,
}

/// Arguments of run-task that stand alone, and ones that are followed by a value which is of no use here.
const IGNORED: &[&str] = &["user", "group", "fetch-hgfingerprint"];

/// What `command` asks for; the error is for the task's log.
pub(super) fn plan(command: &[String]) -> Result<Plan, String> {
    let words: Vec<&str> = command.iter().map(String::as_str).collect();
    match &words[..] {
        // generic-worker tasks make the script executable first; there is no script here.
        ["chmod", "+x", script] if is_run_task(script) => Ok(Plan::default()),
        [python, script, rest @ ..] if base_name(python).starts_with("python") && is_run_task(script) => run_task(rest),
        [script, rest @ ..] if is_run_task(script) => run_task(rest),
        [program, rest @ ..] if is_ours(program) => Ok(with_checkout(base_name(program), rest)),
        // Containers of decision and action tasks; their volumes are below the task's home.
        ["podman", "run", rest @ ..] if rest.iter().any(|word| is_ours(word)) => {
            let at = rest.iter().rposition(|word| is_ours(word)).unwrap_or_default();
            Ok(with_checkout(base_name(rest[at]), &rest[at + 1..]))
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

/// A command of ours; what it would check out is left to the worker, and so are the options that say how.
fn with_checkout(program: &str, arguments: &[&str]) -> Plan {
    // The program is the one in the task's path, wherever the image has it.
    let mut plan = Plan { command: vec![program.to_owned()], ..Plan::default() };
    let mut prefix = "VCS".to_owned();
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        let (name, given) = word.split_once('=').map_or((*word, None), |(name, value)| (name, Some(value)));
        if name == "--shallow-clone" {
            continue;
        }
        if !["--checkout", "--checkout-project", "--checkout-store"].contains(&name) {
            plan.command.push((*word).to_owned());
            continue;
        }
        let value = given.or_else(|| words.next().copied()).unwrap_or_default();
        match name {
            "--checkout" => plan.folder = Some(value.to_owned()),
            "--checkout-project" => prefix = variables(value),
            _ => {}
        }
    }
    plan.checkouts = plan.folder.iter().map(|folder| (prefix.clone(), folder.clone())).collect();
    plan
}

/// Whether it is the program, which knows no word before its subcommand.
fn is_ours(program: &str) -> bool {
    ["pushgraph", "taskgraph"].contains(&base_name(program))
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
        let plan = plan(&command).unwrap();
        assert_eq!(plan.checkouts, [("VCS".to_owned(), "/builds/worker/src".to_owned())]);
        assert_eq!(plan.folder.as_deref(), Some("/builds/worker/src"));
        assert_eq!(plan.command, ["bash", "-c", "x", "--"]);
    }

    #[test]
    fn other_ways_to_call_it() {
        assert_eq!(plan(&words("/usr/bin/python3 run-task -- a")).unwrap().command, ["a"]);
        assert_eq!(plan(&words("chmod +x run-task")).unwrap(), Plan::default());
        assert_eq!(plan(&words("bash -c run-task")).unwrap().command, ["bash", "-c", "run-task"]);
        assert!(plan(&words("run-task --odd=1 -- a")).unwrap_err().contains("`--odd`"));
        assert!(plan(&words("run-task-git a")).unwrap_err().contains("no `--`"));
    }

    #[test]
    fn a_checkout_that_is_built_in_is_understood() {
        let command = "/usr/local/bin/pushgraph decision --checkout=/builds/worker/src --level=1 --shallow-clone \
            --checkout-project one --checkout-store=/builds/worker/store";
        let made = plan(&words(command)).unwrap();
        assert_eq!(made.checkouts, [("ONE".to_owned(), "/builds/worker/src".to_owned())]);
        assert_eq!(made.folder.as_deref(), Some("/builds/worker/src"));
        assert_eq!(made.command, ["pushgraph", "decision", "--level=1"]);
        let contained =
            "podman run --rm --volume=./a:/builds/worker/a pushgraph:1 pushgraph action-callback --checkout src";
        let made = plan(&words(contained)).unwrap();
        assert_eq!((made.folder.as_deref(), made.command), (Some("src"), words("pushgraph action-callback")));
        let bare = plan(&words("pushgraph decision")).unwrap();
        assert_eq!((bare.checkouts.len(), bare.folder), (0, None));
    }
}
