//! One property of all tasks: its texts, and the tasks that have each. Made once for a universe, however many terms of a
//! query ask for it: most properties have few texts, and patterns then are compared with those and not with every task.

use std::collections::HashMap;

use rayon::prelude::*;

use super::Property;
use crate::model::{Label, Task};

/// How many tasks are looked at in one piece.
const PIECE: usize = 2048;

/// The texts of a property, each with the places of the tasks that have it.
#[derive(Debug, Default)]
pub(super) struct Column(HashMap<String, Vec<u32>>);

impl Column {
    /// That of some tasks.
    pub(super) fn of(property: &Property<'_>, tasks: &[&Task<Label>]) -> Self {
        let piece = |(number, tasks): (usize, &[&Task<Label>])| {
            let mut column = Self::default();
            for (place, task) in (number * PIECE..).zip(tasks) {
                let place = u32::try_from(place).expect("no graph has four billion tasks");
                property.each_text(task, &mut |text| column.add(text, place));
            }
            column
        };
        tasks.par_chunks(PIECE).enumerate().map(piece).reduce(Self::default, Self::and)
    }

    fn add(&mut self, text: &str, place: u32) {
        match self.0.get_mut(text) {
            Some(places) => places.push(place),
            None => drop(self.0.insert(text.to_owned(), vec![place])),
        }
    }

    fn and(mut self, other: Self) -> Self {
        if self.0.is_empty() {
            return other;
        }
        other.0.into_iter().for_each(|(text, places)| self.0.entry(text).or_default().extend(places));
        self
    }

    /// The places of the tasks that have the text.
    pub(super) fn places(&self, text: &str) -> &[u32] {
        self.0.get(text).map(Vec::as_slice).unwrap_or_default()
    }

    /// Every text, in no order.
    pub(super) fn texts(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}
