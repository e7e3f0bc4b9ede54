//! In-tree code answered by a Python interpreter that has the reference installed.

mod needs;
mod process;
mod raised;

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

pub(super) use self::needs::version_in;
use self::process::Process;
use crate::diagnostics::{Diagnostic, Files};
use crate::environment::Environment;
use crate::json;
use crate::model::{Label, TaskGraph, TaskId};
use crate::script::{Error, InTreeCode, Need, Question};
use crate::sources::scripts::REFERENCE_VERSION;
use crate::sources::{self, ErrorKind};
use crate::yaml::{Map, Node};

/// How long the interpreter may be silent unless told otherwise. Some trees ask slow services for a while.
const LIMIT: Duration = Duration::from_secs(3600);

/// The interpreter where none is named.
const USUAL: &str = "python3";

/// What is known of a run before any of the tree's code runs.
#[derive(Clone, Debug)]
pub struct Conditions {
    /// The task that creates the graph.
    pub decision_task_id: TaskId,
    /// The task that new ids are derived from.
    pub creator: TaskId,
    /// Make the files that the decision publishes.
    pub write_artifacts: bool,
    /// Whether the verifications are made.
    pub verify: bool,
    /// Skip checks, digests and caching.
    pub fast: bool,
}

/// Where a tree is.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The directory the program runs in, absolute.
    pub directory: &'a Path,
    /// The directory of `config.yml` as it was given.
    pub root: &'a Path,
}

/// A tree's Python. The interpreter starts when it is first needed, and once.
pub struct PythonCode<'f> {
    program: String,
    directory: PathBuf,
    root: PathBuf,
    limit: Duration,
    hash_seed: Option<String>,
    creator: TaskId,
    options: Map,
    files: &'f Files,
    needs: Mutex<Vec<Need>>,
    interpreter: Mutex<Option<Interpreter>>,
}

/// A running interpreter and what it was told.
struct Interpreter {
    process: Process,
    /// How many ids were derived for each label.
    ordinals: BTreeMap<Label, u32>,
    has_parameters: bool,
}

/// What an action's code asks to be created.
#[derive(Clone, Debug)]
pub enum ToCreate {
    /// A graph of tasks.
    Tasks {
        /// The tasks.
        graph: TaskGraph<TaskId>,
        /// The group's id, if the code names one.
        decision_task_id: Option<TaskId>,
        /// The scheduler of the group.
        scheduler_id: String,
    },
    /// A single task, whose definition is complete but for relative times.
    Task {
        /// Its id.
        task_id: TaskId,
        /// Its name, for people.
        label: Label,
        /// Its definition.
        definition: Map,
    },
}

/// Why an action's code did not come to its end.
#[derive(Debug)]
pub enum ActionError<E> {
    /// The code, or what runs it.
    Code(Error),
    /// What it asked for could not be done.
    Create(E),
}

impl<E> From<Error> for ActionError<E> {
    fn from(error: Error) -> Self {
        Self::Code(error)
    }
}

impl<'f> PythonCode<'f> {
    /// The code of the tree whose `config.yml` is `document`. `installed` is the version
    /// of the reference where that can be told without asking Python.
    ///
    /// # Errors
    /// A time limit that is no number.
    pub fn new(
        environment: &Environment,
        Place { directory, root }: Place<'_>,
        document: &Node,
        installed: Option<&str>,
        conditions: &Conditions,
        files: &'f Files,
    ) -> Result<Self, Diagnostic> {
        let options = Map::from([
            ("root", Node::new(root.to_string_lossy().as_ref())),
            ("decision_task_id", Node::from(&conditions.decision_task_id)),
            ("write_artifacts", Node::new(conditions.write_artifacts)),
            ("verify", Node::new(conditions.verify)),
            ("fast", Node::new(conditions.fast)),
            ("log_level", log_level()),
        ]);
        Ok(Self {
            program: environment.python.clone().unwrap_or_else(|| USUAL.to_owned()),
            directory: directory.to_owned(),
            root: root.to_owned(),
            limit: limit(environment.python_timeout.as_deref())?,
            hash_seed: environment.python_hash_seed.clone(),
            creator: conditions.creator.clone(),
            options,
            files,
            needs: Mutex::new(needs::of_config(document, installed)),
            interpreter: Mutex::default(),
        })
    }

    /// Starts the interpreter if it is known to be needed, so that it can import while we read.
    ///
    /// # Errors
    /// If there is no such interpreter.
    pub fn prepare(&self) -> Result<(), Error> {
        if !self.needs().is_empty() {
            drop(self.started()?);
        }
        Ok(())
    }

