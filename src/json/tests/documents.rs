//! Any documents: all types, texts that need every kind of quoting, and values that are shared.

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use crate::diagnostics::Files;
use crate::yaml::tests::tagged::tagged;
use crate::yaml::{Map, Node, Value, load};

/// A document to be made: data only, so that nothing is shared by accident.
#[derive(Clone, Debug)]
pub(super) enum Plan {
    Scalar(Node),
    List(Vec<Self>),
    Map(Vec<(Node, Self)>),
    /// One of the shared values.
    Shared(prop::sample::Index),
}

/// A document with some values that may be in it more than once.
#[derive(Clone, Debug)]
pub(super) struct Document {
    shared: Vec<Plan>,
    value: Plan,
}

impl Document {
    pub(super) fn node(&self) -> Node {
        let shared: Vec<Node> = self.shared.iter().map(|plan| plan.node(&[])).collect();
        self.value.node(&shared)
    }

    /// The document as a request to `tests/yaml/reference.py`.
    pub(super) fn request(&self) -> Json {
        let count = self.shared.len();
        let shared: Vec<Json> = self.shared.iter().map(|plan| plan.tagged(count)).collect();
        json!({"shared": shared, "value": self.value.tagged(count)})
    }
}

impl Plan {
    fn node(&self, shared: &[Node]) -> Node {
        match self {
            Self::Scalar(node) => node.unshared(),
            Self::List(items) => items.iter().map(|item| item.node(shared)).collect(),
            Self::Map(entries) => {
                Node::new(entries.iter().map(|(key, value)| (key.unshared(), value.node(shared))).collect::<Map>())
            }
            Self::Shared(_) if shared.is_empty() => Node::default(),
            Self::Shared(index) => index.get(shared).clone(),
        }
    }

    fn tagged(&self, shared: usize) -> Json {
        match self {
            Self::Scalar(node) => tagged(node),
            Self::List(items) => json!(["list", items.iter().map(|item| item.tagged(shared)).collect::<Vec<_>>()]),
            Self::Map(entries) => {
                let entries = entries.iter().map(|(key, value)| json!([tagged(key), value.tagged(shared)]));
                json!(["map", entries.collect::<Vec<_>>()])
            }
            Self::Shared(_) if shared == 0 => json!(["null"]),
            Self::Shared(index) => json!(["ref", index.index(shared)]),
        }
    }
}

pub(super) fn document() -> impl Strategy<Value = Document> {
    (prop::collection::vec(plan(false), 0..4), plan(true)).prop_map(|(shared, value)| Document { shared, value })
}

fn plan(may_share: bool) -> impl Strategy<Value = Plan> {
    let share = u32::from(may_share);
    let leaf =
        prop_oneof![8 => scalar().prop_map(Plan::Scalar), share => any::<prop::sample::Index>().prop_map(Plan::Shared)];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Plan::List),
            prop::collection::vec((key(), inner), 0..6).prop_map(Plan::Map),
        ]
    })
}

fn key() -> impl Strategy<Value = Node> {
    prop_oneof![12 => text().prop_map(Node::new), 1 => scalar()]
}

fn scalar() -> impl Strategy<Value = Node> {
    prop_oneof![
        10 => text().prop_map(Node::new),
        1 => Just(Node::default()),
        1 => any::<bool>().prop_map(Node::new),
        1 => any::<i64>().prop_map(Node::new),
        1 => (-20..20_i64).prop_map(Node::new),
        1 => any::<u128>().prop_filter("fits 64 bits", |value| i64::try_from(*value).is_err())
            .prop_map(|value| Node::new(Value::BigInt(value.to_string().into()))),
        2 => any::<u64>().prop_map(|bits| Node::new(f64::from_bits(bits))),
        1 => prop_oneof![-1e17..1e17, -1e-3..1e-3, Just(f64::INFINITY), Just(0.0), Just(-0.0)].prop_map(Node::new),
        1 => (-30..30_i32, 1..10_i32).prop_map(|(exponent, digit)| Node::new(f64::from(digit) * 10_f64.powi(exponent))),
        1 => timestamp(),
        1 => prop::collection::vec(any::<u8>(), 0..150).prop_map(|bytes| Node::new(Value::Bytes(bytes.into()))),
    ]
}

fn timestamp() -> impl Strategy<Value = Node> {
    let time = "[12][0-9]{3}-0[1-9]-[012][1-8]( [01][0-9]:[0-5][0-9]:[0-5][0-9](\\.[0-9]{3,6})?(Z|[+-]0[0-9]:30)?)?";
    time.prop_map(|text| load(&Files::default(), "a.yml", text).unwrap().root.at(crate::diagnostics::Span::NONE))
}

/// Texts that look like something else, texts with every character that is special, and long ones.
fn text() -> impl Strategy<Value = String> {
    let lookalikes = [
        "",
        "yes",
        "No",
        "null",
        "~",
        "1",
        "-1",
        "0x1f",
        "017",
        "1_000",
        "1:30",
        "1.5",
        "1e5",
        ".inf",
        "2024-01-31",
        "=",
        "<<",
        "- a",
        "-",
        "? b",
        "?",
        "a: b",
        "a:",
        "# c",
        "a #b",
        "---",
        "--- x",
        "...",
        "...x",
        "[a]",
        "{a}",
        "a]",
        "a, b",
        "*a",
        "&a",
        "!a",
        "%a",
        "@a",
        "`a`",
        "'a'",
        "\"a\"",
        "| a",
        "> a",
        " a",
        "a ",
        "a\n",
        "\na",
        "a\nb",
        "a\n b",
        "a \nb",
        "\t",
        "a\\b",
        "é",
        "\u{85}",
        "\u{feff}",
        "\u{2028}",
        "\u{10ffff}",
        "\u{7f}",
        "on",
        "a\n\n\nb",
        "\n",
        " ",
        "0o17",
        "08",
    ];
    let word = "[a-zA-Z0-9:#'\"\\\\,./-]{1,12}";
    prop_oneof![
        3 => "[a-z][a-z0-9-]{0,12}",
        3 => prop::sample::select(lookalikes.to_vec()).prop_map(str::to_owned),
        2 => prop::collection::vec(prop_oneof![4 => word, 1 => "[ \n\t'\"é😀\u{85}\u{2028}\u{a0}]{1,3}"], 0..40)
            .prop_map(|words| words.join(" ")),
        2 => prop::collection::vec(prop_oneof![6 => word, 1 => Just("\n".to_owned()), 1 => Just("é".to_owned())], 0..40)
            .prop_map(|words| words.join(" ")),
        1 => "[ -~]{0,200}",
        1 => "\\PC{0,30}",
        1 => any::<String>(),
        1 => prop::collection::vec(prop::sample::select(lookalikes.to_vec()), 0..8).prop_map(|texts| texts.concat()),
        1 => "[a-z]{120,130}",
    ]
}
