//! The repositories of a made history: the same file and tree always make the same commits.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use chrono::{DateTime, Duration, Utc};

use super::{BRANCH, MakeError, Making, repository};
use crate::history::made::MadeHistory;
use crate::local::git::{GitError, git, git_with_input};

/// Who pushes.
pub(super) const USER: &str = "author@example.com";

/// When the history begins; pushes are an hour apart.
const START: i64 = 1_767_225_600;

/// Where the branches of other projects are kept in the repository that all commits are made in.
const OTHERS: &str = "refs/made";

/// A commit that is a push.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Commit {
    pub(super) revision: String,
    pub(super) parents: Vec<String>,
    pub(super) date: DateTime<Utc>,
    /// What it merges, oldest first.
    pub(super) merged: Vec<Self>,
}

/// The pushes of every project, oldest first; projects that are merged come before the one that merges them.
pub(super) struct Repositories {
    pub(super) projects: Vec<(String, Vec<Commit>)>,
}

/// A commit before its hash is known: what it is named by in the stream, and what it is made on.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Planned {
    project: String,
    number: u64,
    mark: usize,
    parents: Vec<usize>,
    date: DateTime<Utc>,
    /// The marks of what it merges.
    merged: Vec<usize>,
}

impl Repositories {
    /// Makes them below the data folder.
    pub(super) async fn make(making: &Making<'_>) -> Result<Self, MakeError> {
        let history = making.history;
        let main = repository(making.folder, &history.project);
        for project in history.others().iter().map(|(project, _)| *project).chain([history.project.as_str()]) {
            let folder = repository(making.folder, project);
            std::fs::create_dir_all(&folder)?;
            git(&folder, &["init", "--quiet", "--template=", &format!("--initial-branch={BRANCH}")]).await?;
        }
        let tree = written_tree(&main, making.tree).await?;
        let planned = plan(history);
        let marks = main.join(".git/marks");
        let stream = stream(history, &planned, &tree, making.tree);
        git_with_input(&main, &["fast-import", "--quiet", "--export-marks=.git/marks"], &stream).await?;
        let hashes = read_marks(&std::fs::read_to_string(marks)?);
        for (project, _) in history.others() {
            let (from, to) = (main.to_string_lossy(), repository(making.folder, project));
            let branch = format!("{OTHERS}/{project}:refs/heads/{BRANCH}");
            git(&to, &["fetch", "--quiet", "--update-head-ok", &from, &branch]).await?;
        }
        Ok(Self { projects: by_project(history, &planned, &hashes) })
    }

    /// Leaves every repository at its newest push, checked out.
    pub(super) async fn check_out(&self, folder: &Path) -> Result<(), GitError> {
        for (project, commits) in &self.projects {
            let Some(newest) = commits.last() else { continue };
            git(&repository(folder, project), &["reset", "--quiet", "--hard", &newest.revision]).await?;
        }
        Ok(())
    }
}

/// Has the branch point at a revision, whatever is checked out.
pub(super) async fn move_branch(folder: &Path, revision: &str) -> Result<(), GitError> {
    git(folder, &["update-ref", &format!("refs/heads/{BRANCH}"), revision]).await.map(drop)
}

/// The tree as a git object: everything in the folder that its `.gitignore` does not leave out.
async fn written_tree(main: &Path, tree: &Path) -> Result<String, GitError> {
    let (own, work) = (format!("--git-dir={}", main.join(".git").display()), format!("--work-tree={}", tree.display()));
    git(tree, &[&own, &work, "add", "--all", "--", ".", ":(exclude).hg"]).await?;
    git(tree, &[&own, &work, "write-tree"]).await
}

/// All commits, in an order in which each comes after those it is made on.
fn plan(history: &MadeHistory) -> Vec<Planned> {
    let mut all: Vec<Planned> = Vec::new();
    let mut heads: BTreeMap<&str, (usize, u64)> = BTreeMap::new();
    let mut add = |project: &str, number, parents: Vec<usize>, date, merged| {
        let mark = all.len() + 1;
        all.push(Planned { project: project.to_owned(), number, mark, parents, date, merged });
        mark
    };
    let mut head = 0;
    let at = |number: u64| {
        DateTime::UNIX_EPOCH + Duration::seconds(START) + Duration::hours(i64::try_from(number).unwrap_or_default())
    };
    let mut first = 0;
    for number in 1..=history.pushes {
        let mut parents = if number == 1 { Vec::new() } else { vec![head] };
        let mut merged = Vec::new();
        for merge in history.merges.iter().filter(|merge| merge.push == number) {
            let (mut other, mut count) = heads.get(merge.project.as_str()).copied().unwrap_or((first, 0));
            for left in (0..merge.pushes).rev() {
                count += 1;
                let date = at(number) - Duration::seconds(i64::try_from(left + 1).unwrap_or_default());
                other = add(&merge.project, count, vec![other], date, Vec::new());
                merged.push(other);
            }
            heads.insert(&merge.project, (other, count));
            parents.push(other);
        }
        head = add(&history.project, number, parents, at(number), merged);
        if number == 1 {
            first = head;
        }
    }
    all
}

