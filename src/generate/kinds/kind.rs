//! One kind and its `kind.yml`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::diagnostics::{Diagnostic, Mistakes, Span, Warnings};
use crate::generate::context::RunContext;
use crate::generate::shared::text::Text;
use crate::model::KindName;
use crate::script::starlark::Name;
use crate::yaml::{self, Map, Node, Value};

/// What a `kind.yml` says. Further keys are for the tree's own transforms.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct KindFile {
    /// What makes the first stubs, as `module:function`; `taskgraph.loader.default:loader` if unset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loader: Option<Text>,
    /// What the stubs go through, in order, as `module:object` or `module`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transforms: Option<Vec<Text>>,
    /// Kinds made before this one, whose tasks its transforms see.
    #[serde(default)]
    pub kind_dependencies: Vec<Text>,
    /// Name → task.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<std::collections::BTreeMap<String, serde_json::Value>>")]
    pub tasks: Option<Node>,
    /// Files beside the `kind.yml` with further tasks: mappings of name → task, `task-defaults` among them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tasks_from: Option<Vec<Text>>,
    /// What every task of the kind has unless it says otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<serde_json::Map<String, serde_json::Value>>")]
    pub task_defaults: Option<Node>,
    /// For `group-by: single-with-filters`: leaves out tasks that have none of these attributes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Vec<String>>")]
    pub only_for_attributes: Option<Node>,
    /// For `group-by: single-with-filters`: leaves out tasks that have any of these attributes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Vec<String>>")]
    pub not_for_attributes: Option<Node>,
    /// For `group-by: single-with-filters`: leaves out tasks of other platforms, named `build_platform/build_type`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Vec<String>>")]
    pub only_for_build_platforms: Option<Node>,
    /// For `group-by: single-with-filters`: leaves out tasks of these platforms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Vec<String>>")]
    pub not_for_build_platforms: Option<Node>,
}

/// What keys were called in older trees. The reference ignores them, and a kind with `jobs` has no tasks.
const OLD_NAMES: [(&str, &str); 3] =
    [("jobs", "tasks"), ("jobs-from", "tasks-from"), ("job-defaults", "task-defaults")];

/// The warning about a key that nothing here reads, if it looks like a slip: an old name, or nearly one of ours. Other
/// keys are for the tree's own loaders and transforms.
fn of_a_slip(warning: Diagnostic) -> Option<Diagnostic> {
    let renamed = OLD_NAMES.iter().find(|(old, _)| warning.message == format!("unknown key `{old}`"));
    if let Some((_, new)) = renamed {
        return Some(warning.help(format!("it is called `{new}` now")));
    }
    Some(warning).filter(|warning| warning.help.as_ref().is_some_and(|help| help.starts_with("did you mean")))
}

/// A kind that was read.
#[derive(Clone, Debug)]
pub struct Kind {
    /// Its name.
    pub name: KindName,
    /// Its directory, as it shows in tasks.
    pub path: PathBuf,
    /// What its `kind.yml` says, as a closed type.
    pub file: KindFile,
    /// The same as written.
    pub document: Map,
    /// Where the document begins.
    pub span: Span,
    /// Whether the document is more than a tree of plain values.
    pub(super) is_entangled: bool,
}

impl Kind {
    /// The programs in Starlark that it names, as it names them.
    pub fn programs(&self) -> impl Iterator<Item = &Text> {
        let names = self.file.loader.iter().chain(self.file.transforms.iter().flatten());
        names.filter(|name| Name::parse(name.as_str()).is_some())
    }

    /// Reads the kind of that name, or gives nothing if there is no such kind.
    ///
    /// # Errors
    /// A `kind.yml` that cannot be read or understood.
    pub fn load(run: &RunContext<'_>, name: &KindName) -> Result<Option<Self>, Mistakes> {
        let path = run.graph_config.kinds_dir().join(name.as_str());
        let file = path.join("kind.yml");
        if run.checkout.kind(&file).is_none() {
            return Ok(None);
        }
        let root = read_document(run, &file)?;
        let is_entangled = is_entangled(&root);
        let Some(document) = root.as_map() else {
            let message = format!("expected kind `{name}` as a mapping, found {}", root.type_name());
            return Err(Diagnostic::error(message).at(root.span).into());
        };
        let noted = Warnings::default();
        let file = yaml::read_noting(&Node::new(with_names_only(document)).at(root.span), &noted)?;
        refuse_nulls(document)?;
        noted.take().into_iter().filter_map(of_a_slip).for_each(|warning| run.warnings.push(warning));
        Ok(Some(Self { name: name.clone(), path, file, document: document.clone(), span: root.span, is_entangled }))
    }
}

/// Without the keys that are no text: they can be for the tree's own code only.
fn with_names_only(document: &Map) -> Map {
    document.iter().filter(|(key, _)| key.as_str().is_some()).cloned().collect()
}

/// What a kind may leave out but not leave empty, and what it must be: the reference's loaders fail on null.
const NOT_NULL: [(&str, &str); 4] =
    [("loader", "a string"), ("transforms", "a list"), ("tasks", "a mapping"), ("tasks-from", "a list")];

fn refuse_nulls(document: &Map) -> Result<(), Mistakes> {
    let null = |key: &str| document.get(key).filter(|value| value.is_null());
    let found = NOT_NULL.iter().filter_map(|(key, expected)| {
        let message = format!("expected `{key}` as {expected}, found null");
        Some(Diagnostic::error(message).at(null(key)?.span).help("leave it out"))
    });
    Mistakes(found.collect()).or(())
}

/// Whether a document that was just read has parts that are one and the same, through anchors, or values that JSON does
/// not know: the tree's own code may tell.
pub(super) fn is_entangled(node: &Node) -> bool {
    match &node.value {
        Value::List(items) => Arc::strong_count(items) > 1 || items.iter().any(is_entangled),
        Value::Map(map) => Arc::strong_count(map) > 1 || map.values().any(is_entangled),
        Value::BigInt(_) | Value::Timestamp(_) => true,
        _ => false,
    }
}

/// A YAML file of the tree; its warnings go to the run's.
pub(super) fn read_document(run: &RunContext<'_>, path: &Path) -> Result<Node, Mistakes> {
    let bytes = run.checkout.read(path).map_err(|error| {
        let reason = if error.kind() == std::io::ErrorKind::NotFound {
            "there is no such file".into()
        } else {
            error.to_string()
        };
        Diagnostic::error(format!("cannot read `{}`: {reason}", path.display()))
    })?;
    let shown = crate::diagnostics::shown(path, run.checkout.current_directory());
    let loaded = yaml::load(run.files, shown, bytes)?;
    loaded.warnings.into_iter().for_each(|warning| run.warnings.push(warning));
    Ok(loaded.root)
}
