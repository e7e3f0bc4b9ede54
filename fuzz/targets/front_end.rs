//! What becomes a query. The first line names the front end; the rest is what is said in it, presets behind a line `---`.

use super::Target;
use super::query::{GRAPH, check};

use std::collections::BTreeMap;

use pushgraph::diagnostics::Files;
use pushgraph::query::front_ends::{Context, front_end};
use pushgraph::yaml;

pub(super) const TARGET: Target = Target { name: "front_end", run };

fn run(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let (name, text) = text.split_once('\n').unwrap_or(("syntax", &text));
    let (text, presets) = text.split_once("\n---\n").unwrap_or((text, "{}"));
    let Some(row) = front_end(name.trim()) else { return };
    let Ok(document) = yaml::load(&Files::default(), "presets.yml", presets) else { return };
    let Ok(presets) = yaml::read(&document.root) else { return };
    let context = Context { graph: &GRAPH, ridealong_builds: &BTreeMap::new(), presets: &presets };
    if let Ok(compiled) = (row.compile)(text, &context) {
        check(&compiled.query);
    }
}
