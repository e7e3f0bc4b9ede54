//! What of the reference's input is in a tree: every schema key, every named value, every row of a registry.
//!
//! `coverage.py` lists all there is, and records what a run meets. The table is `tests/trees/COVERAGE.md`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::process::Command;

use super::graphs::trees;
use super::programs::reference_python;
use super::trees::Stage;
use crate::support::{assert_file, repository};

/// Rows of sections.
type Sections<Rows> = BTreeMap<String, Rows>;

/// What no tree can show, and why.
const OUT_OF_REACH: [(&str, &str, &str); 7] = [
    ("fetch.type: static-url", "gpg-signature", "the reference fails on an undefined attribute"),
    ("fetch.type: static-url", "gpg-signature.key-path", "the reference fails on an undefined attribute"),
    ("fetch.type: static-url", "gpg-signature.sig-url", "the reference fails on an undefined attribute"),
    ("payload builders", "invalid", "the reference ends in a TypeError"),
    ("transforms/from_deps", "from-deps.set-name (mapping)", "the reference ends in a TypeError"),
    ("transforms/from_deps", "from-deps.set-name = true", "the reference ends in a KeyError"),
    ("worker: invalid", "implementation", "the reference ends in a TypeError"),
];

/// So many trees are named for a row.
const NAMED: usize = 3;

const INTRODUCTION: &str = "# What the trees show

Every key that the reference's schemas know, every value they name and every row of its registries, with trees that
have it in a graph compared with the reference's. Written by `PUSHGRAPH_BLESS=1 cargo test --test it coverage`; the
same test fails when a row has no tree.
";

/// All there is.
fn everything() -> Sections<BTreeSet<String>> {
    let script = repository().join("tests/it/reference/coverage.py");
    let output = Command::new(reference_python()).arg(script).env("PYTHONHASHSEED", "0").output().expect("Python runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("it prints JSON")
}

/// What the trees show: for each row those that do.
fn shown() -> Sections<BTreeMap<String, BTreeSet<String>>> {
    let record = tempfile::NamedTempFile::new().expect("a temporary file");
    let mut sections: Sections<BTreeMap<String, BTreeSet<String>>> = BTreeMap::new();
    for tree in trees() {
        let stage = Stage::of(&tree);
        for parameters in &tree.parameters {
            stage.record(parameters, record.path());
            let met = std::fs::read(record.path()).expect("it can be read");
            let met: Sections<Vec<String>> = serde_json::from_slice(&met).expect("it is JSON");
            for (title, rows) in met {
                let section = sections.entry(title).or_default();
                for row in rows {
                    section.entry(row).or_default().insert(tree.name.clone());
                }
            }
        }
    }
    sections
}

fn out_of_reach(title: &str, row: &str) -> Option<&'static str> {
    OUT_OF_REACH.iter().find(|entry| (entry.0, entry.1) == (title, row)).map(|entry| entry.2)
}

#[test]
fn everything_is_in_a_tree() {
    let (everything, shown) = (everything(), shown());
    let mut table = INTRODUCTION.to_owned();
    let (mut missing, mut reached) = (Vec::new(), Vec::new());
    for (title, rows) in &everything {
        write!(table, "\n## {title}\n\n| | trees |\n|---|---|\n").expect("a text can be written");
        for row in rows {
            let trees = shown.get(title).and_then(|section| section.get(row));
            let why = out_of_reach(title, row);
            match (trees, why) {
                (None, None) => missing.push(format!("{title}: {row}")),
                (Some(_), Some(_)) => reached.push(format!("{title}: {row}")),
                _ => {}
            }
            let names: Vec<&str> = trees.into_iter().flatten().map(String::as_str).take(NAMED).collect();
            let what = why.map_or(names.join(", "), |why| format!("none: {why}"));
            writeln!(table, "| `{row}` | {what} |").expect("a text can be written");
        }
    }
    assert!(missing.is_empty(), "these are in no tree:\n{}", missing.join("\n"));
    assert!(reached.is_empty(), "these are in a tree, though said to be out of reach:\n{}", reached.join("\n"));
    assert_file(&repository().join("tests/trees/COVERAGE.md"), &table).unwrap_or_else(|error| panic!("{error}"));
}
