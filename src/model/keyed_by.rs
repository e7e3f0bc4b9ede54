//! Values that depend on the task: `{by-platform: {linux.*: 1, default: 2}}`.
//!
//! Source: `taskgraph.util.keyed_by` of the reference, whose rules hold here down to the traps: see [`evaluate_keyed_by`].

use std::borrow::Cow;
use std::marker::PhantomData;

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::pattern::matches_key;
use crate::diagnostics::{Diagnostic, Mistakes, collect, quoted, suggest};
use crate::yaml::{self, Map, Node};

/// How to look a value up, beside the attributes themselves.
#[derive(Clone, Copy, Debug)]
pub struct KeyedByOptions<'a> {
    /// Attributes not known yet: a value keyed by one of them is left as it is.
    pub defer: &'a [&'a str],
    /// Whether two arms that match are a mistake; else the first counts.
    pub enforce_single_match: bool,
}

impl Default for KeyedByOptions<'_> {
    fn default() -> Self {
        Self { defer: &[], enforce_single_match: true }
    }
}

/// The attribute's name and the entry, if the node is a value keyed by an attribute.
fn keyed_entry(node: &Node) -> Option<(&str, &(Node, Node))> {
    let map = node.as_map().filter(|map| map.len() == 1)?;
    let entry = map.iter().next()?;
    Some((entry.0.as_str()?.strip_prefix("by-")?, entry))
}

/// The only key of a mapping, if it is no text: the reference takes any such mapping for one that is keyed.
fn odd_key(node: &Node) -> Option<&Node> {
    let map = node.as_map().filter(|map| map.len() == 1)?;
    map.iter().next().map(|(key, _)| key).filter(|key| key.as_str().is_none())
}

/// Whether the node is a mapping with the single key `by-…`.
#[must_use]
pub fn is_keyed(node: &Node) -> bool {
    keyed_entry(node).is_some()
}

/// The value that `attribute` chooses among the arms, with the span of the arm taken; other values as they are.
///
/// An arm is chosen if its key equals the attribute, else if `re.match(key + "$", attribute)`; `default` counts
/// where neither finds one, and where the attribute is missing or null. `item` says in messages what is looked up.
///
/// # Errors
/// No arm, several matching arms, `default` as the only arm, or arms that are no mapping.
pub fn evaluate_keyed_by(
    value: &Node,
    item: &str,
    attribute: &dyn Fn(&str) -> Option<Node>,
    options: KeyedByOptions<'_>,
) -> Result<Node, Diagnostic> {
    let mut value = value;
    while let Some((name, entry)) = keyed_entry(value) {
        if options.defer.contains(&name) {
            break;
        }
        let actual = attribute(name).filter(|actual| !actual.is_null());
        value =
            Choice { name, entry, item, enforce_single_match: options.enforce_single_match }.arm(actual.as_ref())?;
    }
    match odd_key(value) {
        None => Ok(value.clone()),
        Some(key) => {
            let message = format!("expected the only key of {item} as a string, found {}", key.type_name());
            Err(Diagnostic::error(message).at(key.span.or(value.span)))
        }
    }
}

/// One `by-…` with its arms.
#[derive(Clone, Copy)]
struct Choice<'a> {
    name: &'a str,
    entry: &'a (Node, Node),
    item: &'a str,
    enforce_single_match: bool,
}

