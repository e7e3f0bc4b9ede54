//! `task`: from a task's description to its definition for the queue, its label, attributes and dependencies.
//!
//! Source: `taskgraph.transforms.task` of the reference.

mod attributes;
mod definition;
pub mod description;
mod index;
mod treeherder;
mod worker;

use description::TaskDescription;

use super::{Apply, Transform};
use crate::diagnostics::{Diagnostic, Mistakes, Span, suggest};
use crate::generate::context::KindContext;
use crate::generate::payloads::{PAYLOAD_BUILDERS, Payload, PayloadContext, payload_builders};
use crate::generate::shared::edit::map_in;
use crate::generate::shared::entries::Entries;
use crate::generate::shared::text::Text;
use crate::generate::shared::worker_types::{WorkerPool, worker_pool};
use crate::generate::starlark::{self, Argument, Hook};
use crate::model::{MOZILLA_TASKGRAPH, Stub};
use crate::script::Point;
use crate::yaml::{self, Map, Node, Value};
use definition::relative;

/// The row.
pub(super) const TASK: Transform =
    Transform { name: "taskgraph.transforms.task:transforms", apply: Apply::Each(finish) };

/// Finishes a task. Its parts are looked at whether or not others have mistakes, so that all are told at once.
fn finish(kind: &KindContext<'_>, stub: Stub) -> Result<Vec<Stub>, Mistakes> {
    let span = stub.span;
    let document = Node::new(worker::complete(kind, stub.body)?).at(span);
    let mut task: TaskDescription = match yaml::read(&document) {
        Ok(task) => task,
        Err(mut mistakes) => {
            mistakes.extend(mistakes_of_worker(kind, &document).0);
            return Err(mistakes);
        }
    };
    let mut mistakes = task.check().err().unwrap_or_default();
    let said = |key: &str| document.get(key).unwrap_or(&NOTHING);
    let place =
        kind.once("place", [said("worker-type"), said("expires-after")].into_iter(), |kind| Place::of(kind, &task))?;
    let Place { pool, pool_name, expires } = &*place;
    let context = PayloadContext {
        kind,
        worker: &task.worker,
        attributes: &task.attributes,
        worker_type: pool_name,
        needs_sccache: task.needs_sccache,
        expires,
        docker_image_dependency: task.dependencies.entry("docker-image").map(|(name, _)| name.span()),
    };
    let made = match own_builder(kind, &task.worker)? {
        Some(own) => own_payload(kind, &own, &document),
        None => payload(&context, task.worker_type.span()),
    };
    let payload = made.unwrap_or_else(|more| {
        mistakes.extend(more.0);
        // An image of the tree is such a dependency.
        Payload { dependencies: Map::from([("docker-image", "")]), ..Payload::new(Node::default()) }
    });
    match assemble(kind, &mut task, &document, pool, payload, expires.clone()) {
        Ok(finished) => mistakes.or(vec![Stub { body: finished, span }]),
        Err(more) => {
            mistakes.extend(more.0);
            Err(mistakes)
        }
    }
}

/// What is read where a task says nothing.
static NOTHING: Node = Node { value: Value::Null, span: Span::NONE };

/// Where a task runs, and how long it is remembered.
struct Place {
    pool: WorkerPool,
    /// `<provisioner>/<worker type>`
    pool_name: String,
    /// As the definition says it.
    expires: Node,
}

impl Place {
    /// From the task's `worker-type` and `expires-after`.
    fn of(kind: &KindContext<'_>, task: &TaskDescription) -> Result<Self, Mistakes> {
        let (alias, level) = (&task.worker_type, &kind.parameters.level);
        let pool = worker_pool(kind.graph_config, alias.as_str(), level, alias.span())?;
        let pool_name = format!("{}/{}", pool.provisioner, pool.worker_type);
        Ok(Self { pool, pool_name, expires: relative(definition::expires_after(kind, task)) })
    }
}

