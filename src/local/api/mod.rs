//! What every Taskcluster service does with a request before and after its own handler.
//!
//! A service is data: the official API reference says which routes there are, which query strings, bodies and scopes
//! they take ([`mod@reference`]), and a visible table says which function answers which of them
//! (`services`). [`dispatch`] joins the two in the order of checks of the real services.

pub(crate) mod call;
pub(crate) mod dispatch;
pub(crate) mod error;
#[cfg(test)]
mod official;
pub(crate) mod pagination;
pub(crate) mod reference;
pub(crate) mod route;
pub(crate) mod schema;
pub(crate) mod service;
pub(crate) mod template;

pub(crate) use super::time::Time;
pub(crate) use call::{Answer, Call, Handler};
pub(crate) use error::{ApiError, ErrorCode};
pub(crate) use service::Service;
