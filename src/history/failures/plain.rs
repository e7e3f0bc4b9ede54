//! What harnesses print: `TEST-UNEXPECTED-FAIL | test | message`, `PROCESS-CRASH | reason | test`.

/// The test of a line that says it failed; the log does not tell its group.
pub(super) fn failed(line: &str) -> Option<(String, String)> {
    let after = |marker: &str| line.find(marker).map(|at| &line[at..]);
    let (columns, at) = match (after("TEST-UNEXPECTED-"), after("PROCESS-CRASH | ")) {
        (Some(columns), _) => (columns, 1),
        (None, Some(columns)) => (columns, 2),
        (None, None) => return None,
    };
    let test = columns.split(" | ").nth(at)?.trim();
    // `leakcheck`, `automation.py` of no folder and the like are no tests.
    test.contains('/').then(|| (test.to_owned(), String::new()))
}
