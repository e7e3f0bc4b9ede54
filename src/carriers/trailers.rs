//! Lines of the commit message: `Try-Query: kind(test) & ~linux`, `Try-Env: [~xpcshell] A=b`.
//!
//! A line that begins with white space goes on with the one before, as in any trailer. A change that begins with a
//! query in brackets is for the tasks of that query only.

use super::{Carrier, Error, Found, Push, message};
use crate::diagnostics::{Diagnostic, Mistakes, SourceFile, suggest};
use crate::json;
use crate::model::{CarrierName, Changes, ChangesFor, Rebuild, Selects, TryTaskConfig};
use crate::query::front_ends::{Brackets, split};
use crate::sources::proposal::Load;
use crate::yaml::{self, Node};

pub(super) const CARRIER: Carrier = Carrier { name: CarrierName::Trailers, rank: 4, read, write };

/// What every line begins with.
const MARK: &str = "Try-";

/// What the commit message is shown under.
const MESSAGE: &str = "commit message";

/// What a line does to a request.
#[derive(Clone, Copy)]
enum Line {
    /// It selects.
    Selects(fn(&mut Selects, &str)),
    /// It changes tasks.
    Changes(fn(&mut Changes, &str) -> Result<(), String>),
}

/// Every line, by what follows [`MARK`].
const LINES: &[(&str, Line)] = &[
    ("Args", Line::Changes(arguments)),
    ("Env", Line::Changes(environment)),
    ("Fuzzy", Line::Selects(|selects, value| selects.fuzzy.push(value.into()))),
    ("Input", Line::Changes(input)),
    ("Labels", Line::Selects(labels)),
    ("No-Retry", Line::Changes(|changes, value| yes_or_no(value).map(|yes| changes.no_retry = yes))),
    ("Optimize", Line::Changes(|changes, value| yes_or_no(value).map(|yes| changes.optimize = Some(yes)))),
    ("Paths", Line::Changes(paths)),
    ("Preset", Line::Selects(|selects, value| selects.preset = Some(value.into()))),
    ("Priority", Line::Changes(priority)),
    ("Query", Line::Selects(query)),
    ("Rebuild", Line::Changes(rebuild)),
    ("Route", Line::Changes(route)),
    ("Syntax", Line::Selects(|selects, value| selects.syntax = Some(value.into()))),
    ("Worker", Line::Changes(worker)),
];

fn read(push: &Push<'_>) -> Result<Option<Found>, Error> {
    let Some(message) = message(push)? else { return Ok(None) };
    let lines = lines(&message);
    let (Some(first), Some(last)) = (lines.first(), lines.last()) else { return Ok(None) };
    let text = message[first.start..last.start + last.length].to_owned();
    let file = push.files.add(MESSAGE, message.as_str())?;
    let (mut request, mut mistakes) = (TryTaskConfig::default(), Mistakes::default());
    for line in &lines {
        mistakes.extend(apply(&mut request, line, &file).err());
    }
    Ok(mistakes.or(Some(Found { text, request: Some(request), ..Found::default() }))?)
}

/// A trailer in a message.
struct Trailer {
    /// Where it begins, and how long it is, in bytes.
    start: usize,
    length: usize,
    /// What follows [`MARK`].
    name: String,
    /// Its value, on one line.
    value: String,
}

fn lines(message: &str) -> Vec<Trailer> {
    let mut found: Vec<Trailer> = Vec::new();
    let (mut at, mut goes_on) = (0, false);
    for line in message.split_inclusive('\n') {
        let content = line.trim_end();
        if goes_on && line.starts_with([' ', '\t']) && !content.is_empty() {
            if let Some(last) = found.last_mut() {
                last.value.push(' ');
                last.value.push_str(content.trim_start());
                last.length = at + content.len() - last.start;
            }
        } else {
            let trailer = named(content);
            goes_on = trailer.is_some();
            found.extend(trailer.map(|(name, value)| Trailer {
                start: at,
                length: content.len(),
                name: name.to_owned(),
                value: value.to_owned(),
            }));
        }
        at += line.len();
    }
    found
}

