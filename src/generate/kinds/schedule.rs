//! Making the tasks of all kinds, those that do not wait for one another side by side.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZero;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use super::kind::Kind;
use super::kind_graph::Kinds;
use super::loader::{Loader, stubs};
use super::{chain, finish};
use crate::diagnostics::{Diagnostic, Mistakes, Warnings, gather};
use crate::generate::context::{KindContext, KindTasks, RunContext};
use crate::generate::transforms::Transform;
use crate::model::{KindName, Label, Task};

/// What became of a kind.
#[derive(Default)]
struct Made {
    /// The tasks without mistakes.
    tasks: Vec<Arc<Task<Label>>>,
    mistakes: Mistakes,
    /// Whether tasks are missing, for mistakes of their own or of others.
    is_partial: bool,
    warnings: Warnings,
}

/// The tasks of all kinds: kinds in the order of [`KindGraph::postorder`](super::KindGraph::postorder), the tasks of
/// each as its last transform left them. Neither the number of processors nor chance shows in the result.
///
/// # Errors
/// All mistakes of all kinds, those of [`Kinds::mistakes`] among them; and labels that two tasks share.
pub fn load_tasks(
    run: &RunContext<'_>,
    kinds: &Kinds,
    transforms: &[Transform],
) -> Result<Vec<Arc<Task<Label>>>, Mistakes> {
    let order: Vec<&KindName> = kinds.graph.postorder();
    let workers = thread::available_parallelism().map_or(1, NonZero::get).min(order.len().max(1));
    let board = Board::new(kinds, &order);
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| work(run, kinds, transforms, &order, &board));
        }
    });
    let mut done = board.into_results();
    let (mut tasks, mut mistakes) = (Vec::new(), kinds.mistakes.clone());
    for made in order.iter().filter_map(|name| done.remove(*name)) {
        made.warnings.take().into_iter().for_each(|warning| run.warnings.push(warning));
        mistakes.extend(made.mistakes.0);
        tasks.extend(made.tasks);
    }
    mistakes.extend(shared_labels(&tasks));
    mistakes.or(tasks)
}

/// What is to be done, in progress and done, shared by the workers.
struct Board<'a> {
    state: Mutex<State<'a>>,
    changed: Condvar,
}

struct State<'a> {
    waiting: BTreeMap<&'a KindName, BTreeSet<&'a KindName>>,
    running: usize,
    done: BTreeMap<&'a KindName, Made>,
}

impl<'a> Board<'a> {
    fn new(kinds: &'a Kinds, order: &[&'a KindName]) -> Self {
        let waiting = order.iter().map(|name| (*name, kinds.graph.dependencies(name).collect())).collect();
        Self { state: Mutex::new(State { waiting, running: 0, done: BTreeMap::new() }), changed: Condvar::new() }
    }

    fn lock(&self) -> MutexGuard<'_, State<'a>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next kind to make, by name, once there is one; nothing when all is done or cannot be.
    fn next(&self) -> Option<&'a KindName> {
        let mut state = self.lock();
        loop {
            let is_ready = |needs: &BTreeSet<&KindName>| needs.iter().all(|need| state.is_made(need));
            let ready = state.waiting.iter().find(|(_, needs)| is_ready(needs)).map(|(name, _)| *name);
            if let Some(name) = ready {
                state.waiting.remove(name);
                state.running += 1;
                return Some(name);
            }
            if state.running == 0 {
                return None;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn finish(&self, name: &'a KindName, made: Made) {
        let mut state = self.lock();
        state.running -= 1;
        state.done.insert(name, made);
        self.changed.notify_all();
    }

    /// The tasks of the kinds that a kind depends on, in the order of the kinds.
    fn dependencies(&self, kind: &Kind, order: &[&KindName]) -> KindTasks {
        let names = kind.file.kind_dependencies.iter();
        let is_dependency = |name: &KindName| names.clone().any(|known| known.as_str() == name.as_str());
        let state = self.lock();
        let made = order.iter().filter(|name| is_dependency(name)).filter_map(|name| state.done.get(*name));
        let mut tasks = KindTasks::new(made.flat_map(|made| &made.tasks).cloned());
        let is_whole = |made: &Made| !made.is_partial;
        tasks.is_partial =
            !names.clone().all(|name| state.done.get(&KindName::from(name.as_str())).is_some_and(is_whole));
        tasks
    }

    fn into_results(self) -> BTreeMap<&'a KindName, Made> {
        self.state.into_inner().unwrap_or_else(PoisonError::into_inner).done
    }
}

impl State<'_> {
    fn is_made(&self, kind: &KindName) -> bool {
        self.done.contains_key(kind)
    }
}

/// Counts a kind as done even if making it panics, so that the other workers do not wait for ever.
struct Running<'b, 'a> {
    board: &'b Board<'a>,
    name: &'a KindName,
    made: Made,
}

impl Drop for Running<'_, '_> {
    fn drop(&mut self) {
        self.board.finish(self.name, std::mem::take(&mut self.made));
    }
}

fn work<'a>(
    run: &RunContext<'_>,
    kinds: &'a Kinds,
    transforms: &[Transform],
    order: &[&'a KindName],
    board: &Board<'a>,
) {
    while let Some(name) = board.next() {
        let mut running = Running { board, name, made: Made { is_partial: true, ..Made::default() } };
        let kind = &kinds.kinds[name];
        let dependencies = board.dependencies(kind, order);
        // Warnings are kept apart, so that they come out in the order of the kinds.
        let warnings = Warnings::default();
        let (tasks, mistakes) = make(&RunContext { warnings: &warnings, ..*run }, kind, transforms, &dependencies);
        let is_partial = dependencies.is_partial || !mistakes.is_empty();
        let mistakes = first_mistakes(name, mistakes, dependencies.is_partial);
        running.made = Made { tasks, mistakes, is_partial, warnings };
    }
}

/// Loader, transforms, finished tasks of one kind, with all mistakes beside them.
fn make(
    run: &RunContext<'_>,
    kind: &Kind,
    table: &[Transform],
    dependencies: &KindTasks,
) -> (Vec<Arc<Task<Label>>>, Mistakes) {
    let transforms = || chain::resolve(&Loader::of(kind)?.transforms(kind)?, table);
    let transforms = match transforms() {
        Ok(transforms) => transforms,
        Err(mistakes) => return (Vec::new(), mistakes),
    };
    let context = KindContext { run, kind: &kind.name, path: &kind.path, config: &kind.document, dependencies };
    let (stubs, mut mistakes) = chain::run(&context, &transforms, stubs(run, kind));
    let (tasks, more) = gather(&stubs, |stub| finish::finish(&kind.name, stub).map(Arc::new));
    mistakes.extend(more.0);
    (tasks, mistakes)
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
    let mut seen: BTreeMap<&Label, &Task<Label>> = BTreeMap::new();
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