impl<'a> Choice<'a> {
    fn arm(self, actual: Option<&Node>) -> Result<&'a Node, Diagnostic> {
        let arms = self.arms()?;
        match actual {
            Some(actual) => match arms.get_node(actual) {
                Some(arm) => Ok(arm),
                None => self.matching_arm(arms, actual),
            },
            None => arms.get("default").ok_or_else(|| {
                let name = self.name;
                self.mistake(format!(
                    "{} is keyed by `{name}`, which is not set here, and there is no `default`",
                    self.item
                ))
            }),
        }
    }

    fn arms(self) -> Result<&'a Map, Diagnostic> {
        let (key, alternatives) = self.entry;
        let arms = alternatives.as_map().ok_or_else(|| {
            let found = alternatives.type_name();
            let mistake =
                self.mistake(format!("expected the values of `by-{}` as a mapping, found {found}", self.name));
            mistake.at(alternatives.span.or(key.span))
        })?;
        match arms.entry("default") {
            Some((default, _)) if arms.len() == 1 => Err(self
                .mistake(format!("keyed by `{}` without need: `default` is its only value", self.name))
                .at(default.span.or(key.span))
                .help(format!("write the value of {} without `by-{}`", self.item, self.name))),
            _ => Ok(arms),
        }
    }

    /// The arm whose key matches as a regular expression. `default` takes part as one too, as in the reference.
    fn matching_arm(self, arms: &'a Map, actual: &Node) -> Result<&'a Node, Diagnostic> {
        let text = actual.as_str().ok_or_else(|| self.unmatched(arms, actual))?;
        let mut matching = Vec::new();
        for (key, arm) in arms {
            if self.key_matches(key, text)? {
                matching.push((key, arm));
            }
        }
        match matching.as_slice() {
            [_, _, ..] if self.enforce_single_match => Err(self.ambiguous(text, &matching)),
            [(_, arm), ..] => Ok(arm),
            [] => arms.get("default").ok_or_else(|| self.unmatched(arms, actual)),
        }
    }

    fn key_matches(self, key: &Node, text: &str) -> Result<bool, Diagnostic> {
        let place = key.span.or(self.entry.0.span);
        let Some(pattern) = key.as_str() else {
            let message = format!("expected the keys under `by-{}` as strings, found {}", self.name, key.type_name());
            return Err(Diagnostic::error(message).at(place).help("put the key in quotes"));
        };
        matches_key(pattern, text).map_err(|error| Diagnostic::error(error.to_string()).at(place))
    }

    fn ambiguous(self, text: &str, matching: &[(&Node, &Node)]) -> Diagnostic {
        let mistake = self.mistake(format!("several values of {} match `{}` `{text}`", self.item, self.name));
        matching.iter().fold(mistake, |mistake, (key, _)| mistake.related(key.span, "this one matches"))
    }

    fn unmatched(self, arms: &Map, actual: &Node) -> Diagnostic {
        let shown = serde_json::to_string(actual).unwrap_or_default();
        let shown = actual.as_str().map_or(Cow::Owned(shown), Cow::Borrowed);
        let mistake = self
            .mistake(format!("no value of {} matches `{}` `{shown}`, and there is no `default`", self.item, self.name));
        let keys: Vec<&str> = arms.keys().collect();
        if keys.len() > 10 { mistake } else { mistake.help(format!("it has values for {}", quoted(&keys))) }
    }

    fn mistake(self, message: String) -> Diagnostic {
        Diagnostic::error(message).at(self.entry.0.span)
    }
}

/// Replaces the values at `field` of `item` by what they are for this task.
///
/// `field` is a path of keys joined by dots, of which those before the last may end in `[]` to mean each item of a
/// list; a path that leads nowhere is no mistake. Attributes are `extra`, then the keys of `item` itself.
///
/// # Errors
/// As [`evaluate_keyed_by`].
pub fn resolve_keyed_by(
    item: &mut Map,
    field: &str,
    title: &str,
    options: KeyedByOptions<'_>,
    extra: &[(&str, Node)],
) -> Result<(), Diagnostic> {
    if !leads_to_keyed(item, field) {
        return Ok(());
    }
    // Attributes are those of before the change, so that the item can be written while it is read.
    let before = item.clone();
    let attribute = |name: &str| {
        let given = extra.iter().rev().find(|(extra, _)| *extra == name).map(|(_, value)| value);
        given.or_else(|| before.get(name)).cloned()
    };
    let shown = format!("`{field}` in `{title}`");
    each_at_path(item, field, &mut |value| {
        *value = evaluate_keyed_by(value, &shown, &attribute, options)?;
        Ok(())
    })
}

/// Looks before [`resolve_keyed_by`] writes, because writing copies what other tasks share.
fn leads_to_keyed(item: &Map, field: &str) -> bool {
    match field.split_once('.') {
        None => item.get(field).is_some_and(|value| is_keyed(value) || odd_key(value).is_some()),
        Some((step, rest)) => match step.strip_suffix("[]") {
            Some(list) => {
                let items = item.get(list).and_then(Node::as_list).unwrap_or_default();
                items.iter().filter_map(Node::as_map).any(|item| leads_to_keyed(item, rest))
            }
            None => item.get(step).and_then(Node::as_map).is_some_and(|inner| leads_to_keyed(inner, rest)),
        },
    }
}

fn each_at_path(
    item: &mut Map,
    field: &str,
    each: &mut dyn FnMut(&mut Node) -> Result<(), Diagnostic>,
) -> Result<(), Diagnostic> {
    let Some((step, rest)) = field.split_once('.') else {
        return item.get_mut(field).map_or(Ok(()), each);
    };
    if let Some(list) = step.strip_suffix("[]") {
        let items = item.get_mut(list).and_then(Node::as_list_mut).map(Vec::as_mut_slice).unwrap_or_default();
        return items.iter_mut().filter_map(Node::as_map_mut).try_for_each(|item| each_at_path(item, rest, each));
    }
    item.get_mut(step).and_then(Node::as_map_mut).map_or(Ok(()), |inner| each_at_path(inner, rest, each))
}

