//! A query as it is written.

use super::{Compiled, Context, FrontEnd};
use crate::diagnostics::Mistakes;
use crate::query::parse_text;

pub(super) const FRONT_END: FrontEnd =
    FrontEnd { name: "query", summary: "a query, such as `kind(test) & platform(linux*)`", compile };

fn compile(text: &str, _: &Context<'_>) -> Result<Compiled, Mistakes> {
    parse_text(text).map(Compiled::from)
}
