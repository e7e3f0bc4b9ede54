//! Where a task's repository really is: a checkout on this machine, as it would look had it been pushed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::log::Log;
use crate::local::git::{GitError, git, git_with_input};
use crate::local::push::checkout::web_address;
use crate::local::push::is_null;
use crate::local::push::record::PushRecord;

/// A checkout that stands for a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The address that tasks know the repository by.
    pub repository: String,
    /// The checkout.
    pub checkout: PathBuf,
    /// What was pushed from it.
    pub push: Option<PushRecord>,
}

impl Source {
    /// The checkout of a push.
    #[must_use]
    pub fn of_push(push: &PushRecord) -> Self {
        let checkout = PathBuf::from(&push.checkout);
        Self { repository: push.repository.clone(), checkout, push: Some(push.clone()) }
    }
}

/// A bare repository with the branches of a checkout, and its push arrived: what a forge would serve.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Received {
    /// The address that tasks know the repository by.
    repository: String,
    /// Where it is, without the `.git` at its end.
    path: PathBuf,
}

/// Makes what a forge would serve of every source, below `folder`; of several pushes the one that made the group
/// counts, else the first in the list.
pub(super) async fn receive(
    sources: &[Source],
    task_group_id: &str,
    folder: &Path,
) -> Result<Vec<Received>, CheckoutError> {
    let made_group = |source: &&Source| source.push.as_ref().is_some_and(|push| push.task_group_id == task_group_id);
    let (first, others): (Vec<&Source>, Vec<&Source>) = sources.iter().partition(made_group);
    let mut received: Vec<Received> = Vec::new();
    for source in first.into_iter().chain(others) {
        let is_there = received.iter().any(|received| received.repository == source.repository);
        if is_there || !source.checkout.exists() {
            continue;
        }
        match receive_one(source, folder.join(received.len().to_string())).await {
            Ok(one) => received.push(one),
            Err(error) if made_group(&source) => return Err(error),
            // A checkout of another push that is no longer what it was; this task has no need of it.
            Err(_) => {}
        }
    }
    Ok(received)
}

async fn receive_one(source: &Source, path: PathBuf) -> Result<Received, CheckoutError> {
    let parent = path.parent().unwrap_or(&path);
    std::fs::create_dir_all(parent)?;
    let bare = path.with_extension("git");
    let (from, to) = (source.checkout.to_string_lossy(), bare.to_string_lossy());
    // Objects are borrowed, not copied: it has every commit of the checkout, also those no branch leads to.
    git(parent, &["clone", "--quiet", "--bare", "--shared", &from, &to]).await?;
    // As at GitHub, any commit can be asked for.
    git(&bare, &["config", "uploadpack.allowAnySHA1InWant", "true"]).await?;
    add_remote_branches(&source.checkout, &bare).await?;
    git(&bare, &["fetch", "--quiet", &from, "+refs/notes/*:refs/notes/*"]).await?;
    if let Some(push) = &source.push {
        let branch = format!("refs/heads/{}", push.branch);
        for reference in [&push.reference, &branch] {
            git(&bare, &["update-ref", reference, &push.revision]).await?;
        }
        // A detached HEAD would leave the repository without a default branch.
        if git(&bare, &["symbolic-ref", "--quiet", "HEAD"]).await.is_err() {
            git(&bare, &["symbolic-ref", "HEAD", &branch]).await?;
        }
    }
    Ok(Received { repository: source.repository.clone(), path })
}

/// Branches that the checkout knows only as those of its remote, such as the base of a pull request.
async fn add_remote_branches(checkout: &Path, bare: &Path) -> Result<(), CheckoutError> {
    let own = git(bare, &["for-each-ref", "--format=%(refname:strip=2)", "refs/heads"]).await?;
    let own: BTreeSet<&str> = own.lines().collect();
    let theirs = git(checkout, &["for-each-ref", "--format=%(objectname) %(refname:strip=3)", "refs/remotes/origin"]);
    let theirs = theirs.await?;
    let added = theirs.lines().filter_map(|line| line.split_once(' '));
    let added = added.filter(|(_, name)| *name != "HEAD" && !own.contains(name));
    let commands: String = added.map(|(commit, name)| format!("create refs/heads/{name} {commit}\n")).collect();
    git_with_input(bare, &["update-ref", "--stdin"], &commands).await?;
    Ok(())
}

