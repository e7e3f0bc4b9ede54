//! `scriptworker-lando`: changes a repository through Lando. From `mozilla_taskgraph`.

#[expect(dead_code, reason = "most of it is read only to be checked: the worker is handed what was written")]
mod actions;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Package, Payload, PayloadBuilder, PayloadContext, ScopeOrder, scriptworker};
use crate::diagnostics::{Diagnostic, Mistakes};
use crate::generate::shared::as_written::AsWritten;
use crate::generate::shared::schema::schema_of;
use crate::model::Parameters;
use crate::yaml::{self, Map, Node};
use actions::{Action, L10nBump};

/// The row.
pub(super) const SCRIPTWORKER_LANDO: PayloadBuilder = PayloadBuilder {
    implementation: "scriptworker-lando",
    package: Package::MozillaTaskgraph,
    schema: schema_of::<Worker>,
    build,
};

/// `worker` of a task that changes a repository through Lando. Other keys are allowed and mean nothing.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
struct Worker {
    /// `scriptworker-lando`
    #[serde(rename = "implementation")]
    _implementation: String,
    /// The operating system, which means nothing here.
    #[serde(rename = "os", default)]
    _os: Option<String>,
    /// The repository, as Lando calls it.
    lando_repo: String,
    /// What is done, in order.
    actions: Vec<Action>,
    /// Whether it is done while the tree is closed.
    #[serde(default)]
    ignore_closed_tree: Option<bool>,
    /// Whether the push makes no tasks.
    #[serde(default)]
    dontbuild: Option<bool>,
    /// Whether nothing is pushed.
    #[serde(default)]
    force_dry_run: Option<bool>,
    /// Matrix rooms that are told when the task is pending and when it is resolved.
    #[serde(default)]
    matrix_rooms: Option<Vec<String>>,
}

fn build(context: &PayloadContext<'_>) -> Result<Payload, Mistakes> {
    let worker: Worker = yaml::read_noting(context.worker, context.kind.warnings)?;
    let mut payload = Map::from([("actions", Node::default()), ("lando_repo", Node::new(worker.lando_repo.as_str()))]);
    if let Some(ignore) = worker.ignore_closed_tree {
        payload.insert("ignore_closed_tree", ignore);
    }
    let switches = [("dontbuild", worker.dontbuild), ("dry_run", worker.force_dry_run)];
    payload.extend(switches.into_iter().filter(|(_, on)| *on == Some(true)).map(|(key, _)| (key, true)));
    let mut names = Vec::new();
    for action in &worker.actions {
        for Asked { name, key, info } in asked(action, context.kind.parameters)? {
            payload.insert(key, info);
            names.push(name);
        }
    }
    payload.insert("actions", names.iter().map(|name| Node::new(*name)).collect::<Vec<_>>());
    let rooms = worker.matrix_rooms.unwrap_or_default();
    let mut scopes = vec![format!("project:releng:lando:repo:{}", worker.lando_repo)];
    scopes.extend(names.iter().map(|name| format!("project:releng:lando:action:{name}")));
    scopes.extend(rooms.first().map(|_| "queue:route:notify.matrix-room.*".to_owned()));
    let route =
        |room: &String| ["pending", "resolved"].map(|when| Node::new(format!("notify.matrix-room.{room}.on-{when}")));
    Ok(Payload {
        scopes: scopes.into_iter().map(Node::new).collect(),
        scope_order: ScopeOrder::Sorted,
        routes: rooms.iter().flat_map(route).collect(),
        ..scriptworker::payload(payload)
    })
}

/// What the worker is asked to do: the action's name, and what it is told under which key.
struct Asked {
    name: &'static str,
    key: &'static str,
    info: Node,
}

/// What an entry of `actions` asks for, in the order the worker does it.
fn asked(action: &Action, parameters: &Parameters) -> Result<Vec<Asked>, Diagnostic> {
    let mut asked = Vec::new();
    let mut ask = |name, key, info| asked.push(Asked { name, key, info });
    if let Some(info) = &action.android_l10n_import {
        ask("android_l10n_import", "android_l10n_import_info", told(info.node(), Some("toml-info")).into());
    }
    if let Some(info) = &action.android_l10n_sync {
        ask("android_l10n_sync", "android_l10n_sync_info", told(info.node(), Some("toml-info")).into());
    }
    if let Some(info) = action.l10n_bump.as_deref().filter(|info| !info.is_empty()) {
        ask("l10n_bump", "l10n_bump_info", l10n_bumps(info)?);
    }
    if let Some(tag) = &action.tag {
        return Err(Diagnostic::error("`tag` needs a `shipping-product`, and no task has one").at(tag.node().span));
    }
    if let Some(info) = &action.version_bump {
        let files: Vec<Node> = info.bump_files.iter().map(Node::from).collect();
        let next = yaml::write(&parameters.next_version);
        ask(
            "version_bump",
            "version_bump_info",
            Map::from([("next_version", next), ("files", Node::new(files))]).into(),
        );
    }
    let mut merge = |info: Map| ask("merge_day", "merge_info", info.into());
    if let Some(info) = &action.esr_bump {
        merge(told(info.node(), Some("version-files")));
    }
    if let Some(info) = &action.main_bump {
        merge(told(info.node(), Some("version-files")));
    }
    if let Some(info) = &action.early_to_late_beta {
        merge(told(info.node(), None));
    }
    if let Some(info) = &action.uplift {
        let mut merged = told(info.node(), Some("version-files"));
        merged.insert("merge_old_head", true);
        if let Some(bumps) = info.l10n_bump_info.as_deref().filter(|bumps| !bumps.is_empty()) {
            merged.insert("l10n_bump_info", l10n_bumps(bumps)?);
        }
        merge(merged);
    }
    Ok(asked)
}

/// The mapping with underscores for dashes in its keys, and in those of the mappings in the list `also`.
fn told(info: &Node, also: Option<&str>) -> Map {
    let entry = |(key, value): &(Node, Node)| {
        let name = key.as_str().unwrap_or_default();
        let value = match value.as_list() {
            Some(items) if also == Some(name) => items.iter().map(|item| Node::new(told(item, None))).collect(),
            _ => value.clone(),
        };
        (Node::new(name.replace('-', "_")), value)
    };
    info.as_map().into_iter().flat_map(Map::iter).map(entry).collect()
}

fn l10n_bumps(bumps: &[AsWritten<L10nBump>]) -> Result<Node, Diagnostic> {
    let url = |bump: &AsWritten<L10nBump>| bump.l10n_repo_url.as_str().to_owned();
    if let Some(other) = bumps.iter().find(|bump| url(bump) != url(&bumps[0])) {
        return Err(Diagnostic::error("all of a task must have the same `l10n-repo-url`")
            .at(other.l10n_repo_url.span())
            .related(bumps[0].l10n_repo_url.span(), "the first is this"));
    }
    Ok(bumps.iter().map(|bump| Node::new(told(bump.node(), None))).collect())
}
