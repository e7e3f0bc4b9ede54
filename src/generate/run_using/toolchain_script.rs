//! `run.using: toolchain-script`: builds a tool with a script of the tree, and keeps it for as long as its sources
//! do not change.
//!
//! Source: `taskgraph.transforms.run.toolchain` of the reference.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};

use super::run_task::{self, vcs_directory_name};
use super::{Description, RunUsing};
use crate::diagnostics::{Diagnostic, Mistakes};
use crate::generate::context::KindContext;
use crate::generate::shared::edit::{list_in, map_in};
use crate::generate::shared::entries::Entries;
use crate::generate::shared::hash_paths::hash_paths;
use crate::generate::shared::paths::{join, normalize};
use crate::generate::shared::text::Text;
use crate::model::Stub;
use crate::yaml::{self, Map, Node};

pub(super) const TOOLCHAIN_SCRIPT: RunUsing =
    RunUsing { name: "toolchain-script", implementations: &["docker-worker", "generic-worker"], apply };

/// Where the scripts are.
const SCRIPTS: &str = "taskcluster/scripts/toolchain/";

/// Section `run`. Further keys are those of `run-task`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct ToolchainScript {
    /// The script, relative to `taskcluster/scripts/toolchain`.
    pub script: Text,
    /// The artifact that holds the tool.
    pub toolchain_artifact: Text,
    /// The directory the task works in.
    pub workdir: String,
    /// What the script is called with.
    #[serde(default)]
    pub arguments: Option<Vec<Text>>,
    /// Patterns of files that the tool is made from, beside the script.
    #[serde(default)]
    pub resources: Option<Vec<Text>>,
    /// Other names under which tasks may fetch the tool.
    #[serde(default)]
    pub toolchain_alias: Option<Aliases>,
    /// Variables of tasks that fetch the tool.
    #[serde(default)]
    pub toolchain_env: Option<Entries<Node>>,
}

/// One name or several.
#[derive(Clone, Debug, JsonSchema)]
#[serde(untagged)]
pub enum Aliases {
    /// One.
    One(Text),
    /// Several.
    Several(Vec<Text>),
}

impl<'de> Deserialize<'de> for Aliases {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let node = Node::deserialize(deserializer)?;
        match node.as_list() {
            Some(_) => yaml::read_within(&node).map(Self::Several),
            None => yaml::read_within(&node).map(Self::One),
        }
    }
}

/// The keys that `run-task` does not know.
const OWN_KEYS: [&str; 6] =
    ["script", "toolchain-artifact", "arguments", "resources", "toolchain-alias", "toolchain-env"];

fn apply(kind: &KindContext<'_>, mut description: Description) -> Result<Stub, Mistakes> {
    let run: ToolchainScript = yaml::read(&description.run)?;
    set_worker(kind, &mut description, &run)?;
    set_attributes(&mut description, &run)?;
    if !kind.options.fast {
        let cache = cache(kind, &description, &run)?;
        description.stub.body.insert("cache", cache);
    }
    description.run = run_task_section(&description, &run);
    run_task::apply(kind, description)
}

/// The reference wants `worker.env` to be written; we put it there.
fn set_worker(kind: &KindContext<'_>, description: &mut Description, run: &ToolchainScript) -> Result<(), Diagnostic> {
    let is_docker = description.is_docker();
    let worker = description.worker()?;
    worker.insert("chain-of-trust", true);
    if is_docker {
        worker.get_or_insert("docker-image", || Node::new(Map::from([("in-tree", "toolchain-build")])));
    }
    let has_build = |artifact: &Node| artifact.get("name").and_then(Node::as_str) == Some("public/build");
    if !list_in(worker, "artifacts")?.iter().any(has_build) {
        add_artifacts(description, run)?;
    }
    let env = description.env()?;
    env.insert("MOZ_BUILD_DATE", kind.parameters.moz_build_date.as_str());
    env.insert("MOZ_SCM_LEVEL", kind.parameters.level.as_str());
    Ok(())
}

fn add_artifacts(description: &mut Description, run: &ToolchainScript) -> Result<(), Diagnostic> {
    let name = description.artifact_prefix();
    let path = if description.is_docker() { format!("{}/artifacts/", run.workdir) } else { name.clone() };
    if description.is_docker() {
        description.env()?.insert("UPLOAD_DIR", path.as_str());
    }
    let artifact = Map::from([("name", name), ("path", path), ("type", "directory".into())]);
    description.push_to_worker("artifacts", artifact)
}

fn set_attributes(description: &mut Description, run: &ToolchainScript) -> Result<(), Diagnostic> {
    let attributes = map_in(&mut description.stub.body, "attributes")?;
    attributes.insert("toolchain-artifact", Node::from(&run.toolchain_artifact));
    for key in ["toolchain-alias", "toolchain-env"] {
        if let Some(value) = description.run.get(key) {
            attributes.insert(key, value.clone());
        }
    }
    Ok(())
}

fn script_path(run: &ToolchainScript) -> String {
    normalize(&join(SCRIPTS, run.script.as_str()))
}

/// What the tool is kept under: the files, the artifact's name, the image and the arguments.
fn cache(kind: &KindContext<'_>, description: &Description, run: &ToolchainScript) -> Result<Map, Diagnostic> {
    let script = script_path(run);
    let resources = run.resources.iter().flatten().map(Text::as_str);
    let files: Vec<&str> = resources.chain([script.as_str()]).collect();
    let digest = hash_paths(kind.run, &files).map_err(|mistake| {
        let place = mistake.span.or(run.script.span());
        mistake.at(place)
    })?;
    let image = description.stub.body.get("worker").and_then(|worker| worker.get("docker-image")?.get("in-tree"));
    let digest_data = [Node::new(digest), Node::from(&run.toolchain_artifact)].into_iter();
    let digest_data = digest_data.chain(image.filter(|image| image.is_truthy()).cloned());
    let digest_data: Node = digest_data.chain(run.arguments.iter().flatten().map(Node::from)).collect();
    let label = description.stub.title();
    let name = label.replacen(&format!("{}-", kind.kind), "", 1);
    Ok(Map::from([("type", Node::new("toolchains.v3")), ("name", Node::new(name)), ("digest-data", digest_data)]))
}

/// What `run-task` is to run, in place of the script.
fn run_task_section(description: &Description, run: &ToolchainScript) -> Node {
    let mut section = description.run.as_map().cloned().unwrap_or_default();
    OWN_KEYS.iter().for_each(|key| drop(section.remove(key)));
    section.insert("using", "run-task");
    section.insert("cwd", "{checkout}/..");
    let script = format!("{}/{}", vcs_directory_name(description.os()), script_path(run));
    if script.ends_with(".ps1") {
        section.insert("exec-with", "powershell");
    }
    let arguments = run.arguments.iter().flatten().map(Text::as_str);
    let command = if description.is_docker() {
        std::iter::once(script.as_str()).chain(arguments).collect::<Node>()
    } else {
        // The script stays as it is, since it may begin with a variable.
        let words = std::iter::once(script).chain(arguments.map(shell_quoted));
        Node::new(words.collect::<Vec<_>>().join(" "))
    };
    section.insert("command", command);
    Node::new(section).at(description.run.span)
}

/// The word as a shell takes it for itself. Source: `taskgraph.util.shell` of the reference.
fn shell_quoted(word: &str) -> String {
    let is_special = |letter: char| "\\\t\r\n '\"#<>&|`(){}$;*?".contains(letter);
    if !word.is_empty() && !word.contains(is_special) && !word.starts_with('~') {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests;
