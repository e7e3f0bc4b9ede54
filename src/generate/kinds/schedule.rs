//! Making the tasks of all kinds, those that do not wait for one another side by side.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use super::kind::Kind;
use super::kind_graph::Kinds;
use super::loader::Loader;
use super::{chain, finish};
use crate::diagnostics::{Diagnostic, Mistakes, Warnings};
use crate::generate::context::{KindContext, KindTasks, RunContext};
use crate::generate::shared::parallel;
use crate::generate::shared::text::Text;
use crate::generate::siblings::Siblings;
use crate::generate::transforms::Transform;
use crate::model::{KindName, Label, Task};
use crate::{script, sources};

/// What became of a kind.
struct Made {
    /// The tasks without mistakes.
    tasks: Vec<Arc<Task<Label>>>,
    mistakes: Mistakes,
    /// Whether tasks are missing, for mistakes of their own or of others.
    is_partial: bool,
    warnings: Warnings,
    /// What ran the tree's own code and could not go on.
    failed: Option<sources::Error>,
}

/// The tasks of all kinds: kinds in the order of [`KindGraph::postorder`](super::KindGraph::postorder), the tasks of
/// each as its last transform left them. Neither the number of processors nor chance shows in the result.
///
/// # Errors
/// All mistakes of all kinds, those of [`Kinds::mistakes`] among them; and labels that two tasks share. Or that what
/// runs the tree's own code ended.
pub fn load_tasks(
    run: &RunContext<'_>,
    kinds: &Kinds,
    transforms: &[Transform],
) -> Result<Vec<Arc<Task<Label>>>, script::Error> {
    let board = Board::new(run, kinds, transforms);
    rayon::scope(|scope| {
        board
            .jobs
            .iter()
            .filter(|job| job.waits_for.load(Ordering::Acquire) == 0)
            .for_each(|job| board.start(scope, job));
    });
    let (mut tasks, mut mistakes) = (Vec::new(), kinds.mistakes.clone());
    for made in board.jobs.into_iter().filter_map(|job| job.made.into_inner()) {
        made.warnings.take().into_iter().for_each(|warning| run.warnings.push(warning));
        if let Some(error) = made.failed {
            return Err(error.into());
        }
        mistakes.extend(made.mistakes.0);
        tasks.extend(made.tasks);
    }
    mistakes.extend(shared_labels(&tasks));
    Ok(mistakes.or(tasks)?)
}

/// All kinds in their order, and what it takes to make them.
struct Board<'a> {
    run: &'a RunContext<'a>,
    transforms: &'a [Transform],
    jobs: Vec<Job<'a>>,
}

/// One kind to be made.
struct Job<'a> {
    kind: &'a Kind,
    /// Where those are that it depends on, in order.
    dependencies: Vec<usize>,
    /// Where those are that depend on it.
    dependents: Vec<usize>,
    /// How many of those it depends on are not made yet.
    waits_for: AtomicUsize,
    made: OnceLock<Made>,
}

