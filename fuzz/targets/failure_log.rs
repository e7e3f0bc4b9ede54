//! Logs of tests. The first line names the artifact; the rest is the log. Of no log more tests are kept than may be.

use super::Target;

use pushgraph::history::failures::{LogKind, MOST};

pub(super) const TARGET: Target = Target { name: "failure_log", run };

fn run(data: &[u8]) {
    let end = data.iter().position(|&byte| byte == b'\n').unwrap_or(data.len());
    let (name, log) = (String::from_utf8_lossy(&data[..end]), data.get(end + 1..).unwrap_or_default());
    let Some(kind) = LogKind::of(&name) else { return };
    for suite in ["mochitest-plain", "reftest", "web-platform-tests", "xpcshell", ""] {
        let failed = kind.failed(log, suite);
        assert!(failed.len() <= MOST);
        assert!(failed.iter().all(|test| !test.path.is_empty()));
    }
}
