//! The command lines of `run-task`, looked into and changed.

use super::shell;

/// What `run-task` runs in place of a command that waits to be run by hand.
const READY: &str = "Task setup complete!\nRun `exec-task` to execute the task's command.";

/// Whether a program is `run-task`, under one of its names.
pub(super) fn is_run_task(program: &str) -> bool {
    ["run-task", "run-task-git", "run-task-hg"].iter().any(|name| program.ends_with(name))
}

/// The value of an option, which may be a word of its own.
pub(super) fn value_of<'c>(command: &'c [String], option: &str) -> Option<&'c str> {
    match command.iter().position(|word| word == option) {
        Some(at) => command.get(at + 1).map(String::as_str),
        None => command.iter().find_map(|word| word.strip_prefix(option)?.strip_prefix('=')),
    }
}

/// Takes an option out, with its value.
pub(super) fn remove_option(command: &mut Vec<String>, option: &str) {
    match command.iter().position(|word| word == option) {
        Some(at) => drop(command.drain(at..(at + 2).min(command.len()))),
        None => {
            let is_it = |word: &String| word.strip_prefix(option).is_some_and(|rest| rest.starts_with('='));
            if let Some(at) = command.iter().position(is_it) {
                command.remove(at);
            }
        }
    }
}

/// Takes out an option that has no value.
pub(super) fn remove_flag(command: &mut Vec<String>, flag: &str) {
    let end = command.iter().position(|word| word == "--").unwrap_or(command.len());
    if let Some(at) = command[..end].iter().position(|word| word == flag) {
        command.remove(at);
    }
}

/// A command that prepares everything and opens a shell.
pub(super) struct Paused {
    pub(super) command: Vec<String>,
    /// What the shell does first: it learns to run what was left out.
    pub(super) shell_start: Option<String>,
}

/// Stops a `run-task` command before what comes after `--`.
pub(super) fn paused(command: &[String], user: &str) -> Paused {
    let folder = value_of(command, "--task-cwd").unwrap_or("$TASK_WORKDIR");
    let end = command.iter().position(|word| word == "--");
    let shell_start = end.map(|end| exec_task(&shell::join(&command[end + 1..]), folder));
    let mut preparing = command[..end.map_or(command.len(), |end| end + 1)].to_vec();
    if end.is_some() {
        preparing.extend(["echo", READY].map(str::to_owned));
    }
    let user = shell::quote(user);
    let script = format!("{} && cd $TASK_WORKDIR && su -p {user}", shell::join(&preparing));
    Paused { command: vec!["bash".into(), "-c".into(), script], shell_start }
}

/// The function that runs the task's command in its folder. The folder may be a variable.
fn exec_task(command: &str, folder: &str) -> String {
    let shown = shell::quote(command);
    format!(
        "function exec-task() {{\n    echo Starting task: {shown}\n    pushd {folder}\n    {command}\n    popd\n}}\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<String> {
        line.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn run_task_has_several_names() {
        for program in ["run-task", "/usr/local/bin/run-task-git", "run-task-hg"] {
            assert!(is_run_task(program), "{program}");
        }
        assert!(!is_run_task("run-task-svn") && !is_run_task("bash"));
    }

    #[test]
    fn options_are_found_and_taken_out_in_both_forms() {
        let mut command = words("run-task --ci-checkout=/a --ci-shallow-clone --task-cwd /b -- x --ci-shallow-clone");
        assert_eq!(value_of(&command, "--ci-checkout"), Some("/a"));
        assert_eq!(value_of(&command, "--task-cwd"), Some("/b"));
        assert_eq!(value_of(&command, "--ci"), None);
        remove_option(&mut command, "--ci-checkout");
        remove_option(&mut command, "--task-cwd");
        remove_flag(&mut command, "--ci-shallow-clone");
        remove_flag(&mut command, "--ci-shallow-clone");
        assert_eq!(command, words("run-task -- x --ci-shallow-clone"));
    }

    #[test]
    fn a_paused_command_can_be_resumed() {
        let paused = paused(&words("run-task --task-cwd=/w -- bash -c it's"), "me");
        assert_eq!(paused.command[..2], ["bash", "-c"]);
        let script = "run-task --task-cwd=/w -- echo 'Task setup complete!\nRun `exec-task` to execute the \
                      task'\"'\"'s command.' && cd $TASK_WORKDIR && su -p me";
        assert_eq!(paused.command[2], script);
        let start = paused.shell_start.unwrap();
        assert!(start.contains("    pushd /w\n    bash -c 'it'\"'\"'s'\n    popd\n"), "{start}");
    }

    #[test]
    fn without_a_command_there_is_nothing_to_resume() {
        let paused = paused(&words("run-task --x"), "worker");
        assert_eq!(paused.command[2], "run-task --x && cd $TASK_WORKDIR && su -p worker");
        assert_eq!(paused.shell_start, None);
    }
}