/// The mistakes of a task that came no further than this transform, as far as nothing else could still mend them.
pub(super) fn rehearse(kind: &KindContext<'_>, mut stub: Stub) -> Mistakes {
    for (key, value) in [("label", "task"), ("description", "")] {
        stub.body.get_or_insert(key, || value.into());
    }
    stub.body.remove("name");
    if let Ok(worker) = map_in(&mut stub.body, "worker") {
        // What a way to run may have added.
        let added = [("docker-image", Node::from("image")), ("max-run-time", 1.into()), ("command", Vec::new().into())];
        for (key, value) in added {
            worker.get_or_insert(key, || value);
        }
    }
    finish(kind, stub).err().unwrap_or_default()
}

/// The mistakes in `worker` of a task that has others.
fn mistakes_of_worker(kind: &KindContext<'_>, document: &Node) -> Mistakes {
    let Some(worker) = document.get("worker").filter(|worker| worker.get("implementation").is_some()) else {
        return Mistakes::default();
    };
    match own_builder(kind, worker) {
        Ok(None) => {}
        Ok(Some(_)) => return Mistakes::default(),
        Err(mistakes) => return mistakes,
    }
    let context = PayloadContext {
        kind,
        worker,
        attributes: &Entries::default(),
        worker_type: "",
        needs_sccache: false,
        expires: &Node::default(),
        docker_image_dependency: None,
    };
    payload(&context, worker.span).err().unwrap_or_default()
}

/// What the task's worker is told to do. An implementation that was not written follows from what is at `named`.
fn payload(context: &PayloadContext<'_>, named: Span) -> Result<Payload, Mistakes> {
    let implementation = context.worker.get("implementation");
    let name = implementation.and_then(Node::as_str).unwrap_or_default();
    let mut builders = payload_builders(context.kind.graph_config);
    let builder = builders.find(|builder| builder.implementation == name).ok_or_else(|| {
        let place = implementation.map_or(context.worker.span, |node| node.span).or(named);
        unknown_implementation(context.kind, name).at(place)
    })?;
    (builder.build)(context)
}

/// What the tree registered for the implementation of a worker, if it did.
fn own_builder<'a>(kind: &KindContext<'a>, worker: &Node) -> Result<Option<Hook<'a>>, Mistakes> {
    let Some(implementation) = worker.get("implementation") else { return Ok(None) };
    let name = implementation.as_str().unwrap_or_default();
    starlark::hook(kind.run, Point::PayloadBuilder, name, implementation.span)
}

/// What a builder of the tree's own fills in.
fn own_payload(kind: &KindContext<'_>, own: &Hook<'_>, document: &Node) -> Result<Payload, Mistakes> {
    let empty = || Node::new(Vec::new());
    let start = Node::new(Map::from([
        ("payload", Node::empty_map()),
        ("scopes", empty()),
        ("routes", empty()),
        ("tags", Node::empty_map()),
    ]));
    let arguments = [Argument::Config(kind), Argument::Document(document), Argument::Document(&start)];
    let answer = own.call_for(kind, &arguments)?;
    let filled = answer.documents.into_iter().nth(1).unwrap_or_default();
    let list = |key: &str| filled.get(key).and_then(Node::as_list).map(<[Node]>::to_vec).unwrap_or_default();
    Ok(Payload {
        scopes: list("scopes"),
        routes: list("routes"),
        tags: filled.get("tags").and_then(Node::as_map).cloned().unwrap_or_default(),
        ..Payload::new(filled.get("payload").cloned().unwrap_or_default())
    })
}

fn unknown_implementation(kind: &KindContext<'_>, name: &str) -> Diagnostic {
    let mut mistake = Diagnostic::error(format!("unknown worker implementation `{name}`"));
    mistake.help = match PAYLOAD_BUILDERS.iter().any(|builder| builder.implementation == name) {
        true => {
            Some(format!("it is there with `register: {MOZILLA_TASKGRAPH}` in section `taskgraph` of `config.yml`"))
        }
        false => suggest(name, payload_builders(kind.graph_config).map(|builder| builder.implementation)),
    };
    mistake
}

