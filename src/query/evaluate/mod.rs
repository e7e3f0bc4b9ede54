//! From a query to the tasks it selects.
//!
//! Every term becomes a set of bits, one for each task; operators are operations on those. Nothing is evaluated twice,
//! however often a named query is used.

mod column;
mod files;
mod project;
mod property;
mod search;
mod selected;
#[cfg(test)]
mod tests;
mod universe;

use std::collections::HashMap;

use fixedbitset::FixedBitSet;

pub use self::project::{Meaning, NoProject, Project};
use self::property::Property;
pub use self::selected::{Selected, TermCount};
pub use self::universe::Universe;
use super::{Atom, Query, Term};
use crate::diagnostics::{Diagnostic, Mistakes, quoted};

impl Universe<'_> {
    /// The tasks that a query selects, and what each of its terms contributes.
    ///
    /// # Errors
    /// Names that stand for nothing, and named queries that are made of themselves.
    pub fn select(&self, query: &Query, project: &dyn Project) -> Result<Selected, Mistakes> {
        let mut evaluation = Evaluation::new(self, project);
        let tasks = evaluation.query(query)?;
        Ok(evaluation.into_selected(query, &tasks))
    }
}

/// A query being evaluated.
struct Evaluation<'u, 'g> {
    universe: &'u Universe<'g>,
    project: &'u dyn Project,
    /// What terms were found to select, by what they say.
    known: HashMap<String, FixedBitSet>,
    /// The names that are being looked up, outermost first.
    open: Vec<String>,
    warnings: Vec<Diagnostic>,
}

impl<'u, 'g> Evaluation<'u, 'g> {
    fn new(universe: &'u Universe<'g>, project: &'u dyn Project) -> Self {
        Self { universe, project, known: HashMap::new(), open: Vec::new(), warnings: Vec::new() }
    }

    fn query(&mut self, query: &Query) -> Result<FixedBitSet, Mistakes> {
        match query {
            Query::Term(term) => self.term(term),
            Query::Not(inner) => {
                let mut tasks = self.query(inner)?;
                tasks.toggle_range(..);
                Ok(tasks)
            }
            Query::And(parts) => self.join(parts, FixedBitSet::intersect_with),
            Query::Or(parts) => self.join(parts, FixedBitSet::union_with),
        }
    }

    /// All parts are evaluated, also where the outcome is certain: each may have a mistake to tell.
    fn join(
        &mut self,
        parts: &[Query],
        join: impl Fn(&mut FixedBitSet, &FixedBitSet),
    ) -> Result<FixedBitSet, Mistakes> {
        let mut joined: Option<FixedBitSet> = None;
        let mut mistakes = Mistakes::default();
        for part in parts {
            match (self.query(part), &mut joined) {
                (Ok(tasks), Some(joined)) => join(joined, &tasks),
                (Ok(tasks), None) => joined = Some(tasks),
                (Err(more), _) => mistakes.extend(more.0),
            }
        }
        mistakes.or(joined.unwrap_or_else(|| self.universe.none()))
    }

    fn term(&mut self, term: &Term) -> Result<FixedBitSet, Mistakes> {
        let said = term.atom.to_string();
        if let Some(known) = self.known.get(&said) {
            return Ok(known.clone());
        }
        let tasks = self.atom(term).map_err(|mistakes| {
            mistakes.map(|mistake| {
                let span = mistake.span.or(term.span);
                mistake.at(span)
            })
        })?;
        self.known.insert(said, tasks.clone());
        Ok(tasks)
    }

    fn atom(&mut self, term: &Term) -> Result<FixedBitSet, Mistakes> {
        let universe = self.universe;
        match &term.atom {
            Atom::All => Ok(universe.all()),
            Atom::None => Ok(universe.none()),
            Atom::Field(field, patterns) => Ok(self.search(&Property::Field(*field), patterns, term.span)),
            Atom::Attribute(name, patterns) => Ok(self.search(&Property::Attribute(name), patterns, term.span)),
            Atom::Files(paths) => Ok(self.files(paths, term.span)),
            Atom::Walk(direction, query, depth) => {
                let tasks = self.query(query)?;
                Ok(universe.walk(tasks, *direction, *depth))
            }
            Atom::Target(of) => self.named(&term.atom, |project| project.target(of)),
            Atom::Cron(name) => self.named(&term.atom, |project| project.cron(name)),
            Atom::Named(name) => self.named(&term.atom, |project| project.named(name).map(Meaning::Query)),
        }
    }

    /// What a name stands for.
    fn named(
        &mut self,
        atom: &Atom,
        meaning: impl FnOnce(&'u dyn Project) -> Result<Meaning, Mistakes>,
    ) -> Result<FixedBitSet, Mistakes> {
        let name = atom.to_string();
        if let Some(from) = self.open.iter().position(|open| *open == name) {
            let circle: Vec<&str> = self.open[from..].iter().map(String::as_str).chain([name.as_str()]).collect();
            let message = format!("`{name}` is made of itself: {}", quoted(&circle));
            return Err(Diagnostic::error(message).into());
        }
        match meaning(self.project)? {
            Meaning::Tasks(labels) => Ok(self.universe.of_labels(&labels)),
            Meaning::Query(query) => {
                self.open.push(name);
                let tasks = self.query(&query);
                self.open.pop();
                tasks
            }
        }
    }
}
