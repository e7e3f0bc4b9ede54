//! What a push is: the values every phase reads and none writes.

use std::collections::BTreeMap;
use std::ops::Deref;

use arcstr::ArcStr;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::diagnostics::Mistakes;
use crate::yaml::{self, Map, Node};

/// The parameters known to every project, as `parameters.yml` holds them.
///
/// Source: `taskgraph.parameters` of the reference. `level` and `pushlog_id` are text, though they look like numbers.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KnownParameters {
    /// The repository the push's base is in.
    pub base_repository: String,
    /// The ref of the base, such as `main`.
    pub base_ref: Option<String>,
    /// The revision before the push.
    pub base_rev: String,
    /// When the push's builds count as built: seconds since 1970, UTC.
    pub build_date: i64,
    /// The number of this build of the version.
    pub build_number: i64,
    /// Set for pushes made by code review.
    #[serde(rename = "code-review", default, skip_serializing_if = "Option::is_none")]
    pub code_review: Option<CodeReview>,
    /// Labels that optimization must leave alone.
    pub do_not_optimize: Vec<String>,
    /// Whether tasks with attribute `always_target` are added to the target tasks; or of which kinds.
    pub enable_always_target: AlwaysTarget,
    /// Label → id of a task to use in its place.
    pub existing_tasks: BTreeMap<String, String>,
    /// Files the push changed, relative to the root of the repository.
    pub files_changed: Vec<String>,
    /// Names of the filters that make the target task set, in order.
    pub filters: Vec<String>,
    /// The ref of the push.
    pub head_ref: String,
    /// The repository of the push.
    pub head_repository: String,
    /// The revision pushed.
    pub head_rev: String,
    /// The tag pushed, else empty.
    pub head_tag: String,
    /// The trust level, `1` to `3`.
    pub level: String,
    /// [`Self::build_date`] as `%Y%m%d%H%M%S`.
    pub moz_build_date: String,
    /// The version after this one.
    pub next_version: Option<String>,
    /// `module:object` whose strategies replace those of the same name.
    pub optimize_strategies: Option<String>,
    /// Whether target tasks may be optimized away.
    pub optimize_target_tasks: bool,
    /// Who pushed: an e-mail address.
    pub owner: String,
    /// The project's name, such as `mozilla-central` or a GitHub repository's name.
    pub project: String,
    /// When the push was made: seconds since 1970, UTC.
    pub pushdate: i64,
    /// The id of the push in its pushlog.
    pub pushlog_id: String,
    /// `git` or `hg`.
    pub repository_type: String,
    /// The name of the method that chooses the target tasks.
    pub target_tasks_method: String,
    /// What the graph is made for: `github-push`, `hg-push`, `cron`, `action`, …
    pub tasks_for: String,
    /// The version being built.
    pub version: Option<String>,
}

/// Parameter `code-review`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct CodeReview {
    /// The build target to report to.
    pub phabricator_build_target: String,
}

/// Parameter `enable_always_target`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum AlwaysTarget {
    /// For all kinds, or for none.
    All(bool),
    /// For these kinds.
    Kinds(Vec<String>),
}

impl<'de> Deserialize<'de> for AlwaysTarget {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error;
        let node = Node::deserialize(deserializer)?;
        let kinds = |items: &[Node]| items.iter().map(|item| item.as_str().map(str::to_owned)).collect();
        match (node.as_bool(), node.as_list().map(kinds)) {
            (Some(all), _) => Ok(Self::All(all)),
            (_, Some(Some(kinds))) => Ok(Self::Kinds(kinds)),
            _ => Err(D::Error::custom(format!("expected a boolean or a list of kinds, found {}", node.type_name()))),
        }
    }
}

impl AlwaysTarget {
    /// Whether tasks of `kind` may be targeted always.
    #[must_use]
    pub fn includes(&self, kind: &str) -> bool {
        match self {
            Self::All(all) => *all,
            Self::Kinds(kinds) => kinds.iter().any(|included| included == kind),
        }
    }
}

/// The parameters of a run: those known to every project, and the project's own.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameters {
    known: KnownParameters,
    document: Map,
}

