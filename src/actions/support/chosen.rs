//! Tasks that are chosen by what is said of them.

use std::collections::{BTreeMap, BTreeSet};

use super::{Call, Error, PushTasks};
use crate::diagnostics::Mistakes;
use crate::generate::request::only_paths;
use crate::model::{Label, LabelGraph};
use crate::query::front_ends::{Context, FrontEnd};
use crate::query::{NoProject, Universe};

/// The tasks that a text means in the words of a front end, and the paths of tests that it asks for.
///
/// # Errors
/// A text that is wrong; the caller says what it means if there are none.
pub(in crate::actions) fn chosen(
    front_end: &FrontEnd,
    text: &str,
    graph: &LabelGraph,
) -> Result<BTreeSet<Label>, Mistakes> {
    let context = Context { graph, ridealong_builds: &BTreeMap::new(), presets: &BTreeMap::new() };
    let compiled = (front_end.compile)(text, &context)?;
    compiled.notes.iter().for_each(|note| log::warn!("{note}"));
    let selected = Universe::new(graph).select(&compiled.query, &NoProject)?;
    Ok(selected.tasks.into_keys().collect())
}

impl PushTasks {
    /// The push with tasks that run only these tests, where the project says how (`try-templates` in `config.yml`).
    ///
    /// # Errors
    /// A template that is wrong.
    pub(in crate::actions) fn narrowed(
        self,
        call: &Call<'_>,
        labels: &BTreeSet<Label>,
        paths: &[String],
    ) -> Result<Self, Error> {
        match only_paths(&call.run, &self.full_task_graph, labels, paths)? {
            Some(narrowed) => Ok(Self { full_task_graph: self.full_task_graph.with(narrowed), ..self }),
            None => {
                log::info!("`try-templates` of config.yml has no `paths`: the tasks run all their tests.");
                Ok(self)
            }
        }
    }
}
