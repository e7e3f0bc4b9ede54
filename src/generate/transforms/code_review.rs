//! Lets a task wait for all tasks of code review.
//!
//! Source: `taskgraph.transforms.code_review` of the reference.

use super::{Apply, Transform};
use crate::diagnostics::Mistakes;
use crate::generate::context::KindContext;
use crate::generate::shared::edit::list_in;
use crate::model::Stub;
use crate::yaml::Node;

pub(super) const CODE_REVIEW: Transform =
    Transform { name: "taskgraph.transforms.code_review:transforms", apply: Apply::Each(add_dependencies) };

/// Adds the tasks of the kind-dependencies whose attribute `code-review` is `true`.
fn add_dependencies(kind: &KindContext<'_>, mut stub: Stub) -> Result<Vec<Stub>, Mistakes> {
    let is_review = |attribute: &Node| attribute.as_bool() == Some(true);
    let reviews = kind.dependencies.iter().filter(|task| task.attribute("code-review").is_some_and(is_review));
    list_in(&mut stub.body, "soft-dependencies")?.extend(reviews.map(|task| Node::from(&task.label)));
    Ok(vec![stub])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::testing::{World, apply, task};

    #[test]
    fn tasks_of_code_review_are_waited_for() {
        let world = World::new(&[]);
        let dependencies = vec![task("lint", "lint-a", "code-review: true"), task("lint", "lint-b", "code-review: 1")];
        let stubs = world.stubs("- {name: t, soft-dependencies: [x]}\n- {name: u}");
        let made = world.kind("issues", "{}", dependencies, |kind| apply(&CODE_REVIEW, kind, stubs)).unwrap();
        let expected = serde_json::json!([{"name": "t", "soft-dependencies": ["x", "lint-a"]},
            {"name": "u", "soft-dependencies": ["lint-a"]}]);
        assert_eq!(made, expected);
    }
}
