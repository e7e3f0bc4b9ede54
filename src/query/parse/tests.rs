use proptest::prelude::*;

use super::*;
use crate::diagnostics::Files;
use crate::query::{Atom, Direction, Field, TargetOf};

fn printed(text: &str) -> String {
    parse_text(text).unwrap_or_else(|mistakes| panic!("{text}: {mistakes}")).to_string()
}

/// What is told of a text: the column and the text it is about, the message, and the help.
fn told(text: &str) -> Vec<(usize, String, String, String)> {
    let files = Files::default();
    let file = files.add("query", text).unwrap();
    let mistakes = parse(&Written::in_file(&file, 0..text.len())).unwrap_err().0;
    let row = |mistake: crate::diagnostics::Diagnostic| {
        let place = files.place(mistake.span).unwrap();
        let about = place.file.text[place.range.clone()].to_owned();
        (place.line_and_column().1, about, mistake.message, mistake.help.unwrap_or_default())
    };
    mistakes.into_iter().map(row).collect()
}

/// The one mistake of a text: what it is about, and the message.
fn only(text: &str) -> (String, String) {
    let told = told(text);
    assert_eq!(told.len(), 1, "{text}: {told:#?}");
    (told[0].1.clone(), told[0].2.clone())
}

#[test]
fn operators_are_words_and_signs_and_bind_as_usual() {
    let rows = [
        ("a", "a"),
        ("a or b and c", "a | b & c"),
        ("a|b&c", "a | b & c"),
        ("(a or b) and c", "(a | b) & c"),
        ("a and not b", "a - b"),
        ("a minus b and c", "a - b & c"),
        ("a - b", "a - b"),
        ("kind(a)-kind(b)", "kind(a) - kind(b)"),
        ("not a or b", "!a | b"),
        ("not (a or b)", "!(a | b)"),
        ("! ! a", "!!a"),
        ("((a))", "a"),
        ("a & (b & c)", "a & b & c"),
        ("a - (b - c)", "a - (b - c)"),
        ("and-then | orange", "and-then | orange"),
        ("\"and\" | 'or'", "\"and\" | \"or\""),
        ("label(a)", "a"),
        ("label(a, =b)", "label(a, =b)"),
        ("=a | ~b | /c/", "=a | ~b | /c/"),
        ("build-linux64/opt", "build-linux64/opt"),
        ("{a,b}-*", "{a,b}-*"),
        ("kind( test ,build )", "kind(test, build)"),
        ("attr(build_type)", "attr(build_type)"),
        ("attr(a.b, =x, /y|z/)", "attr(a.b, =x, /y|z/)"),
        ("files(layout/, 'a b')", "files(layout/, \"a b\")"),
        ("deps(a | b, 2)", "deps(a | b, 2)"),
        ("rdeps(not a)", "rdeps(!a)"),
        ("target()", "target()"),
        ("target(tasks-for=cron, project=\"a b\")", "target(project=\"a b\", tasks-for=cron)"),
        ("cron(nightly) | query(smoke)", "cron(nightly) | query(smoke)"),
        ("all() - none()", "all() - none()"),
        (r"/a\/b\\/", r"/a\/b\\/"),
        ("scope(secrets:get:*)", "scope(secrets:get:*)"),
        ("a\n| b", "a | b"),
    ];
    for (text, expected) in rows {
        assert_eq!(printed(text), expected, "{text}");
    }
}

