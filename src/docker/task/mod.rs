//! A task run here, in the image and with the environment it has in automation.

mod command;
mod image;
mod shell;

pub use image::{ImageSource, find};

use std::path::Path;

use crate::diagnostics::Diagnostic;
use crate::generate::shared::python_text::to_str;
use crate::json::{self, Format};
use crate::model::TaskId;
use crate::sources::engine::Container;
use crate::yaml::{Map, Node};

/// Who the task's shell belongs to if nobody else is named.
const USER: &str = "worker";

/// What stands for the id of a task that was never created.
const NO_TASK_ID: &str = "fake";

/// The shell reads this file when it starts.
const SHELL_START: &str = "/builds/worker/.bashrc";

/// The variables that lead tools to their caches.
const CACHES: [&str; 4] = ["CARGO_HOME", "PIP_CACHE_DIR", "UV_CACHE_DIR", "npm_config_cache"];

/// How a task is to be run.
#[derive(Clone, Debug, Default)]
pub struct Options<'a> {
    /// The root of the checkout that takes the place of the one the task would make.
    pub checkout: Option<&'a Path>,
    /// Whether a shell is opened in place of the task's command, which is then at hand as `exec-task`.
    pub interactive: bool,
    /// Who that shell belongs to.
    pub user: Option<&'a str>,
    /// Paths of this machine, and where they are in the container.
    pub volumes: &'a [(String, String)],
    /// Whether the container stays afterwards.
    pub keep: bool,
    /// Whether there is a terminal to join it to.
    pub terminal: bool,
    /// Where Taskcluster is, as the task is told.
    pub root_url: &'a str,
}

/// A task to run here.
pub struct LoadedTask<'d> {
    definition: &'d Map,
    task_id: Option<TaskId>,
}

impl<'d> LoadedTask<'d> {
    /// A task of that definition; one that was never created has no id.
    #[must_use]
    pub const fn new(definition: &'d Map, task_id: Option<TaskId>) -> Self {
        Self { definition, task_id }
    }

    /// What people call it.
    #[must_use]
    pub fn name(&self) -> &str {
        self.definition.get("metadata").and_then(|it| it.get("name")?.as_str()).unwrap_or("a task without a name")
    }