/// Variables that lead every `git` of a task to what was received, by the address it knows.
///
/// Git replaces the address wherever an URL begins with it: a repository whose name begins with another's name is
/// looked for in the wrong place.
pub(super) fn redirection(received: &[Received]) -> BTreeMap<String, String> {
    let mut variables = BTreeMap::from([("GIT_CONFIG_COUNT".to_owned(), received.len().to_string())]);
    for (index, received) in received.iter().enumerate() {
        let key = format!("url.{}.insteadOf", received.path.display());
        variables.insert(format!("GIT_CONFIG_KEY_{index}"), key);
        variables.insert(format!("GIT_CONFIG_VALUE_{index}"), received.repository.clone());
    }
    variables
}

/// A repository as the environment of a task tells it.
struct Wanted<'a> {
    head_repository: &'a str,
    base_repository: Option<&'a str>,
    head_ref: Option<&'a str>,
    head_rev: Option<&'a str>,
    base_ref: Option<&'a str>,
}

/// A repository that cannot be checked out; the text is for the task's log.
#[derive(Debug, thiserror::Error)]
pub(super) enum CheckoutError {
    #[error("`{0}_HEAD_REPOSITORY` is not set")]
    NotTold(String),
    #[error("`{0}` is a Mercurial repository; the local worker checks out git repositories only")]
    Mercurial(String),
    #[error("neither `{0}_HEAD_REV` nor `{0}_HEAD_REF` says what to check out")]
    NoRevision(String),
    #[error("there is no `{0}` in the repository")]
    Unknown(String),
    #[error(transparent)]
    Git(#[from] GitError),
    #[error("cannot make a folder for the checkout: {0}")]
    Folder(#[from] std::io::Error),
}

/// Checks out the repository of the variables `<prefix>_…` to `folder`; returns the revision it is at.
pub(super) async fn check_out(
    prefix: &str,
    environment: &BTreeMap<String, String>,
    folder: &Path,
    received: &[Received],
    log: &Log,
) -> Result<String, CheckoutError> {
    let wanted = wanted(prefix, environment)?;
    let parent = folder.parent().unwrap_or(folder);
    std::fs::create_dir_all(parent)?;
    let local = source(&wanted, received).await.map(|received| received.path.to_string_lossy().into_owned());
    let from = local.as_deref().unwrap_or(wanted.head_repository);
    log.say(&format!("cloning {} from {from}", wanted.head_repository));
    git(parent, &["clone", "--quiet", "--no-checkout", from, &folder.to_string_lossy()]).await?;
    let revision = revision(prefix, &wanted, folder).await?;
    match wanted.head_ref.map(short).filter(|name| !name.starts_with("refs/")) {
        Some(branch) => git(folder, &["checkout", "--quiet", "--force", "-B", branch, &revision]).await?,
        None => git(folder, &["checkout", "--quiet", "--force", "--detach", &revision]).await?,
    };
    if let Some(base) = wanted.base_ref.map(short).filter(|name| !name.starts_with("refs/")) {
        // Kept if it is there: then it is the branch that was just checked out.
        let _ = git(folder, &["branch", base, &format!("refs/remotes/origin/{base}")]).await;
    }
    log.say(&format!("checked out {revision}"));
    Ok(revision)
}

fn wanted<'a>(prefix: &str, environment: &'a BTreeMap<String, String>) -> Result<Wanted<'a>, CheckoutError> {
    let get =
        |name: &str| environment.get(&format!("{prefix}_{name}")).map(String::as_str).filter(|value| !value.is_empty());
    let head_repository = get("HEAD_REPOSITORY").ok_or_else(|| CheckoutError::NotTold(prefix.to_owned()))?;
    if get("REPOSITORY_TYPE").is_some_and(|kind| kind != "git") {
        return Err(CheckoutError::Mercurial(head_repository.to_owned()));
    }
    Ok(Wanted {
        head_repository,
        base_repository: get("BASE_REPOSITORY").filter(|base| *base != head_repository),
        head_ref: get("HEAD_REF"),
        head_rev: get("HEAD_REV").filter(|revision| !is_null(revision)),
        base_ref: get("BASE_REF"),
    })
}