/// Puts the parts together.
fn assemble(
    kind: &KindContext<'_>,
    task: &mut TaskDescription,
    document: &Node,
    pool: &WorkerPool,
    mut payload: Payload,
    expires: Node,
) -> Result<Map, Mistakes> {
    let mut dependencies = std::mem::take(&mut task.dependencies).into_document();
    dependencies.extend(std::mem::take(&mut payload.dependencies));
    let mut routes: Vec<Node> = task.routes.iter().map(Node::from).collect();
    let mut extra = std::mem::take(&mut task.extra).into_document();
    let shown = treeherder::show(kind, task, &mut extra);
    let indexed = index::routes(kind, task, document, &mut extra);
    let (shown, indexed) = both(shown, indexed)?;
    routes.extend(shown.into_iter().chain(indexed));
    routes.append(&mut payload.routes);
    if kind.parameters.repository_type == "git" {
        routes.push("checks".into());
    }
    definition::add_parent(kind, &mut extra);
    add_chain_of_trust(&payload.payload, &dependencies, &mut extra)?;
    let attributes = attributes::attributes(task, document, pool, std::mem::take(&mut payload.attributes))?;
    let if_dependencies = if_dependencies(task, &dependencies)?;
    let definition =
        definition::define(kind, task, document, definition::Parts { pool, routes, extra, payload, expires })?;
    Ok(Map::from([
        ("label", Node::from(&task.label)),
        ("description", Node::from(&task.description)),
        ("task", definition),
        ("dependencies", Node::new(dependencies)),
        ("if-dependencies", if_dependencies),
        ("soft-dependencies", task.soft_dependencies.iter().flatten().map(Node::from).collect::<Vec<_>>().into()),
        ("attributes", Node::new(attributes)),
        ("optimization", Node::new(task.optimization.take().map(Entries::into_document))),
    ]))
}

/// Both values, or the mistakes of both.
fn both<T, U>(one: Result<T, Diagnostic>, other: Result<U, Mistakes>) -> Result<(T, U), Mistakes> {
    match (one, other) {
        (Ok(one), Ok(other)) => Ok((one, other)),
        (one, other) => {
            let others = other.err().map(|mistakes| mistakes.0).into_iter().flatten();
            Err(Mistakes(one.err().into_iter().chain(others).collect()))
        }
    }
}

/// A task that proves what it has run proves what its image was made of, too.
fn add_chain_of_trust(payload: &Node, dependencies: &Map, extra: &mut Map) -> Result<(), Diagnostic> {
    let proves = payload.get("features").and_then(|features| features.get("chainOfTrust")).is_some_and(Node::is_truthy);
    if !proves || !dependencies.get("docker-image").is_some_and(Node::is_truthy) {
        return Ok(());
    }
    let inputs = map_in(map_in(extra, "chainOfTrust")?, "inputs")?;
    inputs.insert("docker-image", crate::generate::shared::references::task_reference("<docker-image>"));
    Ok(())
}

/// The labels of the tasks of which one must remain; they are written as names of dependencies.
fn if_dependencies(task: &TaskDescription, dependencies: &Map) -> Result<Node, Mistakes> {
    let named = task.if_dependencies.iter().flatten();
    let labels = crate::diagnostics::collect(named, |name: &Text| {
        dependencies.get(name.as_str()).cloned().ok_or_else(|| {
            let message = format!("`{}` in `if-dependencies` is no dependency of the task", name.as_str());
            let mut mistake = Diagnostic::error(message).at(name.span());
            mistake.help = suggest(name.as_str(), dependencies.keys());
            mistake.into()
        })
    })?;
    Ok(Node::new(labels))
}
