//! From `config.yml` to the project's configuration.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

use crate::diagnostics::{Diagnostic, Files, Mistakes, Warnings, quoted, shown};
use crate::model::{
    Config, DefaultCache, GraphConfig, MOZILLA_TASKGRAPH, MozillaConfig, Priority, RunConfig, TryConfig, TryTemplate,
};
use crate::sources::checkout::Checkout;
use crate::yaml::{self, Map, Node};

/// The name of the file.
const FILE: &str = "config.yml";

/// The name of a root directory whose parent is taken for the repository's root where there is no repository.
const USUAL_ROOT: &str = "taskcluster";

/// Reads the configuration in `root`, the directory as it was given. `repository` is the root of the repository that
/// directory is in (absolute), if it is in one.
///
/// Source: `taskgraph.config`. Refused is what its schema refuses; keys it does not know are accepted at the top and
/// in `repositories`, where projects keep keys of their own. Beyond it, `task-deadline-after` and `use-caches` are
/// checked too, which it leaves to a crash.
///
/// # Errors
/// All mistakes of the file; a file that is not there or not YAML.
pub fn load_graph_config(
    checkout: &dyn Checkout,
    files: &Files,
    warnings: &Warnings,
    root: &Path,
    repository: Option<&Path>,
) -> Result<GraphConfig, Mistakes> {
    graph_config(checkout, warnings, &read_config(checkout, files, warnings, root)?, root, repository)
}

/// The configuration of a document that [`read_config`] read.
///
/// # Errors
/// All mistakes of the file.
pub fn graph_config(
    checkout: &dyn Checkout,
    warnings: &Warnings,
    document: &Node,
    root: &Path,
    repository: Option<&Path>,
) -> Result<GraphConfig, Mistakes> {
    let config = config(document)?;
    warn_of_level(document, warnings);
    let vcs_root = vcs_root(checkout, root, repository)?;
    Ok(GraphConfig { config, document: document.clone(), root: root.into(), vcs_root })
}

/// The configuration as far as we need it where the tree's own reference checks it: its schema may be another, of
/// another version or extended by the tree. What it does not say as we know it counts as not said.
///
/// # Errors
/// A document without a trust domain; a directory whose repository cannot be told.
pub fn foreign_graph_config(
    checkout: &dyn Checkout,
    warnings: &Warnings,
    document: &Node,
    root: &Path,
    repository: Option<&Path>,
) -> Result<GraphConfig, Mistakes> {
    if let Ok(config) = graph_config(checkout, warnings, document, root, repository) {
        return Ok(config);
    }
    let mut known = valid_config();
    let Some(trust_domain) = document.get("trust-domain").filter(|name| name.as_str().is_some()) else {
        return Err(Diagnostic::error("the configuration names no `trust-domain`").at(document.span).into());
    };
    known.insert("trust-domain", trust_domain.clone());
    let vcs_root = vcs_root(checkout, root, repository)?;
    Ok(GraphConfig { config: yaml::read(&Node::new(known))?, document: document.clone(), root: root.into(), vcs_root })
}

/// As in the reference, whose schema allows it: the level is not looked at, and so `default` counts or nothing does.
fn warn_of_level(document: &Node, warnings: &Warnings) {
    let Some(priority) = document.get("task-priority").and_then(Node::as_map) else { return };
    if let Some((level, _)) = priority.entry("by-level") {
        let warning = Diagnostic::warning("`by-level` in `task-priority`: only `default` ever counts").at(level.span);
        warnings.push(warning.help("`by-project` works; tasks may have a `priority` of their own"));
    }
}

/// Reads the `config.yml` in `root`.
///
/// # Errors
/// A file that is not there or not YAML.
pub fn read_config(checkout: &dyn Checkout, files: &Files, warnings: &Warnings, root: &Path) -> Result<Node, Mistakes> {
    let path = &root.join(FILE);
    let name = shown(path, checkout.current_directory());
    let Some(_) = checkout.kind(path) else { return Err(nowhere(checkout, path).into()) };
    let content = checkout.read(path).map_err(|error| cannot_read(&name, &error.to_string()))?;
    let loaded = yaml::load(files, name.clone(), content)?;
    loaded.warnings.into_iter().for_each(|warning| warnings.push(warning));
    if loaded.root.is_null() {
        return Err(cannot_read(&name, "it is empty").at(loaded.root.span).into());
    }
    Ok(loaded.root)
}

fn cannot_read(name: &Path, why: &str) -> Diagnostic {
    Diagnostic::error(format!("cannot read the configuration `{}`: {why}", name.display()))
}

