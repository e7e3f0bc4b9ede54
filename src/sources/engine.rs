//! The container engine of this machine: builds images, loads them, and runs them.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use super::{Answer, Error};

/// Answers with images and containers.
pub trait Engine: Send + Sync {
    /// Builds an image; what the engine says meanwhile goes to people.
    fn build<'a>(&'a self, build: &'a Build) -> Answer<'a, ()>;

    /// Begins to load an image.
    ///
    /// # Errors
    /// If the engine cannot be started.
    fn load(&self) -> Result<Box<dyn Loading>, Error>;

    /// Runs a container, joined to the terminal of this process, until its command ends; its exit code.
    fn run<'a>(&'a self, container: &'a Container) -> Answer<'a, u8>;
}

/// An image that is being loaded: what is written to it is an archive as engines save them. Dropped before it is
/// finished, nothing is loaded.
pub trait Loading: Write + Send {
    /// Ends the archive, and waits until the engine has it; what the engine said.
    ///
    /// # Errors
    /// If the engine refuses the archive.
    fn finish(self: Box<Self>) -> Result<String, Error>;
}

/// An image to build.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Build {
    /// What it will be called: `name:tag`.
    pub tag: String,
    /// What it is built from: a compressed archive with a `Dockerfile`.
    pub context: Vec<u8>,
    /// The values of the Dockerfile's `ARG`s.
    pub arguments: BTreeMap<String, String>,
}

/// A container to run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Container {
    /// What it is made from.
    pub image: String,
    /// What runs in it; what its image says, if this is empty.
    pub command: Vec<String>,
    /// Environment variables, in order.
    pub environment: Vec<(String, String)>,
    /// Paths of this machine, and where they are in the container.
    pub volumes: Vec<(String, String)>,
    /// Files made for it: where in the container, and their content.
    pub files: Vec<(String, String)>,
    /// Whether it has a terminal.
    pub terminal: bool,
    /// Whether it stays when its command has ended.
    pub keep: bool,
}

/// An engine that only remembers what it was asked.
#[derive(Debug, Default)]
pub struct MemoryEngine {
    /// What it was asked to build.
    pub built: Mutex<Vec<Build>>,
    /// The archives it was given.
    pub loaded: Arc<Mutex<Vec<Vec<u8>>>>,
    /// What it was asked to run.
    pub ran: Mutex<Vec<Container>>,
    /// What it says after loading.
    pub says: String,
    /// How commands end in its containers.
    pub exit_code: u8,
}

impl Engine for MemoryEngine {
    fn build<'a>(&'a self, build: &'a Build) -> Answer<'a, ()> {
        self.built.lock().unwrap_or_else(PoisonError::into_inner).push(build.clone());
        Box::pin(async { Ok(()) })
    }

    fn load(&self) -> Result<Box<dyn Loading>, Error> {
        let loaded = Arc::clone(&self.loaded);
        Ok(Box::new(MemoryLoading { archive: Vec::new(), says: self.says.clone(), loaded }))
    }

    fn run<'a>(&'a self, container: &'a Container) -> Answer<'a, u8> {
        self.ran.lock().unwrap_or_else(PoisonError::into_inner).push(container.clone());
        Box::pin(async { Ok(self.exit_code) })
    }
}

struct MemoryLoading {
    archive: Vec<u8>,
    says: String,
    loaded: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Write for MemoryLoading {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.archive.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Loading for MemoryLoading {
    fn finish(self: Box<Self>) -> Result<String, Error> {
        self.loaded.lock().unwrap_or_else(PoisonError::into_inner).push(self.archive);
        Ok(self.says)
    }
}
