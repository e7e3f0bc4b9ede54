//! Tells people and machines how a task went, through Taskcluster's notify service.
//!
//! Source: `taskgraph.transforms.notify` of the reference.

mod content;
mod legacy;

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};

pub use self::content::{Content, Email, Link, Matrix, Slack};
pub use self::legacy::Notifications;
use super::{Apply, Transform};
use crate::diagnostics::{Diagnostic, Mistakes, suggest};
use crate::generate::context::KindContext;
use crate::generate::shared::edit::{list_in, map_in};
use crate::generate::shared::format::substitute;
use crate::model::{Keyed, Stub};
use crate::yaml::{self, Map, Node, Value};

pub(super) const NOTIFY: Transform =
    Transform { name: "taskgraph.transforms.notify:transforms", apply: Apply::Each(notify) };

/// Key `notify` of a task.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Notify {
    /// Whom to tell.
    pub recipients: Vec<Recipient>,
    /// What to tell them; Taskcluster has words of its own if unset. `{task[name]}` and `{config[kind]}` and the like
    /// are filled in.
    #[serde(default)]
    pub content: Option<Content>,
}

/// What has to happen to a task.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum StatusType {
    /// It succeeded.
    #[default]
    OnCompleted,
    /// It was created.
    OnDefined,
    /// It could not be run.
    OnException,
    /// It failed.
    OnFailed,
    /// It may be run.
    OnPending,
    /// It is over, one way or the other.
    OnResolved,
    /// It is being run.
    OnRunning,
}

impl StatusType {
    const fn name(self) -> &'static str {
        match self {
            Self::OnCompleted => "on-completed",
            Self::OnDefined => "on-defined",
            Self::OnException => "on-exception",
            Self::OnFailed => "on-failed",
            Self::OnPending => "on-pending",
            Self::OnResolved => "on-resolved",
            Self::OnRunning => "on-running",
        }
    }
}

/// One recipient, as `{type: email, address: …}`.
#[derive(Clone, Debug)]
pub struct Recipient {
    medium: &'static Medium,
    address: Keyed<String>,
    status: StatusType,
}

/// A way to reach a recipient: its `type`, and the key of what it is reached by.
#[derive(Debug)]
struct Medium {
    name: &'static str,
    key: &'static str,
}

const MEDIA: &[Medium] = &[
    Medium { name: "email", key: "address" },
    Medium { name: "matrix-room", key: "room-id" },
    Medium { name: "pulse", key: "routing-key" },
    Medium { name: "slack-channel", key: "channel-id" },
];

impl<'de> Deserialize<'de> for Recipient {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let node = Node::deserialize(deserializer)?;
        recipient(&node).map_err(yaml::misread)
    }
}

fn recipient(node: &Node) -> Result<Recipient, Mistakes> {
    let map = node.as_map().ok_or_else(|| {
        Diagnostic::error(format!("expected a recipient as a mapping, found {}", node.type_name())).at(node.span)
    })?;
    let medium = medium(map, node)?;
    let mut mistakes = Mistakes::default();
    let known = ["type", medium.key, "status-type"];
    for (key, _) in map.iter().filter(|(key, _)| !key.as_str().is_some_and(|key| known.contains(&key))) {
        let name = key.as_str().unwrap_or_default();
        let mut mistake = Diagnostic::error(format!("unknown key `{name}`")).at(key.span);
        mistake.help = suggest(name, known);
        mistakes.extend([mistake]);
    }
    let status = map.get("status-type").map(yaml::read::<Option<StatusType>>).transpose();
    let address = map
        .get(medium.key)
        .ok_or_else(|| Mistakes::from(Diagnostic::error(format!("missing key `{}`", medium.key)).at(node.span)));
    // Only the address of an e-mail may depend on the push.
    let plain = |address: &Node| if medium.key == "address" { Ok(()) } else { yaml::read::<String>(address).map(drop) };
    let address = address.and_then(|address| plain(address).and_then(|()| yaml::read(address)));
    match (address, status) {
        (Ok(address), Ok(status)) => {
            mistakes.or(Recipient { medium, address, status: status.flatten().unwrap_or_default() })
        }
        (address, status) => {
            mistakes.extend(address.err().into_iter().chain(status.err()).flat_map(|more| more.0));
            Err(mistakes)
        }
    }
}

fn medium(map: &Map, node: &Node) -> Result<&'static Medium, Diagnostic> {
    let name = map.get("type").ok_or_else(|| Diagnostic::error("missing key `type`").at(node.span))?;
    let text = name.as_str().unwrap_or_default();
    MEDIA.iter().find(|medium| medium.name == text).ok_or_else(|| {
        let mut mistake = Diagnostic::error(format!("there is no recipient of type `{text}`")).at(name.span);
        mistake.help = suggest(text, MEDIA.iter().map(|medium| medium.name));
        mistake
    })
}

