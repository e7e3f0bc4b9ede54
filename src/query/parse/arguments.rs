//! What is in the parentheses of a function.

use std::ops::Range;

use arcstr::ArcStr;

use super::{Parser, foreign};
use crate::diagnostics::suggest;
use crate::query::function::{FUNCTIONS, Function, Takes, function_named};
use crate::query::lexer::What;
use crate::query::{Atom, Direction, Form, Pattern, Query, TargetOf, Term};

impl Parser<'_> {
    /// A function, whose name and parenthesis were read already.
    pub(super) fn call(&mut self, name: &str, at: Range<usize>) -> Query {
        let Some(function) = function_named(name) else {
            self.tell_unknown(name, at);
            self.skip_to_close();
            return Query::none();
        };
        let atom = match function.takes {
            Takes::NothingForAll => self.nothing(function).map(|()| Atom::All),
            Takes::NothingForNone => self.nothing(function).map(|()| Atom::None),
            Takes::Patterns(field) => self.patterns(function, &at).map(|patterns| Atom::Field(field, patterns)),
            Takes::NameAndPatterns => self.name_and_patterns(function, &at),
            Takes::Paths => self.paths(function, &at).map(Atom::Files),
            Takes::QueryAndDepth(direction) => self.query_and_depth(function, direction, &at),
            Takes::Push => self.push(function, &at).map(Atom::Target),
            Takes::CronName => self.only_name(function, &at).map(Atom::Cron),
            Takes::QueryName => self.only_name(function, &at).map(Atom::Named),
        };
        let span = self.written.span(at.start..self.before().end.max(at.end));
        atom.map_or_else(Query::none, |atom| Query::Term(Term { atom, span }))
    }

    fn tell_unknown(&mut self, name: &str, at: Range<usize>) {
        let help = foreign::function(name).or_else(|| {
            let names = FUNCTIONS.iter().map(|function| function.name);
            suggest(name, names)
        });
        self.told.error(at.start..at.end - 1, format!("unknown function `{name}`")).help = help;
    }

    /// Tells that the arguments are not what the function takes, and leaves them out.
    fn refuse<T>(&mut self, function: &Function, at: Range<usize>, message: &str) -> Option<T> {
        let message = format!("`{}` {message}", function.name);
        self.told.error(at, message).help = Some(format!("for example `{}`", function.example));
        self.skip_to_close();
        None
    }

    fn nothing(&mut self, function: &Function) -> Option<()> {
        if self.take(&What::Close) { Some(()) } else { self.refuse(function, self.here(), "takes nothing") }
    }

    /// The next argument, with the form its signs give it.
    fn argument(&mut self) -> Option<(Form, String, Range<usize>)> {
        let token = self.tokens.get(self.at)?;
        let (form, text) = match &token.what {
            What::Word(text) | What::Quoted(text) => (Form::Glob, text),
            What::Exact(text) => (Form::Exact, text),
            What::Contains(text) => (Form::Contains, text),
            What::Regex(text) => (Form::Regex, text),
            _ => return None,
        };
        let argument = (form, text.clone(), token.at.clone());
        self.at += 1;
        Some(argument)
    }

    /// Arguments up to the end, each read by `read`; nothing if they are not a list with commas.
    fn list(
        &mut self,
        function: &Function,
        opened: &Range<usize>,
        what: &str,
        mut read: impl FnMut(&mut Self, Form, String, Range<usize>),
    ) -> Option<()> {
        loop {
            match self.argument() {
                Some((form, text, at)) => read(self, form, text, at),
                None if self.at >= self.tokens.len() => return self.unclosed(opened),
                None => return self.refuse(function, self.here(), &format!("takes {what}, with commas between")),
            }
            if self.take(&What::Close) {
                return Some(());
            }
            if !self.take(&What::Comma) {
                if self.at >= self.tokens.len() {
                    return self.unclosed(opened);
                }
                return self.refuse(function, self.here(), &format!("takes {what}, with commas between"));
            }
        }
    }

    fn unclosed<T>(&mut self, opened: &Range<usize>) -> Option<T> {
        self.close(opened.clone());
        None
    }

    fn patterns(&mut self, function: &Function, at: &Range<usize>) -> Option<Vec<Pattern>> {
        let mut patterns = Vec::new();
        self.list(function, at, "patterns", |parser, form, text, at| patterns.extend(parser.pattern(form, &text, at)))?;
        (!patterns.is_empty()).then_some(patterns)
    }

    fn name_and_patterns(&mut self, function: &Function, opened: &Range<usize>) -> Option<Atom> {
        let (mut name, mut patterns) = (None, Vec::new());
        self.list(function, opened, "the name of an attribute, and patterns", |parser, form, text, at| {
            if name.is_some() {
                patterns.extend(parser.pattern(form, &text, at));
                return;
            }
            if let Some((attribute, value)) = text.split_once(['=', ':']) {
                let help = format!("write `attr({attribute}, {})`", value.trim_start_matches(['=', '~']));
                parser.told.error(at, "the name of an attribute and its value stand with a comma between").help =
                    Some(help);
            } else if form != Form::Glob || text.contains(['*', '?']) {
                parser.told.error(at, "the name of an attribute is no pattern").help =
                    Some(format!("for example `{}`", function.example));
            }
            name = Some(ArcStr::from(text));
        })?;
        name.map(|name| Atom::Attribute(name, patterns))
    }

    fn paths(&mut self, function: &Function, opened: &Range<usize>) -> Option<Vec<ArcStr>> {
        let mut paths = Vec::new();
        self.list(function, opened, "paths", |parser, form, text, at| {
            let is_pattern = form != Form::Glob || text.contains('*');
            if is_pattern {
                let help = "name files, or directories with a `/` at the end: all that is below them is meant";
                parser.told.error(at, "a path is no pattern").help = Some(help.to_owned());
            } else if text.starts_with('/') {
                let help = format!("write `{}`", text.trim_start_matches('/'));
                parser.told.error(at, "paths start at the root of the repository").help = Some(help);
            }
            paths.push(ArcStr::from(text));
        })?;
        Some(paths)
    }

    fn query_and_depth(&mut self, function: &Function, direction: Direction, opened: &Range<usize>) -> Option<Atom> {
        if self.take(&What::Close) {
            let message = format!("`{}` takes a query", function.name);
            self.told.error(opened.clone(), message).help = Some(format!("for example `{}`", function.example));
            return None;
        }
        let query = self.union();
        let depth = if self.take(&What::Comma) { Some(self.depth(function)?) } else { None };
        self.close(opened.clone());
        Some(Atom::Walk(direction, Box::new(query), depth))
    }

    fn depth(&mut self, function: &Function) -> Option<u32> {
        let at = self.here();
        match self.argument() {
            Some((Form::Glob, text, _)) if text.parse::<u32>().is_ok() => text.parse().ok(),
            _ => self.refuse(function, at, "takes a whole number of edges after the comma"),
        }
    }

    fn push(&mut self, function: &Function, opened: &Range<usize>) -> Option<TargetOf> {
        let mut of = TargetOf::default();
        if self.take(&What::Close) {
            return Some(of);
        }
        self.list(function, opened, "`project=…` and `tasks-for=…`", |parser, form, text, at| {
            let (name, value) = match text.split_once('=').filter(|_| form == Form::Glob) {
                Some((name, "")) => (name.to_owned(), parser.adjacent_quoted(&at)),
                Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
                None => (text.clone(), None),
            };
            let slot = match name.as_str() {
                "project" => &mut of.project,
                "tasks-for" => &mut of.tasks_for,
                _ => {
                    let help = suggest(&name, ["project", "tasks-for"]);
                    parser.told.error(at, format!("`target` does not take `{name}`")).help = help;
                    return;
                }
            };
            match value {
                Some(_) if slot.is_some() => drop(parser.told.error(at, format!("`{name}` is given twice"))),
                Some(value) => *slot = Some(value.into()),
                None => {
                    parser.told.error(at, format!("`{name}` has no value")).help = Some(format!("write `{name}=…`"))
                }
            }
        })?;
        Some(of)
    }

    /// The quoted text right behind a word.
    fn adjacent_quoted(&mut self, word: &Range<usize>) -> Option<String> {
        let token = self.tokens.get(self.at).filter(|token| token.at.start == word.end)?;
        let What::Quoted(text) = &token.what else { return None };
        let text = text.clone();
        self.at += 1;
        Some(text)
    }

    fn only_name(&mut self, function: &Function, opened: &Range<usize>) -> Option<ArcStr> {
        let mut names = Vec::new();
        self.list(function, opened, "one name", |parser, form, text, at| {
            if form == Form::Glob && names.is_empty() {
                names.push(ArcStr::from(text));
            } else {
                parser.told.error(at, format!("`{}` takes one name, and no pattern", function.name)).help =
                    Some(format!("for example `{}`", function.example));
            }
        })?;
        names.pop()
    }
}