fn nowhere(checkout: &dyn Checkout, path: &Path) -> Diagnostic {
    let looked_for = checkout.current_directory().join(path);
    Diagnostic::error(format!("there is no configuration at `{}`", looked_for.display()))
        .help("run this where the directory `taskcluster` is, or name the directory of `config.yml` with `--root`")
}

/// Where the repository's files start.
///
/// # Errors
/// If the directory is in no repository and its name does not tell either.
fn vcs_root(checkout: &dyn Checkout, root: &Path, repository: Option<&Path>) -> Result<PathBuf, Diagnostic> {
    if let Some(repository) = repository {
        return Ok(repository.into());
    }
    let absolute = checkout.current_directory().join(root);
    match absolute.parent() {
        Some(parent) if absolute.file_name().is_some_and(|name| name == USUAL_ROOT) => Ok(parent.into()),
        _ => {
            Err(Diagnostic::error(format!("`{}` is in no repository, and is not named `{USUAL_ROOT}`", root.display()))
                .help("make it part of a git or hg repository"))
        }
    }
}

/// A configuration with nothing but what is required.
fn valid_config() -> Map {
    let repositories = Map::from([("r", Node::new(Map::from([("name", "r")])))]);
    let taskgraph = Map::from([("repositories", Node::new(repositories))]);
    Map::from([
        ("trust-domain", Node::new("d")),
        ("task-priority", Node::new("low")),
        ("workers", Node::new(Map::from([("aliases", Node::empty_map())]))),
        ("taskgraph", Node::new(taskgraph)),
    ])
}

/// The file as a closed type.
///
/// # Errors
/// All mistakes: those that the type shows, and those of values that depend on the push.
fn config(document: &Node) -> Result<Config, Mistakes> {
    if document.as_map().is_none() {
        let message = format!("the configuration must be a mapping, not {}", document.type_name());
        return Err(Diagnostic::error(message).at(document.span).into());
    }
    let (config, mut mistakes) = match yaml::read(&without_own_try(document)) {
        Ok(config) => (Ok(config), Mistakes::default()),
        Err(mistakes) => (Err(Mistakes::default()), mistakes),
    };
    mistakes.extend(keyed(document.get("task-priority"), &["by-project", "by-level"], leaf::<Priority>));
    mistakes.extend(deadline(document.get("task-deadline-after")));
    let aliases = document.get("workers").and_then(|workers| workers.get("aliases"));
    for alias in aliases.and_then(Node::as_map).into_iter().flat_map(Map::values) {
        for key in ["provisioner", "worker-type"] {
            mistakes.extend(keyed(alias.get(key), &["by-level"], leaf::<String>));
        }
    }
    mistakes.extend(caches(document.get("taskgraph").and_then(|section| section.get("run"))));
    if document.get("taskgraph").and_then(|section| section.get("register")?.as_str()) == Some(MOZILLA_TASKGRAPH) {
        mistakes.extend(MozillaConfig::of(document).err().unwrap_or_default().0);
    }
    mistakes.or(())?;
    config
}

/// The document without the sections about try pushes that are a tree's own, and mean something else: ours names the
/// carriers that count.
fn without_own_try(document: &Node) -> Node {
    let mut document = document.clone();
    if document.get("try").is_some_and(|section| section.get("carriers").is_some()) {
        return document;
    }
    let Some(sections) = document.as_map_mut() else { return document };
    if sections.get("try").is_some_and(|section| yaml::read::<TryConfig>(section).is_err()) {
        sections.remove("try");
    }
    let is_other = |section: &Node| yaml::read::<BTreeMap<String, TryTemplate>>(section).is_err();
    if sections.get("try-templates").is_some_and(is_other) {
        sections.remove("try-templates");
    }
    document
}

/// `run.use-caches`: a boolean, or a list of the names of caches.
fn caches(run: Option<&Node>) -> Vec<Diagnostic> {
    let run: Option<RunConfig> = run.and_then(|run| yaml::read(run).ok());
    let Some(use_caches) = run.and_then(|run| run.use_caches) else { return Vec::new() };
    match (use_caches.as_bool(), use_caches.as_list()) {
        (Some(_), _) => Vec::new(),
        (_, Some(names)) => names.iter().flat_map(leaf::<DefaultCache>).collect(),
        _ => {
            let message = format!("expected a boolean or a list of caches, found {}", use_caches.type_name());
            vec![Diagnostic::error(message).at(use_caches.span)]
        }
    }
}

