//! The legacy `try:` line: `try: -b do -p linux64,macosx64 -u mochitests,reftest-1[linux64] -t none`.
//!
//! Source: Firefox's documentation of try syntax. What it left out without a word (a test that does not exist) is told
//! here, and what it refused (a platform that does not exist) is refused with the nearest name.

mod aliases;
mod builds;
mod changes;
mod options;
mod said;
mod suites;
mod tests_spec;
mod words;

use self::builds::Platforms;
use self::options::Options;
use self::said::Said;
pub use self::words::{Brackets, split, try_line};
use super::{Compiled, Context, FrontEnd, paths};
use crate::diagnostics::{Diagnostic, Mistakes};
use crate::query::{Pattern, Query};

pub(super) const FRONT_END: FrontEnd = FrontEnd {
    name: "syntax",
    summary: "a legacy `try:` line, such as `-b do -p linux64 -u mochitests -t none`",
    compile,
};

/// The attributes that name a test for `-u`, `-t` and `-r`.
const TRY_NAMES: [&str; 3] = ["unittest_try_name", "talos_try_name", "raptor_try_name"];

fn compile(text: &str, context: &Context<'_>) -> Result<Compiled, Mistakes> {
    let line = try_line(text).unwrap_or(text);
    let refused = |why: String| Diagnostic::error(format!("the `try:` line: {why}"));
    let words = split(line, Brackets::Join).map_err(refused)?;
    let options = Options::read(&words).map_err(refused)?;
    let said = Said::of(context.graph);
    let platforms = Platforms::of(&options, context, &said)?;
    let mut notes = Vec::new();
    let tests = suites::query(&options, &platforms, &said, &mut notes)?;
    let query = Query::or(
        [
            tests,
            under_paths(&options, &platforms, &said)?,
            builds::query(&options, &platforms, &said)?,
            jobs(&options, &platforms),
        ]
        .into_iter()
        .filter(|part| *part != Query::none()),
    );
    let query = without_nightly(query, &options, &said);
    notes.extend(options.ignored.iter().map(|word| format!("the `try:` line: `{word}` means nothing here")));
    if options.has("--all-emails") || options.has("--failure-emails") {
        notes.push("the `try:` line: no mail is sent; ask for a notification route in the tree".into());
    }
    Ok(Compiled { query, changes: changes::of(&options), notes })
}

/// The tests under `--try-test-paths`, of the build types and platforms asked for, where `-u` does not say which.
fn under_paths(options: &Options, platforms: &Platforms, said: &Said<'_>) -> Result<Query, Diagnostic> {
    let Some(types) = builds::of_types(options, said)?.filter(|_| options.do_paths_select) else {
        return Ok(Query::none());
    };
    let paths: Vec<String> = options.paths.iter().map(|path| paths::whole(path)).collect();
    let tests = [Query::attribute(TRY_NAMES[0], []), types, paths::running(&paths, said.graph)];
    Ok(Query::and(platforms.narrow(Query::and(tests))))
}

/// `-j`: tasks with names of their own; `all` means those that run everywhere, on the platforms asked for.
fn jobs(options: &Options, platforms: &Platforms) -> Query {
    const NAME: &str = "job_try_name";
    let named = options.jobs.iter().filter(|job| !matches!(job.as_str(), options::ALL | options::NONE));
    let named: Vec<Pattern> = named.map(|job| Pattern::exact(job)).collect();
    let named = if named.is_empty() { Query::none() } else { Query::attribute(NAME, named) };
    if !options.jobs.iter().any(|job| job == options::ALL) {
        return named;
    }
    let all = platforms.narrow(Query::attribute(NAME, [])).into_iter().chain([run_everywhere()]);
    Query::or([Query::and(all), named].into_iter().filter(|part| *part != Query::none()))
}

/// Nightly tasks run only where they are asked for.
fn without_nightly(query: Query, options: &Options, said: &Said<'_>) -> Query {
    if options.has("--include-nightly") || query == Query::none() || !said.has_nightly {
        return query;
    }
    query.minus(Query::attribute("nightly", [Pattern::exact("true")]))
}

/// Tasks that run on every project.
fn run_everywhere() -> Query {
    Query::attribute("run_on_projects", [Pattern::exact("all")])
}

