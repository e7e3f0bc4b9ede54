//! What is typed, found and chosen.

use std::collections::BTreeSet;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use crate::query::front_ends::{Ranking, Search};

/// What a key leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// The next key.
    GoOn,
    /// The end, with what is chosen.
    Done,
    /// The end, with nothing.
    GiveUp,
}

/// The state of the screen.
pub(super) struct Picker<'l> {
    labels: Vec<&'l str>,
    ranking: Ranking,
    /// What is typed.
    pub(super) search: String,
    /// The labels found, best first, by their places.
    found: Vec<usize>,
    chosen: BTreeSet<usize>,
    /// Which of those found the user is at.
    at: usize,
    /// Which of those found is shown first, and how many are.
    first: usize,
    shown: usize,
}

impl<'l> Picker<'l> {
    /// All labels, and nothing typed yet.
    pub(super) fn new(labels: Vec<&'l str>) -> Self {
        let found = (0..labels.len()).collect();
        let (search, ranking, chosen) = (String::new(), Ranking::default(), BTreeSet::new());
        Self { labels, ranking, search, found, chosen, at: 0, first: 0, shown: 1 }
    }

    /// Says how many labels fit on the screen.
    pub(super) fn show_at_most(&mut self, rows: usize) {
        self.shown = rows.max(1);
        self.scroll();
    }

    /// How many labels there are, are found, and are chosen.
    pub(super) fn counts(&self) -> [usize; 3] {
        [self.labels.len(), self.found.len(), self.chosen.len()]
    }

    /// The labels on the screen: each, whether it is chosen, and whether the user is at it.
    pub(super) fn rows(&self) -> impl Iterator<Item = (&'l str, bool, bool)> {
        let on_screen = self.found.iter().enumerate().skip(self.first).take(self.shown);
        on_screen.map(|(row, &place)| (self.labels[place], self.chosen.contains(&place), row == self.at))
    }

    /// The label that the user is at.
    pub(super) fn current(&self) -> Option<&'l str> {
        self.found.get(self.at).map(|&place| self.labels[place])
    }

    /// What is chosen; where nothing is, the label that the user is at.
    pub(super) fn chosen(&self) -> Vec<String> {
        if self.chosen.is_empty() {
            return self.current().into_iter().map(str::to_owned).collect();
        }
        self.chosen.iter().map(|&place| self.labels[place].to_owned()).collect()
    }

    /// Does what a key says, as fzf does.
    pub(super) fn press(&mut self, key: KeyEvent) -> Step {
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Enter => return Step::Done,
            KeyCode::Esc => return Step::GiveUp,
            KeyCode::Char('c' | 'g') if control => return Step::GiveUp,
            KeyCode::Char('a') if control => self.chosen.extend(self.found.iter().copied()),
            KeyCode::Char('d') if control => self.chosen.clear(),
            KeyCode::Char('t') if control => self.found.clone().into_iter().for_each(|place| self.toggle(place)),
            KeyCode::Char('u') if control => self.type_anew(String::new()),
            KeyCode::Char('w') if control => self.type_anew(without_last_word(&self.search)),
            KeyCode::Char('n' | 'j') if control => self.move_to(self.at + 1),
            KeyCode::Char('p' | 'k') if control => self.move_to(self.at.saturating_sub(1)),
            KeyCode::Tab => {
                self.found.get(self.at).copied().into_iter().for_each(|place| self.toggle(place));
                self.move_to(self.at + 1);
            }
            KeyCode::BackTab => {
                self.found.get(self.at).copied().into_iter().for_each(|place| self.toggle(place));
                self.move_to(self.at.saturating_sub(1));
            }
            KeyCode::Down => self.move_to(self.at + 1),
            KeyCode::Up => self.move_to(self.at.saturating_sub(1)),
            KeyCode::PageDown => self.move_to(self.at + self.shown),
            KeyCode::PageUp => self.move_to(self.at.saturating_sub(self.shown)),
            KeyCode::Home => self.move_to(0),
            KeyCode::End => self.move_to(usize::MAX),
            KeyCode::Backspace => {
                let mut search = self.search.clone();
                search.pop();
                self.type_anew(search);
            }
            KeyCode::Char(letter) if !control => self.type_anew(format!("{}{letter}", self.search)),
            _ => {}
        }
        Step::GoOn
    }

    fn toggle(&mut self, place: usize) {
        if !self.chosen.remove(&place) {
            self.chosen.insert(place);
        }
    }

    fn move_to(&mut self, row: usize) {
        self.at = row.min(self.found.len().saturating_sub(1));
        self.scroll();
    }

    fn scroll(&mut self) {
        self.first = self.first.min(self.at).max((self.at + 1).saturating_sub(self.shown));
    }

    /// Searches anew: the best first.
    fn type_anew(&mut self, search: String) {
        let parsed = Search::parse(&search);
        let Self { labels, ranking, .. } = self;
        let scores = labels.iter().enumerate().filter_map(|(at, label)| Some((parsed.score(label, ranking)?, at)));
        let mut scores: Vec<(u32, usize)> = scores.collect();
        // Of equally good ones the shortest, as in fzf; with nothing typed all are in order.
        let length = |at: usize| if search.trim().is_empty() { 0 } else { labels[at].len() };
        scores.sort_unstable_by_key(|&(score, at)| (std::cmp::Reverse(score), length(at), at));
        self.found = scores.into_iter().map(|(_, at)| at).collect();
        self.search = search;
        (self.at, self.first) = (0, 0);
    }
}

