//! Every environment variable the program reads, documented, read once.

use std::collections::BTreeMap;

macro_rules! variables {
    ($($(#[doc = $doc:literal])+ $field:ident = $name:literal;)*) => {
        /// The environment variables of a run. An empty variable counts as unset, except where said.
        #[derive(Clone, Debug, Default, PartialEq, Eq)]
        pub struct Environment {
            $($(#[doc = $doc])+ pub $field: Option<String>,)*
        }

        /// Name and meaning of every variable, in the order of [`Environment`]'s fields.
        pub const VARIABLES: &[(&str, &str)] = &[$(($name, concat!($($doc),+)),)*];

        impl Environment {
            /// Reads the variables out of `all`.
            #[must_use]
            pub fn from_variables(all: &BTreeMap<String, String>) -> Self {
                let value = |name: &str| all.get(name).filter(|value| !value.is_empty()).cloned();
                Self { $($field: value($name),)* }
            }
        }
    };
}

variables! {
    /// Where Taskcluster is, such as `https://tc.example.com`.
    root_url = "TASKCLUSTER_ROOT_URL";
    /// Where the worker's authenticating proxy is; used instead of credentials.
    proxy_url = "TASKCLUSTER_PROXY_URL";
    /// The id of the credentials.
    client_id = "TASKCLUSTER_CLIENT_ID";
    /// The secret of the credentials.
    access_token = "TASKCLUSTER_ACCESS_TOKEN";
    /// The certificate of temporary credentials, as JSON.
    certificate = "TASKCLUSTER_CERTIFICATE";
    /// The task this program runs in: the decision or action.
    task_id = "TASK_ID";
    /// Set where the program runs in automation; generic-worker tasks then need `TASK_ID`.
    automation = "MOZ_AUTOMATION";
    /// The level assumed by the image commands; `3` if unset.
    scm_level = "MOZ_SCM_LEVEL";
    /// Used in place of parameter `optimize_strategies`: the `module:object` of strategies that replace ours.
    optimize_strategies = "TASKGRAPH_OPTIMIZE_STRATEGIES";
    /// The repository that tasks made by morphs name as their source.
    taskgraph_head_repository = "TASKGRAPH_HEAD_REPOSITORY";
    /// The revision that tasks made by morphs name as their source.
    taskgraph_head_rev = "TASKGRAPH_HEAD_REV";
    /// The task an action was triggered on, as JSON.
    action_task_id = "ACTION_TASK_ID";
    /// The task group an action was triggered on.
    action_task_group_id = "ACTION_TASK_GROUP_ID";
    /// The input of an action, as JSON.
    action_input = "ACTION_INPUT";
    /// The callback an action calls.
    action_callback = "ACTION_CALLBACK";
    /// The push history that actions walk along, as `--pushlog` names it; that of the push's repository if unset.
    pushlog = "PUSHGRAPH_PUSHLOG";
    /// A token for GitHub's API, which answers few questions without one.
    github_token = "GITHUB_TOKEN";
    /// Set where `load-task --develop` need not ask before it lets a task work on the checkout.
    load_task_no_warn = "TASKGRAPH_LOAD_TASK_NO_WARN";
    /// How many tasks are sent to the queue at once; 50 if unset.
    create_at_once = "PUSHGRAPH_CREATE_AT_ONCE";
    /// How many seconds the creation of tasks may take in all; 1800 if unset.
    create_within = "PUSHGRAPH_CREATE_WITHIN";
    /// The folder of the workers' scripts `run-task`, `fetch-content`, …, instead of the installed package's.
    scripts = "PUSHGRAPH_SCRIPTS";
    /// The Python that has the package `taskcluster-taskgraph`; `python3` if unset.
    python = "PUSHGRAPH_PYTHON";
    /// How many seconds in-tree Python may take for an answer; 3600 if unset.
    python_timeout = "PUSHGRAPH_PYTHON_TIMEOUT";
    /// The order of sets in in-tree Python; `0` if unset, so that the same push gives the same bytes.
    python_hash_seed = "PYTHONHASHSEED";
    /// Who to go on as if a task begins as root and checks its tree out: the ids of a user and a group, such as `1000:1000`.
    user = "PUSHGRAPH_USER";
    /// The user's own directory.
    home = "HOME";
    /// Where the user's configurations are, presets among them; `.config` in `HOME` if unset.
    config_home = "XDG_CONFIG_HOME";
    /// Where what earlier try pushes asked for is kept; `.local/state` in `HOME` if unset.
    state_home = "XDG_STATE_HOME";
    /// Where graphs are kept for the next `query` or `try`; `.cache` in `HOME` if unset.
    cache_home = "XDG_CACHE_HOME";
    /// Where programs are; Python's package is looked for beside the first `python3`.
    path = "PATH";
    /// Where colour is unwanted, any value.
    no_color = "NO_COLOR";
}

impl Environment {
    /// The environment of this process.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]
    pub fn of_process() -> Self {
        let text = |(name, _): &(&str, &str)| Some(((*name).to_owned(), std::env::var(name).ok()?));
        Self::from_variables(&VARIABLES.iter().filter_map(text).collect())
    }
}

/// Those of `names` that are set in this process, to be passed on to another.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]
pub fn variables_of_process(names: &[&str]) -> BTreeMap<String, String> {
    names.iter().filter_map(|name| Some(((*name).to_owned(), std::env::var(name).ok()?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_variable_counts_as_unset() {
        let all = BTreeMap::from([("TASK_ID".into(), "a".into()), ("MOZ_AUTOMATION".into(), String::new())]);
        let environment = Environment::from_variables(&all);
        assert_eq!((environment.task_id.as_deref(), environment.automation), (Some("a"), None));
    }
}
