//! `nothing`: for pushes that ask not to be built.

use std::collections::BTreeSet;

use super::Method;
use crate::diagnostics::Mistakes;
use crate::model::{GraphConfig, Label, LabelGraph, Parameters};

pub(super) const METHOD: Method = Method { name: "nothing", select };

fn select(_: &LabelGraph, _: &Parameters, _: &GraphConfig) -> Result<BTreeSet<Label>, Mistakes> {
    Ok(BTreeSet::new())
}
