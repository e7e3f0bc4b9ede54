//! Where people and workers see a file of the push.

use super::Parameters;
use crate::diagnostics::Diagnostic;
use crate::yaml::Node;

/// Below what a host shows the files of a revision, in the ways of hosting repositories.
mod page {
    pub(super) const HG: &str = "file";
    pub(super) const GITHUB: &str = "blob";
    pub(super) const GITLAB: &str = "-/blob";
}

impl Parameters {
    /// The URL of a page that shows a file of the push; `path` is relative to the root of the repository.
    ///
    /// Source: `Parameters.file_url` of the reference. It refuses git repositories that are not on GitHub; here they
    /// get the URL their host would most probably use, and always one that the queue takes as a task's source.
    ///
    /// # Errors
    /// A repository that is neither git nor hg, or none at all.
    pub fn file_url(&self, path: &str) -> Result<String, Diagnostic> {
        let (repository, rev, path) = self.repository_of(path);
        let url = |repository: &str, page: &str| Ok(format!("{repository}/{page}/{rev}/{path}"));
        match self.repository_type.as_str() {
            "hg" => url(repository, page::HG),
            "git" if repository.is_empty() => Err(nowhere(path)),
            "git" => {
                let (repository, page) = hosted(repository);
                url(&repository, page)
            }
            other => Err(Diagnostic::error(format!(
                "parameter `repository_type` is `{other}`, so it is unknown where `{path}` can be seen"
            ))
            .help("expected one of `git`, `hg`")),
        }
    }

    /// Files under `comm/` are Thunderbird's, which sits inside Firefox's repository and has one of its own.
    fn repository_of<'a>(&'a self, path: &'a str) -> (&'a str, &'a str, &'a str) {
        let text = |name: &str| self.get(name).and_then(Node::as_str);
        match (path.split("comm/").nth(1), text("comm_head_repository"), text("comm_head_rev")) {
            (Some(below), Some(repository), Some(rev)) => (repository, rev, below),
            _ => (&self.head_repository, &self.head_rev, path),
        }
    }
}

/// The web address of a git repository, and what its files are shown below.
fn hosted(repository: &str) -> (String, &'static str) {
    let bare = repository.strip_suffix(".git").unwrap_or(repository);
    if repository.starts_with("https://github.com/") {
        // The reference keeps `.git` here, and GitHub redirects.
        return (repository.strip_suffix('/').unwrap_or(repository).to_owned(), page::GITHUB);
    }
    if let Some(rest) = bare.strip_prefix("git@github.com:") {
        return (format!("https://github.com/{rest}"), page::GITHUB);
    }
    let address = web_address(bare.trim_end_matches('/'));
    let page = if address.contains("gitlab") { page::GITLAB } else { page::GITHUB };
    (address, page)
}

/// `https://host/path` of an address in any of git's forms.
///
/// The queue takes `http`, `https` and `ssh` for a source. A repository on this machine is named as another machine
/// would reach it: there is no page to show, and a task that is refused for that helps nobody.
fn web_address(repository: &str) -> String {
    if let Some((scheme, rest)) = repository.split_once("://") {
        return match scheme {
            "http" | "https" => repository.to_owned(),
            "file" => on_this_machine(rest.strip_prefix("localhost").unwrap_or(rest)),
            _ => format!("https://{}", rest.rsplit_once('@').map_or(rest, |(_, rest)| rest)),
        };
    }
    match repository.split_once(':') {
        Some((host, path)) if !host.contains('/') => {
            let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
            format!("https://{host}/{}", path.trim_start_matches('/'))
        }
        _ => on_this_machine(repository),
    }
}

fn on_this_machine(path: &str) -> String {
    format!("ssh://localhost/{}", path.trim_start_matches('/'))
}

fn nowhere(path: &str) -> Diagnostic {
    Diagnostic::error(format!("parameter `head_repository` is empty, so it is unknown where `{path}` can be seen"))
        .help("give the checkout a remote named `origin`, or pass parameters that name the repository")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::github_push;

    fn seen(repository_type: &str, repository: &str) -> String {
        let changes = [("repository_type", repository_type), ("head_repository", repository), ("head_rev", "abc")];
        let changes = changes.map(|(name, value)| (name, Node::new(value)));
        github_push().with(changes).unwrap().file_url("a/b.yml").unwrap_or_else(|error| error.message)
    }

    #[test]
    fn the_reference_s_urls() {
        assert_eq!(seen("git", "https://github.com/o/r"), "https://github.com/o/r/blob/abc/a/b.yml");
        assert_eq!(seen("git", "https://github.com/o/r/"), "https://github.com/o/r/blob/abc/a/b.yml");
        assert_eq!(seen("git", "https://github.com/o/r.git"), "https://github.com/o/r.git/blob/abc/a/b.yml");
        assert_eq!(seen("git", "git@github.com:o/r.git"), "https://github.com/o/r/blob/abc/a/b.yml");
        assert_eq!(seen("hg", "https://hg.mozilla.org/try"), "https://hg.mozilla.org/try/file/abc/a/b.yml");
        assert_eq!(seen("hg", ""), "/file/abc/a/b.yml");
    }

    #[test]
    fn other_hosts_have_urls_too() {
        let page = |repository| seen("git", repository);
        assert_eq!(page("https://gitlab.com/o/r.git"), "https://gitlab.com/o/r/-/blob/abc/a/b.yml");
        assert_eq!(page("git@codeberg.org:o/r.git"), "https://codeberg.org/o/r/blob/abc/a/b.yml");
        assert_eq!(page("ssh://git@example.com/o/r"), "https://example.com/o/r/blob/abc/a/b.yml");
        assert_eq!(page("/srv/r.git"), "ssh://localhost/srv/r/blob/abc/a/b.yml");
        assert_eq!(page("file:///srv/r"), "ssh://localhost/srv/r/blob/abc/a/b.yml");
        assert_eq!(page("../r"), "ssh://localhost/../r/blob/abc/a/b.yml");
        assert!(page("").contains("`head_repository` is empty"));
        assert!(seen("svn", "x").contains("`repository_type` is `svn`"));
    }

    #[test]
    fn thunderbird_has_a_repository_of_its_own() {
        let own = [("comm_head_repository", "https://github.com/o/comm"), ("comm_head_rev", "def")];
        let own = github_push().with(own.map(|(name, value)| (name, Node::new(value)))).unwrap();
        assert_eq!(own.file_url("comm/x").unwrap(), "https://github.com/o/comm/blob/def/x");
    }
}
