//! Parameters of a run outside automation: whatever the checkout tells, and else plain values.

use std::collections::BTreeMap;
use std::path::Path;

use chrono::{DateTime, Utc};

use super::project_name::{known_project_name, probable_project_name};
use crate::diagnostics::{Diagnostic, Mistakes};
use crate::model::{AlwaysTarget, KnownParameters, Parameters};
use crate::sources;
use crate::sources::checkout::{Checkout, FileKind};
use crate::sources::repository::{Repository, RepositoryKind};
use crate::yaml::{Map, Node};

/// The file at a repository's root whose first line is the version.
const VERSION_FILE: &str = "version.txt";

/// The parameters that a run without any is given; `root` is the repository's root, or the current directory where
/// there is no repository.
///
/// Source: `taskgraph.parameters._get_defaults`. Two things differ, neither of which can change a graph that the
/// reference makes: `moz_build_date` is UTC like `build_date` (the reference takes local time), and a git repository
/// that is not on GitHub keeps its URL and a name (the reference has none, and then refuses to make tasks).
///
/// # Errors
/// A version file that is not UTF-8.
pub fn defaults(
    repository: Option<&dyn Repository>,
    checkout: &dyn Checkout,
    root: &Path,
    now: DateTime<Utc>,
) -> Result<Parameters, Mistakes> {
    let history = repository.and_then(|repository| History::of(repository).ok()).unwrap_or_default();
    Ok(Parameters::new(KnownParameters {
        base_ref: Some(String::new()),
        base_repository: history.url.clone(),
        base_rev: String::new(),
        files_changed: history.files_changed,
        head_ref: history.head_ref,
        head_repository: history.url,
        head_rev: history.head_rev,
        level: "3".into(),
        owner: "nobody@mozilla.com".into(),
        project: history.project,
        pushlog_id: "0".into(),
        repository_type: history.kind.name().into(),
        version: version(checkout, root)?,
        ..neutral(now.timestamp())
    }))
}

/// The parameters that say when, as a run of that time has them.
#[must_use]
pub fn times(now: DateTime<Utc>) -> Map {
    let seconds = now.timestamp();
    let time = |name: &'static str| (name, Node::new(seconds));
    Map::from([time("build_date"), ("moz_build_date", Node::new(moz_build_date(seconds))), time("pushdate")])
}

/// What the reference sets in every run, and empty text for the rest.
pub(super) fn neutral(build_date: i64) -> KnownParameters {
    KnownParameters {
        base_ref: None,
        base_repository: String::new(),
        base_rev: String::new(),
        build_date,
        build_number: 1,
        code_review: None,
        do_not_optimize: Vec::new(),
        enable_always_target: AlwaysTarget::All(true),
        existing_tasks: BTreeMap::new(),
        files_changed: Vec::new(),
        filters: vec!["target_tasks_method".into()],
        head_ref: String::new(),
        head_repository: String::new(),
        head_rev: String::new(),
        head_tag: String::new(),
        level: String::new(),
        moz_build_date: moz_build_date(build_date),
        next_version: None,
        optimize_strategies: None,
        optimize_target_tasks: true,
        owner: String::new(),
        project: String::new(),
        pushdate: build_date,
        pushlog_id: String::new(),
        repository_type: String::new(),
        target_tasks_method: "default".into(),
        tasks_for: String::new(),
        version: None,
    }
}

/// Seconds since 1970 as `%Y%m%d%H%M%S`, UTC; the epoch's for a time beyond all calendars.
pub(super) fn moz_build_date(seconds: i64) -> String {
    DateTime::from_timestamp(seconds, 0).unwrap_or_default().format("%Y%m%d%H%M%S").to_string()
}

/// The first line of the version file in `directory`, without white space at its end; nothing without the file.
///
/// # Errors
/// A file that cannot be read or is not UTF-8.
pub(super) fn version(checkout: &dyn Checkout, directory: &Path) -> Result<Option<String>, Diagnostic> {
    let path = directory.join(VERSION_FILE);
    if checkout.kind(&path) != Some(FileKind::File) {
        return Ok(None);
    }
    let refused = |why: String| Diagnostic::error(format!("cannot read `{}`: {why}", path.display()));
    let content = checkout.read(&path).map_err(|error| refused(error.to_string()))?;
    let text = String::from_utf8(content).map_err(|_| refused("it is not UTF-8".into()))?;
    Ok(Some(text.split(['\n', '\r']).next().unwrap_or_default().trim_end().to_owned()))
}