    /// The image it runs in.
    ///
    /// # Errors
    /// If it runs in none.
    pub fn image(&self) -> Result<&'d Node, Diagnostic> {
        let image = self.payload("image").filter(|image| image.is_truthy());
        image.ok_or_else(|| self.refused("has no `payload.image`, and only tasks with one can be loaded"))
    }

    /// The container to run it in, but for its image.
    ///
    /// # Errors
    /// If the task is not of the kind that the options ask for.
    pub fn container(&self, options: &Options<'_>) -> Result<Container, Diagnostic> {
        let (mut command, mut environment) = (self.command()?, self.environment());
        let mut volumes = options.volumes.to_vec();
        let is_run_task = command.first().is_some_and(|program| command::is_run_task(program));
        if options.interactive && !is_run_task {
            return Err(self.refused("does not use `run-task`, and only such tasks can be run with `--interactive`"));
        }
        if let Some(checkout) = options.checkout {
            if !is_run_task {
                return Err(self.refused("does not use `run-task`, and only such tasks can be run with `--develop`"));
            }
            self.mount_checkout(checkout, &mut command, &mut environment, &mut volumes)?;
        }
        let mut files = Vec::new();
        if options.interactive {
            let paused = command::paused(&command, options.user.unwrap_or(USER));
            command = paused.command;
            files.extend(paused.shell_start.map(|text| (SHELL_START.to_owned(), text)));
        }
        Ok(Container {
            image: String::new(),
            command,
            environment: self.whole_environment(environment, &volumes, options.root_url),
            volumes,
            files,
            terminal: options.terminal,
            keep: options.keep,
        })
    }

    fn payload(&self, key: &str) -> Option<&'d Node> {
        self.definition.get("payload")?.get(key)
    }

    fn refused(&self, why: &str) -> Diagnostic {
        Diagnostic::error(format!("task `{}` {why}", self.name()))
    }

    fn command(&self) -> Result<Vec<String>, Diagnostic> {
        let Some(command) = self.payload("command").filter(|command| command.is_truthy()) else {
            return Ok(Vec::new());
        };
        let words = command.as_list().map(|words| words.iter().map(|word| word.as_str().map(str::to_owned)));
        let words: Option<Vec<String>> = words.and_then(Iterator::collect);
        words.ok_or_else(|| self.refused("has a `payload.command` that is no list of words"))
    }

    fn environment(&self) -> Environment {
        let given = self.payload("env").and_then(Node::as_map).into_iter().flat_map(Map::text_entries);
        Environment(given.map(|(name, value)| (name.to_owned(), to_str(value))).collect())
    }

    /// Puts a checkout where `run-task` would make one, and tells it not to.
    fn mount_checkout(
        &self,
        checkout: &Path,
        command: &mut Vec<String>,
        environment: &mut Environment,
        volumes: &mut Vec<(String, String)>,
    ) -> Result<(), Diagnostic> {
        let repositories = json::parse(environment.get("REPOSITORIES").unwrap_or("{}"));
        let mut repositories = repositories.ok().and_then(|it| it.as_map().cloned()).unwrap_or_default();
        let Some(name) = repositories.keys().next().map(str::to_owned) else {
            return Err(self.refused("has no repositories in `REPOSITORIES`, so `--develop` has none to replace"));
        };
        let argument = format!("--{name}-checkout");
        let place = command::value_of(command, &argument).map(str::to_owned);
        let place = place.ok_or_else(|| {
            self.refused(&format!("does not use `{argument}`, so `--develop` has no checkout to replace"))
        })?;
        volumes.push((checkout.display().to_string(), place));
        // A cache that is not mounted cannot be written to.
        let is_mounted = |path: &str| volumes.iter().any(|(_, there)| there == path);
        environment.0.retain(|(name, value)| !CACHES.contains(&name.as_str()) || is_mounted(value));
        repositories.remove(&name);
        environment.set("REPOSITORIES", json::to_string(&Node::new(repositories), Format::COMPACT)?);
        command::remove_option(command, &argument);
        command::remove_option(command, &format!("--{name}-sparse-profile"));
        command::remove_flag(command, &format!("--{name}-shallow-clone"));
        Ok(())
    }

    /// What a worker would tell the task, then what the task says itself.
    fn whole_environment(
        &self,
        own: Environment,
        volumes: &[(String, String)],
        root_url: &str,
    ) -> Vec<(String, String)> {
        let group = self.definition.get("taskGroupId").and_then(Node::as_str).unwrap_or_default();
        let mut whole = Environment::default();
        whole.set("RUN_ID", "0".to_owned());
        whole.set("TASK_GROUP_ID", group.to_owned());
        whole.set("TASK_ID", self.task_id.as_ref().map_or(NO_TASK_ID, TaskId::as_str).to_owned());
        whole.set("TASKCLUSTER_ROOT_URL", root_url.to_owned());
        own.0.into_iter().for_each(|(name, value)| whole.set(&name, value));
        whole.keep_mounted_caches(volumes);
        if !volumes.is_empty() {
            // `run-task` wants these to be empty.
            whole.remove("TASKCLUSTER_VOLUMES");
        }
        whole.0
    }
}

/// Environment variables, in the order they were first set.
#[derive(Default)]
struct Environment(Vec<(String, String)>);

impl Environment {
    fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    fn set(&mut self, name: &str, value: String) {
        match self.0.iter_mut().find(|(known, _)| known == name) {
            Some((_, known)) => *known = value,
            None => self.0.push((name.to_owned(), value)),
        }
    }

    fn remove(&mut self, name: &str) {
        self.0.retain(|(known, _)| known != name);
    }

