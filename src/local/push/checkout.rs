//! The checkout that is pushed: its HEAD, what came before, and where it is on the web.

use std::path::{Path, PathBuf};

use chrono::{DateTime, FixedOffset};
use url::Url;

use super::PushError;
use crate::local::git::{git, git_bytes};

/// The revision of nothing, as git and GitHub write it.
pub(super) const NULL_REVISION: &str = "0000000000000000000000000000000000000000";

/// A git checkout as it is pushed.
#[derive(Clone, Debug)]
pub struct Checkout {
    /// Its top folder.
    pub root: PathBuf,
    /// The commit that is pushed: HEAD.
    pub revision: String,
    /// The commit that the branch was at before; forty zeros for a first push.
    pub before: String,
    /// The branch that is pushed to.
    pub branch: String,
    /// The repository's address on the web, see [`web_address`].
    pub web: WebAddress,
    /// The commits of the push, oldest first.
    pub commits: Vec<Commit>,
    /// Whether tracked files differ from HEAD: those changes are not pushed.
    pub is_dirty: bool,
}

/// `https://<host>/<owner>/<name>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebAddress {
    /// The whole address, without a slash or `.git` at its end.
    pub url: String,
    /// The host.
    pub host: String,
    /// All of the path but its last part.
    pub owner: String,
    /// The last part of the path.
    pub name: String,
}

/// A commit as a push event tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// Its hash.
    pub id: String,
    /// The hash of its tree.
    pub tree: String,
    /// The whole message.
    pub message: String,
    /// When it was committed.
    pub timestamp: DateTime<FixedOffset>,
    /// Name and address of its author.
    pub author: (String, String),
    /// Name and address of its committer.
    pub committer: (String, String),
    /// Files that it adds.
    pub added: Vec<String>,
    /// Files that it removes.
    pub removed: Vec<String>,
    /// Files that it changes.
    pub modified: Vec<String>,
}

/// What the user said about the push; the rest is read from the checkout.
#[derive(Clone, Debug, Default)]
pub struct Given {
    /// The branch that is pushed to.
    pub branch: Option<String>,
    /// The commit that the branch was at before, in any of git's spellings.
    pub before: Option<String>,
    /// The repository's address on the web.
    pub repository: Option<String>,
}

impl Checkout {
    /// Reads the checkout that `folder` is in.
    ///
    /// # Errors
    /// If there is none, it has no commit, or what was given does not exist in it.
    pub async fn read(folder: &Path, given: &Given) -> Result<Self, PushError> {
        let not_a_checkout = |_| PushError::NotACheckout(folder.to_path_buf());
        let root = PathBuf::from(git(folder, &["rev-parse", "--show-toplevel"]).await.map_err(not_a_checkout)?);
        let head = git(&root, &["rev-parse", "--verify", "HEAD^{commit}"]).await;
        let revision = head.map_err(|_| PushError::NoCommit(root.clone()))?;
        let branch = match &given.branch {
            Some(branch) => branch.trim_start_matches("refs/heads/").to_owned(),
            None => current_branch(&root).await,
        };
        let before = before(&root, &revision, given.before.as_deref()).await?;
        let web = match &given.repository {
            Some(address) => web_address(address).ok_or_else(|| PushError::NotAWebAddress(address.clone()))?,
            None => web_address_of(&root).await,
        };
        let commits = commits(&root, &before, &revision).await?;
        let is_dirty = !git(&root, &["status", "--porcelain", "--untracked-files=no"]).await?.is_empty();
        Ok(Self { root, revision, before, branch, web, commits, is_dirty })
    }

    /// The content of a file at a revision, or nothing if it has none there.
    ///
    /// # Errors
    /// If the revision itself cannot be read.
    pub(super) async fn file(&self, revision: &str, path: &str) -> Result<Option<Vec<u8>>, PushError> {
        let listed = git(&self.root, &["ls-tree", "--name-only", revision, "--", path]).await?;
        if listed.is_empty() {
            return Ok(None);
        }
        Ok(Some(git_bytes(&self.root, &["show", &format!("{revision}:{path}")]).await?))
    }
}

/// The branch of HEAD; for a detached HEAD a branch that is there too, else the remote's default, else `main`.
async fn current_branch(root: &Path) -> String {
    let candidates: [&[&str]; 3] = [
        &["symbolic-ref", "--quiet", "--short", "HEAD"],
        &["for-each-ref", "--count=1", "--points-at=HEAD", "--format=%(refname:short)", "refs/heads"],
        &["symbolic-ref", "--quiet", "--short", "refs/remotes/origin/HEAD"],
    ];
    for arguments in candidates {
        match git(root, arguments).await {
            Ok(name) if !name.is_empty() => return name.trim_start_matches("origin/").to_owned(),
            _ => {}
        }
    }
    "main".to_owned()
}

