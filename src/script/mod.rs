//! In-tree code: what a tree brings along in a language of its own, run by somebody who can.
//!
//! It is asked in three ways: for the steps of a kind's chain that are written in it ([`KindCode`]), for what it
//! registered under a name that a step of ours meets ([`Point`]), and, where it changes the reference itself, for the
//! whole of generation ([`Question`]).
//!
//! Nothing here starts a process; `clients` answers for real, [`NoCode`] and [`MemoryCode`] from values.

mod chain;
mod point;
pub mod starlark;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Mutex, PoisonError};

use crate::diagnostics::{Diagnostic, Mistakes, Span};
use crate::model::{KindName, Label, Stub};
use crate::sources;
use crate::yaml::{Map, Node};

use self::chain::NoKindCode;
pub use self::chain::{KindCode, KindView};
pub use self::point::Point;

/// What in a tree asks for code that is not ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need {
    /// What it is, as the start of a sentence: "`register` names `x:y`".
    pub what: String,
    /// Where it is written.
    pub span: Span,
}

/// A question to the tree's code; it goes on from one to the next.
#[derive(Clone, Copy, Debug)]
pub enum Question<'a> {
    /// Completes and checks parameters that were loaded.
    Parameters {
        /// What was loaded.
        document: &'a Map,
        /// Whether nothing may be filled in.
        strict: bool,
    },
    /// Takes over parameters that are complete, unless it completed them itself.
    These(&'a Map),
    /// The parameters of a decision, from its options.
    DecisionParameters(&'a Map),
    /// The kinds and what they depend on.
    KindGraph,
    /// The graph after a phase, by the phase's name.
    Graph(&'static str),
    /// The names of that graph's tasks alone.
    Labels(&'static str),
    /// What the filters of the parameters leave of these tasks: their labels, and the tasks that were changed.
    Targets(&'a Node),
    /// Has the target task set be these tasks, whatever the tree's own filters choose; asked before that set is made.
    Select(&'a BTreeSet<Label>),
    /// The ids of the optimized and morphed graph.
    LabelToTaskId,
    /// What optimization logged.
    OptimizationLog,
    /// `actions.json`.
    Actions,
}

impl Question<'_> {
    /// What is being asked, for people and for the protocol.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Parameters { .. } | Self::These(_) => "parameters",
            Self::DecisionParameters(_) => "decision_parameters",
            Self::KindGraph => "kind_graph",
            Self::Graph(_) => "graph",
            Self::Labels(_) => "labels",
            Self::Targets(_) => "target_task_set",
            Self::Select(_) => "select",
            Self::LabelToTaskId => "label_to_task_id",
            Self::OptimizationLog => "optimization_log",
            Self::Actions => "actions",
        }
    }

    /// Whether parameters are known after it.
    #[must_use]
    pub const fn gives_parameters(&self) -> bool {
        matches!(self, Self::Parameters { .. } | Self::These(_) | Self::DecisionParameters(_))
    }
}

impl fmt::Display for Question<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Graph(phase) | Self::Labels(phase) => write!(formatter, "{} {phase}", self.name()),
            _ => formatter.write_str(self.name()),
        }
    }
}

