//! Scope expressions of an API reference, with the places that a request fills in.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::local::identity::scopes::Expression;

/// A scope expression with parameters such as `<taskId>`.
#[derive(Clone, Debug)]
pub(crate) enum Template {
    Text(Vec<Piece>),
    AllOf(Vec<Self>),
    AnyOf(Vec<Self>),
    /// One scope for each item of the list `list`, called `item` in `text`.
    Each {
        item: String,
        list: String,
        text: Vec<Piece>,
    },
    /// A form that only operations have which are not served: `if`, before credentials of clouds are handed out.
    Unknown(Value),
}

/// A piece of a scope: text, or the value of a parameter.
#[derive(Clone, Debug)]
pub(crate) enum Piece {
    Text(String),
    Param(String),
}

/// What fills a template.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fill<'a> {
    texts: BTreeMap<&'a str, &'a str>,
    lists: BTreeMap<&'a str, &'a [String]>,
}

impl<'a> Fill<'a> {
    pub(crate) fn text(mut self, name: &'a str, value: &'a str) -> Self {
        self.texts.insert(name, value);
        self
    }

    pub(crate) fn list(mut self, name: &'a str, values: &'a [String]) -> Self {
        self.lists.insert(name, values);
        self
    }
}

/// Why a scope expression could not be filled.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TemplateError {
    #[error("not a scope expression: {0}")]
    Unknown(Value),
    #[error("the scope expression needs `{0}`")]
    Missing(String),
}

impl Template {
    pub(crate) fn parse(value: &Value) -> Self {
        let all = |list: &Value| list.as_array().into_iter().flatten().map(Self::parse).collect();
        let text = |key: &str| value.get(key).and_then(Value::as_str);
        if let Some(text) = value.as_str() {
            Self::Text(pieces(text))
        } else if let Some(list) = value.get("AllOf") {
            Self::AllOf(all(list))
        } else if let Some(list) = value.get("AnyOf") {
            Self::AnyOf(all(list))
        } else if let (Some(item), Some(list), Some(each)) = (text("for"), text("in"), text("each")) {
            Self::Each { item: item.to_owned(), list: list.to_owned(), text: pieces(each) }
        } else {
            Self::Unknown(value.clone())
        }
    }

    /// Whether the expression needs nothing but these parameters.
    pub(crate) fn needs_only(&self, params: &[&str]) -> bool {
        match self {
            Self::Text(pieces) => pieces.iter().all(|piece| match piece {
                Piece::Text(_) => true,
                Piece::Param(name) => params.contains(&name.as_str()),
            }),
            Self::AllOf(parts) | Self::AnyOf(parts) => parts.iter().all(|part| part.needs_only(params)),
            Self::Each { .. } | Self::Unknown(_) => false,
        }
    }

    pub(crate) fn render(&self, fill: &Fill<'_>) -> Result<Expression, TemplateError> {
        Ok(match self {
            Self::Text(pieces) => Expression::Scope(rendered(pieces, fill)?),
            Self::AllOf(parts) => Expression::AllOf(render_all(parts, fill)?),
            Self::AnyOf(parts) => Expression::AnyOf(render_all(parts, fill)?),
            Self::Each { .. } => Expression::AllOf(render_all(std::slice::from_ref(self), fill)?),
            Self::Unknown(value) => return Err(TemplateError::Unknown(value.clone())),
        })
    }
}

fn render_all(parts: &[Template], fill: &Fill<'_>) -> Result<Vec<Expression>, TemplateError> {
    let mut rendered_parts = Vec::new();
    for part in parts {
        let Template::Each { item, list, text } = part else {
            rendered_parts.push(part.render(fill)?);
            continue;
        };
        let values = fill.lists.get(list.as_str()).ok_or_else(|| TemplateError::Missing(list.clone()))?;
        for value in *values {
            let fill = fill.clone().text(item, value);
            rendered_parts.push(Expression::Scope(rendered(text, &fill)?));
        }
    }
    Ok(rendered_parts)
}

fn rendered(pieces: &[Piece], fill: &Fill<'_>) -> Result<String, TemplateError> {
    let mut scope = String::new();
    for piece in pieces {
        match piece {
            Piece::Text(text) => scope.push_str(text),
            Piece::Param(name) => {
                scope.push_str(fill.texts.get(name.as_str()).ok_or_else(|| TemplateError::Missing(name.clone()))?);
            }
        }
    }
    Ok(scope)
}

fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('<') {
        let Some((name, after)) = after.split_once('>') else { break };
        pieces.push(Piece::Text(before.to_owned()));
        pieces.push(Piece::Param(name.to_owned()));
        rest = after;
    }
    pieces.push(Piece::Text(rest.to_owned()));
    pieces
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_expression_is_filled_from_texts_and_lists() {
        let template = Template::parse(&json!({"AllOf": [
            {"for": "scope", "in": "scopes", "each": "<scope>"},
            "queue:create-task:project:<projectId>",
            {"AnyOf": [{"for": "p", "in": "priorities", "each": "create:<p>:<pool>"}]},
        ]}));
        let (scopes, priorities) = (["a".to_owned(), "b".to_owned()], ["low".to_owned()]);
        let fill = Fill::default().list("scopes", &scopes).list("priorities", &priorities);
        let fill = fill.text("projectId", "none").text("pool", "x/y");
        let expected = r#"{"AllOf":["a","b","queue:create-task:project:none",{"AnyOf":["create:low:x/y"]}]}"#;
        let rendered: Value = serde_json::from_str(&template.render(&fill).unwrap().to_string()).unwrap();
        assert_eq!(rendered.to_string(), expected);
        assert!(template.render(&Fill::default()).is_err());
    }

    #[test]
    fn some_expressions_need_the_url_only() {
        let template = Template::parse(&json!("queue:get-task:<taskId>"));
        assert!(template.needs_only(&["taskId"]) && !template.needs_only(&["runId"]));
        let template = Template::parse(&json!({"AllOf": [{"for": "x", "in": "xs", "each": "<x>"}]}));
        assert!(!template.needs_only(&["x", "xs"]));
    }
}
