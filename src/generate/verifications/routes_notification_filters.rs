//! The last part of a `notify.` route says when to notify, and must be something the notify service knows.

use super::{Check, Verification, mistake, routes};
use crate::diagnostics::{Diagnostic, Severity, Span, suggest};
use crate::generate::context::RunContext;
use crate::model::{Label, LabelGraph, Task};

pub(super) const VERIFICATION: Verification =
    Verification { name: "routes_notification_filters", check: Check::FullTaskGraph(verify) };

const FILTERS: &[&str] = &[
    "on-any",
    "on-completed",
    "on-defined",
    "on-exception",
    "on-failed",
    "on-pending",
    "on-resolved",
    "on-running",
    "on-transition",
];

fn verify(graph: &LabelGraph, _: &RunContext<'_>) -> Vec<Diagnostic> {
    let routes = graph.iter().flat_map(|(_, task)| routes(task).map(move |route| (route, task)));
    routes.filter_map(|((route, span), task)| verify_route(task, route, span)).collect()
}

fn verify_route(task: &Task<Label>, route: &str, span: Span) -> Option<Diagnostic> {
    let filter = route.strip_prefix("notify.")?.rsplit('.').next()?;
    if !FILTERS.contains(&filter) {
        let mut told = mistake(task, span, format!("invalid notification filter `{filter}`"));
        told.help = suggest(filter, FILTERS.iter().copied());
        return Some(told);
    }
    (filter == "on-any").then(|| {
        let told = mistake(task, span, "notification filter `on-any` is deprecated")
            .help("use `on-transition` or `on-resolved`");
        Diagnostic { severity: Severity::Warning, ..told }
    })
}

#[cfg(test)]
mod tests {
    use crate::generate::verifications::testing::{full, yaml};

    #[test]
    fn filters_are_known_to_the_service() {
        let graph = yaml("a: {routes: [notify.email.x.on-any, notify.email.x.on-fail, index.on-nothing]}\n");
        let told = full(super::VERIFICATION, &graph);
        assert_eq!(told, ["notification filter `on-any` is deprecated", "invalid notification filter `on-fail`"]);
    }
}