/// What a repository tells of the checked-out revision; the default is what the reference assumes without one.
struct History {
    kind: RepositoryKind,
    head_ref: String,
    head_rev: String,
    files_changed: Vec<String>,
    url: String,
    project: String,
}

impl Default for History {
    fn default() -> Self {
        Self {
            kind: RepositoryKind::Git,
            head_ref: String::new(),
            head_rev: String::new(),
            files_changed: Vec::new(),
            url: String::new(),
            project: String::new(),
        }
    }
}

impl History {
    fn of(repository: &dyn Repository) -> Result<Self, sources::Error> {
        let branch = repository.branch()?;
        let head_rev = repository.head_rev()?;
        let (url, project) = place(repository);
        Ok(Self {
            kind: repository.kind(),
            head_ref: branch.unwrap_or_else(|| head_rev.clone()),
            head_rev,
            files_changed: repository.changed_in_work_tree()?,
            url,
            project,
        })
    }
}

/// The URL and the name of a repository. Mercurial ones that the reference does not know have neither, because
/// there the reference does go on; git ones always have both.
fn place(repository: &dyn Repository) -> (String, String) {
    let url = repository.remote_url().ok();
    let known = url.as_deref().and_then(known_project_name);
    match (url, known, repository.kind()) {
        (Some(url), Some(name), _) => (url, name),
        (_, _, RepositoryKind::Hg) => Default::default(),
        (Some(url), None, RepositoryKind::Git) => {
            let name = probable_project_name(&url);
            (url, name)
        }
        (None, _, RepositoryKind::Git) => {
            let url = format!("file://{}", repository.root().display());
            let name = probable_project_name(&url);
            (url, name)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::checkout::MemoryCheckout;
    use crate::sources::repository::MemoryRepository;

    fn of(repository: Option<&MemoryRepository>) -> Parameters {
        let checkout = MemoryCheckout::new([("version.txt", "1.0\n")]);
        let now = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        let repository = repository.map(|repository| repository as &dyn Repository);
        defaults(repository, &checkout, Path::new("/tree"), now).unwrap()
    }

    #[test]
    fn the_checkout_tells_what_it_can() {
        let repository = MemoryRepository { changed_in_work_tree: vec!["a".into()], ..MemoryRepository::default() };
        let found = of(Some(&repository));
        assert_eq!((found.project.as_str(), found.head_ref.as_str()), ("project", "main"));
        assert_eq!(found.head_repository, "https://github.com/example/project");
        assert_eq!((found.files_changed.len(), found.version.as_deref()), (1, Some("1.0")));
        assert_eq!((found.pushdate, found.moz_build_date.as_str()), (1_700_000_000, "20231114221320"));
        let detached = MemoryRepository { branch: None, ..repository };
        assert_eq!(of(Some(&detached)).head_ref, "b".repeat(40));
    }

    #[test]
    fn without_a_repository_everything_is_empty() {
        let found = of(None);
        assert_eq!((found.project.as_str(), found.head_rev.as_str(), found.repository_type.as_str()), ("", "", "git"));
    }

    #[test]
    fn git_repositories_always_have_a_place_and_a_name() {
        let place = |kind, remote_url: Option<&str>| {
            let remote_url = remote_url.map(str::to_owned);
            let found = of(Some(&MemoryRepository { kind, remote_url, ..MemoryRepository::default() }));
            (found.head_repository.clone(), found.project.clone())
        };
        let pair = |url: &str, name: &str| (url.to_owned(), name.to_owned());
        let (git, hg) = (RepositoryKind::Git, RepositoryKind::Hg);
        assert_eq!(place(git, Some("https://gitlab.com/o/r.git")), pair("https://gitlab.com/o/r.git", "r"));
        assert_eq!(place(git, None), pair("file:///tree", "tree"));
        assert_eq!(place(hg, Some("https://hg.mozilla.org/try")), pair("https://hg.mozilla.org/try", "try"));
        assert_eq!(place(hg, Some("https://example.com/r")), pair("", ""));
    }
}
