//! Paths of keys joined by dots, and paths of files as text.

use crate::yaml::{Map, Node};

/// The value at a path of keys, if it leads anywhere.
///
/// Source: `taskgraph.util.templates.deep_get` of the reference.
#[must_use]
pub fn deep_get<'a>(map: &'a Map, path: &str) -> Option<&'a Node> {
    match path.split_once('.') {
        Some((step, rest)) => deep_get(map.get(step)?.as_map()?, rest),
        None => map.get(path),
    }
}

/// The value at a path of keys, to change; copies what other tasks share on the way.
pub fn deep_get_mut<'a>(map: &'a mut Map, path: &str) -> Option<&'a mut Node> {
    match path.split_once('.') {
        Some((step, rest)) => deep_get_mut(map.get_mut(step)?.as_map_mut()?, rest),
        None => map.get_mut(path),
    }
}

/// The mapping in which the last key of a path is, and that key.
pub fn container_of<'a, 'p>(map: &'a mut Map, path: &'p str) -> Option<(&'a mut Map, &'p str)> {
    match path.split_once('.') {
        Some((step, rest)) => container_of(map.get_mut(step)?.as_map_mut()?, rest),
        None => map.contains(path).then_some((map, path)),
    }
}

/// `base/path`, or `path` alone if it is absolute; as `posixpath.join`.
#[must_use]
pub fn join(base: &str, path: &str) -> String {
    if path.starts_with('/') {
        path.to_owned()
    } else if base.is_empty() || base.ends_with('/') {
        format!("{base}{path}")
    } else {
        format!("{base}/{path}")
    }
}

/// The path without `.`, `..` and doubled slashes; as `posixpath.normpath`.
#[must_use]
pub fn normalize(path: &str) -> String {
    let root = match path {
        _ if path.starts_with("//") && !path.starts_with("///") => "//",
        _ if path.starts_with('/') => "/",
        _ => "",
    };
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if root.is_empty() && parts.last().is_none_or(|last| *last == "..") => parts.push(part),
            ".." => drop(parts.pop()),
            _ => parts.push(part),
        }
    }
    let normal = format!("{root}{}", parts.join("/"));
    if normal.is_empty() { ".".into() } else { normal }
}

/// What comes before the last slash, without the slashes at its end; as `posixpath.dirname`.
#[must_use]
pub fn directory(path: &str) -> &str {
    let head = path.rfind('/').map_or("", |slash| &path[..=slash]);
    let trimmed = head.trim_end_matches('/');
    if trimmed.is_empty() { head } else { trimmed }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_paths_are_handled_as_python_s_posixpath_does() {
        assert_eq!(join("a/b", ""), "a/b/");
        assert_eq!(join("a/", "b"), "a/b");
        assert_eq!(join("a", "/b"), "/b");
        let normal = [("a/./b/..", "a"), ("/builds/worker/checkouts/vcs/..", "/builds/worker/checkouts"), ("", ".")];
        let more = [("../a", "../a"), ("/../a", "/a"), ("a/../..", ".."), ("//a", "//a"), ("///a", "/a")];
        for (path, expected) in normal.into_iter().chain(more) {
            assert_eq!(normalize(path), expected, "{path}");
        }
        for (path, expected) in [("a/b/c", "a/b"), ("a", ""), ("/a", "/"), ("a//b", "a")] {
            assert_eq!(directory(path), expected, "{path}");
        }
    }

    #[test]
    fn a_path_of_keys_leads_to_a_value_or_nowhere() {
        let node: Node = serde_json::from_str(r#"{"a": {"b": {"c": 1}}, "d": 2}"#).unwrap();
        let map = node.as_map().unwrap();
        assert_eq!(deep_get(map, "a.b.c"), Some(&Node::new(1)));
        assert_eq!(deep_get(map, "d.b"), None);
        assert_eq!(deep_get(map, "x"), None);
    }
}
