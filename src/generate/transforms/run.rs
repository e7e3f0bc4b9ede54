//! From how a task is run to the description of a task.
//!
//! Source: `taskgraph.transforms.run` of the reference.

mod alike;

use schemars::JsonSchema;
use serde::Deserialize;

use self::alike::Parts;
use super::task::{self, TASK};
use super::{Apply, Transform};
use crate::diagnostics::{Diagnostic, Mistakes, Span, quoted, suggest};
use crate::generate::context::KindContext;
use crate::generate::run_using::{Description, RUN_USING, RunUsing};
use crate::generate::shared::edit::{map_in, text_in};
use crate::generate::shared::entries::Entries;
use crate::generate::shared::fetches::{Fetch, Sources, use_fetches};
use crate::generate::shared::order::order_stubs;
use crate::generate::shared::parallel;
use crate::generate::shared::text::Text;
use crate::generate::shared::worker_types::{Implementation, implementation};
use crate::generate::siblings::Siblings;
use crate::generate::starlark::{self, Argument, Hook};
use crate::model::Stub;
use crate::script::Point;
use crate::yaml::{self, Map, Node};

pub(super) const RUN: Transform = Transform { name: "taskgraph.transforms.run:transforms", apply: Apply::Whole(run) };

/// What this transform reads of a task. All else passes to the description of the task, which knows it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct RunDescription {
    /// How the task is run.
    pub run: RunSection,
    /// The name of the task, from which its label is made.
    #[serde(default)]
    pub name: Option<String>,
    /// The label of the task; `<kind>-<name>` if unset.
    #[serde(default)]
    pub label: Option<String>,
    /// One line for people.
    pub description: String,
    /// The alias of the workers that run the task.
    pub worker_type: Text,
    /// The file the task was written in.
    #[serde(default)]
    pub task_from: Option<String>,
    /// When the task is needed; instead of `optimization`.
    #[serde(default)]
    pub when: Option<When>,
    /// How the task may be optimized away; instead of `when`.
    #[serde(default)]
    pub optimization: Option<Node>,
    /// Edge name or kind → artifacts to fetch.
    #[serde(default)]
    pub fetches: Option<Entries<Vec<Fetch>>>,
    /// What concerns the worker.
    #[serde(default)]
    pub worker: Option<Entries<Node>>,
}

/// Section `run`. Further keys are for the way to run.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct RunSection {
    /// The way to run.
    pub using: Text,
    /// The directory the task works in; `/builds/worker` if unset.
    #[serde(default)]
    pub workdir: Option<String>,
}

/// Section `when`.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct When {
    /// Patterns of files; the task is needed if a push changes one of them.
    #[serde(default)]
    #[schemars(with = "Option<Vec<String>>")]
    pub files_changed: Option<Vec<Text>>,
}

fn run(kind: &KindContext<'_>, stubs: Vec<Stub>) -> (Vec<Stub>, Mistakes) {
    run_with(kind, stubs, RUN_USING)
}

/// Every task is prepared before any of them is ordered; those without mistakes go on. Of the others everything is
/// looked at that can be, so that all mistakes are told at once.
fn run_with(kind: &KindContext<'_>, stubs: Vec<Stub>, table: &[RunUsing]) -> (Vec<Stub>, Mistakes) {
    let (prepared, refused) = split(kind, stubs, |kind, stub| {
        let before = stub.clone();
        prepare(kind, stub).map_err(|mistakes| (before, mistakes))
    });
    // What can be fetched is part of what is made here, and of this time only.
    let siblings = Siblings::default();
    let kind = &KindContext { siblings: &siblings, ..*kind };
    let way = Way {
        sources: Sources::new(kind, &prepared),
        table,
        is_before_task: is_before_task(kind),
        may_be_alike: may_be_alike(kind, table),
        kind,
    };
    let mut mistakes = Mistakes::default();
    for (stub, mut first) in refused {
        let unprepared = way.mistakes_of_unprepared(stub.clone());
        add_new(&mut first, &stub, unprepared);
        mistakes.extend(way.with_those_behind(stub, first).0);
    }
    let ordered = match order_stubs(kind.kind, prepared, kind.warnings) {
        Ok(ordered) => ordered,
        Err(more) => {
            mistakes.extend(more.0);
            return (Vec::new(), mistakes);
        }
    };
    let (described, refused) = split(kind, ordered, |kind, stub| way.describe_alike(kind, stub));
    for (stub, first) in refused {
        mistakes.extend(way.with_those_behind(stub, first).0);
    }
    (described, mistakes)
}

