//! Key `notifications`, the older way to write `notify`.

use schemars::JsonSchema;
use serde::Deserialize;

use super::StatusType;
use crate::diagnostics::Mistakes;
use crate::generate::context::KindContext;
use crate::model::Keyed;
use crate::yaml::{Map, Node};

/// Key `notifications` of a task: e-mails to people.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Notifications {
    /// Their addresses; `by-project` and `by-level`.
    pub emails: Keyed<Vec<String>>,
    /// The subject of the e-mail.
    pub subject: String,
    /// Its text; the subject if unset.
    #[serde(default)]
    pub message: Option<String>,
    /// What has to happen to the task; `on-completed` if unset.
    #[serde(default)]
    pub status_types: Option<Vec<StatusType>>,
}

impl Notifications {
    /// The same as `notify` says it.
    pub(super) fn modern(&self, kind: &KindContext<'_>, title: &str) -> Result<Node, Mistakes> {
        let parameter =
            |name: &str| matches!(name, "level" | "project").then(|| kind.parameters.get(name).cloned()).flatten();
        let emails = self.emails.evaluate(&format!("`emails` in `{title}`"), &parameter)?;
        let statuses = self.status_types.clone().unwrap_or_else(|| vec![StatusType::default()]);
        let recipient = |(address, status): (&String, &StatusType)| {
            Map::from([("type", "email"), ("address", address.as_str()), ("status-type", status.name())])
        };
        let pairs = emails.iter().flat_map(|email| statuses.iter().map(move |status| (email, status)));
        let recipients: Node = pairs.map(recipient).map(Node::new).collect();
        let message = self.message.as_deref().unwrap_or(&self.subject);
        let email = Map::from([("subject", self.subject.as_str()), ("content", message)]);
        let content = Map::from([("email", email)]);
        Ok(Node::new(Map::from([("recipients", recipients), ("content", Node::new(content))])))
    }
}
