//! Files are written all or none.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::template::File;
use crate::cli::failure::Failure;
use crate::cli::output::tell;

/// Writes the files, in their order. Each appears as a whole; if one cannot be put in its place, those before it are
/// taken back.
///
/// # Errors
/// If one cannot be written; then all is as it was.
pub(super) fn all(root: &Path, files: &[File]) -> Result<(), Failure> {
    let failed = |path: &str, error| Failure::Output { target: format!("`{path}`"), error };
    let stage = tempfile::Builder::new().prefix(".pushgraph-init-").tempdir_in(root);
    let stage = stage.map_err(|error| failed(&root.to_string_lossy(), error))?;
    for (number, file) in files.iter().enumerate() {
        fs::write(stage.path().join(format!("new-{number}")), &file.content)
            .map_err(|error| failed(file.path, error))?;
    }
    let mut done = Done { root, stage: stage.path(), steps: Vec::new() };
    for (number, file) in files.iter().enumerate() {
        if let Err(error) = done.put(number, file) {
            done.take_back();
            return Err(failed(file.path, error));
        }
    }
    Ok(())
}

/// What was done, to be taken back.
struct Done<'a> {
    root: &'a Path,
    stage: &'a Path,
    steps: Vec<Step>,
}

enum Step {
    MadeFolder(PathBuf),
    Wrote { path: PathBuf, before: Option<PathBuf> },
}

impl Done<'_> {
    fn put(&mut self, number: usize, file: &File) -> io::Result<()> {
        let path = self.root.join(file.path);
        self.make_folders(&path)?;
        let before = self.stage.join(format!("before-{number}"));
        let before = match path.symlink_metadata() {
            Ok(_) => fs::copy(&path, &before).map(|_| Some(before))?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        fs::rename(self.stage.join(format!("new-{number}")), &path)?;
        self.steps.push(Step::Wrote { path, before });
        Ok(())
    }

    fn make_folders(&mut self, path: &Path) -> io::Result<()> {
        let missing = path.ancestors().skip(1).take_while(|folder| folder.symlink_metadata().is_err());
        let missing: Vec<&Path> = missing.collect();
        for folder in missing.into_iter().rev() {
            fs::create_dir(folder)?;
            self.steps.push(Step::MadeFolder(folder.to_owned()));
        }
        Ok(())
    }

    fn take_back(self) {
        for step in self.steps.into_iter().rev() {
            let (path, taken_back) = match step {
                Step::MadeFolder(path) => (path.clone(), fs::remove_dir(path)),
                Step::Wrote { path, before: Some(before) } => (path.clone(), fs::rename(before, path)),
                Step::Wrote { path, before: None } => (path.clone(), fs::remove_file(path)),
            };
            if let Err(error) = taken_back {
                tell(&format!("error: cannot put `{}` back as it was: {error}", path.display()));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = walkdir::WalkDir::new(folder).min_depth(1).sort_by_file_name();
        entries
            .into_iter()
            .map(|entry| entry.unwrap().path().strip_prefix(folder).unwrap().display().to_string())
            .collect()
    }

    fn file(path: &'static str) -> File {
        File { path, content: format!("new {path}") }
    }

    #[test]
    fn all_files_are_written() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("a"), "old").unwrap();
        all(root.path(), &[file("a"), file("b/c/d"), file("b/e")]).unwrap();
        assert_eq!(names(root.path()), ["a", "b", "b/c", "b/c/d", "b/e"]);
        assert_eq!(fs::read_to_string(root.path().join("a")).unwrap(), "new a");
    }

    #[test]
    fn a_failure_leaves_all_as_it_was() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("a"), "old").unwrap();
        fs::create_dir_all(root.path().join("in/the/way")).unwrap();
        let before = names(root.path());
        let failure = all(root.path(), &[file("a"), file("b/c"), file("in/the/way")]).unwrap_err();
        assert!(matches!(failure, Failure::Output { target, .. } if target == "`in/the/way`"));
        assert_eq!(names(root.path()), before);
        assert_eq!(fs::read_to_string(root.path().join("a")).unwrap(), "old");
    }
}
