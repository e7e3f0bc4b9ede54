//! Graphs as SVG, laid out here: no other program is needed.

use std::fmt::Write as _;

use super::{Drawing, layout};
use crate::diagnostics::Diagnostic;

/// How many tasks a drawing may have: more of them nobody can read.
pub const MAX_TASKS: usize = 200;

/// Lengths, in pixels.
const ROW: usize = 34;
const BOX_HEIGHT: usize = 24;
const CHARACTER: usize = 8;
const PADDING: usize = 10;
const GAP: usize = 70;
const MARGIN: usize = 16;

/// A box.
#[derive(Clone, Copy, Default)]
struct Place {
    x: usize,
    y: usize,
    width: usize,
}

/// The drawing as an SVG document: arrows go from a task to what it depends on.
///
/// # Errors
/// More tasks than can be read.
pub fn svg(drawing: &Drawing) -> Result<String, Diagnostic> {
    let count = drawing.labels.len();
    if count > MAX_TASKS {
        let message = format!("a picture of {count} tasks cannot be read; at most {MAX_TASKS} are drawn");
        return Err(Diagnostic::error(message)
            .help("narrow the query, for example with a depth as in `deps(…, 1)`, or draw it with `--format dot`"));
    }
    let columns = layout::columns(drawing);
    let tallest = columns.iter().map(Vec::len).max().unwrap_or_default();
    let (places, width) = places(drawing, &columns, tallest);
    let height = 2 * MARGIN + tallest * ROW;
    let mut text = String::new();
    let mut put = |line: String| text.push_str(&line);
    put(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" font-family=\"monospace\" font-size=\"13\">\n"
    ));
    put("<defs><marker id=\"arrow\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" \
         orient=\"auto\"><path d=\"M0 0L8 4L0 8z\" fill=\"#777\"/></marker></defs>\n"
        .to_owned());
    put(format!("<rect width=\"{width}\" height=\"{height}\" fill=\"#fff\"/>\n"));
    drawing.edges.iter().for_each(|&(from, on)| put(arrow(places[from], places[on])));
    drawing.labels.iter().zip(&places).for_each(|(label, place)| put(task(label, *place)));
    put("</svg>\n".to_owned());
    Ok(text)
}

/// Where each task is, and how wide that makes the picture.
fn places(drawing: &Drawing, columns: &[Vec<usize>], tallest: usize) -> (Vec<Place>, usize) {
    let mut places = vec![Place::default(); drawing.labels.len()];
    let mut x = MARGIN;
    for column in columns {
        let length = |&task: &usize| drawing.labels[task].chars().count();
        let width = column.iter().map(length).max().unwrap_or_default() * CHARACTER + 2 * PADDING;
        let top = MARGIN + (tallest - column.len()) * ROW / 2;
        for (row, &task) in column.iter().enumerate() {
            places[task] = Place { x, y: top + row * ROW, width };
        }
        x += width + GAP;
    }
    let width = if columns.is_empty() { 2 * MARGIN } else { x - GAP + MARGIN };
    (places, width)
}

fn task(label: &str, Place { x, y, width }: Place) -> String {
    let (text_x, text_y) = (x + PADDING, y + BOX_HEIGHT - 7);
    let label = escaped(label);
    format!(
        "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{BOX_HEIGHT}\" rx=\"4\" fill=\"#eef4fb\" \
         stroke=\"#5b82ac\"/><text x=\"{text_x}\" y=\"{text_y}\" fill=\"#111\">{label}</text>\n"
    )
}

/// A curve from the right of one box to the left of another.
fn arrow(from: Place, on: Place) -> String {
    let (x1, y1) = (from.x + from.width, from.y + BOX_HEIGHT / 2);
    let (x2, y2) = (on.x, on.y + BOX_HEIGHT / 2);
    let bend = GAP / 2;
    let mut path = String::new();
    // Writing to a text cannot fail.
    let _ = write!(path, "M{x1} {y1}C{} {y1} {} {y2} {x2} {y2}", x1 + bend, x2.saturating_sub(bend));
    format!("<path d=\"{path}\" fill=\"none\" stroke=\"#777\" marker-end=\"url(#arrow)\"/>\n")
}

fn escaped(label: &str) -> String {
    label.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
