//! What a payload of docker-worker or generic-worker asks to be run, in one shape.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

/// The most a task may take if its payload does not say.
const DEFAULT_RUN_TIME: Duration = Duration::from_secs(3600);

/// A payload the engine understands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Job {
    /// The commands, one after the other until one fails.
    pub(super) commands: Vec<Vec<String>>,
    pub(super) environment: BTreeMap<String, String>,
    pub(super) artifacts: Vec<ArtifactSpec>,
    pub(super) max_run_time: Duration,
    /// Whether the task may call the services with its scopes.
    pub(super) has_proxy: bool,
    /// Exit codes after which the queue shall try again.
    pub(super) retry_on: Vec<i64>,
    /// Folders that the worker would have mounted.
    pub(super) mounted: Vec<String>,
    /// Whether a missing artifact fails the task, as generic-worker has it.
    pub(super) requires_artifacts: bool,
}

/// Something to keep after a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ArtifactSpec {
    /// Its name, or for a folder what the names of its files begin with.
    pub(super) name: String,
    /// Where the task puts it.
    pub(super) path: String,
    pub(super) kind: ArtifactKind,
    /// When it may be deleted; by default when the task is.
    pub(super) expires: Option<String>,
    pub(super) content_type: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ArtifactKind {
    File,
    Folder,
}

impl Job {
    /// Reads a payload; the error is for the task's log.
    pub(super) fn read(payload: &Value) -> Result<Self, String> {
        let is_generic = is_generic_worker(payload);
        let environment = payload["env"].as_object().into_iter().flatten();
        let seconds = payload["maxRunTime"].as_u64();
        Ok(Self {
            commands: commands(&payload["command"])?,
            environment: environment.map(|(name, value)| (name.clone(), text(value))).collect(),
            artifacts: if is_generic { list_artifacts(payload)? } else { map_artifacts(payload)? },
            max_run_time: seconds.map_or(DEFAULT_RUN_TIME, Duration::from_secs),
            has_proxy: payload["features"]["taskclusterProxy"] == true,
            retry_on: payload["onExitStatus"]["retry"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Value::as_i64)
                .collect(),
            mounted: payload["cache"].as_object().into_iter().flatten().map(|(_, path)| text(path)).collect(),
            requires_artifacts: is_generic,
        })
    }
}

/// generic-worker lists what docker-worker maps: artifacts, and commands of several words.
fn is_generic_worker(payload: &Value) -> bool {
    payload["artifacts"].is_array() || payload["command"][0].is_array() || payload["mounts"].is_array()
}

fn commands(command: &Value) -> Result<Vec<Vec<String>>, String> {
    let Some(items) = command.as_array().filter(|items| !items.is_empty()) else {
        return Err("the payload has no `command`, and the local worker runs no images whose entry point to use".into());
    };
    if items.iter().all(Value::is_array) {
        return Ok(items.iter().map(|words| words.as_array().into_iter().flatten().map(text).collect()).collect());
    }
    if items.iter().any(Value::is_array) {
        return Err("the payload's `command` mixes words and lists of words".into());
    }
    Ok(vec![items.iter().map(text).collect()])
}

fn map_artifacts(payload: &Value) -> Result<Vec<ArtifactSpec>, String> {
    let entries = payload["artifacts"].as_object().into_iter().flatten();
    entries.map(|(name, entry)| artifact(Some(name), entry)).collect()
}

fn list_artifacts(payload: &Value) -> Result<Vec<ArtifactSpec>, String> {
    payload["artifacts"].as_array().into_iter().flatten().map(|entry| artifact(None, entry)).collect()
}

fn artifact(name: Option<&str>, entry: &Value) -> Result<ArtifactSpec, String> {
    let given = |key: &str| entry[key].as_str().map(str::to_owned);
    let path = given("path").ok_or("an artifact of the payload has no `path`")?;
    let name = name.map(str::to_owned).or_else(|| given("name")).unwrap_or_else(|| path.clone());
    let kind = match entry["type"].as_str() {
        Some("file") => ArtifactKind::File,
        Some("directory" | "volume") => ArtifactKind::Folder,
        _ => return Err(format!("artifact `{name}` has type {}, not `file`, `directory` or `volume`", entry["type"])),
    };
    Ok(ArtifactSpec { name, path, kind, expires: given("expires"), content_type: given("contentType") })
}

/// A text as it is, anything else as JSON writes it: environment variables are often numbers.
fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn both_workers_payloads_are_one_shape() {
        let docker = Job::read(&json!({
            "image": "x", "command": ["echo", "a b"], "env": {"N": 1, "T": "t"}, "maxRunTime": 60,
            "features": {"taskclusterProxy": true}, "onExitStatus": {"retry": [4, 72]},
            "artifacts": {"public": {"type": "directory", "path": "/builds/worker/artifacts", "expires": "2030-01-01T00:00:00.000Z"}},
        }))
        .unwrap();
        assert_eq!(docker.commands, [["echo", "a b"]]);
        assert_eq!(docker.environment["N"], "1");
        assert!(docker.has_proxy && !docker.requires_artifacts);
        assert_eq!((docker.retry_on.as_slice(), docker.max_run_time), (&[4, 72][..], Duration::from_secs(60)));
        assert_eq!((docker.artifacts[0].name.as_str(), docker.artifacts[0].kind), ("public", ArtifactKind::Folder));
        let generic = Job::read(&json!({
            "command": [["a", "b"], ["c"]],
            "artifacts": [{"type": "file", "path": "out.txt", "name": "public/out.txt"}],
        }))
        .unwrap();
        assert_eq!(generic.commands, [vec!["a", "b"], vec!["c"]]);
        assert_eq!(generic.artifacts[0].name, "public/out.txt");
        assert!(generic.requires_artifacts);
    }

    #[test]
    fn what_cannot_be_run_is_said() {
        assert!(Job::read(&json!({"image": "x"})).unwrap_err().contains("has no `command`"));
        let artifacts = json!({"command": ["a"], "artifacts": {"public": {"type": "tape", "path": "x"}}});
        assert!(Job::read(&artifacts).unwrap_err().contains("\"tape\""));
    }
}
