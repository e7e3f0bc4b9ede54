//! Which tasks have a text that one of some patterns matches, and which patterns match none.

use std::collections::{BTreeSet, HashMap};

use fixedbitset::FixedBitSet;

use super::property::attribute;
use super::{Evaluation, Property, Universe};
use crate::diagnostics::{Diagnostic, Span, suggest};
use crate::query::pattern::Matcher;
use crate::query::{Field, Form, Pattern};
use crate::yaml::Node;

/// How many patterns that match nothing get a suggestion; finding one takes a look at every text there is.
const SUGGESTIONS: usize = 20;

impl Evaluation<'_, '_> {
    /// The tasks of which the property matches one of the patterns; without patterns, those that have the attribute.
    pub(super) fn search(&mut self, property: &Property<'_>, patterns: &[Pattern], span: Span) -> FixedBitSet {
        let universe = self.universe;
        if let Property::Attribute(name) = property {
            if !universe.tasks().iter().any(|task| attribute(task, name).is_some()) {
                self.warnings.push(unknown_attribute(universe, name).at(span));
                return universe.none();
            }
            if patterns.is_empty() {
                return universe.filter(|task| attribute(task, name).is_some_and(Node::is_truthy));
            }
        }
        let mut search = Search::new(patterns);
        let found = match property {
            Property::Field(Field::Label) if search.others.is_empty() => search.labels(universe),
            // Each has its own, so that a column of them would be no shorter.
            Property::Field(Field::Label) => universe.filter(|task| search.matches(task.label.as_str())),
            _ => search.texts(universe, property),
        };
        self.warnings.extend(told(universe, property, &search.unmatched(), span));
        found
    }
}

/// Patterns being compared with many texts, and which of them have matched one.
struct Search<'p> {
    patterns: &'p [Pattern],
    /// Those that only one text matches, by that text.
    exact: HashMap<&'p str, usize>,
    others: Vec<(usize, Matcher)>,
    has_matched: Vec<bool>,
}

impl<'p> Search<'p> {
    fn new(patterns: &'p [Pattern]) -> Self {
        let (mut exact, mut others) = (HashMap::new(), Vec::new());
        let mut has_matched = vec![false; patterns.len()];
        for (at, pattern) in patterns.iter().enumerate() {
            match pattern.only_text() {
                // The same once more need not be told of twice.
                Some(text) => has_matched[at] = exact.insert(text, at).is_some(),
                None => others.push((at, pattern.matcher())),
            }
        }
        Self { patterns, exact, others, has_matched }
    }

    fn matches(&mut self, text: &str) -> bool {
        let mut found = match self.exact.get(text) {
            Some(&at) => {
                self.has_matched[at] = true;
                true
            }
            None => false,
        };
        for (at, matcher) in &self.others {
            // A pattern that is known to match something need not be asked once the text is found.
            if (!found || !self.has_matched[*at]) && matcher.matches(text) {
                self.has_matched[*at] = true;
                found = true;
            }
        }
        found
    }

    /// The tasks that have a text that matches.
    fn texts(&mut self, universe: &Universe<'_>, property: &Property<'_>) -> FixedBitSet {
        let (mut found, column) = (universe.none(), universe.column(property));
        let matching = |text: &&str| self.matches(text);
        for text in column.texts().filter(matching) {
            column.places(text).iter().for_each(|&place| found.insert(place as usize));
        }
        found
    }

    /// The tasks of these labels, where each pattern is one.
    fn labels(&mut self, universe: &Universe<'_>) -> FixedBitSet {
        let mut found = universe.none();
        for (at, pattern) in self.patterns.iter().enumerate() {
            if let Some(place) = pattern.only_text().and_then(|text| universe.place(text)) {
                found.insert(place);
                self.has_matched[at] = true;
            }
        }
        found
    }

    fn unmatched(&self) -> Vec<&'p Pattern> {
        let unmatched = self.patterns.iter().zip(&self.has_matched).filter(|(_, has_matched)| !**has_matched);
        unmatched.map(|(pattern, _)| pattern).collect()
    }
}

/// A warning for each pattern that matches nothing.
fn told(universe: &Universe<'_>, property: &Property<'_>, unmatched: &[&Pattern], span: Span) -> Vec<Diagnostic> {
    if unmatched.is_empty() {
        return Vec::new();
    }
    let column = universe.column(property);
    let texts: BTreeSet<&str> = column.texts().collect();
    let warning = |(at, pattern): (usize, &&Pattern)| {
        let message = match property {
            Property::Field(Field::Label) if pattern.only_text().is_some() => {
                format!("there is no task `{}`", pattern.text())
            }
            _ => format!("no task has a {} that matches `{pattern}`", property.name()),
        };
        let mut warning = Diagnostic::warning(message).at(pattern.span.or(span));
        if at < SUGGESTIONS && pattern.form() != Form::Regex {
            let word = pattern.text().trim_matches('*');
            warning.help = suggest(word, texts.iter().copied());
        }
        warning
    };
    unmatched.iter().enumerate().map(warning).collect()
}

fn unknown_attribute(universe: &Universe<'_>, name: &str) -> Diagnostic {
    let mut names = BTreeSet::new();
    for task in universe.tasks() {
        names.extend(task.attributes.keys());
    }
    let mut warning = Diagnostic::warning(format!("no task has an attribute `{name}`"));
    warning.help = suggest(name, names);
    warning
}
