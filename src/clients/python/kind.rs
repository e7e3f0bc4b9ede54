//! The steps of one kind that are written in Python, run by the kind's own process.

use super::PythonCode;
use super::connection::Connection;
use super::marshal::{self, Unfit};
use super::spans::SpansOf;
use crate::diagnostics::{Diagnostic, Mistakes};
use crate::json;
use crate::model::Stub;
use crate::script::{EVERYTHING, Error, KindCode, KindView};
use crate::yaml::{Map, Node};

/// The depth of an answer at which stubs are, and down to which the reference's own steps change what they are given
/// in place: what is shared there may not be taken apart.
const CHANGED_IN_PLACE: usize = 4;

/// A kind's Python.
pub(super) struct PythonKind<'k> {
    code: &'k PythonCode<'k>,
    view: KindView<'k>,
    process: Option<Connection>,
    is_entangled: bool,
}

impl<'k> PythonKind<'k> {
    /// A kind whose process starts when it is first needed.
    pub(super) fn new(code: &'k PythonCode<'k>, view: KindView<'k>) -> Self {
        Self { code, view, process: None, is_entangled: false }
    }

    /// Asks the process, and answers what it asks on the way.
    fn ask(&mut self, question: Map) -> Result<Node, Error> {
        let doing = format!("kind {}", self.view.kind);
        let question = written(&Node::new(question))?;
        let mut process = match self.process.take() {
            Some(process) => process,
            None => self.code.fork(&self.view)?,
        };
        process.send(&question);
        loop {
            let answer = self.read(&process.receive(&doing)?)?;
            let Some(asked) = answer.get("ask").and_then(Node::as_str) else {
                self.process = Some(process);
                return Ok(answer);
            };
            process.send(&self.asked(asked)?);
        }
    }

    /// What of the kind its code looks at only sometimes.
    fn asked(&self, what: &str) -> Result<Vec<u8>, Error> {
        if what == "config" {
            // What cannot be said the process reads for itself.
            let config = marshal::write(&Node::new(self.view.config.clone()));
            return config.or_else(|Unfit| written(&Node::default()));
        }
        let tasks = self.view.dependencies.iter().map(|task| Node::new(task.to_document(&task.label)));
        written(&tasks.collect())
    }

    fn read(&mut self, answer: &[u8]) -> Result<Node, Error> {
        let read = marshal::read(answer).map_err(|_| self.unfit())?;
        let is_shared = read.shared_at.is_some_and(|depth| depth <= CHANGED_IN_PLACE);
        self.is_entangled |= is_shared || read.has_tuples;
        Ok(read.document)
    }

    fn unfit(&self) -> Error {
        let message = format!("the code of kind `{}` gave something that is no document", self.view.kind);
        Diagnostic::error(message).into()
    }

    /// The stubs in an answer.
    fn stubs(&mut self, answer: &Node) -> Result<Vec<Stub>, Error> {
        if let Some(raised) = answer.get("error").and_then(Node::as_str) {
            return Err(self.code.told(&json::parse(raised)?));
        }
        if let Some(finished) = answer.get("finished").and_then(Node::as_str) {
            self.is_entangled = true;
            return Ok(stubs_of(&json::parse(finished)?)?);
        }
        Ok(stubs_of(answer.get("stubs").unwrap_or(&Node::default()))?)
    }
}

impl KindCode for PythonKind<'_> {
    fn run(&mut self, steps: &[String], stubs: Vec<Stub>) -> Result<(Vec<Stub>, Mistakes), Error> {
        self.code.note(self.view.kind, steps.iter().cloned());
        let spans = SpansOf::new(&stubs);
        let documents: Node = stubs.into_iter().map(|stub| Node::new(stub.body)).collect();
        let names: Node = steps.iter().map(|step| Node::new(step.as_str())).collect();
        let question = Map::from([("loader", Node::default()), ("steps", names), ("stubs", documents)]);
        let answer = self.ask(question)?;
        let stubs = self.stubs(&answer)?;
        Ok((spans.restore(stubs), Mistakes::default()))
    }

    fn is_entangled(&self) -> bool {
        self.is_entangled
    }

    fn whole(&mut self, loader: &str) -> Result<Option<Vec<Stub>>, Error> {
        self.code.note(self.view.kind, [EVERYTHING.to_owned()]);
        // What the first process remembers of its steps must not count twice.
        self.process = None;
        let nothing = Node::default();
        let question = Map::from([("loader", Node::new(loader)), ("steps", nothing.clone()), ("stubs", nothing)]);
        let answer = self.ask(question)?;
        self.stubs(&answer).map(Some)
    }
}

fn written(document: &Node) -> Result<Vec<u8>, Error> {
    marshal::write(document).map_err(|Unfit| {
        Diagnostic::error("a date or a number beyond 64 bits cannot be handed to Python between steps").into()
    })
}

fn stubs_of(documents: &Node) -> Result<Vec<Stub>, Diagnostic> {
    let documents = documents.as_list().unwrap_or_default().iter().cloned();
    documents.map(Stub::from_node).collect()
}
