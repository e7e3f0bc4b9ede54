//! A task says `/builds/worker`; it runs in a folder of its own.

use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// The home of tasks in every image that the reference builds.
pub(super) const BUILDS_WORKER: &str = "/builds/worker";

/// A name of the folder that may stand anywhere in a command or a path list: commands do not quote `/builds/worker`.
///
/// It is the folder's own unless that has a space or the like; then it is a link's, which is gone with the other value.
///
/// # Errors
/// If the link cannot be made.
pub(super) fn name_in_commands(folder: &Path) -> io::Result<(PathBuf, Option<TempDir>)> {
    let is_plain = |letter: char| letter.is_alphanumeric() || "/._-+,@%=".contains(letter);
    if folder.to_str().is_some_and(|name| name.chars().all(is_plain)) {
        return Ok((folder.to_owned(), None));
    }
    let alias = tempfile::Builder::new().prefix("pushgraph-").tempdir()?;
    let link = alias.path().join("task");
    std::os::unix::fs::symlink(folder, &link)?;
    Ok((link, Some(alias)))
}

/// The text with every path below `/builds/worker` put below `home`.
pub(super) fn mapped(text: &str, home: &Path) -> String {
    let home = home.to_string_lossy();
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(BUILDS_WORKER) {
        let (before, found) = rest.split_at(at);
        let after = &found[BUILDS_WORKER.len()..];
        // `/x/builds/worker` and `/builds/worker2` are other paths.
        let is_path_letter = |letter: char| letter.is_alphanumeric() || "_-.".contains(letter);
        let is_whole = !before.chars().next_back().is_some_and(|letter| is_path_letter(letter) || letter == '/')
            && !after.chars().next().is_some_and(is_path_letter);
        result.push_str(before);
        result.push_str(if is_whole { &home } else { BUILDS_WORKER });
        rest = after;
    }
    result + rest
}

/// Where a path of a task is on this machine; nothing for an absolute one outside of `/builds/worker`.
///
/// A relative path is below the task's home, and stays there.
pub(super) fn place(path: &str, home: &Path) -> Option<PathBuf> {
    let inner = match path.strip_prefix(BUILDS_WORKER) {
        Some(inner) if inner.is_empty() || inner.starts_with('/') => inner.trim_start_matches('/'),
        _ if path.starts_with('/') => return None,
        _ => path,
    };
    let escapes = Path::new(inner).components().any(|part| matches!(part, std::path::Component::ParentDir));
    (!escapes).then(|| home.join(inner))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_paths_are_mapped() {
        let map = |text| mapped(text, Path::new("/t"));
        assert_eq!(map("cd /builds/worker/checkouts && ls /builds/worker"), "cd /t/checkouts && ls /t");
        assert_eq!(map("--vcs-checkout=/builds/worker/x:/builds/worker/y"), "--vcs-checkout=/t/x:/t/y");
        assert_eq!(map("/a/builds/worker /builds/worker2"), "/a/builds/worker /builds/worker2");
    }

    #[test]
    fn a_folder_has_a_name_that_a_shell_reads_as_one_word() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(name_in_commands(folder.path()).unwrap().0, folder.path());
        for name in ["a b", "a:b", "it's", "$a"] {
            let named = folder.path().join(name);
            std::fs::create_dir(&named).unwrap();
            let (link, alias) = name_in_commands(&named).unwrap();
            assert!(!link.to_string_lossy().contains(name), "{link:?}");
            assert_eq!(link.canonicalize().unwrap(), named.canonicalize().unwrap());
            drop(alias);
            assert!(link.symlink_metadata().is_err() && named.exists());
        }
    }

    #[test]
    fn places_stay_in_the_task() {
        let place = |path| place(path, Path::new("/t"));
        assert_eq!(place("/builds/worker/artifacts"), Some("/t/artifacts".into()));
        assert_eq!(place("public/x"), Some("/t/public/x".into()));
        assert_eq!((place("/etc/passwd"), place("../x"), place("/builds/workers")), (None, None, None));
    }
}
