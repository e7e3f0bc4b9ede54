//! The command line around a task's command.

use super::{Command, ExecWith, RunTask};
use crate::diagnostics::Diagnostic;
use crate::generate::context::KindContext;
use crate::generate::run_using::Description;
use crate::yaml::{Map, Node};

impl ExecWith {
    const fn words(self) -> &'static [&'static str] {
        match self {
            Self::Bash => &["bash", "-cx"],
            Self::Powershell => &["powershell.exe", "-ExecutionPolicy", "Bypass"],
        }
    }
}

/// Sets `worker.command`: `run-task`, its options, `--`, and the task's command.
pub(super) fn set_command(
    kind: &KindContext<'_>,
    description: &mut Description,
    run: &RunTask,
    options: Vec<Node>,
) -> Result<(), Diagnostic> {
    let command = if description.is_docker() {
        Node::new(docker_command(run, options))
    } else {
        mount_scripts(kind, description)?;
        generic_command(description.os(), run, options)?
    };
    description.worker()?.insert("command", command);
    Ok(())
}

fn docker_command(run: &RunTask, options: Vec<Node>) -> Vec<Node> {
    let mut command = run.run_task_command.clone().unwrap_or_else(|| vec![Node::new("/usr/local/bin/run-task")]);
    command.extend(options);
    command.push(Node::new("--"));
    match &run.command {
        Command::Text(text) => command.extend(in_shell(run, Node::from(text))),
        Command::Words(words) => command.extend(words.iter().map(Node::from)),
    }
    command
}

fn in_shell(run: &RunTask, text: Node) -> impl Iterator<Item = Node> {
    run.exec_with.unwrap_or_default().words().iter().map(|word| Node::new(*word)).chain([text])
}

/// Where the reference takes a reference to another task for its words, ours goes to the shell, as on docker-worker.
fn generic_command(os: &str, run: &RunTask, options: Vec<Node>) -> Result<Node, Diagnostic> {
    let is_windows = os == "windows";
    let given = run.run_task_command.clone().filter(|command| !command.is_empty());
    let mut command = given.unwrap_or_else(|| usual_command(is_windows));
    command.extend(options);
    command.push(Node::new("--"));
    if os == "linux-bitbar" {
        // Sets up the device and the variables of its debug bridge.
        command.push(Node::new("/builds/taskcluster/script.py"));
    }
    match &run.command {
        Command::Text(text) => match text.as_str() {
            Some(plain) if is_windows => command.extend(in_shell(run, Node::new(format!("\"{plain}\"")))),
            _ => command.extend(in_shell(run, Node::from(text))),
        },
        Command::Words(words) => command.extend(words.iter().map(Node::from)),
    }
    if is_windows {
        return Ok(Node::from_iter([one_line(&command)?]));
    }
    let make_executable: Node = ["chmod", "+x", "run-task"].into_iter().collect();
    Ok(Node::from_iter([make_executable, Node::new(command)]))
}

fn usual_command(is_windows: bool) -> Vec<Node> {
    let words: &[&str] =
        if is_windows { &["C:/mozilla-build/python3/python3.exe", "run-task"] } else { &["./run-task"] };
    words.iter().map(|word| Node::new(*word)).collect()
}

fn one_line(command: &[Node]) -> Result<String, Diagnostic> {
    let text = |word: &Node| {
        word.as_str().map(str::to_owned).ok_or_else(|| {
            Diagnostic::error(format!(
                "expected the words of a command on Windows as strings, found {}",
                word.type_name()
            ))
            .at(word.span)
        })
    };
    Ok(command.iter().map(text).collect::<Result<Vec<_>, _>>()?.join(" "))
}

fn mount_scripts(kind: &KindContext<'_>, description: &mut Description) -> Result<(), Diagnostic> {
    let has_fetches = description.env()?.get("MOZ_FETCHES").is_some_and(Node::is_truthy);
    let scripts = ["run-task", "fetch-content"];
    for script in &scripts[..if has_fetches { 2 } else { 1 }] {
        let content = Map::from([("url", script_url(kind, script)?)]);
        let mount = Map::from([("content", Node::new(content)), ("file", Node::new(format!("./{script}")))]);
        description.push_to_worker("mounts", mount)?;
    }
    Ok(())
}

/// Where the decision task publishes a script; public artifacts need no credentials and so no proxy.
fn script_url(kind: &KindContext<'_>, script: &str) -> Result<String, Diagnostic> {
    let surroundings = kind.surroundings;
    let task_id = match &surroundings.task_id {
        Some(task_id) => task_id,
        None if surroundings.automation => {
            return Err(Diagnostic::error("`run-task` on generic-worker needs the decision's id")
                .help("set the environment variable `TASK_ID`"));
        }
        None => "<TASK_ID>",
    };
    let root_url = surroundings.root_url.as_deref().ok_or_else(|| {
        Diagnostic::error("`run-task` on generic-worker needs to know where Taskcluster is")
            .help("set the environment variable `TASKCLUSTER_ROOT_URL`")
    })?;
    Ok(format!("{root_url}/api/queue/v1/task/{task_id}/artifacts/public/{script}"))
}
