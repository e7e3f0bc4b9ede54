//! What a `try:` line asks to be changed in tasks.

use super::TRY_NAMES;
use super::options::Options;
use crate::model::{Changes, ChangesFor, Rebuild};
use crate::query::{Field, Pattern, Query};
use crate::yaml::Node;

/// Flags that are for the harness, by the names of their templates.
const HARNESS_FLAGS: [(&str, &str); 4] = [
    ("--artifact", "use-artifact-builds"),
    ("--gecko-profile", "gecko-profile"),
    ("--interactive", "interactive"),
    ("--taskcluster-worker", "taskcluster-worker"),
];

/// The changes, each for the tasks that the option is about.
pub(super) fn of(options: &Options) -> Vec<ChangesFor> {
    let counted = TRY_NAMES.into_iter().zip(options.rebuild).filter_map(|(attribute, count)| {
        let changes = Changes { rebuild: Some(Rebuild::All(count?)), ..Changes::default() };
        Some(ChangesFor { tasks: Query::attribute(attribute, []).to_string(), changes })
    });
    let flags = HARNESS_FLAGS.into_iter().filter(|(flag, _)| options.has(flag));
    let everywhere = Changes {
        env: options.environment.iter().cloned().collect(),
        no_retry: options.has("--no-retry"),
        inputs: flags.map(|(_, input)| (input.to_owned(), Node::new(true))).collect(),
        ..Changes::default()
    };
    let tests = Changes {
        paths: options.paths.clone(),
        inputs: options.tag.iter().map(|tag| ("tag".to_owned(), Node::new(tag.as_str()))).collect(),
        ..Changes::default()
    };
    let all = ChangesFor { tasks: Query::all().to_string(), changes: everywhere };
    let tests = ChangesFor { tasks: Query::field(Field::Kind, [Pattern::exact("test")]).to_string(), changes: tests };
    [all, tests].into_iter().filter(|part| !part.changes.is_empty()).chain(counted).collect()
}
