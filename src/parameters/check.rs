//! Whether a document of parameters is one.

use super::Error;
use super::defaults::neutral;
use crate::diagnostics::{Diagnostic, Mistakes, Span, suggest};
use crate::model::{CARRIED_BY, KnownParameters, Parameters, TRY_TASK_CONFIG};
use crate::yaml::{self, Map, Node};

/// The parameters of a document; every mistake is told, by the name of its parameter.
///
/// # Errors
/// Known parameters that are missing or of another type.
pub(super) fn read(document: Map) -> Result<Parameters, Error> {
    let nameless = document.iter().filter(|(key, _)| key.as_str().is_none());
    Mistakes(nameless.map(|(key, _)| unknown_key(key)).collect()).or(())?;
    match Parameters::from_document(document.clone()) {
        Ok(parameters) => Ok(parameters),
        Err(first) => Err(each_mistake(&document).unwrap_or(first).into()),
    }
}

/// As [`read`], but the project's own parameters are refused too; not what a decision found in a carrier.
///
/// # Errors
/// Known parameters that are missing or of another type, and all others.
pub(super) fn read_strictly(document: Map) -> Result<Parameters, Error> {
    let mut mistakes = Mistakes(unknown(&document).collect());
    match read(document) {
        Ok(parameters) => Ok(mistakes.or(parameters)?),
        Err(Error::Mistakes(more)) => {
            mistakes.extend(more.0);
            Err(mistakes.into())
        }
        Err(other) => Err(other),
    }
}

fn unknown(document: &Map) -> impl Iterator<Item = Diagnostic> {
    let known = Parameters::known_names();
    let is_found = |key: &str, value: &Node| key == TRY_TASK_CONFIG && value.get(CARRIED_BY).is_some();
    let is_known = |key: &str, value: &Node| known.contains(&key) || is_found(key, value);
    let keys = document.iter().filter(|(key, value)| key.as_str().is_none_or(|key| !is_known(key, value)));
    keys.map(|(key, _)| unknown_key(key)).collect::<Vec<_>>().into_iter()
}

fn unknown_key(key: &Node) -> Diagnostic {
    let Some(name) = key.as_str() else {
        return Diagnostic::error(format!("the name of a parameter must be a string, not {}", key.type_name()))
            .at(key.span);
    };
    let mut mistake = Diagnostic::error(format!("unknown parameter `{name}`")).at(key.span);
    mistake.help = suggest(name, Parameters::known_names());
    mistake
}

/// Every mistake of the known parameters, by name.
fn each_mistake(document: &Map) -> Option<Mistakes> {
    let required = required();
    let names = Parameters::known_names();
    let known = document.iter().filter(|(key, _)| key.as_str().is_some_and(|key| names.contains(&key)));
    let known: Map = known.cloned().collect();
    let mistakes = yaml::mistakes_by_key::<KnownParameters>(&known, Span::NONE, &required);
    let mistakes: Vec<Diagnostic> =
        mistakes.into_iter().map(|(name, mistake)| told(&name, mistake, document)).collect();
    (!mistakes.is_empty()).then_some(Mistakes(mistakes))
}

/// Parameters that read as such, without those that may be missing.
fn required() -> Map {
    let all = Parameters::new(neutral(0)).document().clone();
    let may_miss = |name: &str| {
        let mut without = all.clone();
        without.remove(name);
        Parameters::from_document(without).is_ok()
    };
    all.iter().filter(|(key, _)| !key.as_str().is_some_and(may_miss)).cloned().collect()
}

fn told(name: &str, mut mistake: Diagnostic, document: &Map) -> Diagnostic {
    let Some(value) = document.get(name) else {
        return Diagnostic::error(format!("parameter `{name}` is missing"));
    };
    mistake.message = format!("parameter `{name}`: {}", mistake.message);
    match value.as_i64() {
        Some(number) if matches!(name, "level" | "pushlog_id") => {
            mistake.help(format!("it is text; write `{name}: \"{number}\"`"))
        }
        _ => mistake,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(result: Result<Parameters, Error>) -> Vec<(String, Option<String>)> {
        let Err(Error::Mistakes(mistakes)) = result else { panic!("{result:?}") };
        mistakes.0.into_iter().map(|mistake| (mistake.message, mistake.help)).collect()
    }

    #[test]
    fn every_mistake_is_told() {
        let mut document = Parameters::new(neutral(0)).document().clone();
        document.insert("level", Node::new(3));
        document.insert("filters", Node::new("target_tasks_method"));
        document.insert("target_task_method", Node::new("default"));
        document.remove("owner");
        let told = messages(read_strictly(document.clone()));
        let expected = [
            ("unknown parameter `target_task_method`", Some("did you mean `target_tasks_method`?")),
            ("parameter `filters`: expected a list, found the string `target_tasks_method`", None),
            ("parameter `level`: expected a string, found the number `3`", Some("it is text; write `level: \"3\"`")),
            ("parameter `owner` is missing", None),
        ];
        let told: Vec<_> = told.iter().map(|(message, help)| (message.as_str(), help.as_deref())).collect();
        assert_eq!(told, expected);
        assert_eq!(messages(read(document.clone())).len(), 3);
        document.insert(Node::new(7), Node::new(7));
        assert_eq!(messages(read(document))[0].0, "the name of a parameter must be a string, not a whole number");
    }

    #[test]
    fn what_may_be_null_may_be_missing() {
        let all = Parameters::new(neutral(0)).document().clone();
        let missing: Vec<&str> = all.keys().filter(|key| !required().contains(key)).collect();
        assert_eq!(missing, ["base_ref", "next_version", "optimize_strategies", "version"]);
        assert!(read_strictly(required()).is_ok());
    }
}
