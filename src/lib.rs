//! `pushgraph`: a project's Taskcluster decision task and action tasks.
//!
//! ```text
//! parameters ─┐
//! checkout ───┴▶ kinds ──▶ transforms ──▶ tasks ──▶ full task graph ──▶ target task set ──▶ target task graph
//!                                                   TaskGraph<Label>                              │
//!  Queue ◀── create ◀── morphs ◀── optimized task graph ◀── optimization ◀── Facts ◀── one batched look-up
//!                                  TaskGraph<TaskId>
//! ```
//!
//! In the order of the flow; imports run downwards only, from the end of this list to its start:
//!
//! * [`diagnostics`]: mistakes and warnings that know where they were written
//! * [`yaml`]: documents with places, and closed types read from them
//! * [`json`]: JSON as the reference writes it
//! * [`model`]: labels, task ids, parameters, configuration, tasks and graphs
//! * [`query`]: the language that says which tasks of a graph are meant
//! * [`draw`]: pictures of graphs
//! * [`sources`]: what we ask of the world, as traits with an in-memory answer each
//! * [`script`]: what we ask of the code that a tree brings along
//! * [`carriers`]: where a push may say which tasks it wants
//! * [`parameters`]: what a push is: computed from the checkout, computed for a decision, or loaded
//! * [`generate`]: the phases from kinds to the morphed graph, each a function from value to value
//! * [`schemas`]: what a tree may say, as JSON Schemas
//! * [`explain`]: why each task was created or not
//! * [`create`]: tasks to the queue, in order, safe to repeat
//! * [`publish`]: the files a run leaves for the worker to upload
//! * [`error`]: how what runs in a task can fail
//! * [`actions`]: what extends a push afterwards
//! * [`docker`]: images and tasks on this machine
//! * [`decision`]: a push becomes parameters, a graph, artifacts and tasks
//! * [`clients`]: the sources answered by real services and checkouts
//! * [`local`]: the embedded Taskcluster
//! * [`cli`]: one file per subcommand; the only place that joins clients to anything

pub mod actions;
pub mod carriers;
pub mod cli;
pub mod clients;
pub mod create;
pub mod decision;
pub mod diagnostics;
pub mod docker;
pub mod draw;
pub mod environment;
pub mod error;
pub mod explain;
pub mod generate;
pub mod history;
pub mod json;
pub mod local;
pub mod model;
pub mod parameters;
pub mod publish;
pub mod query;
pub mod schemas;
pub mod script;
pub mod sources;
mod steps;
pub mod yaml;
