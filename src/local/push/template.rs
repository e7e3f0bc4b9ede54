//! A `.taskcluster.yml`: read, checked, rendered, and its mistakes shown where they are.

use std::path::PathBuf;

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::slugids;
use crate::diagnostics::{Diagnostic, Files, Mistakes, SourceFile, quoted, suggest};
use crate::json::{self, TemplateError};
use crate::model::TaskId;

/// The file's name.
pub const FILE_NAME: &str = ".taskcluster.yml";

/// The keys of version 1.
const KEYS: &[&str] = &["version", "policy", "tasks", "reporting", "autoCancelPreviousChecks", "hooks"];

/// Who may start tasks by a pull request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PullRequestPolicy {
    /// Everybody.
    Public,
    /// Everybody, but others than collaborators as `github-pull-request-untrusted`.
    PublicRestricted,
    /// Collaborators; the default.
    Collaborators,
    /// Collaborators, and nobody else is told.
    CollaboratorsQuiet,
}

const POLICIES: &[(&str, PullRequestPolicy)] = &[
    ("collaborators", PullRequestPolicy::Collaborators),
    ("collaborators_quiet", PullRequestPolicy::CollaboratorsQuiet),
    ("public", PullRequestPolicy::Public),
    ("public_restricted", PullRequestPolicy::PublicRestricted),
];

/// A `.taskcluster.yml` that is fit to be rendered.
#[derive(Clone, Debug)]
pub struct Template {
    /// `tasks`, before rendering.
    tasks: Value,
    /// The rest of the file, which is rendered too.
    rest: Map<String, Value>,
    /// Who may start tasks by a pull request.
    pub policy: PullRequestPolicy,
    /// The first ten hexadecimal digits of the SHA-256 of the file; part of the names of its hooks.
    pub hash: String,
    file: std::sync::Arc<SourceFile>,
}

impl Template {
    /// Reads the file's `content`.
    ///
    /// # Errors
    /// If it is not YAML, or not a version 1 configuration; all mistakes at once.
    pub fn read(path: PathBuf, content: &[u8], files: &Files) -> Result<Self, Mistakes> {
        let text = String::from_utf8_lossy(content).into_owned();
        let file = files.add(path, text).map_err(Mistakes::from)?;
        let mut document = parse(&file).map_err(Mistakes::from)?;
        let policy = check(&document, &file)?;
        document.remove("version");
        let tasks = document.remove("tasks").unwrap_or_else(|| json!([]));
        Ok(Self { tasks, rest: document, policy, hash: hash(content), file })
    }

    /// Whether GitHub is told through checks rather than statuses.
    pub(super) fn reports_checks(&self) -> bool {
        self.rest.contains_key("reporting")
    }

    /// The first entry of `tasks`, which action hooks are made of; nothing if `tasks` is not a list before rendering.
    pub(super) fn first_task(&self) -> Option<&Value> {
        self.tasks.as_array()?.first()
    }

    /// The tasks that the template has for this context. `seed` decides the ids of `as_slugid`.
    ///
    /// # Errors
    /// An expression that cannot be evaluated, at the place it was written; or `tasks` that are no tasks.
    pub(super) fn render(
        &self,
        context: &Map<String, Value>,
        now: DateTime<Utc>,
        seed: &TaskId,
    ) -> Result<Vec<Map<String, Value>>, Mistakes> {
        let mut whole = self.rest.clone();
        whole.insert("tasks".to_owned(), self.tasks.clone());
        let template = Value::Object(whole);
        let context = Value::Object(context.clone());
        // The crate overwrites `now` in the context with the real clock; a `$let` is inside of that.
        let now = now.to_rfc3339_opts(SecondsFormat::Millis, true);
        let wrap = |template: &Value| json!({"$let": {"now": now}, "in": slugids::mark(template)});
        let render = |template: &Value| json::render(&wrap(template), &context);
        let mut rendered = render(&template).map_err(|error| self.expression_mistake(&template, &error, &render))?;
        match slugids::replace(rendered["tasks"].take(), seed) {
            Value::Null => Ok(Vec::new()),
            Value::Array(tasks) => tasks.into_iter().map(|task| self.task(task)).collect(),
            other => Err(self.tasks_mistake(&other)),
        }
    }

    fn task(&self, task: Value) -> Result<Map<String, Value>, Mistakes> {
        match task {
            Value::Object(task) => Ok(task),
            other => {
                Err(self.mistake(format!("a task is rendered as {}, not as a mapping", kind_of(&other)), "tasks:"))
            }
        }
    }

    fn tasks_mistake(&self, rendered: &Value) -> Mistakes {
        self.mistake(format!("`tasks` is rendered as {}, not as a list", kind_of(rendered)), "tasks:")
    }

    fn mistake(&self, message: String, needle: &str) -> Mistakes {
        Diagnostic::error(message).at(find(&self.file, needle)).into()
    }

