//! What every task may say, whichever transforms read it.

use super::dependencies;
use super::document::{Document, Mapping, map};
use super::draw::Draw;
use super::keyed_by;
use super::values::{self, free_map, period, text, text_or_braces, word};
use super::world::{NO_TIER, Place};

/// Project lists and the like.
fn projects(draw: &mut Draw) -> Document {
    draw.some_of(&["all", "project", "example", "try", "a-project"], 2).into()
}

/// Fills in what is common to run descriptions and task descriptions.
pub(super) fn common(draw: &mut Draw, place: &Place<'_>, task: &mut Mapping) {
    task.put("description", text_or_braces(draw, place.braces));
    task.put("attributes", attributes(draw));
    dependencies::put(draw, place, task);
    task.maybe(draw, 10, "requires", |draw| draw.pick(&["all-completed", "all-resolved"]).to_owned());
    task.maybe(draw, 15, "expires-after", period);
    task.maybe(draw, 15, "deadline-after", period);
    task.maybe(draw, 10, "priority", values::priority);
    task.maybe(draw, 20, "routes", |draw| routes(draw, place));
    task.maybe(draw, 25, "scopes", |draw| scopes(draw, place.braces));
    task.maybe(draw, 12, "tags", |draw| {
        let mut tags = Mapping::new();
        for _ in 0..draw.between(0, 3) {
            let key = draw.pick(&["os", "retrigger", "label", "kind", "x", "\u{e9}"]).to_owned();
            if !tags.has(&key) {
                tags.put(key, text(draw));
            }
        }
        tags
    });
    task.maybe(draw, 15, "extra", |draw| extra(draw, place));
    treeherder(draw, place, task);
    if !place.world.config.products.is_empty() {
        task.maybe(draw, 20, "index", |draw| index(draw, &place.world.config.products));
    } else {
        task.maybe(draw, 3, "index", |_| map! {});
    }
    task.maybe(draw, 25, "run-on-projects", |draw| {
        keyed_by::maybe(draw, 25, ("build-platform", &["linux", "mac.*", "linux64/opt"]), &mut projects)
    });
    task.maybe(draw, 20, "run-on-tasks-for", |draw| {
        draw.some_of(&["all", "github-push", "hg-push", "cron", "github-pull-request", "github-release", "action"], 4)
    });
    task.maybe(draw, 12, "run-on-git-branches", |draw| {
        draw.some_of(&["all", "main", "release/.*", "^mai", "dev", r"v\d+", "refs/heads/main"], 2)
    });
    task.maybe(draw, 10, "shipping-phase", |draw| draw.pick(&["build", "promote", "push", "ship"]).to_owned());
    task.maybe(draw, 12, "always-target", |draw| draw.chance(60));
    task.maybe(draw, 10, "needs-sccache", |draw| draw.chance(60));
}

/// Attributes: those that mean something, words to group by, and anything.
fn attributes(draw: &mut Draw) -> Document {
    let mut attributes = Mapping::new();
    attributes.maybe(draw, 60, "build-type", |draw| draw.pick(&["opt", "debug", "asan", ""]).to_owned());
    attributes.maybe(draw, 30, "platform", |draw| draw.pick(&["linux", "mac", "win"]).to_owned());
    attributes
        .maybe(draw, 20, "build_platform", |draw| draw.pick(&["linux", "macosx", "linux64/opt", "win"]).to_owned());
    attributes.maybe(draw, 15, "code-review", |draw| draw.one_of(&[true, true, true, false]));
    attributes.maybe(draw, 6, "cron", |draw| draw.chance(50));
    attributes.maybe(draw, 5, "shipping_phase", |draw| draw.pick(&["build", "ship"]).to_owned());
    attributes.maybe(draw, 8, "artifact_prefix", |draw| draw.pick(&["public/build", "private", "a/b"]).to_owned());
    attributes.maybe(draw, 4, "task_duplicates", |draw| draw.between(1, 3));
    attributes.maybe(draw, 4, "retrigger", |draw| draw.chance(50));
    attributes.maybe(draw, 4, "run_on_projects", projects);
    attributes.maybe(draw, 15, "anything", |draw| free_map(draw, 3));
    attributes.maybe(draw, 6, "unhashable", |draw| draw.many(0, 3, word));
    attributes.shuffled(draw).into()
}

fn routes(draw: &mut Draw, place: &Place<'_>) -> Document {
    let mut routes = draw.many(0, 3, |draw| match draw.below(5) {
        0 => format!("notify.email.{}@example.com.on-failed", word(draw)),
        1 => format!("notify.pulse.{}.on-any", word(draw)),
        2 if !place.is_many => format!("index.{}.v2.custom.x{}", place.world.config.trust_domain, draw.serial()),
        3 => format!("index.elsewhere.{}", word(draw)),
        _ => format!("something.{}", word(draw)),
    });
    if draw.rarely(25) {
        routes.extend((0..66).map(|number| format!("index.many.routes.n{number}")));
    }
    routes.into()
}

