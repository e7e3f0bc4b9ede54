//! `chunk`: one task becomes many that differ in a number.

use super::document::{Document, Mapping};
use super::draw::Draw;
use super::plain::amend;

/// Splits the task into chunks, and says what they are called.
pub(super) fn put(draw: &mut Draw, task: &mut Mapping, name: &str) -> Vec<String> {
    let total = if draw.chance(8) { 0 } else { draw.between(1, 3) };
    let mut fields = Vec::new();
    fields.push("name");
    if amend(task, "treeherder.symbol", |_| format!("c{}-{{this_chunk}}", draw.serial())) {
        fields.push("treeherder.symbol");
    }
    if amend(task, "index.job-name", |text| format!("{text}-{{this_chunk}}")) {
        fields.push("index.job-name");
    }
    if draw.chance(50) && amend(task, "description", |text| format!("{text} {{this_chunk}}/{{total_chunks}}")) {
        fields.push("description");
    }
    for path in ["attributes", "run", "worker", "routes"] {
        if task.has(path) && draw.chance(15) {
            fields.push(path);
        }
    }
    let mut chunk = Mapping::new();
    chunk.put("total-chunks", total);
    chunk.put("substitution-fields", fields);
    task.put("chunk", Document::from(chunk.shuffled(draw)));
    (1..=total).map(|number| name.replace("{this_chunk}", &number.to_string())).collect()
}

/// What such a task is called: it has the number in its name.
pub(super) fn template(name: &str) -> String {
    format!("{name}-{{this_chunk}}")
}