fn leaf<T: DeserializeOwned>(value: &Node) -> Vec<Diagnostic> {
    yaml::read::<T>(value).err().unwrap_or_default().0
}

/// The mistakes of a value that may be keyed by some attributes, nested in any way.
fn keyed(value: Option<&Node>, keys: &[&str], leaf: fn(&Node) -> Vec<Diagnostic>) -> Vec<Diagnostic> {
    let Some(value) = value else { return Vec::new() };
    match value.as_map().and_then(Map::single) {
        Some((key, arms)) if keys.contains(&key) => match arms.as_map() {
            Some(arms) => arms.values().flat_map(|arm| keyed(Some(arm), keys, leaf)).collect(),
            None => {
                let message = format!("`{key}` must be a mapping, not {}", arms.type_name());
                vec![Diagnostic::error(message).at(arms.span.or(value.span))]
            }
        },
        Some((key, _)) if key.starts_with("by-") => {
            vec![
                Diagnostic::error(format!("`{key}` is not possible here"))
                    .at(value.span)
                    .help(format!("expected one of {}", quoted(keys))),
            ]
        }
        _ => leaf(value),
    }
}

/// The reference resolves any `by-…` here, so only what it ends in is checked.
fn deadline(value: Option<&Node>) -> Vec<Diagnostic> {
    let Some(value) = value.filter(|value| !value.is_null()) else { return Vec::new() };
    match value.as_map().and_then(Map::single) {
        Some((key, arms)) if key.starts_with("by-") => {
            arms.as_map().into_iter().flat_map(Map::values).flat_map(|arm| deadline(Some(arm))).collect()
        }
        _ => leaf::<String>(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::checkout::MemoryCheckout;

    const GOOD: &str = "\
trust-domain: example
task-priority:
  by-project:
    main: {by-level: {'3': high, default: low}}
    default: lowest
workers:
  aliases:
    b-linux: {provisioner: p, implementation: docker-worker, os: linux, worker-type: {by-level: {'1': a, default: b}}}
taskgraph:
  repositories:
    zeta: {name: Zeta, project-regex: zeta, own: [1]}
    alpha: {name: Alpha, default-repository: https://example.com/a}
  run: {use-caches: [checkout, uv]}
own: {key: 1}
";

    fn load(content: &str) -> (Files, Result<GraphConfig, Mistakes>) {
        let files = Files::default();
        let checkout = MemoryCheckout::new([("taskcluster/config.yml", content)]);
        let root = Path::new("taskcluster");
        let loaded = load_graph_config(&checkout, &files, &Warnings::default(), root, None);
        (files, loaded)
    }

    fn told(content: &str) -> Vec<String> {
        let (files, loaded) = load(content);
        let place = |mistake: &Diagnostic| files.place(mistake.span).map(|place| place.line_and_column());
        let text = |mistake: Diagnostic| match place(&mistake) {
            Some((line, column)) => format!("{line}:{column} {}", mistake.message),
            None => mistake.message,
        };
        let mut told: Vec<(crate::diagnostics::Span, String)> =
            loaded.unwrap_err().0.into_iter().map(|mistake| (mistake.span, text(mistake))).collect();
        told.sort();
        told.into_iter().map(|(_, text)| text).collect()
    }

    #[test]
    fn a_good_file_keeps_its_order_and_its_own_keys() {
        let config = load(GOOD).1.unwrap();
        let prefixes: Vec<&str> = config.taskgraph.repositories.iter().map(|(prefix, _)| prefix.as_str()).collect();
        assert_eq!(prefixes, ["zeta", "alpha"]);
        assert_eq!(config.document.get("own").and_then(|own| own.get("key")).and_then(Node::as_i64), Some(1));
        assert_eq!(config.vcs_root, Path::new("/tree"));
    }

    #[test]
    fn what_is_foreign_is_read_as_far_as_it_is_known() {
        let foreign = |content: &str| {
            let (files, warnings) = (Files::default(), Warnings::default());
            let checkout = MemoryCheckout::new([("taskcluster/config.yml", content)]);
            let root = Path::new("taskcluster");
            let document = read_config(&checkout, &files, &warnings, root).unwrap();
            foreign_graph_config(&checkout, &warnings, &document, root, None).map(|config| config.trust_domain.clone())
        };
        assert_eq!(foreign(GOOD).unwrap(), "example");
        assert_eq!(foreign("trust-domain: old\ntaskgraph: {decision: [1]}\n").unwrap(), "old");
        assert_eq!(foreign("workers: 1").unwrap_err().0[0].message, "the configuration names no `trust-domain`");
    }

    #[test]
    fn what_mozilla_taskgraph_registers_is_built_in() {
        let content = GOOD.replace("  run: {", "  register: mozilla_taskgraph:register\n  run: {");
        let warnings = Warnings::default();
        let checkout = MemoryCheckout::new([("taskcluster/config.yml", content.as_str())]);
        let root = Path::new("taskcluster");
        let loaded = load_graph_config(&checkout, &Files::default(), &warnings, root, None).unwrap();
        assert!(loaded.registers_mozilla_taskgraph() && warnings.take().is_empty());
        let sections = "shipit: {product: 1}\nrelease-branches: {a: true, b: [c], d: 1}\n";
        let expected = [
            "16:19 expected a string, found the number `1`",
            "17:40 expected a boolean or a list of branches, found a whole number",
        ];
        assert_eq!(told(&format!("{content}{sections}")), expected);
        assert!(load(&format!("{GOOD}{sections}")).1.is_ok());
    }

    #[test]
    fn every_mistake_is_told_where_it_is() {
        let bad = "\
task-priority: {by-level: {'3': hihg, default: low}}
task-deadline-after: 5
workers:
  aliases:
    a: {provisioner: 1, implementation: docker-worker, os: linux, worker-typ: x}
    b: {provisioner: {by-project: {x: y}}, implementation: 2, os: linux, worker-type: x}
taskgraph:
  repositories: {r: {nam: x}}
  regster: x
  run: {use-caches: [cargo, npn]}
";
        let expected = [
            "1:1 missing key `trust-domain`",
            "1:33 unknown value `hihg`",
            "2:22 expected a string, found the number `5`",
            "5:22 expected a string, found the number `1`",
            "5:67 unknown key `worker-typ`",
            "6:22 `by-project` is not possible here",
            "6:60 expected a string, found the number `2`",
            "8:22 missing key `name`",
            "9:3 unknown key `regster`",
            "10:29 unknown value `npn`",
        ];
        assert_eq!(told(bad), expected);
    }

    #[test]
    fn files_of_another_kind_are_refused() {
        assert_eq!(told(""), ["1:1 cannot read the configuration `taskcluster/config.yml`: it is empty"]);
        assert_eq!(told("- a"), ["1:1 the configuration must be a mapping, not a list"]);
        assert!(told("a: [")[0].starts_with("2:1 ") || told("a: [")[0].starts_with("1:"), "{:?}", told("a: ["));
        let empty = GOOD.replace("    zeta: {name: Zeta, project-regex: zeta, own: [1]}\n", "");
        let empty = empty.replace(
            "  repositories:\n    alpha: {name: Alpha, default-repository: https://example.com/a}",
            "  repositories: {}",
        );
        assert_eq!(told(&empty), ["10:17 `repositories` must have at least one entry"]);
        let checkout = MemoryCheckout::new([("other/config.yml", "")]);
        let root = Path::new("taskcluster");
        let missing = load_graph_config(&checkout, &Files::default(), &Warnings::default(), root, None).unwrap_err();
        assert_eq!(missing.0[0].message, "there is no configuration at `/tree/taskcluster/config.yml`");
    }

    #[test]
    fn the_repository_is_guessed_from_the_usual_name_only() {
        let checkout = MemoryCheckout::new([("ci/config.yml", GOOD)]);
        let load = |repository| {
            load_graph_config(&checkout, &Files::default(), &Warnings::default(), Path::new("ci"), repository)
        };
        assert_eq!(load(Some(Path::new("/tree"))).unwrap().vcs_root, Path::new("/tree"));
        assert!(load(None).unwrap_err().0[0].message.contains("in no repository"));
    }

    /// The reference reads any section `try`.
    #[test]
    fn a_section_of_another_shape_is_the_tree_s_own_unless_it_names_carriers() {
        let own = load(&format!("{GOOD}try: {{often: yes}}\ntry-templates: [a]\n")).1.unwrap();
        assert!(own.config.r#try.is_none() && own.config.try_templates.is_empty());
        assert!(own.document.get("try").is_some());
        let firefox = load(&format!("{GOOD}try: {{ridealong-builds: {{a: [b]}}}}\n")).1.unwrap();
        assert_eq!(firefox.try_config().ridealong_builds["a"], ["b"]);
        assert_eq!(told(&format!("{GOOD}try: {{carriers: [], often: yes}}\n")), ["15:21 unknown key `often`"]);
    }
}
