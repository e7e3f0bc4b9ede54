//! Fields of a task named by paths, as `substitution-fields` are.

use super::format::substitute;
use super::paths::deep_get_mut;
use super::text::Text;
use crate::diagnostics::{Diagnostic, Mistakes, suggest};
use crate::yaml::Map;

/// Fills `values` into the fields of those paths.
///
/// # Errors
/// Paths that lead nowhere, and texts that cannot be filled in; all of them.
pub fn substitute_fields(task: &mut Map, fields: &[Text], values: &Map) -> Result<(), Mistakes> {
    let mut mistakes = Mistakes::default();
    for field in fields {
        mistakes.extend(substitute_field(task, field, values).err());
    }
    mistakes.or(())
}

fn substitute_field(task: &mut Map, field: &Text, values: &Map) -> Result<(), Diagnostic> {
    let Some(value) = deep_get_mut(task, field.as_str()) else { return Err(missing_field(task, field)) };
    *value = substitute(value, values).map_err(|mistake| at_least_at(mistake, field))?;
    Ok(())
}

fn at_least_at(mistake: Diagnostic, field: &Text) -> Diagnostic {
    let place = mistake.span.or(field.span());
    mistake.at(place)
}

/// A path of keys that leads nowhere in this task.
#[must_use]
pub fn missing_field(task: &Map, field: &Text) -> Diagnostic {
    let mut mistake = Diagnostic::error(format!("the task has no field `{}`", field.as_str())).at(field.span());
    let top = field.as_str().split('.').next().unwrap_or_default();
    if !task.contains(top) {
        mistake.help = suggest(top, task.keys());
    }
    mistake
}
