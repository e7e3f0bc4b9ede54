//! The services: for each, which operation of its API reference is answered by which function.

mod auth;
mod common;
pub(crate) mod hooks;
pub(crate) mod index;
mod object;
mod purge_cache;
pub(crate) mod queue;
mod secrets;

use super::api::Handler;
use super::api::reference::{self, Entry};
use super::api::route::Params;
use super::api::service::Service;

/// All services, in alphabetical order.
pub(crate) const SERVICES: &[Service] = &[
    auth::SERVICE,
    hooks::SERVICE,
    index::SERVICE,
    object::SERVICE,
    purge_cache::SERVICE,
    queue::SERVICE,
    secrets::SERVICE,
];

/// A slugid.
const SLUGID: &str = "^[A-Za-z0-9_-]{8}[Q-T][A-Za-z0-9_-][CGKOSWaeimquy26-][A-Za-z0-9_-]{10}[AQgw]$";

/// Printable ASCII.
const PRINTABLE: &str = r"^[\x20-\x7e]+$";

/// What a request is for.
#[derive(Debug)]
pub(crate) enum Routed {
    /// An operation, what answers it, and the parameters in its path.
    Operation(&'static Service, &'static Entry, Handler, Params),
    /// An operation that is not served, and why.
    NotServed(&'static Entry, &'static str),
    /// Nothing.
    Nothing,
}

/// Finds what a request is for; the path is what follows `/api/<service>/v1`.
pub(crate) fn route(service: &str, method: &str, path: &str) -> Routed {
    let method = if method == "HEAD" { "GET" } else { method };
    let Some(service) = SERVICES.iter().find(|known| known.name == service) else { return Routed::Nothing };
    let entries = reference::entries_of(service.name).into_iter().flatten().filter(|entry| entry.method == method);
    for entry in entries {
        let Some(params) = entry.route.matches(path) else { continue };
        if let Some(handler) = handler(service, &entry.name) {
            return Routed::Operation(service, entry, handler, params);
        }
        if let Some((_, reason)) = service.not_served.iter().find(|(name, _)| *name == entry.name) {
            return Routed::NotServed(entry, reason);
        }
    }
    Routed::Nothing
}

fn handler(service: &Service, operation: &str) -> Option<Handler> {
    let mut operations = service.operations.iter().chain(common::OPERATIONS);
    operations.find(|(name, _)| *name == operation).map(|(_, handler)| *handler)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::local::api::service::matches;

    #[test]
    fn every_operation_of_the_references_is_served_or_has_a_reason_not_to_be() {
        for service in SERVICES {
            let entries = reference::entries_of(service.name).unwrap();
            for entry in entries {
                let reason = service.not_served.iter().find(|(name, _)| *name == entry.name);
                let served = handler(service, &entry.name).is_some();
                assert!(served != reason.is_some(), "{}.{}: served {served}, {reason:?}", service.name, entry.name);
            }
            let known = |name: &str| entries.iter().any(|entry| entry.name == name);
            for name in service.operations.iter().map(|(name, _)| name).chain(service.not_served.iter().map(|(n, _)| n))
            {
                assert!(known(name), "{}.{name} is in no reference", service.name);
            }
        }
    }

    #[test]
    fn the_tables_are_sorted() {
        assert!(SERVICES.is_sorted_by_key(|service| service.name));
        for service in SERVICES {
            assert!(service.operations.is_sorted_by_key(|(name, _)| *name), "{}", service.name);
            assert!(service.not_served.is_sorted(), "{}", service.name);
        }
    }

    #[test]
    fn every_pattern_compiles_and_belongs_to_a_parameter() {
        for service in SERVICES {
            for (param, pattern) in service.params {
                assert!(!matches(pattern, "\n"), "{}.{param}", service.name);
                let mut entries = reference::entries_of(service.name).unwrap().iter();
                assert!(entries.any(|entry| entry.route.has_param(param)), "{}.{param}", service.name);
            }
        }
    }

    #[test]
    fn a_request_finds_its_operation() {
        let name = |method, path| match route("queue", method, path) {
            Routed::Operation(_, entry, ..) => Some(entry.name.as_str()),
            Routed::NotServed(..) | Routed::Nothing => None,
        };
        assert_eq!(name("PUT", "/task/x"), Some("createTask"));
        assert_eq!(name("GET", "/task/x"), Some("task"));
        assert_eq!(name("HEAD", "/task/x/status"), Some("status"));
        assert_eq!(name("POST", "/tasks/status"), Some("statuses"));
        assert_eq!(name("GET", "/task-queues/a/b/counts"), Some("taskQueueCounts"));
        assert_eq!(name("GET", "/task-queues/a%2Fb"), Some("getTaskQueue"));
        assert_eq!(name("GET", "/task/T/artifacts/public/logs/live.log"), Some("getLatestArtifact"));
        assert_eq!(name("DELETE", "/task/x"), None);
        assert!(matches!(route("github", "GET", "/ping"), Routed::Nothing));
        assert!(matches!(route("auth", "GET", "/sentry/x/dsn"), Routed::NotServed(..)));
    }
}
