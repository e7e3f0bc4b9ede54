//! Imports run downwards only.

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use fancy_regex::Regex;

use crate::support::repository;

/// The units of the program, lowest first. Units of one line do not know each other.
const LAYERS: &[&[&str]] = &[
    &["steps"],
    &["diagnostics"],
    &["environment", "yaml"],
    &["json"],
    &["model"],
    &["draw", "query"],
    &["sources"],
    &["history"],
    &["script"],
    &["carriers"],
    &["parameters"],
    &["generate::memo", "generate::siblings"],
    &["generate::context"],
    &["generate::config", "generate::shared"],
    &["generate::starlark"],
    &[
        "generate::morphs",
        "generate::optimization",
        "generate::payloads",
        "generate::run_using",
        "generate::target_tasks",
        "generate::verifications",
    ],
    &["generate::selection", "generate::transforms"],
    &["generate::kinds", "generate::request"],
    &["generate::phase"],
    &["generate::whole"],
    &["generate"],
    &["generate::kept", "generate::rehearsal", "generate::summary"],
    &["create", "explain", "publish"],
    &["error"],
    &["actions", "docker"],
    &["decision", "schemas"],
    &["clients", "local"],
    &["cli"],
];

#[test]
fn imports_run_downwards_only() {
    let source = repository().join("src");
    let mut wrong = Vec::new();
    for file in walkdir::WalkDir::new(&source).sort_by_file_name().into_iter().map(Result::unwrap) {
        let path = file.path().strip_prefix(&source).unwrap();
        if is_code(path) {
            let text = fs::read_to_string(file.path()).unwrap();
            wrong.extend(upward_imports(path, &text));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Whether a file is part of the program, and not only of its tests; `lib.rs` names everything.
fn is_code(path: &Path) -> bool {
    let is_test = |part: &std::ffi::OsStr| {
        let part = part.to_string_lossy();
        let name = part.trim_end_matches(".rs");
        name.ends_with("tests") || name == "testing"
    };
    let is_rust = path.extension().is_some_and(|extension| extension == "rs");
    is_rust && path != Path::new("lib.rs") && !path.iter().any(is_test)
}

fn upward_imports(path: &Path, text: &str) -> Vec<String> {
    let module = module_of(path);
    let Some(unit) = unit_of(&module) else { return Vec::new() };
    let layer = layer_of(&unit).unwrap_or_else(|| panic!("{}: `{unit}` is in no layer", path.display()));
    // What stands below the tests of a file is only there for them.
    let code = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
    let lines = code.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//"));
    let imports =
        lines.flat_map(|(number, line)| imports(&module, line).into_iter().map(move |import| (number, import)));
    let upward = imports.filter(|(_, import)| *import != unit && layer_of(import).is_some_and(|other| other >= layer));
    upward.map(|(number, import)| format!("{}:{}: {unit} must not know {import}", path.display(), number + 1)).collect()
}

/// The module a file is: `generate/kinds/load.rs` → `generate kinds load`.
fn module_of(path: &Path) -> Vec<String> {
    let parts = path.with_extension("").iter().map(|part| part.to_string_lossy().into_owned()).collect::<Vec<_>>();
    parts.into_iter().filter(|part| part != "mod").collect()
}

fn unit_of(module: &[String]) -> Option<String> {
    match module {
        [] => None,
        [only] if only == "main" => None,
        [generate, folder, ..] if generate == "generate" => Some(format!("generate::{folder}")),
        [first, ..] => Some(first.clone()),
    }
}

fn layer_of(unit: &str) -> Option<usize> {
    LAYERS.iter().position(|units| units.contains(&unit))
}

/// A path that begins at the root or above the module it stands in.
static PATH: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?<![\w:])(crate|super(?:::super)*)((?:::\w+)+)").expect("it is one"));

/// The units that a line of code names by path.
fn imports(module: &[String], line: &str) -> Vec<String> {
    if !line.contains("crate::") && !line.contains("super::") {
        return Vec::new();
    }
    let found = PATH.captures_iter(line).map(Result::unwrap);
    let paths = found.map(|found| {
        let ups = found[1].matches("super").count();
        let start = if &found[1] == "crate" { 0 } else { module.len().saturating_sub(ups) };
        let rest = found[2].split("::").filter(|part| !part.is_empty()).map(str::to_owned);
        module[..start].iter().cloned().chain(rest).collect::<Vec<_>>()
    });
    paths.filter_map(|path| known_unit(&path)).collect()
}

/// The unit of a path; an item of `generate` itself is no folder of it.
fn known_unit(path: &[String]) -> Option<String> {
    let unit = unit_of(path)?;
    if layer_of(&unit).is_some() { Some(unit) } else { path.first().cloned() }
}

#[test]
fn paths_are_understood() {
    let module = module_of(Path::new("generate/kinds/load.rs"));
    assert_eq!(imports(&module, "use crate::yaml::Node;"), ["yaml"]);
    assert_eq!(imports(&module, "use super::super::transforms::x;"), ["generate::transforms"]);
    assert_eq!(imports(&module, "    crate::generate::Error::from(super::stub())"), ["generate", "generate::kinds"]);
    let upward = upward_imports(Path::new("model/label.rs"), "use crate::cli::main;\n// use crate::cli;\n");
    assert_eq!(upward, ["model/label.rs:1: model must not know cli"]);
}