/// What has the revision; of several, what stands for the repository.
async fn source<'a>(wanted: &Wanted<'_>, received: &'a [Received]) -> Option<&'a Received> {
    let same = |received: &Received, address: &str| {
        received.repository == address || web_address(address).is_some_and(|address| address.url == received.repository)
    };
    let stands_for = |received: &&Received| {
        same(received, wanted.head_repository) || wanted.base_repository.is_some_and(|base| same(received, base))
    };
    let (first, others): (Vec<&Received>, Vec<&Received>) = received.iter().partition(stands_for);
    let Some(revision) = wanted.head_rev else { return first.into_iter().next() };
    for received in first.into_iter().chain(others) {
        let bare = received.path.with_extension("git");
        if git(&bare, &["cat-file", "-e", &format!("{revision}^{{commit}}")]).await.is_ok() {
            return Some(received);
        }
    }
    None
}

async fn revision(prefix: &str, wanted: &Wanted<'_>, folder: &Path) -> Result<String, CheckoutError> {
    let given = wanted.head_rev.or(wanted.head_ref).ok_or_else(|| CheckoutError::NoRevision(prefix.to_owned()))?;
    let name = short(given);
    for spelling in [given.to_owned(), format!("refs/remotes/origin/{name}"), format!("refs/tags/{name}")] {
        let commit = format!("{spelling}^{{commit}}");
        if let Ok(revision) = git(folder, &["rev-parse", "--verify", "--quiet", &commit]).await {
            return Ok(revision);
        }
    }
    // A revision that no branch leads to can still be asked for by name.
    if git(folder, &["fetch", "--quiet", "origin", given]).await.is_ok() {
        return Ok(git(folder, &["rev-parse", "--verify", "FETCH_HEAD^{commit}"]).await?);
    }
    Err(CheckoutError::Unknown(given.to_owned()))
}

