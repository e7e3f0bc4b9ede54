//! Pushes and actions as a user does them: the built program in a clone, and what it made seen over HTTP.

mod actions;
mod carriers;
mod pushes;
mod repository;
mod served;

use crate::support::{Ran, Run, Tree};

/// The group that a push printed.
fn group_of(ran: &Ran) -> String {
    let stdout = ran.stdout();
    let line = stdout.lines().find_map(|line| line.strip_prefix("group ")).expect("it prints the group");
    line.split(' ').next().unwrap_or_default().to_owned()
}

/// Pushes, and returns the group.
fn push(tree: &Tree, arguments: &str) -> String {
    group_of(&repository::pushgraph(tree, &format!("local push {arguments}")).run().ends_with(0))
}

/// An action on the latest push, with its arguments.
fn action(tree: &Tree, arguments: &str) -> Run {
    repository::pushgraph(tree, &format!("local action {arguments}"))
}
