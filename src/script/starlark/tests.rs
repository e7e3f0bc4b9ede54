//! Programs in, documents or mistakes out.

use std::path::Path;

use starlark::environment::Globals;

use super::modules::Nothing;
use super::{Limits, Modules, Tree, evaluate, language, to_node, to_value};
use crate::diagnostics::{Diagnostic, Files, Mistakes, Span};
use crate::json;
use crate::sources::checkout::MemoryCheckout;
use crate::yaml::Node;

struct World {
    checkout: MemoryCheckout,
    files: Files,
    globals: Globals,
    modules: Modules,
}

impl World {
    fn new(files: &[(&str, &str)]) -> Self {
        let placed = files.iter().map(|(path, text)| (format!("taskcluster/{path}"), *text));
        Self {
            checkout: MemoryCheckout::new(placed),
            files: Files::default(),
            globals: language().build(),
            modules: Modules::default(),
        }
    }

    /// What `main` of `main.star` makes of a document.
    fn run(&self, document: &Node) -> Result<Node, Mistakes> {
        let tree = Tree {
            checkout: &self.checkout,
            files: &self.files,
            root: Path::new("taskcluster"),
            repository: Path::new(""),
            globals: &self.globals,
        };
        let main = self.modules.get(tree, "main.star", "main", Span::NONE)?;
        evaluate(Limits::for_tasks(1), &Nothing, |eval| {
            let mut call = || {
                let main = eval.heap().access_owned_frozen_value(&main);
                let document = to_value(eval, document)?;
                let made = eval.eval_function(main, &[document], &[])?;
                to_node(eval, made)
            };
            call().map_err(|error| self.modules.diagnostic(&error).into())
        })
    }

    fn told(&self, mistake: &Diagnostic) -> String {
        let place = |span| self.files.place(span).map_or((0, 0), |place| place.line_and_column());
        let text =
            self.files.place(mistake.span).map_or(String::new(), |place| place.file.text[place.range].to_owned());
        let (line, column) = place(mistake.span);
        let calls: Vec<String> = mistake.related.iter().map(|(span, _)| format!(" <{}", place(*span).0)).collect();
        format!("{line}:{column} [{text}] {}{}", mistake.message, calls.concat())
    }
}

/// What `main(x)` gives for null, as JSON, or the first mistake as `line:column [text] message`.
fn run(program: &str) -> String {
    let world = World::new(&[("main.star", program)]);
    match world.run(&Node::default()) {
        Ok(node) => json::to_string(&node, json::Format::COMPACT).unwrap(),
        Err(mistakes) => world.told(&mistakes.0[0]),
    }
}

/// What an expression gives.
fn value(expression: &str) -> String {
    run(&format!("def main(x):\n    return {expression}\n"))
}

#[test]
fn expressions_mean_what_they_mean_in_python() {
    let cases = [
        ("1 + 2 * 3", "7"),
        ("('a' + 'b').upper().join(['x', 'y'])", r#""xABy""#),
        ("'a-b'.replace('-', '_').split('_')", r#"["a","b"]"#),
        ("'%s-%d' % ('a', 3)", r#""a-3""#),
        ("'{}/{x}'.format('a', x='b')", r#""a/b""#),
        ("[1, 2, 3][1:]", "[2,3]"),
        ("dict([('a', 1)], b=2)", r#"{"a":1,"b":2}"#),
        ("(lambda *a, **k: [len(a), sorted(k)])(*[1, 2], **{'b': 1, 'a': 2})", r#"[2,["a","b"]]"#),
        ("sorted([3, 1, 2], reverse=True)", "[3,2,1]"),
        ("[k for k, v in {'a': 1, 'b': 2}.items() if v != 1]", r#"["b"]"#),
        ("'b' in 'abc' and 'x' not in ['y'] and 1 in {1: 2}", "true"),
        ("(1, 2) < (1, 3) and [1] == [1] and {'a': 1} != {'a': 2}", "true"),
        ("'  x '.strip() + 'abc'[::-1]", r#""xcba""#),
        ("9223372036854775807 + 1", "9223372036854775808"),
        ("1 << 40", "1099511627776"),
        ("min(3, 1) + max([2, 5])", "6"),
        ("struct(a=1).a", "1"),
        ("1.5 + 1", "2.5"),
        ("(('a')).upper().strip() + (('b') + ('c')).lower()", r#""Abc""#),
        ("[(1), (2)][0:(1)] + list(((1), 2, (3)))[1:]", "[1,2,3]"),
        ("('a') if ('x').upper() == 'X' else ('b').lower()", r#""a""#),
        ("{'a': (1 + 2) * (3)}['a'] + ((lambda x: x)((4)))", "13"),
    ];
    let given: Vec<(&str, String)> = cases.iter().map(|(expression, _)| (*expression, value(expression))).collect();
    let expected: Vec<(&str, String)> =
        cases.iter().map(|(expression, value)| (*expression, (*value).to_owned())).collect();
    assert_eq!(given, expected);
}

#[test]
fn f_strings_take_expressions() {
    let program = r#"
def main(x):
    a = {'k': 'v'}
    n = 3
    return [f"{n}", f"<{a['k']}> {n + 1} {{x}}", f'{"a".join(["1", "2"])}', f"plain \"q\" \\ é"]
"#;
    assert_eq!(run(program), r#"["3","<v> 4 {x}","1a2","plain \"q\" \\ \u00e9"]"#);
}

#[test]
fn statements_work() {
    let program = "
def main(x):
    a = [1]
    a += [2]
    t = 'a'
    t += 'b'
    d = {}
    for i, v in enumerate(a):
        d[str(i)] = v
    d.update({'z': t})
    a.extend([3])
    return [a, d]
";
    assert_eq!(run(program), r#"[[1,2,3],{"0":1,"1":2,"z":"ab"}]"#);
}

#[test]
fn mistakes_are_told_where_they_are_written() {
    assert_eq!(
        run("def main(x):\n    return 1 + 'a'\n"),
        "2:12 [1 + 'a'] operation `+` not supported for types `int` and `string`"
    );
    assert_eq!(run("def main(x):\n    y = ','.join(z)\n"), "2:18 [z] variable `z` not found, did you mean `x`?");
    assert_eq!(run("def main(x:\n    pass\n").split(']').next(), Some("2:5 [pass"));
    assert_eq!(
        run("def inner(a):\n    fail('no ' + a)\ndef main(x):\n    inner('x')\n"),
        "2:5 [fail('no ' + a)] no x <4"
    );
}