#[test]
fn a_mistake_is_shown_at_its_place() {
    let rows = [
        ("", "", "the query is empty"),
        ("a b", "b", "expected an operator before this"),
        ("a &", "&", "expected a query after this"),
        ("| a", "|", "expected a query before `|`"),
        ("a & | b", "|", "expected a query before `|`"),
        ("(a", "(", "this `(` is not closed"),
        ("kind(a", "(", "this `(` is not closed"),
        ("deps(a", "(", "this `(` is not closed"),
        ("a)", ")", "this `)` closes nothing"),
        ("a, b", ",", "a comma joins nothing here"),
        ("()", ")", "expected a query here"),
        ("- a", "-", "there is nothing to take away from"),
        ("\"a", "\"", "the quote is not closed"),
        ("/a", "/", "the regular expression is not closed"),
        ("/a(/", "/a(/", "`a(` is not a usable regular expression: unclosed group"),
        ("kind([a)", "[a", "`[a` is not a usable glob: `[` is not closed"),
        ("knid(a)", "knid", "unknown function `knid`"),
        ("kind()", ")", "`kind` takes patterns, with commas between"),
        ("kind(a b)", "b", "`kind` takes patterns, with commas between"),
        ("kind(a | b)", "|", "`kind` takes patterns, with commas between"),
        ("all(x)", "x", "`all` takes nothing"),
        ("deps()", "deps(", "`deps` takes a query"),
        ("deps(a, b)", "b", "`deps` takes a whole number of edges after the comma"),
        ("attr(build*, x)", "build*", "the name of an attribute is no pattern"),
        ("attr(build_type=opt)", "build_type=opt", "the name of an attribute and its value stand with a comma between"),
        ("files(layout/**)", "layout/**", "a path is no pattern"),
        ("files(\"/layout\")", "\"/layout\"", "paths start at the root of the repository"),
        ("target(projct=x)", "projct=x", "`target` does not take `projct`"),
        ("target(project)", "project", "`project` has no value"),
        ("cron(a, b)", "b", "`cron` takes one name, and no pattern"),
        ("= a", "=", "`=` is no operator"),
        ("a | =", "=", "expected a text after `=`"),
        ("a AND b", "AND", "operators are written small: `and`"),
    ];
    for (text, about, message) in rows {
        assert_eq!(only(text), (about.to_owned(), message.to_owned()), "{text}");
    }
}

#[test]
fn the_syntax_of_others_is_answered_with_ours() {
    let rows = [
        ("a && b", "write `&`"),
        ("a || b", "write `|`"),
        ("kind == \"test\"", "write `kind(test)`"),
        ("kind=test", "write `kind(test)`"),
        ("kind:test", "write `kind(test)`"),
        ("kind = test", "write `kind(test)`"),
        ("build_type == 'opt'", "for an attribute write `attr(build_type, opt)`"),
        ("label.startswith(\"build\")", "write `label(TEXT*)`"),
        ("re.match(\"x\", label)", "write `label(/REGEX/)`"),
        (".[] | select(.kind)", "attributes are asked for with"),
        ("try: -b do -p linux", "say it as a query"),
        ("all", "write `all()`"),
        ("a 'b' c", "join queries with"),
    ];
    for (text, help) in rows {
        let told = told(text);
        assert!(told.iter().any(|row| row.3.contains(help)), "{text}: {told:#?}");
    }
}

#[test]
fn all_mistakes_are_told_at_once() {
    let messages: Vec<String> = told("knid(a) | kind(/(/) & (b c) | tier(1").into_iter().map(|row| row.2).collect();
    assert_eq!(
        messages,
        [
            "unknown function `knid`",
            "`(` is not a usable regular expression: unclosed group",
            "expected an operator before this",
            "this `(` is not closed",
        ]
    );
    assert_eq!(told(&"knid(a) | ".repeat(50)).len(), 20);
}

#[test]
fn what_is_huge_is_refused_without_harm() {
    let nested = |text: &str, count: usize| told(&text.repeat(count)).into_iter().map(|row| row.2).collect::<Vec<_>>();
    let too_deep = [format!("nested too deeply: more than {MAX_DEPTH} levels")];
    assert_eq!(nested("(", 100_000), too_deep);
    assert_eq!(nested("!", 100_000), too_deep);
    assert_eq!(nested("deps(", 100_000), too_deep);
    assert_eq!(nested("not ", 100_000), too_deep);
    assert!(printed(&format!("{}a{}", "(".repeat(MAX_DEPTH), ")".repeat(MAX_DEPTH))) == "a");
    assert_eq!(nested("a|", 100_000), [format!("a query may have {MAX_TERMS} terms")]);
    let patterns = format!("kind({}a)", "a*,".repeat(5000));
    assert_eq!(only(&patterns).1, format!("a query may have {MAX_TERMS} patterns that match more than one text"));
    assert!(only(&"a".repeat(MAX_LENGTH + 1)).1.starts_with("a query may have 1048576 bytes"));
    let labels = format!("label({}=z)", "=a,".repeat(50_000));
    assert!(parse_text(&labels).is_ok());
}

