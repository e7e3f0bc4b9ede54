//! Index routes must be paths that the index takes.

use std::sync::LazyLock;

use fancy_regex::Regex;

use super::{Check, Verification, mistake, routes};
use crate::diagnostics::Diagnostic;
use crate::generate::context::RunContext;
use crate::model::LabelGraph;

pub(super) const VERIFICATION: Verification = Verification { name: "index_route", check: Check::FullTaskGraph(verify) };

/// What the index takes, as its documentation says.
const NAMESPACE: &str = r"^([a-zA-Z0-9_!~*'()%-]+\.)*[a-zA-Z0-9_!~*'()%-]+$";

static NAMESPACE_REGEX: LazyLock<Regex> = LazyLock::new(|| Regex::new(NAMESPACE).expect("the pattern is constant"));

fn verify(graph: &LabelGraph, _: &RunContext<'_>) -> Vec<Diagnostic> {
    let is_wrong = |route: &str| {
        route.strip_prefix("index.").is_some_and(|namespace| !NAMESPACE_REGEX.is_match(namespace).unwrap_or(false))
    };
    let routes = graph.iter().flat_map(|(_, task)| routes(task).map(move |route| (route, task)));
    let wrong = routes.filter(|((route, _), _)| is_wrong(route));
    wrong
        .map(|((route, span), task)| {
            mistake(task, span, format!("`{route}` is not a route of the index"))
                .help(format!("what follows `index.` must match `{NAMESPACE}`"))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::generate::verifications::testing::{full, yaml};

    #[test]
    fn an_index_route_is_a_path_of_words() {
        let graph = yaml("a: {routes: [index.a.b-c, index.a..b, notify.x y, 'index.a/b']}\n");
        assert_eq!(
            full(super::VERIFICATION, &graph),
            ["`index.a..b` is not a route of the index", "`index.a/b` is not a route of the index"]
        );
    }
}
