//! The repositories inside a tree: those of `.gitmodules`, one level deep, as `git submodule update --init` does.

use std::path::{Component, Path};

use super::fail::{failed, refused};
use super::git::{Job, open};
use super::store::Released;
use super::{NULL_REVISION, Wanted};
use crate::sources::Error;
use crate::sources::repository::RepositoryKind;

/// Checks out the submodules of the tree that `job` made; returns the stores they were made from.
pub(super) fn check_out(job: &Job<'_>) -> Result<Vec<Released>, Error> {
    let repository = open(job.directory)?;
    let request = "read .gitmodules";
    let Some(submodules) = repository.submodules().map_err(failed(request))? else { return Ok(Vec::new()) };
    let mut stores = Vec::new();
    for submodule in submodules {
        let Some(module) = Module::read(&submodule).map_err(failed(request))? else { continue };
        stores.extend(module.check_out(job)?);
    }
    Ok(stores)
}

struct Module {
    path: String,
    url: String,
    revision: String,
}

impl Module {
    /// What is said of a submodule; nothing of one that is not in the tree, or is not to be updated.
    fn read(submodule: &gix::Submodule<'_>) -> gix::Result<Option<Self>> {
        let Some(revision) = submodule.index_id()? else { return Ok(None) };
        if matches!(submodule.update()?, Some(gix::submodule::config::Update::None)) {
            return Ok(None);
        }
        let (path, url) = (submodule.path()?.to_string(), submodule.url()?.to_bstring().to_string());
        Ok(Some(Self { path, url, revision: revision.to_string() }))
    }

    fn check_out(self, job: &Job<'_>) -> Result<Option<Released>, Error> {
        let Self { path, url, revision } = self;
        let is_inside = Path::new(&path).components().all(|part| matches!(part, Component::Normal(_)));
        if !is_inside || revision == NULL_REVISION {
            return Err(refused("read .gitmodules", format!("`{path}` is no place in the tree")));
        }
        let wanted = Wanted {
            kind: RepositoryKind::Git,
            head_repository: absolute(job.origin(), &url),
            head_ref: None,
            head_rev: Some(revision),
            base_repository: None,
            base_rev: None,
            shallow: job.wanted.shallow,
        };
        let directory = &job.directory.join(path);
        Ok(Job { wanted: &wanted, directory, stores: job.stores, patience: job.patience }.run()?.1)
    }
}

/// The URL of a submodule, which may be relative to that of its parent.
fn absolute(parent: &str, url: &str) -> String {
    if !url.starts_with("./") && !url.starts_with("../") {
        return url.to_owned();
    }
    let mut base = parent.trim_end_matches('/');
    let mut rest = url;
    loop {
        if let Some(after) = rest.strip_prefix("./") {
            rest = after;
        } else if let Some(after) = rest.strip_prefix("../") {
            rest = after;
            base = base.rsplit_once('/').map_or(base, |(before, _)| before);
        } else {
            return format!("{base}/{rest}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_urls_start_at_the_parent() {
        let of = |url: &str| absolute("https://example.com/group/project/", url);
        assert_eq!(of("../library.git"), "https://example.com/group/library.git");
        assert_eq!(of("../../other/library"), "https://example.com/other/library");
        assert_eq!(of("./library"), "https://example.com/group/project/library");
        assert_eq!(of("https://elsewhere.example.com/a"), "https://elsewhere.example.com/a");
    }
}
