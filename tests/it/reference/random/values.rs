//! Scalars and small collections: mostly ordinary ones, with odd corners.

use super::document::{Document, Mapping};
use super::draw::Draw;

/// A word that is fit for names, labels and keys.
pub(super) fn word(draw: &mut Draw) -> String {
    const WORDS: [&str; 16] = [
        "alpha", "bravo", "cargo", "delta", "echo", "fox", "golf", "hotel", "linux64", "opt", "debug", "x86_64",
        "lint", "docs", "unit", "a",
    ];
    draw.pick(&WORDS).to_owned()
}

/// A word that nothing else has.
pub(super) fn name(draw: &mut Draw) -> String {
    let (word, serial) = (word(draw), draw.serial());
    match draw.below(15) {
        12 => format!("{word} \u{e9}{serial}"),
        13 => format!("{word}{serial}\u{1f98a}"),
        0 => format!("{word}/{serial}"),
        1 => format!("{word}.{serial}_x"),
        2 => format!("{serial}-{word}"),
        _ => format!("{word}{serial}"),
    }
}

/// A text that says something, in every way a text can be written. It has no braces and no angle brackets, which
/// mean something in places.
pub(super) fn text(draw: &mut Draw) -> String {
    const ODD: [&str; 40] = [
        "yes",
        "null",
        "1:30",
        "0x10",
        "1e3",
        "2024-01-01",
        "",
        " ",
        "~",
        "- a",
        "a: b",
        "#x",
        "@x",
        "%",
        "`x`",
        "!x",
        "*a",
        "[]",
        "|",
        ">",
        "010",
        "1_000",
        "=",
        "?",
        "a\tb",
        "a\\nb",
        "\"quoted\"",
        "it's",
        "tr\u{e9}s bien",
        "\u{65e5}\u{672c}\u{8a9e}",
        "\u{1f98a} fox",
        "\u{85}",
        "\u{2028}",
        "\u{7}",
        "e\u{301}",
        "\u{feff}",
        "\u{df}",
        "trailing ",
        ".5",
        "12",
    ];
    match draw.below(20) {
        0..=3 => draw.pick(&ODD).to_owned(),
        4 => "line one\nline two\n".to_owned(),
        5 => format!("{}\n\n  indented\n# no comment\n\n", word(draw)),
        6 => format!("a line\nand {}", word(draw)),
        7 => vec![word(draw); draw.between(12, 60)].join(" "),
        8 => vec![word(draw); 20].concat(),
        _ => draw.many(1, 4, word).join(" "),
    }
}

/// The same, where the text may be formatted or not: now and then with braces that only a text that is not
/// formatted may have.
pub(super) fn text_or_braces(draw: &mut Draw, braces: bool) -> String {
    const BRACES: [&str; 4] = ["${HOME}", "{}", "{level} {project}", "a } b {"];
    if braces && draw.chance(8) { draw.pick(&BRACES).to_owned() } else { text(draw) }
}

/// A number, a truth, nothing.
pub(super) fn scalar(draw: &mut Draw) -> Document {
    const PLAIN: [&str; 30] = [
        "0",
        "1",
        "-1",
        "42",
        "1_000",
        "0x1f",
        "010",
        "0b11",
        "1:30",
        "12345678901234567890",
        "1.5",
        "1.0",
        "-0.0",
        "1.0e+3",
        "6.02e+23",
        "1.0e-7",
        "0.1",
        ".5",
        "true",
        "false",
        "yes",
        "no",
        "On",
        "OFF",
        "null",
        "~",
        "1e3",
        "y",
        "100000000000000000000000.0",
        "123456789.125",
    ];
    Document::plain(draw.pick(&PLAIN))
}

/// Anything, for the places where anything may stand.
pub(super) fn free(draw: &mut Draw, depth: usize) -> Document {
    if draw.rarely(1) && draw.chance(30) {
        return Document::plain(draw.pick(&["2024-01-01", "2024-01-01T10:00:00Z", ".inf"]));
    }
    match draw.below(if depth == 0 { 8 } else { 11 }) {
        0..=2 => scalar(draw),
        3..=7 => text(draw).into(),
        8 | 9 => draw.many(0, 3, |draw| free(draw, depth - 1)).into(),
        _ => {
            let mut mapping = Mapping::new();
            for _ in 0..draw.between(0, 3) {
                let key = format!("{}-{}", word(draw), draw.serial());
                mapping.put(key, free(draw, depth - 1));
            }
            // A key need not be a string, but JSON does not sort it with those that are.
            if mapping.is_empty() && draw.chance(30) {
                mapping.put(Document::plain(draw.pick(&["1", "-0x10", "true", "null", "1.50"])), scalar(draw));
            }
            mapping.into()
        }
    }
}

/// So many times in a hundred the value has an anchor, to be met again by whoever asks for the same one.
pub(super) fn free_map(draw: &mut Draw, most: usize) -> Document {
    let mut mapping = Mapping::new();
    for _ in 0..draw.between(0, most) {
        let key = if draw.chance(4) { text(draw) } else { word(draw) };
        if !mapping.has(&key) {
            mapping.put(key, free(draw, 2));
        }
    }
    mapping.into()
}

/// A relative time.
pub(super) fn period(draw: &mut Draw) -> String {
    const USUAL: [&str; 12] = [
        "1 day",
        "2 days",
        "14 days",
        "28 days",
        "3 months",
        "1 year",
        "6 hours",
        "90 minutes",
        "30 min",
        "2d",
        "1 mo",
        "3600 seconds",
    ];
    const ODD: [&str; 6] = ["1day", "in 2 hours", "-1 day", "1 day 2 hours", "1y", "0 seconds"];
    if draw.chance(8) { draw.pick(&ODD).to_owned() } else { draw.pick(&USUAL).to_owned() }
}

/// One of the priorities.
pub(super) fn priority(draw: &mut Draw) -> String {
    draw.pick(&["highest", "very-high", "high", "medium", "low", "very-low", "lowest"]).to_owned()
}

/// A path within a repository, or a pattern of such.
pub(super) fn path_pattern(draw: &mut Draw) -> String {
    const PATTERNS: [&str; 16] = [
        "**",
        "*",
        "src/**",
        "src/**/*.rs",
        "docs",
        "docs/*.md",
        "**/Cargo.toml",
        "a/b/c.txt",
        "README.md",
        "src/*/mod.rs",
        ".hidden/**",
        "",
        "**/test_*",
        "sp ace/x",
        "src/lib.rs",
        "a?c",
    ];
    draw.pick(&PATTERNS).to_owned()
}

/// A file of a push.
pub(super) fn path(draw: &mut Draw) -> String {
    const PATHS: [&str; 12] = [
        "src/lib.rs",
        "src/a/b/mod.rs",
        "docs/index.md",
        "docs/api/x.md",
        "a/b/c.txt",
        "README.md",
        "Cargo.toml",
        "x/Cargo.toml",
        ".hidden/file",
        "sp ace/x",
        "abc",
        "tests/test_a.py",
    ];
    draw.pick(&PATHS).to_owned()
}
