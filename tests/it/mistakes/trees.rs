//! Trees that must be refused, each with the report it must give.
//!
//! A folder of `tests/mistakes/trees/` holds `tree/`, `command`, and `expected.txt`: exit code, report, output, and the
//! artifacts that are left. The tree is committed to git first, unless the command's first line says
//! `# outside a repository`. Variables may stand before the command.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::{Ran, Tree, assert_file, repository};

#[test]
fn every_mistake_is_reported_as_expected() {
    let folder = repository().join("tests/mistakes/trees");
    let mut cases: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.sort();
    let wrong: Vec<String> = std::thread::scope(|scope| {
        // Some wait for services that do not answer; they can do so side by side.
        let checks: Vec<_> = cases.iter().map(|case| scope.spawn(|| check(case).err())).collect();
        checks.into_iter().filter_map(|check| check.join().expect("the check panicked")).collect()
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

fn check(case: &Path) -> Result<(), String> {
    let command = fs::read_to_string(case.join("command")).map_err(|error| format!("{}: {error}", case.display()))?;
    let tree = Tree::copy_of(&case.join("tree"));
    let (tree, line) = match command.split_once("# outside a repository\n") {
        Some((_, line)) => (tree, line),
        None => (tree.committed(), command.as_str()),
    };
    let (variables, arguments) = line.split_once("pushgraph").ok_or("a command calls pushgraph")?;
    let run = tree.pushgraph(arguments.trim());
    let variables = variables.split_whitespace().filter_map(|variable| variable.split_once('='));
    let run = variables.fold(run, |run, (name, value)| run.env(name, value));
    assert_file(&case.join("expected.txt"), &transcript(&run.run()))
}

fn transcript(ran: &Ran) -> String {
    let mut text = format!("exit code {}\n", ran.code().map_or("none".to_owned(), |code| code.to_string()));
    let artifacts: Vec<String> = ran.artifacts().into_keys().collect();
    for (title, part) in [("stderr", ran.stderr()), ("stdout", ran.stdout()), ("artifacts", artifacts.join("\n"))] {
        if !part.is_empty() {
            text += &format!("--- {title}\n{}\n", part.trim_end());
        }
    }
    text
}
