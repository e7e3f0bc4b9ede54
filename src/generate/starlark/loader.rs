//! A loader that is a program of the tree.

use starlark::values::list::{AllocList, ListRef};

use super::config::params_value;
use super::services::OfKind;
use crate::diagnostics::{Diagnostic, Mistakes, gather};
use crate::generate::context::KindContext;
use crate::generate::shared::text::Text;
use crate::model::Stub;
use crate::script::starlark::{Limits, Name, evaluate, to_node, to_value};
use crate::yaml::Node;

/// The first stubs of a kind, from `loader(kind, path, config, parameters, loaded_tasks)`.
#[must_use]
pub fn load(kind: &KindContext<'_>, name: &Text) -> (Vec<Stub>, Mistakes) {
    match call(kind, name) {
        Ok(nodes) => gather(nodes, |node| {
            let span = node.get("name").map(|name| name.span).unwrap_or_default();
            let place = node.span.or(span).or(name.span());
            Ok(Stub::from_node(node.at(place))?)
        }),
        Err(mistakes) => (Vec::new(), mistakes),
    }
}

fn call(kind: &KindContext<'_>, name: &Text) -> Result<Vec<Node>, Mistakes> {
    let parts = Name::parse(name.as_str()).expect("only programs are loaded from");
    let loader = super::find(kind.run, parts, name.span())?;
    let services = OfKind::new(kind)?;
    evaluate(Limits::for_tasks(1000), &services, |eval| {
        let mut load = || {
            let heap = eval.heap();
            let arguments = [
                heap.alloc(kind.kind.as_str()),
                heap.alloc(kind.path.to_string_lossy().as_ref()),
                // A loader makes the tasks, and so is given all of the file.
                to_value(eval, &Node::new(kind.config.clone()))?,
                params_value(eval, kind.run)?,
                heap.alloc(AllocList(super::register::tasks(eval, kind)?)),
            ];
            let made = eval.eval_function(heap.access_owned_frozen_value(&loader), &arguments, &[])?;
            let Some(list) = ListRef::from_value(made) else {
                let message = format!(
                    "a loader returns a list of tasks, and this one returned a value of type `{}`",
                    made.get_type()
                );
                return Err(starlark::Error::new_other(anyhow::anyhow!(message)));
            };
            list.iter().map(|task| to_node(eval, task)).collect::<starlark::Result<Vec<Node>>>()
        };
        load().map_err(|error| {
            let told: Diagnostic = kind.memo.modules.diagnostic(&error);
            let place = told.span.or(name.span());
            told.at(place).related(name.span(), format!("kind `{}` uses it here", kind.kind)).into()
        })
    })
}
