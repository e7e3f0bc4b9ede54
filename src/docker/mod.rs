//! The project's images and tasks on this machine: built, loaded and run by the local container engine.
//!
//! [`Images`] are the tasks that make images; [`Builder`] makes an image here instead, [`load()`] fetches one that a
//! task has made, and [`task`] runs a task in its image.
//!
//! Source: `taskgraph.docker` of the reference.

mod archive;
mod build;
mod images;
mod load;
pub mod task;
#[cfg(test)]
mod tests;

pub use build::{Builder, Published};
pub use images::Images;
pub use load::{Loaded, load};
