//! Names of tasks and of kinds.

use std::fmt;

use arcstr::ArcStr;

use crate::yaml::Node;

macro_rules! name_type {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(ArcStr);

        impl $name {
            /// The name of that spelling.
            pub fn new(name: impl Into<ArcStr>) -> Self {
                Self(name.into())
            }

            /// The spelling.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The spelling, shared.
            #[must_use]
            pub const fn as_arc_str(&self) -> &ArcStr {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.pad(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(name: &str) -> Self {
                Self(name.into())
            }
        }

        impl From<&$name> for Node {
            fn from(name: &$name) -> Self {
                Self::new(&name.0)
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }
    };
}

pub(super) use name_type;

name_type! {
    /// The name of a task within its push, such as `build-linux64/opt`.
    Label
}

name_type! {
    /// The name of a kind: the folder of its `kind.yml`.
    KindName
}
