//! Answers worth keeping for the length of a run.

use std::borrow::Borrow;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use arcstr::ArcStr;

use crate::diagnostics::Mistakes;
use crate::script::starlark::{Modules, Registry};

/// Answers by question; a question is worked out once, unless two threads ask it at the same moment.
#[derive(Debug)]
pub struct Memo<K, V>(Mutex<BTreeMap<K, V>>);

impl<K, V> Default for Memo<K, V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Ord, V: Clone> Memo<K, V> {
    /// The answer kept for `key`, else that of `make`, which is then kept.
    ///
    /// # Errors
    /// As `make`; a failure is not kept.
    pub fn get_or_try_insert<Q, E>(&self, key: &Q, make: impl FnOnce() -> Result<V, E>) -> Result<V, E>
    where
        K: Borrow<Q>,
        Q: Ord + ToOwned<Owned = K> + ?Sized,
    {
        if let Some(known) = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(key) {
            return Ok(known.clone());
        }
        // Not locked while working, as `make` may ask another question.
        let made = make()?;
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(key.to_owned(), made.clone());
        Ok(made)
    }
}

/// What a run asks of its tree again and again.
#[derive(Debug, Default)]
pub struct RunMemo {
    /// Absolute path of a file → the SHA-256 of its content, in hexadecimal digits.
    pub file_digests: Memo<PathBuf, ArcStr>,
    /// Absolute directory → the tracked files below it.
    pub tracked_files: Memo<PathBuf, Arc<[String]>>,
    /// Name of an image → its folder, where that has another name.
    pub image_folders: Memo<(), Arc<BTreeMap<String, String>>>,
    /// Name of a worker's script → the SHA-256 of its content, in hexadecimal digits.
    pub script_digests: Memo<String, ArcStr>,
    /// Name of an image → the volumes that its Dockerfile defines.
    pub volumes: Memo<String, Arc<BTreeSet<String>>>,
    /// The tree's programs in Starlark.
    pub modules: Modules,
    /// What the tree registers in Starlark, once it was asked.
    pub registry: OnceLock<Result<Registry, Mistakes>>,
}
