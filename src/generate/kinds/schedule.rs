//! Making the tasks of all kinds, those that do not wait for one another side by side.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZero;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use super::kind::Kind;
use super::kind_graph::Kinds;
use super::loader::{Loader, stubs};
use super::{chain, finish};
use crate::diagnostics::{Diagnostic, Mistakes, Warnings, collect};
use crate::generate::context::{KindContext, KindTasks, RunContext};
use crate::generate::transforms::Transform;
use crate::model::{KindName, Label, Task};

type KindResult = Result<Vec<Arc<Task<Label>>>, Mistakes>;

/// The tasks of all kinds: kinds in the order of [`KindGraph::postorder`](super::KindGraph::postorder), the tasks of
/// each as its last transform left them. Neither the number of processors nor chance shows in the result.
///
/// # Errors
/// All mistakes of all kinds that do not depend on a kind with mistakes; and labels that two tasks share.
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
    let results = order.iter().filter_map(|name| done.remove(*name));
    let tasks = collect(results, |(result, warnings)| {
        warnings.take().into_iter().for_each(|warning| run.warnings.push(warning));
        result
    })?;
    distinct(tasks.concat())
}

/// What is to be done, in progress and done, shared by the workers.
struct Board<'a> {
    state: Mutex<State<'a>>,
    changed: Condvar,
}

struct State<'a> {
    waiting: BTreeMap<&'a KindName, BTreeSet<&'a KindName>>,
    running: usize,
    done: BTreeMap<&'a KindName, (KindResult, Warnings)>,
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

    fn finish(&self, name: &'a KindName, result: KindResult, warnings: Warnings) {
        let mut state = self.lock();
        state.running -= 1;
        state.done.insert(name, (result, warnings));
        self.changed.notify_all();
    }

    /// The tasks of the kinds that a kind depends on, in the order of the kinds.
    fn dependencies(&self, kind: &Kind, order: &[&KindName]) -> KindTasks {
        let is_dependency =
            |name: &KindName| kind.file.kind_dependencies.iter().any(|known| known.as_str() == name.as_str());
        let state = self.lock();
        let made = order.iter().filter(|name| is_dependency(name)).filter_map(|name| state.done.get(*name));
        KindTasks::new(made.filter_map(|(result, _)| result.as_ref().ok()).flatten().cloned())
    }

    fn into_results(self) -> BTreeMap<&'a KindName, (KindResult, Warnings)> {
        self.state.into_inner().unwrap_or_else(PoisonError::into_inner).done
    }
}

impl State<'_> {
    fn is_made(&self, kind: &KindName) -> bool {
        matches!(self.done.get(kind), Some((Ok(_), _)))
    }
}

/// Counts a kind as done even if making it panics, so that the other workers do not wait for ever.
struct Running<'b, 'a> {
    board: &'b Board<'a>,
    name: &'a KindName,
    made: Option<(KindResult, Warnings)>,
}

impl Drop for Running<'_, '_> {
    fn drop(&mut self) {
        let (result, warnings) = self.made.take().unwrap_or_else(|| (Err(Mistakes::default()), Warnings::default()));
        self.board.finish(self.name, result, warnings);
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
        let mut running = Running { board, name, made: None };
        let kind = &kinds.kinds[name];
        let dependencies = board.dependencies(kind, order);
        // Warnings are kept apart, so that they come out in the order of the kinds.
        let warnings = Warnings::default();
        let result = make(&RunContext { warnings: &warnings, ..*run }, kind, transforms, &dependencies);
        running.made = Some((result, warnings));
    }
}

/// Loader, transforms, finished tasks of one kind.
fn make(run: &RunContext<'_>, kind: &Kind, table: &[Transform], dependencies: &KindTasks) -> KindResult {
    let loader = Loader::of(kind)?;
    let transforms = chain::resolve(&loader.transforms(kind)?, table)?;
    let context = KindContext { run, kind: &kind.name, path: &kind.path, config: &kind.document, dependencies };
    let stubs = chain::run(&context, &transforms, stubs(run, kind))?;
    collect(&stubs, |stub| finish::finish(&kind.name, stub).map(Arc::new))
}

/// The tasks, if no two have one label.
fn distinct(tasks: Vec<Arc<Task<Label>>>) -> Result<Vec<Arc<Task<Label>>>, Mistakes> {
    let mut seen: BTreeMap<&Label, &Task<Label>> = BTreeMap::new();
    let mut mistakes = Mistakes::default();
    for task in &tasks {
        if let Some(first) = seen.insert(&task.label, task) {
            mistakes.extend([duplicate(first, task)]);
        }
    }
    mistakes.or(()).map(|()| tasks)
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
