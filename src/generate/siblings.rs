//! What tasks of a kind have in common, made once.
//!
//! Chunks of a test, and combinations of a matrix, come out of one description and differ in a few texts. A step that
//! says which parts of a task it reads is taken once for all tasks in which these parts are the same; what it makes is
//! shared by them, which saves the memory as well.

use std::any::Any;
use std::sync::{Arc, Mutex, PoisonError};

use crate::yaml::Node;

/// How many results of a step are kept: siblings follow one another.
const KEPT: usize = 8;

/// What steps have made for tasks of a kind lately. Every processor has its own, so that none waits for another.
#[derive(Debug)]
pub struct Siblings(Vec<Mutex<Vec<Step>>>);

/// What one step has made.
#[derive(Debug)]
struct Step {
    name: &'static str,
    made: Vec<Made>,
    /// Which one the next takes the place of.
    oldest: usize,
}

/// What was made, and of what.
#[derive(Debug)]
struct Made {
    of: Vec<Node>,
    value: Arc<dyn Any + Send + Sync>,
}

impl Default for Siblings {
    fn default() -> Self {
        // The last one is for whoever is none of the processors that share the work.
        Self((0..=rayon::current_num_threads()).map(|_| Mutex::default()).collect())
    }
}

impl Siblings {
    /// What the step has made of the same parts before.
    pub fn get<'n, T: Send + Sync + 'static>(
        &self,
        step: &'static str,
        parts: impl ExactSizeIterator<Item = &'n Node> + Clone,
    ) -> Option<Arc<T>> {
        let steps = self.own().lock().unwrap_or_else(PoisonError::into_inner);
        let made = &steps.iter().find(|known| known.name == step)?.made;
        let is_of = |made: &&Made| {
            made.of.len() == parts.len() && made.of.iter().zip(parts.clone()).all(|(of, part)| of.is_same(part))
        };
        made.iter().find(is_of).and_then(|made| Arc::clone(&made.value).downcast().ok())
    }

    /// Keeps what the step has made of those parts.
    pub fn keep<'n, T: Send + Sync + 'static>(
        &self,
        step: &'static str,
        parts: impl Iterator<Item = &'n Node>,
        value: &Arc<T>,
    ) {
        let made = Made { of: parts.cloned().collect(), value: Arc::clone(value) as Arc<dyn Any + Send + Sync> };
        let mut steps = self.own().lock().unwrap_or_else(PoisonError::into_inner);
        match steps.iter_mut().find(|known| known.name == step) {
            Some(known) => known.keep(made),
            None => steps.push(Step { name: step, made: vec![made], oldest: 0 }),
        }
    }

    fn own(&self) -> &Mutex<Vec<Step>> {
        let last = self.0.len() - 1;
        &self.0[rayon::current_thread_index().map_or(last, |at| at.min(last))]
    }
}

impl Step {
    fn keep(&mut self, made: Made) {
        if self.made.len() < KEPT {
            self.made.push(made);
        } else {
            self.made[self.oldest] = made;
            self.oldest = (self.oldest + 1) % KEPT;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_made_of_the_same_parts_is_found() {
        let siblings = Siblings::default();
        let parts = |number: i64| vec![Node::new(number), Node::new("x")];
        let get = |step, number| siblings.get::<i64>(step, parts(number).iter()).map(|made| *made);
        for number in 0..10 {
            assert_eq!(get("one", number), None);
            siblings.keep("one", parts(number).iter(), &Arc::new(number * 2));
        }
        assert_eq!((get("one", 9), get("one", 2), get("two", 9)), (Some(18), Some(4), None));
        // The oldest gave way.
        assert_eq!((get("one", 1), siblings.get::<i64>("one", parts(9)[..1].iter())), (None, None));
    }
}
