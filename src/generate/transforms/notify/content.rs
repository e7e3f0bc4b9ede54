//! What recipients are told.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::yaml::{self, Map, Node};

/// What recipients are told, by the way they are reached.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Content {
    /// By e-mail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<Email>,
    /// In a Matrix room.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub matrix: Option<Matrix>,
    /// In a Slack channel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slack: Option<Slack>,
}

/// An e-mail.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Email {
    /// Its subject.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Its text, as Markdown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
    /// A link below the text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<Link>,
}

/// A link.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// What it says.
    pub text: String,
    /// Where it leads.
    pub href: String,
}

/// A message in a Matrix room.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Matrix {
    /// Its plain text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// Its text in `format`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub formatted_body: Option<String>,
    /// The format of `formatted-body`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    /// Its type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub msg_type: Option<String>,
}

/// A message in a Slack channel.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Slack {
    /// Its text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Its blocks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blocks: Option<Vec<Node>>,
    /// Its attachments.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attachments: Option<Vec<Node>>,
}

impl Content {
    /// `extra.notify` as the notify service reads it: the e-mail whole, all else with one key for each part.
    pub(super) fn for_taskcluster(&self) -> Map {
        let mut content = Map::new();
        if let Some(email) = &self.email {
            content.insert("email", yaml::write(email));
        }
        for (medium, parts) in [("matrix", yaml::write(&self.matrix)), ("slack", yaml::write(&self.slack))] {
            for (part, value) in parts.as_map().into_iter().flat_map(Map::text_entries) {
                let words: String = part.split('-').map(capitalized).collect();
                content.insert(format!("{medium}{words}"), value.clone());
            }
        }
        content
    }
}

fn capitalized(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect()
}
