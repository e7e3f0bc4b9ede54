//! Carriers: the places in a push where it may say what it asks for.
//!
//! To add one: write `carriers/<name>.rs`, add its row to [`CARRIERS`]. A carrier counts only where section `try` of
//! `config.yml` names it; the file and the note also where the decision is called with `--allow-parameter-override`,
//! as in the reference. Of several, the one of the lowest [`Carrier::rank`] counts alone, and the others are told.

mod document;
mod hg_extras;
mod note;
#[cfg(test)]
mod tests;
mod trailers;
mod try_line;
mod try_task_config;

use std::path::Path;

use crate::diagnostics::{Diagnostic, Files, Mistakes};
use crate::model::{CarrierName, TRY_TASK_CONFIG, TryConfig, TryTaskConfig};
use crate::sources;
use crate::sources::checkout::Checkout;
use crate::sources::proposal::Load;
use crate::sources::repository::Repository;
use crate::yaml::{Map, Node};

/// The name of the file that [`CarrierName::TryTaskConfig`] is, unless told otherwise.
pub use self::try_task_config::FILE as TRY_TASK_CONFIG_FILE;

/// The reference of the note that [`CarrierName::Note`] is.
pub use self::note::NOTE as DECISION_PARAMETERS_NOTE;

/// The extra field that [`CarrierName::HgExtras`] is.
pub use self::hg_extras::KEY as HG_EXTRA;

/// A place where a push may say what it asks for.
#[derive(Clone, Copy, Debug)]
pub struct Carrier {
    /// Its name.
    pub name: CarrierName,
    /// Which of several counts: that of the lowest rank.
    pub rank: u8,
    /// What is there, if anything is.
    read: fn(&Push<'_>) -> Result<Option<Found>, Error>,
    /// A commit's load that asks for this; why it cannot, in words that fit after a colon.
    write: fn(&TryTaskConfig) -> Result<Load, String>,
}

/// Every carrier, by name.
pub const CARRIERS: &[Carrier] =
    &[hg_extras::CARRIER, note::CARRIER, trailers::CARRIER, try_line::CARRIER, try_task_config::CARRIER];

/// Why it cannot be told what a push asks for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Somebody wrote something wrong.
    #[error(transparent)]
    Mistakes(#[from] Mistakes),
    /// The repository did not answer.
    #[error(transparent)]
    Source(#[from] sources::Error),
}

impl From<Diagnostic> for Error {
    fn from(mistake: Diagnostic) -> Self {
        Self::Mistakes(mistake.into())
    }
}

/// A push, and what it may do.
#[derive(Clone, Copy)]
pub struct Push<'a> {
    /// The repository of the checkout.
    pub repository: &'a dyn Repository,
    /// The files of the checkout.
    pub checkout: &'a dyn Checkout,
    /// Every file read, for spans.
    pub files: &'a Files,
    /// The address it was pushed to, where its notes are.
    pub head_repository: &'a str,
    /// The project it was pushed to.
    pub project: &'a str,
    /// The file, where it is not [`TRY_TASK_CONFIG_FILE`].
    pub file: Option<&'a Path>,
    /// Whether it may override parameters.
    pub allow_parameter_override: bool,
    /// What it may ask for.
    pub config: &'a TryConfig,
}

/// What was found in a carrier.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Found {
    /// The text, as it was carried.
    pub text: String,
    /// What it asks for, if it asks for anything.
    pub request: Option<TryTaskConfig>,
    /// Parameters that it overrides.
    pub parameters: Map,
}

/// What a push carries.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Carried {
    /// The carrier that counts, and what is in it.
    pub by: Option<(CarrierName, Found)>,
    /// What does not count, and why not, in sentences without a full stop.
    pub notes: Vec<String>,
}

impl Push<'_> {
    /// Whether a carrier counts.
    fn honours(&self, carrier: CarrierName) -> bool {
        let overrides = matches!(carrier, CarrierName::Note | CarrierName::TryTaskConfig);
        overrides && self.allow_parameter_override || self.config.honours(carrier, self.project)
    }

    /// Whether the carrier may hold a request in every form; else only what the reference takes.
    fn takes_requests(&self, carrier: CarrierName) -> bool {
        self.config.honours(carrier, self.project)
    }
}

