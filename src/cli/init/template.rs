//! The files of a new project.

use super::project::{Project, WorkerKind};
use crate::sources::repository::RepositoryKind;

/// The image that decision tasks run in where none is named: the name that our own images are given when they are built
/// from the sources of this version. Docker resolves it among the images of the worker, or in a namespace that only
/// Docker itself can fill: nobody else can put something there. Mercurial is in the full one only.
pub(super) const fn decision_image(repository: RepositoryKind) -> &'static str {
    match repository {
        RepositoryKind::Git => concat!("pushgraph:", env!("CARGO_PKG_VERSION")),
        RepositoryKind::Hg => concat!("pushgraph:", env!("CARGO_PKG_VERSION"), "-full"),
    }
}

/// A file to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct File {
    /// Where, from the root of the repository.
    pub(super) path: &'static str,
    /// What.
    pub(super) content: String,
}

/// Where each goes, and what it is made from. `.taskcluster.yml` comes last: without it Taskcluster leaves a
/// repository alone.
const TEMPLATES: &[(&str, &str)] = &[
    ("taskcluster/config.yml", include_str!("template/config.yml")),
    ("taskcluster/docker/linux/Dockerfile", include_str!("template/Dockerfile")),
    ("taskcluster/kinds/docker-image/kind.yml", include_str!("template/docker-image.yml")),
    (HELLO, include_str!("template/hello.yml")),
    (".taskcluster.yml", include_str!("template/taskcluster.yml")),
];

/// The kind that a project may want to have a transform in Starlark.
const HELLO: &str = "taskcluster/kinds/hello/kind.yml";

/// What is there instead with a transform in Starlark, and beside it.
const STARLARK: &[(&str, &str)] = &[
    ("taskcluster/transforms/hello.star", include_str!("template/hello.star")),
    (HELLO, include_str!("template/hello-starlark.yml")),
];

/// What a task says to the worker that runs it.
const fn payload(worker: WorkerKind) -> &'static str {
    match worker {
        WorkerKind::DockerWorker => include_str!("template/docker-worker.yml"),
        WorkerKind::GenericWorker => include_str!("template/generic-worker.yml"),
    }
}

/// The files of a project; with a transform in Starlark if it is to have one.
pub(super) fn files(project: &Project, with_starlark: bool) -> Vec<File> {
    let values = [
        // The first one, as it has others in it.
        ("%payload%", payload(project.worker).to_owned()),
        ("%PREFIX%", project.slug.to_uppercase()),
        ("%repository_type%", project.repository.name().to_owned()),
        ("%slug%", project.slug.clone()),
        ("%trust_domain%", project.trust_domain.clone()),
        ("%image%", project.image.clone()),
        ("%level%", project.level.digit().to_owned()),
        // The last one, as anything may be in it.
        ("%project_name%", quoted(&project.name)),
    ];
    let fill = |text: &str| values.iter().fold(text.to_owned(), |text, (name, value)| text.replace(name, value));
    let starlark = if with_starlark { STARLARK } else { &[] };
    let plain = TEMPLATES.iter().filter(|(path, _)| starlark.iter().all(|(other, _)| other != path));
    starlark.iter().chain(plain).map(|(path, template)| File { path, content: fill(template) }).collect()
}

/// As JSON, which is YAML too.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::super::project::Level;
    use super::*;

    #[test]
    fn nothing_is_left_to_fill_in() {
        let workers = [WorkerKind::DockerWorker, WorkerKind::GenericWorker];
        for (repository, worker) in [RepositoryKind::Git, RepositoryKind::Hg].into_iter().zip(workers) {
            let project = Project {
                name: "A \"quoted\": name".into(),
                slug: "a_quoted_name".into(),
                trust_domain: "a-quoted".into(),
                level: Level::Two,
                image: decision_image(repository).into(),
                repository,
                worker,
            };
            for File { path, content } in [files(&project, false), files(&project, true)].concat() {
                let rest = content.split('%').nth(1);
                assert!(rest.is_none_or(|rest| !content.contains(&format!("%{rest}%"))), "{path}: {content}");
            }
            let config = crate::yaml::load(
                &crate::diagnostics::Files::default(),
                "config.yml",
                files(&project, false)[0].content.clone(),
            );
            let root = config.unwrap().root;
            let text = |node: &crate::yaml::Node, key: &str| node.as_map().unwrap().get(key).unwrap().clone();
            let name = text(&text(&text(&text(&root, "taskgraph"), "repositories"), "a_quoted_name"), "name");
            assert_eq!(name.as_str(), Some("A \"quoted\": name"));
        }
    }
}
