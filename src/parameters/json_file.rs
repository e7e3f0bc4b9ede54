//! JSON that somebody wrote, as a document.

use std::path::Path;

use crate::diagnostics::{Diagnostic, Files};
use crate::json;
use crate::yaml::Node;

/// Reads JSON text; `name` is what it is shown under.
///
/// # Errors
/// Text that is not UTF-8 or not JSON, at the place that shows it.
pub(super) fn read_json(files: &Files, name: &Path, content: Vec<u8>) -> Result<Node, Diagnostic> {
    let refused = |why: String| Diagnostic::error(format!("cannot read `{}`: {why}", name.display()));
    let text = String::from_utf8(content).map_err(|_| refused("it is not UTF-8".into()))?;
    json::read(files, name, text).map_err(|mistake| {
        let (span, why) = (mistake.span, mistake.message);
        refused(why).at(span)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistake_is_shown_where_it_is() {
        let files = Files::default();
        let mistake = read_json(&files, Path::new("a.json"), b"{\n  \"a\": 1,\n  b\n}".to_vec()).unwrap_err();
        assert_eq!(mistake.message, "cannot read `a.json`: expected a key in double quotes, found `b`");
        assert_eq!(files.place(mistake.span).unwrap().line_and_column(), (3, 3));
    }
}