/// Any text, with more of what means something than chance would have.
fn texts() -> impl Strategy<Value = String> {
    let words =
        ["a", "linux", "and", "or", "-x", "=", "/", "\\", "\"", "'", ",", "(", ")", "{a,b}", " ", "é", "#", "!"];
    proptest::collection::vec(proptest::sample::select(words.to_vec()), 0..6).prop_map(|parts| parts.concat())
}

fn patterns() -> impl Strategy<Value = Pattern> {
    let forms = [Form::Glob, Form::Exact, Form::Contains, Form::Regex];
    let special = ["*", "?", "[ab]", "[!a]", "{a,b*}", r"\*", "a|b", "(x)", "$"];
    let text = (texts(), proptest::sample::select(special.to_vec()), texts());
    let any = (proptest::sample::select(forms.to_vec()), text);
    any.prop_filter_map("it is no pattern", |(form, (before, special, after))| {
        Pattern::new(form, &format!("{before}{special}{after}")).ok()
    })
}

fn atoms() -> impl Strategy<Value = Query> {
    let field = proptest::sample::select(Field::ALL.to_vec());
    let some_patterns = || proptest::collection::vec(patterns(), 1..4);
    let name = || texts().prop_filter("a name has no sign of a pattern", |name| !name.contains(['=', ':', '*', '?']));
    let path = || texts().prop_filter("a path is none", |path| !path.contains('*') && !path.starts_with('/'));
    prop_oneof![
        Just(Query::all()),
        Just(Query::none()),
        (field, some_patterns()).prop_map(|(field, patterns)| Query::field(field, patterns)),
        (name(), proptest::collection::vec(patterns(), 0..3)).prop_map(|(name, some)| Query::attribute(&name, some)),
        proptest::collection::vec(path(), 1..3).prop_map(|paths| Query::files(paths.iter().map(String::as_str))),
        (proptest::option::of(texts()), proptest::option::of(texts())).prop_map(|(project, tasks_for)| {
            Query::target(TargetOf { project: project.map(Into::into), tasks_for: tasks_for.map(Into::into) })
        }),
        texts().prop_map(|name| Query::cron(&name)),
        texts().prop_map(|name| Query::named(&name)),
    ]
}

fn queries() -> impl Strategy<Value = Query> {
    atoms().prop_recursive(5, 40, 4, |inner| {
        let several = proptest::collection::vec(inner.clone(), 2..4);
        prop_oneof![
            several.clone().prop_map(Query::and),
            several.prop_map(Query::or),
            inner.clone().prop_map(|query| !query),
            (inner, proptest::option::of(0..9_u32), any::<bool>()).prop_map(|(query, depth, down)| match down {
                true => query.dependencies(depth),
                false => query.dependents(depth),
            }),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_printed_reads_back_as_the_same(query in queries()) {
        let printed = query.to_string();
        let read = parse_text(&printed);
        prop_assert_eq!(read, Ok(query), "{}", printed);
    }

    #[test]
    fn any_text_is_read_or_refused_with_places_in_it(text in "[a-c(){}|&!,=~/\"' \\\\*-]{0,24}|\\PC{0,12}") {
        let files = Files::default();
        let file = files.add("query", text.as_str()).unwrap();
        match parse(&Written::in_file(&file, 0..text.len())) {
            Ok(query) => prop_assert_eq!(parse_text(&query.to_string()), Ok(query)),
            Err(mistakes) => {
                prop_assert!(!mistakes.0.is_empty());
                for mistake in mistakes.0 {
                    prop_assert!(files.place(mistake.span).is_some_and(|place| place.range.end <= text.len()));
                }
            }
        }
    }
}

#[test]
fn terms_know_where_they_were_written() {
    let files = Files::default();
    let file = files.add("query", "x | deps(kind(a), 1)").unwrap();
    let Query::Or(parts) = parse(&Written::in_file(&file, 0..file.text.len())).unwrap() else { panic!() };
    let spans: Vec<&str> = parts
        .iter()
        .map(|part| {
            let Query::Term(term) = part else { panic!() };
            let place = files.place(term.span).unwrap();
            &file.text[place.range]
        })
        .collect();
    assert_eq!(spans, ["x", "deps(kind(a), 1)"]);
    let Query::Term(term) = &parts[1] else { panic!() };
    assert!(matches!(&term.atom, Atom::Walk(Direction::Dependencies, _, Some(1))));
}