impl Parameters {
    /// The names of the parameters known to every project.
    #[must_use]
    pub fn known_names() -> Vec<&'static str> {
        NAMES.to_vec()
    }

    /// The names of those that every push has.
    pub fn required_names() -> impl Iterator<Item = &'static str> {
        NAMES.iter().copied().filter(|name| *name != "code-review")
    }

    /// From a complete document, in which keys unknown to every project are the project's own.
    ///
    /// # Errors
    /// A known parameter that is missing or of another type.
    pub fn from_document(document: Map) -> Result<Self, Mistakes> {
        let known = document.iter().filter(|(key, _)| key.as_str().is_some_and(|key| NAMES.contains(&key)));
        let known: Map = known.map(|(key, value)| (key.clone(), value.clone())).collect();
        Ok(Self { known: yaml::read(&Node::new(known))?, document })
    }

    /// From values computed here, with nothing of the project's own.
    #[must_use]
    pub fn new(known: KnownParameters) -> Self {
        let document = yaml::write(&known).as_map().cloned().unwrap_or_default();
        Self { known, document }
    }

    /// The same from a document in which some are missing: their values are those of `defaults`, but the document
    /// stays without them.
    ///
    /// # Errors
    /// A known parameter of another type.
    pub fn completed(document: Map, defaults: &Self) -> Result<Self, Mistakes> {
        let mut all = defaults.document.clone();
        all.extend(document.iter().cloned());
        Ok(Self { known: Self::from_document(all)?.known, document })
    }

    /// All parameters as the document that `parameters.yml` holds.
    #[must_use]
    pub const fn document(&self) -> &Map {
        &self.document
    }

    /// The value of any parameter.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Node> {
        self.document.get(name)
    }

    /// The names of the project's own parameters.
    pub fn own_names(&self) -> impl Iterator<Item = &str> {
        self.document.keys().filter(|name| !NAMES.contains(name))
    }

    /// The same with some values replaced or added.
    ///
    /// # Errors
    /// A known parameter of another type.
    pub fn with<K: Into<ArcStr>>(&self, changes: impl IntoIterator<Item = (K, Node)>) -> Result<Self, Mistakes> {
        let mut document = self.document.clone();
        document.extend(changes.into_iter().map(|(name, value)| (Node::new(name.into()), value)));
        Self::from_document(document)
    }

    /// Whether the push is a pull request's, as the reference tells it: by how `tasks_for` begins.
    #[must_use]
    pub fn is_pull_request(&self) -> bool {
        self.tasks_for.starts_with("github-pull-request")
    }
}

impl Deref for Parameters {
    type Target = KnownParameters;

    fn deref(&self) -> &KnownParameters {
        &self.known
    }
}

const NAMES: &[&str] = &[
    "base_ref",
    "base_repository",
    "base_rev",
    "build_date",
    "build_number",
    "code-review",
    "do_not_optimize",
    "enable_always_target",
    "existing_tasks",
    "files_changed",
    "filters",
    "head_ref",
    "head_repository",
    "head_rev",
    "head_tag",
    "level",
    "moz_build_date",
    "next_version",
    "optimize_strategies",
    "optimize_target_tasks",
    "owner",
    "project",
    "pushdate",
    "pushlog_id",
    "repository_type",
    "target_tasks_method",
    "tasks_for",
    "version",
];

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Parameters of a push to `main` of a GitHub repository, for tests to change.
    pub(crate) fn github_push() -> Parameters {
        Parameters::new(KnownParameters {
            base_repository: "https://github.com/example/project".into(),
            base_ref: Some("main".into()),
            base_rev: "a".repeat(40),
            build_date: 1_700_000_000,
            build_number: 1,
            code_review: None,
            do_not_optimize: vec![],
            enable_always_target: AlwaysTarget::All(true),
            existing_tasks: BTreeMap::new(),
            files_changed: vec!["README.md".into()],
            filters: vec!["target_tasks_method".into()],
            head_ref: "main".into(),
            head_repository: "https://github.com/example/project".into(),
            head_rev: "b".repeat(40),
            head_tag: String::new(),
            level: "1".into(),
            moz_build_date: "20231114221320".into(),
            next_version: None,
            optimize_strategies: None,
            optimize_target_tasks: true,
            owner: "someone@example.com".into(),
            project: "project".into(),
            pushdate: 1_700_000_000,
            pushlog_id: "0".into(),
            repository_type: "git".into(),
            target_tasks_method: "default".into(),
            tasks_for: "github-push".into(),
            version: None,
        })
    }

    #[test]
    fn the_names_are_the_fields() {
        let schema = schemars::schema_for!(KnownParameters);
        let mut fields: Vec<&str> =
            schema.get("properties").unwrap().as_object().unwrap().keys().map(String::as_str).collect();
        fields.sort_unstable();
        assert_eq!(fields, NAMES);
    }

    #[test]
    fn a_document_keeps_the_project_s_own_parameters() {
        let own = github_push().with([("release_type", Node::new("beta"))]).unwrap();
        assert_eq!(own.own_names().collect::<Vec<_>>(), ["release_type"]);
        assert_eq!(own.get("release_type").and_then(Node::as_str), Some("beta"));
        assert_eq!(
            own.with([("level", Node::new(3))]).unwrap_err().to_string(),
            "expected a string, found the number `3`"
        );
    }
}