/// What the branch was at before: what is given, else what the upstream branch has, else HEAD's first parent.
async fn before(root: &Path, revision: &str, given: Option<&str>) -> Result<String, PushError> {
    if let Some(given) = given {
        let commit = git(root, &["rev-parse", "--verify", "--quiet", &format!("{given}^{{commit}}")]).await;
        return commit.map_err(|_| PushError::UnknownRevision(given.to_owned()));
    }
    if let Ok(upstream) = git(root, &["rev-parse", "--verify", "--quiet", "@{upstream}^{commit}"]).await {
        let is_ancestor = git(root, &["merge-base", "--is-ancestor", &upstream, revision]).await.is_ok();
        if is_ancestor && upstream != revision {
            return Ok(upstream);
        }
    }
    let parent = git(root, &["rev-parse", "--verify", "--quiet", "HEAD^1"]).await;
    Ok(parent.unwrap_or_else(|_| NULL_REVISION.to_owned()))
}

/// The address of the remote `origin`; for a checkout whose origin is not on the web, one made from the folder's name.
///
/// It must be `https`: action hooks cut eight characters off it to make a scope, and the queue refuses a task whose
/// source is a `file` URL. The local worker never goes there: it clones the checkout.
async fn web_address_of(root: &Path) -> WebAddress {
    let origin = git(root, &["config", "--get", "remote.origin.url"]).await.ok();
    origin.as_deref().and_then(web_address).unwrap_or_else(|| {
        let folder = root.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let is_kept = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
        let name = folder.trim_end_matches(".git").replace(|letter| !is_kept(letter), "-");
        let name = if name.trim_matches('.').is_empty() { "checkout".to_owned() } else { name };
        let url = format!("https://github.com/{name}/{name}");
        WebAddress { url, host: "github.com".to_owned(), owner: name.clone(), name }
    })
}

