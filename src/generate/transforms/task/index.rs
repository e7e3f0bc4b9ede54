//! The paths under which a finished task is found.

use std::convert::Infallible;

use crate::diagnostics::{Diagnostic, Mistakes, Span, suggest};
use crate::generate::context::KindContext;
use crate::generate::shared::cached_task::build_date_long;
use crate::generate::shared::edit::map_in;
use crate::generate::shared::text::Text;
use crate::generate::starlark::{self, Argument};
use crate::script::Point;
use crate::yaml::{Map, Node};

use super::TaskDescription;
use super::description::{IndexDescription, Rank};

/// The tier of a task that Treeherder does not show.
const HIDDEN_TIER: i64 = 3;

/// The type of index that is ours.
const GENERIC: &str = "generic";

/// Adds the rank to `extra`, which every task has, and gives the routes of a task that is indexed.
pub(super) fn routes(
    kind: &KindContext<'_>,
    task: &TaskDescription,
    document: &Node,
    extra: &mut Map,
) -> Result<Vec<Node>, Mistakes> {
    let described = task.index.as_ref().filter(|index| **index != IndexDescription::default());
    let rank = rank(kind, described, extra);
    if extra.contains("index") {
        map_in(extra, "index")?.insert("rank", rank);
    } else {
        let Ok(ranked) = kind.once("rank", [&rank].into_iter(), |_| Ok::<_, Infallible>(ranked(&rank)));
        extra.insert("index", Node::clone(&ranked));
    }
    let Some(described) = described else { return Ok(Vec::new()) };
    match described.index_type.as_ref().filter(|index_type| index_type.as_str() != GENERIC) {
        Some(index_type) => own_routes(kind, index_type, document),
        None => Ok(paths(kind, described, document.get("index"))?),
    }
}

fn ranked(rank: &Node) -> Node {
    Node::new(Map::from([("rank", rank.clone())]))
}

fn rank(kind: &KindContext<'_>, index: Option<&IndexDescription>, extra: &Map) -> Node {
    let build_date = Node::new(kind.parameters.build_date);
    match index.and_then(|index| index.rank).unwrap_or(Rank::ByTier) {
        Rank::Number(rank) => rank.into(),
        Rank::BuildDate => build_date,
        Rank::ByTier => {
            let tier = extra.get("treeherder").and_then(|shown| shown.get("tier")).and_then(Node::as_i64);
            if tier.unwrap_or(HIDDEN_TIER) > 1 { 0.into() } else { build_date }
        }
    }
}

fn paths(kind: &KindContext<'_>, index: &IndexDescription, written: Option<&Node>) -> Result<Vec<Node>, Diagnostic> {
    let span = written.map_or(Span::NONE, |written| written.span);
    let missing = |key| Diagnostic::error(format!("`index` needs the key `{key}`")).at(span);
    let product = index.product.as_ref().ok_or_else(|| missing("product"))?;
    let name = match (&index.job_name, written.and_then(|written| written.get("job-name"))) {
        (Some(name), _) => name.as_str(),
        (None, Some(null)) => {
            kind.warnings.push(Diagnostic::warning("a `job-name` of null is called `None`").at(null.span));
            "None"
        }
        (None, None) => return Err(missing("job-name")),
    };
    check_product(kind, product)?;
    let (trust_domain, parameters) = (&kind.graph_config.trust_domain, kind.parameters);
    let root = format!("index.{trust_domain}.v2.{}", parameters.project);
    let ranks = [
        "latest".to_owned(),
        format!("pushdate.{}", build_date_long(parameters.build_date)),
        format!("pushlog-id.{}", parameters.pushlog_id),
        format!("revision.{}", parameters.head_rev),
    ];
    Ok(ranks.into_iter().map(|rank| Node::new(format!("{root}.{rank}.{}.{name}", product.as_str()))).collect())
}

/// The routes that a function of the tree's own gives.
fn own_routes(kind: &KindContext<'_>, index_type: &Text, document: &Node) -> Result<Vec<Node>, Mistakes> {
    let name = index_type.as_str();
    let Some(own) = starlark::hook(kind.run, Point::IndexBuilder, name, index_type.span())? else {
        let mut mistake = Diagnostic::error(format!("unknown index type `{name}`"));
        let known = starlark::names(kind.run, Point::IndexBuilder)?;
        mistake.help = match known.as_slice() {
            [] => Some(format!("expected `{GENERIC}`")),
            own => suggest(name, own.iter().copied().chain([GENERIC])),
        };
        return Err(mistake.at(index_type.span()).into());
    };
    let returned = own.call_for(kind, &[Argument::Config(kind), Argument::Document(document)])?.returned;
    let routes = returned.as_list().filter(|routes| routes.iter().all(|route| route.as_str().is_some()));
    let wrong = || Diagnostic::error(format!("`{name}` is to return a list of routes")).at(index_type.span());
    Ok(routes.ok_or_else(wrong)?.to_vec())
}

fn check_product(kind: &KindContext<'_>, product: &Text) -> Result<(), Diagnostic> {
    let configured = kind.graph_config.index.as_ref().map_or(&[][..], |index| &index.products);
    if configured.iter().any(|known| known == product.as_str()) {
        return Ok(());
    }
    let message = format!("index product `{}` is not among `index.products` in config.yml", product.as_str());
    let mut mistake = Diagnostic::error(message).at(product.span());
    mistake.help = suggest(product.as_str(), configured.iter().map(String::as_str));
    Err(mistake)
}
