//! Histories of many pushes: what is remembered of them, and the pushlog and Treeherder that tell of them.
//!
//! Taskcluster itself has no list of pushes. Beside its services the server therefore answers, for every project that
//! has a history, what hg.mozilla.org, Treeherder and GitHub would: `/hg/<project>/json-pushes`, `/treeherder/api/…` and
//! `/github/repos/…`.

pub mod recorded;
pub(crate) mod serve;
