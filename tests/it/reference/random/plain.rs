//! Kinds that end in `run` and `task`, or in `task`, with any of the transforms before them that take one task to many
//! or fill something in.

use super::dependencies;
use super::document::{Document, Mapping, map};
use super::draw::Draw;
use super::kinds::{Kind, simple_name};
use super::values::{name, text};
use super::world::{NO_TIER, Place, World};
use super::{chunking, matrix, notify, run, task_context};

/// What comes before `run` and `task`.
struct Chain {
    task_context: bool,
    matrix: bool,
    chunking: bool,
    notify: bool,
    code_review: bool,
    run: bool,
    cached: bool,
}

/// Makes up a kind of tasks that stand for themselves.
pub(super) fn kind(draw: &mut Draw, world: &mut World, name: &str) {
    let run = draw.chance(70);
    let chain = Chain {
        task_context: draw.chance(18),
        matrix: draw.chance(15),
        chunking: draw.chance(12),
        notify: draw.chance(18),
        code_review: draw.chance(12),
        run,
        cached: run && draw.chance(12),
    };
    let mut kind = Kind::new(draw, world, name);
    kind.has_defaults = true;
    kind.transforms = transforms(&chain);
    kind.is_default = run && !chain.cached && draw.chance(70);
    if !kind.is_default {
        kind.transforms.extend(
            [("run", chain.run), ("cached_tasks", chain.cached), ("task", true)]
                .iter()
                .filter(|it| it.1)
                .map(|it| it.0),
        );
    }
    for _ in 0..draw.between(1, 4) {
        one(draw, world, &chain, &mut kind);
    }
    kind.write(draw, world);
}

fn transforms(chain: &Chain) -> Vec<&'static str> {
    let all = [
        ("task_context", chain.task_context),
        ("matrix", chain.matrix),
        ("chunking", chain.chunking),
        ("notify", chain.notify),
        ("code_review", chain.code_review),
    ];
    all.iter().filter(|(_, is_there)| *is_there).map(|(name, _)| *name).collect()
}

fn one(draw: &mut Draw, world: &World, chain: &Chain, kind: &mut Kind) {
    let is_cached = chain.cached && draw.chance(70);
    let mut name = if is_cached { simple_name(draw) } else { name(draw) };
    let (dependencies, made) = (kind.dependencies.clone(), kind.made.clone());
    let mut place = Place::choose(draw, world, &kind.name, &dependencies, &made);
    place.is_cached = is_cached;
    place.braces = !(chain.task_context || chain.matrix || chain.chunking);
    place.is_many = chain.matrix || chain.chunking;
    place.is_replaced = !is_cached && draw.chance(if chain.run { 3 } else { 8 });
    if !place.is_replaced {
        place.edges = dependencies::edges(draw, &place);
    }
    let mut task = if chain.run { run::description(draw, &place) } else { run::task_description(draw, &place) };
    if is_cached {
        let data = draw.many(0, 3, text);
        task.put("cache", map! { "type" => "custom.v1", "name" => name.as_str(), "digest-data" => data });
        drop(task.remove("optimization"));
        drop(task.remove("when"));
    }
    let mut names = vec![name.clone()];
    if chain.notify && draw.chance(70) {
        notify::put(draw, &mut task, place.braces);
    }
    if chain.task_context && draw.chance(75) {
        task_context::put(draw, &mut task);
    }
    // What is many must differ in symbol and index route, so it has no cache either. What is filled in by one
    // transform means nothing to the other.
    let is_alone = is_cached || task.has("task-context");
    if !is_alone && chain.matrix && draw.chance(75) {
        names = matrix::put(draw, &mut task, &name, place.tier != NO_TIER);
    } else if !is_alone && chain.chunking && draw.chance(75) {
        name = chunking::template(&name);
        names = chunking::put(draw, &mut task, &name);
    }
    let tier = place.tier;
    if !place.is_many && draw.chance(4) {
        task.put("label", format!("custom-label-{}", draw.serial()));
        names.clear();
    }
    kind.add(&name, task, tier, is_cached, &names);
}

/// Sets the text at a dotted path, if there is a text, by what is made of it; says whether there was.
pub(super) fn amend(task: &mut Mapping, path: &str, change: impl FnOnce(&str) -> String) -> bool {
    let (first, rest) = path.split_once('.').unwrap_or((path, ""));
    let mut value = task.get_mut(first);
    for step in rest.split('.').filter(|step| !step.is_empty()) {
        value = match value {
            Some(Document::Map(entries)) => {
                let mut entries = entries.iter_mut();
                entries.find(|(key, _)| matches!(key, Document::Text(key) if key == step)).map(|(_, value)| value)
            }
            _ => None,
        };
    }
    match value {
        Some(Document::Text(text)) => {
            *text = change(text);
            true
        }
        _ => false,
    }
}
