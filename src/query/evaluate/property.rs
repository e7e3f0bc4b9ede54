//! The texts a task has for what it can be asked for.

use crate::model::{Label, Task};
use crate::query::Field;
use crate::yaml::{Map, Node, Value};

/// What patterns are compared with.
#[derive(Clone, Copy, Debug)]
pub(super) enum Property<'a> {
    /// One of ours.
    Field(Field),
    /// An attribute, by name; or, with dots, something in one.
    Attribute(&'a str),
}

/// The attributes that say what a task builds for or tests on.
const PLATFORMS: [&str; 3] = ["platform", "build_platform", "test_platform"];

/// The attributes that say which suite a task runs. Source: the names that Firefox's try syntax goes by.
const SUITES: [&str; 5] = ["suite", "unittest_suite", "unittest_try_name", "talos_try_name", "raptor_try_name"];

impl Property<'_> {
    /// What it is called in messages.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Field(field) => field.name().to_owned(),
            Self::Attribute(name) => format!("attribute `{name}`"),
        }
    }

    /// Shows every text that the task has for it; most have one or none.
    pub(super) fn each_text(&self, task: &Task<Label>, see: &mut dyn FnMut(&str)) {
        match self {
            Self::Attribute(name) => {
                attribute(task, name).into_iter().for_each(|value| each_text_of(value, see));
            }
            Self::Field(field) => each_text_of_field(*field, task, see),
        }
    }
}

fn each_text_of_field(field: Field, task: &Task<Label>, see: &mut dyn FnMut(&str)) {
    match field {
        Field::Label => see(task.label.as_str()),
        Field::Kind => see(task.kind.as_str()),
        Field::Platform => each_platform(task, see),
        Field::Suite => each_attribute(task, &SUITES, &mut |value| each_text_of(value, see)),
        Field::Tier => treeherder(task, "tier").into_iter().for_each(|tier| each_text_of(tier, see)),
        Field::Group => treeherder_text(task, "groupSymbol").into_iter().for_each(see),
        Field::Symbol => each_symbol(task, see),
        Field::WorkerType => each_worker_type(task, see),
        Field::Scope => task.definition.get("scopes").into_iter().for_each(|scopes| each_text_of(scopes, see)),
    }
}

/// Platforms with their build type (`linux64/opt`) and without.
fn each_platform(task: &Task<Label>, see: &mut dyn FnMut(&str)) {
    each_attribute(task, &PLATFORMS, &mut |value| {
        let Some(name) = value.as_str() else { return };
        see(name);
        if let Some((platform, _)) = name.split_once('/') {
            see(platform);
        }
    });
    let machine = treeherder(task, "machine").and_then(|machine| machine.get("platform")?.as_str());
    let Some(machine) = machine else { return };
    see(machine);
    let collections = treeherder(task, "collection").and_then(Node::as_map).into_iter().flat_map(Map::keys);
    collections.for_each(|collection| see(&format!("{machine}/{collection}")));
}

/// Symbols alone (`bc1`) and as Treeherder writes them with their group (`M(bc1)`).
fn each_symbol(task: &Task<Label>, see: &mut dyn FnMut(&str)) {
    let Some(symbol) = treeherder_text(task, "symbol") else { return };
    see(symbol);
    if let Some(group) = treeherder_text(task, "groupSymbol") {
        see(&format!("{group}({symbol})"));
    }
}

/// Worker types alone and with their provisioner.
fn each_worker_type(task: &Task<Label>, see: &mut dyn FnMut(&str)) {
    let text = |key: &str| task.definition.get(key).and_then(Node::as_str);
    if let Some(worker_type) = text("workerType") {
        see(worker_type);
        if let Some(provisioner) = text("provisionerId") {
            see(&format!("{provisioner}/{worker_type}"));
        }
    }
    if let Some(queue) = text("taskQueueId") {
        see(queue);
        if let Some((_, worker_type)) = queue.split_once('/') {
            see(worker_type);
        }
    }
}

/// Shows the values of some attributes; one look at each attribute, however many are asked for.
fn each_attribute(task: &Task<Label>, names: &[&str], see: &mut dyn FnMut(&Node)) {
    let asked = task.attributes.text_entries().filter(|(name, _)| names.contains(name));
    asked.for_each(|(_, value)| see(value));
}

fn treeherder<'t>(task: &'t Task<Label>, key: &str) -> Option<&'t Node> {
    task.definition.get("extra")?.get("treeherder")?.get(key)
}

fn treeherder_text<'t>(task: &'t Task<Label>, key: &str) -> Option<&'t str> {
    treeherder(task, key)?.as_str()
}

/// The attribute of that name, or what the name's parts between dots lead to.
pub(super) fn attribute<'t>(task: &'t Task<Label>, name: &str) -> Option<&'t Node> {
    if let Some(found) = task.attribute(name) {
        return Some(found);
    }
    let (first, rest) = name.split_once('.')?;
    rest.split('.').try_fold(task.attribute(first)?, |node, key| node.get(key))
}

/// The texts of a value: each item of a list, each key of a mapping.
fn each_text_of(value: &Node, see: &mut dyn FnMut(&str)) {
    match &value.value {
        Value::Str(text) => see(text),
        Value::Bool(true) => see("true"),
        Value::Bool(false) => see("false"),
        Value::Int(number) => see(&number.to_string()),
        Value::Float(number) => see(&number.to_string()),
        Value::BigInt(digits) => see(digits),
        Value::List(items) => items.iter().for_each(|item| each_text_of(item, see)),
        Value::Map(entries) => entries.keys().for_each(see),
        Value::Null | Value::Bytes(_) | Value::Timestamp(_) => {}
    }
}
