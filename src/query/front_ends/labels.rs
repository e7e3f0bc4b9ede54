//! A list of labels, as `try_task_config.json` has it.

use super::{Compiled, Context, FrontEnd};
use crate::diagnostics::{Diagnostic, Mistakes, quoted};
use crate::model::{Label, LabelGraph};
use crate::query::{Field, Pattern, Query};

pub(super) const FRONT_END: FrontEnd = FrontEnd {
    name: "labels",
    summary: "labels, separated by commas or white space; `x-*` stands for all chunks of x if it has any, other globs for what they match",
    compile,
};

/// How many of the nearest labels are told.
const NEIGHBOURS: usize = 3;

/// How many unknown labels are told with their neighbours; finding them takes a look at every label.
const TOLD: usize = 20;

fn compile(text: &str, context: &Context<'_>) -> Result<Compiled, Mistakes> {
    let words = text.split(|character: char| character == ',' || character.is_whitespace());
    let (mut patterns, mut mistakes) = (Vec::new(), Mistakes::default());
    for (at, word) in words.filter(|word| !word.is_empty()).enumerate() {
        match pattern(word, context.graph) {
            Ok(pattern) => patterns.push(pattern),
            Err(why) => mistakes.extend([told(word, why, (at < TOLD).then_some(context.graph))]),
        }
    }
    mistakes.or(Query::field(Field::Label, patterns).into())
}

/// What a word of the list stands for; it must stand for a task.
fn pattern(word: &str, graph: &LabelGraph) -> Result<Pattern, String> {
    if graph.contains(&Label::from(word)) {
        return Ok(Pattern::exact(word));
    }
    if !word.contains(['*', '?', '[', '{']) {
        return Err(format!("there is no task `{word}`"));
    }
    let chunks = chunks(word).map(|base| Pattern::regex(&format!(r"^{}\d+$", regex::escape(base))));
    for pattern in chunks.into_iter().chain([Pattern::glob(word)]) {
        let pattern = pattern.map_err(|error| error.to_string())?;
        let matcher = pattern.matcher();
        if graph.keys().any(|label| matcher.matches(label.as_str())) {
            return Ok(pattern);
        }
    }
    Err(format!("no task matches `{word}`"))
}

/// What the labels of all chunks begin with, if the word stands for them: `x-*`, or `x-*/7` where it says how many.
fn chunks(word: &str) -> Option<&str> {
    let (base, total) = word.rsplit_once('*')?;
    let is_total = total.is_empty() || total.strip_prefix('/').is_some_and(|total| total.parse::<u32>().is_ok());
    (base.ends_with('-') && !base.contains(['*', '?', '[', '{']) && is_total).then_some(base)
}

fn told(word: &str, why: String, graph: Option<&LabelGraph>) -> Diagnostic {
    let mut mistake = Diagnostic::error(why);
    let neighbours = graph.map(|graph| neighbours(word, graph)).unwrap_or_default();
    if !neighbours.is_empty() {
        mistake.help = Some(format!("the nearest are {}", quoted(&neighbours)));
    }
    mistake
}

/// The labels most like a word, most like it first.
fn neighbours<'g>(word: &str, graph: &'g LabelGraph) -> Vec<&'g str> {
    let likeness = |label: &str| strsim::normalized_damerau_levenshtein(word, label);
    let labels = graph.keys().map(|label| (likeness(label.as_str()), label.as_str()));
    let mut near: Vec<(f64, &str)> = labels.filter(|(likeness, _)| *likeness > 0.5).collect();
    near.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    near.into_iter().take(NEIGHBOURS).map(|(_, label)| label).collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{compiled, firefox_like, refused};

    #[test]
    fn labels_chunks_and_globs() {
        let graph = firefox_like();
        let query = |text: &str| compiled("labels", text, &graph).query.to_string();
        assert_eq!(query("build-linux64/opt"), "=build-linux64/opt");
        assert_eq!(
            query("test-linux1804-64/opt-mochitest-plain-*"),
            r"/^test\-linux1804\-64\/opt\-mochitest\-plain\-\d+$/"
        );
        assert_eq!(
            query("test-linux1804-64/opt-mochitest-plain-*/4 build-*"),
            r"label(/^test\-linux1804\-64\/opt\-mochitest\-plain\-\d+$/, build-*)"
        );
        assert_eq!(query(""), "none()");
    }

    #[test]
    fn unknown_labels_are_told_with_their_neighbours() {
        let graph = firefox_like();
        let told = refused("labels", "build-linux64/opd, nothing-like-it\nbuild-x*", &graph);
        assert_eq!(told[0].0, "there is no task `build-linux64/opd`");
        assert!(told[0].1.as_deref().unwrap().starts_with("the nearest are `build-linux64/opt`"), "{told:?}");
        assert_eq!(told[1].0, "there is no task `nothing-like-it`");
        assert_eq!(told[2], ("no task matches `build-x*`".to_owned(), None));
    }
}
