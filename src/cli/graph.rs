//! `tasks`, `full`, `target`, `target-graph`, `optimized`, `morphed`: the graph after one of its phases.

use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Mutex;
use std::thread;

use clap::Args;

use super::Outcome;
use super::arguments::{Logging, Root};
use super::diff::{self, Comparison};
use super::exit::Exit;
use super::failure::Failure;
use super::format::{Format, Selection, Shown};
use super::interruption::Interruption;
use super::output::{Sets, Target, tell};
use super::report::Length;
use super::session::Session;
use super::world::{Push, World};
use crate::clients::python::Conditions;
use crate::diagnostics::{Diagnostic, Warnings};
use crate::generate::context::GenerateOptions;
use crate::generate::{Phase, generate};
use crate::parameters::spec_name;
use crate::yaml::{Map, Node};

/// How to show a graph.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    root: Root,
    #[command(flatten)]
    pub(super) logging: Logging,
    #[command(flatten)]
    format: Format,
    #[command(flatten)]
    selection: Selection,
    /// Parameters: a file, a directory of files, a URL, `project=NAME`, `task-id=ID` or `index=PATH`; may be repeated,
    /// and then makes a graph of each. Without it they are computed from the checkout
    #[arg(short, long, value_name = "SPEC")]
    parameters: Vec<String>,
    /// With --parameters: let parameter files_changed be the uncommitted changes of the checkout
    #[arg(long)]
    force_local_files_changed: bool,
    /// Has no effect; taskgraph accepts it and ignores it too
    #[arg(long)]
    no_optimize: bool,
    /// Write to a file; `{params}` in its path stands for the name of the parameters
    #[arg(short, long, value_name = "FILE")]
    output_file: Option<String>,
    /// Only kinds of this name, and what they depend on; may be repeated
    #[arg(short = 'k', long = "target-kind", value_name = "KIND")]
    target_kinds: Vec<String>,
    /// Skip digests and caching; the tree is checked all the same
    #[arg(short = 'F', long)]
    fast: bool,
    /// Compare with the graph of another revision, or of the newest one that is public
    #[arg(long, value_name = "REV", num_args = 0..=1, default_missing_value = diff::PUBLIC)]
    diff: Option<String>,
    /// How many sets of parameters are worked on at a time
    #[arg(short = 'j', long, value_name = "N")]
    max_workers: Option<NonZeroUsize>,
}

/// Shows the graph after `phase`, for each set of parameters.
pub(super) fn run(session: &Session, phase: Phase, arguments: &Arguments) -> Outcome {
    if arguments.no_optimize {
        session.warnings.push(Diagnostic::warning("`--no-optimize` has no effect"));
    }
    let world = World::new(session);
    let specs = specs(&arguments.parameters)?;
    let job = Job { world: &world, phase, arguments, overrides: overrides(&world, arguments)? };
    match &arguments.diff {
        None => job.dump_all(&specs),
        Some(revision) => {
            let comparison = Comparison { world: &world, revision, phase, specs: &specs };
            comparison.run(&job, arguments.output_file.as_deref(), arguments.format.kind())
        }
    }
}

/// The sets of parameters: one without a spec if none is given; directories are replaced by their files, at the end.
fn specs(given: &[String]) -> Result<Vec<Option<String>>, Failure> {
    let (directories, mut specs): (Vec<String>, Vec<String>) =
        given.iter().cloned().partition(|spec| Path::new(spec).is_dir());
    for directory in &directories {
        specs.extend(parameter_files(directory)?);
    }
    if specs.is_empty() && !directories.is_empty() {
        return Err(Diagnostic::error(format!("there are no parameters in `{}`", directories.join("`, `")))
            .help("files of parameters end in `.yml` or `.json`")
            .into());
    }
    Ok(if specs.is_empty() { vec![None] } else { specs.into_iter().map(Some).collect() })
}

fn parameter_files(directory: &str) -> Result<Vec<String>, Failure> {
    let unreadable = |error: std::io::Error| Diagnostic::error(format!("cannot read `{directory}`: {error}"));
    let entries = std::fs::read_dir(directory).map_err(unreadable)?;
    let paths = entries.collect::<Result<Vec<_>, _>>().map_err(unreadable)?.into_iter().map(|entry| entry.path());
    let is_parameters =
        |path: &Path| path.extension().is_some_and(|extension| extension == "yml" || extension == "json");
    let mut files: Vec<String> =
        paths.filter(|path| is_parameters(path)).map(|path| path.to_string_lossy().into_owned()).collect();
    files.sort();
    Ok(files)
}

