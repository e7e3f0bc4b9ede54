//! From the command line to what the push asks for.

use std::collections::BTreeMap;
use std::io::IsTerminal as _;
use std::path::PathBuf;

use super::super::failure::Failure;
use super::super::session::Session;
use super::arguments::{Common, How};
use super::{history, picker};
use crate::diagnostics::Diagnostic;
use crate::generate::context::RunContext;
use crate::generate::request::presets;
use crate::model::{CarrierName, Changes, LabelGraph, Rebuild, Selects, TryTaskConfig};
use crate::query::Query;
use crate::query::front_ends::{Compiled, Context, Preset, front_end};
use crate::yaml;

/// Where the user's own presets are, in the folder of configurations.
const PRESETS: &str = "pushgraph/presets.yml";

/// What a request is made in.
pub(super) struct Asking<'a> {
    pub(super) session: &'a Session,
    pub(super) run: &'a RunContext<'a>,
    pub(super) full: &'a LabelGraph,
}

impl Asking<'_> {
    /// What the push asks for; nothing if the user chose nothing on the screen.
    ///
    /// # Errors
    /// A text that means nothing; presets and a history that cannot be read.
    pub(super) fn request(
        &self,
        how: How<'_>,
        common: &Common,
        carrier: CarrierName,
    ) -> Result<Option<TryTaskConfig>, Failure> {
        let mut request = TryTaskConfig::default();
        match how {
            How::Empty => request.selects.query = Some(Query::none().to_string()),
            How::Cron(name) => request.selects.query = Some(Query::cron(name).to_string()),
            How::Again(number) => request = history::earlier(self.session, number)?,
            How::Syntax(line, paths) => {
                let paths =
                    if paths.is_empty() { String::new() } else { format!(" --try-test-paths {}", paths.join(" ")) };
                self.said("syntax", &[format!("{line}{paths}")], carrier, &mut request)?;
            }
            How::Said("fuzzy", []) => match self.picked()? {
                None => return Ok(None),
                Some(labels) => request.selects.tasks = Some(labels),
            },
            How::Said(name, texts) => self.said(name, texts, carrier, &mut request)?,
        }
        request.changes = request.changes.and(changes(common));
        Ok(Some(request))
    }

    /// What texts of a front end ask for; as they are written where the decision reads them, else as a query.
    fn said(
        &self,
        name: &str,
        texts: &[String],
        carrier: CarrierName,
        request: &mut TryTaskConfig,
    ) -> Result<(), Failure> {
        let Selects { tasks, query, fuzzy, syntax, .. } = &mut request.selects;
        match name {
            "labels" => *tasks = Some(texts.to_vec()),
            "query" => *query = texts.first().cloned(),
            "fuzzy" => *fuzzy = texts.to_vec(),
            "syntax" if carrier == CarrierName::TryLine => *syntax = texts.first().cloned(),
            "paths" => request.changes.paths = texts.to_vec(),
            _ => {
                let compiled = self.compiled(name, texts)?;
                *query = Some(compiled.query.to_string());
                request.for_some = compiled.changes;
            }
        }
        Ok(())
    }

    fn compiled(&self, name: &str, texts: &[String]) -> Result<Compiled, Failure> {
        let row = front_end(name).expect("subcommands are named after front ends");
        let mut known = presets(self.run)?;
        known.extend(self.own_presets()?);
        let ridealong_builds = &self.run.graph_config.try_config().ridealong_builds;
        let context = Context { graph: self.full, ridealong_builds, presets: &known };
        let compiled = (row.compile)(&texts.join(" "), &context)?;
        compiled.notes.iter().for_each(|note| self.session.warnings.push(Diagnostic::warning(note.as_str())));
        Ok(compiled)
    }

    /// The user's own presets, which count before those of the tree.
    fn own_presets(&self) -> Result<BTreeMap<String, Preset>, Failure> {
        let environment = &self.session.environment;
        let folder = environment.config_home.as_ref().map(PathBuf::from);
        let folder = folder.or_else(|| Some(PathBuf::from(environment.home.as_ref()?).join(".config")));
        let Some(path) = folder.map(|folder| folder.join(PRESETS)).filter(|path| path.exists()) else {
            return Ok(BTreeMap::new());
        };
        let content = std::fs::read(&path)
            .map_err(|error| Diagnostic::error(format!("cannot read the presets `{}`: {error}", path.display())))?;
        Ok(yaml::read(&yaml::load(&self.session.files, path, content)?.root)?)
    }

    /// What is chosen on the screen.
    fn picked(&self) -> Result<Option<Vec<String>>, Failure> {
        if !std::io::stdin().is_terminal() || !std::io::stdout().is_terminal() {
            return Err(Failure::Usage("`try fuzzy` needs a search where there is no terminal to choose on".into()));
        }
        picker::pick(self.full)
    }
}

/// What the options change in tasks.
fn changes(common: &Common) -> Changes {
    Changes {
        arguments: common.arguments.clone(),
        env: common.env.iter().cloned().collect(),
        rebuild: common.rebuild.map(Rebuild::All),
        priority: common.priority,
        worker_overrides: common.worker.iter().cloned().collect(),
        no_retry: common.no_retry,
        optimize: common.optimize.then_some(true),
        routes: common.route.clone(),
        inputs: common.input.iter().cloned().collect(),
        ..Changes::default()
    }
}