/// The web address of a repository that git knows as `remote`: `https`, `ssh`, `git@host:path`; nothing for others.
///
/// What is served on this machine stays `http`: nobody speaks `https` there, and clients ask it for its pushlog.
#[must_use]
pub fn web_address(remote: &str) -> Option<WebAddress> {
    let scheme = if remote.starts_with("http://127.0.0.1:") { "http" } else { "https" };
    let (host, path) = match remote.split_once("://") {
        Some(("http" | "https" | "ssh" | "git", _)) => {
            let url = Url::parse(remote).ok()?;
            // A port belongs to the address only where the web is spoken on it.
            let port = url.port().filter(|_| url.scheme().starts_with("http"));
            let host = url.host_str()?;
            (port.map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")), url.path().to_owned())
        }
        Some(_) => return None,
        None => {
            let (host, path) = remote.split_once(':').filter(|(host, _)| !host.contains('/'))?;
            (host.rsplit('@').next().unwrap_or(host).to_owned(), path.to_owned())
        }
    };
    let path = path.trim_matches('/').trim_end_matches(".git");
    let (owner, name) = path.rsplit_once('/').filter(|(owner, name)| !owner.is_empty() && !name.is_empty())?;
    let url = format!("{scheme}://{host}/{path}");
    Some(WebAddress { url, host, owner: owner.to_owned(), name: name.to_owned() })
}

/// GitHub tells at most this many commits of a push.
const MOST_COMMITS: usize = 2048;

async fn commits(root: &Path, before: &str, revision: &str) -> Result<Vec<Commit>, PushError> {
    let range = if before == NULL_REVISION { revision.to_owned() } else { format!("{before}..{revision}") };
    let count = format!("--max-count={MOST_COMMITS}");
    let format = "--format=%x01%H%x02%T%x02%cI%x02%an%x02%ae%x02%cn%x02%ce%x02%B%x02";
    let arguments = ["log", &count, "--no-renames", "--no-color", "--name-status", format, &range];
    let text = git(root, &arguments).await?;
    let mut commits: Vec<Commit> = text.split('\u{1}').filter_map(read_commit).collect();
    commits.reverse();
    Ok(commits)
}

fn read_commit(entry: &str) -> Option<Commit> {
    let fields: Vec<&str> = entry.splitn(9, '\u{2}').collect();
    let [id, tree, timestamp, author, author_mail, committer, committer_mail, message, files] = fields[..] else {
        return None;
    };
    let changed = |status: char| {
        let lines = files.lines().filter_map(|line| line.split_once('\t'));
        lines.filter(|(kind, _)| kind.starts_with(status)).map(|(_, path)| path.to_owned()).collect::<Vec<_>>()
    };
    let mut modified = changed('M');
    modified.extend(changed('T'));
    Some(Commit {
        id: id.to_owned(),
        tree: tree.to_owned(),
        message: message.trim_end().to_owned(),
        timestamp: DateTime::parse_from_rfc3339(timestamp).ok()?,
        author: (author.to_owned(), author_mail.to_owned()),
        committer: (committer.to_owned(), committer_mail.to_owned()),
        added: changed('A'),
        removed: changed('D'),
        modified,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remotes_have_web_addresses() {
        let address = |remote| web_address(remote).map(|address| address.url);
        for remote in [
            "https://github.com/mozilla/pushgraph",
            "https://github.com/mozilla/pushgraph.git/",
            "https://token@github.com/mozilla/pushgraph.git",
            "git@github.com:mozilla/pushgraph.git",
            "ssh://git@github.com:22/mozilla/pushgraph",
        ] {
            assert_eq!(address(remote).as_deref(), Some("https://github.com/mozilla/pushgraph"), "{remote}");
        }
        assert_eq!(address("http://localhost:3000/a/b").as_deref(), Some("https://localhost:3000/a/b"));
        for remote in ["/srv/git/project.git", "file:///srv/git/a/b", "../a", "./a:b/c", "https://github.com/"] {
            assert_eq!(address(remote), None, "{remote}");
        }
    }

    async fn repository() -> (tempfile::TempDir, PathBuf) {
        let parent = tempfile::tempdir().unwrap();
        let root = parent.path().join("my project");
        std::fs::create_dir(&root).unwrap();
        git(&root, &["init", "--quiet", "--initial-branch=trunk"]).await.unwrap();
        for (name, value) in [("user.name", "Ann"), ("user.email", "ann.b@example.com"), ("commit.gpgSign", "false")] {
            git(&root, &["config", name, value]).await.unwrap();
        }
        (parent, root)
    }

    async fn commit(root: &Path, files: &[(&str, &str)], message: &str) -> String {
        for (name, content) in files {
            std::fs::write(root.join(name), content).unwrap();
        }
        git(root, &["add", "--all"]).await.unwrap();
        git(root, &["commit", "--quiet", "--message", message]).await.unwrap();
        git(root, &["rev-parse", "HEAD"]).await.unwrap()
    }

    #[tokio::test]
    async fn a_checkout_is_read_as_it_would_be_pushed() {
        let (_parent, root) = repository().await;
        assert!(matches!(Checkout::read(&root, &Given::default()).await, Err(PushError::NoCommit(_))));
        let first = commit(&root, &[("a", "1"), ("ü b", "1")], "first").await;
        let checkout = Checkout::read(&root, &Given::default()).await.unwrap();
        assert_eq!((checkout.before.as_str(), checkout.commits.len()), (NULL_REVISION, 1));
        std::fs::remove_file(root.join("a")).unwrap();
        let second = commit(&root, &[("ü b", "2"), ("c", "1")], "second\n\nmore\tof it").await;
        std::fs::write(root.join("c"), "changed").unwrap();

        std::fs::create_dir(root.join("sub")).unwrap();
        let checkout = Checkout::read(&root.join("sub"), &Given::default()).await.unwrap();
        assert_eq!((checkout.before, checkout.revision, checkout.branch.as_str()), (first, second, "trunk"));
        assert_eq!(checkout.web.url, "https://github.com/my-project/my-project");
        assert!(checkout.is_dirty);
        let [commit] = &checkout.commits[..] else { panic!("{:?}", checkout.commits) };
        assert_eq!(commit.message, "second\n\nmore\tof it");
        assert_eq!((&commit.added[..], &commit.removed[..]), (&["c".to_owned()][..], &["a".to_owned()][..]));
        assert_eq!(commit.modified, ["ü b"]);
        let unknown = Given { before: Some("nowhere".into()), ..Given::default() };
        assert!(matches!(Checkout::read(&root, &unknown).await, Err(PushError::UnknownRevision(_))));
    }

    #[tokio::test]
    async fn a_folder_without_git_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let error = Checkout::read(folder.path(), &Given::default()).await.unwrap_err();
        assert!(matches!(error, PushError::NotACheckout(_)), "{error}");
    }
}
