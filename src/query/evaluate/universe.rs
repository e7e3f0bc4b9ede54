//! The tasks of a graph in a row, so that sets of them are rows of bits.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use fixedbitset::FixedBitSet;

use super::Property;
use super::column::Column;
use crate::model::{Label, LabelGraph, Task};
use crate::query::{Direction, Field};

/// A graph made ready for queries; one serves any number of them.
#[derive(Debug)]
pub struct Universe<'g> {
    tasks: Vec<&'g Task<Label>>,
    places: OnceLock<HashMap<&'g str, usize>>,
    dependencies: OnceLock<Vec<Vec<u32>>>,
    dependents: OnceLock<Vec<Vec<u32>>>,
    fields: [OnceLock<Arc<Column>>; Field::ALL.len()],
    attributes: Mutex<BTreeMap<String, Arc<Column>>>,
}

impl<'g> Universe<'g> {
    /// The tasks of a graph.
    #[must_use]
    pub fn new(graph: &'g LabelGraph) -> Self {
        Self {
            tasks: graph.iter().map(|(_, task)| &**task).collect(),
            places: OnceLock::new(),
            dependencies: OnceLock::new(),
            dependents: OnceLock::new(),
            fields: [const { OnceLock::new() }; Field::ALL.len()],
            attributes: Mutex::default(),
        }
    }

    /// The tasks, by label.
    #[must_use]
    pub fn tasks(&self) -> &[&'g Task<Label>] {
        &self.tasks
    }

    /// Where the task of that label is.
    pub(super) fn place(&self, label: &str) -> Option<usize> {
        let places = || self.tasks.iter().enumerate().map(|(at, task)| (task.label.as_str(), at)).collect();
        self.places.get_or_init(places).get(label).copied()
    }

    pub(super) fn none(&self) -> FixedBitSet {
        FixedBitSet::with_capacity(self.tasks.len())
    }

    pub(super) fn all(&self) -> FixedBitSet {
        let mut all = self.none();
        all.insert_range(..);
        all
    }

    /// Those of the labels that are in the graph.
    pub(super) fn of_labels(&self, labels: &BTreeSet<Label>) -> FixedBitSet {
        let mut found = self.none();
        labels.iter().filter_map(|label| self.place(label.as_str())).for_each(|place| found.insert(place));
        found
    }

    /// The texts that tasks have for a property.
    pub(super) fn column(&self, property: &Property<'_>) -> Arc<Column> {
        let make = || Arc::new(Column::of(property, &self.tasks));
        match property {
            Property::Field(field) => Arc::clone(self.fields[*field as usize].get_or_init(make)),
            Property::Attribute(name) => {
                let mut known = self.attributes.lock().unwrap_or_else(PoisonError::into_inner);
                Arc::clone(known.entry((*name).to_owned()).or_insert_with(make))
            }
        }
    }

    /// The tasks that `keep` keeps.
    pub(super) fn filter(&self, mut keep: impl FnMut(&Task<Label>) -> bool) -> FixedBitSet {
        let mut kept = self.none();
        for (at, task) in self.tasks.iter().enumerate() {
            kept.set(at, keep(task));
        }
        kept
    }

    /// These tasks and those up to `depth` edges away; however far without one.
    pub(super) fn walk(&self, from: FixedBitSet, direction: Direction, depth: Option<u32>) -> FixedBitSet {
        let edges = match direction {
            Direction::Dependencies => self.dependencies(),
            Direction::Dependents => self.dependents(),
        };
        let mut border: Vec<usize> = from.ones().collect();
        let mut reached = from;
        let mut left = depth.unwrap_or(u32::MAX);
        while left > 0 && !border.is_empty() {
            let ahead = border.iter().flat_map(|&at| &edges[at]).map(|&next| next as usize);
            border = ahead.filter(|&next| !reached.put(next)).collect();
            left -= 1;
        }
        reached
    }

    fn dependencies(&self) -> &[Vec<u32>] {
        let of = |task: &&Task<Label>| {
            let places = task.dependencies.iter().filter_map(|(_, on)| self.place(on.as_str()));
            places.map(|place| u32::try_from(place).expect("no graph has four billion tasks")).collect()
        };
        self.dependencies.get_or_init(|| self.tasks.iter().map(of).collect())
    }

    fn dependents(&self) -> &[Vec<u32>] {
        self.dependents.get_or_init(|| {
            let mut dependents = vec![Vec::new(); self.tasks.len()];
            for (at, on) in (0..).zip(self.dependencies()) {
                on.iter().for_each(|&on| dependents[on as usize].push(at));
            }
            dependents
        })
    }
}
