//! Whole numbers that are only passed on.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::yaml::{self, Node};

/// A whole number as Python has them: also beyond 64 bits, though not beyond 128.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(transparent)]
pub struct Integer(i128);

impl From<i64> for Integer {
    fn from(number: i64) -> Self {
        Self(number.into())
    }
}

impl From<i128> for Integer {
    fn from(number: i128) -> Self {
        Self(number)
    }
}

impl From<Integer> for Node {
    fn from(integer: Integer) -> Self {
        yaml::write(&integer)
    }
}

impl JsonSchema for Integer {
    fn schema_name() -> Cow<'static, str> {
        "Integer".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "integer"})
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::testing::World;

    #[test]
    fn a_whole_number_may_be_large() {
        let world = World::new(&[]);
        for number in ["0", "-5", "18446744073709551617", "-18446744073709551617"] {
            let node = world.yaml(number);
            assert_eq!(yaml::write(&yaml::read::<Integer>(&node).unwrap()), node);
        }
        let refused = |text: &str| yaml::read::<Integer>(&world.yaml(text)).unwrap_err().0[0].message.clone();
        assert_eq!(refused("1.5"), "expected a whole number, found the number `1.5`");
        assert_eq!(refused("yes"), "expected a whole number, found the boolean `true`");
        let endless = "9".repeat(50);
        assert_eq!(refused(&endless), "expected a whole number, found a number beyond 128 bits");
    }
}