fn without_last_word(text: &str) -> String {
    let kept = text.trim_end().rfind(' ').map_or(0, |space| space + 1);
    text[..kept].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn press(picker: &mut Picker<'_>, keys: &str) -> Step {
        let mut step = Step::GoOn;
        for letter in keys.chars() {
            let (code, modifiers) = match letter {
                '\t' => (KeyCode::Tab, KeyModifiers::NONE),
                '\n' => (KeyCode::Enter, KeyModifiers::NONE),
                '\u{8}' => (KeyCode::Backspace, KeyModifiers::NONE),
                '↓' => (KeyCode::Down, KeyModifiers::NONE),
                'A' | 'D' | 'T' | 'U' | 'W' | 'C' => {
                    (KeyCode::Char(letter.to_ascii_lowercase()), KeyModifiers::CONTROL)
                }
                _ => (KeyCode::Char(letter), KeyModifiers::NONE),
            };
            step = picker.press(KeyEvent::new(code, modifiers));
        }
        step
    }

    fn chosen(keys: &str) -> Vec<String> {
        let labels = vec!["build-linux", "build-mac", "lint", "test-linux-1", "test-linux-2", "test-mac"];
        let mut picker = Picker::new(labels);
        picker.show_at_most(2);
        press(&mut picker, keys);
        picker.chosen()
    }

    #[test]
    fn keys_search_and_choose() {
        assert_eq!(chosen("tst lin"), ["test-linux-1"]);
        assert_eq!(chosen("tst\t\t"), ["test-linux-1", "test-mac"], "the shortest one first");
        assert_eq!(chosen("^testA"), ["test-linux-1", "test-linux-2", "test-mac"]);
        assert_eq!(chosen("^testAUlint\t"), ["lint", "test-linux-1", "test-linux-2", "test-mac"]);
        assert_eq!(chosen("A'linuxT"), ["build-mac", "lint", "test-mac"]);
        assert_eq!(chosen("ADlinx\u{8}tW↓"), ["build-mac"]);
        assert_eq!(chosen("nothing-like-it"), [""; 0]);
    }

    #[test]
    fn the_list_scrolls_with_the_user() {
        let labels = vec!["a", "b", "c", "d"];
        let mut picker = Picker::new(labels);
        picker.show_at_most(2);
        press(&mut picker, "↓↓");
        assert_eq!(picker.rows().collect::<Vec<_>>(), [("b", false, false), ("c", false, true)]);
        picker.press(KeyEvent::new(KeyCode::End, KeyModifiers::NONE));
        assert_eq!(picker.current(), Some("d"));
        picker.press(KeyEvent::new(KeyCode::PageUp, KeyModifiers::NONE));
        assert_eq!(picker.rows().collect::<Vec<_>>(), [("b", false, true), ("c", false, false)]);
        assert_eq!((press(&mut picker, "C"), press(&mut picker, "\n")), (Step::GiveUp, Step::Done));
    }
}
