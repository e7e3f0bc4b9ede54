//! Tasks whose result is kept: they are looked up under a digest of what goes into them before they run.
//!
//! Source: `taskgraph.util.cached_tasks` of the reference.

use arcstr::ArcStr;
use chrono::DateTime;
use sha2::{Digest, Sha256};

use crate::diagnostics::Diagnostic;
use crate::generate::context::RunContext;
use crate::generate::shared::edit::{list_in, map_in};
use crate::yaml::{Map, Node};

/// The highest level there is.
const HIGHEST_LEVEL: i64 = 3;

/// A result that is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CachedTask {
    /// What sort of result it is, such as `docker-images.v2`.
    pub cache_type: ArcStr,
    /// Its name.
    pub name: ArcStr,
    /// The digest of what goes into it.
    pub digest: ArcStr,
}

impl CachedTask {
    /// The result of which these lines tell all that goes into it.
    #[must_use]
    pub fn of(cache_type: impl Into<ArcStr>, name: impl Into<ArcStr>, lines: &[impl AsRef<str>]) -> Self {
        let lines: Vec<&str> = lines.iter().map(AsRef::as_ref).collect();
        let digest = hex::encode(Sha256::digest(lines.join("\n")));
        Self { cache_type: cache_type.into(), name: name.into(), digest: digest.into() }
    }

    /// From the attribute `cached_task` of a finished task.
    #[must_use]
    pub fn from_attribute(attribute: &Node) -> Option<Self> {
        let text = |key| attribute.get(key).and_then(Node::as_arc_str).cloned();
        Some(Self { cache_type: text("type")?, name: text("name")?, digest: text("digest")? })
    }

    /// The attribute `cached_task`.
    #[must_use]
    pub fn to_attribute(&self) -> Node {
        Node::new(Map::from([("type", &self.cache_type), ("name", &self.name), ("digest", &self.digest)]))
    }

    /// One line that tells it from all others, for the digests of tasks that depend on it.
    #[must_use]
    pub fn line(&self) -> String {
        format!("{}/{}/{}", self.cache_type, self.name, self.digest)
    }

    /// The path of its index under `scope`, such as `level-3`, that ends with `rank`.
    fn path(&self, prefix: &str, scope: &str, rank: &str) -> String {
        format!("{prefix}.cache.{scope}.{}.{}.{rank}", self.cache_type, self.name)
    }

    fn digest_path(&self, prefix: &str, scope: &str) -> String {
        self.path(prefix, scope, &format!("hash.{}", self.digest))
    }

    /// Where results are looked for, in order: on the highest level first, down to this push's own.
    fn search_paths(&self, run: &RunContext<'_>, level: i64) -> Vec<Node> {
        let prefix = prefix(run);
        let levels = (level..=HIGHEST_LEVEL).rev().map(|level| format!("level-{level}"));
        // Pull requests have a namespace that nothing else trusts; comments run on the head of the pull request.
        let from_pr = matches!(&*run.parameters.tasks_for, "github-pull-request" | "github-issue-comment");
        let scopes = levels.chain((from_pr && has_pr_caches(run)).then(|| "pr".to_owned()));
        scopes.map(|scope| Node::new(self.digest_path(prefix, &scope))).collect()
    }

    /// The routes under which the result is indexed.
    fn routes(&self, run: &RunContext<'_>) -> Vec<Node> {
        let (prefix, parameters) = (prefix(run), run.parameters);
        let paths = if parameters.is_pull_request() || parameters.tasks_for == "github-issue-comment" {
            has_pr_caches(run).then(|| self.digest_path(prefix, "pr")).into_iter().collect()
        } else {
            let scope = format!("level-{}", parameters.level);
            let pushdate = format!("pushdate.{}", build_date_long(parameters.build_date));
            let for_people = ["latest", &pushdate].map(|rank| self.path(prefix, &scope, rank));
            [vec![self.digest_path(prefix, &scope)], for_people.to_vec()].concat()
        };
        paths.into_iter().map(|path| Node::new(format!("index.{path}"))).collect()
    }
}

fn prefix<'a>(run: &RunContext<'a>) -> &'a str {
    run.graph_config.taskgraph.cached_task_prefix.as_ref().unwrap_or(&run.graph_config.trust_domain)
}

fn has_pr_caches(run: &RunContext<'_>) -> bool {
    run.graph_config.taskgraph.cache_pull_requests.unwrap_or(true)
}

/// A time as index paths spell it: `2026.01.31.20260131123000`, UTC.
#[must_use]
pub fn build_date_long(seconds: i64) -> String {
    DateTime::from_timestamp(seconds, 0).unwrap_or_default().format("%Y.%m.%d.%Y%m%d%H%M%S").to_string()
}

/// The push's level as a number.
///
/// # Errors
/// If it is none.
pub fn level(run: &RunContext<'_>) -> Result<i64, Diagnostic> {
    let level = &run.parameters.level;
    level.trim().parse().map_err(|_| Diagnostic::error(format!("parameter `level` is `{level}`, which is no number")))
}

/// Makes `task` one that is looked up before it runs and found afterwards: replaces its optimization, adds routes
/// and attribute `cached_task`.
///
/// # Errors
/// If the level is no number, or the task's routes or attributes are something else than a list and a mapping.
pub fn add_optimization(run: &RunContext<'_>, task: &mut Map, cached: &CachedTask) -> Result<(), Diagnostic> {
    let search = cached.search_paths(run, level(run)?);
    task.insert("optimization", Map::from([("index-search", search)]));
    let routes = cached.routes(run);
    if !routes.is_empty() {
        list_in(task, "routes")?.extend(routes);
    }
    map_in(task, "attributes")?.insert("cached_task", cached.to_attribute());
    Ok(())
}
