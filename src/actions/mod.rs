//! Actions: what can be asked of a push after its decision, offered in Treeherder's menus.
//!
//! To add one: write `actions/<name>.rs`, add its row to [`ACTIONS`]. What several share is in [`support`].

mod add_by_query;
mod add_new_jobs;
mod all_perf;
mod back_revisions;
mod backfill;
mod backfill_task;
mod cancel;
mod cancel_all;
mod change_priority;
mod confirm_failures;
mod create_interactive;
mod fill;
mod new_test;
mod purge_cache;
mod rebuild_cached_tasks;
mod rerun;
mod retrigger;
mod retrigger_decision;
mod retrigger_disabled;
mod retrigger_multiple;
mod run_missing_tests;
pub mod support;
mod trigger_range;

use futures::future::LocalBoxFuture;

use self::support::{Call, Error};
use crate::model::Parameters;

/// One thing that can be asked of a push.
///
/// Source of the fields: the [actions specification] of Taskcluster.
///
/// [actions specification]: https://docs.taskcluster.net/docs/manual/design/conventions/actions/spec
#[derive(Clone, Copy, Debug)]
pub struct Action {
    /// The name its callback is called by; unique. Part of hook names and scopes where it has a permission of its own.
    pub cb_name: &'static str,
    /// The name that menus find it by; of several of one name, the first whose context matches counts.
    pub name: &'static str,
    /// What the menu shows.
    pub title: &'static str,
    /// What Treeherder shows for the action task: 1 to 25 characters.
    pub symbol: &'static str,
    /// What it does, in Markdown.
    pub description: &'static str,
    /// Its place in menus, smallest first.
    pub order: u32,
    /// The tasks it can be asked of.
    pub context: Context,
    /// The permission that its hook is named after; must not contain `/`.
    pub permission: &'static str,
    /// The JSON Schema of its input, as JSON; none if it takes no input.
    pub schema: Option<&'static str>,
    /// Whether it is offered for a push.
    pub available: fn(&Parameters) -> bool,
    /// Whose it is.
    pub origin: Origin,
    /// What it does.
    pub run: Run,
}

/// Whose an action is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The reference has it: every project offers it.
    Reference,
    /// It is ours: a project offers it that names it in `extra-actions` of its `config.yml`. Hooks and scopes are made
    /// for permissions one by one, and an entry without its hook would be dead.
    Extra,
    /// It is fired by that other action on other pushes: offered wherever that is.
    SupportOf(&'static str),
}

/// What an action does when it is called.
pub type Run = for<'a> fn(&'a Call<'a>) -> LocalBoxFuture<'a, Result<(), Error>>;

/// Sets of tags: an action can be asked of a task that has all tags of one of the sets.
///
/// No set at all: it is asked of the whole group. An empty set: it can be asked of any task.
pub type Context = &'static [&'static [(&'static str, &'static str)]];

/// Of the whole group.
const GROUP: Context = &[];

/// Of any task.
const ANY_TASK: Context = &[&[]];

/// The permission of actions that need no scopes of their own.
const GENERIC: &str = "generic";

/// For every push.
const fn always(_: &Parameters) -> bool {
    true
}

/// Every action of ours, by callback name.
pub const ACTIONS: &[Action] = &[
    add_by_query::ACTION,
    add_new_jobs::ACTION,
    all_perf::ACTION,
    back_revisions::ACTION,
    backfill::ACTION,
    backfill_task::ACTION,
    cancel::ACTION,
    cancel_all::ACTION,
    change_priority::ACTION,
    confirm_failures::ACTION,
    create_interactive::ACTION,
    fill::ACTION,
    new_test::ACTION,
    purge_cache::ACTION,
    rebuild_cached_tasks::ACTION,
    rerun::ACTION,
    retrigger::ACTION,
    retrigger_decision::ACTION,
    retrigger_disabled::ACTION,
    retrigger_multiple::ACTION,
    run_missing_tests::ACTION,
    trigger_range::ACTION,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_keep_to_the_specification() {
        for action in ACTIONS {
            assert!((1..=255).contains(&action.name.len()) && action.title.len() <= 255, "{}", action.cb_name);
            assert!(action.description.len() <= 4096, "{}", action.cb_name);
            assert!((1..=25).contains(&action.symbol.chars().count()), "{}", action.cb_name);
            assert!(!action.permission.contains('/'), "{}: `*` in a scope would match too much", action.cb_name);
            if let Some(schema) = action.schema {
                let schema: serde_json::Value = serde_json::from_str(schema).unwrap();
                jsonschema::validator_for(&schema).unwrap();
            }
        }
    }
}
