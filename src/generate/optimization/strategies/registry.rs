//! What the names of strategies stand for: ours, and those a tree makes of them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use arcstr::ArcStr;

use super::composite::{Combination, Composite};
use super::own::Own;
use super::{NAMES, Strategy};
use crate::diagnostics::{Diagnostic, Mistakes, collect, suggest};
use crate::model::Label;
use crate::yaml::Node;

/// Strategies by the names tasks give them.
#[derive(Clone, Debug)]
pub struct Strategies(BTreeMap<ArcStr, Definition>);

/// What a name stands for: a strategy that has not been given its argument.
#[derive(Clone)]
pub struct Definition {
    description: ArcStr,
    read: Read,
}

/// Gives a strategy its argument.
type Read = Arc<dyn Fn(&Node) -> Result<Strategy, Mistakes> + Send + Sync>;

/// Makes the arguments of the parts from the argument of the whole; the number is how many parts there are. Parts that
/// get no argument are not asked.
pub type Split = Arc<dyn Fn(&Node, usize) -> Result<Vec<Node>, Diagnostic> + Send + Sync>;

impl Default for Strategies {
    /// Ours.
    fn default() -> Self {
        let built_in = |&name: &&'static str| (ArcStr::from(name), Definition::built_in(name));
        Self(NAMES.iter().map(built_in).collect())
    }
}

impl Strategies {
    /// Has `name` stand for that strategy. As in the reference, a name that stands for one already keeps it.
    pub fn register(&mut self, name: &str, definition: Definition) {
        self.0.entry(name.into()).or_insert(definition);
    }

    /// What the names stand for, in order: the parts of a composite.
    ///
    /// # Errors
    /// Names that stand for nothing; all of them.
    pub fn parts(&self, names: &[&str]) -> Result<Vec<Definition>, Mistakes> {
        collect(names, |name| self.0.get(*name).cloned().ok_or_else(|| self.unknown(name).into()))
    }

    /// The strategy of that name, with its argument.
    ///
    /// # Errors
    /// An unknown name, or an argument the strategy does not take.
    pub fn read(&self, name: &Node, argument: &Node) -> Result<Strategy, Mistakes> {
        let text = name.as_str().unwrap_or_default();
        match self.0.get(text) {
            Some(definition) => (definition.read)(argument),
            None => Err(self.unknown(text).at(name.span.or(argument.span)).into()),
        }
    }

    fn unknown(&self, name: &str) -> Diagnostic {
        let mut mistake = Diagnostic::error(format!("unknown optimization strategy `{name}`"));
        mistake.help = suggest(name, self.0.keys().map(ArcStr::as_str));
        mistake
    }
}

impl Definition {
    fn built_in(name: &'static str) -> Self {
        Self { description: name.into(), read: Arc::new(move |argument| Strategy::built_in(name, argument)) }
    }

    /// What the tree's own code says.
    #[must_use]
    pub fn own(name: &str, removable: BTreeSet<Label>) -> Self {
        let own = Own::new(name.into(), Arc::new(removable));
        Self { description: name.into(), read: Arc::new(move |_| Ok(Strategy::Own(own.clone()))) }
    }

    /// A task goes if one of these says so, the first that does. Each part gets the whole argument unless `split` says
    /// otherwise.
    #[must_use]
    pub fn any(parts: Vec<Self>, split: Option<Split>) -> Self {
        let description = joined(&parts, "-or-");
        Self::composite(Combination::Any, description, parts, split)
    }

    /// A task goes if all of these say so. Each part gets the whole argument unless `split` says otherwise.
    #[must_use]
    pub fn all(parts: Vec<Self>, split: Option<Split>) -> Self {
        let description = joined(&parts, "-and-");
        Self::composite(Combination::All, description, parts, split)
    }

    /// A task goes if this does not say so.
    #[must_use]
    #[expect(clippy::should_implement_trait, reason = "a strategy is no boolean; this is what the field calls it")]
    pub fn not(part: Self) -> Self {
        Self::composite(Combination::Not, arcstr::format!("not-{}", part.description), vec![part], None)
    }

    /// Another name for this, to change what it stands for in one place.
    #[must_use]
    pub fn alias(part: Self) -> Self {
        Self::composite(Combination::Alias, part.description.clone(), vec![part], None)
    }

    fn composite(combination: Combination, description: ArcStr, parts: Vec<Self>, split: Option<Split>) -> Self {
        let named = description.clone();
        let read = move |argument: &Node| {
            let arguments = match &split {
                Some(split) => split(argument, parts.len())?,
                None => vec![argument.clone(); parts.len()],
            };
            let parts = parts.iter().zip(&arguments).map(|(part, argument)| (part.read)(argument));
            Ok(Strategy::Composite(Composite {
                combination,
                parts: parts.collect::<Result<_, _>>()?,
                description: named.clone(),
            }))
        };
        Self { description, read: Arc::new(read) }
    }
}

fn joined(parts: &[Definition], between: &str) -> ArcStr {
    parts.iter().map(|part| part.description.as_str()).collect::<Vec<_>>().join(between).into()
}

impl fmt::Debug for Definition {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Definition").field(&self.description).finish()
    }
}