impl<'a> Board<'a> {
    fn new(run: &'a RunContext<'a>, kinds: &'a Kinds, transforms: &'a [Transform]) -> Self {
        let order = kinds.graph.postorder();
        let places: BTreeMap<&KindName, usize> = order.iter().enumerate().map(|(at, name)| (*name, at)).collect();
        let job = |name: &&'a KindName| Job {
            kind: &kinds.kinds[*name],
            dependencies: kinds
                .graph
                .dependencies(name)
                .map(|on| places[on])
                .collect::<BTreeSet<_>>()
                .into_iter()
                .collect(),
            dependents: Vec::new(),
            waits_for: AtomicUsize::new(0),
            made: OnceLock::new(),
        };
        let mut jobs: Vec<Job<'a>> = order.iter().map(job).collect();
        for at in 0..jobs.len() {
            jobs[at].waits_for = AtomicUsize::new(jobs[at].dependencies.len());
            for on in jobs[at].dependencies.clone() {
                jobs[on].dependents.push(at);
            }
        }
        Self { run, transforms, jobs }
    }

    /// Makes a kind, and after it those that have waited for it last.
    fn start<'s>(&'s self, scope: &rayon::Scope<'s>, job: &'s Job<'a>) {
        scope.spawn(move |scope| {
            let made = self.make(job);
            assert!(job.made.set(made).is_ok(), "a kind is made once");
            let dependents = job.dependents.iter().map(|&at| &self.jobs[at]);
            let last = dependents.filter(|dependent| dependent.waits_for.fetch_sub(1, Ordering::AcqRel) == 1);
            last.for_each(|dependent| self.start(scope, dependent));
        });
    }

    fn make(&self, job: &Job<'_>) -> Made {
        let dependencies = self.dependencies(job);
        // Warnings are kept apart, so that they come out in the order of the kinds.
        let warnings = Warnings::default();
        let run = RunContext { warnings: &warnings, ..*self.run };
        let (tasks, mistakes, failed) = match make(&run, job.kind, self.transforms, &dependencies) {
            Ok((tasks, mistakes)) => (tasks, mistakes, None),
            Err(script::Error::Mistakes(mistakes)) => (Vec::new(), mistakes, None),
            Err(script::Error::Source(error)) => (Vec::new(), Mistakes::default(), Some(error)),
        };
        let is_partial = dependencies.is_partial || failed.is_some() || !mistakes.is_empty();
        let mistakes = first_mistakes(&job.kind.name, mistakes, dependencies.is_partial);
        Made { tasks, mistakes, is_partial, warnings, failed }
    }

    /// The tasks of the kinds that a kind depends on, in the order of the kinds.
    fn dependencies(&self, job: &Job<'_>) -> KindTasks {
        let made: Vec<&Made> = job.dependencies.iter().filter_map(|&at| self.jobs[at].made.get()).collect();
        let mut tasks = KindTasks::new(made.iter().flat_map(|made| &made.tasks).cloned());
        // A dependency may name a kind that is not there, or be left out because it makes a circle.
        let named: BTreeSet<&str> = job.kind.file.kind_dependencies.iter().map(Text::as_str).collect();
        tasks.is_partial = made.len() < named.len() || made.iter().any(|made| made.is_partial);
        tasks
    }
}

/// Finished tasks, and mistakes of others.
type Finished = (Vec<Arc<Task<Label>>>, Mistakes);

/// Loader, transforms, finished tasks of one kind, with all mistakes beside them.
fn make(
    run: &RunContext<'_>,
    kind: &Kind,
    table: &[Transform],
    dependencies: &KindTasks,
) -> Result<Finished, script::Error> {
    let siblings = Siblings::default();
    let context = KindContext {
        run,
        kind: &kind.name,
        path: &kind.path,
        config: &kind.document,
        dependencies,
        siblings: &siblings,
    };
    let loader = Loader::of(kind, run.code)?;
    let (stubs, mut mistakes) = match &loader {
        Loader::InTree(name) => {
            let made = run.code.kind(context.view()).whole(name)?;
            (made.unwrap_or_default(), Mistakes::default())
        }
        _ => {
            let steps = chain::resolve(run, &loader.transforms(kind)?, table)?;
            chain::run(&context, &steps, loader.start(&context, kind))?
        }
    };
    let (tasks, more) = parallel::gather(&context, stubs, |kind, stub| finish::finish(kind.kind, stub).map(Arc::new));
    mistakes.extend(more.0);
    Ok((tasks, mistakes))
}

/// The mistakes without those that may only follow from others: tasks that are looked for and missing where tasks
/// have mistakes that they might be.
fn first_mistakes(kind: &KindName, mut mistakes: Mistakes, is_partial: bool) -> Mistakes {
    let own_lost = mistakes.0.iter().any(|mistake| mistake.absent.is_none());
    let may_be_lost = |label: &str| is_partial || own_lost && label.starts_with(kind.as_str());
    mistakes.0.retain(|mistake| !mistake.absent.as_deref().is_some_and(may_be_lost));
    mistakes
}

/// Labels that two tasks share.
fn shared_labels(tasks: &[Arc<Task<Label>>]) -> Vec<Diagnostic> {
    let mut seen: HashMap<&Label, &Task<Label>> = HashMap::with_capacity(tasks.len());
    tasks.iter().filter_map(|task| Some(duplicate(seen.insert(&task.label, task)?, task))).collect()
}

fn duplicate(first: &Task<Label>, second: &Task<Label>) -> Diagnostic {
    let place = if first.kind == second.kind {
        format!("of kind `{}`", first.kind)
    } else {
        format!("of kinds `{}` and `{}`", first.kind, second.kind)
    };
    Diagnostic::error(format!("two tasks {place} are called `{}`", second.label))
        .at(second.span)
        .related(first.span, "the first one is here")
}
