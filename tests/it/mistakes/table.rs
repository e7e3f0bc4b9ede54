//! `docs/mistakes.md`: every case with our answer beside the reference's.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::cases::{Case, Theme, base, themes};
use super::reference::{Answer, ask};
use crate::support::{Ran, Tree, assert_file, repository};

/// Where Taskcluster is said to be, of which nothing is asked, and the decision task that is run.
/// Usage is written for so many columns.
const ENVIRONMENT: [(&str, &str); 3] =
    [("TASKCLUSTER_ROOT_URL", "https://tc.example.com"), ("TASK_ID", "fzy3l9dCSDKRYTxTQTZjGg"), ("COLUMNS", "120")];

/// As many lines as fit on a screen.
const SCREEN: usize = 40;

const HEADER: &str = "\
# Mistakes

What is wrong in a tree, and what pushgraph and `taskgraph` (24.5.1) say of it. The tree is `tests/mistakes/base`, each
mistake a small change of it in `tests/mistakes/cases`. A test makes this page anew and compares; it is written with
`PUSHGRAPH_BLESS=1 cargo test --test it mistakes`. Of `taskgraph` the last lines are shown, without its log, the frames
of a traceback and the documents that it prints.
";

/// A case that was run by both programs.
struct Row<'a> {
    case: &'a Case,
    ours: Ran,
    reference: Answer,
    tree: Tree,
}

#[test]
fn what_the_reference_refuses_is_refused_with_its_place() {
    let themes = themes();
    let cases: Vec<&Case> = themes.iter().flat_map(|theme| &theme.cases).collect();
    let mut rows = run_all(&cases).into_iter();
    let (mut page, mut wrong) = (HEADER.to_owned(), Vec::new());
    for Theme { name, cases } in &themes {
        page += &format!("\n## {name}\n");
        for row in rows.by_ref().take(cases.len()) {
            wrong.extend(row.problems().map(|problem| format!("{name}: {}: {problem}", row.case.wrong)));
            page += &row.show();
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_file(&repository().join("docs/mistakes.md"), &page).unwrap();
}

fn run_all<'a>(cases: &[&'a Case]) -> Vec<Row<'a>> {
    let base = base();
    in_parallel(cases, |case| {
        let tree = case.tree(&base);
        let run = ENVIRONMENT.iter().fold(tree.pushgraph(&case.arguments), |run, (name, value)| run.env(name, value));
        // The reference comes second, as it may leave artifacts.
        let ours = run.run();
        Row { case, ours, reference: ask(tree.path(), &case.arguments, &ENVIRONMENT), tree }
    })
}

/// The results of all items in their order, several at a time.
fn in_parallel<T: Copy + Sync, R: Send>(items: &[T], each: impl Fn(T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let workers = thread::available_parallelism().map_or(1, usize::from);
    let mut results: Vec<(usize, R)> = thread::scope(|scope| {
        let work = || {
            let mut done = Vec::new();
            while let Some((at, item)) =
                Some(next.fetch_add(1, Ordering::Relaxed)).and_then(|at| Some((at, items.get(at)?)))
            {
                done.push((at, each(*item)));
            }
            done
        };
        let workers: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("no run panics")).collect()
    });
    results.sort_by_key(|(at, _)| *at);
    results.into_iter().map(|(_, result)| result).collect()
}

impl Row<'_> {
    fn problems(&self) -> impl Iterator<Item = String> + use<> {
        let (report, code) = (self.ours.stderr(), self.ours.code());
        let refuses = self.case.warned.is_none();
        let has_code = if refuses { matches!(code, Some(1 | 2)) } else { code == Some(0) };
        let expected = [
            (has_code, "our exit code", format!("{code:?}")),
            (!report.contains("panicked"), "we panicked", report.clone()),
            (!refuses || report.contains("error: "), "we say no error", report.clone()),
            (!self.case.is_in_a_file() || report.contains(" --> "), "our report has no place", report.clone()),
            (report.lines().count() <= SCREEN, "our report is longer than a screen", report.clone()),
            (
                (self.reference.code == 0) == self.case.accepted.is_some(),
                "the reference's exit code",
                format!("{}, {}", self.reference.code, self.words()),
            ),
        ];
        expected.into_iter().filter(|(is_right, ..)| !is_right).map(|(_, what, found)| format!("{what}: {found}"))
    }

    fn words(&self) -> String {
        self.reference.words(self.tree.path())
    }

    fn show(&self) -> String {
        let cell = |name: &str, code: i32, text: &str| {
            format!("<td>\n\n{name}, exit code {code}:\n\n```text\n{}\n```\n\n</td>", text.trim_end())
        };
        let ours = cell("pushgraph", self.ours.code().unwrap_or(-1), &report(&self.ours));
        let reference = cell("taskgraph", self.reference.code, &self.words());
        let why = self.case.accepted.as_ref().or(self.case.warned.as_ref()).or(self.case.placeless.as_ref());
        let why = why.map_or_else(String::new, |why| format!("\n({why})\n"));
        let command = if self.case.is_in_a_file() { String::new() } else { format!("\n`{}`\n", self.case.arguments) };
        format!("\n### {}\n{command}{why}\n<table><tr>{ours}{reference}</tr></table>\n", self.case.wrong)
    }
}

/// What we say, without the lines of the log.
fn report(ran: &Ran) -> String {
    let stderr = ran.stderr();
    let is_report = |line: &&str| !line.starts_with("<time>") && !line.starts_with("Dumping result");
    stderr.lines().filter(is_report).collect::<Vec<_>>().join("\n")
}
