//! From a task's `worker-type`, an alias, to the implementation and the pool it stands for.
//!
//! Source: `taskgraph.util.workertypes` of the reference.

use crate::diagnostics::{Diagnostic, Span, nearest, quoted, suggest};
use crate::generate::shared::format::format_text;
use crate::model::{GraphConfig, KeyedByOptions, WorkerAlias, evaluate_keyed_by, matches_key};
use crate::yaml::{Map, Node};

/// What runs the tasks of an alias.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Implementation {
    /// Its name, such as `docker-worker`.
    pub name: String,
    /// Its operating system; nothing runs tasks of the built-in types.
    pub os: Option<String>,
}

/// A worker pool, in two parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkerPool {
    /// The provisioner.
    pub provisioner: String,
    /// The worker type.
    pub worker_type: String,
}

/// Aliases that need no configuration: the name, which is the implementation's too, and its provisioner.
const BUILT_IN: &[(&str, &str)] = &[("always-optimized", "invalid"), ("succeed", "built-in")];

fn built_in(alias: &str) -> Option<(&'static str, &'static str)> {
    BUILT_IN.iter().copied().find(|(name, _)| *name == alias)
}

/// The implementation behind an alias; `span` is where the alias was written.
///
/// # Errors
/// An alias that the configuration does not know, or that several of its patterns match.
pub fn implementation(config: &GraphConfig, alias: &str, span: Span) -> Result<Implementation, Diagnostic> {
    if let Some((name, _)) = built_in(alias) {
        return Ok(Implementation { name: name.into(), os: None });
    }
    let worker = find(config, alias, span)?;
    Ok(Implementation { name: worker.implementation.clone(), os: Some(worker.os.clone()) })
}

/// The pool behind an alias on that level; `span` is where the alias was written.
///
/// # Errors
/// As [`implementation`], and if the pool's names have no value for the level.
pub fn worker_pool(config: &GraphConfig, alias: &str, level: &str, span: Span) -> Result<WorkerPool, Diagnostic> {
    if let Some((name, provisioner)) = built_in(alias) {
        return Ok(WorkerPool { provisioner: provisioner.into(), worker_type: name.into() });
    }
    let worker = find(config, alias, span)?;
    let fields = Map::from([("alias", alias), ("level", level), ("trust-domain", &config.trust_domain)]);
    let resolve = |key: &str, value: &Node| {
        let item = format!("`{key}` of worker alias `{alias}`");
        let by_level = |name: &str| (name == "level").then(|| Node::new(level));
        let value = evaluate_keyed_by(value, &item, &by_level, KeyedByOptions::default())?;
        let template = value.as_str().ok_or_else(|| {
            Diagnostic::error(format!("expected {item} as a string, found {}", value.type_name())).at(value.span)
        })?;
        format_text(template, &fields).map_err(|mistake| mistake.at(value.span))
    };
    Ok(WorkerPool {
        provisioner: resolve("provisioner", &worker.provisioner)?,
        worker_type: resolve("worker-type", &worker.worker_type)?,
    })
}

/// The alias of that name, else the one whose name matches as a regular expression, else `default`.
fn find<'a>(config: &'a GraphConfig, alias: &str, span: Span) -> Result<&'a WorkerAlias, Diagnostic> {
    let aliases = &config.workers.aliases;
    if let Some(exact) = aliases.get(alias) {
        return Ok(exact);
    }
    let mut matching = Vec::new();
    for (pattern, worker) in aliases {
        let matches = matches_key(pattern, alias).map_err(|error| Diagnostic::error(error.to_string()).at(span))?;
        if matches {
            matching.push((pattern, worker));
        }
    }
    match matching.as_slice() {
        [(_, worker)] => Ok(worker),
        [] => aliases.get("default").ok_or_else(|| unknown(config, alias, span)),
        several => {
            let names: Vec<&str> = several.iter().map(|(name, _)| name.as_str()).collect();
            let message = format!("worker type `{alias}` matches several worker aliases: {}", quoted(&names));
            Err(Diagnostic::error(message).at(span))
        }
    }
}

fn unknown(config: &GraphConfig, alias: &str, span: Span) -> Diagnostic {
    let mut mistake = Diagnostic::error(format!("no worker alias matches worker type `{alias}`")).at(span);
    let names = || config.workers.aliases.keys().map(String::as_str).chain(BUILT_IN.iter().map(|(name, _)| *name));
    mistake.help = nearest(alias, names()).map_or_else(
        || suggest(alias, config.workers.aliases.keys().map(String::as_str)),
        |near| Some(format!("did you mean `{near}`?")),
    );
    mistake
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::testing::World;

    #[test]
    fn aliases_stand_for_what_the_reference_says() {
        let world = World::new(&[]);
        let pool = |alias: &str, level: &str| {
            let pool = worker_pool(&world.graph_config, alias, level, Span::NONE).unwrap();
            format!("{}/{}", pool.provisioner, pool.worker_type)
        };
        assert_eq!(pool("b-linux", "1"), "example-1/linux-b-linux");
        assert_eq!(
            (pool("t-linux-xlarge", "1"), pool("t-linux-xlarge", "3")),
            ("example-t/t-1".into(), "example-t/t-3".into())
        );
        assert_eq!(
            (pool("always-optimized", "1"), pool("succeed", "1")),
            ("invalid/always-optimized".into(), "built-in/succeed".into())
        );
        let found = implementation(&world.graph_config, "t-linux-xlarge", Span::NONE).unwrap();
        assert_eq!(found, Implementation { name: "docker-worker".into(), os: Some("linux".into()) });
        assert_eq!(implementation(&world.graph_config, "succeed", Span::NONE).unwrap().os, None);
    }

    #[test]
    fn unknown_aliases_are_told_with_the_nearest() {
        let world = World::new(&[]);
        let mistake = implementation(&world.graph_config, "b-linus", Span::NONE).unwrap_err();
        assert_eq!(mistake.message, "no worker alias matches worker type `b-linus`");
        assert_eq!(mistake.help.as_deref(), Some("did you mean `b-linux`?"));
    }
}
