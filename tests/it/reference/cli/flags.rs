//! Every option of every subcommand, beside the reference's own parser; and the committed page that lists them.

use std::collections::BTreeMap;
use std::process::Command;

use clap::builder::ValueRange;
use clap::{Arg, ArgAction};
use serde::Deserialize;

use crate::reference::reference_python;
use crate::support::{assert_file, repository};

/// What the reference has and we leave out on purpose: subcommand, option, and why, as the page says it.
const LEFT_OUT: &[(&str, &str, &str)] =
    &[("init", "--template", "a template for cookiecutter, hidden and for its own tests; ours are in the program")];

/// An option or argument of a subcommand.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
struct Opt {
    /// `-p`, `--parameters`, sorted; none for an argument that is known by its place.
    names: Vec<String>,
    /// `flag`, `value` or `optional value`.
    kind: String,
    repeats: bool,
    required: bool,
    default: String,
    choices: Vec<String>,
    hidden: bool,
    /// Shorter spellings that the reference takes.
    #[serde(default)]
    prefixes: Vec<String>,
}

type Options = BTreeMap<String, Vec<Opt>>;

fn theirs() -> Options {
    let script = repository().join("tests/it/reference/cli/flags.py");
    let output = Command::new(reference_python()).arg(script).output().expect("Python runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut options: Options = serde_json::from_slice(&output.stdout).expect("it prints JSON");
    for option in options.values_mut().flatten().filter(|option| option.names.iter().any(|name| name == "--root")) {
        // Some subcommands have no default and find `taskcluster` later; that is the same to the user.
        option.default = "taskcluster".to_owned();
    }
    options
}

/// Our subcommands by their whole names, in the order of the help, with their options.
fn ours() -> Vec<(String, Vec<Arg>)> {
    fn add(command: &clap::Command, name: &str, all: &mut Vec<(String, Vec<Arg>)>) {
        let nested: Vec<_> = command.get_subcommands().filter(|command| command.get_name() != "help").collect();
        if nested.is_empty() {
            all.push((name.to_owned(), command.get_arguments().cloned().collect()));
        }
        for command in nested {
            add(command, format!("{name} {}", command.get_name()).trim_start(), all);
        }
    }
    let mut command = pushgraph::cli::command();
    command.build();
    let mut all = Vec::new();
    add(&command, "", &mut all);
    all
}

fn names(arg: &Arg) -> Vec<String> {
    let longs = arg.get_long().into_iter().chain(arg.get_all_aliases().unwrap_or_default());
    let shorts = arg.get_short().into_iter().chain(arg.get_all_short_aliases().unwrap_or_default());
    let mut names: Vec<String> =
        longs.map(|name| format!("--{name}")).chain(shorts.map(|name| format!("-{name}"))).collect();
    names.sort();
    names
}

fn option(arg: &Arg) -> Opt {
    let takes_values = arg.get_action().takes_values();
    let is_optional = arg.get_num_args() == Some(ValueRange::new(0..=1));
    let kind = match (takes_values, is_optional) {
        (false, _) => "flag",
        (true, true) => "optional value",
        (true, false) => "value",
    };
    let default = arg.get_default_values().iter().map(|value| value.to_string_lossy()).collect::<Vec<_>>().join(",");
    let mut choices: Vec<String> = match takes_values {
        true => arg.get_possible_values().iter().map(|value| value.get_name().to_owned()).collect(),
        false => Vec::new(),
    };
    choices.sort();
    Opt {
        names: names(arg),
        kind: kind.to_owned(),
        repeats: matches!(arg.get_action(), ArgAction::Append),
        required: arg.is_required_set(),
        default: if takes_values { default } else { String::new() },
        choices,
        hidden: arg.is_hide_set(),
        prefixes: Vec::new(),
    }
}

fn is_left_out(subcommand: &str, names: &[String]) -> bool {
    LEFT_OUT.iter().any(|(of, name, _)| *of == subcommand && names.iter().any(|known| known == name))
}

/// What is wrong with ours for one option of theirs.
fn difference(subcommand: &str, wanted: &Opt, options: &[Opt]) -> Option<String> {
    let found = options.iter().find(|option| match wanted.names.first() {
        Some(name) => option.names.contains(name),
        None => option.names.is_empty(),
    });
    let same = Opt { prefixes: Vec::new(), ..wanted.clone() };
    match found {
        _ if is_left_out(subcommand, &wanted.names) => None,
        None => Some(format!("{subcommand}: ours lacks {:?}", wanted.names)),
        Some(ours) if *ours != same => Some(format!("{subcommand}: ours is {ours:?}, theirs is {same:?}")),
        Some(_) => wanted.prefixes.iter().find_map(|prefix| shadowed(subcommand, prefix, ours_named(wanted), options)),
    }
}

fn ours_named(wanted: &Opt) -> &str {
    wanted.names.first().map_or("", String::as_str)
}

/// A shorter spelling leads to the option it leads to there, and to no other.
fn shadowed(subcommand: &str, prefix: &str, name: &str, options: &[Opt]) -> Option<String> {
    let takes = |option: &&Opt| option.names.iter().any(|name| name.starts_with(prefix));
    let found: Vec<_> = options.iter().filter(takes).collect();
    let is_it = found.len() == 1 && found[0].names.iter().any(|known| known == name);
    (!is_it).then(|| format!("{subcommand} {prefix}: theirs means {name}, ours may mean {found:?}"))
}

#[test]
fn every_option_of_the_reference_is_ours() {
    let ours: Options =
        ours().into_iter().map(|(name, args)| (name, args.iter().map(option).collect::<Vec<_>>())).collect();
    let (mut wrong, mut compared) = (Vec::new(), 0);
    for (subcommand, options) in theirs() {
        match ours.get(&subcommand) {
            Some(found) => {
                compared += options.len();
                wrong.extend(options.iter().filter_map(|wanted| difference(&subcommand, wanted, found)));
            }
            None => wrong.push(format!("there is no subcommand {subcommand}")),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(compared > 100, "the reference has more options than {compared}");
}

#[test]
fn what_is_left_out_is_there_to_be_left_out() {
    let theirs = theirs();
    for (subcommand, name, _) in LEFT_OUT {
        let is_theirs = theirs[*subcommand].iter().any(|option| option.names.iter().any(|known| known == name));
        assert!(is_theirs, "the reference has no {subcommand} {name}");
        let (_, args) = ours().into_iter().find(|(known, _)| known == subcommand).expect("we have the subcommand");
        assert!(args.iter().all(|arg| !names(arg).iter().any(|known| known == name)), "we have {subcommand} {name}");
    }
}

const HEAD: &str = "\
# The command line

Every subcommand and option. Made from the program itself and from the parser of `taskcluster-taskgraph` 24.5.1, and
compared with both by `tests/it/reference/cli/flags.rs`; not written by hand (`PUSHGRAPH_BLESS=1` writes it anew).

Under *taskgraph*, `same` means: same names, same way to take values, same default. Long options may be shortened
as there. `-h`/`--help` is everywhere; exit codes are in [exit-codes.md](exit-codes.md), variables of the environment in
[environment.md](environment.md).
";

#[test]
fn the_page_lists_them() {
    let (theirs, mut sections) = (theirs(), Vec::<(Vec<String>, String)>::new());
    for (subcommand, args) in ours() {
        let table = table(&subcommand, &args, theirs.get(&subcommand));
        match sections.last_mut() {
            // The subcommands that show a graph differ in nothing.
            Some((names, same)) if *same == table => names.push(subcommand),
            _ => sections.push((vec![subcommand], table)),
        }
    }
    let section = |(names, table): &(Vec<String>, String)| format!("\n## `{}`\n\n{table}", names.join("`, `"));
    let page = HEAD.to_owned() + &sections.iter().map(section).collect::<String>();
    assert_file(&repository().join("docs/command-line.md"), &page).unwrap_or_else(|error| panic!("{error}"));
}

fn table(subcommand: &str, args: &[Arg], theirs: Option<&Vec<Opt>>) -> String {
    let shown = args.iter().filter(|arg| arg.get_id() != "help");
    let rows = shown.map(|arg| row(arg, theirs));
    let left_out = LEFT_OUT.iter().filter(|(of, _, _)| *of == subcommand);
    let left_out = left_out.map(|(_, name, why)| format!("| `{name}` | | left out: {why} |\n"));
    let head = "| option | what it says | taskgraph |\n|---|---|---|\n".to_owned();
    head + &rows.chain(left_out).collect::<String>()
}

fn row(arg: &Arg, theirs: Option<&Vec<Opt>>) -> String {
    let option = option(arg);
    let value = arg.get_value_names().unwrap_or_default().join(" ");
    let value = match option.kind.as_str() {
        "flag" => String::new(),
        "value" if option.names.is_empty() => value,
        "value" => format!(" {value}"),
        _ => format!(" [{value}]"),
    };
    let mut what = arg.get_help().map(ToString::to_string).unwrap_or_default().replace('|', "\\|");
    if !option.default.is_empty() {
        what += &format!(" (`{}` if not given)", option.default);
    }
    if option.required && !option.names.is_empty() {
        what += " (required)";
    }
    if option.hidden {
        what += " (hidden)";
    }
    let is_theirs = theirs.is_some_and(|theirs| theirs.iter().any(|known| known.names == option.names));
    let names = option.names.iter().rev().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let named = if names.is_empty() { format!("`{value}`") } else { names + &value };
    format!("| {named} | {what} | {} |\n", if is_theirs { "same" } else { "–" })
}