    /// Calls an action's callback; `create` creates the tasks it asks for.
    ///
    /// # Errors
    /// An exception of the code, or tasks that could not be created.
    pub async fn call_action<E: std::fmt::Display>(
        &self,
        call: Map,
        create: impl AsyncFn(ToCreate) -> Result<(), E>,
    ) -> Result<(), ActionError<E>> {
        // Nothing is asked after an action.
        let mut interpreter = self.started()?.take().expect("it is started");
        let doing = "call_action";
        interpreter.send(doing, call)?;
        let mut failed = None;
        loop {
            match interpreter.receive(doing, &self.creator)? {
                Message::Answer(_) => return Ok(()),
                Message::Failure(raised) => {
                    return Err(failed.map_or_else(|| self.told(&raised).into(), ActionError::Create));
                }
                Message::Create(to_create) => {
                    let created = create(*to_create).await;
                    let reply = match &created {
                        Ok(()) => Map::from([("reply", Node::default())]),
                        Err(error) => Map::from([("refused", Node::new(error.to_string()))]),
                    };
                    failed = created.err();
                    interpreter.write(reply)?;
                }
            }
        }
    }

    fn started(&self) -> Result<MutexGuard<'_, Option<Interpreter>>, Error> {
        let mut guard = self.interpreter.lock().unwrap_or_else(PoisonError::into_inner);
        if guard.is_none() {
            let process = Process::start(&self.program, &self.directory, self.limit, self.hash_seed.as_deref());
            let process = process.map_err(|error| self.unstartable(&error))?;
            let mut interpreter = Interpreter { process, ordinals: BTreeMap::new(), has_parameters: false };
            interpreter.write(self.options.clone())?;
            *guard = Some(interpreter);
        }
        Ok(guard)
    }

    fn unstartable(&self, error: &io::Error) -> Error {
        if error.kind() == io::ErrorKind::NotFound {
            return self.not_installed(&format!("there is no `{}`", self.program)).into();
        }
        let request = format!("{}: start", self.program);
        let kind = ErrorKind::Refused { status: 0 };
        sources::Error { service: "python", request, message: error.to_string(), kind }.into()
    }

    /// What needs Python, and how to get it.
    fn not_installed(&self, why: &str) -> Diagnostic {
        let needs = self.needs();
        let what = needs.first().map_or("the tree has code of its own", |need| need.what.as_str());
        let message = format!("{what}, which needs Python's package taskcluster-taskgraph: {why}");
        let program = &self.program;
        Diagnostic::error(message).at(needs.first().map(|need| need.span).unwrap_or_default()).help(format!(
            "install it: {program} -m pip install taskcluster-taskgraph=={REFERENCE_VERSION}; or name a Python that has \
             it with --python or PUSHGRAPH_PYTHON"
        ))
    }

    fn told(&self, raised: &Node) -> Error {
        let missing = raised.get("missing").and_then(Node::as_str);
        if missing == Some("taskgraph") {
            return self.not_installed(&format!("`{}` does not have it", self.program)).into();
        }
        let mut told = raised::diagnostic(raised, self.files, &self.directory);
        if let Some(module) = missing {
            told.span = told.span.or(self.needs().first().map(|need| need.span).unwrap_or_default());
            told.help = Some(self.how_to_install(module));
        }
        told.into()
    }

    fn how_to_install(&self, module: &str) -> String {
        let requirements = self.root.join("requirements.txt");
        let what = if self.directory.join(&requirements).is_file() {
            format!("-r {}", requirements.display())
        } else {
            "the package that has it".to_owned()
        };
        format!("`{module}` is not installed: {} -m pip install {what}", self.program)
    }
}

impl InTreeCode for PythonCode<'_> {
    fn can_run(&self) -> bool {
        true
    }

    fn needs(&self) -> Vec<Need> {
        self.needs.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn add_needs(&self, more: Vec<Need>) {
        self.needs.lock().unwrap_or_else(PoisonError::into_inner).extend(more);
    }

    fn ask(&self, question: Question<'_>) -> Result<Node, Error> {
        let mut guard = self.started()?;
        let interpreter = guard.as_mut().expect("it is started");
        if let Question::These(_) = question
            && interpreter.has_parameters
        {
            return Ok(Node::default());
        }
        interpreter.has_parameters |= question.gives_parameters();
        let doing = question.to_string();
        interpreter.send(question.name(), arguments(question))?;
        match interpreter.receive(&doing, &self.creator)? {
            Message::Answer(answer) => Ok(answer),
            Message::Failure(raised) => Err(self.told(&raised)),
            Message::Create(_) => {
                Err(Diagnostic::error("the tree's code creates tasks while the graph is generated").into())
            }
        }
    }
}

