//! Presets: what has a name, in the tree or in the user's own configuration.

use serde::Deserialize;

use super::{Compiled, Context, FrontEnd, front_end};
use crate::diagnostics::{Diagnostic, Mistakes, Span, collect, suggest};
use crate::model::{Changes, ChangesFor};
use crate::query::Query;
use crate::yaml::{self, Node};

pub(super) const FRONT_END: FrontEnd =
    FrontEnd { name: "preset", summary: "the name of a preset of the tree or the user's own", compile };

/// A selection that has a name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Preset {
    /// The front end that its texts are for; `query` for queries.
    pub selector: String,
    /// What it is for, for people.
    pub description: Option<String>,
    /// Its texts; what they mean is united.
    pub texts: Vec<String>,
    /// What it changes in the tasks.
    pub changes: Changes,
    /// Where it is written.
    pub span: Span,
}

impl<'de> Deserialize<'de> for Preset {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Written {
            selector: String,
            #[serde(default)]
            description: Option<String>,
            query: Node,
        }
        let node = Node::deserialize(deserializer)?;
        let Written { selector, description, query } = yaml::read_within(&node)?;
        let mut rest = node.mapping("a preset").cloned().map_err(yaml::misread)?;
        ["selector", "description", "query"].iter().for_each(|key| {
            rest.remove(key);
        });
        let texts = match query.as_str() {
            Some(text) => vec![text.to_owned()],
            None => yaml::read_within(&query)?,
        };
        Ok(Self { selector, description, texts, changes: yaml::read_within(&rest.into())?, span: node.span })
    }
}

fn compile(text: &str, context: &Context<'_>) -> Result<Compiled, Mistakes> {
    let name = text.trim();
    let Some(preset) = context.presets.get(name) else {
        let mut mistake = Diagnostic::error(format!("there is no preset `{name}`"));
        mistake.help = suggest(name, context.presets.keys().map(String::as_str));
        return Err(mistake.into());
    };
    preset.compile(context).map_err(|mistakes| {
        let told = |mistake: Diagnostic| Diagnostic {
            message: format!("preset `{name}`: {}", mistake.message),
            span: mistake.span.or(preset.span),
            ..mistake
        };
        mistakes.map(told)
    })
}

impl Preset {
    /// What it means.
    fn compile(&self, context: &Context<'_>) -> Result<Compiled, Mistakes> {
        let row = front_end(&self.selector).filter(|row| row.name != FRONT_END.name);
        let Some(row) = row else {
            let mut mistake = Diagnostic::error(format!("unknown selector `{}`", self.selector));
            let names = super::FRONT_ENDS.iter().map(|row| row.name).filter(|name| *name != FRONT_END.name);
            mistake.help = suggest(&self.selector, names);
            return Err(mistake.into());
        };
        let parts = collect(&self.texts, |text| (row.compile)(text, context))?;
        let mut compiled = Compiled::from(Query::or(parts.iter().map(|part| part.query.clone())));
        for part in parts {
            compiled.changes.extend(part.changes);
            compiled.notes.extend(part.notes);
        }
        if !self.changes.is_empty() {
            compiled.changes.push(ChangesFor { tasks: compiled.query.to_string(), changes: self.changes.clone() });
        }
        Ok(compiled)
    }
}
