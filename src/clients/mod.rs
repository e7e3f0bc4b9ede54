//! The sources answered by the real world: checkouts, git and hg, push histories, the clock, the reference's package, the container
//! engine, Taskcluster.

pub mod checkout;
mod command;
mod confined;
mod disk;
mod engine;
mod git;
mod git_objects;
mod hg;
mod jobs;
mod patience;
mod propose;
mod pushlog;
pub mod python;
mod repository;
mod scripts;
mod shelf;
mod system_clock;
pub mod taskcluster;
#[cfg(test)]
mod testing;
mod web;

pub use confined::Confined;
pub use disk::Disk;
pub use engine::LocalEngine;
pub use git::Git;
pub use git_objects::GitObjects;
pub use hg::Hg;
pub use jobs::TaskclusterJobs;
pub use patience::Patience;
pub use propose::proposer_at;
pub use pushlog::{
    Address, GitPushlog, GithubPushlog, HgPushlog, InvalidAddress, TreeherderJobs, TreeherderPushlog,
    read_file as read_pushlog,
};
pub use repository::repository_at;
pub use scripts::PackageScripts;
pub use shelf::DiskShelf;
pub use system_clock::SystemClock;
pub use taskcluster::Taskcluster;
pub use web::Web;
