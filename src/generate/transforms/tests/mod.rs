//! Tests of the table, and of several transforms together.

mod alike;
mod back_end;
mod back_end_mistakes;
mod differences;

use super::TRANSFORMS;
use crate::generate::testing::modules_beside;

#[test]
fn the_table_is_sorted_and_has_every_file() {
    let module = |name: &str| name.trim_end_matches(":transforms").rsplit('.').next().unwrap_or_default().to_owned();
    let names: Vec<String> = TRANSFORMS.iter().map(|transform| module(transform.name)).collect();
    assert!(names.is_sorted());
    assert_eq!(names, modules_beside("src/generate/transforms", &[]));
}
