//! Our graphs beside the reference's, made in the same run from the same tree, byte for byte.
//!
//! Two things are taken out first, and nothing else: task ids, which the reference draws, are replaced by labels;
//! and paths that the reference itself does not keep stable over hash seeds, found by running it with several.

mod actions;
mod artifacts;
mod cli;
mod continued;
mod coverage;
mod decision;
mod defects;
mod docker;
mod explained;
mod graphs;
mod in_tree;
mod index;
mod mutations;
mod normal;
mod parameters;
mod porting;
mod programs;
mod random;
mod trees;
mod verdict;
mod worker;

pub(crate) use index::Taskcluster;
pub(crate) use programs::{reference_python, run_reference};