/// Name and value of a line, if it is a trailer of ours.
fn named(line: &str) -> Option<(&str, &str)> {
    let start = line.get(..MARK.len()).filter(|start| start.eq_ignore_ascii_case(MARK))?;
    let (name, value) = line[start.len()..].split_once(':')?;
    let is_name = !name.is_empty() && name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '-');
    is_name.then_some((name, value.trim()))
}

fn apply(request: &mut TryTaskConfig, trailer: &Trailer, file: &SourceFile) -> Result<(), Diagnostic> {
    let span = file.span(trailer.start..trailer.start + trailer.length);
    let Some((_, line)) = LINES.iter().find(|(name, _)| name.eq_ignore_ascii_case(&trailer.name)) else {
        let name = format!("{MARK}{}", trailer.name);
        let mut mistake = Diagnostic::error(format!("`{name}` is nothing that a push can ask for")).at(span);
        let names: Vec<String> = LINES.iter().map(|(name, _)| format!("{MARK}{name}")).collect();
        mistake.help = suggest(&name, names.iter().map(String::as_str));
        return Err(mistake);
    };
    let refused = |why: String| Diagnostic::error(format!("`{MARK}{}`: {why}", trailer.name)).at(span);
    match line {
        Line::Selects(select) => select(&mut request.selects, &trailer.value),
        Line::Changes(change) => {
            let (tasks, value) = for_some(&trailer.value).map_err(refused)?;
            change(changes_for(request, tasks), value).map_err(refused)?;
        }
    }
    Ok(())
}

/// A query in brackets, and what follows it.
fn for_some(value: &str) -> Result<(Option<&str>, &str), String> {
    let Some(rest) = value.strip_prefix('[') else { return Ok((None, value)) };
    let mut depth = 1_usize;
    for (at, character) in rest.char_indices() {
        match character {
            '[' => depth += 1,
            ']' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Ok((Some(rest[..at].trim()), rest[at + 1..].trim()));
        }
    }
    Err("`[` is not closed".into())
}

/// The changes for those tasks; later ones for the same tasks are added to them.
fn changes_for<'r>(request: &'r mut TryTaskConfig, tasks: Option<&str>) -> &'r mut Changes {
    let Some(tasks) = tasks else { return &mut request.changes };
    let at = request.for_some.iter().position(|part| part.tasks == tasks).unwrap_or_else(|| {
        request.for_some.push(ChangesFor { tasks: tasks.to_owned(), changes: Changes::default() });
        request.for_some.len() - 1
    });
    &mut request.for_some[at].changes
}

fn query(selects: &mut Selects, value: &str) {
    // Several queries mean what any of them means.
    selects.query = Some(match selects.query.take() {
        Some(before) => format!("({before}) | ({value})"),
        None => value.to_owned(),
    });
}

fn labels(selects: &mut Selects, value: &str) {
    let words = value.split(|character: char| character == ',' || character.is_whitespace());
    let labels = words.filter(|word| !word.is_empty()).map(str::to_owned);
    selects.tasks.get_or_insert_default().extend(labels);
}

fn arguments(changes: &mut Changes, value: &str) -> Result<(), String> {
    changes.arguments.extend(split(value, Brackets::AreLetters)?);
    Ok(())
}

fn environment(changes: &mut Changes, value: &str) -> Result<(), String> {
    for word in split(value, Brackets::AreLetters)? {
        let (name, value) = word.split_once('=').ok_or_else(|| format!("expected `NAME=value`, found `{word}`"))?;
        changes.env.insert(name.to_owned(), value.to_owned());
    }
    Ok(())
}

fn paths(changes: &mut Changes, value: &str) -> Result<(), String> {
    changes.paths.extend(split(value, Brackets::AreLetters)?);
    Ok(())
}

fn rebuild(changes: &mut Changes, value: &str) -> Result<(), String> {
    let count = value.parse().ok().filter(|count| *count > 0);
    let count = count.ok_or_else(|| format!("expected a whole number from 1 on, found `{value}`"))?;
    changes.rebuild = Some(Rebuild::All(count));
    Ok(())
}

fn priority(changes: &mut Changes, value: &str) -> Result<(), String> {
    let priority = yaml::read(&Node::new(value)).map_err(|mistakes: Mistakes| mistakes.to_string())?;
    changes.priority = Some(priority);
    Ok(())
}

