//! Lists, mappings and the choice of a style for what is in them.

use super::DumpOptions;
use super::analysis::{Analysis, analyze};
use super::output::Output;
use super::represent::Scalar;
use super::scalars;
use super::sharing::{Anchors, Reference, entries};
use crate::yaml::tag::Tag;
use crate::yaml::{Map, Node, Value};

/// A key whose text, tag and anchor are together at least this long gets a `?`.
const SIMPLE_KEY_LIMIT: usize = 128;

/// Where a value stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Root,
    Item,
    /// A value, or a key after `?`.
    InMapping,
    /// A key before `:` on its line.
    SimpleKey,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Style {
    Plain,
    SingleQuoted,
    DoubleQuoted,
    Literal,
}

/// Writes a whole document.
pub(super) fn emit(root: &Node, options: DumpOptions) -> String {
    let anchors = if options.aliases { Anchors::find(root) } else { Anchors::default() };
    let mut emitter = Emitter { output: Output::new(), anchors, unicode: options.unicode };
    let style = emitter.node(root, Place::Root);
    emitter.output.indent();
    if style == Some(Style::Plain) {
        // A scalar without quotes has no end of its own, so the document gets one.
        emitter.output.indicator("...", true);
        emitter.output.indent();
    }
    emitter.output.into_text()
}

struct Emitter {
    output: Output,
    anchors: Anchors,
    unicode: bool,
}

impl Emitter {
    /// Writes a value, and returns the style of a scalar.
    fn node(&mut self, node: &Node, place: Place) -> Option<Style> {
        match self.anchors.reference(node) {
            Reference::None => {}
            Reference::Anchor(name) => self.output.indicator(&format!("&{name}"), true),
            Reference::Alias(name) => {
                self.output.indicator(&format!("*{name}"), true);
                return None;
            }
        }
        match &node.value {
            Value::List(items) if items.is_empty() => self.output.indicator("[]", true),
            Value::Map(map) if map.is_empty() => self.output.indicator("{}", true),
            Value::List(items) => self.list(items, place),
            Value::Map(map) => self.map(map),
            value => return Scalar::of(value).map(|scalar| self.scalar(&scalar, place)),
        }
        None
    }

    fn list(&mut self, items: &[Node], place: Place) {
        let outer = self.output.enter(place == Place::InMapping && !self.output.indention);
        for item in items {
            self.output.indent();
            self.output.block_indicator("-");
            self.node(item, Place::Item);
        }
        self.output.leave(outer);
    }

    fn map(&mut self, map: &Map) {
        let outer = self.output.enter(false);
        for (key, value) in entries(map) {
            self.output.indent();
            if self.is_simple_key(key) {
                self.node(key, Place::SimpleKey);
                self.output.indicator(":", false);
            } else {
                self.output.block_indicator("?");
                self.node(key, Place::InMapping);
                self.output.indent();
                self.output.block_indicator(":");
            }
            self.node(value, Place::InMapping);
        }
        self.output.leave(outer);
    }

    fn is_simple_key(&self, key: &Node) -> bool {
        if self.anchors.is_alias(key) {
            return true;
        }
        let anchor = self.anchors.anchor(key).map_or(0, str::len);
        match (Scalar::of(&key.value), &key.value) {
            (Some(scalar), _) => {
                let analysis = analyze(&scalar.text, self.unicode);
                let length = anchor + scalar.tag.written().len() + scalar.text.chars().count();
                length < SIMPLE_KEY_LIMIT && !analysis.empty && !analysis.multiline
            }
            (None, Value::List(items)) => items.is_empty(),
            (None, value) => matches!(value, Value::Map(map) if map.is_empty()),
        }
    }

    fn scalar(&mut self, scalar: &Scalar<'_>, place: Place) -> Style {
        let analysis = analyze(&scalar.text, self.unicode);
        let is_plain = scalar.is_plain();
        let style = style(scalar, analysis, is_plain, place);
        let is_known = if style == Style::Plain { is_plain } else { scalar.tag == Tag::Str };
        if !is_known {
            self.output.indicator(&scalar.tag.written(), true);
        }
        let may_fold = place != Place::SimpleKey;
        let (text, unicode) = (&*scalar.text, self.unicode);
        self.output.scalar_level(|output| match style {
            Style::Plain => scalars::plain(output, text, may_fold),
            Style::SingleQuoted => scalars::single_quoted(output, text, may_fold),
            Style::DoubleQuoted => scalars::double_quoted(output, text, may_fold, unicode),
            Style::Literal => scalars::literal(output, text),
        });
        style
    }
}

/// The plainest style that says what the scalar is; literal for binary data if possible.
fn style(scalar: &Scalar<'_>, analysis: Analysis, is_plain: bool, place: Place) -> Style {
    let is_key = place == Place::SimpleKey;
    if scalar.tag == Tag::Binary {
        return if !is_key && analysis.allow_literal { Style::Literal } else { Style::DoubleQuoted };
    }
    if is_plain && analysis.allow_plain && !(is_key && (analysis.empty || analysis.multiline)) {
        Style::Plain
    } else if analysis.allow_single_quoted && !(is_key && analysis.multiline) {
        Style::SingleQuoted
    } else {
        Style::DoubleQuoted
    }
}
