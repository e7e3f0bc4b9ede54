//! fzf's extended search: `linux 'xpcshell !asan | ^build-`.
//!
//! Words stand for what all must be found, `|` between two words for one of them. A word is looked for letter by letter
//! with gaps; `'word` without gaps, `^word` at the start, `word$` at the end, `!word` not at all.

use nucleo_matcher::pattern::{Atom, AtomKind, CaseMatching, Normalization};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use super::{Compiled, Context, FrontEnd};
use crate::diagnostics::{Diagnostic, Mistakes};
use crate::model::LabelGraph;
use crate::query::{Field, InvalidPattern, Pattern, Query};

pub(super) const FRONT_END: FrontEnd =
    FrontEnd { name: "fuzzy", summary: "a search as fzf knows it, such as `linux 'xpcshell !asan`", compile };

fn compile(text: &str, context: &Context<'_>) -> Result<Compiled, Mistakes> {
    let query = Search::parse(text).to_query(has_capitals(context.graph));
    query.map(Compiled::from).map_err(|error| Diagnostic::error(format!("the search `{text}`: {error}")).into())
}

fn has_capitals(graph: &LabelGraph) -> bool {
    graph.keys().any(|label| label.as_str().contains(char::is_uppercase))
}

/// A search: groups of words, in each of which one must be found.
#[derive(Clone, Debug)]
pub struct Search {
    groups: Vec<Vec<Word>>,
}

#[derive(Clone, Debug)]
struct Word {
    /// Without its signs.
    text: String,
    /// As the matcher has it.
    atom: Atom,
}

/// What ranks the labels that a search finds; it is kept, as making one takes memory.
#[derive(Debug)]
pub struct Ranking {
    matcher: Matcher,
    letters: Vec<char>,
}

impl Default for Ranking {
    fn default() -> Self {
        Self { matcher: Matcher::new(Config::DEFAULT.match_paths()), letters: Vec::new() }
    }
}

impl Search {
    /// The search that a text is; every text is one. An empty one finds everything.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut groups: Vec<Vec<Word>> = Vec::new();
        let mut is_after_bar = false;
        for word in split(text) {
            if word == "|" && !groups.is_empty() && !is_after_bar {
                is_after_bar = true;
                continue;
            }
            if let Some(word) = Word::parse(&word) {
                match groups.last_mut() {
                    Some(group) if is_after_bar => group.push(word),
                    _ => groups.push(vec![word]),
                }
            }
            is_after_bar = false;
        }
        Self { groups }
    }

    /// How well the search finds a label; nothing if it does not.
    pub fn score(&self, label: &str, ranking: &mut Ranking) -> Option<u32> {
        let Ranking { matcher, letters } = ranking;
        let label = Utf32Str::new(label, letters);
        let best = |group: &Vec<Word>, matcher: &mut Matcher| {
            group.iter().filter_map(|word| word.atom.score(label, matcher)).max()
        };
        self.groups.iter().try_fold(0, |sum: u32, group| Some(sum + u32::from(best(group, matcher)?)))
    }

    /// The query that finds the same labels. Letters that are not written as capitals stand for those too, which the
    /// query need not say where no label has one.
    ///
    /// # Errors
    /// A search that is too long for a regular expression.
    pub fn to_query(&self, has_capitals: bool) -> Result<Query, InvalidPattern> {
        let groups = self.groups.iter().map(|group| {
            let words: Result<Vec<Query>, _> = group.iter().map(|word| word.to_query(has_capitals)).collect();
            words.map(Query::or)
        });
        Ok(Query::and(groups.collect::<Result<Vec<_>, _>>()?))
    }
}

/// Words, separated by spaces that no backslash precedes.
fn split(text: &str) -> Vec<String> {
    const ESCAPED: &str = "\\ ";
    let hidden = text.replace(ESCAPED, "\t");
    hidden.split(' ').filter(|word| !word.is_empty()).map(|word| word.replace('\t', " ")).collect()
}

impl Word {
    fn parse(word: &str) -> Option<Self> {
        // fzf finds `!'word` with gaps, which is rarely meant; as in its successors it is without.
        let plain = word.replacen("!'", "!", usize::from(word.starts_with("!'")));
        let atom = Atom::parse(&plain.replace(' ', "\\ "), CaseMatching::Smart, Normalization::Smart);
        let text = atom.needle_text().to_string();
        (!text.is_empty()).then_some(Self { text, atom })
    }

    fn to_query(&self, has_capitals: bool) -> Result<Query, InvalidPattern> {
        let text = &self.text;
        let ignores_case = has_capitals && !text.contains(char::is_uppercase) && text.contains(char::is_alphabetic);
        let pattern = match self.atom.kind {
            AtomKind::Substring if !ignores_case => Pattern::contains(text),
            AtomKind::Exact if !ignores_case => Pattern::exact(text),
            kind => Pattern::regex(&expression(kind, text, ignores_case))?,
        };
        let found = Query::field(Field::Label, [pattern]);
        Ok(if self.atom.negative { !found } else { found })
    }
}

/// A regular expression that finds a word in this way.
fn expression(kind: AtomKind, text: &str, ignores_case: bool) -> String {
    let letters = text.chars().map(|letter| regex::escape(letter.encode_utf8(&mut [0; 4])));
    let joined = |between: &str| letters.collect::<Vec<_>>().join(between);
    let body = match kind {
        AtomKind::Prefix => format!("^{}", joined("")),
        AtomKind::Postfix => format!("{}$", joined("")),
        AtomKind::Exact => format!("^{}$", joined("")),
        AtomKind::Fuzzy => joined(".*"),
        _ => joined(""),
    };
    if ignores_case { format!("(?i){body}") } else { body }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{blocks, compiled, firefox_like, selected};
    use super::*;

    /// What fzf itself finds; `search.sh` beside it writes it anew.
    const FOUND_BY_FZF: &str = include_str!("../../../tests/try/search.txt");

    #[test]
    fn searches_find_what_fzf_finds() {
        let graph = firefox_like();
        let searches = blocks(FOUND_BY_FZF);
        assert!(searches.len() >= 20);
        for (search, found) in searches {
            let mut ranking = Ranking::default();
            let parsed = Search::parse(&search);
            let ranked = graph.keys().filter(|label| parsed.score(label.as_str(), &mut ranking).is_some());
            assert_eq!(ranked.map(ToString::to_string).collect::<Vec<_>>(), found, "{search}");
            assert_eq!(selected(&compiled("fuzzy", &search, &graph).query, &graph), found, "{search}");
        }
    }

    #[test]
    fn a_search_is_printed_as_a_query() {
        let query = |search: &str, capitals| Search::parse(search).to_query(capitals).unwrap().to_string();
        assert_eq!(query("lx 'xpc !asan", false), "/l.*x/ & ~xpc - ~asan");
        assert_eq!(query("^build- | opt$ ^a$", false), r"(/^build\-/ | /opt$/) & =a");
        assert_eq!(query("'xpc X", true), "/(?i)xpc/ & /X/");
        assert_eq!(query(r"a\ b", false), "/a.* .*b/");
        assert_eq!(query("", false), "all()");
    }
}
