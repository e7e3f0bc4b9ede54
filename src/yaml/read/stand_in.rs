//! Something right in place of what is wrong or missing, so that reading goes on behind it.

use serde::de::value::{MapDeserializer, SeqDeserializer};
use serde::de::{Deserializer, IntoDeserializer, Visitor};

use super::error::ReadError;
use super::node::PASSING;
use crate::yaml::{NODE_TOKEN, Node};

/// Reads as the plainest value of any type. Types that look closer may refuse it; then what holds it is passed over
/// too.
#[derive(Clone, Copy, Debug)]
pub(super) struct StandIn;

impl IntoDeserializer<'_, ReadError> for StandIn {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

macro_rules! as_a {
    ($visit:ident $arguments:tt: $($method:ident)*) => { $(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
            visitor.$visit $arguments
        }
    )* };
}

impl<'de> Deserializer<'de> for StandIn {
    type Error = ReadError;

    as_a! { visit_unit(): deserialize_any deserialize_unit deserialize_ignored_any }
    as_a! { visit_none(): deserialize_option }
    as_a! { visit_bool(false): deserialize_bool }
    as_a! { visit_f64(0.0): deserialize_f32 deserialize_f64 }
    as_a! { visit_str(""): deserialize_str deserialize_string deserialize_char deserialize_identifier }
    as_a! { visit_bytes(&[]): deserialize_bytes deserialize_byte_buf }
    as_a! { visit_i64(0): deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
    deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128 }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        visitor.visit_seq(SeqDeserializer::new(std::iter::empty::<Self>()))
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        visitor.visit_map(MapDeserializer::new(std::iter::empty::<(Self, Self)>()))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        visitor.visit_map(MapDeserializer::new(fields.iter().map(|field| (*field, Self))))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        visitor.visit_enum(variants.first().copied().unwrap_or_default().into_deserializer())
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        if name == NODE_TOKEN {
            // A string is what most types that look closer take.
            PASSING.set(Some(Node::new("")));
            return visitor.visit_unit();
        }
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, ReadError> {
        visitor.visit_unit()
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, ReadError> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        self.deserialize_seq(visitor)
    }
}
