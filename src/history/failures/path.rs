//! Paths of tests, from what harnesses call them.

/// Where web-platform-tests are in a Mozilla repository, and those of Mozilla among them.
const WPT: &str = "testing/web-platform/tests/";
const MOZILLA_WPT: &str = "testing/web-platform/mozilla/tests/";

/// Manifests are no tests.
const MANIFESTS: [&str; 3] = [".toml", ".ini", ".list"];

/// The path of a test, from the name that a log of the suite has for it; nothing for what is no test.
///
/// A name may be followed by a remark after a space, and have parts before a colon (`xpcshell.toml:path`). Those of
/// web-platform-tests are addresses: a test that is made of a script has the script's path.
#[must_use]
pub fn tested_path(name: &str, suite: &str) -> Option<String> {
    let name = name.split(' ').next().unwrap_or_default();
    let name = if name.contains('?') { name } else { name.rsplit(':').next().unwrap_or_default() };
    let is_none = name.is_empty() || name == "None" || name.contains("SimpleTest");
    if is_none || MANIFESTS.iter().any(|end| name.ends_with(end)) {
        return None;
    }
    let name = name.replace('\\', "/");
    Some(if suite.contains("web-platform") { of_address(&name) } else { name })
}

fn of_address(address: &str) -> String {
    let address = address.split(['?', '#']).next().unwrap_or_default();
    let path = match address.split_once(".any.") {
        Some((stem, _)) => format!("{stem}.any.js"),
        None => match address.strip_suffix(".window.html") {
            Some(stem) => format!("{stem}.window.js"),
            None => address.to_owned(),
        },
    };
    match path.strip_prefix("/_mozilla/") {
        Some(rest) => format!("{MOZILLA_WPT}{rest}"),
        None => format!("{WPT}{}", path.trim_start_matches('/')),
    }
}
