//! What the scriptworkers of `mozilla_taskgraph` have in common.

use super::{Payload, PayloadContext};
use crate::diagnostics::{Diagnostic, Mistakes};
use crate::model::MozillaConfig;
use crate::yaml::{Map, Node};

/// A payload of a task that is tagged as a scriptworker's, whatever its implementation is called.
pub(super) fn payload(payload: impl Into<Node>) -> Payload {
    let tags = Map::from([("worker-implementation", "scriptworker")]);
    Payload { tags, ..Payload::new(payload.into()) }
}

/// What the scopes of scriptworkers begin with.
///
/// # Errors
/// If `config.yml` does not say.
pub(super) fn scope_prefix(context: &PayloadContext<'_>) -> Result<String, Mistakes> {
    let document = &context.kind.graph_config.document;
    let prefix = MozillaConfig::of(document)?.scriptworker.and_then(|section| section.scope_prefix);
    prefix.ok_or_else(|| {
        let section = document.get("scriptworker");
        Diagnostic::error("`scriptworker.scope-prefix` is missing in `config.yml`")
            .at(section.map_or(document.span, |section| section.span))
            .help("scopes of scriptworkers begin with it, such as `project:<project>:releng`")
            .into()
    })
}
