//! The files of a new project.

use super::project::Project;
use crate::sources::repository::RepositoryKind;

/// The image that decision tasks run in where none is named: the name that our own image is given when it is built
/// from the sources of this version. Docker resolves it among the images of the worker, or in a namespace that only
/// Docker itself can fill: nobody else can put something there.
pub(super) const DECISION_IMAGE: &str = concat!("pushgraph:", env!("CARGO_PKG_VERSION"));

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

const GIT: &[&str] = &[
    r#"git clone --quiet "$%PREFIX%_BASE_REPOSITORY" src"#,
    "cd src",
    r#"git fetch --quiet "$%PREFIX%_HEAD_REPOSITORY" "$%PREFIX%_HEAD_REF""#,
    r#"git checkout --quiet --force "$%PREFIX%_HEAD_REV""#,
];

const HG: &[&str] = &[
    r#"hg clone --quiet --noupdate "$%PREFIX%_BASE_REPOSITORY" src"#,
    "cd src",
    r#"hg pull --quiet --rev "$%PREFIX%_HEAD_REV" "$%PREFIX%_HEAD_REPOSITORY""#,
    r#"hg update --quiet --clean "$%PREFIX%_HEAD_REV""#,
];

/// The files of a project; with a transform in Starlark if it is to have one.
pub(super) fn files(project: &Project, with_starlark: bool) -> Vec<File> {
    let checkout = match project.repository {
        RepositoryKind::Git => GIT,
        RepositoryKind::Hg => HG,
    };
    // Lines of a block that stands this far to the right.
    let checkout = checkout.join(&format!("\n{}", " ".repeat(32)));
    let values = [
        ("%checkout%", checkout),
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
        for repository in [RepositoryKind::Git, RepositoryKind::Hg] {
            let project = Project {
                name: "A \"quoted\": name".into(),
                slug: "a_quoted_name".into(),
                trust_domain: "a-quoted".into(),
                level: Level::Two,
                image: DECISION_IMAGE.into(),
                repository,
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
