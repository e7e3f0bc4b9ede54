use super::*;

fn drawing(labels: &[&str], edges: &[(usize, usize)]) -> Drawing {
    Drawing { labels: labels.iter().map(ToString::to_string).collect(), edges: edges.to_vec() }
}

#[test]
fn each_format_shows_every_task_and_edge() {
    let small = drawing(&["a\"<b>", "c#d", "e"], &[(0, 1), (1, 2)]);
    assert_eq!(
        dot(&small),
        "digraph tasks {\n    rankdir = LR;\n    node [shape = box];\n    \"a\\\"<b>\";\n    \"c#d\";\n    \"e\";\n    \
         \"a\\\"<b>\" -> \"c#d\";\n    \"c#d\" -> \"e\";\n}\n"
    );
    assert_eq!(
        mermaid(&small),
        "flowchart LR\n    t0[\"a#quot;#lt;b#gt;\"]\n    t1[\"c#35;d\"]\n    t2[\"e\"]\n    t0 --> t1\n    t1 --> t2\n"
    );
    let picture = svg(&small).unwrap();
    assert_eq!(picture.matches("<text ").count(), 3);
    assert_eq!(picture.matches("marker-end").count(), 2);
    assert!(picture.contains(">a\"&lt;b&gt;</text>"), "{picture}");
}

#[test]
fn what_depends_stands_left_of_what_it_depends_on_and_nothing_overlaps() {
    let made = drawing(&["a", "b", "c", "d", "e"], &[(0, 1), (0, 2), (1, 3), (2, 3), (0, 3)]);
    let columns = layout::columns(&made);
    let column_of = |task: usize| columns.iter().position(|column| column.contains(&task)).unwrap();
    assert!(made.edges.iter().all(|&(from, on)| column_of(from) < column_of(on)));
    let mut placed: Vec<usize> = columns.concat();
    placed.sort_unstable();
    assert_eq!(placed, [0, 1, 2, 3, 4]);
}

#[test]
fn edges_that_need_not_cross_do_not() {
    // Written so that the order of the labels alone would cross them all.
    let made = drawing(&["a", "b", "c", "x", "y", "z"], &[(0, 5), (1, 4), (2, 3)]);
    let columns = layout::columns(&made);
    let row = |task: usize| columns.iter().find_map(|column| column.iter().position(|&other| other == task)).unwrap();
    assert!(made.edges.iter().all(|&(from, on)| row(from) == row(on)), "{columns:?}");
}

#[test]
fn hugeness_is_refused_with_advice_and_nothing_is_drawn_too() {
    let labels: Vec<String> = (0..=MAX_TASKS).map(|at| format!("t{at}")).collect();
    let told = svg(&Drawing { labels, edges: Vec::new() }).unwrap_err();
    assert_eq!(told.message, "a picture of 201 tasks cannot be read; at most 200 are drawn");
    assert!(told.help.unwrap().contains("--format dot"));
    assert!(svg(&Drawing::default()).unwrap().starts_with("<svg "));
}
