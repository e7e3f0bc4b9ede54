//! YAML documents as they are made up, before they are written.

use super::draw::Draw;

/// A value of a YAML document.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Document {
    /// A scalar written as it stands: `null`, `yes`, `0x1f`, `1.0e+3`.
    Plain(String),
    /// A string, in whichever style can hold it.
    Text(String),
    List(Vec<Self>),
    Map(Vec<(Self, Self)>),
    /// A value with an anchor: written out where it is met first, an alias after that.
    Shared(u32, Box<Self>),
}

impl From<&str> for Document {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Document {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<bool> for Document {
    fn from(value: bool) -> Self {
        Self::Plain(value.to_string())
    }
}

impl From<usize> for Document {
    fn from(value: usize) -> Self {
        Self::Plain(value.to_string())
    }
}

impl<T: Into<Self>> From<Vec<T>> for Document {
    fn from(items: Vec<T>) -> Self {
        Self::List(items.into_iter().map(Into::into).collect())
    }
}

impl From<Mapping> for Document {
    fn from(mapping: Mapping) -> Self {
        Self::Map(mapping.entries)
    }
}

impl Document {
    pub(super) fn plain(text: &str) -> Self {
        Self::Plain(text.to_owned())
    }

    pub(super) fn null() -> Self {
        Self::plain("null")
    }
}

/// A mapping being filled.
#[derive(Clone, Debug, Default)]
pub(super) struct Mapping {
    entries: Vec<(Document, Document)>,
}

impl Mapping {
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// Adds an entry; a key may be put twice only by mistake.
    pub(super) fn put(&mut self, key: impl Into<Document>, value: impl Into<Document>) {
        self.entries.push((key.into(), value.into()));
    }

    /// Adds an entry so many times in a hundred.
    pub(super) fn maybe<T: Into<Document>>(
        &mut self,
        draw: &mut Draw,
        percent: usize,
        key: &str,
        make: impl FnOnce(&mut Draw) -> T,
    ) {
        if draw.chance(percent) {
            let value = make(draw);
            self.put(key, value);
        }
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    pub(super) fn get(&self, key: &str) -> Option<&Document> {
        self.entries.iter().find(|(found, _)| matches!(found, Document::Text(found) if found == key)).map(|(_, it)| it)
    }

    pub(super) fn get_mut(&mut self, key: &str) -> Option<&mut Document> {
        let mut entries = self.entries.iter_mut();
        entries.find(|(found, _)| matches!(found, Document::Text(found) if found == key)).map(|(_, it)| it)
    }

    pub(super) fn remove(&mut self, key: &str) -> Option<Document> {
        let found = self.entries.iter().position(|(it, _)| matches!(it, Document::Text(it) if it == key))?;
        Some(self.entries.remove(found).1)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// In another order: keys come in any.
    pub(super) fn shuffled(mut self, draw: &mut Draw) -> Self {
        for last in (1..self.entries.len()).rev() {
            let other = draw.below(last + 1);
            self.entries.swap(last, other);
        }
        self
    }
}

/// A mapping written like one.
macro_rules! map {
    ($($key:expr => $value:expr),* $(,)?) => {
        $crate::reference::random::document::Document::Map(vec![$(($key.into(), $value.into())),*])
    };
}

pub(super) use map;
