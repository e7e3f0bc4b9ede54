//! Parameters of a decision: what the push says, and what its revisions and its project add.

use chrono::{DateTime, Utc};

use super::defaults::{moz_build_date, neutral, version};
use super::{Error, check};
use crate::carriers::{self, Carried};
use crate::diagnostics::Files;
use crate::model::{GraphConfig, KnownParameters, Parameters};
use crate::sources::checkout::Checkout;
use crate::sources::repository::Repository;
use crate::yaml::{Map, Node};

/// What a decision is told of its push: the options of `decision`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DecisionOptions {
    /// `--base-repository`
    pub base_repository: String,
    /// `--base-ref`
    pub base_ref: String,
    /// `--base-rev`
    pub base_rev: String,
    /// `--head-repository`
    pub head_repository: String,
    /// `--head-ref`
    pub head_ref: String,
    /// `--head-rev`
    pub head_rev: String,
    /// `--head-tag`
    pub head_tag: String,
    /// `--project`
    pub project: String,
    /// `--pushlog-id`
    pub pushlog_id: String,
    /// `--pushdate`: seconds since 1970, UTC; 0 if unknown.
    pub pushdate: i64,
    /// `--repository-type`
    pub repository_type: String,
    /// `--owner`
    pub owner: String,
    /// `--level`
    pub level: String,
    /// `--target-tasks-method`; empty counts as not given.
    pub target_tasks_method: Option<String>,
    /// `--tasks-for`
    pub tasks_for: String,
    /// `--allow-parameter-override`
    pub allow_parameter_override: bool,
    /// `--try-task-config-file`; empty counts as not given.
    pub try_task_config_file: Option<std::path::PathBuf>,
}

/// The world a decision's parameters are computed in.
#[derive(Clone, Copy)]
pub struct DecisionContext<'a> {
    /// The project.
    pub graph_config: &'a GraphConfig,
    /// The repository of the current directory.
    pub repository: &'a dyn Repository,
    /// The files of the tree.
    pub checkout: &'a dyn Checkout,
    /// Every file read, for spans.
    pub files: &'a Files,
    /// Now.
    pub now: DateTime<Utc>,
}

/// The parameters of a decision.
///
/// Source: `taskgraph.decision.get_decision_parameters`. As there, `DONTBUILD` is looked for in the message of the
/// revision that is checked out, which need not be `--head-rev`.
///
/// # Errors
/// Overrides that are no parameters, or a repository that does not know the push's revisions.
pub fn for_decision(
    options: &DecisionOptions,
    context: DecisionContext<'_>,
    carried: &Carried,
) -> Result<Parameters, Error> {
    let mut document = Parameters::new(computed(options, context)?).document().clone();
    document.extend(carried.to_parameters());
    check::read_strictly(document)
}

/// What the push says it wants.
///
/// # Errors
/// What is carried and means nothing; a repository that does not answer.
pub fn carried(options: &DecisionOptions, context: DecisionContext<'_>) -> Result<Carried, Error> {
    let push = carriers::Push {
        repository: context.repository,
        checkout: context.checkout,
        files: context.files,
        head_repository: &options.head_repository,
        project: &options.project,
        file: options.try_task_config_file.as_deref(),
        allow_parameter_override: options.allow_parameter_override,
        config: context.graph_config.try_config(),
    };
    Ok(carriers::find(&push)?)
}

impl DecisionOptions {
    /// The options by the names that hooks know them by.
    #[must_use]
    pub fn to_document(&self) -> Map {
        let text = |value: &str| Node::new(value);
        let path = self.try_task_config_file.as_ref().map(|path| text(&path.to_string_lossy()));
        Map::from([
            ("base_repository", text(&self.base_repository)),
            ("base_ref", text(&self.base_ref)),
            ("base_rev", text(&self.base_rev)),
            ("head_repository", text(&self.head_repository)),
            ("head_ref", text(&self.head_ref)),
            ("head_rev", text(&self.head_rev)),
            ("head_tag", text(&self.head_tag)),
            ("project", text(&self.project)),
            ("pushlog_id", text(&self.pushlog_id)),
            ("pushdate", Node::new(self.pushdate)),
            ("repository_type", text(&self.repository_type)),
            ("owner", text(&self.owner)),
            ("level", text(&self.level)),
            ("target_tasks_method", self.target_tasks_method.as_deref().map(text).unwrap_or_default()),
            ("tasks_for", text(&self.tasks_for)),
            ("allow_parameter_override", Node::new(self.allow_parameter_override)),
            ("try_task_config_file", path.unwrap_or_default()),
        ])
    }
}

