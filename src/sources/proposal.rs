//! A commit that asks for tasks, on its way to another repository.

use super::Error;

/// A commit on top of the one that is checked out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// Its message.
    pub message: String,
    /// What it carries beside the message.
    pub load: Load,
}

/// What a commit carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Load {
    /// Lines at the end of the message.
    Message(String),
    /// A file in the root of the repository.
    File {
        /// Its name.
        name: &'static str,
        /// Its content.
        content: String,
    },
    /// A git note on the commit.
    Note {
        /// The reference that notes are under: `refs/notes/…`.
        reference: &'static str,
        /// The note.
        content: String,
    },
    /// An extra field of a Mercurial commit.
    Extra {
        /// Its name.
        key: &'static str,
        /// Its value.
        value: String,
    },
}

/// Where a commit is pushed to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destination {
    /// A remote (in Mercurial a path) or a URL.
    pub remote: String,
    /// The branch, in git; what is there is replaced.
    pub branch: String,
}

/// Whoever commits and pushes.
pub trait Proposer {
    /// Makes the commit and pushes it; work tree, index, branches and bookmarks stay as they are. Returns the revision.
    ///
    /// # Errors
    /// A load that such a repository cannot hold; a tool that fails; a repository that refuses the push.
    fn propose(&self, proposal: &Proposal, to: &Destination) -> Result<String, Error>;

    /// Where a remote is, without credentials; a URL is itself.
    ///
    /// # Errors
    /// If there is no such remote.
    fn url_of(&self, remote: &str) -> Result<String, Error>;
}

impl Proposal {
    /// The whole message, with the lines that it carries.
    #[must_use]
    pub fn full_message(&self) -> String {
        match &self.load {
            Load::Message(lines) => format!("{}\n\n{lines}\n", self.message.trim_end()),
            Load::File { .. } | Load::Note { .. } | Load::Extra { .. } => format!("{}\n", self.message.trim_end()),
        }
    }
}
