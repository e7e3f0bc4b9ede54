//! The loops that most of a run is spent in, by themselves: `cargo bench`. `benches/compare` times whole runs.

use std::hint::black_box;
use std::io;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use pushgraph::diagnostics::Files;
use pushgraph::json::{self, Format};
use pushgraph::model::{Label, LabelGraph};
use pushgraph::yaml;

const TASKS: usize = 1000;

/// A graph as the reference wrote it.
const GRAPH: &str = include_str!("../tests/reference/full-task-graph.json");

/// The text of a graph of many tasks: those of a small one again and again, each time with other labels.
fn graph_text() -> String {
    let small = LabelGraph::from_json(GRAPH).expect("it is a graph");
    let labels: Vec<&Label> = small.keys().collect();
    let copies = TASKS.div_ceil(labels.len());
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
    let (graph, kind) = (graph_text(), kind_text());
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
    let text = graph_text();
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
    let graph = LabelGraph::from_json(&graph_text()).expect("it is a graph");
    criterion.bench_function("edges in order", |bench| {
        bench.iter(|| black_box(&graph).edges().postorder().map(|order| order.len()).ok())
    });
}

criterion_group!(benches, reading, writing, ordering);
criterion_main!(benches);
