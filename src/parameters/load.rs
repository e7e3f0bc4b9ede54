//! Parameters from where somebody left them: a file, a decision task, a project, an index path, a URL.

use std::path::{Path, PathBuf};

use super::json_file::read_json;
use super::{Error, check};
use crate::diagnostics::{Diagnostic, Files, Mistakes, Warnings};
use crate::model::{Parameters, TaskId};
use crate::sources::artifacts::Artifacts;
use crate::sources::checkout::{Checkout, FileKind};
use crate::sources::downloads::Downloads;
use crate::sources::index::Index;
use crate::sources::without_credentials;
use crate::yaml::{self, Map, Node};

/// The artifact of a decision that holds its parameters.
const ARTIFACT: &str = "public/parameters.yml";

/// What is asked of parameters that somebody left.
#[derive(Clone, Copy)]
pub enum Strictness<'a> {
    /// All must be there, and none of the project's own.
    Strict,
    /// Missing ones are filled in from these, and the project's own may come along. Finding these out asks the
    /// repository several things, and so waits until one is missing.
    FilledFrom(&'a dyn Fn() -> Result<Parameters, Mistakes>),
}

/// Loads parameters.
#[derive(Clone, Copy)]
pub struct Loader<'a> {
    /// The files of the tree.
    pub checkout: &'a dyn Checkout,
    /// The index, for `project=` and `index=`.
    pub index: &'a dyn Index,
    /// The artifacts of decisions.
    pub artifacts: &'a dyn Artifacts,
    /// The web, for URLs.
    pub downloads: &'a dyn Downloads,
    /// Every file read, for spans.
    pub files: &'a Files,
    /// Where warnings go.
    pub warnings: &'a Warnings,
}

/// A file of parameters: its name, which tells its format, and its content.
struct Found {
    name: PathBuf,
    content: Vec<u8>,
}

impl Loader<'_> {
    /// The parameters that `spec` names: a path, `task-id=…`, `project=…`, `index=…` or a URL; without one, those
    /// of `strictness`. What `overrides` says wins. `project=` needs the trust domain.
    ///
    /// Source: `taskgraph.parameters.load_parameters_file`; as there, a file of that very name wins over everything.
    ///
    /// # Errors
    /// A spec that leads nowhere, a file of another form, or a service that does not answer.
    pub async fn load(
        &self,
        spec: Option<&str>,
        strictness: Strictness<'_>,
        overrides: &Map,
        trust_domain: Option<&str>,
    ) -> Result<Parameters, Error> {
        let mut document = self.document(spec, overrides, trust_domain).await?;
        match strictness {
            Strictness::Strict => check::read_strictly(document),
            Strictness::FilledFrom(defaults) if Parameters::required_names().any(|name| !document.contains(name)) => {
                for (name, value) in defaults()?.document() {
                    if document.get_node(name).is_none() {
                        document.insert(name.clone(), value.clone());
                    }
                }
                check::read(document)
            }
            Strictness::FilledFrom(_) => check::read(document),
        }
    }

    /// What `spec` names as it is written there, for somebody else to complete and check; what `overrides` says wins.
    ///
    /// # Errors
    /// A spec that leads nowhere, or a service that does not answer.
    pub async fn document(
        &self,
        spec: Option<&str>,
        overrides: &Map,
        trust_domain: Option<&str>,
    ) -> Result<Map, Error> {
        let mut document = match spec.filter(|spec| !spec.is_empty()) {
            Some(spec) => self.read(self.find(spec, trust_domain).await?)?,
            None => Map::new(),
        };
        document.extend(overrides.iter().cloned());
        Ok(document)
    }

    async fn find(&self, spec: &str, trust_domain: Option<&str>) -> Result<Found, Error> {
        if self.checkout.kind(Path::new(spec)) == Some(FileKind::File) {
            return Ok(self.on_disk(spec)?);
        }
        match spec.split_once('=') {
            Some(("task-id", id)) => self.of_task(&parse_task_id(id)?).await,
            Some(("index", path)) => {
                self.of_task(&self.index.find_task(path).await?.ok_or_else(|| unindexed(path))?).await
            }
            Some(("project", project)) => {
                let trust_domain = trust_domain.ok_or_else(unknown_trust_domain)?;
                let path = format!("{trust_domain}.v2.{project}.latest.taskgraph.decision");
                self.of_task(&self.index.find_task(&path).await?.ok_or_else(|| unindexed(&path))?).await
            }
            _ => self.at_url(spec).await,
        }
    }

    fn on_disk(&self, path: &str) -> Result<Found, Diagnostic> {
        let refused = |error: std::io::Error| Diagnostic::error(format!("cannot read parameters `{path}`: {error}"));
        let content = self.checkout.read(Path::new(path)).map_err(refused)?;
        Ok(Found { name: path.into(), content })
    }

    async fn of_task(&self, task: &TaskId) -> Result<Found, Error> {
        let content = self.artifacts.fetch(task, ARTIFACT).await?;
        Ok(Found { name: format!("{task}/{ARTIFACT}").into(), content })
    }

    async fn at_url(&self, spec: &str) -> Result<Found, Error> {
        if let Some(path) = spec.strip_prefix("file://") {
            return Ok(self.on_disk(path)?);
        }
        if !spec.starts_with("http://") && !spec.starts_with("https://") {
            return Err(Diagnostic::error(format!("there are no parameters `{spec}`"))
                .help("expected a file, a URL, `task-id=ID`, `project=NAME` or `index=PATH`")
                .into());
        }
        let name: PathBuf = without_credentials(spec).into();
        format_of(&name)?;
        Ok(Found { name, content: self.downloads.get(spec).await? })
    }

    fn read(&self, found: Found) -> Result<Map, Error> {
        let document = match format_of(&found.name)? {
            Format::Json => read_json(self.files, &found.name, found.content)?,
            Format::Yaml => self.read_yaml(&found.name, found.content)?,
        };
        let type_name = document.type_name();
        document.as_map().cloned().ok_or_else(|| {
            let message = format!("`{}`: expected a mapping, found {type_name}", found.name.display());
            Diagnostic::error(message).at(document.span).into()
        })
    }

    fn read_yaml(&self, name: &Path, content: Vec<u8>) -> Result<Node, Mistakes> {
        let loaded = yaml::load(self.files, name, content)?;
        loaded.warnings.into_iter().for_each(|warning| self.warnings.push(warning));
        Ok(loaded.root)
    }
}