fn route(changes: &mut Changes, value: &str) -> Result<(), String> {
    changes.routes.push(value.to_owned());
    Ok(())
}

fn worker(changes: &mut Changes, value: &str) -> Result<(), String> {
    let (from, to) = value.split_once('=').ok_or_else(|| format!("expected `TYPE=ALIAS`, found `{value}`"))?;
    changes.worker_overrides.insert(from.trim().to_owned(), to.trim().to_owned());
    Ok(())
}

/// `name` alone, or `name=value`, where a value that is JSON is one.
fn input(changes: &mut Changes, value: &str) -> Result<(), String> {
    let (name, value) = value.split_once('=').map_or((value, Node::new(true)), |(name, value)| {
        (name.trim(), json::parse(value).unwrap_or_else(|_| Node::new(value.trim())))
    });
    changes.inputs.insert(name.to_owned(), value);
    Ok(())
}

fn yes_or_no(value: &str) -> Result<bool, String> {
    match value {
        "yes" | "true" => Ok(true),
        "no" | "false" => Ok(false),
        _ => Err(format!("expected `yes` or `no`, found `{value}`")),
    }
}

fn write(request: &TryTaskConfig) -> Result<Load, String> {
    written(request).map(Load::Message).ok_or_else(|| "lines of a commit message cannot say it".into())
}

/// A request as trailers, one on a line, if they can say it.
fn written(request: &TryTaskConfig) -> Option<String> {
    let Selects { version: _, carried_by: _, tasks, query, fuzzy, syntax, preset, tasks_regex, worker_types } =
        &request.selects;
    if tasks_regex.is_some() || !worker_types.is_empty() {
        return None;
    }
    let mut lines = Vec::new();
    let mut add = |name: &str, value: &str| lines.push(format!("{MARK}{name}: {value}"));
    tasks.iter().for_each(|labels| add("Labels", &labels.join(", ")));
    query.iter().for_each(|text| add("Query", text));
    fuzzy.iter().for_each(|text| add("Fuzzy", text));
    syntax.iter().for_each(|text| add("Syntax", text));
    preset.iter().for_each(|text| add("Preset", text));
    write_changes(&mut lines, "", &request.changes)?;
    for part in &request.for_some {
        write_changes(&mut lines, &format!("[{}] ", part.tasks), &part.changes)?;
    }
    let text = lines.join("\n");
    // A line that reads back as something else is not written.
    (!lines.iter().any(|line| line.contains('\n'))).then_some(text)
}

fn write_changes(lines: &mut Vec<String>, tasks: &str, changes: &Changes) -> Option<()> {
    let mut add = |name: &str, value: &str| lines.push(format!("{MARK}{name}: {tasks}{value}"));
    let quoted = |words: &[String]| words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ");
    if !changes.arguments.is_empty() {
        add("Args", &quoted(&changes.arguments));
    }
    changes.env.iter().for_each(|(name, value)| add("Env", &quoted(&[format!("{name}={value}")])));
    if !changes.paths.is_empty() {
        add("Paths", &quoted(&changes.paths));
    }
    match &changes.rebuild {
        Some(Rebuild::All(count)) => add("Rebuild", &count.to_string()),
        Some(Rebuild::Each(_)) => return None,
        None => {}
    }
    if let Some(priority) = changes.priority {
        add("Priority", yaml::write(&priority).as_str()?);
    }
    changes.worker_overrides.iter().for_each(|(from, to)| add("Worker", &format!("{from}={to}")));
    if changes.no_retry {
        add("No-Retry", "yes");
    }
    if let Some(optimize) = changes.optimize {
        add("Optimize", if optimize { "yes" } else { "no" });
    }
    changes.routes.iter().for_each(|route| add("Route", route));
    for (name, value) in &changes.inputs {
        add("Input", &format!("{name}={}", json::to_string(value, json::Format::COMPACT).ok()?));
    }
    Some(())
}

/// A word as a shell reads it back.
fn quoted(word: &str) -> String {
    let is_plain = |letter: char| letter.is_alphanumeric() || "-_=./:,@%+".contains(letter);
    if !word.is_empty() && word.chars().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}