/// What goes over the pipe with a question.
fn arguments(question: Question<'_>) -> Map {
    match question {
        Question::Parameters { document, strict } => {
            Map::from([("document", Node::new(document.clone())), ("strict", Node::new(strict))])
        }
        Question::These(document) => {
            Map::from([("document", Node::new(document.clone())), ("strict", Node::new(true))])
        }
        Question::DecisionParameters(options) => Map::from([("options", Node::new(options.clone()))]),
        Question::Graph(phase) | Question::Labels(phase) => Map::from([("phase", Node::new(phase))]),
        Question::Select(labels) => Map::from([("labels", labels.iter().map(Node::from).collect::<Node>())]),
        Question::KindGraph | Question::LabelToTaskId | Question::OptimizationLog | Question::Actions => Map::new(),
    }
}

/// What the interpreter says.
enum Message {
    Answer(Node),
    Failure(Node),
    Create(Box<ToCreate>),
}

impl Interpreter {
    fn send(&mut self, question: &str, mut arguments: Map) -> Result<(), Error> {
        arguments.insert("question", question);
        self.write(arguments)
    }

    fn write(&mut self, message: Map) -> Result<(), Error> {
        let text = json::to_string(&Node::new(message), json::Format::COMPACT)?;
        self.process.send(&text);
        Ok(())
    }

    /// What comes next; questions about ids are answered on the way.
    fn receive(&mut self, doing: &str, creator: &TaskId) -> Result<Message, Error> {
        loop {
            let text = self.process.receive(doing)?;
            let mut message = json::parse(&text)?;
            let mut take = |key: &str| message.as_map_mut().and_then(|message| message.remove(key));
            if let Some(answer) = take("answer") {
                return Ok(Message::Answer(answer));
            }
            if let Some(raised) = take("error") {
                return Ok(Message::Failure(raised));
            }
            match take("ask").as_ref().and_then(Node::as_str) {
                Some("create_tasks") => return Ok(Message::Create(Box::new(tasks(&message)?))),
                Some("create_task") => return Ok(Message::Create(Box::new(task(&message)?))),
                _ => {
                    let ids = self.ids(message.get("labels").and_then(Node::as_list).unwrap_or_default(), creator);
                    self.write(Map::from([("reply", ids)]))?;
                }
            }
        }
    }

    /// The ids of tasks of these labels, each the next for its label.
    fn ids(&mut self, labels: &[Node], creator: &TaskId) -> Node {
        let labels = labels.iter().filter_map(Node::as_arc_str).map(|label| Label::new(label.clone()));
        let next = |label: Label| {
            let ordinal = self.ordinals.entry(label.clone()).or_default();
            let id = TaskId::derive(creator, &label, *ordinal);
            *ordinal += 1;
            Node::from(&id)
        };
        labels.map(next).collect()
    }
}

fn tasks(message: &Node) -> Result<ToCreate, Error> {
    let text = |key: &str| message.get(key).and_then(Node::as_str);
    Ok(ToCreate::Tasks {
        graph: TaskGraph::from_document(message.get("graph").unwrap_or(&Node::default()))?,
        decision_task_id: text("decision_task_id").map(TaskId::from),
        scheduler_id: text("scheduler_id").unwrap_or_default().to_owned(),
    })
}

fn task(message: &Node) -> Result<ToCreate, Error> {
    let text = |key: &str| message.get(key).and_then(Node::as_str).unwrap_or_default();
    let definition = message.get("definition").unwrap_or(&Node::default()).mapping("definition")?.clone();
    Ok(ToCreate::Task { task_id: text("task_id").into(), label: text("label").into(), definition })
}

/// Python's number for how much is logged.
fn log_level() -> Node {
    match log::max_level() {
        log::LevelFilter::Off => Node::default(),
        log::LevelFilter::Error => Node::new(40),
        log::LevelFilter::Warn => Node::new(30),
        log::LevelFilter::Info => Node::new(20),
        log::LevelFilter::Debug | log::LevelFilter::Trace => Node::new(10),
    }
}

fn limit(given: Option<&str>) -> Result<Duration, Diagnostic> {
    let Some(given) = given else { return Ok(LIMIT) };
    let seconds = given.parse().ok().filter(|seconds: &u64| *seconds > 0);
    seconds.map(Duration::from_secs).ok_or_else(|| {
        Diagnostic::error(format!("PUSHGRAPH_PYTHON_TIMEOUT: expected a number of seconds, found `{given}`"))
    })
}
