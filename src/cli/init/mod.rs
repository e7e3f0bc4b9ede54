//! `init`: a project's first tree, from nothing.
//!
//! The files are in the program; nothing is fetched. What is there already and is not one of them stays as it is.

mod project;
mod template;
mod write;

use std::fs;
use std::io::{self, BufRead as _, Write as _};
use std::path::Path;

use clap::Args;

use self::project::{Given, Level, Project, WorkerKind};
use self::template::{File, files};
use super::Outcome;
use super::exit::Exit;
use super::failure::Failure;
use super::output::tell;
use super::session::Session;
use super::world::World;

/// What the new project is called, and where its decision runs.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Overwrite what is there without asking
    #[arg(short, long)]
    force: bool,
    /// Ask for every value that is not given
    #[arg(long)]
    prompt: bool,
    /// The project's name; without it that of the repository
    #[arg(long)]
    name: Option<String>,
    /// Prefix of worker pools, schedulers and index paths; without it made from the name
    #[arg(long, value_name = "NAME")]
    trust_domain: Option<String>,
    /// Trust level of pushes and releases on GitHub
    #[arg(long, value_enum, default_value = "1")]
    level: Level,
    /// With a transform of the project's own in Starlark
    #[arg(long)]
    starlark: bool,
    /// Image that decision and action tasks run in: it has pushgraph, and hg if the repository is of Mercurial; without it
    /// the one that `docker/build` makes of this version
    #[arg(long)]
    image: Option<String>,
    /// What runs them
    #[arg(long, value_enum, default_value = "docker-worker")]
    worker: WorkerKind,
}

/// Writes the files of a new project into the repository.
pub(super) fn run(session: &Session, arguments: &Arguments) -> Outcome {
    let repository = World::new(session).repository()?;
    let mut given = Given {
        name: arguments.name.clone(),
        trust_domain: arguments.trust_domain.clone(),
        level: arguments.level,
        image: arguments.image.clone(),
        worker: arguments.worker,
    };
    if arguments.prompt {
        given.ask(&*repository, &mut answer)?;
    }
    let project = Project::new(&*repository, given)?;
    let files = files(&project, arguments.starlark);
    let root = repository.root();
    let state = State::of(root, &files);
    if state == State::Same {
        tell("all of it is there already");
        return Ok(Exit::Done);
    }
    if let State::Other(paths) = &state
        && !arguments.force
        && !may_overwrite(paths)?
    {
        tell("nothing is written");
        return Ok(Exit::Wrong);
    }
    write::all(root, &files)?;
    let names: Vec<&str> = files.iter().map(|file| file.path).collect();
    tell(&format!("written to {}: {}", root.display(), names.join(", ")));
    tell("\nnext: commit them; `pushgraph full` shows the tasks, `pushgraph local push` runs a push on this machine");
    tell(&format!("on a Taskcluster, decision tasks run in the image `{}`: it must be there", project.image));
    Ok(Exit::Done)
}

/// What of the project is there.
#[derive(Debug, PartialEq, Eq)]
enum State {
    /// Nothing.
    New,
    /// All of it, as it would be written.
    Same,
    /// These would be overwritten, and are different.
    Other(Vec<&'static str>),
}

impl State {
    fn of(root: &Path, files: &[File]) -> Self {
        let found: Vec<_> = files.iter().map(|file| (file, fs::read(root.join(file.path)))).collect();
        let is_there = |path: &Path| path.symlink_metadata().is_ok();
        if found.iter().all(|(file, content)| content.as_ref().is_ok_and(|content| content == file.content.as_bytes()))
        {
            return Self::Same;
        }
        let differs = |(file, content): &&(&File, io::Result<Vec<u8>>)| match content {
            Ok(content) => content != file.content.as_bytes(),
            Err(_) => is_there(&root.join(file.path)),
        };
        let others: Vec<_> = found.iter().filter(differs).map(|(file, _)| file.path).collect();
        if others.is_empty() { Self::New } else { Self::Other(others) }
    }
}

fn may_overwrite(paths: &[&str]) -> Result<bool, Failure> {
    let mut question = format!("there is a Taskcluster setup already; overwrite {}? [y/N]: ", paths.join(", "));
    loop {
        let Some(answer) = answer(&question)? else {
            tell("");
            return Err(Failure::refused(
                "there is a Taskcluster setup already, and nobody says whether to overwrite it".into(),
                "`--force` overwrites it without asking",
            ));
        };
        match answer.to_lowercase().as_str() {
            "y" | "yes" => return Ok(true),
            "" | "n" | "no" => return Ok(false),
            other => question = format!("expected `y` or `n`, found `{other}`: "),
        }
    }
}

/// What the user answers; nothing if there is nobody to ask.
fn answer(question: &str) -> Result<Option<String>, Failure> {
    // A closed stderr leaves nobody to ask, which shows when the answer is read.
    let _ = write!(io::stderr(), "{question}");
    let mut line = String::new();
    let read = io::stdin().lock().read_line(&mut line);
    match read.map_err(|error| Failure::refused(format!("cannot read the answer: {error}"), "give `--force`"))? {
        0 => Ok(None),
        _ => Ok(Some(line.trim().to_owned())),
    }
}