impl JsonSchema for Recipient {
    fn schema_name() -> Cow<'static, str> {
        "Recipient".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let one_of: Vec<_> = MEDIA.iter().map(|medium| schema(medium, generator)).collect();
        schemars::json_schema!({"oneOf": one_of})
    }
}

fn schema(medium: &Medium, generator: &mut schemars::SchemaGenerator) -> serde_json::Value {
    let address = match medium.key {
        "address" => generator.subschema_for::<Keyed<String>>(),
        _ => generator.subschema_for::<String>(),
    };
    serde_json::json!({
        "type": "object",
        "properties": {
            "type": {"description": "How the recipient is reached.", "const": medium.name},
            medium.key: {"description": "Where the recipient is reached.", "allOf": [address]},
            "status-type": generator.subschema_for::<StatusType>(),
        },
        "required": ["type", medium.key],
        "additionalProperties": false,
    })
}

fn notify(kind: &KindContext<'_>, mut stub: Stub) -> Result<Vec<Stub>, Mistakes> {
    let title = format!("{}-{}", kind.kind, name_of(&stub)?);
    let legacy = stub.body.remove("notifications").filter(|node| !node.is_null());
    let written = stub.body.remove("notify").filter(|node| !node.is_null());
    if written.is_some() || legacy.is_some() {
        // Texts can refer to the routes, so they are there even if there are none.
        list_in(&mut stub.body, "routes")?;
    }
    let notify = match (written, legacy) {
        (Some(_), Some(legacy)) => {
            return Err(Diagnostic::error("`notify` and `notifications` cannot both be given").at(legacy.span).into());
        }
        (None, None) => return Ok(vec![stub]),
        (Some(written), None) => {
            // Read before anything is filled in, so that mistakes are those of what was written.
            yaml::read::<Notify>(&written)?;
            filled(kind, &stub, &written)?
        }
        (None, Some(legacy)) => {
            let notifications: Notifications = yaml::read(&legacy)?;
            filled(kind, &stub, &notifications.modern(kind, &title)?)?
        }
    };
    add(kind, &mut stub, &notify, &title)?;
    Ok(vec![stub])
}

fn name_of(stub: &Stub) -> Result<&str, Diagnostic> {
    let name = stub.body.get("name").and_then(Node::as_str);
    name.ok_or_else(|| Diagnostic::error("a task with notifications needs a `name`").at(stub.span))
}

/// What was written with facts of the task and the kind filled into its texts; those in lists stay as they are.
fn filled(kind: &KindContext<'_>, stub: &Stub, written: &Node) -> Result<Node, Diagnostic> {
    let config = Map::from([
        ("kind", Node::from(kind.kind)),
        ("path", Node::new(kind.path.display().to_string())),
        ("config", Node::new(kind.config.clone())),
        ("params", Node::new(kind.parameters.document().clone())),
        ("graph_config", kind.graph_config.document.clone()),
    ]);
    let values = Map::from([("task", stub.to_node()), ("config", Node::new(config))]);
    let mut filled = written.as_map().cloned().unwrap_or_default();
    if let Some(recipients) = filled.get_mut("recipients").and_then(Node::as_list_mut) {
        recipients.iter_mut().try_for_each(|recipient| fill(recipient, &values))?;
    }
    if let Some(content) = filled.get_mut("content") {
        fill(content, &values)?;
    }
    Ok(Node::new(filled).at(written.span))
}

fn fill(node: &mut Node, values: &Map) -> Result<(), Diagnostic> {
    match node.value {
        Value::Str(_) => *node = substitute(node, values)?,
        Value::Map(_) => {
            let mut entries = node.as_map_mut().into_iter().flat_map(Map::iter_mut);
            entries.try_for_each(|(_, value)| fill(value, values))?;
        }
        _ => {}
    }
    Ok(())
}

/// Adds a route for each recipient, and the words for all of them.
fn add(kind: &KindContext<'_>, stub: &mut Stub, notify: &Node, title: &str) -> Result<(), Mistakes> {
    let notify: Notify = yaml::read(notify)?;
    let parameter =
        |name: &str| matches!(name, "level" | "project").then(|| kind.parameters.get(name).cloned()).flatten();
    let item = format!("`address` in `{title}`");
    let routes = list_in(&mut stub.body, "routes")?;
    for recipient in &notify.recipients {
        let address = recipient.address.evaluate(&item, &parameter)?;
        routes.push(Node::new(format!("notify.{}.{address}.{}", recipient.medium.name, recipient.status.name())));
    }
    if let Some(content) = &notify.content {
        map_in(&mut stub.body, "extra")?.insert("notify", content.for_taskcluster());
    }
    Ok(())
}

#[cfg(test)]
mod tests;
