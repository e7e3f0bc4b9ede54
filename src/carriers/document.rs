//! Requests and parameters as JSON, which the file, the note and the extra field hold.

use std::path::Path;

use super::{Found, Push};
use crate::diagnostics::{Diagnostic, Mistakes, suggest};
use crate::json;
use crate::model::{CarrierName, TRY_TASK_CONFIG, TryTaskConfig};
use crate::yaml::{self, Map, Node};

/// The only version of the file in which parameters are overridden.
const VERSION: i64 = 2;

/// A JSON text that must be a mapping; `name` is what it is shown under.
///
/// # Errors
/// Text that is not UTF-8 or not JSON, at the place that shows it; another value.
pub(super) fn mapping(push: &Push<'_>, name: &Path, content: Vec<u8>) -> Result<Node, Diagnostic> {
    let text = String::from_utf8(content).map_err(|_| refused(name, "it is not UTF-8"))?;
    let node = json::read(push.files, name, text).map_err(|mistake| {
        let (span, why) = (mistake.span, mistake.message);
        refused(name, &why).at(span)
    })?;
    match node.as_map() {
        Some(_) => Ok(node),
        None => Err(refused(name, &format!("expected a mapping, found {}", node.type_name())).at(node.span)),
    }
}

/// Parameters that hold a request, as JSON.
pub(super) fn parameters(request: &TryTaskConfig) -> Map {
    Map::from([(TRY_TASK_CONFIG, request.to_node())])
}

/// The file that holds a request.
///
/// # Errors
/// What JSON cannot hold.
pub(super) fn written(request: &TryTaskConfig, format: json::Format) -> Result<String, String> {
    let parameters = Node::new(parameters(request));
    let document = Node::new(Map::from([("parameters", parameters), ("version", Node::new(VERSION))]));
    json::to_string(&document, format).map_err(|mistake| mistake.message)
}

/// A mistake in a text.
pub(super) fn refused(name: &Path, why: &str) -> Diagnostic {
    Diagnostic::error(format!("cannot read `{}`: {why}", name.display()))
}

/// What a mapping with a version says: in version 2 parameters, in version 1 or without one a request. The latter is
/// Firefox's, and taken only where `config.yml` allows it.
///
/// # Errors
/// Another version, unknown keys.
pub(super) fn versioned(push: &Push<'_>, carrier: CarrierName, name: &Path, node: &Node) -> Result<Found, Mistakes> {
    let version = node.get("version");
    let takes_requests = push.takes_requests(carrier);
    match version {
        Some(version) if version.as_i64() == Some(VERSION) => {
            let mut rest = node.as_map().cloned().unwrap_or_default();
            rest.remove("version");
            let parameters = rest.remove("parameters");
            let mut unknown = Mistakes(rest.iter().map(|(key, _)| unknown_key(name, key)).collect());
            let Some(parameters) = parameters else {
                unknown.extend([refused(name, "missing key `parameters`").at(node.span)]);
                return Err(unknown);
            };
            unknown.or(())?;
            let map = parameters.as_map().ok_or_else(|| {
                let why = format!("expected a mapping as `parameters`, found {}", parameters.type_name());
                refused(name, &why).at(parameters.span)
            })?;
            overrides(push, name, map)
        }
        Some(version) if !takes_requests || version.as_i64() != Some(1) => {
            let expected = if takes_requests { "neither 1 nor 2" } else { "not 2" };
            Err(refused(name, &format!("its `version` is {expected}")).at(version.span).into())
        }
        None if !takes_requests => {
            let missing = refused(name, "missing key `version`").at(node.span);
            Err(missing.help(format!("add `\"version\": {VERSION}`")).into())
        }
        Some(_) | None => request(push, name, node),
    }
}

fn unknown_key(name: &Path, key: &Node) -> Diagnostic {
    let text = key.as_str().unwrap_or_default();
    let mut mistake = refused(name, &format!("unknown key `{text}`")).at(key.span);
    mistake.help = suggest(text, ["parameters", "version"]);
    mistake
}

/// Parameters that are overridden, a request among them.
///
/// # Errors
/// A request that is none; parameters that may not be overridden here.
pub(super) fn overrides(push: &Push<'_>, name: &Path, parameters: &Map) -> Result<Found, Mistakes> {
    let mut rest = parameters.clone();
    let mut found = Found::default();
    if let Some(asked) = rest.remove(TRY_TASK_CONFIG) {
        found = request(push, name, &asked)?;
        // Firefox says with it which of its ways to ask was used.
        rest.remove("try_mode");
    }
    if !push.allow_parameter_override {
        let refusals = rest.iter().map(|(key, _)| {
            let key_name = key.as_str().unwrap_or_default();
            refused(name, &format!("parameter `{key_name}` may not be overridden here"))
                .at(key.span)
                .help("the decision allows it with `--allow-parameter-override`")
        });
        Mistakes(refusals.collect()).or(())?;
    }
    Ok(Found { parameters: rest, ..found })
}

/// What a mapping asks for.
///
/// # Errors
/// Keys that mean nothing, and values of other types.
pub(super) fn request(push: &Push<'_>, name: &Path, node: &Node) -> Result<Found, Mistakes> {
    let request: TryTaskConfig = yaml::read(node).map_err(|mistakes| {
        let named = |message| format!("cannot read `{}`: {message}", name.display());
        mistakes.map(|mistake| Diagnostic { message: named(mistake.message), ..mistake })
    })?;
    let place = push.files.place(node.span);
    let text = place.map(|place| place.file.text[place.range].to_owned()).unwrap_or_default();
    Ok(Found { text, request: Some(request), parameters: Map::new() })
}