/// What `git fast-import` reads.
fn stream(history: &MadeHistory, planned: &[Planned], tree: &str, folder: &Path) -> String {
    let mut text = String::new();
    for commit in planned {
        let reference = match commit.project == history.project {
            true => format!("refs/heads/{BRANCH}"),
            false => format!("{OTHERS}/{}", commit.project),
        };
        let message = format!("Push {} of {}", commit.number, commit.project);
        let seconds = commit.date.timestamp();
        // Writing to a text cannot fail.
        let _ = write!(text, "commit {reference}\nmark :{}\ncommitter Author <{USER}> {seconds} +0000\n", commit.mark);
        let _ = write!(text, "data {}\n{message}\n", message.len());
        for (at, parent) in commit.parents.iter().enumerate() {
            let _ = writeln!(text, "{} :{parent}", if at == 0 { "from" } else { "merge" });
        }
        if commit.parents.is_empty() {
            let _ = writeln!(text, "M 040000 {tree} \"\"");
        }
        let merged = planned.iter().filter(|other| commit.merged.contains(&other.mark));
        for one in merged.chain([commit]) {
            changes(history, one, folder, &mut text);
        }
        text.push('\n');
    }
    text
}

/// The files that a push changes: one of its project's own, and those that the history names.
fn changes(history: &MadeHistory, commit: &Planned, folder: &Path, text: &mut String) {
    let Planned { project, number, .. } = commit;
    let mut file = |path: &str, content: &str| {
        let _ = write!(text, "M 100644 inline {path}\ndata {}\n{content}\n", content.len());
    };
    file(&format!("pushes/{project}.txt"), &format!("{number}\n"));
    for path in history.files_of(project, *number) {
        let own = std::fs::read_to_string(folder.join(path)).unwrap_or_default();
        file(path, &format!("{own}# Push {number} of {project}.\n"));
    }
}

/// Hashes by mark.
fn read_marks(text: &str) -> BTreeMap<usize, String> {
    let lines = text.lines().filter_map(|line| line.strip_prefix(':')?.split_once(' '));
    lines.filter_map(|(mark, hash)| Some((mark.parse().ok()?, hash.to_owned()))).collect()
}

fn by_project(
    history: &MadeHistory,
    planned: &[Planned],
    hashes: &BTreeMap<usize, String>,
) -> Vec<(String, Vec<Commit>)> {
    let hash = |mark: &usize| hashes.get(mark).cloned().unwrap_or_default();
    let commit = |one: &Planned, merged: Vec<Commit>| Commit {
        revision: hash(&one.mark),
        parents: one.parents.iter().map(hash).collect(),
        date: one.date,
        merged,
    };
    let others = history.others();
    let projects = others.iter().map(|(project, _)| *project).chain([history.project.as_str()]);
    let of = |project: &str| {
        let own = planned.iter().filter(|one| one.project == project);
        own.map(|one| {
            let merged = planned.iter().filter(|other| one.merged.contains(&other.mark));
            commit(one, merged.map(|other| commit(other, Vec::new())).collect())
        })
        .collect()
    };
    projects.map(|project| (project.to_owned(), of(project))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostics::Files;

    fn history(text: &str) -> MadeHistory {
        MadeHistory::read(&Files::default(), Path::new("history.yml"), text).unwrap()
    }

    #[test]
    fn a_merge_is_made_on_what_it_merges() {
        let merges = "[{push: 3, project: other, pushes: 2}, {push: 4, project: other, pushes: 1}]";
        let planned = plan(&history(&format!("{{pushes: 4, merges: {merges}}}")));
        let told: Vec<(&str, u64, &[usize])> =
            planned.iter().map(|one| (one.project.as_str(), one.number, &one.parents[..])).collect();
        assert_eq!(
            told,
            [
                ("project", 1, &[][..]),
                ("project", 2, &[1]),
                ("other", 1, &[1]),
                ("other", 2, &[3]),
                ("project", 3, &[2, 4]),
                ("other", 3, &[4]),
                ("project", 4, &[5, 6]),
            ]
        );
        assert_eq!(planned[4].merged, [3, 4]);
        assert!(planned.is_sorted_by_key(|one| one.date));
    }
}
