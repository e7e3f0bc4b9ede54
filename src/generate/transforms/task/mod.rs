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
use crate::diagnostics::{Diagnostic, Mistakes, suggest};
use crate::generate::context::KindContext;
use crate::generate::payloads::{PAYLOAD_BUILDERS, Payload, PayloadContext, payload_builders};
use crate::generate::shared::edit::map_in;
use crate::generate::shared::text::Text;
use crate::generate::shared::worker_types::{WorkerPool, worker_pool};
use crate::model::{MOZILLA_TASKGRAPH, Stub};
use crate::yaml::{self, Map, Node};
use definition::relative;

/// The row.
pub(super) const TASK: Transform =
    Transform { name: "taskgraph.transforms.task:transforms", apply: Apply::Each(finish) };

/// Finishes a task.
fn finish(kind: &KindContext<'_>, stub: Stub) -> Result<Vec<Stub>, Mistakes> {
    let span = stub.span;
    let document = Node::new(worker::complete(kind, stub.body)?).at(span);
    let task: TaskDescription = yaml::read(&document)?;
    task.check()?;
    let pool =
        worker_pool(kind.graph_config, task.worker_type.as_str(), &kind.parameters.level, task.worker_type.span())?;
    let pool_name = format!("{}/{}", pool.provisioner, pool.worker_type);
    let expires = relative(definition::expires_after(kind, &task));
    let payload = payload(kind, &task, &pool_name, &expires)?;
    let finished = assemble(kind, &task, &document, &pool, payload, expires)?;
    Ok(vec![Stub { body: finished, span }])
}

/// What the task's worker is told to do.
fn payload(
    kind: &KindContext<'_>,
    task: &TaskDescription,
    worker_type: &str,
    expires: &Node,
) -> Result<Payload, Mistakes> {
    let implementation = task.worker.get("implementation");
    let name = implementation.and_then(Node::as_str).unwrap_or_default();
    let mut builders = payload_builders(kind.graph_config);
    let builder = builders.find(|builder| builder.implementation == name).ok_or_else(|| {
        let place = implementation.map_or(task.worker.span, |node| node.span).or(task.worker_type.span());
        unknown_implementation(kind, name).at(place)
    })?;
    (builder.build)(&PayloadContext {
        kind,
        worker: &task.worker,
        attributes: &task.attributes,
        worker_type,
        needs_sccache: task.needs_sccache,
        expires,
        docker_image_dependency: task.dependencies.entry("docker-image").map(|(name, _)| name.span()),
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
    task: &TaskDescription,
    document: &Node,
    pool: &WorkerPool,
    payload: Payload,
    expires: Node,
) -> Result<Map, Mistakes> {
    let mut dependencies = task.dependencies.document();
    dependencies.extend(payload.dependencies.clone());
    let mut routes: Vec<Node> = task.routes.iter().map(Node::from).collect();
    let mut extra = task.extra.document();
    routes.extend(treeherder::show(kind, task, &mut extra)?);
    routes.extend(index::routes(kind, task, document, &mut extra)?);
    routes.extend(payload.routes.iter().cloned());
    if kind.parameters.repository_type == "git" {
        routes.push("checks".into());
    }
    definition::add_parent(kind, &mut extra);
    add_chain_of_trust(&payload.payload, &dependencies, &mut extra)?;
    let attributes = attributes::attributes(task, document, pool, &payload.attributes)?;
    let if_dependencies = if_dependencies(task, &dependencies)?;
    let definition = definition::define(kind, task, pool, definition::Parts { routes, extra, payload, expires })?;
    Ok(Map::from([
        ("label", Node::from(&task.label)),
        ("description", Node::from(&task.description)),
        ("task", definition),
        ("dependencies", Node::new(dependencies)),
        ("if-dependencies", if_dependencies),
        ("soft-dependencies", task.soft_dependencies.iter().flatten().map(Node::from).collect::<Vec<_>>().into()),
        ("attributes", Node::new(attributes)),
        ("optimization", Node::new(task.optimization.as_ref().map(|optimization| optimization.document()))),
    ]))
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
