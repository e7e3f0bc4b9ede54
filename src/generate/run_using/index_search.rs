//! `run.using: index-search`: takes a task of another project, found in the index.
//!
//! Source: `taskgraph.transforms.run.index_search` of the reference.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Description, RunUsing};
use crate::diagnostics::{Mistakes, collect};
use crate::generate::context::KindContext;
use crate::generate::shared::format::format_text;
use crate::generate::shared::text::Text;
use crate::model::Stub;
use crate::yaml::{self, Map, Node};

pub(super) const INDEX_SEARCH: RunUsing =
    RunUsing { name: "index-search", implementations: &["always-optimized"], apply };

/// Section `run`.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct IndexSearch {
    /// `index-search`
    pub using: String,
    /// Index paths in order of preference, in which `{parameter}` is filled in.
    pub index_search: Vec<Text>,
}

fn apply(kind: &KindContext<'_>, mut description: Description) -> Result<Stub, Mistakes> {
    let search: IndexSearch = yaml::read(&description.run)?;
    let parameters = kind.parameters.document();
    let paths = collect(&search.index_search, |path| {
        let filled = format_text(path.as_str(), parameters).map_err(|mistake| mistake.at(path.span()))?;
        Ok(Node::new(filled).at(path.span()))
    })?;
    description.stub.body.insert("optimization", Map::from([("index-search", paths)]));
    Ok(description.stub)
}
