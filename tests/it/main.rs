//! The integration tests: one binary, one module a subject.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![expect(clippy::disallowed_methods, reason = "tests talk to the world themselves")]

mod architecture;
mod client;
mod creation;
mod diff;
mod fuzz;
mod histories;
mod init;
mod local_push;
mod mistakes;
mod python_client;
mod reference;
mod robustness;
mod schemas;
mod support;
mod tables;
mod trust;
mod try_push;
mod whole_push;
