//! Kinds whose tasks come from those of other kinds.

use super::document::{Document, Mapping, map};
use super::draw::Draw;
use super::kinds::Kind;
use super::run;
use super::values::word;
use super::world::{Made, NO_TIER, Place, World};

/// Makes up a kind that takes its tasks from its dependencies.
pub(super) fn kind(draw: &mut Draw, world: &mut World, name: &str) {
    let mut kind = Kind::new(draw, world, name);
    let full: Vec<String> =
        world.kinds.iter().filter(|kind| world.tasks.iter().any(|task| task.kind == **kind)).cloned().collect();
    let full: Vec<String> = full.into_iter().filter(|kind| *kind != world.config.docker_image_kind).collect();
    if full.is_empty() {
        return;
    }
    if !kind.dependencies.iter().any(|it| full.contains(it)) {
        kind.dependencies.push(draw.one_of(&full));
    }
    kind.has_defaults = true;
    kind.transforms = vec!["from_deps"];
    kind.is_default = draw.chance(75);
    if !kind.is_default {
        kind.transforms.extend(["run", "task"]);
    }
    for _ in 0..draw.between(1, 2) {
        let task_name = format!("from-{}{}", word(draw), draw.serial());
        one(draw, world, &mut kind, &task_name);
    }
    kind.write(draw, world);
}

fn one(draw: &mut Draw, world: &World, kind: &mut Kind, name: &str) {
    let mut from_deps = Mapping::new();
    let mut kinds = kind.dependencies.clone();
    // An edge to an image must not be called as that of the image the task runs in.
    kinds.retain(|it| *it != world.config.docker_image_kind || draw.rarely(20));
    if kinds.len() < kind.dependencies.len() {
        from_deps.put("kinds", kinds.clone());
    } else if draw.chance(40) {
        let chosen = draw.some_of(&kinds, 2);
        if !chosen.is_empty() {
            kinds = chosen;
            from_deps.put("kinds", kinds.clone());
        }
    }
    let in_kinds: Vec<&Made> = world.tasks.iter().filter(|task| kinds.contains(&task.kind)).collect();
    let mut sources = in_kinds.clone();
    if draw.chance(20) {
        let (attribute, value) = draw.one_of(&[("platform", "linux"), ("build-type", "opt"), ("no-such", "x")]);
        sources.retain(|task| task.attributes.contains(&(attribute.to_owned(), value.to_owned())));
        let value = if draw.chance(40) { Document::from(vec![value]) } else { value.into() };
        from_deps.put("with-attributes", map! { attribute => value });
    }
    let is_single = group_by(draw, &mut from_deps, &sources);
    let set_name = set_name(draw, &mut from_deps, is_single);
    from_deps.maybe(draw, 15, "copy-attributes", |draw| draw.chance(80));
    let (dependencies, made) = (kind.dependencies.clone(), Vec::new());
    let mut place = Place::choose(draw, world, &kind.name, &dependencies, &made);
    // Treeherder may show a task only if it shows those it depends on; copies of one symbol it refuses.
    place.tier = NO_TIER;
    place.is_many = true;
    fetches(draw, &mut from_deps, &in_kinds, &kinds);
    let mut task = run::description(draw, &place);
    drop(task.remove("index"));
    task.put("from-deps", from_deps.shuffled(draw));
    let names: Vec<String> = match set_name {
        Some(strips) if is_single => sources.iter().map(|source| new_name(source, strips)).collect(),
        _ => Vec::new(),
    };
    kind.add(name, task, NO_TIER, false, &names);
}

fn new_name(source: &Made, strips: bool) -> String {
    let stripped = source.label.strip_prefix(&source.kind).map(|rest| rest.get(1..).unwrap_or_default());
    if strips { stripped.unwrap_or(&source.label).to_owned() } else { source.label.clone() }
}

/// How tasks are grouped; whether each is a group of its own.
fn group_by(draw: &mut Draw, from_deps: &mut Mapping, sources: &[&Made]) -> bool {
    let several = sources.iter().enumerate().any(|(at, task)| sources[..at].iter().any(|it| it.kind == task.kind));
    match draw.below(10) {
        0 if !sources.is_empty() => from_deps.put("group-by", "all"),
        1 | 2 => {
            let attribute = draw.pick(&["build-type", "platform", "no-such", "kind"]);
            from_deps.put("group-by", map! { "attribute" => attribute });
        }
        3 => {
            from_deps.put("group-by", "single");
            return true;
        }
        _ => return true,
    }
    if several || draw.chance(30) {
        from_deps.put("unique-kinds", false);
    } else if draw.chance(20) {
        from_deps.put("unique-kinds", true);
    }
    false
}

/// How they are named: by their primary dependency without its kind, with it, or not at all.
fn set_name(draw: &mut Draw, from_deps: &mut Mapping, is_single: bool) -> Option<bool> {
    match draw.below(10) {
        0 | 1 => {
            from_deps.put("set-name", "retain-kind");
            Some(false)
        }
        2 => {
            from_deps.put("set-name", "strip-kind");
            Some(true)
        }
        3 if !is_single => {
            from_deps.put("set-name", if draw.chance(50) { Document::null() } else { false.into() });
            None
        }
        _ if draw.rarely(10) => {
            // What once was a truth and what may once be a mapping are names of nothing.
            from_deps.put(
                "set-name",
                if draw.chance(50) {
                    true.into()
                } else {
                    map! { "strip-kind" => "x" }
                },
            );
            None
        }
        _ => Some(true),
    }
}

fn fetches(draw: &mut Draw, from_deps: &mut Mapping, sources: &[&Made], kinds: &[String]) {
    if !draw.chance(40) {
        return;
    }
    let mut fetches = Mapping::new();
    for kind in draw.some_of(kinds, 2) {
        let of_kind: Vec<&&Made> = sources.iter().filter(|task| task.kind == kind).collect();
        let common = ["build-type", "platform"];
        let is_common = |name: &&&str| of_kind.iter().all(|task| task.attributes.iter().any(|(it, _)| it == **name));
        let attribute = common.iter().find(is_common).filter(|_| !of_kind.is_empty());
        let entries = draw.many(0, 3, |draw| {
            let mut entry = Mapping::new();
            let placeholder = attribute.map_or("x".to_owned(), |name| format!("{{{name}}}"));
            entry.put("artifact", format!("{placeholder}/target.zip"));
            entry.maybe(draw, 40, "dest", |_| placeholder.clone());
            entry.maybe(draw, 30, "extract", |draw| draw.chance(50));
            entry.maybe(draw, 20, "verify-hash", |draw| draw.chance(50));
            entry
        });
        // Those of these two are looked up by name.
        if kind != "fetch" && kind != "toolchain" {
            fetches.put(kind, entries);
        }
    }
    from_deps.put("fetches", fetches);
}
