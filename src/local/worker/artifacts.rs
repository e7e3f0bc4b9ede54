//! What a run leaves: artifacts, through `createArtifact` and an upload to the address it answers.

use std::fs;
use std::path::{Path, PathBuf};

use chrono::DateTime;
use serde_json::{Value, json};

use super::claim::Claim;
use super::paths::place;
use super::payload::{ArtifactKind, ArtifactSpec};
use super::proxy::Renewed;
use crate::local::caller::{CallError, Service};

/// Artifacts that a payload names and the run did not make.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Missing(pub(super) Vec<String>);

/// Uploads for one run.
pub(super) struct Uploader<'a> {
    pub(super) caller: &'a Renewed,
    pub(super) claim: &'a Claim,
    /// The task's `/builds/worker`.
    pub(super) home: &'a Path,
}

impl Uploader<'_> {
    /// Uploads everything that is asked for; what is missing becomes an artifact that says so.
    pub(super) async fn upload_all(&self, specs: &[ArtifactSpec]) -> Result<Missing, CallError> {
        let mut missing = Missing::default();
        for spec in specs {
            let expires = earlier(spec.expires.as_deref(), self.claim.expires());
            match found(spec, self.home) {
                Ok(files) => {
                    for (name, path) in files {
                        self.file(&name, &path, spec.content_type.as_deref(), &expires).await?;
                    }
                }
                Err((reason, message)) => {
                    self.create(&spec.name, &error(reason, &message, &expires)).await?;
                    missing.0.push(message);
                }
            }
        }
        Ok(missing)
    }

    /// Uploads one file.
    pub(super) async fn file(
        &self,
        name: &str,
        path: &Path,
        content_type: Option<&str>,
        expires: &str,
    ) -> Result<(), CallError> {
        let content = match fs::read(path) {
            Ok(content) => content,
            Err(cause) => {
                let message = format!("cannot read `{name}`: {cause}");
                return self.create(name, &error("file-not-readable-on-worker", &message, expires)).await.map(drop);
            }
        };
        let content_type = content_type.unwrap_or_else(|| content_type_of(name));
        let request = json!({"storageType": "s3", "contentType": content_type, "expires": expires});
        let answer = self.create(name, &request).await?;
        let url = answer["putUrl"].as_str().unwrap_or_default();
        self.caller.get().upload(url, content_type, content).await
    }

    /// Makes `name` another name of the artifact `target`.
    pub(super) async fn link(&self, name: &str, target: &str) -> Result<(), CallError> {
        let request = json!({"storageType": "link", "artifact": target, "expires": self.claim.expires()});
        self.create(name, &request).await.map(drop)
    }

    async fn create(&self, name: &str, request: &Value) -> Result<Value, CallError> {
        let run_id = self.claim.run_id.to_string();
        let path = ["task", &self.claim.task_id, "runs", &run_id, "artifacts", name];
        self.caller.get().post(Service::Queue, &path, request).await
    }
}

/// When an artifact may be forgotten: the queue keeps none longer than its task.
fn earlier(wanted: Option<&str>, task_expires: String) -> String {
    let time = |text: &str| DateTime::parse_from_rfc3339(text).ok();
    match wanted {
        Some(wanted) if time(wanted) < time(&task_expires) => wanted.to_owned(),
        _ => task_expires,
    }
}

fn error(reason: &str, message: &str, expires: &str) -> Value {
    json!({"storageType": "error", "reason": reason, "message": message, "expires": expires})
}

type Found = Result<Vec<(String, PathBuf)>, (&'static str, String)>;

/// The names and files that an entry of the payload stands for, in order of name.
fn found(spec: &ArtifactSpec, home: &Path) -> Found {
    let Some(path) = place(&spec.path, home) else {
        let message = format!("artifact `{}`: `{}` is not below `/builds/worker`", spec.name, spec.path);
        return Err(("invalid-resource-on-worker", message));
    };
    let absent = |what| {
        let message = format!("artifact `{}`: there is no {what} `{}`", spec.name, spec.path);
        Err(("file-missing-on-worker", message))
    };
    match spec.kind {
        ArtifactKind::File if path.is_file() => Ok(vec![(spec.name.clone(), path)]),
        ArtifactKind::File => absent("file"),
        ArtifactKind::Folder if path.is_dir() => Ok(files_below(&path, &spec.name)),
        ArtifactKind::Folder => absent("folder"),
    }
}

fn files_below(folder: &Path, prefix: &str) -> Vec<(String, PathBuf)> {
    let entries = walkdir::WalkDir::new(folder).follow_links(true).sort_by_file_name().into_iter().flatten();
    let files = entries.filter(|entry| entry.file_type().is_file());
    let named = files.filter_map(|entry| {
        let relative = entry.path().strip_prefix(folder).ok()?.to_string_lossy().into_owned();
        Some((format!("{}/{relative}", prefix.trim_end_matches('/')), entry.into_path()))
    });
    named.collect()
}

const CONTENT_TYPES: &[(&str, &str)] = &[
    ("css", "text/css; charset=utf-8"),
    ("gz", "application/gzip"),
    ("html", "text/html; charset=utf-8"),
    ("js", "text/javascript; charset=utf-8"),
    ("json", "application/json"),
    ("log", "text/plain; charset=utf-8"),
    ("md", "text/markdown; charset=utf-8"),
    ("png", "image/png"),
    ("svg", "image/svg+xml"),
    ("tar", "application/x-tar"),
    ("txt", "text/plain; charset=utf-8"),
    ("xml", "application/xml"),
    ("yaml", "text/yaml; charset=utf-8"),
    ("yml", "text/yaml; charset=utf-8"),
    ("zip", "application/zip"),
    ("zst", "application/zstd"),
];

fn content_type_of(name: &str) -> &'static str {
    let extension = Path::new(name).extension().unwrap_or_default().to_string_lossy().to_lowercase();
    let known = CONTENT_TYPES.iter().find(|(known, _)| *known == extension);
    known.map_or("application/octet-stream", |(_, content_type)| content_type)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_named_file_by_file() {
        let home = tempfile::tempdir().unwrap();
        fs::create_dir_all(home.path().join("artifacts/sub")).unwrap();
        fs::write(home.path().join("artifacts/sub/b.txt"), "b").unwrap();
        fs::write(home.path().join("artifacts/a.json"), "{}").unwrap();
        let spec = |path: &str, kind| ArtifactSpec {
            name: "public".into(),
            path: path.into(),
            kind,
            expires: None,
            content_type: None,
        };
        let files = found(&spec("/builds/worker/artifacts", ArtifactKind::Folder), home.path()).unwrap();
        let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["public/a.json", "public/sub/b.txt"]);
        let reason = |path, kind| found(&spec(path, kind), home.path()).unwrap_err().0;
        assert_eq!(reason("artifacts/none", ArtifactKind::File), "file-missing-on-worker");
        assert_eq!(reason("/etc", ArtifactKind::Folder), "invalid-resource-on-worker");
    }

    #[test]
    fn content_types_follow_the_name() {
        assert_eq!(content_type_of("public/a.JSON"), "application/json");
        assert_eq!(content_type_of("public/run-task"), "application/octet-stream");
    }
}