    /// `run-task` wants every path of `TASKCLUSTER_CACHES` to be mounted.
    fn keep_mounted_caches(&mut self, volumes: &[(String, String)]) {
        let Some(caches) = self.get("TASKCLUSTER_CACHES") else { return };
        let is_mounted = |cache: &&str| volumes.iter().any(|(_, there)| there == cache);
        let mounted: Vec<&str> = caches.split(';').filter(is_mounted).collect();
        match mounted.join(";") {
            none if none.is_empty() => self.remove("TASKCLUSTER_CACHES"),
            mounted => self.set("TASKCLUSTER_CACHES", mounted),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn definition(payload: &str) -> Map {
        let text = format!(r#"{{"taskGroupId": "G", "metadata": {{"name": "it"}}, "payload": {payload}}}"#);
        json::parse(&text).unwrap().as_map().unwrap().clone()
    }

    fn container(payload: &str, options: &Options<'_>) -> Result<Container, String> {
        let definition = definition(payload);
        LoadedTask::new(&definition, None).container(options).map_err(|mistake| mistake.message)
    }

    const RUN_TASK: &str = r#"{
        "command": ["run-task", "--ci-checkout", "/src", "--ci-shallow-clone", "--", "make"],
        "env": {
            "REPOSITORIES": "{\"ci\": 1, \"other\": 2}", "CARGO_HOME": "/cargo", "UV_CACHE_DIR": "/uv", "N": 1.0,
            "TASKCLUSTER_CACHES": "/cargo;/uv", "TASKCLUSTER_VOLUMES": "/v"
        }
    }"#;

    #[test]
    fn a_task_is_told_what_a_worker_would_tell_it() {
        let container = container(RUN_TASK, &Options { root_url: "https://tc", ..Options::default() }).unwrap();
        let told: Vec<String> = container.environment.iter().map(|(name, value)| format!("{name}={value}")).collect();
        assert_eq!(told[..4], ["RUN_ID=0", "TASK_GROUP_ID=G", "TASK_ID=fake", "TASKCLUSTER_ROOT_URL=https://tc"]);
        assert_eq!(told[7..], ["N=1.0", "TASKCLUSTER_VOLUMES=/v"].map(str::to_owned)[..]);
        assert_eq!(container.command.len(), 6);
    }

    #[test]
    fn a_checkout_takes_the_place_of_a_clone() {
        let volumes = [("/mine".to_owned(), "/cargo".to_owned())];
        let options = Options { checkout: Some(Path::new("/here")), volumes: &volumes, ..Options::default() };
        let container = container(RUN_TASK, &options).unwrap();
        assert_eq!(container.command, ["run-task", "--", "make"]);
        assert_eq!(container.volumes[1], ("/here".to_owned(), "/src".to_owned()));
        let value = |name: &str| {
            let found = container.environment.iter().find(|(known, _)| known == name);
            found.map(|(_, value)| value.as_str())
        };
        assert_eq!(value("REPOSITORIES"), Some(r#"{"other":2}"#));
        assert_eq!((value("CARGO_HOME"), value("UV_CACHE_DIR")), (Some("/cargo"), None));
        assert_eq!((value("TASKCLUSTER_CACHES"), value("TASKCLUSTER_VOLUMES")), (Some("/cargo"), None));
    }

    #[test]
    fn a_shell_is_opened_in_place_of_the_command() {
        let options = Options { interactive: true, user: Some("a b"), ..Options::default() };
        let container = container(RUN_TASK, &options).unwrap();
        assert!(container.command[2].ends_with(" && cd $TASK_WORKDIR && su -p 'a b'"), "{:?}", container.command);
        assert_eq!(container.files[0].0, SHELL_START);
    }

    #[test]
    fn a_command_that_is_no_list_of_words_is_refused() {
        let refused = container(r#"{"command": [["sh"]]}"#, &Options::default()).unwrap_err();
        assert_eq!(refused, "task `it` has a `payload.command` that is no list of words");
    }
}