enum Format {
    Json,
    Yaml,
}

fn format_of(name: &Path) -> Result<Format, Diagnostic> {
    let text = name.to_string_lossy();
    if text.ends_with(".yml") {
        Ok(Format::Yaml)
    } else if text.ends_with(".json") {
        Ok(Format::Json)
    } else {
        Err(Diagnostic::error(format!("parameters `{text}` are neither JSON nor YAML"))
            .help("the name must end in `.yml` or `.json`"))
    }
}

fn parse_task_id(id: &str) -> Result<TaskId, Diagnostic> {
    TaskId::parse(id).map_err(|invalid| Diagnostic::error(invalid.to_string()))
}

fn unindexed(path: &str) -> Diagnostic {
    Diagnostic::error(format!("no task is indexed at `{path}`, so there are no parameters to load"))
}

fn unknown_trust_domain() -> Diagnostic {
    Diagnostic::error("`project=` needs the trust domain of `config.yml`, which is not known here")
}

/// A short name for where parameters came from, for people and file names.
///
/// Source: `Parameters.format_spec` of the reference.
#[must_use]
pub fn spec_name(spec: Option<&str>) -> String {
    let Some(spec) = spec else { return "defaults".into() };
    if ["task-id=", "project=", "index="].iter().any(|prefix| spec.starts_with(prefix)) {
        return spec.to_owned();
    }
    stem(path_of(spec).rsplit('/').next().unwrap_or_default()).to_owned()
}

/// The path of a web address, or the whole of any other spec.
fn path_of(spec: &str) -> &str {
    let Some(rest) = spec.strip_prefix("http://").or_else(|| spec.strip_prefix("https://")) else { return spec };
    let path = rest.find('/').map_or("", |at| &rest[at..]);
    path.split(['?', '#', ';']).next().unwrap_or_default()
}