fn short(reference: &str) -> &str {
    reference.strip_prefix("refs/heads/").unwrap_or(reference)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::local::report::{Reporter, Silent};

    struct Fixture {
        parent: tempfile::TempDir,
        first: String,
        second: String,
    }

    impl Fixture {
        /// A repository with a commit on `main` and one that no branch leads to.
        async fn new() -> Self {
            let parent = tempfile::tempdir().unwrap();
            let root = parent.path().join("project");
            std::fs::create_dir(&root).unwrap();
            git(&root, &["init", "--quiet", "--initial-branch=main"]).await.unwrap();
            git(&root, &["config", "user.name", "a"]).await.unwrap();
            git(&root, &["config", "user.email", "a@b"]).await.unwrap();
            let mut commits = Vec::new();
            for content in ["one", "two"] {
                std::fs::write(root.join("file"), content).unwrap();
                git(&root, &["add", "."]).await.unwrap();
                git(&root, &["commit", "--quiet", "--message", content]).await.unwrap();
                commits.push(git(&root, &["rev-parse", "HEAD"]).await.unwrap());
                git(&root, &["checkout", "--quiet", "--detach"]).await.unwrap();
            }
            git(&root, &["checkout", "--quiet", "main"]).await.unwrap();
            let [first, second] = <[String; 2]>::try_from(commits).unwrap();
            Self { parent, first, second }
        }

        async fn check_out(&self, variables: &[(&str, &str)]) -> Result<(String, PathBuf), CheckoutError> {
            let root = self.parent.path();
            let reporter: Arc<dyn Reporter> = Arc::new(Silent);
            let log = Log::create(root, "task", &reporter).unwrap();
            let environment = variables.iter().map(|(name, value)| (format!("VCS_{name}"), (*value).to_owned()));
            let target = root.join("deep/clone");
            let _ = std::fs::remove_dir_all(&target);
            let source = Source {
                repository: "https://github.com/o/project".into(),
                checkout: root.join("project"),
                push: None,
            };
            let _ = std::fs::remove_dir_all(root.join("received"));
            let received = receive(&[source], "G", &root.join("received")).await?;
            let revision = check_out("VCS", &environment.collect(), &target, &received, &log).await?;
            Ok((revision, target))
        }
    }

    #[tokio::test]
    async fn the_revision_comes_from_the_local_checkout() {
        let fixture = Fixture::new().await;
        let head = ("HEAD_REPOSITORY", "https://github.com/o/project.git");
        let (revision, target) = fixture
            .check_out(&[head, ("HEAD_REV", &fixture.second), ("HEAD_REF", "refs/heads/topic"), ("BASE_REF", "main")])
            .await
            .unwrap();
        assert_eq!(revision, fixture.second);
        assert_eq!(std::fs::read_to_string(target.join("file")).unwrap(), "two");
        assert_eq!(git(&target, &["branch", "--show-current"]).await.unwrap(), "topic");
        assert_eq!(git(&target, &["rev-parse", "main"]).await.unwrap(), fixture.first);
        let (revision, _) = fixture.check_out(&[head, ("HEAD_REF", "main")]).await.unwrap();
        assert_eq!(revision, fixture.first);
    }

    #[tokio::test]
    async fn what_is_received_is_what_a_forge_would_serve() {
        let fixture = Fixture::new().await;
        let root = fixture.parent.path();
        git(&root.join("project"), &["update-ref", "refs/remotes/origin/base", &fixture.first]).await.unwrap();
        git(&root.join("project"), &["checkout", "--quiet", "--detach", &fixture.second]).await.unwrap();
        let push = PushRecord {
            task_group_id: "G".into(),
            task_ids: Vec::new(),
            tasks_for: "github-push".into(),
            repository: "https://github.com/o/project".into(),
            revision: fixture.second.clone(),
            reference: "refs/pull/1/head".into(),
            branch: "topic".into(),
            checkout: root.join("project").to_string_lossy().into_owned(),
            pushed: "2024-01-02T03:04:05Z".parse().unwrap(),
        };
        let received = receive(&[Source::of_push(&push)], "G", &root.join("received")).await.unwrap();
        let mut command = std::process::Command::new("git");
        command.args(["ls-remote", "--symref", "https://github.com/o/project.git"]).envs(redirection(&received));
        let listed = String::from_utf8(command.output().unwrap().stdout).unwrap();
        let (first, second) = (&fixture.first, &fixture.second);
        assert_eq!(
            listed,
            format!(
                "ref: refs/heads/topic\tHEAD\n{second}\tHEAD\n{first}\trefs/heads/base\n{first}\trefs/heads/main\n{second}\trefs/heads/topic\n{second}\trefs/pull/1/head\n"
            )
        );
    }

    #[tokio::test]
    async fn what_cannot_be_checked_out_is_said() {
        let fixture = Fixture::new().await;
        let head = ("HEAD_REPOSITORY", "https://github.com/o/project");
        let message = |result: Result<_, CheckoutError>| result.unwrap_err().to_string();
        assert_eq!(message(fixture.check_out(&[]).await), "`VCS_HEAD_REPOSITORY` is not set");
        assert!(message(fixture.check_out(&[head, ("REPOSITORY_TYPE", "hg")]).await).contains("Mercurial"));
        let unknown = message(fixture.check_out(&[head, ("HEAD_REF", "nowhere")]).await);
        assert_eq!(unknown, "there is no `nowhere` in the repository");
    }
}
