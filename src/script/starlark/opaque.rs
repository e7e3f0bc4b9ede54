//! What a document can say and Starlark cannot: whole numbers beyond 64 bits, bytes, timestamps. Such a value passes
//! through a program as it is.

use std::fmt;

use allocative::Allocative;
use starlark::collections::StarlarkHasher;
use starlark::starlark_simple_value;
use starlark::values::{
    NoSerialize, ProvidesStaticType, StarlarkPagablePanic, StarlarkValue, Value, ValueLike, starlark_value,
};

use crate::yaml::Node;

/// A value that is only passed on.
#[derive(Debug, ProvidesStaticType, NoSerialize, StarlarkPagablePanic, Allocative)]
pub(super) struct Opaque(#[allocative(skip)] pub(super) Node);

starlark_simple_value!(Opaque);

impl fmt::Display for Opaque {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "<{}>", self.0.type_name())
    }
}

#[starlark_value(type = "document value")]
impl<'v> StarlarkValue<'v> for Opaque {
    fn write_hash(&self, hasher: &mut StarlarkHasher) -> starlark::Result<()> {
        use std::hash::Hash;
        format!("{:?}", self.0.value).hash(hasher);
        Ok(())
    }

    fn equals(&self, other: Value<'v>) -> starlark::Result<bool> {
        Ok(other.downcast_ref::<Self>().is_some_and(|other| other.0 == self.0))
    }
}
