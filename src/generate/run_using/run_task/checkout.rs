//! What a task needs to check out repositories.
//!
//! Source: `support_vcs_checkout` of the reference.

use super::{Checkout, RunTask};
use crate::diagnostics::{Diagnostic, suggest};
use crate::generate::context::KindContext;
use crate::generate::run_using::Description;
use crate::generate::shared::caches::checkout_directory;
use crate::generate::shared::edit::list_in;
use crate::generate::shared::entries::Entries;
use crate::generate::shared::format::format_text;
use crate::generate::shared::paths::{join, normalize};
use crate::generate::shared::repositories::{Repository, RepositoryChanges, repositories};
use crate::generate::shared::text::Text;
use crate::json::{self, Format};
use crate::yaml::{Map, Node};

/// The directory within the checkout's in which repositories are, on that operating system.
pub(in crate::generate::run_using) fn vcs_directory_name(os: &str) -> &'static str {
    if os == "windows" { "src" } else { "vcs" }
}

/// Sets the variables, scopes and features of a checkout, and gives the options of `run-task` for it.
pub(super) fn set_up(
    kind: &KindContext<'_>,
    description: &mut Description,
    run: &RunTask,
) -> Result<Vec<Node>, Diagnostic> {
    let mut options = Vec::new();
    let mut cwd = run.cwd.as_ref().map(|cwd| cwd.as_str().to_owned());
    if run.checkout.is_any() {
        let chosen = chosen(repositories(kind.run)?, &run.checkout)?;
        let vcs_path = support(description, run, &chosen)?;
        options.extend(chosen.iter().map(|repository| {
            Node::new(format!("--{}-checkout={}", repository.prefix, join(&vcs_path, &repository.path)))
        }));
        cwd = run.cwd.as_ref().map(|cwd| within(cwd, &vcs_path)).transpose()?;
    } else if let Some(cwd) = run.cwd.as_ref().filter(|cwd| cwd.as_str().contains("{checkout}")) {
        let message = format!("`cwd` is below `{{checkout}}`, but the task checks out nothing: `{}`", cwd.as_str());
        return Err(Diagnostic::error(message).at(cwd.span()));
    }
    options.extend(cwd.into_iter().flat_map(|cwd| [Node::new("--task-cwd"), Node::new(cwd)]));
    Ok(options)
}

fn within(cwd: &Text, vcs_path: &str) -> Result<String, Diagnostic> {
    let filled = format_text(cwd.as_str(), &Map::from([("checkout", vcs_path)]));
    filled.map(|cwd| normalize(&cwd)).map_err(|mistake| mistake.at(cwd.span()))
}

/// The repositories to check out, in the order written.
fn chosen(known: Vec<Repository>, checkout: &Checkout) -> Result<Vec<Repository>, Diagnostic> {
    match checkout {
        Checkout::Tree(_) if known.len() > 1 => {
            let prefixes: Vec<&str> = known.iter().map(|repository| repository.prefix.as_str()).collect();
            Err(Diagnostic::error("the task must say which of the several repositories it checks out")
                .help(format!("name them under `run.checkout`: {}", crate::diagnostics::quoted(&prefixes))))
        }
        Checkout::Tree(_) => Ok(known),
        Checkout::Repositories(changes) => select(&known, changes),
    }
}

fn select(known: &[Repository], changes: &Entries<RepositoryChanges>) -> Result<Vec<Repository>, Diagnostic> {
    let select = |(prefix, changes): &(Text, RepositoryChanges)| {
        let found = known.iter().find(|repository| repository.prefix == prefix.as_str());
        let found = found.ok_or_else(|| {
            let mut mistake = Diagnostic::error(format!("there is no repository `{}`", prefix.as_str()));
            mistake.help = suggest(prefix.as_str(), known.iter().map(|repository| repository.prefix.as_str()));
            mistake.at(prefix.span())
        })?;
        Ok(found.clone().with(changes))
    };
    changes.iter().map(select).collect()
}

/// Returns the directory of the repositories.
fn support(description: &mut Description, run: &RunTask, chosen: &[Repository]) -> Result<String, Diagnostic> {
    let (os, is_docker) = (description.os().to_owned(), description.is_docker());
    if !matches!(os.as_str(), "linux" | "macosx" | "windows") {
        return Err(Diagnostic::error(format!("tasks on `{os}` cannot check out"))
            .help("say `checkout: false` in `run`; only `linux`, `macosx` and `windows` can"));
    }
    let directory = checkout_directory(&super::place(description, run));
    let vcs_path = format!("{directory}/{}", vcs_directory_name(&os));
    let env = description.env()?;
    env.insert("HG_STORE_PATH", hg_store(&os, is_docker, &directory));
    env.insert("REPOSITORIES", names(chosen)?);
    env.insert("VCS_PATH", vcs_path.as_str());
    env.extend(chosen.iter().flat_map(variables));
    let secrets = chosen.iter().filter_map(|repository| repository.ssh_secret_name.as_deref());
    let secrets = secrets.filter(|secret| !secret.is_empty());
    let scopes: Vec<Node> = secrets.map(|secret| Node::new(format!("secrets:get:{secret}"))).collect();
    list_in(&mut description.stub.body, "scopes")?.extend(scopes);
    if is_docker {
        // Workers of other kinds do not have the proxy everywhere.
        description.worker()?.insert("taskcluster-proxy", true);
    }
    Ok(vcs_path)
}

fn hg_store(os: &str, is_docker: bool, directory: &str) -> String {
    match (os, is_docker) {
        ("windows", _) => "y:/hg-shared".into(),
        (_, true) => format!("{directory}/hg-store"),
        (_, false) => format!("{directory}/hg-shared"),
    }
}

fn names(chosen: &[Repository]) -> Result<String, Diagnostic> {
    let names: Map = chosen.iter().map(|repository| (repository.prefix.as_str(), repository.name.clone())).collect();
    json::to_string(&Node::new(names), Format::COMPACT)
}

fn variables(repository: &Repository) -> impl Iterator<Item = (String, String)> + use<> {
    let prefix = repository.prefix.to_uppercase();
    let values = [
        ("BASE_REPOSITORY", repository.base_repository.clone()),
        ("HEAD_REPOSITORY", repository.head_repository.clone()),
        ("HEAD_REV", repository.head_rev.clone()),
        ("HEAD_REF", repository.head_ref.clone()),
        ("REPOSITORY_TYPE", repository.repository_type.clone()),
        ("SSH_SECRET_NAME", repository.ssh_secret_name.clone()),
    ];
    values.into_iter().filter_map(move |(name, value)| Some((format!("{prefix}_{name}"), value?)))
}
