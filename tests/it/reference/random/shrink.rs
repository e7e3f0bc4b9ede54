//! A tree that shows a difference, made as small as it can be with the difference still there.

use std::time::{Duration, Instant};

use super::compare::{Difference, Programs};
use super::document::Document;
use super::tree::Tree;

/// How long smaller trees are tried.
const PATIENCE: Duration = Duration::from_secs(120);

/// Shrinks the tree, writes it to a folder of its own, and says what there is to see.
pub(super) fn report(seed: u64, tree: Tree, difference: &Difference, programs: &Programs) -> String {
    let mut shrinking = Shrinking { tree, began: Instant::now(), difference, programs };
    shrinking.leave_out_kinds();
    shrinking.leave_out_tasks();
    while shrinking.pass() {}
    let mut small = shrinking.tree;
    let text = programs.text(&small, difference).unwrap_or_else(|| difference.text.clone());
    small.parameters = vec![small.parameters.swap_remove(difference.parameters)];
    let directory = tempfile::Builder::new().prefix(&format!("random-tree-{seed}-")).tempdir();
    let directory = directory.expect("a temporary directory").keep();
    small.write(&directory);
    format!(
        "seed {seed} (the smallest tree found, with this parameter set as 0.yml, is in {}):\n{text}",
        directory.display()
    )
}

struct Shrinking<'a> {
    tree: Tree,
    began: Instant,
    difference: &'a Difference,
    programs: &'a Programs,
}

impl Shrinking<'_> {
    /// Leaves out one kind after another, with all that names it.
    fn leave_out_kinds(&mut self) {
        for path in self.kind_files().into_iter().rev() {
            self.attempt(|tree| {
                tree.documents.remove(&path);
                let kind = kind_of(&path);
                let prefix = format!("{kind}-");
                forget(tree, &|text| text == kind || text.starts_with(&prefix));
            });
        }
    }

    /// Leaves out one task after another, with all that names it.
    fn leave_out_tasks(&mut self) {
        for path in self.kind_files().into_iter().rev() {
            let names: Vec<String> = self.tree.documents.get_mut(&path).map(names_of_tasks).unwrap_or_default();
            for name in names {
                let label = format!("{}-{name}", kind_of(&path));
                self.attempt(|tree| {
                    let tasks = tree.documents.get_mut(&path).and_then(tasks);
                    tasks.into_iter().for_each(|tasks| tasks.retain(|(key, _)| *key != name.as_str().into()));
                    forget(tree, &|text| text == label);
                });
            }
        }
    }

    fn kind_files(&self) -> Vec<String> {
        self.tree.documents.keys().filter(|path| path.ends_with("/kind.yml")).cloned().collect()
    }

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
            if self.is_over() || !leave_out(&mut document, &mut left) {
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

    fn is_over(&self) -> bool {
        self.began.elapsed() > PATIENCE
    }

    /// Makes the change if the tree still shows the difference after it.
    fn attempt(&mut self, change: impl Fn(&mut Tree)) -> bool {
        if self.is_over() {
            return false;
        }
        let mut smaller = self.tree.clone();
        change(&mut smaller);
        let shows = self.programs.still_shows(&smaller, self.difference);
        if shows {
            self.tree = smaller;
        }
        shows
    }
}

/// The kind whose `kind.yml` this is.
fn kind_of(path: &str) -> &str {
    path.rsplit('/').nth(1).expect("it is in the folder of the kind")
}

fn tasks(kind: &mut Document) -> Option<&mut Vec<(Document, Document)>> {
    let Document::Map(entries) = kind else { return None };
    match entries.iter_mut().find(|(key, _)| *key == "tasks".into()) {
        Some((_, Document::Map(tasks))) => Some(tasks),
        _ => None,
    }
}

fn names_of_tasks(kind: &mut Document) -> Vec<String> {
    let keys = tasks(kind).into_iter().flatten().map(|(key, _)| key);
    keys.filter_map(|key| if let Document::Text(key) = key { Some(key.clone()) } else { None }).collect()
}

/// Leaves out every text of that sort, wherever it stands.
fn forget(tree: &mut Tree, is_meant: &impl Fn(&str) -> bool) {
    tree.documents.values_mut().for_each(|document| forget_in(document, is_meant));
}

fn forget_in(document: &mut Document, is_meant: &impl Fn(&str) -> bool) {
    let stays = |value: &Document| !matches!(value, Document::Text(text) if is_meant(text));
    match document {
        Document::List(items) => {
            items.retain(stays);
            items.iter_mut().for_each(|item| forget_in(item, is_meant));
        }
        Document::Map(entries) => {
            entries.retain(|(_, value)| stays(value));
            entries.iter_mut().for_each(|(_, value)| forget_in(value, is_meant));
        }
        Document::Shared(_, value) => forget_in(value, is_meant),
        Document::Plain(_) | Document::Text(_) => {}
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
