//! JSON-e templates, which others wrote: rendered within a time, and refused where reading them would need too much memory.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use serde_json::Value;

/// How long one template may take. None that means well takes a hundredth of it; the library takes twice as long with each
/// parenthesis within another. What is given up goes on in its thread until the program ends.
const TIME: Duration = Duration::from_secs(10);

/// The longest text of a template, in bytes: expressions are read by recursion, once for each sign at worst.
const LONGEST: usize = 32 << 10;

/// What reading the longest text takes at worst, in bytes; memory that is not used is not taken.
const STACK: usize = 512 << 20;

/// Why a template has no value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// What the library says of it.
    #[error("{0}")]
    Wrong(String),
    /// It is too long to be read.
    #[error("a text of {0} bytes is more than the {LONGEST} that a template's may have")]
    Long(usize),
    /// It takes too much time.
    #[error("it takes longer than {} seconds", .0.as_secs())]
    Slow(Duration),
}

/// What a template becomes. See <https://json-e.js.org/>.
///
/// # Errors
/// A template that is none, or takes too much.
pub fn render(template: &Value, context: &Value) -> Result<Value, TemplateError> {
    render_within(TIME, template, context)
}

fn render_within(time: Duration, template: &Value, context: &Value) -> Result<Value, TemplateError> {
    let longest = longest_text(template);
    if longest > LONGEST {
        return Err(TemplateError::Long(longest));
    }
    let (template, context) = (template.clone(), context.clone());
    let (sender, receiver) = mpsc::sync_channel(1);
    let work = move || {
        let rendered = json_e::render(&template, &context).map_err(|error| TemplateError::Wrong(error.to_string()));
        // Nobody waits any more for what took too long.
        let _ = sender.send(rendered);
    };
    let thread = thread::Builder::new().name("json-e".to_owned()).stack_size(STACK).spawn(work);
    thread.map_err(|error| TemplateError::Wrong(format!("it cannot be rendered here: {error}")))?;
    match receiver.recv_timeout(time) {
        Ok(rendered) => rendered,
        Err(mpsc::RecvTimeoutError::Timeout) => Err(TemplateError::Slow(time)),
        Err(mpsc::RecvTimeoutError::Disconnected) => Err(TemplateError::Wrong("the library failed on it".to_owned())),
    }
}

fn longest_text(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(longest_text).max().unwrap_or_default(),
        Value::Object(entries) => {
            entries.iter().map(|(key, value)| key.len().max(longest_text(value))).max().unwrap_or_default()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn templates_are_rendered_or_say_why_not() {
        assert_eq!(render(&json!({"$eval": "a + 1"}), &json!({"a": 1})), Ok(json!(2)));
        assert!(matches!(render(&json!({"$eval": "b"}), &json!({})), Err(TemplateError::Wrong(_))));
    }

    /// Six lists of ten items within one another are a million items.
    #[test]
    fn what_takes_too_long_is_given_up() {
        let list = json!([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
        let nothing = json!({"$if": "false", "then": 1});
        let template = (0..6).fold(nothing, |each, _| json!({"$map": list, "each(x)": each}));
        let time = Duration::from_millis(50);
        assert_eq!(render_within(time, &template, &json!({})), Err(TemplateError::Slow(time)));
    }

    #[test]
    fn texts_that_are_read_by_recursion_end_in_a_mistake() {
        for sign in ["!", "-", "+", "1**"] {
            for text in [sign.repeat(LONGEST / sign.len()), format!("${{{}", sign.repeat(LONGEST / sign.len() - 2))] {
                let template = if text.starts_with('$') { json!(text) } else { json!({"$eval": text}) };
                assert!(matches!(render(&template, &json!({})), Err(TemplateError::Wrong(_))), "{sign}");
            }
        }
        let long = json!({"a": ["(".repeat(LONGEST + 1)]});
        assert_eq!(render(&long, &json!({})), Err(TemplateError::Long(LONGEST + 1)));
    }
}
