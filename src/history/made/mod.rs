//! Histories that are made up to try things on: what a file says of one, and how its jobs end.

mod check;
mod outcomes;

use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use outcomes::{End, Ends};

use crate::diagnostics::{Files, Mistakes, Warnings};
use crate::yaml;

/// The most pushes of a project.
pub const MOST_PUSHES: u64 = 1000;

/// A history that is made up: the pushes of a project, and how their jobs end.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct MadeHistory {
    /// Folder of the tree that is pushed, seen from this file's; it has a `.taskcluster.yml`.
    #[serde(default = "here")]
    pub tree: String,
    /// The project's name in the index.
    #[serde(default = "usual_project")]
    pub project: String,
    /// What its pushes look like.
    #[serde(default)]
    pub style: Style,
    /// How many pushes there are.
    pub pushes: u64,
    /// Whose decision and action tasks run.
    #[serde(default)]
    pub decisions: Program,
    /// Trust level, as `hg-push` tells it to the `.taskcluster.yml`.
    #[serde(default = "usual_level")]
    pub level: String,
    /// Decides how jobs end whose results differ.
    #[serde(default)]
    pub seed: u64,
    /// Pushes that merge another project.
    #[serde(default)]
    pub merges: Vec<Merge>,
    /// Which files pushes change, beside one that every push changes.
    #[serde(default)]
    pub changes: Vec<Change>,
    /// How jobs end; of several for a job the last one counts. Without one they pass.
    #[serde(default)]
    pub results: Vec<Results>,
}

/// What pushes look like to those who ask about them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Style {
    /// Those of a branch on GitHub.
    #[default]
    Git,
    /// Those of a Mercurial repository with a pushlog.
    Hg,
}

/// Whose decision and action tasks run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Program {
    /// Ours.
    #[default]
    Pushgraph,
    /// Those of the Python `taskgraph` that is in the path.
    Taskgraph,
}

/// A push that merges another project.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Merge {
    /// Which push, from 2.
    pub push: u64,
    /// The other project.
    pub project: String,
    /// How many pushes it brings.
    pub pushes: u64,
}

/// Files that a stretch of pushes changes.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Change {
    /// The project, if it is not the one of the file.
    pub project: Option<String>,
    /// The first push.
    #[serde(default = "first")]
    pub from: u64,
    /// The last push, if it is not the newest.
    pub to: Option<u64>,
    /// Paths of files, which are made if they are not there.
    pub files: Vec<String>,
}

/// How the jobs of a stretch of pushes end.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Results {
    /// Which jobs: a glob over labels.
    #[serde(default = "all")]
    pub label: String,
    /// The project, if it is not the one of the file.
    pub project: Option<String>,
    /// The first push.
    #[serde(default = "first")]
    pub from: u64,
    /// The last push, if it is not the newest.
    pub to: Option<u64>,
    /// How they end.
    pub result: Kind,
    /// `intermittent`: the share of runs that fail, from 0 to 1.
    pub rate: Option<f64>,
}

/// How jobs end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// They pass.
    Pass,
    /// They fail.
    Fail,
    /// Some runs fail.
    Intermittent,
    /// What the decision made is cancelled before it runs. What is run later ends as other rules say.
    Missing,
}

/// How often intermittent jobs fail unless the file says it.
const USUAL_RATE: f64 = 0.5;

fn here() -> String {
    ".".to_owned()
}

fn usual_project() -> String {
    "project".to_owned()
}

fn usual_level() -> String {
    "3".to_owned()
}

fn all() -> String {
    "*".to_owned()
}

const fn first() -> u64 {
    1
}

/// Whether a stretch has a push of a project.
fn covers(project: Option<&str>, own: &str, from: u64, to: Option<u64>, push: (&str, u64)) -> bool {
    project.unwrap_or(own) == push.0 && from <= push.1 && to.is_none_or(|to| push.1 <= to)
}

impl MadeHistory {
    /// Reads a file; `path` is what it is called in reports.
    ///
    /// # Errors
    /// Every mistake in it, at its place.
    pub fn read(files: &Files, path: &Path, text: &str) -> Result<Self, Mistakes> {
        let root = yaml::load(files, path, text)?.root;
        let history: Self = yaml::read_noting(&root, &Warnings::default())?;
        check::check(&history, &root)?;
        Ok(history)
    }

    /// The other projects, each with how many pushes it has: as many as are merged.
    #[must_use]
    pub fn others(&self) -> Vec<(&str, u64)> {
        let mut others: Vec<(&str, u64)> = Vec::new();
        for merge in &self.merges {
            match others.iter_mut().find(|(project, _)| *project == merge.project) {
                Some((_, pushes)) => *pushes += merge.pushes,
                None => others.push((&merge.project, merge.pushes)),
            }
        }
        others
    }

    /// The files that a push changes.
    #[must_use]
    pub fn files_of(&self, project: &str, push: u64) -> Vec<&str> {
        let is_of = |change: &&Change| {
            covers(change.project.as_deref(), &self.project, change.from, change.to, (project, push))
        };
        self.changes.iter().filter(is_of).flat_map(|change| &change.files).map(String::as_str).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn read(text: &str) -> Result<MadeHistory, Vec<String>> {
        let read = MadeHistory::read(&Files::default(), Path::new("history.yml"), text);
        read.map_err(|mistakes| mistakes.0.into_iter().map(|mistake| mistake.message).collect())
    }

    #[test]
    fn little_is_needed() {
        let history = read("pushes: 3").unwrap();
        assert_eq!((history.tree.as_str(), history.project.as_str(), history.style), (".", "project", Style::Git));
        assert_eq!((history.decisions, history.pushes), (Program::Pushgraph, 3));
        assert_eq!(read("{}").unwrap_err().len(), 1);
    }

    #[test]
    fn pushes_change_files_by_project_and_number() {
        let text = "
            pushes: 5
            merges: [{push: 3, project: other, pushes: 2}, {push: 4, project: other, pushes: 1}]
            changes: [{from: 2, to: 3, files: [a]}, {project: other, from: 2, files: [b, c]}]
        ";
        let history = read(text).unwrap();
        assert_eq!(history.others(), [("other", 3)]);
        let files = |project, push| history.files_of(project, push).concat();
        assert_eq!([1, 2, 3, 4].map(|push| files("project", push)), ["", "a", "a", ""]);
        assert_eq!([1, 2, 3].map(|push| files("other", push)), ["", "bc", "bc"]);
    }
}
