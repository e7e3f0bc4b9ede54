//! Where the tasks of a drawing stand: in columns, each to the right of what depends on it.

use super::Drawing;

/// How often the order within columns is improved; after a few times it changes little.
const SWEEPS: usize = 8;

/// The tasks of each column from top to bottom, by their places in the drawing; columns from left to right.
pub(super) fn columns(drawing: &Drawing) -> Vec<Vec<usize>> {
    let ranks = ranks(drawing);
    let width = ranks.iter().max().map_or(0, |last| last + 1);
    let mut columns = vec![Vec::new(); width];
    for (task, &rank) in ranks.iter().enumerate() {
        columns[rank].push(task);
    }
    let mut heights = vec![0.0; drawing.labels.len()];
    set_heights(&columns, &mut heights);
    for _ in 0..SWEEPS {
        for column in &mut columns {
            // A task goes where its neighbours are on the average; among equals the order of before stays.
            let mut wanted: Vec<(f64, usize)> =
                column.iter().map(|&task| (mean_height(drawing, task, &heights), task)).collect();
            wanted.sort_by(|one, two| one.0.total_cmp(&two.0));
            *column = wanted.into_iter().map(|(_, task)| task).collect();
        }
        set_heights(&columns, &mut heights);
    }
    columns
}

/// How many edges lead to each task at most: its column. Tasks of a circle stay where they were reached first.
fn ranks(drawing: &Drawing) -> Vec<usize> {
    let mut ranks = vec![0; drawing.labels.len()];
    // A path is no longer than there are tasks.
    for _ in 0..drawing.labels.len() {
        let mut has_changed = false;
        for &(from, on) in &drawing.edges {
            let rank = ranks[from] + 1;
            if ranks[on] < rank && rank < drawing.labels.len() {
                ranks[on] = rank;
                has_changed = true;
            }
        }
        if !has_changed {
            break;
        }
    }
    ranks
}

fn set_heights(columns: &[Vec<usize>], heights: &mut [f64]) {
    let tallest = columns.iter().map(Vec::len).max().unwrap_or_default() as f64;
    for column in columns {
        for (at, &task) in column.iter().enumerate() {
            heights[task] = at as f64 + (tallest - column.len() as f64) / 2.0;
        }
    }
}

fn mean_height(drawing: &Drawing, task: usize, heights: &[f64]) -> f64 {
    let neighbours = drawing.edges.iter().filter_map(|&(from, on)| match task {
        _ if from == task => Some(heights[on]),
        _ if on == task => Some(heights[from]),
        _ => None,
    });
    let (count, sum) = neighbours.fold((0, 0.0), |(count, sum), height| (count + 1, sum + height));
    if count == 0 { heights[task] } else { sum / f64::from(count) }
}
