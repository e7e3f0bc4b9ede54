//! References to other tasks in a task definition: `{task-reference: "…<edge>…"}` and
//! `{artifact-reference: "…<edge/path>…"}`.
//!
//! Source: `taskgraph.util.parameterization` of the reference.

use arcstr::ArcStr;

use super::rewrite::{Replace, rewrite};
use crate::diagnostics::{Diagnostic, suggest};
use crate::model::{Label, TaskId};
use crate::yaml::Node;

/// Marks a text in which `<edge>` stands for a task id.
pub const TASK_REFERENCE: &str = "task-reference";
/// Marks a text in which `<edge/path>` stands for an artifact's URL.
pub const ARTIFACT_REFERENCE: &str = "artifact-reference";

/// A mapping that refers to tasks.
#[must_use]
pub fn task_reference(text: impl Into<Node>) -> Node {
    Node::new(crate::yaml::Map::from([(Node::new(TASK_REFERENCE), text.into())]))
}

/// What the references of one task stand for.
#[derive(Clone, Copy, Debug)]
pub struct References<'a> {
    /// The task.
    pub label: &'a Label,
    /// Its id: `<self>`.
    pub task_id: &'a TaskId,
    /// The decision task's id: `<decision>`.
    pub decision_task_id: &'a TaskId,
    /// Edge name → id of the task depended on.
    pub dependencies: &'a [(ArcStr, TaskId)],
    /// Taskcluster's root URL, without which artifacts have no URL.
    pub root_url: Option<&'a str>,
    /// The worker's proxy, which artifacts that are not public are fetched through.
    pub proxy_url: Option<&'a str>,
}

impl References<'_> {
    /// The definition with every reference in it resolved; parts without any stay shared.
    ///
    /// # Errors
    /// A reference to no dependency, to an artifact of the task itself, or to any artifact where the root URL is
    /// unknown; at the text.
    pub fn resolve(&self, definition: &Node) -> Result<Node, Diagnostic> {
        rewrite(definition, self)
    }

    fn task(&self, name: &str) -> Result<&str, Diagnostic> {
        match name {
            "self" => Ok(self.task_id.as_str()),
            "decision" => Ok(self.decision_task_id.as_str()),
            _ => match self.dependency(name) {
                Some(id) => Ok(id.as_str()),
                // `<<>` is how a text says `<`.
                None if name == "<" => Ok("<"),
                None => Err(self.no_dependency(name)),
            },
        }
    }

    fn artifact(&self, edge: &str, path: &str) -> Result<String, Diagnostic> {
        let task_id = match edge {
            "self" => {
                return Err(Diagnostic::error(format!("task `{}` can't reference artifacts of self", self.label)));
            }
            "decision" => self.decision_task_id,
            _ => self.dependency(edge).ok_or_else(|| self.no_dependency(edge))?,
        };
        let proxy_url = self.proxy_url.filter(|_| !path.starts_with("public/"));
        let url = proxy_url.or(self.root_url).ok_or_else(unknown_root_url)?;
        Ok(artifact_url(url, task_id, path))
    }

    fn dependency(&self, edge: &str) -> Option<&TaskId> {
        // The last of two edges of one name, as in a mapping.
        self.dependencies.iter().rev().find(|(name, _)| name == edge).map(|(_, id)| id)
    }

    fn no_dependency(&self, edge: &str) -> Diagnostic {
        let mut diagnostic = Diagnostic::error(format!("task `{}` has no dependency named `{edge}`", self.label));
        let known = self.dependencies.iter().map(|(name, _)| name.as_str());
        diagnostic.help = suggest(edge, known.chain(["self", "decision"]));
        diagnostic
    }
}

/// Where a task's artifact is found below a root or proxy URL.
#[must_use]
pub fn artifact_url(root_url: &str, task_id: &TaskId, path: &str) -> String {
    format!("{}/api/queue/v1/task/{task_id}/artifacts/{path}", root_url.trim_end_matches('/'))
}

fn unknown_root_url() -> Diagnostic {
    Diagnostic::error("cannot tell an artifact's URL: Taskcluster's root URL is unknown")
        .help("set `TASKCLUSTER_ROOT_URL`")
}

impl Replace for References<'_> {
    fn is_marker(&self, key: &str) -> bool {
        key == TASK_REFERENCE || key == ARTIFACT_REFERENCE
    }

    fn replace(&self, marker: &str, text: &str) -> Result<ArcStr, Diagnostic> {
        let replaced = match marker {
            TASK_REFERENCE => substitute(text, name, |name| self.task(name).map(str::to_owned)),
            _ => substitute(text, edge_and_path, |(edge, path)| self.artifact(edge, path)),
        };
        replaced.map(ArcStr::from)
    }
}