fn scopes(draw: &mut Draw, braces: bool) -> Document {
    const SCOPES: [&str; 7] = [
        "queue:route:x",
        "secrets:get:a/b",
        "assume:repo:x:*",
        "secrets:get:{project}/level-{level}",
        "{level}",
        "",
        "queue:get-artifact:x/*",
    ];
    let scopes = if braces { &SCOPES[..] } else { &SCOPES[..3] };
    draw.many(0, 3, |draw| draw.pick(scopes).to_owned()).into()
}

fn extra(draw: &mut Draw, place: &Place<'_>) -> Document {
    let mut extra = Mapping::new();
    for _ in 0..draw.between(0, 3) {
        let key = format!("{}{}", word(draw), draw.serial());
        let value = if draw.chance(15) { dependencies::reference(draw, place) } else { values::free(draw, 3) };
        extra.put(key, value);
    }
    extra.maybe(draw, 4, "index", |_| map! { "expires" => "never" });
    extra.into()
}

fn treeherder(draw: &mut Draw, place: &Place<'_>, task: &mut Mapping) {
    if place.tier == NO_TIER {
        task.maybe(draw, 4, "treeherder", |_| false);
        return;
    }
    // The symbol of the kind is that of one task only.
    if place.tier == 1 && place.siblings.is_empty() && !place.is_many && draw.chance(10) {
        task.put("treeherder", true);
        return;
    }
    let mut treeherder = Mapping::new();
    let serial = draw.serial();
    treeherder.put("symbol", symbol(draw, &place.world.config.groups, serial));
    treeherder.maybe(draw, 60, "kind", |draw| draw.pick(&["build", "test", "other"]).to_owned());
    if place.tier != 1 || draw.chance(40) {
        treeherder.put("tier", place.tier);
    }
    treeherder.maybe(draw, 50, "platform", |draw| {
        draw.pick(&["linux/opt", "mac/debug", "a/b/c", "default/opt", "\u{e9}/\u{e9}"]).to_owned()
    });
    task.put("treeherder", treeherder.shuffled(draw));
}

/// A symbol that no other task has, of a group that has a name.
fn symbol(draw: &mut Draw, groups: &[String], serial: u32) -> String {
    let symbol = match draw.below(8) {
        0 => format!("{serial:0>25}"),
        1 => format!("{}-{serial}", word(draw)),
        2 => format!("\u{e9}{serial}"),
        _ => format!("s{serial}"),
    };
    if groups.is_empty() || draw.chance(30) { symbol } else { format!("{}({symbol})", draw.one_of(groups)) }
}

/// An `index` block.
pub(super) fn index(draw: &mut Draw, products: &[String]) -> Document {
    let mut index = Mapping::new();
    index.put("product", draw.one_of(products));
    index.put("job-name", format!("job-{}", draw.serial()));
    index.maybe(draw, 30, "type", |_| "generic");
    index.maybe(draw, 40, "rank", |draw| match draw.below(3) {
        0 => Document::from("by-tier"),
        1 => "build_date".into(),
        _ => draw.between(0, 2_000_000_000).into(),
    });
    index.shuffled(draw).into()
}

/// `optimization`, or `when` where run descriptions are read.
pub(super) fn optimization(draw: &mut Draw, task: &mut Mapping, with_when: bool) {
    match draw.below(if with_when { 12 } else { 8 }) {
        0 => task.put("optimization", Document::null()),
        1 | 2 => task.put("optimization", map! { "skip-unless-changed" => patterns(draw) }),
        3 => task.put("optimization", map! { "index-search" => index_paths(draw) }),
        8 | 9 => task.put("when", map! { "files-changed" => patterns(draw) }),
        10 if draw.chance(20) => task.put("when", map! {}),
        11 if draw.chance(20) => {
            let strategy = draw.pick(&["never", "always", "never", "always", "no-such-strategy"]).to_owned();
            task.put("optimization", map! { strategy => values::free(draw, 1) });
        }
        _ => {}
    }
}

fn patterns(draw: &mut Draw) -> Document {
    draw.many(0, 3, values::path_pattern).into()
}

/// What the index holds, as `index.yml` says it.
pub(super) fn index_entries() -> Document {
    let entry = |state: &str, expires: &str| map! { "state" => state, "expires" => expires };
    map! {
        "found.completed" => entry("completed", "1 year"),
        "found.level-1.completed" => entry("completed", "1 year"),
        "found.level-3.completed" => entry("completed", "1 year"),
        "found.pending" => entry("pending", "1 year"),
        "found.soon" => entry("completed", "1 hour"),
        "found.failed" => entry("failed", "1 year"),
    }
}

/// Index paths, some of which are found.
pub(super) fn index_paths(draw: &mut Draw) -> Document {
    const PATHS: [&str; 7] = [
        "found.completed",
        "found.level-1.completed",
        "found.pending",
        "found.soon",
        "found.failed",
        "missing.a",
        "missing.b",
    ];
    draw.many(0, 3, |draw| draw.pick(&PATHS).to_owned()).into()
}
