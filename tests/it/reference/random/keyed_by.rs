//! Values that depend on something.

use super::document::{Document, Mapping};
use super::draw::Draw;

/// The levels a push has, to be keyed by.
pub(super) const LEVELS: [&str; 4] = ["1", "2", "3", "[12]"];
/// The projects a push is of, to be keyed by.
pub(super) const PROJECTS: [&str; 5] = ["project", "example", "try.*", "a-project", "pro.+"];

/// What `make` makes, keyed by `key` so many times in a hundred, now and then by it again within.
pub(super) fn maybe<T: Into<Document>>(
    draw: &mut Draw,
    percent: usize,
    (key, arms): (&str, &[&str]),
    make: &mut impl FnMut(&mut Draw) -> T,
) -> Document {
    if !draw.chance(percent) {
        return make(draw).into();
    }
    let mut alternatives = Mapping::new();
    for arm in draw.some_of(arms, 3) {
        alternatives.put(arm, maybe(draw, percent / 8, (key, arms), make));
    }
    if alternatives.is_empty() {
        alternatives.put(arms[0], make(draw));
    }
    if !draw.rarely(10) {
        alternatives.put("default", make(draw));
    }
    let mut value = Mapping::new();
    value.put(format!("by-{key}"), alternatives.shuffled(draw));
    value.into()
}