/// What the arguments say of every set of parameters.
fn overrides(world: &World<'_>, arguments: &Arguments) -> Result<Map, Failure> {
    let kinds: Node = arguments.target_kinds.iter().map(String::as_str).collect();
    let mut overrides = Map::from([("target-kinds", kinds)]);
    if arguments.force_local_files_changed && !arguments.parameters.is_empty() {
        let mut files = world.repository()?.changed_in_work_tree()?;
        files.sort();
        overrides.insert("files_changed", files.into_iter().collect::<Node>());
    }
    Ok(overrides)
}

/// What to generate.
pub(super) struct Job<'a> {
    world: &'a World<'a>,
    phase: Phase,
    arguments: &'a Arguments,
    overrides: Map,
}

/// The result of one set of parameters, and the name of these.
pub(super) type Generated = (String, Result<Shown, Failure>);

impl Job<'_> {
    fn dump_all(&self, specs: &[Option<String>]) -> Outcome {
        let sets = if specs.len() > 1 { Sets::Several } else { Sets::One };
        let target = Target::new(self.arguments.output_file.as_deref(), sets)?;
        let mut exit = Exit::Done;
        for (name, generated) in self.generate_all(specs, None) {
            match generated {
                Ok(shown) => {
                    target.dump(&shown, &name)?;
                    if sets == Sets::One {
                        // To take a graph of many tasks apart takes as long as to write it, and the program ends here.
                        std::mem::forget(shown);
                    }
                }
                Err(failure) => exit = exit.max(self.report(&name, sets, failure)?),
            }
        }
        Ok(exit)
    }

    /// Reports a set that failed; where it is the only one, that is how the program ends.
    pub(super) fn report(&self, name: &str, sets: Sets, failure: Failure) -> Outcome {
        if sets == Sets::One {
            return Err(failure);
        }
        tell(&format!("There is no graph with parameters from {name}:"));
        let exit = failure.exit();
        self.world.session.report(failure.into_diagnostics(), Length::Screen);
        Ok(exit)
    }

    /// The graphs of all sets of parameters, ready to be written, in the order of the sets; those that an interruption comes in
    /// between of fail.
    pub(super) fn generate_all(&self, specs: &[Option<String>], interruption: Option<&Interruption>) -> Vec<Generated> {
        // With a single set the reference calls its parameters `defaults`, wherever they come from.
        if let [spec] = specs {
            return vec![(spec_name(None), self.generate(spec.as_deref(), interruption))];
        }
        let workers = self.arguments.max_workers.unwrap_or_else(available_workers).get().min(specs.len());
        let results: Vec<Mutex<Option<Generated>>> = specs.iter().map(|_| Mutex::default()).collect();
        let next = std::sync::atomic::AtomicUsize::new(0);
        thread::scope(|scope| {
            for _ in 0..workers {
                scope.spawn(|| {
                    while let Some((spec, result)) = take_next(&next, specs, &results) {
                        let generated = (spec_name(spec.as_deref()), self.generate(spec.as_deref(), interruption));
                        *result.lock().expect("nobody panicked") = Some(generated);
                    }
                });
            }
        });
        results.into_iter().filter_map(|result| result.into_inner().expect("nobody panicked")).collect()
    }

    fn generate(&self, spec: Option<&str>, interruption: Option<&Interruption>) -> Result<Shown, Failure> {
        let (session, warnings) = (self.world.session, &self.world.session.warnings);
        let generated = self.generate_with(spec, warnings);
        match interruption {
            None => session.wait(generated),
            Some(interruption) => session.wait(interruption.or(generated)),
        }
    }

    async fn generate_with(&self, spec: Option<&str>, warnings: &Warnings) -> Result<Shown, Failure> {
        let world = self.world;
        let conditions = Conditions { fast: self.arguments.fast, ..World::looking() };
        let tree = world.tree(self.arguments.root.path(), &conditions, warnings)?;
        let parameters = world.parameters(spec, &tree, &self.overrides, warnings).await?;
        let options = GenerateOptions { fast: self.arguments.fast, write_artifacts: false };
        let push = Push::new(world, tree, parameters, None, options);
        let graph = generate(&push.inputs(world, warnings, true), self.phase).await?;
        self.arguments.format.show(graph, &self.arguments.selection)
    }
}

fn take_next<'a, T, R>(
    next: &std::sync::atomic::AtomicUsize,
    items: &'a [T],
    results: &'a [R],
) -> Option<(&'a T, &'a R)> {
    let at = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    Some((items.get(at)?, results.get(at)?))
}

fn available_workers() -> NonZeroUsize {
    thread::available_parallelism().unwrap_or(NonZeroUsize::MIN)
}
