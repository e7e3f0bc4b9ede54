//! Routes such as `/task/<taskId>/artifacts/<name>`, matched as the services' router does.

use percent_encoding::percent_decode_str;

/// Parameters that reach over slashes: `/` and `%2F` mean the same in them.
const SPLAT: &[&str] = &["taskQueueId", "name", "workerPoolId"];

/// Routes whose last parameter may be left out.
const OPTIONAL: &[&str] = &["/namespaces/<namespace>", "/tasks/<namespace>"];

/// A route of an API reference.
#[derive(Debug)]
pub(crate) struct Route {
    parts: Vec<Part>,
}

#[derive(Debug)]
enum Part {
    Fixed(String),
    One(String),
    Optional(String),
    Splat(String),
}

/// The values of a route's parameters, in its order, decoded.
pub(crate) type Params = Vec<(String, String)>;

impl Route {
    pub(crate) fn parse(text: &str) -> Self {
        let part = |segment: &str| match segment.strip_prefix('<').and_then(|rest| rest.strip_suffix('>')) {
            Some(name) if SPLAT.contains(&name) => Part::Splat(name.to_owned()),
            Some(name) if OPTIONAL.contains(&text) => Part::Optional(name.to_owned()),
            Some(name) => Part::One(name.to_owned()),
            None => Part::Fixed(segment.to_owned()),
        };
        Self { parts: text.trim_matches('/').split('/').map(part).collect() }
    }

    /// The parameters that every URL of this route has.
    pub(crate) fn required_params(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match part {
            Part::Fixed(_) | Part::Optional(_) => None,
            Part::One(name) | Part::Splat(name) => Some(name.as_str()),
        })
    }

    /// Whether a URL of this route may have this parameter.
    #[cfg(test)]
    pub(crate) fn has_param(&self, param: &str) -> bool {
        self.parts.iter().any(|part| match part {
            Part::Fixed(_) => false,
            Part::One(name) | Part::Optional(name) | Part::Splat(name) => name == param,
        })
    }

    /// The parameters in the path of a URL (still encoded, without the query string), if it is one of this route.
    ///
    /// One `/` at the end is ignored. A parameter that is not UTF-8 once decoded makes the path one of no route.
    pub(crate) fn matches(&self, path: &str) -> Option<Params> {
        let path = path.strip_prefix('/')?;
        let segments: Vec<&str> = path.strip_suffix('/').unwrap_or(path).split('/').collect();
        let mut params = Params::new();
        matches(&self.parts, &segments, &mut params).then_some(params)
    }
}

fn matches(parts: &[Part], segments: &[&str], params: &mut Params) -> bool {
    let Some((part, parts)) = parts.split_first() else { return segments.is_empty() };
    match part {
        Part::Fixed(text) => segments.first() == Some(&text.as_str()) && matches(parts, &segments[1..], params),
        Part::Optional(_) if segments.is_empty() => true,
        Part::One(name) | Part::Optional(name) => takes(name, 1, parts, segments, params),
        Part::Splat(name) => (1..=segments.len()).any(|count| takes(name, count, parts, segments, params)),
    }
}

fn takes(name: &str, count: usize, parts: &[Part], segments: &[&str], params: &mut Params) -> bool {
    if segments.len() < count || segments[0].is_empty() {
        return false;
    }
    let Some(value) = decode(&segments[..count].join("/")) else { return false };
    params.push((name.to_owned(), value));
    let found = matches(parts, &segments[count..], params);
    if !found {
        params.pop();
    }
    found
}

fn decode(text: &str) -> Option<String> {
    percent_decode_str(text).decode_utf8().ok().map(std::borrow::Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params(route: &str, path: &str) -> Option<Vec<String>> {
        let params = Route::parse(route).matches(path)?;
        Some(params.into_iter().map(|(_, value)| value).collect())
    }

    #[test]
    fn names_reach_over_slashes_encoded_or_plain() {
        let route = "/task/<taskId>/runs/<runId>/artifacts/<name>";
        for path in ["/task/T/runs/0/artifacts/public/logs/a%20b", "/task/T/runs/0/artifacts/public%2Flogs%2Fa%20b"] {
            assert_eq!(params(route, path).unwrap(), ["T", "0", "public/logs/a b"], "{path}");
        }
        assert_eq!(params(route, "/task/T/runs/0/artifacts"), None);
        assert_eq!(params(route, "/task/T/runs/0/artifacts/"), None);
        assert_eq!(params("/task-queues/<taskQueueId>/counts", "/task-queues/a/b/counts").unwrap(), ["a/b"]);
        assert_eq!(params("/task-queues/<taskQueueId>/counts", "/task-queues/a%2Fb/counts").unwrap(), ["a/b"]);
        assert_eq!(params("/pending/<taskQueueId>", "/pending/a%2fb").unwrap(), ["a/b"]);
    }

    #[test]
    fn other_parameters_are_one_segment() {
        assert_eq!(params("/task/<taskId>", "/task/a/b"), None);
        assert_eq!(params("/task/<taskId>", "/task/a%2Fb").unwrap(), ["a/b"]);
        assert_eq!(params("/task/<taskId>", "/task/a/").unwrap(), ["a"]);
        assert_eq!(params("/task/<taskId>", "/task/%ff"), None);
        assert_eq!(params("/clients/", "/clients").unwrap(), [""; 0]);
    }

    #[test]
    fn a_namespace_may_be_left_out() {
        for path in ["/tasks", "/tasks/"] {
            assert_eq!(params("/tasks/<namespace>", path).unwrap(), [""; 0]);
        }
        assert_eq!(params("/tasks/<namespace>", "/tasks/a.b").unwrap(), ["a.b"]);
        assert_eq!(Route::parse("/task/<namespace>").matches("/task"), None);
    }
}
