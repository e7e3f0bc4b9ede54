//! `matrix`: one task becomes the product of some lists.

use super::document::{Document, Mapping};
use super::draw::Draw;
use super::plain::amend;

/// A name and its values: how each is written, and how it is shown.
type Dimension = (String, Vec<(&'static str, &'static str)>);

/// Adds a matrix, and says what the tasks are called then.
pub(super) fn put(draw: &mut Draw, task: &mut Mapping, name: &str, is_shown: bool) -> Vec<String> {
    let dimensions = dimensions(draw);
    let mut matrix = Mapping::new();
    for (dimension, values) in &dimensions {
        matrix.put(dimension.as_str(), values.iter().map(|value| Document::plain(value.0)).collect::<Vec<_>>());
    }
    let mut fields: Vec<&str> = Vec::new();
    let placeholders: Vec<String> = dimensions.iter().map(|(name, _)| format!("{{matrix[{name}]}}")).collect();
    let all = placeholders.concat();
    for path in ["description", "worker.docker-image", "run.cwd", "shipping-phase"] {
        let is_filled =
            path == "description" && draw.chance(60) && amend(task, path, |text| format!("{text} {}", placeholders[0]));
        if is_filled || (task.has(path) && draw.chance(20)) {
            fields.push(path);
        }
    }
    if is_shown && amend(task, "treeherder.symbol", |_| all.clone()) {
        fields.push(draw.pick(&["treeherder", "treeherder.symbol"]));
        let serial = draw.serial();
        if !amend(task, "treeherder.platform", |text| format!("p{serial}-{text}"))
            && let Some(Document::Map(entries)) = task.get_mut("treeherder")
        {
            entries.push(("platform".into(), format!("p{serial}/opt").into()));
        }
    }
    if !all_ascii(&dimensions) {
        drop(task.remove("index"));
    } else if amend(task, "index.job-name", |text| format!("{text}{all}")) {
        fields.push("index.job-name");
    }
    // Without the list every field is formatted.
    if !draw.chance(35) {
        matrix.put("substitution-fields", fields);
    }
    let mut names = vec![name.to_owned()];
    if draw.chance(15) && matrix.has("substitution-fields") {
        matrix.put("set-name", format!("renamed{}-{all}", draw.serial()));
        names.clear();
    }
    if draw.chance(30) {
        matrix.put("exclude", exclusions(draw, &dimensions));
        names.clear();
    }
    for (_, values) in &dimensions {
        let product = |name: &String| values.iter().map(|value| format!("{name}-{}", value.1)).collect::<Vec<_>>();
        names = names.iter().flat_map(product).collect();
    }
    task.put("matrix", matrix);
    names
}

/// The lists, with how each value is written and how it is shown.
fn dimensions(draw: &mut Draw) -> Vec<Dimension> {
    const VALUES: [(&str, &str); 10] = [
        ("a", "a"),
        ("b", "b"),
        ("'3'", "3"),
        ("1", "1"),
        ("2", "2"),
        ("3.10", "3.1"),
        ("true", "True"),
        ("x-y", "x-y"),
        ("'3.10'", "3.10"),
        ("\u{e9}", "\u{e9}"),
    ];
    let names = ["python", "os", "a-dim"];
    let count = draw.between(1, 2);
    names[..count]
        .iter()
        .map(|name| {
            let mut values = draw.some_of(&VALUES, 3);
            if values.is_empty() && !draw.rarely(100) {
                values.push(VALUES[0]);
            }
            ((*name).to_owned(), values)
        })
        .collect()
}

/// Whether index routes may be made of the values.
fn all_ascii(dimensions: &[Dimension]) -> bool {
    dimensions.iter().all(|(_, values)| values.iter().all(|(_, shown)| shown.is_ascii()))
}

fn exclusions(draw: &mut Draw, dimensions: &[Dimension]) -> Document {
    draw.many(0, 2, |draw| {
        let mut rule = Mapping::new();
        for (name, values) in dimensions {
            if !values.is_empty() && draw.chance(70) {
                rule.put(name.as_str(), draw.one_of(values).1);
            }
        }
        rule
    })
    .into()
}
