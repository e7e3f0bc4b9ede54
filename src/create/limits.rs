//! What the queue does not take, told before anything is sent.
//!
//! Only what its own answer would not say well: a body that is too large and a NUL end in an internal error of the
//! service, which looks as if it might pass; too many dependencies or routes in a list of all of them. Source: the
//! schema of `createTask`, and what the services of v106 answer.

use super::prepare::Prepared;
use crate::diagnostics::{Diagnostic, Mistakes};
use crate::json;
use crate::yaml::{Node, Value};

/// The largest request that the services read, in bytes.
const MOST_BYTES: usize = 10 * 1024 * 1024;

/// The most tasks that one may depend on.
const MOST_DEPENDENCIES: usize = 10_000;

/// The most routes of a task.
const MOST_ROUTES: usize = 64;

/// The longest route, in characters.
const LONGEST_ROUTE: usize = 249;

/// Bytes that one byte of text may take in JSON: `\u001f`.
const ESCAPED: usize = 6;

/// Bytes that a value takes at most beside its text: quotes, a comma, a number.
const PUNCTUATION: usize = 32;

/// Everything in the definition, as it would be sent, that the queue does not take.
pub(super) fn check(task: &Prepared<'_>, definition: &Node) -> Result<(), Mistakes> {
    let mut told = Vec::new();
    let mut tell = |message: String, node: Option<&Node>, help: &str| {
        let span = node.map(|node| node.span).unwrap_or_default().or(task.span);
        told.push(Diagnostic::error(message).at(span).in_task(task.label.as_str()).help(help));
    };
    let list = |key: &str| definition.get(key).and_then(Node::as_list).unwrap_or_default();
    let dependencies = list("dependencies").len();
    if dependencies > MOST_DEPENDENCIES {
        let message = format!("the task depends on {dependencies} tasks; the queue takes at most {MOST_DEPENDENCIES}");
        tell(message, None, "put tasks in between, each of which waits for a part");
    }
    let routes = list("routes");
    if routes.len() > MOST_ROUTES {
        let message = format!("the task has {} routes; the queue takes at most {MOST_ROUTES}", routes.len());
        tell(message, routes.first(), "leave some out, or index the task with `index` and let index tasks be added");
    }
    for route in routes {
        let length = route.as_str().map_or(0, |route| route.chars().count());
        if length > LONGEST_ROUTE {
            let message = format!("a route has {length} characters; the queue takes at most {LONGEST_ROUTE}");
            tell(message, Some(route), "shorten it");
        }
    }
    let mut weight = Weight::default();
    weight.add(definition);
    if let Some(node) = weight.nul {
        tell("a text holds the character U+0000, which the queue cannot store".into(), Some(node), "remove it");
    }
    if weight.most_bytes > MOST_BYTES
        && let Ok(text) = json::to_string(definition, json::Format::COMPACT)
        && text.len() > MOST_BYTES
    {
        let message = format!("the task is {} bytes long; the queue reads at most {MOST_BYTES}", text.len());
        tell(message, None, "move what is large into an artifact or a file of the tree");
    }
    Mistakes(told).or(())
}

/// What is found on one way through a definition: quick, since every task goes it.
#[derive(Default)]
struct Weight<'n> {
    /// No fewer bytes than it takes as JSON.
    most_bytes: usize,
    /// A text with a NUL.
    nul: Option<&'n Node>,
}

impl<'n> Weight<'n> {
    fn add(&mut self, node: &'n Node) {
        match &node.value {
            Value::Str(text) => self.text(node, text),
            Value::List(items) => items.iter().for_each(|item| self.add(item)),
            Value::Map(map) => {
                for (key, value) in map.iter() {
                    self.add(key);
                    self.add(value);
                }
            }
            _ => {}
        }
        self.most_bytes += PUNCTUATION;
    }

    fn text(&mut self, node: &'n Node, text: &str) {
        self.most_bytes += ESCAPED * text.len();
        if text.contains('\0') {
            self.nul.get_or_insert(node);
        }
    }
}