/// What a push asks for.
///
/// Nothing is asked of the repository where no carrier counts, so that such a push is as it was before there were any.
///
/// # Errors
/// A carrier that counts and says something that means nothing; a repository that does not answer.
pub fn find(push: &Push<'_>) -> Result<Carried, Error> {
    let mut rows: Vec<&Carrier> = CARRIERS.iter().filter(|row| push.honours(row.name)).collect();
    rows.sort_by_key(|row| row.rank);
    let mut carried = Carried::default();
    for row in rows {
        // As in the reference, which does not ask for a note where there is a file.
        if carried.by.is_some() && !push.takes_requests(row.name) {
            continue;
        }
        match (&carried.by, row.read(push)) {
            (None, found) => carried.by = found?.map(|found| (row.name, found)),
            // What does not count need not be right.
            (Some((first, _)), Ok(Some(_)) | Err(Error::Mistakes(_))) => {
                carried.notes.push(format!("{} counts alone: {} is not looked at", told(*first), told(row.name)));
            }
            (Some(_), Ok(None)) => {}
            (Some(_), Err(error)) => return Err(error),
        }
    }
    carried.notes.extend(not_honoured(push)?);
    Ok(carried)
}

/// What a commit carries to ask for this.
///
/// # Errors
/// What the carrier cannot say, in words that fit after a colon.
pub fn write(carrier: CarrierName, request: &TryTaskConfig) -> Result<Load, String> {
    let row = CARRIERS.iter().find(|row| row.name == carrier).expect("every name has its row");
    (row.write)(request)
}

impl Carrier {
    fn read(&self, push: &Push<'_>) -> Result<Option<Found>, Error> {
        (self.read)(push)
    }
}

/// The carrier in a sentence.
fn told(carrier: CarrierName) -> &'static str {
    match carrier {
        CarrierName::HgExtras => "the extra field `try_task_config` of the commit",
        CarrierName::Note => "the note `refs/notes/decision-parameters`",
        CarrierName::Trailers => "the commit message's `Try-…:` lines",
        CarrierName::TryLine => "the commit message's `try:` line",
        CarrierName::TryTaskConfig => "the file `try_task_config.json`",
    }
}

/// What is said in the commit message and does not count here. Only projects that have a section `try` are told.
fn not_honoured(push: &Push<'_>) -> Result<Vec<String>, Error> {
    if *push.config == TryConfig::default() {
        return Ok(Vec::new());
    }
    let in_message = [trailers::CARRIER, try_line::CARRIER];
    let mut notes = Vec::new();
    for row in in_message.iter().filter(|row| !push.honours(row.name)) {
        if let Ok(Some(_)) | Err(Error::Mistakes(_)) = row.read(push) {
            notes.push(format!(
                "{} is not honoured here: `try.carriers` of config.yml allows it where it is",
                told(row.name)
            ));
        }
    }
    if message(push)?.is_none() {
        notes.push("the commit message is not UTF-8: what it asks for is not looked at".into());
    }
    Ok(notes)
}

/// The longest part of a commit message that is looked at, in bytes; what a message asks for stands within it.
const LONGEST_MESSAGE: usize = 1 << 20;

/// The commit message, if it is text.
fn message(push: &Push<'_>) -> Result<Option<String>, Error> {
    let raw = push.repository.raw_commit_message()?;
    if raw.len() > LONGEST_MESSAGE {
        let message = format!("the commit message has {} bytes; {LONGEST_MESSAGE} may ask for tasks", raw.len());
        return Err(Diagnostic::error(message).help("what is asked for can be carried by a file or a note").into());
    }
    Ok(String::from_utf8(raw).ok())
}

impl Carried {
    /// Parameters that follow from what was found: those overridden, and the request.
    #[must_use]
    pub fn to_parameters(&self) -> Map {
        let mut parameters = Map::new();
        let Some((carrier, found)) = &self.by else { return parameters };
        if let Some(request) = &found.request {
            let mut request = request.clone();
            request.selects.carried_by = Some(*carrier);
            // What was asked for by name is to run; the parameter that is given beside it says otherwise.
            let may_optimize = request.changes.optimize.unwrap_or(!request.selects());
            parameters.insert("optimize_target_tasks", Node::new(may_optimize));
            parameters.insert(TRY_TASK_CONFIG, request.to_node());
        }
        parameters.extend(found.parameters.iter().cloned());
        parameters
    }
}
