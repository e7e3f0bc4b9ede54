//! How a finished task says to be shown on Treeherder.

use crate::diagnostics::Diagnostic;
use crate::generate::context::KindContext;
use crate::generate::shared::edit::map_in;
use crate::generate::shared::text::Text;
use crate::generate::shared::treeherder::{Symbol, default_job_kind, default_symbol};
use crate::model::Parameters;
use crate::yaml::{self, Map, Node};

use super::TaskDescription;
use super::description::{TreeherderChoice, TreeherderDescription};

const DEFAULT_PLATFORM: &str = "default/opt";
const DEFAULT_TIER: i64 = 1;

/// How many keys there are at most.
const KEYS: usize = 7;

/// Adds to `extra` what Treeherder reads, and gives the route by which it hears of the task.
pub(super) fn show(
    kind: &KindContext<'_>,
    task: &TaskDescription,
    extra: &mut Map,
) -> Result<Option<Node>, Diagnostic> {
    let given = match &task.treeherder {
        None | Some(TreeherderChoice::Shown(false)) => return Ok(None),
        Some(TreeherderChoice::Shown(true)) => &TreeherderDescription::default(),
        Some(TreeherderChoice::With(given)) => given,
    };
    let platform = given.platform.as_ref().map_or_else(|| Node::new(DEFAULT_PLATFORM), Node::from);
    let place = kind.once("treeherder", [&platform].into_iter(), |kind| {
        let said = given.platform.as_ref().map_or(DEFAULT_PLATFORM, Text::as_str);
        Place::of(kind, said).ok_or_else(|| {
            let span = given.platform.as_ref().map_or(task.label.span(), Text::span);
            Diagnostic::error(format!("`{said}` is not a Treeherder platform"))
                .at(span)
                .help("write `platform/collection`")
        })
    })?;
    extra.get_or_insert("treeherder-platform", || Node::new(platform.value));
    extra.get_or_insert("treeherder", || Node::new(Map::with_capacity(KEYS)));
    let shown = map_in(extra, "treeherder")?;
    shown.insert("machine", place.machine.clone());
    shown.insert("collection", place.collection.clone());
    add_symbol(kind, task, given, shown)?;
    let job_kind =
        given.kind.map_or_else(|| Node::new(default_job_kind(kind.kind.as_str())), |kind| yaml::write(&kind));
    shown.insert("jobKind", job_kind);
    shown.insert("tier", given.tier.unwrap_or_else(|| DEFAULT_TIER.into()));
    Ok(Some(place.route.clone()))
}

/// What is the same for all tasks of a platform.
struct Place {
    machine: Node,
    collection: Node,
    route: Node,
}

impl Place {
    /// From `platform/collection`.
    fn of(kind: &KindContext<'_>, platform: &str) -> Option<Self> {
        let (machine, collection) = platform.split_once('/')?;
        Some(Self {
            machine: Node::new(Map::from([("platform", machine)])),
            collection: Node::new(Map::from([(collection, true)])),
            route: Node::new(route(kind.parameters)),
        })
    }
}

fn add_symbol(
    kind: &KindContext<'_>,
    task: &TaskDescription,
    given: &TreeherderDescription,
    shown: &mut Map,
) -> Result<(), Diagnostic> {
    let default = default_symbol(kind.kind.as_str());
    let text = given.symbol.as_ref().map_or(default.as_str(), Text::as_str);
    let span = given.symbol.as_ref().map_or(task.label.span(), Text::span);
    let symbol = Symbol::parse(text).map_err(|mistake| mistake.at(span))?;
    if let Some(group) = symbol.group {
        let names = kind.graph_config.treeherder.as_ref().and_then(|treeherder| treeherder.group_names.as_ref());
        let name = names.and_then(|names| names.get(group)).ok_or_else(|| {
            Diagnostic::error(format!("Treeherder group `{group}` has no name"))
                .at(span)
                .help("add it to `treeherder.group-names` in config.yml")
        })?;
        shown.insert("groupSymbol", group);
        shown.insert("groupName", name.clone());
    }
    shown.insert("symbol", symbol.symbol);
    Ok(())
}

fn route(parameters: &Parameters) -> String {
    let (project, suffix) = if parameters.is_pull_request() {
        // The project is named after the head's repository, and Treeherder knows only the base's.
        let base = parameters.base_repository.rsplit('/').next().unwrap_or_default();
        (base.strip_suffix(".git").unwrap_or(base), "-pr")
    } else {
        (parameters.project.as_str(), "")
    };
    format!("tc-treeherder.v2.{project}{suffix}.{}.{}", parameters.head_rev, parameters.pushlog_id)
}

/// The end of the description of a task that Treeherder shows: a link to its push.
pub(super) fn link(parameters: &Parameters) -> String {
    let suffix = if parameters.is_pull_request() { "-pr" } else { "" };
    format!(
        " ([Treeherder push](https://treeherder.mozilla.org/#/jobs?repo={}{suffix}&revision={}))",
        parameters.project, parameters.head_rev
    )
}
