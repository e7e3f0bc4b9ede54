//! The commands that extend a push, end to end: histories of thirty pushes that are made and served, each command as a
//! user types it, and the tasks that were created compared with those that should be.

mod bad_pushes;
mod killed;
mod lost_builds;
mod terminal;
mod use_cases;
mod world;