    fn expression_mistake(
        &self,
        template: &Value,
        error: &TemplateError,
        render: &dyn Fn(&Value) -> Result<Value, TemplateError>,
    ) -> Mistakes {
        let message = error.to_string();
        // Whoever looks for the part would wait for each.
        if let TemplateError::Slow(_) = error {
            return self.mistake(format!("cannot render `tasks`: {message}"), "tasks:");
        }
        let culprit = culprit(template, &message, render);
        let reason = message.trim_start_matches("Interpreter Error: ").trim_start_matches("TemplateError: ");
        let reason = reason.trim_end_matches('.');
        let diagnostic = match &culprit.text {
            Some(text) => Diagnostic::error(format!("cannot evaluate `{}`: {reason}", shortened(text)))
                .at(find(&self.file, text.lines().next().unwrap_or_default())),
            None => Diagnostic::error(format!("cannot render `{}`: {reason}", culprit.route)),
        };
        diagnostic.help(format!("it is at `{}`", culprit.route)).into()
    }
}

/// The first ten hexadecimal digits of the SHA-256 of `content`.
#[must_use]
pub fn hash(content: &[u8]) -> String {
    hex::encode(&Sha256::digest(content)[..5])
}

fn parse(file: &SourceFile) -> Result<Map<String, Value>, Diagnostic> {
    let unreadable = |error: serde_yaml::Error| {
        let at = error.location().map_or(0..0, |place| place.index()..place.index() + 1);
        let message = error.to_string();
        let message = message.split(" at line ").next().unwrap_or_default().to_owned();
        Diagnostic::error(format!("cannot read `{FILE_NAME}`: {message}")).at(file.span(at))
    };
    let mut document: serde_yaml::Value = serde_yaml::from_str(&file.text).map_err(unreadable)?;
    document.apply_merge().map_err(unreadable)?;
    match serde_json::to_value(&document) {
        Ok(Value::Object(map)) => Ok(map),
        Ok(other) => {
            Err(Diagnostic::error(format!("expected a mapping, found {}", kind_of(&other))).at(file.span(0..0)))
        }
        Err(error) => Err(Diagnostic::error(format!("cannot read `{FILE_NAME}` as JSON: {error}"))),
    }
}

/// What Taskcluster-GitHub's schema asks of a configuration, of version 1 only.
fn check(document: &Map<String, Value>, file: &SourceFile) -> Result<PullRequestPolicy, Mistakes> {
    let mut mistakes = Mistakes::default();
    let at = |diagnostic: Diagnostic, key: &str| diagnostic.at(find(file, key));
    mistakes.extend(version_mistake(document).map(|mistake| at(mistake, "version")));
    for key in document.keys().filter(|key| !KEYS.contains(&key.as_str())) {
        let mut mistake = Diagnostic::error(format!("unknown key `{key}`"));
        mistake.help = suggest(key, KEYS.iter().copied());
        mistakes.extend([at(mistake, key)]);
    }
    match document.get("tasks") {
        None | Some(Value::Array(_) | Value::Object(_)) => {}
        Some(other) => {
            let message = format!("`tasks`: expected a list, found {}", kind_of(other));
            mistakes.extend([at(Diagnostic::error(message), "tasks")]);
        }
    }
    let name = document.get("policy").and_then(|policy| policy.get("pullRequests"));
    let policy = match name.map(|name| POLICIES.iter().find(|(known, _)| name == known)) {
        None => PullRequestPolicy::Collaborators,
        Some(Some((_, policy))) => *policy,
        Some(None) => {
            let names: Vec<&str> = POLICIES.iter().map(|(name, _)| *name).collect();
            let message = format!("`policy.pullRequests` is none of {}", quoted(&names));
            mistakes.extend([at(Diagnostic::error(message), "pullRequests")]);
            PullRequestPolicy::Collaborators
        }
    };
    mistakes.or(policy)
}

fn version_mistake(document: &Map<String, Value>) -> Option<Diagnostic> {
    match document.get("version") {
        Some(version) if version == &json!(1) => None,
        Some(version) if version == &json!(0) => Some(
            Diagnostic::error("version 0 is not supported")
                .help("Taskcluster-GitHub has replaced it by version 1, whose tasks are rendered with JSON-e"),
        ),
        Some(version) => Some(Diagnostic::error(format!("unknown version `{version}`")).help("expected `1`")),
        None => Some(Diagnostic::error("missing key `version`").help("expected `version: 1`")),
    }
}

/// The part of a template that makes its rendering fail.
struct Culprit {
    /// The keys and indexes that lead to it.
    route: String,
    /// Its text, if it is one.
    text: Option<String>,
}

/// Finds the smallest part without which rendering no longer fails in the same way.
///
/// JSON-e does not say where it failed. A part that is at fault is one whose replacement by null changes the outcome;
/// bodies are tried before the operators around them, since nulling a variable also changes what its users say.
fn culprit(template: &Value, message: &str, render: &dyn Fn(&Value) -> Result<Value, TemplateError>) -> Culprit {
    let mut route: Vec<String> = Vec::new();
    loop {
        let here = part(template, &route);
        let guilty = parts(here).into_iter().find(|step| {
            let mut tried = template.clone();
            let path: Vec<&str> = route.iter().map(String::as_str).chain([step.as_str()]).collect();
            if let Some(place) = part_mut(&mut tried, &path) {
                *place = Value::Null;
            }
            render(&tried).map_or_else(|error| error.to_string() != message, |_| true)
        });
        match guilty {
            Some(step) => route.push(step),
            None => {
                let text = here.as_str().map(str::to_owned);
                return Culprit { route: route.join("."), text };
            }
        }
    }
}

