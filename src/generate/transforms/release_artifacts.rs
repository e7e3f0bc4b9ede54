//! Publishes what a release consists of. From `mozilla_taskgraph`.
//!
//! Source: `mozilla_taskgraph.transforms.scriptworker.release_artifacts`.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Apply, Transform};
use crate::diagnostics::{Diagnostic, Mistakes};
use crate::generate::context::KindContext;
use crate::generate::shared::edit::{list_in, map_in};
use crate::generate::shared::text::Text;
use crate::generate::shared::worker_types::implementation;
use crate::model::Stub;
use crate::yaml::{Map, Node};

pub(super) const RELEASE_ARTIFACTS: Transform = Transform {
    name: "mozilla_taskgraph.transforms.scriptworker.release_artifacts:transforms",
    apply: Apply::Each(publish),
};

/// What this transform reads of a task.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct ReleaseArtifacts {
    /// The alias of the workers that run the task.
    pub worker_type: Text,
    /// Files in the worker's directory for artifacts, published as `public/build/<file>`.
    #[serde(default)]
    pub release_artifacts: Option<Vec<Text>>,
}

/// Adds the artifacts to the worker's, and to the attribute by which later tasks of the release find them.
fn publish(kind: &KindContext<'_>, mut stub: Stub) -> Result<Vec<Stub>, Mistakes> {
    let ReleaseArtifacts { worker_type, release_artifacts } = stub.read()?;
    let Some(written) = stub.body.remove("release-artifacts") else { return Ok(vec![stub]) };
    let files = release_artifacts.ok_or_else(|| {
        Diagnostic::error("expected `release-artifacts` as a list, found null").at(written.span).help("leave it out")
    })?;
    let folder = match implementation(kind.graph_config, worker_type.as_str(), worker_type.span())?.name.as_str() {
        "generic-worker" => "artifacts",
        _ => "/builds/worker/artifacts",
    };
    let artifacts = crate::diagnostics::collect(&files, |file| Ok(artifact(folder, file)?))?;
    let known = list_in(map_in(&mut stub.body, "attributes")?, "release-artifacts")?;
    known.extend(artifacts);
    let all = known.clone();
    list_in(map_in(&mut stub.body, "worker")?, "artifacts")?.extend(all);
    Ok(vec![stub])
}

fn artifact(folder: &str, file: &Text) -> Result<Node, Diagnostic> {
    if file.as_str().starts_with('/') {
        let message = format!("expected `{}` relative to the worker's directory for artifacts", file.as_str());
        return Err(Diagnostic::error(message).at(file.span()));
    }
    Ok(Node::new(Map::from([
        ("type", "file".to_owned()),
        ("name", format!("public/build/{}", file.as_str())),
        ("path", format!("{folder}/{}", file.as_str())),
    ])))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::testing::World;
    use serde_json::json;

    #[test]
    fn artifacts_are_published_and_known() {
        let made = World::new(&[]).transform(
            &RELEASE_ARTIFACTS,
            "- {name: t, worker-type: b-linux, release-artifacts: [a.zip], worker: {artifacts: [x]}}
- {name: u, worker-type: b-win, release-artifacts: [a.zip], attributes: {release-artifacts: [y]}}
- {name: v, worker-type: b-win}",
        );
        let artifact = |path: &str| json!({"type": "file", "name": "public/build/a.zip", "path": path});
        let (docker, generic) = (artifact("/builds/worker/artifacts/a.zip"), artifact("artifacts/a.zip"));
        let expected = json!([
            {"name": "t", "worker-type": "b-linux", "worker": {"artifacts": ["x", docker]},
                "attributes": {"release-artifacts": [docker]}},
            {"name": "u", "worker-type": "b-win", "attributes": {"release-artifacts": ["y", generic]},
                "worker": {"artifacts": ["y", generic]}},
            {"name": "v", "worker-type": "b-win"},
        ]);
        assert_eq!(made.unwrap(), expected);
    }

    #[test]
    fn mistakes_point_at_what_was_written() {
        let told = |stubs: &str| {
            let world = World::new(&[]);
            let mistakes = world.transform(&RELEASE_ARTIFACTS, stubs).unwrap_err();
            world.told(&mistakes)
        };
        assert_eq!(
            told("- {worker-type: b-linux, release-artifacts: [/a, b, /c]}"),
            [
                "1:46 expected `/a` relative to the worker's directory for artifacts",
                "1:53 expected `/c` relative to the worker's directory for artifacts",
            ]
        );
        assert_eq!(
            told("- {worker-type: b-linux, release-artifacts: }"),
            ["1:45 expected `release-artifacts` as a list, found null (leave it out)"]
        );
        assert_eq!(told("- {release-artifacts: [a]}"), ["1:3 missing key `worker-type`"]);
    }
}