/// What came through a step, and what did not: as it was before, with its mistakes.
fn split(
    kind: &KindContext<'_>,
    stubs: Vec<Stub>,
    step: impl Fn(&KindContext<'_>, Stub) -> Result<Stub, (Stub, Mistakes)> + Sync,
) -> (Vec<Stub>, Vec<(Stub, Mistakes)>) {
    let (stepped, _) = parallel::gather(kind, stubs, |kind, stub| {
        Ok(step(kind, stub).map_err(|(before, mistakes)| {
            let origin = before.origin();
            (before, mistakes.map(|mistake| origin.locate(mistake)))
        }))
    });
    let (mut through, mut refused) = (Vec::with_capacity(stepped.len()), Vec::new());
    for stub in stepped {
        match stub {
            Ok(stub) => through.push(stub),
            Err(stub) => refused.push(stub),
        }
    }
    (through, refused)
}

/// Adds mistakes of the same task, but none about a place that something was told of already.
fn add_new(mistakes: &mut Mistakes, stub: &Stub, more: Mistakes) {
    let (origin, told) = (stub.origin(), mistakes.0.iter().map(|mistake| mistake.span).collect::<Vec<Span>>());
    let more = more.map(|mistake| origin.locate(mistake)).0.into_iter();
    mistakes.extend(more.filter(|mistake| !told.contains(&mistake.span)));
}

/// How the tasks of a kind get their commands.
struct Way<'a> {
    kind: &'a KindContext<'a>,
    sources: Sources,
    table: &'a [RunUsing],
    is_before_task: bool,
    may_be_alike: bool,
}

impl Way<'_> {
    /// As [`Self::describe`], once for all tasks that are alike; the task as it was comes back with its mistakes.
    fn describe_alike(&self, kind: &KindContext<'_>, stub: Stub) -> Result<Stub, (Stub, Mistakes)> {
        let parts = if self.may_be_alike { Parts::of(&stub, &self.sources) } else { None };
        let Some(parts) = parts else {
            return self.describe(kind, stub.clone()).map_err(|mistakes| (stub, mistakes));
        };
        let made: Result<_, Mistakes> = kind.once("run", parts.of.iter().map(|part| &**part), |kind| {
            let described = self.describe(kind, stub.clone())?;
            Ok(alike::Made::of(&stub, &described, &parts))
        });
        let words = parts.into_words();
        match made.as_deref() {
            Ok(Some(made)) => Ok(made.put_into(stub, &words)),
            Ok(None) => self.describe(kind, stub.clone()).map_err(|mistakes| (stub, mistakes)),
            Err(mistakes) => Err((stub, mistakes.clone())),
        }
    }

    /// Fetches, then the command; the second is looked at even if the first has mistakes.
    fn describe(&self, kind: &KindContext<'_>, mut stub: Stub) -> Result<Stub, Mistakes> {
        let fetched = use_fetches(kind, &self.sources, &mut stub);
        match (fetched, describe(kind, stub, self.table)) {
            (Ok(()), described) => described,
            (Err(mut mistakes), described) => {
                mistakes.extend(described.err().unwrap_or_default().0);
                Err(mistakes)
            }
        }
    }

    /// The mistakes in fetches and command of a task that is not prepared, as far as its worker is known.
    fn mistakes_of_unprepared(&self, mut stub: Stub) -> Mistakes {
        let named = stub.body.get("worker-type").and_then(|named| Some((named.as_str()?.to_owned(), named.span)));
        let found = named.and_then(|(name, span)| implementation(self.kind.graph_config, &name, span).ok());
        let is_known = found.is_some_and(|found| set_implementation(&mut stub, &found).is_ok());
        if is_known && stub.body.contains("run") {
            self.describe(self.kind, stub).err().unwrap_or_default()
        } else {
            use_fetches(self.kind, &self.sources, &mut stub).err().unwrap_or_default()
        }
    }

    /// With the mistakes that `task` would find, where this task would go straight there: in what no way to run
    /// changes.
    fn with_those_behind(&self, mut stub: Stub, mut mistakes: Mistakes) -> Mistakes {
        if self.is_before_task {
            let is_optimized = stub.body.remove("when").is_some();
            for key in ["run", "fetches", "if-dependencies"] {
                stub.body.remove(key);
            }
            if is_optimized {
                stub.body.remove("optimization");
            }
            // What follows from the worker type, and is refused here where it is written.
            if let Ok(worker) = map_in(&mut stub.body, "worker") {
                worker.remove("implementation");
                worker.remove("os");
            }
            add_new(&mut mistakes, &stub.clone(), task::rehearse(self.kind, stub));
        }
        mistakes
    }
}

