//! Calling an action by its callback name, as action tasks do.

use super::{Call, Error, Input, Mode};
use crate::actions::Action;
use crate::diagnostics::{Diagnostic, suggest};
use crate::model::Parameters;

/// A call that has not been checked yet.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// The callback's name.
    pub callback: &'a str,
    /// What was given as input, null for nothing.
    pub input: &'a Input,
    /// The rest; its input is replaced.
    pub call: Call<'a>,
}

/// Calls the action of `table` that is asked for: it must exist, its task must have the scope for it, and its input
/// must be valid.
///
/// # Errors
/// If one of these fails, or the action itself does.
pub async fn trigger(table: &[Action], request: Request<'_>) -> Result<(), Error> {
    let action = find(table, request.callback)?;
    if request.call.mode == Mode::Real {
        check_scope(action, &request.call).await?;
    }
    let input = request.input.valid_for(action)?;
    (action.run)(&Call { input: &input, ..request.call }).await
}

fn find<'t>(table: &'t [Action], callback: &str) -> Result<&'t Action, Error> {
    table.iter().find(|action| action.cb_name == callback).ok_or_else(|| {
        let mut unknown = Diagnostic::error(format!("unknown action callback `{callback}`"));
        unknown.help = suggest(callback, table.iter().map(|action| action.cb_name));
        unknown.into()
    })
}

/// A hook whose scopes are generic must not run an action that has a permission of its own: the task must have the
/// scope. Scopes should prevent serious damage by themselves; this is a second line.
///
/// The auth service says which scopes the task has, those of its roles included; one that ends in `*` has all that
/// begin alike. The reference wants the scope literally, and refuses also who may do everything.
async fn check_scope(action: &Action, call: &Call<'_>) -> Result<(), Error> {
    let wanted = wanted_scopes(action, call.run.parameters);
    let scopes = call.services.queue.current_scopes().await?;
    if wanted.iter().any(|wanted| scopes.iter().any(|held| satisfies(held, wanted))) {
        return Ok(());
    }
    let [action_scope, pr_action_scope] = wanted;
    let message = format!("this task may not run the action `{}`", action.cb_name);
    Err(Error::refused(message).help(&format!("it needs the scope `{action_scope}` or `{pr_action_scope}`")))
}

/// Whether who has one scope has the other.
fn satisfies(held: &str, wanted: &str) -> bool {
    held.strip_suffix('*').map_or(held == wanted, |prefix| wanted.starts_with(prefix))
}

fn wanted_scopes(action: &Action, parameters: &Parameters) -> [String; 2] {
    let head = repository_path(&parameters.head_repository);
    let base = repository_path(&parameters.base_repository);
    let permission = action.permission;
    [format!("assume:repo:{head}:action:{permission}"), format!("assume:repo:{base}:pr-action:{permission}")]
}

/// Host and path of a repository, as roles name it: `github.com/owner/name`.
///
/// The reference knows GitHub and hg.mozilla.org only and fails for every other host.
fn repository_path(url: &str) -> String {
    let url = url.trim_end_matches('/');
    let (has_scheme, address) = url.rsplit_once("://").map_or((false, url), |(_, address)| (true, address));
    let (authority, _) = address.split_once('/').unwrap_or((address, ""));
    let address = authority.rfind('@').map_or(address, |at| &address[at + 1..]);
    let address = if has_scheme { address.to_owned() } else { address.replacen(':', "/", 1) };
    address.strip_suffix(".git").unwrap_or(&address).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_that_ends_in_a_star_has_all_that_begin_alike() {
        let wanted = "assume:repo:github.com/a/b:action:generic";
        for held in [wanted, "*", "assume:*", "assume:repo:github.com/a/b:*"] {
            assert!(satisfies(held, wanted), "{held}");
        }
        for held in [
            "assume:repo:github.com/a/b:action:gen",
            "assume:repo:github.com/a/c:*",
            "",
            "assume:repo:github.com/a/b:pr-action:generic",
        ] {
            assert!(!satisfies(held, wanted), "{held}");
        }
    }

    /// The expected values are `taskcluster_role_prefix` of mozilla-repo-urls 0.2.2, where it accepts the URL.
    #[test]
    fn roles_name_repositories_as_the_reference_does() {
        for (url, path) in [
            ("https://github.com/a/b", "github.com/a/b"),
            ("https://github.com/a/b.git", "github.com/a/b"),
            ("https://github.com/a/b/", "github.com/a/b"),
            ("git@github.com:a/b.git", "github.com/a/b"),
            ("ssh://git@github.com/a/b", "github.com/a/b"),
            ("https://hg.mozilla.org/mozilla-central/", "hg.mozilla.org/mozilla-central"),
            ("ssh://hg.mozilla.org/try", "hg.mozilla.org/try"),
            ("https://hg.mozilla.org/integration/autoland", "hg.mozilla.org/integration/autoland"),
            ("hg::https://hg.mozilla.org/mozilla-unified", "hg.mozilla.org/mozilla-unified"),
            ("https://git.example.com:8443/team/a.b", "git.example.com:8443/team/a.b"),
        ] {
            assert_eq!(repository_path(url), path, "{url}");
        }
    }
}
