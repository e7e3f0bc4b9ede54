//! A tree that shows a difference, made as small as it can be with the difference still there.

use super::compare::{Difference, Programs};
use super::document::Document;
use super::tree::Tree;

/// How many smaller trees are tried.
const ATTEMPTS: usize = 500;

/// Shrinks the tree, writes it to a folder of its own, and says what there is to see.
pub(super) fn report(seed: u64, tree: Tree, difference: &Difference, programs: &Programs) -> String {
    let mut shrinking = Shrinking { tree, attempts: ATTEMPTS, difference, programs };
    while shrinking.pass() && shrinking.attempts > 0 {}
    let small = shrinking.tree;
    let text = programs.text(&small, difference).unwrap_or_else(|| difference.text.clone());
    let directory = tempfile::Builder::new().prefix(&format!("random-tree-{seed}-")).tempdir();
    let directory = directory.expect("a temporary directory").keep();
    small.write(&directory);
    format!("seed {seed} (the smallest tree found is in {}):\n{text}", directory.display())
}

struct Shrinking<'a> {
    tree: Tree,
    attempts: usize,
    difference: &'a Difference,
    programs: &'a Programs,
}

impl Shrinking<'_> {
    /// Tries everything once; says whether anything became smaller.
    fn pass(&mut self) -> bool {
        let mut has_shrunk = false;
        let paths: Vec<String> = self.tree.documents.keys().cloned().collect();
        for path in &paths {
            has_shrunk |= self.attempt(|tree| drop(tree.documents.remove(path)));
        }
        let files: Vec<String> = self.tree.files.keys().cloned().collect();
        for path in &files {
            has_shrunk |= self.attempt(|tree| drop(tree.files.remove(path)));
        }
        for path in &paths {
            let document = |tree: &Tree| tree.documents.get(path).cloned();
            has_shrunk |= self.shrink_document(document, |tree, document| {
                tree.documents.insert(path.clone(), document);
            });
        }
        let number = self.difference.parameters;
        let parameters = |tree: &Tree| tree.parameters.get(number).cloned();
        has_shrunk | self.shrink_document(parameters, |tree, document| tree.parameters[number] = document)
    }

    /// Leaves out one value of a document after another, those that hold others first.
    fn shrink_document(&mut self, get: impl Fn(&Tree) -> Option<Document>, set: impl Fn(&mut Tree, Document)) -> bool {
        let (mut number, mut has_shrunk) = (0, false);
        while let Some(mut document) = get(&self.tree) {
            let mut left = number;
            if self.attempts == 0 || !leave_out(&mut document, &mut left) {
                break;
            }
            if self.attempt(|tree| set(tree, document.clone())) {
                has_shrunk = true;
            } else {
                number += 1;
            }
        }
        has_shrunk
    }

    /// Makes the change if the tree still shows the difference after it.
    fn attempt(&mut self, change: impl Fn(&mut Tree)) -> bool {
        if self.attempts == 0 {
            return false;
        }
        self.attempts -= 1;
        let mut smaller = self.tree.clone();
        change(&mut smaller);
        let shows = self.programs.still_shows(&smaller, self.difference);
        if shows {
            self.tree = smaller;
        }
        shows
    }
}

/// Leaves out the value of that number, counted from the outside in; says whether there was one.
fn leave_out(document: &mut Document, number: &mut usize) -> bool {
    match document {
        Document::List(items) => {
            for index in 0..items.len() {
                if *number == 0 {
                    items.remove(index);
                    return true;
                }
                *number -= 1;
                if leave_out(&mut items[index], number) {
                    return true;
                }
            }
            false
        }
        Document::Map(entries) => {
            for index in 0..entries.len() {
                if *number == 0 {
                    entries.remove(index);
                    return true;
                }
                *number -= 1;
                if leave_out(&mut entries[index].1, number) {
                    return true;
                }
            }
            false
        }
        Document::Shared(_, value) => {
            if *number == 0 {
                *document = (**value).clone();
                return true;
            }
            *number -= 1;
            leave_out(value, number)
        }
        Document::Text(text) if text.len() > 12 && !text.contains(['{', '<']) => {
            if *number == 0 {
                *text = "short".to_owned();
                return true;
            }
            *number -= 1;
            false
        }
        Document::Plain(_) | Document::Text(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::document::map;
    use super::*;

    #[test]
    fn every_value_is_left_out_once() {
        let document = map! { "a" => vec!["x", "y"], "b" => map! { "c" => "z" } };
        let mut smaller = Vec::new();
        for number in 0.. {
            let mut copy = document.clone();
            if !leave_out(&mut copy, &mut { number }) {
                break;
            }
            smaller.push(copy);
        }
        let expected = [
            map! { "b" => map! { "c" => "z" } },
            map! { "a" => vec!["y"], "b" => map! { "c" => "z" } },
            map! { "a" => vec!["x"], "b" => map! { "c" => "z" } },
            map! { "a" => vec!["x", "y"] },
            map! { "a" => vec!["x", "y"], "b" => map! {} },
        ];
        assert_eq!(smaller, expected);
    }
}
