//! Every file in `tests/yaml/cases`, against `tests/yaml/expected.json`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value as Json;

use super::tagged::{is_at, tagged};
use crate::diagnostics::{Files, Mistakes};
use crate::yaml::load;

/// What the reference accepts and we refuse, on purpose.
const REFUSED: [&str; 2] = ["alias-recursive", "alias-recursive-map"];

pub(super) fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/yaml"))
}

pub(super) fn cases() -> BTreeMap<String, Vec<u8>> {
    let files = fs::read_dir(folder().join("cases")).unwrap().map(|entry| entry.unwrap().path());
    files.map(|path| (path.file_stem().unwrap().to_str().unwrap().to_owned(), fs::read(&path).unwrap())).collect()
}

#[test]
fn documents_are_what_pyyaml_makes_of_them() {
    let expected = fs::read_to_string(folder().join("expected.json")).unwrap();
    let mut expected: BTreeMap<String, Json> = serde_json::from_str(&expected).unwrap();
    let mut wrong = Vec::new();
    for (name, bytes) in cases() {
        let expected = expected.remove(&name).unwrap_or_else(|| panic!("{name}: run tests/yaml/regenerate.py"));
        let files = Files::default();
        let loaded = load(&files, "case.yml", bytes).map(|loaded| tagged(&loaded.root));
        if let Err(difference) = agree(&name, &files, loaded, &expected) {
            wrong.push(format!("{name}: {difference}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(expected.is_empty(), "no case for {:?}", expected.keys());
}

fn agree(name: &str, files: &Files, loaded: Result<Json, Mistakes>, expected: &Json) -> Result<(), String> {
    match loaded {
        Ok(_) if REFUSED.contains(&name) => Err("accepted, and should not be".into()),
        Ok(value) if expected.get("value") == Some(&value) => Ok(()),
        Ok(value) => Err(format!("read as {value}, should be {expected}")),
        Err(_) if REFUSED.contains(&name) => Ok(()),
        Err(mistakes) if expected.get("error").is_none() => Err(format!("refused: {mistakes}, should be {expected}")),
        Err(mistakes) => same_place(files, &mistakes, expected),
    }
}

fn same_place(files: &Files, mistakes: &Mistakes, expected: &Json) -> Result<(), String> {
    let (Some(line), Some(column)) = (expected["line"].as_u64(), expected["column"].as_u64()) else { return Ok(()) };
    let mut places = mistakes.0.iter().filter_map(|mistake| files.place(mistake.span));
    let is_there = places.any(|place| is_at(&place, line, column));
    is_there.then_some(()).ok_or_else(|| format!("{mistakes} {:?}, should be {expected}", mistakes.0))
}
