//! The loops that most of a run is spent in, by themselves: `cargo bench`. `benches/compare` times whole runs.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::io;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use pushgraph::diagnostics::Files;
use pushgraph::json::{self, Format};
use pushgraph::model::{Label, LabelGraph};
use pushgraph::query::front_ends::{Context, front_end};
use pushgraph::query::{NoProject, Universe};
use pushgraph::yaml;

const TASKS: usize = 1000;

/// As many labels as Firefox has.
const LABELS: usize = 40_000;

/// A graph as the reference wrote it.
const GRAPH: &str = include_str!("../tests/reference/full-task-graph.json");

/// A graph whose tasks have the attributes that `try:` lines go by.
const TRY_GRAPH: &str = include_str!("../tests/try/graph.json");

/// The text of a graph of many tasks: those of a small one again and again, each time with other labels.
fn graph_text(small_text: &str, tasks: usize) -> String {
    let small = LabelGraph::from_json(small_text).expect("it is a graph");
    let labels: Vec<&Label> = small.keys().collect();
    let copies = tasks.div_ceil(labels.len());
    let mut parts = Vec::new();
    for copy in 0..copies {
        let mut text = Vec::new();
        small.write_json(&mut text, Format::ARTIFACT).expect("memory can be written to");
        let mut text = String::from_utf8(text).expect("it is text");
        for label in &labels {
            text = text.replace(&format!("\"{label}\""), &format!("\"{label}-{copy}\""));
        }
        parts.push(text.trim_start_matches('{').trim_end_matches('}').trim_end().to_owned());
    }
    format!("{{{}}}", parts.join(","))
}

fn kind_text() -> String {
    let task = "description: a task\n    worker-type: b-linux\n    worker: {docker-image: debian:12, max-run-time: 600, \
        env: {A: b, C: 'd'}}\n    run:\n      using: run-task\n      command: >\n        make all\n";
    (0..TASKS).map(|number| format!("task-{number}:\n    {task}")).collect()
}

fn reading(criterion: &mut Criterion) {
    let (graph, kind) = (graph_text(GRAPH, TASKS), kind_text());
    let mut group = criterion.benchmark_group("reading");
    group.throughput(Throughput::Bytes(graph.len() as u64));
    group.bench_function("a graph, on all processors", |bench| bench.iter(|| LabelGraph::from_json(black_box(&graph))));
    group.bench_function("the same as a document", |bench| bench.iter(|| json::parse(black_box(&graph))));
    group.throughput(Throughput::Bytes(kind.len() as u64));
    group.bench_function("a file of YAML", |bench| {
        bench.iter(|| yaml::load(&Files::default(), "kind.yml", black_box(kind.as_str())));
    });
    group.finish();
}

fn writing(criterion: &mut Criterion) {
    let text = graph_text(GRAPH, TASKS);
    let graph = LabelGraph::from_json(&text).expect("it is a graph");
    let document = graph.to_document();
    let mut group = criterion.benchmark_group("writing");
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("a graph, on all processors", |bench| {
        bench.iter(|| black_box(&graph).write_json(io::sink(), Format::ARTIFACT));
    });
    group.bench_function("the same as a document", |bench| {
        bench.iter(|| json::write(io::sink(), black_box(&document), Format::ARTIFACT));
    });
    group.finish();
}

fn ordering(criterion: &mut Criterion) {
    let graph = LabelGraph::from_json(&graph_text(GRAPH, TASKS)).expect("it is a graph");
    criterion.bench_function("edges in order", |bench| {
        bench.iter(|| black_box(&graph).edges().postorder().map(|order| order.len()).ok())
    });
}

/// What a push says until it is known which tasks it means: read, compiled, evaluated.
fn selecting(criterion: &mut Criterion) {
    let graph = LabelGraph::from_json(&graph_text(TRY_GRAPH, LABELS)).expect("it is a graph");
    let context = Context { graph: &graph, ridealong_builds: &BTreeMap::new(), presets: &BTreeMap::new() };
    let mut group = criterion.benchmark_group(format!("selecting among {} labels", graph.len()));
    let texts = [
        ("query", "kind(test) & platform(linux*) & suite(mochitest*) - tier(3)"),
        ("query", "rdeps(kind(build) & platform(linux64/opt)) & /mochitest.*-1/"),
        ("fuzzy", "linux64 'mochitest !asan"),
        ("syntax", "-b do -p linux64,win64 -u mochitests,xpcshell[linux64] -t none"),
        ("labels", "build-linux64/opt-7 test-*-mochitest-plain-1*"),
    ];
    for (name, text) in texts {
        let row = front_end(name).expect("it is a front end");
        group.bench_function(format!("{name}: {text}"), |bench| {
            bench.iter(|| {
                let compiled = (row.compile)(black_box(text), &context).expect("it is right");
                Universe::new(&graph).select(&compiled.query, &NoProject).expect("it names nothing").tasks.len()
            });
        });
    }
    group.finish();
}

criterion_group!(benches, reading, writing, ordering, selecting);
criterion_main!(benches);