/// What a [`Keyed`] may be keyed by.
const KEYS: [&str; 2] = ["by-level", "by-project"];

/// A `T`, or one for each level or project, nested as deep as wanted.
///
/// Every arm is read once when the document is, so that a wrong one is a mistake even where it is not taken.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Keyed<T> {
    node: Node,
    target: PhantomData<T>,
}

impl<T: DeserializeOwned> Keyed<T> {
    /// The value for these attributes; see [`evaluate_keyed_by`].
    ///
    /// # Errors
    /// As [`evaluate_keyed_by`], and as [`yaml::read`].
    pub fn evaluate(&self, item: &str, attribute: &dyn Fn(&str) -> Option<Node>) -> Result<T, Mistakes> {
        yaml::read(&evaluate_keyed_by(&self.node, item, attribute, KeyedByOptions::default())?)
    }

    fn check(node: &Node) -> Result<(), Mistakes> {
        let Some((_, (key, arms))) = keyed_entry(node) else { return yaml::read::<T>(node).map(drop) };
        let name = key.as_str().unwrap_or_default();
        if !KEYS.contains(&name) {
            let mut mistake = Diagnostic::error(format!("`{name}` is not possible here")).at(key.span);
            mistake.help = suggest(name, KEYS);
            return Err(mistake.into());
        }
        match arms.as_map() {
            Some(arms) => collect(arms.values(), Self::check).map(drop),
            None => yaml::read::<T>(node).map(drop),
        }
    }
}

impl<T> Keyed<T> {
    /// The value as written.
    #[must_use]
    pub const fn node(&self) -> &Node {
        &self.node
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Keyed<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let node = Node::deserialize(deserializer)?;
        Self::check(&node).map_err(yaml::misread)?;
        Ok(Self { node, target: PhantomData })
    }
}

impl<T> Serialize for Keyed<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.node.serialize(serializer)
    }
}

impl<T: JsonSchema> JsonSchema for Keyed<T> {
    fn schema_name() -> Cow<'static, str> {
        format!("Keyed_{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let (plain, this) = (generator.subschema_for::<T>(), generator.subschema_for::<Self>());
        schemars::json_schema!({
            "anyOf": [plain, {
                "type": "object",
                "minProperties": 1,
                "maxProperties": 1,
                "patternProperties": {"^by-(level|project)$": {
                    "type": "object",
                    "additionalProperties": this,
                    "not": {"required": ["default"], "maxProperties": 1},
                }},
                "additionalProperties": false,
            }]
        })
    }
}

