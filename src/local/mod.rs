//! The embedded Taskcluster: queue, index, hooks, secrets, auth, objects and artifacts over the real HTTP routes, on
//! loopback, in one process, with its state in one folder; and what makes pushes happen in it.
//!
//! Imports run downwards only, from the end of this list to its start:
//!
//! * `time`, `numbers`, `ids`: values as the services write them
//! * `store`: the state on disk
//! * `identity`: scopes, Hawk, clients, roles
//! * `api`: what all services do with a request, from the official API references
//! * `services`: the services, one folder each: a table of operations and what answers them
//! * [`faults`]: requests that are spoilt on purpose
//! * [`server`]: how to start it, and HTTP
//!
//! A service's route, query strings, body schema and scopes are not written here: they are read from
//! `references/`, which is what the real services publish about themselves.
//!
//! On the other side of HTTP, knowing the services only through their API:
//!
//! * [`push`]: a checkout's HEAD arrives, and its `.taskcluster.yml` is rendered
//! * [`worker`]: tasks are run, or simulated
//! * [`made`]: a history of many pushes is made from a file
//! * [`action`]: an action is fired as Treeherder fires it
//! * [`status`]: what exists and how far it is; [`report`] and [`progress`]: how that is told
//! * [`caller`]: the client all of them use

pub mod action;
mod api;
pub mod caller;
pub mod faults;
mod git;
pub mod history;
mod identity;
mod ids;
pub mod made;
mod numbers;
pub mod progress;
pub mod push;
pub mod report;
mod seed;
pub mod server;
mod services;
pub mod status;
mod store;
mod time;
mod urls;
pub mod worker;

pub use identity::Auth;
pub use store::StoreError;
