//! An extension folder has one file for each row of its table, and the table is sorted.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::support::repository;

/// The extension folders, their tables, and the files beside them that several rows share.
const TABLES: &[(&str, &str, &[&str])] = &[
    ("actions", "ACTIONS", &["support"]),
    ("carriers", "CARRIERS", &["document"]),
    ("generate/morphs", "MORPHS", &[]),
    ("generate/payloads", "PAYLOAD_BUILDERS", &["scriptworker"]),
    ("generate/run_using", "RUN_USING", &["description"]),
    ("generate/target_tasks", "TARGET_TASKS_METHODS", &["standard"]),
    ("generate/transforms", "TRANSFORMS", &[]),
    ("generate/verifications", "VERIFICATIONS", &[]),
    ("query/front_ends", "FRONT_ENDS", &[]),
];

#[test]
fn every_file_is_a_row_and_rows_are_sorted() {
    let wrong: Vec<String> =
        TABLES.iter().filter_map(|(folder, table, shared)| check(folder, table, shared).err()).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn check(folder: &str, table: &str, shared: &[&str]) -> Result<(), String> {
    let directory = repository().join("src").join(folder);
    let text = fs::read_to_string(directory.join("mod.rs")).map_err(|error| format!("{folder}/mod.rs: {error}"))?;
    let rows = rows(&text, table).ok_or_else(|| format!("{folder}: there is no table `{table}`"))?;
    if !rows.is_sorted() {
        return Err(format!("{folder}: `{table}` is not sorted: {rows:?}"));
    }
    let rows: BTreeSet<String> = rows.into_iter().collect();
    let files: BTreeSet<String> = files(&directory).filter(|name| !shared.contains(&name.as_str())).collect();
    let (missing, extra) = (&files - &rows, &rows - &files);
    if missing.is_empty() && extra.is_empty() {
        return Ok(());
    }
    Err(format!("{folder}: files that `{table}` lacks: {missing:?}; rows without a file: {extra:?}"))
}

/// The modules that the rows of a table come from, in its order.
fn rows(text: &str, table: &str) -> Option<Vec<String>> {
    let start = text.find(&format!("const {table}:"))?;
    let body = text[start..].split_once(" =")?.1.split_once("&[")?.1.split_once("];")?.0;
    let row = fancy_regex::Regex::new(r"(\w+)::[A-Z_]+").unwrap();
    Some(row.captures_iter(body).map(|row| row.unwrap()[1].to_owned()).collect())
}

/// The files and folders beside `mod.rs` that are not for tests.
fn files(directory: &Path) -> impl Iterator<Item = String> {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let names = entries.map(|path| path.file_stem().unwrap().to_string_lossy().into_owned());
    names.filter(|name| name != "mod" && !is_of_tests(name))
}

/// Whether a file is there for tests only; the action that runs the missing tests of a push is not.
fn is_of_tests(name: &str) -> bool {
    name.starts_with("test") || name.ends_with("tests") && name != "run_missing_tests"
}
