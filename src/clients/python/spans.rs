//! Where things were written, for documents that have been in Python and came back without it.

use std::collections::BTreeMap;

use crate::model::Stub;
use crate::yaml::{Node, Value};

/// The stubs that were sent, by name.
pub(super) struct SpansOf {
    by_name: BTreeMap<String, Stub>,
    only: Option<Stub>,
}

impl SpansOf {
    /// Remembers stubs.
    pub(super) fn new(stubs: &[Stub]) -> Self {
        let only = if let [only] = stubs { Some(only.clone()) } else { None };
        Self { by_name: stubs.iter().filter_map(|stub| Some((name(stub)?, stub.clone()))).collect(), only }
    }

    /// The stubs that came back, each with the places of the one of its name, or of the only one there was: what is
    /// as it was lies where it lay.
    pub(super) fn restore(&self, stubs: Vec<Stub>) -> Vec<Stub> {
        stubs.into_iter().map(|stub| self.restored(stub)).collect()
    }

    fn restored(&self, mut stub: Stub) -> Stub {
        let Some(sent) = name(&stub).and_then(|name| self.by_name.get(&name)).or(self.only.as_ref()) else {
            return stub;
        };
        stub.span = sent.span;
        let (mut body, sent) = (Node::new(std::mem::take(&mut stub.body)), Node::new(sent.body.clone()));
        restore(&mut body, &sent);
        stub.body = body.as_map().cloned().unwrap_or_default();
        stub
    }
}

fn name(stub: &Stub) -> Option<String> {
    let name = stub.body.get("name").or_else(|| stub.body.get("label"))?;
    name.as_str().map(str::to_owned)
}

fn restore(node: &mut Node, sent: &Node) {
    if node.value == sent.value {
        *node = sent.clone();
        return;
    }
    match (&mut node.value, &sent.value) {
        (Value::Map(map), Value::Map(sent)) => {
            for (key, value) in std::sync::Arc::make_mut(map).iter_mut() {
                if let Some(sent) = sent.get_node(key) {
                    restore(value, sent);
                }
            }
        }
        (Value::List(items), Value::List(sent)) => {
            for (item, sent) in std::sync::Arc::make_mut(items).iter_mut().zip(sent.iter()) {
                restore(item, sent);
            }
        }
        _ => node.span = sent.span,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostics::Files;

    #[test]
    fn what_is_as_it_was_lies_where_it_lay() {
        let files = Files::default();
        let written =
            crate::yaml::load(&files, "kind.yml", "{name: a, worker: {env: {A: 1, B: 2}}, l: [x, y]}").unwrap();
        let sent = Stub::from_node(written.root).unwrap();
        let answer = r#"{"name": "a", "worker": {"env": {"B": 2, "A": 3}, "new": 1}, "l": ["x", "z"]}"#;
        let back = Stub::from_node(crate::json::parse(answer).unwrap()).unwrap();
        let restored = SpansOf::new(std::slice::from_ref(&sent)).restore(vec![back]).remove(0);
        assert_eq!(restored.span, sent.span);
        let column = |node: &Node| files.place(node.span).map(|place| place.line_and_column().1);
        let env = |key: &str| column(restored.body.get("worker").unwrap().get("env").unwrap().get(key).unwrap());
        assert_eq!((env("A"), env("B")), (Some(29), Some(35)));
        assert_eq!(
            restored.body.get("l").unwrap().as_list().unwrap().iter().map(column).collect::<Vec<_>>(),
            [Some(44), Some(47)]
        );
        assert_eq!(column(restored.body.get("worker").unwrap().get("new").unwrap()), None);
    }
}
