//! Strategies made of others: `Any`, `All`, `Not` and `Alias` of the reference.

use arcstr::ArcStr;

use super::Strategy;
use crate::generate::optimization::{Said, Verdict};

/// How the answers of several strategies become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Combination {
    /// The first answer that is not to keep the task counts.
    Any,
    /// The task goes if no answer is to keep it. It then is left out, even where all name tasks to take its place: the
    /// reference promises the first of them, but does this.
    All,
    /// The task goes if the one answer is to keep it, and is kept if it is not.
    Not,
    /// The one answer counts: another name for a strategy.
    Alias,
}

/// A strategy made of others, each with its own argument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Composite {
    pub(super) combination: Combination,
    pub(super) parts: Vec<Strategy>,
    /// What it is called in reasons; the reference names all its parts, also those that got no argument.
    pub(super) description: ArcStr,
}

impl Composite {
    pub(super) fn index_paths(&self) -> impl Iterator<Item = &String> {
        self.parts.iter().flat_map(Strategy::index_paths)
    }

    /// Asks the parts as [`Self::verdict`] does, and keeps what each said.
    pub(super) fn ask(&self, ask: &mut dyn FnMut(&Strategy) -> Said) -> Said {
        let mut parts = Vec::new();
        let verdict = self.verdict(&mut |part| {
            let said = ask(part);
            let verdict = said.verdict.clone();
            parts.push(said);
            verdict
        });
        let reason = match self.combination {
            Combination::Any => "the first that lets the task go counts",
            Combination::All => "the task goes if all of them let it go",
            Combination::Not => "it says the opposite",
            Combination::Alias => "it stands for another",
        };
        Said { strategy: self.description.clone(), verdict, reason: reason.to_owned(), parts }
    }

    /// Asks the parts in order, and no further than it matters.
    pub(super) fn verdict(&self, ask: &mut dyn FnMut(&Strategy) -> Verdict) -> Verdict {
        let mut answers = self.parts.iter().map(ask);
        match self.combination {
            Combination::Any => answers.find(|answer| *answer != Verdict::Keep).unwrap_or(Verdict::Keep),
            Combination::All if answers.any(|answer| answer == Verdict::Keep) => Verdict::Keep,
            Combination::All => Verdict::Remove,
            Combination::Not if answers.next() == Some(Verdict::Keep) => Verdict::Remove,
            Combination::Not => Verdict::Keep,
            Combination::Alias => answers.next().unwrap_or(Verdict::Keep),
        }
    }
}
