//! What a decision left, ours or the reference's, read from its artifacts.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::path::Path;

use super::failure::Failure;
use super::world::{Push, World};
use crate::diagnostics::{Diagnostic, Mistakes};
use crate::explain::{self, Explanations, Found};
use crate::generate::context::GenerateOptions;
use crate::generate::selection::with_project;
use crate::json;
use crate::model::{GraphKey, Label, LabelGraph, Parameters, TaskGraph, TaskId};
use crate::query::{Meaning, NoProject, Project, Query, Selected, TargetOf, Universe};
use crate::sources::ErrorKind;
use crate::sources::artifacts::Artifacts as _;
use crate::yaml::{self, Map, Node};

/// The artifacts of one decision.
pub(super) struct Artifacts<'a> {
    world: &'a World<'a>,
    decision: TaskId,
}

impl<'a> Artifacts<'a> {
    /// Those of the decision with that id.
    ///
    /// # Errors
    /// A text that is no task id.
    pub(super) fn of(world: &'a World<'a>, id: &str) -> Result<Self, Failure> {
        let decision = TaskId::parse(id).map_err(|invalid| Diagnostic::error(format!("--task-id: {invalid}")))?;
        Ok(Self { world, decision })
    }

    /// The full task graph, and what a query selects of it. Names in the query are those of the checkout at `root`;
    /// `target()` is what the decision targeted.
    ///
    /// # Errors
    /// Artifacts that are not there, names that stand for nothing; a query that asks for names where there is no tree.
    pub(super) async fn select(&self, query: &Query, root: &Path) -> Result<(LabelGraph, Selected), Failure> {
        let (full, targets) = (self.full().await?, self.targets().await?);
        if !query.asks_the_tree() {
            let selected = Universe::new(&full).select(query, &OfDecision { targets, tree: &NoProject })?;
            return Ok((full, selected));
        }
        let (world, warnings) = (self.world, &self.world.session.warnings);
        let tree = world.tree(root, &World::looking(), warnings)?;
        let spec = format!("task-id={}", self.decision);
        let parameters = world.parameters(Some(&spec), &tree, &Map::new(), warnings).await?;
        let push = Push::new(world, tree, parameters, None, GenerateOptions::default());
        let run = push.inputs(world, warnings, true).run;
        let selected =
            with_project(&run, &full, |universe, tree| universe.select(query, &OfDecision { targets, tree }))?;
        Ok((full, selected))
    }

    /// `full-task-graph.json`.
    ///
    /// # Errors
    /// If it is not there, or no graph.
    async fn full(&self) -> Result<LabelGraph, Failure> {
        self.graph("full-task-graph.json").await
    }

    /// `target-tasks.json`.
    ///
    /// # Errors
    /// If it is not there, or no list.
    async fn targets(&self) -> Result<BTreeSet<Label>, Failure> {
        let document = self.document("target-tasks.json").await?;
        Ok(yaml::read::<Vec<Label>>(&document)?.into_iter().collect())
    }

    /// Why each task of the decision was created or not: what it says itself, else what its artifacts tell.
    ///
    /// # Errors
    /// Artifacts that are not there or of another form.
    pub(super) async fn explanations(&self) -> Result<Explanations, Failure> {
        if let Some(content) = self.optional(explain::ARTIFACT).await? {
            let document = self.parse(explain::ARTIFACT, &unpacked(content))?;
            return Ok(explain::read(&document)?);
        }
        let full = self.full().await?;
        let created: TaskGraph<TaskId> = self.graph("task-graph.json").await?;
        let ids = self.document("label-to-taskid.json").await?;
        let ids = ids.as_map().into_iter().flat_map(Map::text_entries);
        let task_ids: BTreeMap<Label, TaskId> =
            ids.filter_map(|(label, id)| Some((label.into(), TaskId::from(id.as_str()?)))).collect();
        let log = self.optional("optimizations.log").await?.unwrap_or_default();
        let found = Found {
            full,
            created,
            task_ids,
            targets: self.targets().await?,
            log: String::from_utf8_lossy(&log).into_owned(),
            parameters: self.parameters().await?,
        };
        Ok(explain::explain_found(&found))
    }

    /// The parameters, if they are there and are some.
    async fn parameters(&self) -> Result<Option<Parameters>, Failure> {
        let Some(content) = self.optional("parameters.yml").await? else { return Ok(None) };
        let loaded = yaml::load(&self.world.session.files, self.shown("parameters.yml"), unpacked(content));
        let document = loaded.ok().and_then(|loaded| loaded.root.as_map().cloned());
        Ok(document.and_then(|document| Parameters::from_document(document).ok()))
    }

    async fn graph<K: GraphKey>(&self, name: &str) -> Result<TaskGraph<K>, Failure> {
        Ok(TaskGraph::from_document(&self.document(name).await?)?)
    }

    async fn document(&self, name: &str) -> Result<Node, Failure> {
        let Some(content) = self.optional(name).await? else {
            let message = format!("task {} has no artifact `public/{name}`", self.decision);
            let help = "is it a decision task, and has it run? artifacts are gone once they have expired";
            return Err(Failure::refused(message, help));
        };
        Ok(self.parse(name, &unpacked(content))?)
    }

    fn parse(&self, name: &str, content: &[u8]) -> Result<Node, Mistakes> {
        let text = String::from_utf8_lossy(content);
        Ok(json::read(&self.world.session.files, self.shown(name), &*text)?)
    }

    /// What an artifact is called in reports.
    fn shown(&self, name: &str) -> String {
        format!("{}/public/{name}", self.decision)
    }

    async fn optional(&self, name: &str) -> Result<Option<Vec<u8>>, Failure> {
        match self.world.taskcluster.fetch(&self.decision, &format!("public/{name}")).await {
            Ok(content) => Ok(Some(content)),
            Err(error) if error.kind == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

/// The content, unpacked if it is packed: on the way it may have been unpacked already.
fn unpacked(content: Vec<u8>) -> Vec<u8> {
    let mut unpacked = Vec::new();
    match flate2::read::GzDecoder::new(content.as_slice()).read_to_end(&mut unpacked) {
        Ok(_) => unpacked,
        Err(_) => content,
    }
}

/// What queries can ask of a decision beside its graph: what it targeted, and what names stand for.
struct OfDecision<'a> {
    /// `target-tasks.json`
    targets: BTreeSet<Label>,
    tree: &'a dyn Project,
}

impl Project for OfDecision<'_> {
    fn target(&self, of: &TargetOf) -> Result<Meaning, Mistakes> {
        if *of == TargetOf::default() {
            return Ok(Meaning::Tasks(self.targets.clone()));
        }
        self.tree.target(of)
    }

    fn cron(&self, name: &str) -> Result<Meaning, Mistakes> {
        self.tree.cron(name)
    }

    fn named(&self, name: &str) -> Result<Query, Mistakes> {
        self.tree.named(name)
    }
}
