use proptest::prelude::*;
use serde_json::json;

use super::*;

fn failed(kind: LogKind, lines: &[&str], suite: &str) -> Vec<(String, String)> {
    let log = lines.join("\n");
    kind.failed(log.as_bytes(), suite).into_iter().map(|test| (test.path, test.group)).collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(path, group)| ((*path).to_owned(), (*group).to_owned())).collect()
}

#[test]
fn artifacts_are_logs_by_their_names() {
    assert_eq!(LogKind::of("public/test_info/xpcshell_errorsummary.log"), Some(LogKind::ErrorSummary));
    assert_eq!(LogKind::of("public/test_info/xpcshell_raw.log"), Some(LogKind::Raw));
    assert_eq!(LogKind::of("public/logs/live_backing.log"), Some(LogKind::Plain));
    assert_eq!(LogKind::of("public/report.html"), None);
}

#[test]
fn summaries_tell_what_was_not_expected() {
    let lines = [
        r#"{"action": "test_groups", "groups": ["dom/a.toml"], "line": 1}"#,
        r#"{"action": "test_result", "test": "dom/a.html", "group": "dom/a.toml", "status": "FAIL", "expected": "PASS"}"#,
        r#"{"action": "test_result", "test": "dom/a.html", "group": "dom/a.toml", "status": "TIMEOUT", "expected": "PASS"}"#,
        r#"{"action": "test_result", "test": "dom/k.html", "status": "FAIL", "expected": "PASS", "known_intermittent": ["FAIL"]}"#,
        r#"{"action": "test_result", "test": "dom/o.html", "status": "PASS", "expected": "PASS"}"#,
        r#"{"action": "crash", "test": "dom/c.html", "signature": "[@ f]", "group": "dom/c.toml"}"#,
        r#"{"action": "test_result", "test": "x.toml:dom/x.js head", "status": "FAIL", "expected": "PASS"}"#,
        r#"{"action": "test_result", "test": "dom/m.toml", "status": "FAIL", "expected": "PASS"}"#,
        r#"{"action": "log", "level": "ERROR", "message": "broken"}"#,
        r#"{"action": "test_result", "test": "dom/cut.ht"#,
    ];
    let expected = [("dom/a.html", "dom/a.toml"), ("dom/c.html", "dom/c.toml"), ("dom/x.js", "")];
    assert_eq!(failed(LogKind::ErrorSummary, &lines, "mochitest-plain"), pairs(&expected));
}

#[test]
fn raw_logs_tell_groups_at_their_beginning() {
    let lines = [
        r#"{"action": "suite_start", "tests": {"a/m.toml": ["a/one.js", "a/two.js"]}}"#,
        r#"{"action": "test_end", "test": "a/one.js", "status": "FAIL", "expected": "PASS"}"#,
        r#"{"action": "test_end", "test": "a/two.js", "status": "PASS"}"#,
        r#"{"action": "test_status", "test": "a/three.js", "subtest": "s", "status": "FAIL", "expected": "PASS"}"#,
        "no JSON",
    ];
    assert_eq!(failed(LogKind::Raw, &lines, "xpcshell"), pairs(&[("a/one.js", "a/m.toml"), ("a/three.js", "")]));
}

#[test]
fn printed_lines_are_read_last() {
    let lines = [
        "[task 2026-01-01T00:00:00Z] 00:00:00     INFO -  TEST-UNEXPECTED-FAIL | dom/a.html | it is wrong - got 1",
        "TEST-UNEXPECTED-FAIL | leakcheck | 300 bytes leaked",
        "PROCESS-CRASH | MOZ_CRASH [@ f] | dom/c.html",
        "TEST-PASS | dom/p.html | fine",
    ];
    assert_eq!(failed(LogKind::Plain, &lines, ""), pairs(&[("dom/a.html", ""), ("dom/c.html", "")]));
}

#[test]
fn addresses_of_web_platform_tests_become_paths() {
    let path = |name| tested_path(name, "web-platform-tests").unwrap();
    assert_eq!(path("/dom/a.html?b=c"), "testing/web-platform/tests/dom/a.html");
    assert_eq!(path("/dom/a.any.worker.html"), "testing/web-platform/tests/dom/a.any.js");
    assert_eq!(path("/dom/a.window.html"), "testing/web-platform/tests/dom/a.window.js");
    assert_eq!(path("/_mozilla/a.html"), "testing/web-platform/mozilla/tests/a.html");
    assert_eq!(tested_path(r"dom\a.html", "mochitest").unwrap(), "dom/a.html");
    assert_eq!(tested_path("None", "mochitest"), None);
}

proptest! {
    #[test]
    fn no_log_is_a_panic(log in any::<Vec<u8>>(), suite in any::<String>()) {
        for kind in [LogKind::ErrorSummary, LogKind::Raw, LogKind::Plain] {
            prop_assert!(kind.failed(&log, &suite).len() <= MOST);
        }
    }

    #[test]
    fn every_failure_that_is_written_is_found_whatever_stands_between(
        tests in proptest::collection::vec("[a-z]{1,6}/[a-z]{1,6}\\.js", 1..MOST),
        noise in proptest::collection::vec("[^{]{0,20}", 1..6),
    ) {
        let mut tests = tests;
        let mut seen = std::collections::BTreeSet::new();
        tests.retain(|test| seen.insert(test.clone()));
        let mut lines: Vec<String> = Vec::new();
        for (at, test) in tests.iter().enumerate() {
            let action = if at % 2 == 0 { "test_end" } else { "test_status" };
            lines.push(json!({"action": action, "test": test, "status": "FAIL", "expected": "PASS"}).to_string());
            lines.extend(noise.iter().map(|noise| noise.replace(['\n', '\r'], " ")));
        }
        let log = lines.join("\n");
        for kind in [LogKind::ErrorSummary, LogKind::Raw] {
            let found: Vec<String> = kind.failed(log.as_bytes(), "").into_iter().map(|test| test.path).collect();
            prop_assert_eq!(&found, &tests);
        }
    }
}
