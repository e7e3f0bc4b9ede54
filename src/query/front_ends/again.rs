//! The query of an earlier push.

use super::{Compiled, Context, FrontEnd};
use crate::diagnostics::{Diagnostic, Mistakes};
use crate::query::parse_text;

pub(super) const FRONT_END: FrontEnd =
    FrontEnd { name: "again", summary: "the query of an earlier push: 0 is the last one", compile };

fn compile(text: &str, context: &Context<'_>) -> Result<Compiled, Mistakes> {
    let earlier = match text.trim() {
        "" => Some(0),
        number => number.parse::<usize>().ok(),
    };
    match earlier.and_then(|at| context.history.get(at)) {
        Some(query) => parse_text(query).map(Compiled::from),
        None => {
            let message = format!("there is no earlier push `{}`", text.trim());
            Err(Diagnostic::error(message).help(format!("{} are remembered, from 0 on", context.history.len())).into())
        }
    }
}
