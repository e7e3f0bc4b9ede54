//! What is to be run on other pushes: the task that was named, or a label.

use super::Target;
use crate::actions::support::campaign::{Subject, describe};
use crate::cli::failure::Failure;
use crate::cli::world::World;
use crate::model::Label;

/// What is to be run: the label if one is given, else that of the task which was named.
///
/// # Errors
/// If neither is there, or the queue does not answer.
pub(in crate::cli) async fn subject_of(
    world: &World<'_>,
    target: &Target,
    label: Option<&Label>,
    retrigger: bool,
) -> Result<Subject, Failure> {
    let revision = &target.parameters.head_rev;
    match (label, &target.task) {
        (Some(label), _) => Ok(Subject::of_label(label, revision, retrigger)),
        (None, Some((task, _))) => Ok(describe(&world.taskcluster, task, revision, retrigger).await?),
        (None, None) => Err(Failure::Usage("which task? name one, or give a label".into())),
    }
}
