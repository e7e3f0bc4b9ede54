//! A task on its way through the transforms.

use std::sync::Arc;

use arcstr::ArcStr;
use serde::de::DeserializeOwned;

use crate::diagnostics::{Diagnostic, Mistakes, Span};
use crate::yaml::{self, Map, Node, Value};

/// A task under construction: an open document, because any transform may read and write any key of it.
///
/// What the keys mean is known to each transform, which reads its own part into a closed type.
#[derive(Clone, Debug, Default)]
pub struct Stub {
    /// The document.
    pub body: Map,
    /// Where the task was written.
    pub span: Span,
}

impl Stub {
    /// The stub a mapping stands for.
    ///
    /// # Errors
    /// If the node is not a mapping.
    pub fn from_node(node: Node) -> Result<Self, Diagnostic> {
        match node.value {
            Value::Map(map) => Ok(Self { body: Arc::unwrap_or_clone(map), span: node.span }),
            _ => {
                Err(Diagnostic::error(format!("expected a task (a mapping), found {}", node.type_name())).at(node.span))
            }
        }
    }

    /// Reads what a transform knows of the task, as [`yaml::read`]; nothing is copied for it.
    ///
    /// # Errors
    /// All mistakes, each at the text that made it.
    pub fn read<T: DeserializeOwned>(&mut self) -> Result<T, Mistakes> {
        let document = Node::new(std::mem::take(&mut self.body)).at(self.span);
        let read = yaml::read(&document);
        if let Value::Map(body) = document.value {
            self.body = Arc::unwrap_or_clone(body);
        }
        read
    }

    /// The document as a node.
    #[must_use]
    pub fn to_node(&self) -> Node {
        Node::new(self.body.clone()).at(self.span)
    }

    /// What to call this task in a message: its label, else its name, else nothing certain.
    #[must_use]
    pub fn title(&self) -> ArcStr {
        let text = |key: &str| self.body.get(key).and_then(Node::as_arc_str).cloned();
        text("label").or_else(|| text("name")).unwrap_or(arcstr::literal!("unknown task"))
    }

    /// What a mistake needs to know of this stub once the stub is gone.
    #[must_use]
    pub fn origin(&self) -> Origin {
        Origin { title: self.title(), span: self.span }
    }
}

/// Which stub a mistake was met in.
#[derive(Clone, Debug)]
pub struct Origin {
    title: ArcStr,
    span: Span,
}

impl Origin {
    /// The mistake with the stub's place and name, where it has none of its own.
    #[must_use]
    pub fn locate(&self, mistake: Diagnostic) -> Diagnostic {
        let place = mistake.span.or(self.span);
        let mistake = mistake.at(place);
        if mistake.tasks.is_empty() { mistake.in_task(self.title.as_str()) } else { mistake }
    }
}
