//! A `docker` that remembers what it was asked.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Stdio;

use crate::reference::programs::{Checkout, Program, reference_python};

/// Each call gets a folder: `words`, one a line, the names of temporary files replaced; the files themselves; what
/// was piped in, of commands that read it.
const DOCKER: &str = r#"#!/bin/sh
[ "$1" = ps ] && exit 0
call=$FAKE_DOCKER/$(ls "$FAKE_DOCKER" | wc -l)
mkdir "$call"
for word; do
    case "$word" in
        --env-file=*) cp "${word#--env-file=}" "$call/env"; word=--env-file=ENV ;;
        /tmp/*:/builds/worker/.bashrc) cp "${word%%:*}" "$call/bashrc"; word=BASHRC:/builds/worker/.bashrc ;;
    esac
    printf '%s\n' "$word" >>"$call/words"
done
if [ -n "$FAKE_DOCKER_REFUSES" ]; then
    head -c 100 >/dev/null
    echo "no space left" >&2
    exit 4
fi
case "$1" in
    image|build) cat >"$call/piped" ;;
    run) exit "${FAKE_DOCKER_EXIT:-0}" ;;
esac
[ "$1" = image ] && echo "Loaded image: loaded:latest"
exit 0
"#;

/// A call of the engine: what it was told, by the name of the file it is kept in.
pub(super) type Call = BTreeMap<String, Vec<u8>>;

/// How a program ended, and what it asked of the engine.
#[derive(Debug, PartialEq)]
pub(super) struct Asked {
    pub(super) code: Option<i32>,
    pub(super) calls: Vec<Call>,
}

/// A run, its two streams kept for reports.
pub(super) struct Ran {
    pub(super) asked: Asked,
    pub(super) stdout: String,
    pub(super) stderr: String,
}

/// Runs a program that finds the remembering engine, with `input` piped in.
pub(super) fn run(
    program: &Program,
    checkout: &Checkout,
    arguments: &[&str],
    environment: &[(&str, &str)],
    input: &str,
) -> Ran {
    let (programs, calls) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let docker = programs.path().join("docker");
    fs::write(&docker, DOCKER).unwrap();
    fs::set_permissions(&docker, fs::Permissions::from_mode(0o755)).unwrap();
    let python = reference_python();
    let others = python.parent().unwrap().display();
    let path = format!("{}:{others}:/usr/local/bin:/usr/bin:/bin", programs.path().display());
    let mut environment = environment.to_vec();
    environment.extend([("PATH", path.as_str()), ("FAKE_DOCKER", calls.path().to_str().unwrap())]);
    let mut command = program.command(checkout, arguments, &environment);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
    // It need not read it.
    let _ = child.stdin.take().map(|mut stdin| stdin.write_all(input.as_bytes()));
    let output = child.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let asked = Asked { code: output.status.code(), calls: recorded(calls.path()) };
    Ran { asked, stdout: text(output.stdout), stderr: text(output.stderr) }
}

fn recorded(folder: &Path) -> Vec<Call> {
    let count = fs::read_dir(folder).unwrap().count();
    let call = |number: usize| {
        let files = fs::read_dir(folder.join(number.to_string())).unwrap().map(Result::unwrap);
        files.map(|file| (file.file_name().into_string().unwrap(), fs::read(file.path()).unwrap())).collect()
    };
    (0..count).map(call).collect()
}
