//! Names that stand for several tests or platforms.
//!
//! Source: Firefox's documentation of try syntax and the tables of its former parser.

/// Whether a test is one of those that an alias stands for.
pub(super) type Matches = Box<dyn Fn(&str) -> bool>;

/// How the tests of an alias are found.
#[derive(Clone, Copy)]
enum How {
    /// They begin with this.
    Begins(&'static str),
    /// They have this somewhere.
    Contains(&'static str),
    /// They are reftests: `reftest` or `plain-reftest` at the start, then one of these; every rest if there are none.
    Reftest(&'static [&'static str]),
}

/// Every alias of tests, sorted.
const TESTS: &[(&str, How)] = &[
    ("cppunit", How::Begins("cppunit")),
    ("crashtest", How::Begins("crashtest")),
    ("crashtest-e10s", How::Begins("crashtest-e10s")),
    ("e10s", How::Contains("e10s")),
    ("firefox-ui-functional", How::Begins("firefox-ui-functional")),
    ("gaia-js-integration", How::Contains("gaia-js-integration")),
    ("gtest", How::Begins("gtest")),
    ("jittest", How::Begins("jittest")),
    ("jittests", How::Begins("jittest")),
    ("jsreftest", How::Begins("jsreftest")),
    ("jsreftest-e10s", How::Begins("jsreftest-e10s")),
    ("marionette", How::Begins("marionette")),
    ("mochitest", How::Begins("mochitest")),
    ("mochitest-a11y", How::Contains("mochitest-a11y")),
    ("mochitest-bc", How::Begins("mochitest-browser-chrome")),
    ("mochitest-browser-chrome", How::Begins("mochitest-browser-chrome")),
    ("mochitest-chrome", How::Contains("mochitest-chrome")),
    ("mochitest-debug", How::Begins("mochitest-debug-")),
    ("mochitest-dt", How::Begins("mochitest-devtools-chrome")),
    ("mochitest-gl", How::Begins("mochitest-webgl")),
    ("mochitest-gpu", How::Begins("mochitest-gpu")),
    ("mochitest-media", How::Begins("mochitest-media")),
    ("mochitest-vg", How::Begins("mochitest-valgrind")),
    ("mochitests", How::Begins("mochitest")),
    ("mochitests-e10s", How::Begins("mochitest-e10s")),
    ("reftest", How::Reftest(&[])),
    ("reftest-no-accel", How::Reftest(&["-no-accel"])),
    ("reftests", How::Reftest(&[])),
    ("reftests-e10s", How::Reftest(&["-e10s"])),
    ("robocop", How::Begins("robocop")),
    ("web-platform-test", How::Begins("web-platform-tests")),
    ("web-platform-tests", How::Begins("web-platform-tests")),
    ("web-platform-tests-crashtests", How::Begins("web-platform-tests-crashtest")),
    ("web-platform-tests-e10s", How::Begins("web-platform-tests-e10s")),
    ("web-platform-tests-print-reftest", How::Begins("web-platform-tests-print-reftest")),
    ("web-platform-tests-reftests", How::Begins("web-platform-tests-reftests")),
    ("web-platform-tests-wdspec", How::Begins("web-platform-tests-wdspec")),
    ("xpcshell", How::Begins("xpcshell")),
];

/// Every name for several platforms, sorted.
const PLATFORMS: &[(&str, &[&str])] = &[
    ("Android 13.0 Google Pixel 5 64bit", &["android-hw-p5-13-0-android-aarch64"]),
    ("Android 7.0 Moto G5 32bit", &["android-hw-g5-7.0-arm7-api-16"]),
    ("Android 8.0 Google Pixel 2 32bit", &["android-hw-p2-8.0-arm7-api-16"]),
    ("Android 8.0 Google Pixel 2 64bit", &["android-hw-p2-8.0-android-aarch64"]),
    ("Ubuntu", &["linux32", "linux64", "linux64-asan", "linux1804-64", "linux1804-64-asan"]),
    ("Windows 10", &["windows10-64"]),
    ("Windows 7", &["windows7-32"]),
    ("x64", &["linux64", "linux64-asan", "linux1804-64", "linux1804-64-asan"]),
];

/// What tells the tests of an alias, if the name is one.
pub(super) fn of_test(name: &str) -> Option<Matches> {
    let at = TESTS.binary_search_by_key(&name, |(alias, _)| alias).ok()?;
    Some(match TESTS[at].1 {
        How::Begins(start) => Box::new(move |test| test.starts_with(start)),
        How::Contains(part) => Box::new(move |test| test.contains(part)),
        How::Reftest(rests) => Box::new(move |test| {
            let rest = test.strip_prefix("plain-").unwrap_or(test).strip_prefix("reftest");
            rest.is_some_and(|rest| rests.is_empty() || rests.iter().any(|one| rest.starts_with(one)))
        }),
    })
}

/// The platforms that a name stands for: itself, if it is no name for several.
pub(super) fn of_platform(name: &str) -> Vec<&str> {
    match PLATFORMS.binary_search_by_key(&name, |(pretty, _)| pretty) {
        Ok(at) => PLATFORMS[at].1.to_vec(),
        Err(_) => vec![name],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_are_sorted() {
        assert!(TESTS.is_sorted_by_key(|(name, _)| name));
        assert!(PLATFORMS.is_sorted_by_key(|(name, _)| name));
    }

    #[test]
    fn aliases_stand_for_tests() {
        let matches = |alias: &str, test: &str| of_test(alias).unwrap()(test);
        assert!(matches("mochitests", "mochitest-plain") && !matches("mochitests", "xpcshell"));
        assert!(matches("e10s", "mochitest-e10s-1") && matches("reftest", "plain-reftest-x"));
        assert!(!matches("reftest-no-accel", "reftest") && matches("reftest-no-accel", "reftest-no-accel"));
        assert!(of_test("talos").is_none());
        assert_eq!(of_platform("linux64"), ["linux64"]);
    }
}
