//! Tests of reading against what PyYAML made of the same texts.

mod corpus;
pub(crate) mod properties;
pub(crate) mod tagged;
