//! Two tasks must not be indexed under the same path of the project's own part of the index.

use std::collections::HashMap;

use super::{Check, Verification, mistake, routes};
use crate::diagnostics::Diagnostic;
use crate::generate::context::RunContext;
use crate::model::{Label, LabelGraph, Task};

pub(super) const VERIFICATION: Verification =
    Verification { name: "trust_domain_v2_routes", check: Check::FullTaskGraph(verify) };

fn verify(graph: &LabelGraph, run: &RunContext<'_>) -> Vec<Diagnostic> {
    let prefix = format!("index.{}.v2", run.graph_config.trust_domain);
    let mut seen: HashMap<&str, &Task<Label>> = HashMap::new();
    let mut told = Vec::new();
    let routes = graph.iter().flat_map(|(_, task)| routes(task).map(move |route| (route, task)));
    for ((route, span), task) in routes.filter(|((route, _), _)| route.starts_with(&prefix)) {
        match seen.get(route) {
            Some(first) => {
                let message = format!("tasks `{}` and `{}` have the same route `{route}`", first.label, task.label);
                told.push(mistake(task, span, message).related(first.span, format!("`{}` is here", first.label)));
            }
            None => drop(seen.insert(route, task)),
        }
    }
    told
}

#[cfg(test)]
mod tests {
    use crate::generate::verifications::testing::{full, yaml};

    #[test]
    fn routes_are_not_shared() {
        let graph = yaml(
            "a: {routes: [index.example.v2.x, index.other.v2.x]}\nb: {routes: [index.other.v2.x, index.example.v2.x]}\n",
        );
        let told = full(super::VERIFICATION, &graph);
        assert_eq!(told, ["tasks `a` and `b` have the same route `index.example.v2.x`"]);
    }
}
