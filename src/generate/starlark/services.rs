//! What programs may ask of a run: files of the tree that were declared, and the tasks of kind-dependencies.

use std::path::{Component, Path, PathBuf};

use crate::diagnostics::{Diagnostic, Mistakes, quoted, shown};
use crate::generate::context::{KindContext, RunContext};
use crate::generate::shared::hash_paths::{hash_paths, tracked_files};
use crate::model::PathPattern;
use crate::script::starlark::Services;
use crate::yaml::{self, Node};

/// The key of a `kind.yml` that says which files its programs read.
const READS: &str = "reads";

/// What the functions of a kind may ask.
pub(super) struct OfKind<'a> {
    kind: &'a KindContext<'a>,
    reads: Vec<PathPattern>,
}

impl<'a> OfKind<'a> {
    /// # Errors
    /// A `reads` that is no list of texts.
    pub(super) fn new(kind: &'a KindContext<'a>) -> Result<Self, Diagnostic> {
        let Some(reads) = kind.config.get(READS) else { return Ok(Self { kind, reads: Vec::new() }) };
        let pattern = |item: &Node| {
            let wrong =
                || Diagnostic::error(format!("expected a path or pattern, found {}", item.type_name())).at(item.span);
            item.as_str().map(PathPattern::new).ok_or_else(wrong)
        };
        let wrong = || {
            let message = format!("expected `{READS}` as a list of paths and patterns, found {}", reads.type_name());
            Diagnostic::error(message).at(reads.span)
        };
        let reads = reads.as_list().ok_or_else(wrong)?.iter().map(pattern).collect::<Result<_, _>>()?;
        Ok(Self { kind, reads })
    }

    fn declared(&self, path: &str) -> Result<(), String> {
        if self.reads.iter().any(|pattern| pattern.matches(path)) {
            return Ok(());
        }
        let file = self.kind.path.join("kind.yml");
        Err(format!(
            "kind `{}` does not say that it reads `{path}`: add it to `{READS}` in `{}`",
            self.kind.kind,
            file.display()
        ))
    }

    /// The file of that path from the repository's root.
    fn file(&self, path: &str) -> Result<PathBuf, String> {
        if !Path::new(path).components().all(|part| matches!(part, Component::Normal(_))) {
            return Err(format!(
                "`{path}` is not a path within the repository; name the file from its root, without `.` and `..`"
            ));
        }
        self.declared(path)?;
        let root = &self.kind.graph_config.vcs_root;
        let file = root.join(path);
        let real = |path: &Path| self.kind.checkout.real_path(path).map_err(|error| cannot_read(path, &error));
        if real(&file)?.starts_with(real(root)?) {
            return Ok(file);
        }
        Err(format!("`{path}` is a link to a file outside of the repository"))
    }
}

fn cannot_read(path: &Path, error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => format!("cannot read `{}`: there is no such file", path.display()),
        _ => format!("cannot read `{}`: {error}", path.display()),
    }
}

impl Services for OfKind<'_> {
    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        let file = self.file(path)?;
        self.kind.checkout.read(&file).map_err(|error| cannot_read(Path::new(path), &error))
    }

    fn document(&self, path: &str) -> Result<Node, Mistakes> {
        let content = self.read(path).map_err(Diagnostic::error)?;
        let file = self.kind.graph_config.vcs_root.join(path);
        let loaded = yaml::load(self.kind.files, shown(&file, self.kind.checkout.current_directory()), content)?;
        loaded.warnings.into_iter().for_each(|warning| self.kind.warnings.push(warning));
        Ok(loaded.root)
    }

    fn list(&self, pattern: &str) -> Result<Vec<String>, String> {
        let compiled = PathPattern::new(pattern);
        let tracked = tracked_files(self.kind.run).map_err(|mistake| mistake.message)?;
        let mut found: Vec<String> = tracked.iter().filter(|path| compiled.matches(path)).cloned().collect();
        found.iter().try_for_each(|path| self.declared(path))?;
        found.sort();
        found.dedup();
        Ok(found)
    }

    fn hash_paths(&self, patterns: &[&str]) -> Result<String, String> {
        for pattern in patterns {
            self.list(pattern)?;
        }
        hash_paths(self.kind.run, patterns).map_err(|mistake| mistake.message)
    }

    fn dependencies(&self) -> Vec<Node> {
        self.kind.dependencies.iter().map(|task| Node::new(task.to_document(&task.label))).collect()
    }

    fn print(&self, text: &str) {
        log::info!("{text}");
    }
}

/// What other functions may ask: nothing of any file.
pub(super) struct OfRun<'a>(pub(super) &'a RunContext<'a>);

impl OfRun<'_> {
    fn refusal(&self) -> String {
        let named = quoted(&[self.0.graph_config.root.display().to_string()]);
        format!("files are read by transforms and loaders only, which say so in a `kind.yml` below {named}")
    }
}

impl Services for OfRun<'_> {
    fn read(&self, _: &str) -> Result<Vec<u8>, String> {
        Err(self.refusal())
    }

    fn document(&self, _: &str) -> Result<Node, Mistakes> {
        Err(Diagnostic::error(self.refusal()).into())
    }

    fn list(&self, _: &str) -> Result<Vec<String>, String> {
        Err(self.refusal())
    }

    fn hash_paths(&self, _: &[&str]) -> Result<String, String> {
        Err(self.refusal())
    }

    fn dependencies(&self) -> Vec<Node> {
        Vec::new()
    }

    fn print(&self, text: &str) {
        log::info!("{text}");
    }
}