/// The schema of a `T` that any attribute may choose.
pub fn keyed_schema<T: JsonSchema>(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
    let plain = generator.subschema_for::<T>();
    let keyed = |arm: serde_json::Value| {
        serde_json::json!({
            "type": "object",
            "minProperties": 1,
            "maxProperties": 1,
            "patternProperties": {"^by-": {
                "type": "object",
                "additionalProperties": arm,
                "not": {"required": ["default"], "maxProperties": 1},
            }},
            "additionalProperties": false,
        })
    };
    let deeper = keyed(true.into());
    schemars::json_schema!({"anyOf": [plain, keyed(serde_json::json!({"anyOf": [plain, deeper]}))]})
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(json: &str) -> Node {
        serde_json::from_str(json).unwrap()
    }

    fn evaluate(value: &str, attributes: &str) -> Result<String, String> {
        let attributes = node(attributes);
        let attribute = |name: &str| attributes.get(name).cloned();
        evaluate_keyed_by(&node(value), "`x` in `t`", &attribute, KeyedByOptions::default())
            .map(|value| serde_json::to_string(&value).unwrap())
            .map_err(|mistake| mistake.message)
    }

    const BY_P: &str = r#"{"by-p": {"linux": 1, "win.*": {"by-q": {"x": 2, "default": null}}, "default": 3}}"#;

    #[test]
    fn an_arm_is_chosen_as_the_reference_does() {
        assert_eq!(evaluate(BY_P, r#"{"p": "linux"}"#).unwrap(), "1");
        assert_eq!(evaluate(BY_P, r#"{"p": "linux64"}"#).unwrap(), "3");
        assert_eq!(evaluate(BY_P, r#"{"p": "win32", "q": "x"}"#).unwrap(), "2");
        assert_eq!(evaluate(BY_P, r#"{"p": "win32"}"#).unwrap(), "null");
        assert_eq!(evaluate(BY_P, r#"{"p": null}"#).unwrap(), "3");
        assert_eq!(evaluate(BY_P, "{}").unwrap(), "3");
        assert_eq!(evaluate(r#"{"by-p": {"a|b": 1, "default": 2}}"#, r#"{"p": "axyz"}"#).unwrap(), "1");
        assert_eq!(evaluate(r#"{"by-p": {"a": 1, "default": 2}}"#, r#"{"p": ""}"#).unwrap(), "2");
        assert_eq!(evaluate(r#"{"by-p": {"x": 1}, "by-q": {"y": 1}}"#, "{}").unwrap().len(), 31);
        assert_eq!(evaluate(r#"{"by-p": {"l.*": 1, "linux": 2}}"#, r#"{"p": "linux"}"#).unwrap(), "2");
    }

    #[test]
    fn what_it_refuses_is_refused() {
        let message = |value: &str, attributes: &str| evaluate(value, attributes).unwrap_err();
        assert_eq!(
            message(r#"{"by-p": {"default": 1}}"#, "{}"),
            "keyed by `p` without need: `default` is its only value"
        );
        assert_eq!(
            message(r#"{"by-p": {"a": 1}}"#, "{}"),
            "`x` in `t` is keyed by `p`, which is not set here, and there is no `default`"
        );
        assert_eq!(
            message(r#"{"by-p": {"a": 1}}"#, r#"{"p": "b"}"#),
            "no value of `x` in `t` matches `p` `b`, and there is no `default`"
        );
        assert_eq!(
            message(r#"{"by-p": {"a": 1}}"#, r#"{"p": 7}"#),
            "no value of `x` in `t` matches `p` `7`, and there is no `default`"
        );
        assert_eq!(
            message(r#"{"by-p": {"a.": 1, ".b": 2}}"#, r#"{"p": "ab"}"#),
            "several values of `x` in `t` match `p` `ab`"
        );
        let odd: Node = Node::new(Map::from([(Node::new(1), Node::new(2))]));
        let odd = evaluate_keyed_by(&odd, "`x` in `t`", &|_| None, KeyedByOptions::default());
        assert_eq!(odd.unwrap_err().message, "expected the only key of `x` in `t` as a string, found a whole number");
        assert_eq!(message(r#"{"by-p": 3}"#, "{}"), "expected the values of `by-p` as a mapping, found a whole number");
    }

    #[test]
    fn paths_lead_into_lists_and_stop_where_there_is_nothing() {
        let mut item: Map = node(
            r#"{"p": "a", "l": [{"v": {"by-p": {"a": 1, "b": 2}}}, {"w": 0}, 7], "d": {"v": {"by-z": {"q": 1, "r": 2}}}}"#,
        )
        .as_map()
        .unwrap()
        .clone();
        let before = item.clone();
        for field in ["nothing", "l.v", "l[]", "nothing[].v", "d.nothing.v"] {
            resolve_keyed_by(&mut item, field, "t", KeyedByOptions::default(), &[]).unwrap();
        }
        assert_eq!(item, before);
        resolve_keyed_by(&mut item, "l[].v", "t", KeyedByOptions::default(), &[]).unwrap();
        let deferred = KeyedByOptions { defer: &["z"], ..KeyedByOptions::default() };
        resolve_keyed_by(&mut item, "d.v", "t", deferred, &[]).unwrap();
        assert!(is_keyed(item.get("d").unwrap().get("v").unwrap()));
        resolve_keyed_by(&mut item, "d.v", "t", KeyedByOptions::default(), &[("z", Node::new("q"))]).unwrap();
        assert_eq!(serde_json::to_string(&item).unwrap(), r#"{"p":"a","l":[{"v":1},{"w":0},7],"d":{"v":1}}"#);
    }

    #[test]
    fn every_arm_of_a_typed_value_is_read() {
        let wrong = node(r#"{"by-level": {"3": 1, "default": "x"}}"#);
        assert_eq!(
            yaml::read::<Keyed<u32>>(&wrong).unwrap_err().to_string(),
            "expected a whole number of at least 0, found the string `x`"
        );
        let right: Keyed<u32> = yaml::read(&node(r#"{"by-level": {"3": 1, "default": 2}}"#)).unwrap();
        assert_eq!(right.evaluate("it", &|_| Some(Node::new("3"))), Ok(1));
    }
}