/// `name>` at the start of a text: the name, and how long it is with its bracket.
fn name(text: &str) -> Option<(&str, usize)> {
    let end = text.find('>').filter(|&end| end > 0)?;
    Some((&text[..end], end + 1))
}

/// `edge/path>` at the start of a text. The edge ends at the first slash, whatever it contains.
fn edge_and_path(text: &str) -> Option<((&str, &str), usize)> {
    let slash = text.find('/').filter(|&slash| slash > 0)?;
    let (path, length) = name(&text[slash + 1..])?;
    Some(((&text[..slash], path), slash + 1 + length))
}

/// The text with everything that `parse` finds after a `<` replaced, bracket included.
fn substitute<'t, T>(
    text: &'t str,
    parse: fn(&'t str) -> Option<(T, usize)>,
    replacement: impl Fn(T) -> Result<String, Diagnostic>,
) -> Result<String, Diagnostic> {
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(open) = rest.find('<') {
        let inside = &rest[open + 1..];
        let length = match parse(inside) {
            Some((found, length)) => {
                result.push_str(&rest[..open]);
                result.push_str(&replacement(found)?);
                length
            }
            None => {
                result.push_str(&rest[..=open]);
                0
            }
        };
        rest = &inside[length..];
    }
    result.push_str(rest);
    Ok(result)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::Map;

    fn resolve(node: &Node, root_url: Option<&str>, proxy_url: Option<&str>) -> Result<Node, Diagnostic> {
        let references = References {
            label: &Label::from("test"),
            task_id: &TaskId::from("SELF"),
            decision_task_id: &TaskId::from("DECISION"),
            dependencies: &[("build".into(), TaskId::from("BUILD"))],
            root_url,
            proxy_url,
        };
        references.resolve(node)
    }

    fn resolved(marker: &str, text: &str) -> Result<String, String> {
        let node = Node::new(Map::from([(marker, text)]));
        let answer = resolve(&node, Some("https://tc.example.com/"), Some("http://taskcluster"));
        answer.map(|node| node.as_str().unwrap().to_owned()).map_err(|mistake| mistake.message)
    }

    /// Each right-hand side is what the reference's `resolve_task_references` answers.
    #[test]
    fn references_become_ids_and_urls() {
        let task = |text| resolved(TASK_REFERENCE, text).unwrap();
        assert_eq!(task("a <build> <self> <decision>"), "a BUILD SELF DECISION");
        assert_eq!(task("<<>x>"), "<x>");
        assert_eq!(task("no < reference"), "no < reference");
        let artifact = |text| resolved(ARTIFACT_REFERENCE, text).unwrap();
        let base = "api/queue/v1/task";
        assert_eq!(
            artifact("<build/public/a.txt>"),
            format!("https://tc.example.com/{base}/BUILD/artifacts/public/a.txt")
        );
        assert_eq!(artifact("<decision/private/b>"), format!("http://taskcluster/{base}/DECISION/artifacts/private/b"));
        assert_eq!(artifact("<build>"), "<build>");
    }

    #[test]
    fn references_to_nothing_are_refused() {
        let refused = |marker, text| resolved(marker, text).unwrap_err();
        assert_eq!(refused(TASK_REFERENCE, "<biuld>"), "task `test` has no dependency named `biuld`");
        assert_eq!(refused(ARTIFACT_REFERENCE, "<self/public/a>"), "task `test` can't reference artifacts of self");
        assert_eq!(refused(ARTIFACT_REFERENCE, "<other/public/a>"), "task `test` has no dependency named `other`");
        let artifact = Node::new(Map::from([(ARTIFACT_REFERENCE, "<build/public/a>")]));
        assert!(resolve(&artifact, None, None).is_err());
    }

    #[test]
    fn keys_of_a_marked_mapping_are_texts_too() {
        let inner = task_reference("<self>");
        let caches = Map::from([("cache-<build>", Node::new("/a")), ("plain", inner)]);
        let document = Node::new(Map::from([("cache", Node::new(Map::from([(TASK_REFERENCE, caches)])))]));
        let answer = resolve(&document, None, None).unwrap();
        let expected = Map::from([("cache-BUILD", "/a"), ("plain", "SELF")]);
        assert_eq!(answer.get("cache"), Some(&Node::new(expected)));
    }

    #[test]
    fn a_mapping_with_two_keys_is_no_reference() {
        let document = Node::new(Map::from([(TASK_REFERENCE, "<nope>"), ("other", "x")]));
        assert_eq!(resolve(&document, None, None).unwrap(), document);
    }
}