/// A file's name without its last extension; dots at its start begin none.
fn stem(name: &str) -> &str {
    let dots = name.len() - name.trim_start_matches('.').len();
    name.rfind('.').filter(|&at| at >= dots).map_or(name, |at| &name[..at])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::github_push;
    use crate::parameters::parameters_yml;
    use crate::sources::artifacts::MemoryArtifacts;
    use crate::sources::checkout::MemoryCheckout;
    use crate::sources::downloads::MemoryDownloads;
    use crate::sources::index::MemoryIndex;

    const TASK: &str = "fzy3l9dCSDKRYTxTQTZjGg";

    /// Loads parameters in a world where they lie everywhere, each with a level that tells where.
    fn load(spec: Option<&str>, strictness: Strictness<'_>, overrides: &Map) -> Result<Parameters, String> {
        let at = |level: &str| parameters_yml(&github_push().with([("level", Node::new(level))]).unwrap());
        let task = TaskId::new(TASK);
        let (files, warnings) = (Files::default(), Warnings::default());
        let own = at("own") + "release_type: beta\n";
        let loader = Loader {
            checkout: &MemoryCheckout::new([
                ("a.yml", at("file")),
                ("a.json", r#"{"level": "json"}"#.into()),
                ("own.yml", own),
                ("list.yml", "- a".into()),
                ("a.txt", at("text")),
                ("level.yml", "level: 3\nlevl: 3\n".into()),
                ("index=named.yml", at("named")),
            ]),
            index: &MemoryIndex([("example.v2.p.latest.taskgraph.decision".into(), task.clone())].into()),
            artifacts: &MemoryArtifacts([((task, ARTIFACT.into()), at("task").into())].into()),
            downloads: &MemoryDownloads([("https://x/p.yml".into(), at("web").into())].into()),
            files: &files,
            warnings: &warnings,
        };
        let loaded = loader.load(spec, strictness, overrides, Some("example"));
        futures::executor::block_on(loaded).map_err(|error| error.to_string())
    }

    fn level(spec: &str) -> Result<String, String> {
        load(Some(spec), Strictness::Strict, &Map::new()).map(|parameters| parameters.level.clone())
    }

    #[test]
    fn parameters_are_found_where_the_spec_says() {
        let found = |spec: &str| level(spec).unwrap();
        assert_eq!(found("a.yml"), "file");
        assert_eq!(found("file:///tree/a.yml"), "file");
        assert_eq!(found(&format!("task-id={TASK}")), "task");
        assert_eq!(found("project=p"), "task");
        assert_eq!(found("index=example.v2.p.latest.taskgraph.decision"), "task");
        assert_eq!(found("https://x/p.yml"), "web");
        assert_eq!(found("index=named.yml"), "named");
    }

    #[test]
    fn specs_that_lead_nowhere_are_told() {
        let told = |spec: &str| level(spec).unwrap_err();
        assert_eq!(told("b.yml"), "there are no parameters `b.yml`");
        assert_eq!(told("a.txt"), "parameters `a.txt` are neither JSON nor YAML");
        assert_eq!(told("https://x/p"), "parameters `https://x/p` are neither JSON nor YAML");
        assert_eq!(
            told("project=q").split(',').next(),
            Some("no task is indexed at `example.v2.q.latest.taskgraph.decision`")
        );
        assert!(told("task-id=x").contains("is not a task id"));
        assert_eq!(told("list.yml"), "`list.yml`: expected a mapping, found a list");
        assert_eq!(told("https://x/q.yml"), "web: GET https://x/q.yml: not found");
    }

    #[test]
    fn what_is_missing_is_filled_in_and_what_is_said_wins() {
        let defaults = github_push();
        let filled = || Ok(github_push());
        let loose = Strictness::FilledFrom(&filled);
        let overrides = Map::from([("target-kinds", Node::from_iter(["test"])), ("project", Node::new("other"))]);
        let loaded = load(Some("a.json"), loose, &overrides).unwrap();
        assert_eq!((loaded.level.as_str(), loaded.project.as_str()), ("json", "other"));
        assert_eq!(loaded.own_names().collect::<Vec<_>>(), ["target-kinds"]);
        assert_eq!(load(None, loose, &Map::new()).unwrap(), defaults);
        assert_eq!(load(Some(""), loose, &Map::new()).unwrap(), defaults);
    }

    #[test]
    fn nothing_is_asked_for_defaults_that_are_not_needed() {
        let unasked = || -> Result<Parameters, Mistakes> { panic!("nothing is missing") };
        let whole = github_push().document().clone();
        assert_eq!(load(None, Strictness::FilledFrom(&unasked), &whole).unwrap(), github_push());
    }

    #[test]
    fn strict_parameters_are_all_known_and_all_there() {
        let strict = |spec| load(Some(spec), Strictness::Strict, &Map::new()).unwrap_err();
        assert_eq!(strict("own.yml"), "unknown parameter `release_type`");
        let told = strict("level.yml");
        assert!(told.starts_with("unknown parameter `levl`\nparameter `level`: expected a string"), "{told}");
        assert!(told.contains("\nparameter `project` is missing"), "{told}");
        let filled = || Ok(github_push());
        let loose = Strictness::FilledFrom(&filled);
        assert!(load(Some("own.yml"), loose, &Map::new()).is_ok());
        let wrong = load(Some("level.yml"), loose, &Map::new()).unwrap_err();
        assert_eq!(wrong, "parameter `level`: expected a string, found the number `3`");
    }

    /// As `Parameters.format_spec` answered.
    #[test]
    fn specs_have_short_names() {
        let names = [
            (None, "defaults"),
            (Some("task-id=abc"), "task-id=abc"),
            (Some("project=p"), "project=p"),
            (Some("a/b/params.v2.yml"), "params.v2"),
            (Some("https://x/a/b.yml?c=d.e"), "b"),
            (Some("http://x"), ""),
            (Some("a/.yml"), ".yml"),
            (Some("..a.yml"), "..a"),
            (Some("a"), "a"),
            (Some("dir/"), ""),
        ];
        for (spec, name) in names {
            assert_eq!(spec_name(spec), name, "{spec:?}");
        }
    }
}
