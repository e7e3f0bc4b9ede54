//! The short forms of the scripts in `tests/robustness/`, each of which proves a claim and ends with its figure.

use std::path::Path;
use std::process::Command;

use crate::reference::reference_python;
use crate::support::repository;

/// The scripts that have a short form.
const SCRIPTS: &[&str] = &["faults.py", "kill.py", "load.py", "planted.py", "starlark.py"];

/// Runs a script; it must end well, and with its figure.
fn short(script: &str) {
    let mut command = Command::new(reference_python());
    command.arg(repository().join("tests/robustness").join(script)).arg("--short");
    command.env("PUSHGRAPH", env!("CARGO_BIN_EXE_pushgraph")).env("PYTHONDONTWRITEBYTECODE", "1");
    let output = command.output().expect("Python can be run");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    assert!(
        said.lines().last().is_some_and(|figure| figure.contains(|letter: char| letter.is_ascii_digit())),
        "{said}"
    );
}

#[test]
fn faults() {
    short("faults.py");
}

#[test]
fn kill() {
    short("kill.py");
}

#[test]
fn load() {
    short("load.py");
}

#[test]
fn planted() {
    short("planted.py");
}

#[test]
fn starlark() {
    short("starlark.py");
}

#[test]
fn every_script_has_a_short_form() {
    let files = std::fs::read_dir(repository().join("tests/robustness")).unwrap();
    let names = files.map(|file| file.unwrap().file_name().to_string_lossy().into_owned());
    let is_script = |name: &String| Path::new(name).extension().is_some() && name != "support.py";
    let mut names: Vec<String> = names.filter(|name| !name.starts_with("__")).filter(is_script).collect();
    names.sort();
    assert_eq!(names, SCRIPTS);
}