/// Whether the way to run for which tasks may be alike is ours, and not one of the tree's own.
fn may_be_alike(kind: &KindContext<'_>, table: &[RunUsing]) -> bool {
    let name = format!("{}:{}", alike::IMPLEMENTATION, alike::USING);
    let own = starlark::hook(kind.run, Point::RunUsing, &name, Span::NONE);
    matches!(own, Ok(None)) && table.iter().any(|way| way.name == alike::USING)
}

/// Whether what comes out of this transform goes straight to `task`.
fn is_before_task(kind: &KindContext<'_>) -> bool {
    let short = |name: &str| name.trim_end_matches(":transforms").to_owned();
    let names = kind.config.get("transforms").and_then(Node::as_list).unwrap_or_default();
    let names: Vec<String> = names.iter().filter_map(Node::as_str).map(short).collect();
    match names.iter().position(|name| *name == short(RUN.name)) {
        // The default loader adds both.
        None => true,
        Some(at) => names.get(at + 1).is_some_and(|next| *next == short(TASK.name)),
    }
}

/// Reads the task, and gives it its optimization, implementation and label.
fn prepare(kind: &KindContext<'_>, mut stub: Stub) -> Result<Stub, Mistakes> {
    let description: RunDescription = stub.read()?;
    rewrite_when(kind, &mut stub, &description)?;
    let worker_type = &description.worker_type;
    let found = implementation(kind.graph_config, worker_type.as_str(), worker_type.span())?;
    implemented(kind, &mut stub, &found)?;
    if let Some(name) = stub.body.get("name").filter(|name| name.as_str() == Some("")) {
        return Err(Diagnostic::error("the task's `name` is empty").at(name.span).into());
    }
    // A label of null is no label, and refused as one.
    if !stub.body.contains("label") {
        let name = description.name.ok_or_else(|| Diagnostic::error("the task has neither `name` nor `label`"))?;
        stub.body.insert("label", format!("{}-{name}", kind.kind));
    }
    stub.body.remove("name");
    Ok(stub)
}

/// Needed when files changed means optimized away unless they did; the files the task is written in count as well.
///
/// Where tasks share one list through an anchor, the reference appends to that one list for each of them, so that the
/// same file is named several times over; ours is named once. Which tasks are needed is the same.
fn rewrite_when(kind: &KindContext<'_>, stub: &mut Stub, description: &RunDescription) -> Result<(), Diagnostic> {
    let Some(written) = stub.body.remove("when").filter(Node::is_truthy) else { return Ok(()) };
    if description.optimization.is_some() {
        return Err(Diagnostic::error("`optimization` and `when` cannot both be given").at(written.span));
    }
    let files = description.when.as_ref().and_then(|when| when.files_changed.as_ref());
    let files = files.ok_or_else(|| Diagnostic::error("missing key `files-changed`").at(written.span))?;
    let in_kind = |file: &str| Node::new(format!("{}/{file}", kind.path.display()));
    let task_from = description.task_from.as_deref().filter(|file| !file.is_empty() && *file != "kind.yml");
    let files = files.iter().map(Node::from).chain([in_kind("kind.yml")]).chain(task_from.map(in_kind));
    stub.body.insert("optimization", Map::from([("skip-unless-changed", files.collect::<Node>())]));
    Ok(())
}

/// The task with `tags` and `worker` that say what runs it; made once for tasks that have the same.
fn implemented(kind: &KindContext<'_>, stub: &mut Stub, found: &Implementation) -> Result<(), Diagnostic> {
    let nothing = Node::default();
    let [tags, worker] = ["tags", "worker"].map(|key| stub.body.get(key).unwrap_or(&nothing));
    let names = [Node::new(found.name.as_str()), Node::new(found.os.as_deref())];
    let has_tags = Node::new(stub.body.contains("tags"));
    let parts = [tags, worker, &names[0], &names[1], &has_tags];
    let made = kind.once("implementation", parts.into_iter(), |_| {
        let mut stub = stub.clone();
        set_implementation(&mut stub, found)?;
        Ok(["tags", "worker"].map(|key| stub.body.get(key).cloned().unwrap_or_default()))
    })?;
    let [tags, worker] = (*made).clone();
    stub.body.insert("tags", tags);
    stub.body.insert("worker", worker);
    Ok(())
}

