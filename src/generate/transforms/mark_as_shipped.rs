//! Describes a task that marks a release as shipped. From `mozilla_taskgraph`.
//!
//! Source: `mozilla_taskgraph.transforms.scriptworker.shipit.mark_as_shipped`.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Apply, Transform};
use crate::diagnostics::{Diagnostic, Mistakes};
use crate::generate::context::KindContext;
use crate::generate::shared::edit::map_in;
use crate::generate::shared::format::format_text;
use crate::model::{KeyedByOptions, MozillaConfig, Shipit, Stub, keyed_schema, resolve_keyed_by};
use crate::yaml::{self, Map, Node};

pub(super) const MARK_AS_SHIPPED: Transform = Transform {
    name: "mozilla_taskgraph.transforms.scriptworker.shipit.mark_as_shipped:transforms",
    apply: Apply::Each(describe),
};

const RELEASE_FORMAT: &str = "{product}-{version}-build{build_number}";
const SCOPE_PREFIX: &str = "project:releng";

/// What this transform reads of a task.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct MarkAsShipped {
    /// The name of the task; `mark-as-shipped` if unset.
    #[serde(default, rename = "name")]
    _name: Option<String>,
    /// The product in Ship-It; `shipit.product` of `config.yml` if unset. `by-build-type`.
    #[serde(rename = "shipit-product", default)]
    #[schemars(schema_with = "keyed_schema::<Option<String>>")]
    _shipit_product: Option<Node>,
}

fn describe(kind: &KindContext<'_>, mut stub: Stub) -> Result<Vec<Stub>, Mistakes> {
    let _: MarkAsShipped = stub.read()?;
    let config = MozillaConfig::of(&kind.graph_config.document)?;
    let shipit = config.shipit.unwrap_or_default();
    let product = product(&mut stub, &shipit)?;
    let name = stub.body.remove("name").unwrap_or_else(|| "mark-as-shipped".into());
    stub.body.get_or_insert("label", || name);
    stub.body.insert("description", format!("Mark {product} as shipped in Ship-It"));
    let prefix = shipit.scope_prefix.unwrap_or_else(|| {
        let prefix = config.scriptworker.and_then(|section| section.scope_prefix);
        format!("{}:ship-it", prefix.as_deref().unwrap_or(SCOPE_PREFIX))
    });
    let server = if kind.parameters.level == "3" { "production" } else { "staging" };
    let scopes = [format!("{prefix}:action:mark-as-shipped"), format!("{prefix}:server:{server}")];
    stub.body.insert("scopes", scopes.into_iter().map(Node::new).collect::<Node>());
    let values = Map::from([
        ("product", Node::new(product)),
        ("version", yaml::write(&kind.parameters.version)),
        ("build_number", yaml::write(&kind.parameters.build_number)),
    ]);
    let release = format_text(shipit.release_format.as_deref().unwrap_or(RELEASE_FORMAT), &values);
    let release = release.map_err(|mistake| mistake.at(section(kind).span))?;
    map_in(&mut stub.body, "worker")?.insert("release-name", release);
    Ok(vec![stub])
}

/// Section `shipit` of `config.yml`, for messages.
fn section(kind: &KindContext<'_>) -> Node {
    kind.graph_config.document.get("shipit").cloned().unwrap_or_default()
}

/// The product of the task's `build-type`, else the project's.
fn product(stub: &mut Stub, shipit: &Shipit) -> Result<String, Mistakes> {
    let build_type = stub.body.get("attributes").and_then(|attributes| attributes.get("build-type")).cloned();
    let title = stub.title();
    let attributes = [("build-type", build_type.unwrap_or_default())];
    resolve_keyed_by(&mut stub.body, "shipit-product", &title, KeyedByOptions::default(), &attributes)?;
    let written = stub.body.remove("shipit-product");
    let span = written.as_ref().map_or(stub.span, |written| written.span);
    let product = match written {
        Some(written) => yaml::read(&written)?,
        None => shipit.product.clone(),
    };
    product.filter(|product| !product.is_empty()).ok_or_else(|| {
        Diagnostic::error("the task has no product in Ship-It")
            .at(span)
            .help("say `shipit-product` here, or `shipit.product` in `config.yml`")
            .into()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::testing::{CONFIG, World};
    use serde_json::json;

    #[test]
    fn the_task_is_described() {
        let made = World::new(&[]).transform(
            &MARK_AS_SHIPPED,
            "- {name: t, shipit-product: {by-build-type: {x: a, default: b}}, attributes: {build-type: x}}
- {label: u, shipit-product: b, scopes: [gone], worker: {k: v}}",
        );
        let scopes = json!(["project:releng:ship-it:action:mark-as-shipped", "project:releng:ship-it:server:staging"]);
        let expected = json!([
            {"attributes": {"build-type": "x"}, "label": "t", "description": "Mark a as shipped in Ship-It",
                "scopes": scopes, "worker": {"release-name": "a-None-build1"}},
            {"label": "u", "description": "Mark b as shipped in Ship-It", "scopes": scopes,
                "worker": {"k": "v", "release-name": "b-None-build1"}},
        ]);
        assert_eq!(made.unwrap(), expected);
    }

    #[test]
    fn the_configuration_says_what_tasks_leave_open() {
        let config = format!(
            "{CONFIG}\nshipit: {{product: p, release-format: '{{product}}!'}}\nscriptworker: {{scope-prefix: a}}"
        );
        let made = World::with_config(&config, &[]).transform(&MARK_AS_SHIPPED, "- {}").unwrap();
        let expected = json!([{"label": "mark-as-shipped", "description": "Mark p as shipped in Ship-It",
            "scopes": ["a:ship-it:action:mark-as-shipped", "a:ship-it:server:staging"],
            "worker": {"release-name": "p!"}}]);
        assert_eq!(made, expected);
    }

    #[test]
    fn a_task_without_a_product_is_refused() {
        let world = World::new(&[]);
        let mistakes = world.transform(&MARK_AS_SHIPPED, "- {name: t, shipit-product: }").unwrap_err();
        let told =
            "1:29 the task has no product in Ship-It (say `shipit-product` here, or `shipit.product` in `config.yml`)";
        assert_eq!(world.told(&mistakes), [told]);
    }
}
