//! What a tree registers for a run: values by what they are for and by name.

use std::collections::BTreeMap;

use starlark::environment::FrozenModule;
use starlark::values::OwnedFrozenValue;
use starlark::values::list::ListRef;
use starlark::values::structs::StructRef;

/// Under what name a module keeps what is registered: a list of structs with `point`, `name` and what is registered.
pub const REGISTERED: &str = "registered";

/// What a tree registered.
#[derive(Clone, Debug, Default)]
pub struct Registry(BTreeMap<(String, String), OwnedFrozenValue>);

impl Registry {
    /// What a module kept under [`REGISTERED`].
    pub fn of(module: &FrozenModule) -> Self {
        let Ok(all) = module.get(REGISTERED) else { return Self::default() };
        let Some(list) = ListRef::from_value(all.value()) else { return Self::default() };
        let entry = |item: starlark::values::Value<'_>| {
            let text = |wanted: &str| {
                let fields = StructRef::from_value(item)?;
                let (_, value) = fields.iter().find(|(name, _)| name.as_str() == wanted)?;
                value.unpack_str().map(str::to_owned)
            };
            Some(((text("point")?, text("name")?), all.map(|whole| item.unpack_frozen().unwrap_or(whole))))
        };
        Self(list.iter().filter_map(entry).collect())
    }

    /// A field of what is registered at a point under a name.
    #[must_use]
    pub fn get(&self, point: &str, name: &str, field: &str) -> Option<OwnedFrozenValue> {
        let found = self.0.get(&(point.to_owned(), name.to_owned()))?;
        let fields = StructRef::from_value(found.value())?;
        let (_, value) = fields.iter().find(|(name, _)| name.as_str() == field)?;
        let value = value.unpack_frozen().filter(|value| !value.is_none())?;
        Some(found.map(|_| value))
    }

    /// The names at a point, in order.
    #[must_use]
    pub fn names(&self, point: &str) -> Vec<&str> {
        self.0.keys().filter(|(known, _)| known == point).map(|(_, name)| name.as_str()).collect()
    }
}
