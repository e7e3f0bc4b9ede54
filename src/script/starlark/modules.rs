//! The `.star` files of a tree: read, compiled and frozen once a run, then shared by all threads.

use std::collections::{BTreeMap, HashMap};
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use starlark::environment::{FrozenModule, Globals, Module};
use starlark::eval::ReturnFileLoader;
use starlark::values::OwnedFrozenValue;

use super::evaluate::{evaluator, freeze as frozen, on_deep_stack};
use super::failure::{Source, Sources};
use super::host::{Host, Services};
use super::limits::Limits;
use super::rewrite::{Program, bytes, read};
use crate::diagnostics::{Diagnostic, Files, Mistakes, Span, nearest, shown};
use crate::sources::checkout::{Checkout, FileKind};

/// Where the programs of a run are found.
#[derive(Clone, Copy)]
pub struct Tree<'a> {
    /// The files.
    pub checkout: &'a dyn Checkout,
    /// Every file read, for spans.
    pub files: &'a Files,
    /// The folder that names of programs start from: that of `config.yml`.
    pub root: &'a Path,
    /// The repository, which nothing outside of is read.
    pub repository: &'a Path,
    /// What programs may call beside the language.
    pub globals: &'a Globals,
}

/// The programs of a run that were read so far.
#[derive(Debug, Default)]
pub struct Modules {
    loaded: Mutex<BTreeMap<String, Result<FrozenModule, Mistakes>>>,
    sources: Sources,
}

/// What runs while a file is read; it may define, and look at nothing.
pub(super) struct Nothing;

impl Services for Nothing {
    fn read(&self, _: &str) -> Result<Vec<u8>, String> {
        Err(AT_THE_TOP.to_owned())
    }

    fn document(&self, _: &str) -> Result<crate::yaml::Node, Mistakes> {
        Err(Diagnostic::error(AT_THE_TOP).into())
    }

    fn list(&self, _: &str) -> Result<Vec<String>, String> {
        Err(AT_THE_TOP.to_owned())
    }

    fn hash_paths(&self, _: &[&str]) -> Result<String, String> {
        Err(AT_THE_TOP.to_owned())
    }

    fn dependencies(&self) -> Vec<crate::yaml::Node> {
        Vec::new()
    }

    fn print(&self, _: &str) {}
}

const AT_THE_TOP: &str = "files of the tree are read by functions only, when they are called";

impl Modules {
    /// What a program calls `function`.
    ///
    /// # Errors
    /// A file that is not there, or is wrong; a name it does not have, told at `span`.
    pub fn get(&self, tree: Tree<'_>, path: &str, function: &str, span: Span) -> Result<OwnedFrozenValue, Mistakes> {
        let module = self.load(tree, path, span, &[])?;
        if let Ok(found) = module.get(function) {
            return Ok(found);
        }
        let names: Vec<String> = module.names().map(|name| name.as_str().to_owned()).collect();
        let names = || names.iter().map(String::as_str).filter(|name| !name.starts_with('_'));
        let told = Diagnostic::error(format!("`{path}` has no `{function}`")).at(span);
        Err(match nearest(function, names()) {
            Some(near) => told.help(format!("did you mean `{near}`?")),
            None => told.help(format!("it has {}", crate::diagnostics::quoted(&names().collect::<Vec<_>>()))),
        }
        .into())
    }

    /// What an error of a program says, at its place.
    #[must_use]
    pub fn diagnostic(&self, error: &starlark::Error) -> Diagnostic {
        self.sources.diagnostic(error)
    }

    fn load(&self, tree: Tree<'_>, path: &str, span: Span, within: &[&str]) -> Result<FrozenModule, Mistakes> {
        if within.contains(&path) {
            let message = format!("`{path}` loads itself, by way of {}", crate::diagnostics::quoted(within));
            return Err(Diagnostic::error(message).at(span).into());
        }
        if let Some(known) = self.loaded.lock().unwrap_or_else(PoisonError::into_inner).get(path) {
            return known.clone();
        }
        // What cannot be found is told wherever it is named; what is in the file is the file's.
        let place = locate(tree, path).map_err(|mistake| mistake.at(span))?;
        let made = self.make(tree, path, &place, within);
        self.loaded.lock().unwrap_or_else(PoisonError::into_inner).insert(path.to_owned(), made.clone());
        made
    }

