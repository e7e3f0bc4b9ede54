//! What a push may ask for.

use std::collections::BTreeMap;

use super::super::context::RunContext;
use super::super::shared::worker_types::{WorkerPool, implementation, worker_pool};
use crate::diagnostics::{Diagnostic, Span, suggest};
use crate::model::{Label, Priority, Rebuild};
use crate::query::Pattern;
use crate::yaml;

/// The priority, if it may be asked for.
pub(super) fn priority(run: &RunContext<'_>, wanted: Priority) -> Result<Priority, Diagnostic> {
    let allowed = run.graph_config.try_config().allowed_priorities();
    if allowed.contains(&wanted) {
        return Ok(wanted);
    }
    let name = |priority: &Priority| yaml::write(priority).as_str().unwrap_or_default().to_owned();
    let names: Vec<String> = allowed.iter().map(name).collect();
    Err(Diagnostic::error(format!("priority `{}` may not be asked for", name(&wanted)))
        .help(format!("`try.priorities` of config.yml allows {}", crate::diagnostics::quoted(&names))))
}

/// How often a task is to run, if it may so often.
pub(super) fn rebuild(run: &RunContext<'_>, wanted: &Rebuild, label: &Label) -> Result<u32, Diagnostic> {
    let most = run.graph_config.try_config().most_rebuilds();
    let count = match wanted {
        Rebuild::All(count) => *count,
        Rebuild::Each(counts) => counts.get(label.as_str()).copied().unwrap_or(1),
    };
    if (1..=most).contains(&count) {
        return Ok(count);
    }
    Err(Diagnostic::error(format!("tasks cannot run {count} times"))
        .help(format!("`try.max-rebuild` of config.yml allows 1 to {most}")))
}

/// The route, if it may be asked for.
pub(super) fn route(run: &RunContext<'_>, wanted: &str) -> Result<(), Diagnostic> {
    let allowed = &run.graph_config.try_config().routes;
    // A glob's star does not stop at a dot.
    let matches = |glob: &String| Pattern::glob(glob).is_ok_and(|glob| glob.matcher().matches(wanted));
    if allowed.iter().any(matches) {
        return Ok(());
    }
    let help = match allowed.as_slice() {
        [] => "`try.routes` of config.yml says which may; it allows none".to_owned(),
        routes => format!("`try.routes` of config.yml allows {}", crate::diagnostics::quoted(routes)),
    };
    Err(Diagnostic::error(format!("route `{wanted}` may not be asked for")).help(help))
}

/// Worker pools and the pools that their tasks are moved to.
pub(super) fn pools(
    run: &RunContext<'_>,
    overrides: &BTreeMap<String, String>,
) -> Result<Vec<(WorkerPool, WorkerPool)>, Diagnostic> {
    let (config, level) = (run.graph_config, run.parameters.level.as_str());
    let allowed = &config.try_config().worker_types;
    let each = overrides.iter().map(|(from, to)| {
        if !allowed.contains(to) {
            let mut refused = Diagnostic::error(format!("tasks may not be moved to worker type `{to}`"));
            refused.help = suggest(to, allowed.iter().map(String::as_str))
                .or_else(|| Some("`try.worker-types` of config.yml says which may be asked for".into()));
            return Err(refused);
        }
        let (old, new) = (implementation(config, from, Span::NONE)?, implementation(config, to, Span::NONE)?);
        if old.name != new.name {
            let message = format!("tasks of `{from}` are made for {}, and `{to}` is {}", old.name, new.name);
            return Err(Diagnostic::error(message));
        }
        Ok((worker_pool(config, from, level, Span::NONE)?, worker_pool(config, to, level, Span::NONE)?))
    });
    each.collect()
}