fn computed(options: &DecisionOptions, context: DecisionContext<'_>) -> Result<KnownParameters, Error> {
    let options = options.clone();
    let build_date = if options.pushdate == 0 { context.now.timestamp() } else { options.pushdate };
    Ok(KnownParameters {
        target_tasks_method: target_tasks_method(&options, context.repository)?,
        files_changed: context.repository.changed_between(&options.base_rev, &options.head_rev)?,
        version: version(context.checkout, context.checkout.current_directory())?,
        base_ref: Some(options.base_ref),
        base_repository: options.base_repository,
        base_rev: options.base_rev,
        head_ref: options.head_ref,
        head_repository: options.head_repository,
        head_rev: options.head_rev,
        head_tag: options.head_tag,
        level: options.level,
        moz_build_date: moz_build_date(build_date),
        owner: as_address(options.owner),
        project: options.project,
        pushdate: options.pushdate,
        pushlog_id: options.pushlog_id,
        repository_type: options.repository_type,
        tasks_for: options.tasks_for,
        ..neutral(build_date)
    })
}

/// Some owners are accounts without an e-mail address.
fn as_address(owner: String) -> String {
    if owner.contains('@') { owner } else { owner + "@noreply.mozilla.org" }
}

fn target_tasks_method(options: &DecisionOptions, repository: &dyn Repository) -> Result<String, Error> {
    let is_push = matches!(options.tasks_for.as_str(), "hg-push" | "github-push");
    // Asked for every `tasks_for`, so that a broken repository is noticed whatever the task is for.
    let message = repository.commit_message()?;
    if is_push && message.contains("DONTBUILD") {
        return Ok("nothing".into());
    }
    let asked = options.target_tasks_method.as_ref().filter(|method| !method.is_empty());
    Ok(asked.cloned().unwrap_or_else(|| "default".into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::checkout::MemoryCheckout;
    use crate::sources::repository::MemoryRepository;
    use crate::yaml;

    const CONFIG: &str = "\
trust-domain: example
task-priority: low
workers: {aliases: {}}
taskgraph:
  repositories: {ci: {name: Project}}
";

    fn push() -> DecisionOptions {
        DecisionOptions {
            base_repository: "https://github.com/example/project".into(),
            base_ref: "main".into(),
            base_rev: "a".repeat(40),
            head_repository: "https://github.com/someone/project".into(),
            head_ref: "topic".into(),
            head_rev: "b".repeat(40),
            project: "project".into(),
            pushlog_id: "7".into(),
            pushdate: 1_700_000_000,
            repository_type: "git".into(),
            owner: "someone@example.com".into(),
            level: "1".into(),
            tasks_for: "github-push".into(),
            ..DecisionOptions::default()
        }
    }

    /// The parameters of a decision, or its mistakes in words.
    fn decide(
        options: &DecisionOptions,
        repository: &MemoryRepository,
        files: &[(&str, &str)],
        config: &str,
    ) -> Result<Parameters, String> {
        let run_files = Files::default();
        let document = yaml::load(&run_files, "taskcluster/config.yml", config).unwrap().root;
        let context = DecisionContext {
            graph_config: &GraphConfig {
                config: yaml::read(&document).unwrap(),
                document,
                root: "taskcluster".into(),
                vcs_root: "/tree".into(),
            },
            repository,
            checkout: &MemoryCheckout::new(files.iter().copied()),
            files: &run_files,
            now: DateTime::from_timestamp(1_800_000_000, 0).unwrap(),
        };
        let carried = carried(options, context).map_err(|error| error.to_string())?;
        for_decision(options, context, &carried).map_err(|error| error.to_string())
    }

    fn method(options: &DecisionOptions, message: &str) -> String {
        let repository = MemoryRepository { commit_message: message.into(), ..MemoryRepository::default() };
        decide(options, &repository, &[], CONFIG).unwrap().target_tasks_method.clone()
    }

    #[test]
    fn a_push_is_described_by_its_options_and_its_revisions() {
        let repository =
            MemoryRepository { changed_between: vec!["b".into(), "a".into()], ..MemoryRepository::default() };
        let parameters = decide(&push(), &repository, &[("version.txt", "1.2 \n3\n")], CONFIG).unwrap();
        assert_eq!(parameters.files_changed, ["b", "a"]);
        assert_eq!(parameters.version.as_deref(), Some("1.2"));
        assert_eq!((parameters.build_date, parameters.moz_build_date.as_str()), (1_700_000_000, "20231114221320"));
        assert_eq!(
            (parameters.head_repository.as_str(), parameters.head_tag.as_str()),
            ("https://github.com/someone/project", "")
        );
        let undated = DecisionOptions { pushdate: 0, owner: "ffxbld".into(), ..push() };
        let parameters = decide(&undated, &repository, &[], CONFIG).unwrap();
        assert_eq!((parameters.pushdate, parameters.build_date), (0, 1_800_000_000));
        assert_eq!(parameters.owner, "ffxbld@noreply.mozilla.org");
    }

    #[test]
    fn a_push_that_must_not_build_targets_nothing() {
        let of = |tasks_for: &str, asked: &str| DecisionOptions {
            tasks_for: tasks_for.into(),
            target_tasks_method: Some(asked.into()),
            ..push()
        };
        assert_eq!(method(&of("github-push", "nightly"), "x"), "nightly");
        assert_eq!(method(&of("github-push", ""), "x"), "default");
        assert_eq!(method(&of("github-push", "nightly"), "x DONTBUILD"), "nothing");
        assert_eq!(method(&of("hg-push", ""), "DONTBUILD"), "nothing");
        for tasks_for in ["github-pull-request", "github-release", "cron", "action"] {
            assert_eq!(method(&of(tasks_for, "nightly"), "DONTBUILD"), "nightly", "{tasks_for}");
        }
    }

    #[test]
    fn overrides_come_from_the_file_or_else_the_note_and_only_if_allowed() {
        let note = MemoryRepository { note: Some(r#"{"level": "2"}"#.into()), ..MemoryRepository::default() };
        let allowed = DecisionOptions { allow_parameter_override: true, ..push() };
        let file = [("try_task_config.json", r#"{"version": 2, "parameters": {"level": "3"}}"#)];
        let level = |options: &DecisionOptions, files: &[(&str, &str)]| {
            decide(options, &note, files, CONFIG).unwrap().level.clone()
        };
        assert_eq!(level(&push(), &file), "1");
        assert_eq!(level(&allowed, &[]), "2");
        assert_eq!(level(&allowed, &file), "3");
        let named = DecisionOptions { try_task_config_file: Some("other.json".into()), ..allowed };
        assert_eq!(level(&named, &file), "2");
        assert_eq!(level(&named, &[("other.json", file[0].1)]), "3");
    }

    #[test]
    fn overrides_of_another_form_are_refused() {
        let allowed = DecisionOptions { allow_parameter_override: true, ..push() };
        let file = |content: &str| {
            decide(&allowed, &MemoryRepository::default(), &[("try_task_config.json", content)], CONFIG).unwrap_err()
        };
        assert_eq!(file(r#"{"version": 1}"#), "cannot read `try_task_config.json`: its `version` is not 2");
        assert_eq!(file("{}"), "cannot read `try_task_config.json`: missing key `version`");
        assert_eq!(file(r#"{"version": 2}"#), "cannot read `try_task_config.json`: missing key `parameters`");
        let unknown = file(r#"{"version": 2, "parameters": {}, "tasks": []}"#);
        assert_eq!(unknown, "cannot read `try_task_config.json`: unknown key `tasks`");
        assert_eq!(file("[]"), "cannot read `try_task_config.json`: expected a mapping, found a list");
        assert_eq!(file(r#"{"version": 2, "parameters": {"lvl": "1", "level": 3}}"#).lines().count(), 2);
        let note = MemoryRepository { note: Some("no json".into()), ..MemoryRepository::default() };
        let broken = decide(&allowed, &note, &[], CONFIG).unwrap_err();
        assert!(broken.starts_with("cannot read `refs/notes/decision-parameters`: "), "{broken}");
    }

    #[test]
    fn hooks_know_the_options_by_their_names() {
        let options = DecisionOptions { allow_parameter_override: true, ..push() }.to_document();
        assert_eq!(options.get("pushdate").and_then(Node::as_i64), Some(1_700_000_000));
        assert_eq!(options.get("head_ref").and_then(Node::as_str), Some("topic"));
        assert!(options.get("target_tasks_method").is_some_and(Node::is_null));
    }
}