/// The keys or indexes of a part's parts, operators last.
fn parts(value: &Value) -> Vec<String> {
    match value {
        Value::Object(entries) => {
            let mut keys: Vec<String> = entries.keys().cloned().collect();
            keys.sort_by_key(|key| key.starts_with('$'));
            keys
        }
        Value::Array(items) => (0..items.len()).map(|index| index.to_string()).collect(),
        _ => Vec::new(),
    }
}

fn part<'a>(value: &'a Value, route: &[String]) -> &'a Value {
    route.iter().fold(value, |value, step| match value {
        Value::Array(items) => step.parse::<usize>().ok().and_then(|index| items.get(index)).unwrap_or(&Value::Null),
        other => &other[step.as_str()],
    })
}

fn part_mut<'a>(value: &'a mut Value, route: &[&str]) -> Option<&'a mut Value> {
    route.iter().try_fold(value, |value, step| match value {
        Value::Array(items) => items.get_mut(step.parse::<usize>().ok()?),
        Value::Object(entries) => entries.get_mut(*step),
        _ => None,
    })
}

/// Where a text stands in the file, if it stands there once.
fn find(file: &SourceFile, text: &str) -> crate::diagnostics::Span {
    let mut places = file.text.match_indices(text).filter(|_| !text.is_empty());
    match (places.next(), places.next()) {
        (Some((at, _)), None) => file.span(at..at + text.len()),
        _ => crate::diagnostics::Span::NONE,
    }
}

fn shortened(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    if line.chars().count() <= 80 && line == text {
        line.to_owned()
    } else {
        line.chars().take(79).chain(['…']).collect()
    }
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "a mapping",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Template, Mistakes> {
        Template::read(FILE_NAME.into(), text.as_bytes(), &Files::default())
    }

    fn render(text: &str) -> Result<Vec<Map<String, Value>>, Mistakes> {
        let context = json!({"tasks_for": "github-push", "event": {"ref": "refs/heads/main"}});
        let now = "2024-01-02T03:04:05.678Z".parse().unwrap();
        read(text)?.render(context.as_object().unwrap(), now, &TaskId::new("seed"))
    }

    #[test]
    fn now_and_from_now_are_those_of_the_push() {
        let tasks =
            render("version: 1\ntasks: [{created: {$fromNow: ''}, deadline: {$fromNow: 1 day}, at: '${now}'}]\n");
        let task = tasks.unwrap().remove(0);
        assert_eq!(task["created"], "2024-01-02T03:04:05.678Z");
        assert_eq!(task["deadline"], "2024-01-03T03:04:05.678Z");
        assert_eq!(task["at"], "2024-01-02T03:04:05.678Z");
    }

    #[test]
    fn no_task_for_this_event_is_no_mistake() {
        let text = "version: 1\ntasks:\n  - {$if: 'tasks_for == \"cron\"', then: {a: 1}}\n";
        assert!(render(text).unwrap().is_empty());
        assert!(render("version: 1\n").unwrap().is_empty());
    }

    #[test]
    fn an_expression_that_fails_is_shown() {
        let text = "version: 1\ntasks:\n  - $let:\n      a: {$eval: event.ref}\n    in:\n      name: hello\n      owner: ${event.pusher.email}\n";
        let files = Files::default();
        let template = Template::read(FILE_NAME.into(), text.as_bytes(), &files).unwrap();
        let context = json!({"tasks_for": "github-push", "event": {"ref": "refs/heads/main"}});
        let now = "2024-01-02T03:04:05.678Z".parse().unwrap();
        let mistakes = template.render(context.as_object().unwrap(), now, &TaskId::new("seed")).unwrap_err();
        let mistake = &mistakes.0[0];
        assert!(mistake.message.starts_with("cannot evaluate `${event.pusher.email}`: "), "{}", mistake.message);
        assert_eq!(mistake.help.as_deref(), Some("it is at `tasks.0.in.owner`"));
        assert_eq!(files.place(mistake.span).unwrap().line_and_column(), (7, 14));
    }

    #[test]
    fn other_files_are_refused_with_all_their_mistakes() {
        let messages = |text| read(text).unwrap_err().to_string();
        assert_eq!(messages("version: 0\ntasks: []\n"), "version 0 is not supported");
        assert_eq!(messages("tasks: {}\ntaks: []\n"), "missing key `version`\nunknown key `taks`");
        assert!(messages("version: 1\ntasks: [\n").starts_with("cannot read `.taskcluster.yml`: "));
        assert_eq!(messages("- 1\n"), "expected a mapping, found a list");
        assert!(messages("version: 1\npolicy: {pullRequests: anybody}\n").contains("is none of `collaborators`"));
        assert_eq!(
            render("version: 1\ntasks: {$eval: '1'}\n").unwrap_err().to_string(),
            "`tasks` is rendered as a number, not as a list"
        );
    }
}
