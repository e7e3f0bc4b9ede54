//! Requests to workers not to use caches that were made before now.

use std::sync::{Mutex, PoisonError};

use super::Answer;

/// Takes requests.
pub trait PurgeCache: Send + Sync {
    /// Asks the workers of a pool (`provisioner/type`) to throw a cache away.
    fn purge<'a>(&'a self, pool: &'a str, cache: &'a str) -> Answer<'a, ()>;
}

/// Remembers what was asked.
#[derive(Debug, Default)]
pub struct MemoryPurgeCache(Mutex<Vec<(String, String)>>);

impl MemoryPurgeCache {
    /// What was asked so far: pool and cache.
    #[must_use]
    pub fn purged(&self) -> Vec<(String, String)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl PurgeCache for MemoryPurgeCache {
    fn purge<'a>(&'a self, pool: &'a str, cache: &'a str) -> Answer<'a, ()> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push((pool.to_owned(), cache.to_owned()));
        Box::pin(async { Ok(()) })
    }
}
