//! What tasks depend on, and how they name it.

use super::document::{Document, Mapping, map};
use super::draw::Draw;
use super::values::{text, word};
use super::world::{Made, Place};

/// Chooses the tasks that the one at `place` depends on.
pub(super) fn edges(draw: &mut Draw, place: &Place<'_>) -> Vec<(String, Made)> {
    let candidates = place.candidates();
    let mut edges: Vec<(String, Made)> = Vec::new();
    for task in draw.some_of(&candidates, 3) {
        let name = match draw.below(5) {
            0 => task.label.clone(),
            1 => format!("{}-{}", word(draw), draw.serial()),
            2 => format!("\u{e9}{}", draw.serial()),
            3 if edges.iter().all(|(name, _)| *name != task.kind) => task.kind.clone(),
            _ => format!("edge{}", draw.serial()),
        };
        // An edge may have the label of another task by chance.
        if edges.iter().all(|(found, it)| *found != name && it.label != task.label) && name != "docker-image" {
            edges.push((name, task.clone()));
        }
    }
    edges
}

/// The keys that name dependencies.
pub(super) fn put(draw: &mut Draw, place: &Place<'_>, task: &mut Mapping) {
    if !place.edges.is_empty() || draw.chance(10) {
        let mut dependencies = Mapping::new();
        for (edge, dependency) in &place.edges {
            dependencies.put(edge.as_str(), dependency.label.as_str());
        }
        task.put("dependencies", dependencies);
    }
    let names: Vec<&str> = place.edges.iter().map(|(edge, _)| edge.as_str()).collect();
    task.maybe(draw, if names.is_empty() { 3 } else { 25 }, "if-dependencies", |draw| draw.some_of(&names, 3));
    let labels: Vec<&str> = place.world.tasks.iter().chain(place.siblings).map(|task| task.label.as_str()).collect();
    let is_free = |label: &&str| place.edges.iter().all(|(_, task)| task.label != *label);
    let labels: Vec<&str> = labels.into_iter().filter(is_free).collect();
    task.maybe(draw, 15, "soft-dependencies", |draw| {
        let mut soft = draw.some_of(&labels, 3);
        if draw.chance(4) {
            soft.push("a-task-that-is-not-there");
        }
        soft
    });
}

/// A reference to the task itself, the decision task, or one of the dependencies.
pub(super) fn reference(draw: &mut Draw, place: &Place<'_>) -> Document {
    let edges: Vec<&str> = place.edges.iter().map(|(edge, _)| edge.as_str()).collect();
    let edge = |draw: &mut Draw| {
        let special = draw.pick(&["self", "decision", "<"]);
        if edges.is_empty() || draw.chance(25) { special.to_owned() } else { draw.one_of(&edges).to_owned() }
    };
    let text = if place.braces { text(draw) } else { word(draw) };
    if draw.chance(70) {
        return match draw.below(4) {
            0 => map! { "task-reference" => format!("<{}>/{text}/<{}>", edge(draw), edge(draw)) },
            1 => map! { "task-reference" => text },
            _ => map! { "task-reference" => format!("{text} <{}>", edge(draw)) },
        };
    }
    let path = draw.pick(&["public/build/a.zip", "private/b.txt", "public/a b+c.txt", "x"]);
    let from = if edges.is_empty() || draw.chance(20) { "decision" } else { draw.one_of(&edges) };
    map! { "artifact-reference" => format!("<{from}/{path}>") }
}

/// A string or a reference.
pub(super) fn text_or_reference(draw: &mut Draw, place: &Place<'_>) -> Document {
    if draw.chance(15) { reference(draw, place) } else { super::values::text_or_braces(draw, place.braces).into() }
}