    fn make(&self, tree: Tree<'_>, path: &str, place: &Path, within: &[&str]) -> Result<FrozenModule, Mistakes> {
        let cannot = |reason: String| Diagnostic::error(format!("cannot read `{}`: {reason}", place.display()));
        let bytes_read = tree.checkout.read(place).map_err(|error| cannot(error.to_string()))?;
        let text = String::from_utf8(bytes_read).map_err(|_| cannot("it is not UTF-8".to_owned()))?;
        let file = tree.files.add(shown(place, tree.checkout.current_directory()), text)?;
        let program = on_deep_stack(|| read(path, &file.text)).map_err(|wrong| {
            Diagnostic::error(super::failure::lower_case_start(&wrong.message)).at(file.span(wrong.range))
        })?;
        let Program { module, places } = program;
        let source = Source { file, places: Arc::new(places) };
        self.sources.add(path, source.clone());
        let within: Vec<&str> = within.iter().copied().chain([path]).collect();
        let loads = module.loads().into_iter().map(|load| {
            let span = source.span(bytes(load.span.span));
            Ok((load.module_id.to_owned(), self.load(tree, load.module_id, span, &within)?))
        });
        let loads: HashMap<String, FrozenModule> = loads.collect::<Result<_, Mistakes>>()?;
        on_deep_stack(|| define(tree.globals, path, module, &loads))
            .map_err(|error| self.sources.diagnostic(&error).into())
    }
}

pub(super) fn built_in(name: &str, text: &str, globals: &Globals) -> FrozenModule {
    let wrong = |message: String| -> ! { panic!("`{name}` is wrong: {message}") };
    on_deep_stack(|| match read(name, text) {
        Ok(program) => {
            define(globals, name, program.module, &HashMap::new()).unwrap_or_else(|error| wrong(error.to_string()))
        }
        Err(unreadable) => wrong(unreadable.message),
    })
}

/// Evaluates a file's text and freezes what it defines.
fn define(
    globals: &Globals,
    path: &str,
    program: starlark::syntax::AstModule,
    loads: &HashMap<String, FrozenModule>,
) -> starlark::Result<FrozenModule> {
    let limits = Limits::for_tasks(1);
    Module::with_temp_heap(|module| {
        let host = Host::new(limits, &Nothing);
        let modules: HashMap<&str, &FrozenModule> =
            loads.iter().map(|(name, module)| (name.as_str(), module)).collect();
        let loader = ReturnFileLoader { modules: &modules };
        {
            let mut eval = evaluator(&module, &host, limits);
            eval.set_loader(&loader);
            eval.eval_module(program, globals)?;
        }
        frozen(module, path)
    })
}

/// The file of a program, if it is one of the tree.
fn locate(tree: Tree<'_>, path: &str) -> Result<PathBuf, Diagnostic> {
    let written = Path::new(path);
    let is_plain = written.components().all(|part| matches!(part, Component::Normal(_)));
    if !is_plain || path.is_empty() || path.contains("//") {
        let message = format!("`{path}` is not a path within `{}`", tree.root.display());
        return Err(Diagnostic::error(message).help("name the file from there, without `.` and `..`"));
    }
    if !path.ends_with(".star") {
        return Err(Diagnostic::error(format!("`{path}` is not a `.star` file")));
    }
    let place = tree.root.join(written);
    if tree.checkout.kind(&place) != Some(FileKind::File) {
        let told = Diagnostic::error(format!("there is no file `{}`", place.display()));
        let known = programs(tree, Path::new(""), 0);
        return Err(match nearest(path, known.iter().map(String::as_str)) {
            Some(near) => told.help(format!("did you mean `{near}`?")),
            None => told,
        });
    }
    let real = |path: &Path| tree.checkout.real_path(path).map_err(|error| error.to_string());
    match (real(&place), real(tree.repository)) {
        (Ok(file), Ok(repository)) if file.starts_with(&repository) => Ok(place),
        (Err(reason), _) | (_, Err(reason)) => Err(Diagnostic::error(format!("cannot read `{path}`: {reason}"))),
        _ => Err(Diagnostic::error(format!("`{path}` is a link to a file outside of the repository"))),
    }
}

/// How deep below the root programs are looked for.
const FOLDERS: usize = 4;

/// The `.star` files below a folder of the tree, by their paths from the root.
fn programs(tree: Tree<'_>, folder: &Path, depth: usize) -> Vec<String> {
    let entries = tree.checkout.list(&tree.root.join(folder)).unwrap_or_default();
    let found = entries.into_iter().flat_map(|entry| {
        let path = folder.join(&entry.name);
        match entry.kind {
            FileKind::File if entry.name.ends_with(".star") => vec![path.to_string_lossy().into_owned()],
            FileKind::Directory if depth < FOLDERS => programs(tree, &path, depth + 1),
            _ => Vec::new(),
        }
    });
    found.collect()
}
