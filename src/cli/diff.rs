//! `--diff`: the graph at another revision beside the graph at this one.

use std::fs;
use std::io;
use std::path::Path;
use std::process::Command;

use super::Outcome;
use super::exit::Exit;
use super::failure::Failure;
use super::format::Kind;
use super::format::Shown;
use super::graph::{Generated, Job};
use super::interruption::Interruption;
use super::output::{Sets, Target, tell};
use super::world::World;
use crate::diagnostics::Diagnostic;
use crate::generate::Phase;
use crate::sources::repository::Repository;

/// What `--diff` without a revision stands for: the newest revision that is public.
pub(super) const PUBLIC: &str = "default";

/// A comparison with another revision.
#[derive(Clone, Copy)]
pub(super) struct Comparison<'a> {
    /// The checkout.
    pub(super) world: &'a World<'a>,
    /// The other revision.
    pub(super) revision: &'a str,
    /// What is compared.
    pub(super) phase: Phase,
    /// Of which parameters.
    pub(super) specs: &'a [Option<String>],
}

/// The graphs of all sets of parameters at one revision.
struct Side {
    /// What the difference calls the revision.
    name: String,
    graphs: Vec<Generated>,
}

impl Comparison<'_> {
    /// Generates at this revision and at the other, and shows how they differ. Differences are no failure.
    pub(super) fn run(&self, job: &Job<'_>, output_file: Option<&str>, format: Kind) -> Outcome {
        let repository = self.world.repository()?;
        if !repository.is_clean()? {
            return Err(Diagnostic::error("can't diff taskgraph with dirty working directory")
                .help("commit the changes, or take them back")
                .into());
        }
        let (current, base) = self.both_sides(&*repository, job)?;
        let exit = self.show(job, base, current, output_file)?;
        if format != Kind::Json {
            tell("If you were expecting differences in task bodies you should pass \"-J\"\n");
        }
        Ok(exit)
    }

    fn both_sides(&self, repository: &dyn Repository, job: &Job<'_>) -> Result<(Side, Side), Failure> {
        let back_to = match repository.branch()? {
            Some(branch) => branch,
            None => short(&repository.head_rev()?),
        };
        let base = if self.revision == PUBLIC { repository.base_rev()? } else { self.revision.to_owned() };
        let current = self.side(back_to.clone(), job, None);
        let interruption = Interruption::watch(self.world.session)?;
        let _guard = Restore { repository, back_to };
        let updated = repository.update(&base);
        // Ctrl-C reaches the tool too: that it failed then is not worth a word.
        interruption.check()?;
        updated?;
        let base = self.side(short(&repository.head_rev()?), job, Some(&interruption));
        interruption.check()?;
        Ok((current, base))
    }

    fn side(&self, name: String, job: &Job<'_>, interruption: Option<&Interruption>) -> Side {
        tell(&format!("Generating {} @ {name}", self.phase));
        Side { graphs: job.generate_all(self.specs, interruption), name }
    }

    fn show(&self, job: &Job<'_>, base: Side, current: Side, output_file: Option<&str>) -> Outcome {
        let sets = if self.specs.len() > 1 { Sets::Several } else { Sets::One };
        let labels = [&base.name, &current.name].map(|revision| format!("{}@{revision}", self.phase));
        let (mut exit, mut skipped) = (Exit::Done, Vec::new());
        for ((name, base), (_, current)) in base.graphs.into_iter().zip(current.graphs) {
            match (base, current) {
                (Ok(base), Ok(current)) => {
                    let difference = Difference::of(&labels, &base.into_text(), &current.into_text())?;
                    let target = if difference.is_none { None } else { output_file };
                    Target::new(target, sets)?.dump(&Shown::Text(difference.text), &name)?;
                }
                // One side may well be broken: that is what the change mends, or breaks.
                (Err(failure), Ok(_)) | (Ok(_), Err(failure)) => {
                    exit = exit.max(job.report(&name, Sets::Several, failure)?);
                    skipped.push(name);
                }
                (Err(failure), Err(_)) => exit = exit.max(job.report(&name, sets, failure)?),
            }
        }
        warn_of_skipped(&skipped);
        Ok(exit)
    }
}

fn warn_of_skipped(skipped: &[String]) {
    if !skipped.is_empty() {
        let plural = if skipped.len() > 1 { "s" } else { "" };
        let names = skipped.join("\n  ");
        tell(&format!("WARNING: Diff skipped for the following generation{plural} due to failures:\n  {names}"));
    }
}

fn short(revision: &str) -> String {
    revision.chars().take(12).collect()
}

/// Checks the revision out again that was checked out before, whatever happens in between.
struct Restore<'a> {
    repository: &'a dyn Repository,
    back_to: String,
}

impl Drop for Restore<'_> {
    fn drop(&mut self) {
        // A second try, as the user's Ctrl-C reaches the tool too.
        let restored = self.repository.update(&self.back_to).or_else(|_| self.repository.update(&self.back_to));
        if let Err(error) = restored {
            tell(&format!("error: cannot check out `{}` again: {error}", self.back_to));
        }
    }
}

/// How two texts differ, in the words of the tool `diff`, as in the reference: its users feed them to other tools.
struct Difference {
    text: String,
    is_none: bool,
}

impl Difference {
    fn of(labels: &[String; 2], base: &str, current: &str) -> Result<Self, Failure> {
        let failed = |error: io::Error| Diagnostic::error(format!("cannot compare the graphs with `diff`: {error}"));
        let directory = tempfile::tempdir().map_err(failed)?;
        let write = |name: &str, text: &str| {
            let path = directory.path().join(name);
            fs::write(&path, format!("{text}\n\n")).map(|()| path)
        };
        let (base, current) = (write("base", base).map_err(failed)?, write("current", current).map_err(failed)?);
        Self::of_files(labels, &base, &current).map_err(|error| failed(error).into())
    }

    fn of_files(labels: &[String; 2], base: &Path, current: &Path) -> io::Result<Self> {
        let labels = labels.iter().map(|label| format!("--label={label}"));
        let mut command = Command::new("diff");
        let output = command.args(["-U20", "--report-identical-files"]).args(labels).args([base, current]).output()?;
        match output.status.code() {
            Some(code @ (0 | 1)) => {
                Ok(Self { text: String::from_utf8_lossy(&output.stdout).into_owned(), is_none: code == 0 })
            }
            _ => Err(io::Error::other(String::from_utf8_lossy(&output.stderr).trim().to_owned())),
        }
    }
}