/// A build or test without a name of its own for `-j`, which alone would count.
fn has_no_job_name(query: Query, said: &Said<'_>, kinds: &[&str]) -> Query {
    const NAME: &str = "job_try_name";
    if kinds.iter().any(|kind| said.kinds_with_job_names.contains(kind)) {
        query.minus(Query::attribute(NAME, []))
    } else {
        query
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::testing::{blocks, compile, compiled, firefox_like, refused, selected};

    /// Lines and what Firefox's documented rules make of them; `expectations.py` beside it writes it anew. Lines that
    /// begin with `+` are compiled where `linux64-asan` rides along with `linux64`.
    const LINES: &str = include_str!("../../../../tests/try/syntax.txt");

    #[test]
    fn every_line_selects_what_the_documented_rules_say() {
        let graph = firefox_like();
        let along = BTreeMap::from([("linux64".to_owned(), vec!["linux64-asan".to_owned()])]);
        let lines = blocks(LINES);
        assert!(lines.len() >= 120);
        for (line, expected) in lines {
            let (along, line) = match line.strip_prefix('+') {
                Some(line) => (along.clone(), line),
                None => (BTreeMap::new(), line.as_str()),
            };
            match compile("syntax", line, &graph, &along) {
                Ok(compiled) => assert_eq!(selected(&compiled.query, &graph), expected, "{line}\n{}", compiled.query),
                Err(mistakes) => panic!("{line}: {mistakes}"),
            }
        }
    }

    #[test]
    fn lines_are_printed_as_queries() {
        let graph = firefox_like();
        let query = |line: &str| compiled("syntax", line, &graph).query.to_string();
        let builds = "kind(=build, =hazard, =l10n, =spidermonkey, =valgrind) & attr(build_type, =opt) & \
                      attr(build_platform, =linux64) - attr(nightly, =true)";
        assert_eq!(query("try: -b o -p linux64 -u none"), builds);
        let tests = "kind(=test) & attr(build_type, =debug, =opt) & attr(build_platform, =linux64, =win64)";
        let line = "try: -b do -p linux64,win64 -u mochitest-plain-1,xpcshell[Windows 10] -t g1";
        assert!(query(line).contains(tests), "{}", query(line));
        assert_eq!(query("try: -j eslint --include-nightly"), "attr(job_try_name, =eslint)");
    }

    #[test]
    fn what_is_wrong_is_refused_and_what_is_odd_is_noted() {
        let graph = firefox_like();
        let [(message, help)] = &refused("syntax", "try: -b o -p linux63", &graph)[..] else { panic!() };
        assert_eq!(message, "the `try:` line: no task is built for or tested on `linux63`");
        assert_eq!(help.as_deref(), Some("did you mean `linux64`?"));
        let notes = compiled("syntax", "try: -b o -p linux64 -u xpcshel,reftest -e please", &graph).notes;
        assert_eq!(
            notes,
            [
                "the `try:` line: no test is called `xpcshel`; did you mean `xpcshell`?",
                "the `try:` line: `please` means nothing here",
                "the `try:` line: no mail is sent; ask for a notification route in the tree",
            ]
        );
        assert_eq!(
            refused("syntax", "-b 'o", &graph)[0].0,
            "the `try:` line: the quotation that `'` begins does not end"
        );
    }

    #[test]
    fn options_change_tasks() {
        let graph = firefox_like();
        let line = "try: -b o -p linux64 -u xpcshell -t g1 --rebuild 3 --rebuild-talos 2 --no-retry --setenv A=B --tag net --artifact";
        let changes = compiled("syntax", line, &graph).changes;
        let tasks: Vec<&str> = changes.iter().map(|part| part.tasks.as_str()).collect();
        assert_eq!(tasks, ["all()", "kind(=test)", "attr(unittest_try_name)", "attr(talos_try_name)"]);
        assert_eq!((changes[0].changes.no_retry, changes[0].changes.env["A"].as_str()), (true, "B"));
        assert!(changes[0].changes.inputs.contains_key("use-artifact-builds"));
        assert_eq!(changes[1].changes.inputs["tag"].as_str(), Some("net"));
    }
}