fn set_implementation(stub: &mut Stub, found: &Implementation) -> Result<(), Diagnostic> {
    let tags = map_in(&mut stub.body, "tags")?;
    if let Some(os) = &found.os {
        tags.insert("os", os.as_str());
    }
    tags.insert("worker-implementation", found.name.as_str());
    let worker = map_in(&mut stub.body, "worker")?;
    if let Some((key, _)) = worker.entry("implementation") {
        return Err(Diagnostic::error("`implementation` follows from the worker type and cannot be given").at(key.span));
    }
    worker.insert("implementation", found.name.as_str());
    if let Some(os) = &found.os {
        worker.insert("os", os.as_str());
    }
    Ok(())
}

/// Takes section `run` out of the task and has the way to run make what it says.
fn describe(kind: &KindContext<'_>, mut stub: Stub, table: &[RunUsing]) -> Result<Stub, Mistakes> {
    let mut run = stub.body.remove("run").unwrap_or_default();
    let worker = map_in(&mut stub.body, "worker")?;
    let text = |key: &str| Ok::<_, Diagnostic>(text_in(worker, key)?.map(str::to_owned));
    let implementation = Implementation { name: text("implementation")?.unwrap_or_default(), os: text("os")? };
    if let Some(run) = run.as_map_mut().filter(|_| runs(&implementation)) {
        run.get_or_insert("workdir", || Node::new("/builds/worker"));
    }
    for key in ["attributes", "dependencies", "extra"] {
        stub.body.get_or_insert(key, Node::empty_map);
    }
    for key in ["soft-dependencies", "routes", "scopes"] {
        stub.body.get_or_insert(key, || Node::new(Vec::new()));
    }
    if let Some(own) = own_way(kind, &run, &implementation)? {
        return by_own(kind, &own, stub, run, table);
    }
    let way = way_to_run(&run, &implementation, table)?;
    (way.apply)(kind, Description { stub, run, implementation })
}

/// The way to run that the tree registered, if it did.
fn own_way<'a>(
    kind: &KindContext<'a>,
    run: &Node,
    implementation: &Implementation,
) -> Result<Option<Hook<'a>>, Mistakes> {
    let Some(using) = run.get("using").filter(|using| using.as_str().is_some()) else { return Ok(None) };
    let name = format!("{}:{}", implementation.name, using.as_str().unwrap_or_default());
    starlark::hook(kind.run, Point::RunUsing, &name, using.span)
}

/// The task as a way of the tree's own leaves it. What the function returns is another section `run` to go on with.
fn by_own(kind: &KindContext<'_>, own: &Hook<'_>, stub: Stub, run: Node, table: &[RunUsing]) -> Result<Stub, Mistakes> {
    let mut task = stub.clone();
    let using = run.get("using").cloned();
    task.body.insert("run", run);
    let (task, description) = (task.to_node(), stub.to_node());
    let arguments = [Argument::Config(kind), Argument::Document(&task), Argument::Document(&description)];
    let answer = own.call_for(kind, &arguments)?;
    let changed = answer.documents.into_iter().nth(1).unwrap_or_default();
    let mut described = Stub::from_node(changed.at(stub.span))?;
    if answer.returned.is_null() {
        return Ok(described);
    }
    if answer.returned.get("using") == using.as_ref() {
        let message = "the section `run` that a way to run returns must not name that way again";
        return Err(Diagnostic::error(message).at(using.unwrap_or_default().span).into());
    }
    described.body.insert("run", answer.returned);
    describe(kind, described, table)
}

/// Tasks of other implementations never execute, and so work in no directory.
fn runs(implementation: &Implementation) -> bool {
    matches!(implementation.name.as_str(), "docker-worker" | "generic-worker")
}

fn way_to_run<'t>(
    run: &Node,
    implementation: &Implementation,
    table: &'t [RunUsing],
) -> Result<&'t RunUsing, Mistakes> {
    let section: RunSection = yaml::read(run)?;
    let using = section.using;
    let mut named = table.iter().filter(|way| way.name == using.as_str()).peekable();
    if named.peek().is_none() {
        let mut mistake = Diagnostic::error(format!("unknown way to run `{}`", using.as_str())).at(using.span());
        mistake.help = suggest(using.as_str(), table.iter().map(|way| way.name));
        return Err(mistake.into());
    }
    named.clone().find(|way| way.implementations.contains(&implementation.name.as_str())).ok_or_else(|| {
        let known: Vec<&str> = named.flat_map(|way| way.implementations.iter().copied()).collect();
        Diagnostic::error(format!("`using: {}` is not for tasks on `{}`", using.as_str(), implementation.name))
            .at(using.span())
            .help(format!("it is for {}", quoted(&known)))
            .into()
    })
}

#[cfg(test)]
mod tests;
