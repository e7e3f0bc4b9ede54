//! What both programs made of one input.

use std::process::Output;

use serde_json::Value;

use super::normal::{explain, unstable_paths, with_labels_for_ids, without};

/// Some hash seeds.
pub(super) type Seeds = std::ops::Range<u32>;

/// The hash seeds the reference is run with: more of them only where the ones before do not explain a difference.
pub(super) const SEEDS: [Seeds; 3] = [0..1, 1..6, 6..24];

/// What the reference says where it fails and we do not, on purpose: see `docs/differences.md`.
const REFUSED_ON_PURPOSE: [&str; 4] = [
    // A key that is no text, alone in a mapping that is merged.
    "object has no attribute 'startswith'",
    // A date that nothing reads.
    "NotImplementedError: copying '<class 'datetime.",
    // Pruning is repeated until nothing changes.
    "Exception: Optimization error: ",
    // A toolchain may name its image.
    "image = taskdesc[\"worker\"].get(\"docker-image\", {}).get(\"in-tree\")",
];

/// What became of an input.
pub(super) enum Verdict {
    /// Both programs gave the same graph.
    Equal,
    /// Neither gave one.
    Refused,
    /// The reference gave none, as `docs/differences.md` says.
    Documented,
    Different(Difference),
}

/// How the programs differ.
pub(super) struct Difference {
    /// Which of them gave a graph.
    pub(super) sort: Sort,
    /// What makes it the same difference with another input.
    pub(super) signature: String,
    pub(super) text: String,
}

/// The sorts of difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Sort {
    OnlyOursRefuses,
    OnlyTheirsRefuses,
    /// Both gave a graph.
    Output,
    /// Ours ended neither well nor with a report.
    ExitCode,
}

/// Compares a run of ours with the reference's, made with as many hash seeds as are needed.
pub(super) fn compare(ours: &Output, theirs: impl Fn(u32) -> Output, by_id: bool, seeds: &[Seeds]) -> Verdict {
    let mut runs = Vec::new();
    let mut verdict = Verdict::Refused;
    for seeds in seeds {
        runs.extend(seeds.clone().map(&theirs));
        verdict = judge(ours, &runs, by_id);
        if !matches!(verdict, Verdict::Different(_)) {
            break;
        }
    }
    verdict
}

/// Compares our run with those of the reference.
fn judge(ours: &Output, theirs: &[Output], by_id: bool) -> Verdict {
    let different = |sort, signature, text| Verdict::Different(Difference { sort, signature, text });
    let (our_words, their_words) = (said(ours), said(&theirs[0]));
    if !ours.status.success() && ours.status.code() != Some(1) {
        return different(
            Sort::ExitCode,
            "exit code".to_owned(),
            format!("ours ended with {}:\n{our_words}", ours.status),
        );
    }
    let accepted: Vec<&Output> = theirs.iter().filter(|output| output.status.success()).collect();
    match (ours.status.success(), accepted.is_empty()) {
        (false, true) => Verdict::Refused,
        (true, true) if REFUSED_ON_PURPOSE.iter().any(|it| their_words.contains(it)) => Verdict::Documented,
        // The hash seed decides whether it fails.
        (false, false) if accepted.len() < theirs.len() => Verdict::Refused,
        (true, true) => {
            let reason = reason(&their_words);
            let text = format!("only the reference refuses it: {reason}\n{}", tail(&their_words));
            different(Sort::OnlyTheirsRefuses, essence(reason), text)
        }
        (false, false) => {
            let text = format!("only ours refuses it:\n{our_words}");
            different(Sort::OnlyOursRefuses, first_line(&our_words), text)
        }
        (true, false) => match equal(&text(ours), &accepted, by_id) {
            Ok(()) => Verdict::Equal,
            Err((signature, difference)) => different(Sort::Output, signature, difference),
        },
    }
}

/// Whether ours is what the reference's runs agree on, or where it is not.
fn equal(ours: &str, theirs: &[&Output], by_id: bool) -> Result<(), (String, String)> {
    if !by_id && theirs.iter().any(|it| text(it) == ours) {
        return Ok(());
    }
    let read = |text: &str| -> Value {
        if by_id { with_labels_for_ids(text) } else { serde_json::from_str(text).expect("JSON") }
    };
    let documents: Vec<Value> = theirs.iter().map(|it| once(read(&text(it)))).collect();
    let unstable = unstable_paths(&documents);
    let (ours_read, theirs_read) = (without(read(ours), &unstable), without(documents[0].clone(), &unstable));
    if ours_read == theirs_read {
        // The same values in other bytes: only where nothing was taken out and nothing renamed can that be seen.
        if unstable.is_empty() && !by_id {
            return Err(("bytes".to_owned(), "the documents are equal, but not their bytes".to_owned()));
        }
        return Ok(());
    }
    let text = explain(&ours_read, &theirs_read);
    let path = text.lines().next().unwrap_or_default();
    let signature = path.rsplit(" / ").find(|step| step.parse::<usize>().is_err()).unwrap_or_default();
    Err((signature.to_owned(), text))
}

/// Each dependency named once, as the queue wants it: the reference names one as often as edges lead to it.
fn once(mut graph: Value) -> Value {
    for task in graph.as_object_mut().into_iter().flat_map(|tasks| tasks.values_mut()) {
        if let Some(Value::Array(dependencies)) = task["task"].get_mut("dependencies") {
            dependencies.dedup();
        }
    }
    graph
}

fn text(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("output is UTF-8")
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// What an error is about, whatever the names in it.
fn essence(line: &str) -> String {
    let mut quoted = false;
    let is_kept = |c: &char| {
        quoted ^= "`'\"".contains(*c);
        !quoted && !c.is_ascii_digit()
    };
    line.chars().filter(is_kept).take(60).collect()
}

/// Why the reference refuses something: the line with the place in a document, before the document itself, else the
/// last line.
fn reason(text: &str) -> &str {
    let mut lines = text.lines().rev().filter(|line| !line.trim().is_empty());
    let last = lines.next().unwrap_or_default();
    lines.find(|line| line.contains(" - at `")).unwrap_or(last)
}

fn first_line(text: &str) -> String {
    essence(text.lines().find(|line| line.starts_with("error")).unwrap_or_default())
}

/// The end of a long text.
fn tail(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(12)..].join("\n")
}