/// Why the tree's code did not answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The code is wrong, or what it needs is not there.
    #[error(transparent)]
    Mistakes(#[from] Mistakes),
    /// What runs it ended, or did not answer in time.
    #[error(transparent)]
    Source(#[from] sources::Error),
}

impl From<Diagnostic> for Error {
    fn from(mistake: Diagnostic) -> Self {
        Self::Mistakes(mistake.into())
    }
}

/// What stands in [`InTreeCode::ran`] for a kind that was made as a whole.
pub const EVERYTHING: &str = "everything";

/// Runs the code of a tree.
pub trait InTreeCode: Send + Sync {
    /// Whether there is anybody to run it.
    fn can_run(&self) -> bool;

    /// What is known to ask for it.
    fn needs(&self) -> Vec<Need>;

    /// Adds what was found to ask for it.
    fn add_needs(&self, more: Vec<Need>);

    /// Asks a question.
    ///
    /// # Errors
    /// An exception in the code, or no answer.
    fn ask(&self, question: Question<'_>) -> Result<Node, Error>;

    /// Why all of generation is the code's business, if it is: it is written for another version of the reference, or
    /// changes the reference. Those modules, which kinds name, are looked at too.
    ///
    /// # Errors
    /// An exception in the code, or nobody to run it.
    fn whole(&self, _: &[String]) -> Result<Vec<Need>, Error> {
        Ok(self.needs())
    }

    /// Whether there are parameters of the tree's own, which only its code can fill in.
    ///
    /// # Errors
    /// An exception in the code, or nobody to run it.
    fn extends_parameters(&self) -> Result<bool, Error> {
        Ok(!self.needs().is_empty())
    }

    /// Whether it runs steps of a kind's chain between steps of ours.
    fn runs_steps(&self) -> bool {
        false
    }

    /// What a kind's own code is run by.
    fn kind<'k>(&'k self, _: KindView<'k>) -> Box<dyn KindCode + 'k> {
        Box::new(NoKindCode)
    }

    /// The names that the tree registers at an extension point.
    fn registered(&self, _: Point) -> BTreeSet<String> {
        BTreeSet::new()
    }

    /// The steps that it ran, by kind; [`EVERYTHING`] where it made the kind as a whole.
    fn ran(&self) -> BTreeMap<KindName, Vec<String>> {
        BTreeMap::new()
    }
}

/// Where there is nobody to run any code.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoCode;

impl InTreeCode for NoCode {
    fn can_run(&self) -> bool {
        false
    }

    fn needs(&self) -> Vec<Need> {
        Vec::new()
    }

    fn add_needs(&self, _: Vec<Need>) {}

    fn ask(&self, _: Question<'_>) -> Result<Node, Error> {
        Err(Diagnostic::error("in-tree code is not run here").into())
    }
}

/// A step in memory: what it makes of a stub.
pub type MemoryStep = fn(Stub) -> Vec<Stub>;

/// Answers by the name of the question, and of the phase if it has one: `graph full_task_graph`.
#[derive(Debug, Default)]
pub struct MemoryCode {
    /// The steps it runs, by name.
    pub steps: BTreeMap<String, MemoryStep>,
    /// The answers.
    pub answers: BTreeMap<String, Node>,
    /// What asks for it.
    pub needs: Mutex<Vec<Need>>,
}

impl InTreeCode for MemoryCode {
    fn can_run(&self) -> bool {
        true
    }

    fn needs(&self) -> Vec<Need> {
        self.needs.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn add_needs(&self, more: Vec<Need>) {
        self.needs.lock().unwrap_or_else(PoisonError::into_inner).extend(more);
    }

    fn ask(&self, question: Question<'_>) -> Result<Node, Error> {
        let name = question.to_string();
        let unknown = || Error::from(Diagnostic::error(format!("nothing is known of `{name}`")));
        self.answers.get(&name).cloned().ok_or_else(unknown)
    }

    fn runs_steps(&self) -> bool {
        !self.steps.is_empty()
    }

    fn kind<'k>(&'k self, _: KindView<'k>) -> Box<dyn KindCode + 'k> {
        Box::new(MemoryKindCode(&self.steps))
    }
}

struct MemoryKindCode<'k>(&'k BTreeMap<String, MemoryStep>);

impl KindCode for MemoryKindCode<'_> {
    fn run(&mut self, steps: &[String], stubs: Vec<Stub>) -> Result<(Vec<Stub>, Mistakes), Error> {
        let mut stubs = stubs;
        for name in steps {
            let unknown = || Error::from(Diagnostic::error(format!("nothing is known of `{name}`")));
            let step = self.0.get(name).ok_or_else(unknown)?;
            stubs = stubs.into_iter().flat_map(step).collect();
        }
        Ok((stubs, Mistakes::default()))
    }
}
