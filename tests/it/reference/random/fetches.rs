//! `fetches`: what tasks download before they begin.

use super::document::{Document, Mapping};
use super::draw::Draw;
use super::values::word;
use super::world::{Made, Place};

/// Downloads from fetches, toolchains and other dependencies.
pub(super) fn put(draw: &mut Draw, place: &Place<'_>, task: &mut Mapping) {
    let visible = place.visible();
    let mut fetches = Mapping::new();
    for kind in ["fetch", "toolchain"] {
        let names: Vec<&String> =
            visible.iter().filter(|task| task.kind == kind).filter_map(|task| task.artifact.as_ref()).collect();
        if !names.is_empty() && draw.chance(40) {
            let chosen = draw.some_of(&names, 3);
            let entries = chosen.into_iter().map(|name| entry(draw, name)).collect::<Vec<_>>();
            fetches.put(kind, entries);
        }
    }
    let is_seen = |dependency: &Made| place.dependencies.contains(&dependency.kind) || dependency.kind == place.kind;
    for (edge, _) in place.edges.iter().filter(|(_, dependency)| is_seen(dependency)) {
        // Other letters are escaped where they are looked up.
        let is_plain = edge.is_ascii() || draw.rarely(20);
        if is_plain && edge != "fetch" && edge != "toolchain" && draw.chance(30) {
            let entries = draw.many(0, 2, |draw| {
                let name = draw.pick(&["target.zip", "a/b.tar.gz", "x"]).to_owned();
                entry(draw, &name)
            });
            fetches.put(edge.as_str(), entries);
        }
    }
    if !fetches.is_empty() || draw.chance(2) {
        task.put("fetches", fetches.shuffled(draw));
    }
}

/// One download.
pub(super) fn entry(draw: &mut Draw, artifact: &str) -> Document {
    if draw.chance(55) {
        return artifact.into();
    }
    let mut entry = Mapping::new();
    entry.put("artifact", artifact);
    entry.maybe(draw, 40, "dest", word);
    entry.maybe(draw, 40, "extract", |draw| draw.chance(50));
    entry.maybe(draw, 30, "verify-hash", |draw| draw.chance(60));
    entry.shuffled(draw).into()
}
