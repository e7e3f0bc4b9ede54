//! Where what was worked out is kept for the next run. Nothing depends on it: what is not there is worked out again.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// Keeps contents by name.
pub trait Shelf: Send + Sync {
    /// What is kept under the name, if anything is.
    fn get(&self, name: &str) -> Option<Vec<u8>>;

    /// Keeps a content, instead of what was kept under the name; where that cannot be done, it is not.
    fn put(&self, name: &str, content: &[u8]);
}

/// A shelf in memory.
#[derive(Debug, Default)]
pub struct MemoryShelf(pub Mutex<BTreeMap<String, Vec<u8>>>);

impl Shelf for MemoryShelf {
    fn get(&self, name: &str) -> Option<Vec<u8>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    fn put(&self, name: &str, content: &[u8]) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), content.to_owned());
    }
}

/// A shelf on which nothing is kept.
#[derive(Clone, Copy, Debug)]
pub struct NoShelf;

impl Shelf for NoShelf {
    fn get(&self, _: &str) -> Option<Vec<u8>> {
        None
    }

    fn put(&self, _: &str, _: &[u8]) {}
}
