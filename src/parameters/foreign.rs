//! Parameters that the tree's own reference completed and checked.

use super::Error;
use super::defaults::neutral;
use crate::model::Parameters;
use crate::yaml::Node;

/// Parameters as the tree's own reference answers them. Those that its version does not know have neutral values for
/// us, and are not published.
///
/// # Errors
/// Something that is no mapping, or parameters of another type than any version has.
pub fn foreign(answer: &Node) -> Result<Parameters, Error> {
    let document = answer.mapping("parameters")?.clone();
    let build_date = document.get("build_date").and_then(Node::as_i64).unwrap_or_default();
    Ok(Parameters::completed(document, &Parameters::new(neutral(build_date)))?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::Map;

    #[test]
    fn what_another_version_does_not_know_is_neutral_and_not_shown() {
        let answer = Node::new(Map::from([("level", "1"), ("own", "x")]));
        let parameters = foreign(&answer).unwrap();
        assert_eq!((parameters.level.as_str(), parameters.files_changed.len()), ("1", 0));
        assert_eq!(parameters.document().keys().collect::<Vec<_>>(), ["level", "own"]);
    }
}
