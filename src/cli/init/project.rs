//! What a new project is called.

use clap::ValueEnum;

use super::template::decision_image;
use crate::cli::failure::Failure;
use crate::local::push::checkout::web_address;
use crate::sources::repository::{Repository, RepositoryKind};

/// A trust level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Level {
    /// Anybody's
    #[value(name = "1")]
    One,
    /// In between
    #[value(name = "2")]
    Two,
    /// What is released
    #[value(name = "3")]
    Three,
}

impl Level {
    /// The digit.
    pub(super) const fn digit(self) -> &'static str {
        match self {
            Self::One => "1",
            Self::Two => "2",
            Self::Three => "3",
        }
    }
}

/// What runs the decision and action tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum WorkerKind {
    /// docker-worker, or a generic-worker that takes its payloads
    DockerWorker,
    /// generic-worker, with podman beside it
    GenericWorker,
}

/// What the user says of the project.
#[derive(Clone, Debug)]
pub(super) struct Given {
    pub(super) name: Option<String>,
    pub(super) trust_domain: Option<String>,
    pub(super) level: Level,
    pub(super) image: Option<String>,
    pub(super) worker: WorkerKind,
}

/// Asks a question; nothing if there is nobody to answer.
type Ask<'a> = dyn FnMut(&str) -> Result<Option<String>, Failure> + 'a;

impl Given {
    /// Asks for what is not given; an empty answer means what stands in brackets.
    pub(super) fn ask(&mut self, repository: &dyn Repository, ask: &mut Ask<'_>) -> Result<(), Failure> {
        let mut asked = |what: &str, default: String| -> Result<String, Failure> {
            let answer = ask(&format!("{what} [{default}]: "))?;
            Ok(answer.filter(|answer| !answer.is_empty()).unwrap_or(default))
        };
        if self.name.is_none() {
            self.name = Some(asked("name", default_name(repository))?);
        }
        let name = self.name.clone().unwrap_or_default();
        if self.trust_domain.is_none() {
            self.trust_domain = Some(asked("trust domain", default_trust_domain(&name))?);
        }
        let level = asked("level (1, 2 or 3)", self.level.digit().to_owned())?;
        self.level = Level::from_str(&level, false)
            .map_err(|_| Failure::Usage(format!("expected the level 1, 2 or 3, found `{level}`")))?;
        let image = self.image.clone().unwrap_or_else(|| decision_image(repository.kind()).to_owned());
        self.image = Some(asked("image of decision tasks", image)?);
        Ok(())
    }
}

/// A project that files can be made for: every value fits where it goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Project {
    /// For people.
    pub(super) name: String,
    /// Names the repository in `config.yml`, and in capitals begins the names of variables.
    pub(super) slug: String,
    pub(super) trust_domain: String,
    pub(super) level: Level,
    pub(super) image: String,
    pub(super) repository: RepositoryKind,
    pub(super) worker: WorkerKind,
}

/// With `-level-3` behind it, the queue takes at most 38 letters.
const LONGEST_TRUST_DOMAIN: usize = 30;

impl Project {
    /// The project, with defaults for what is not given.
    ///
    /// # Errors
    /// A value that does not fit where it goes.
    pub(super) fn new(repository: &dyn Repository, given: Given) -> Result<Self, Failure> {
        let name = given.name.unwrap_or_else(|| default_name(repository));
        if name.trim().is_empty() || name.chars().any(char::is_control) || name.contains("${") {
            return Err(unfit("--name", &name, "a name of one line"));
        }
        let trust_domain = given.trust_domain.unwrap_or_else(|| default_trust_domain(&name));
        let is_word = |letter: char| letter.is_ascii_alphanumeric() || "-_".contains(letter);
        if trust_domain.is_empty() || trust_domain.len() > LONGEST_TRUST_DOMAIN || !trust_domain.chars().all(is_word) {
            let expected = format!("1 to {LONGEST_TRUST_DOMAIN} of the letters a to z, digits, `-` and `_`");
            return Err(unfit("--trust-domain", &trust_domain, &expected));
        }
        let is_of_image = |letter: char| letter.is_ascii_alphanumeric() || "-_./:@".contains(letter);
        let image = given.image.unwrap_or_else(|| decision_image(repository.kind()).to_owned());
        if image.is_empty() || !image.chars().all(is_of_image) {
            return Err(unfit("--image", &image, "an image such as `registry.example.com/decision:1`"));
        }
        let (slug, repository) = (slug(&name, '_'), repository.kind());
        Ok(Self { name, slug, trust_domain, level: given.level, image, repository, worker: given.worker })
    }
}

fn unfit(option: &str, value: &str, expected: &str) -> Failure {
    Failure::Usage(format!("{option}: expected {expected}, found `{value}`"))
}

/// The repository's name where it was cloned from, else that of its folder.
fn default_name(repository: &dyn Repository) -> String {
    let of_folder = || repository.root().file_name().map(|name| name.to_string_lossy().into_owned());
    let of_remote = repository.remote_url().ok().and_then(|url| web_address(&url)).map(|address| address.name);
    of_remote.or_else(of_folder).unwrap_or_else(|| "project".to_owned())
}

fn default_trust_domain(name: &str) -> String {
    slug(name, '-').chars().take(LONGEST_TRUST_DOMAIN).collect::<String>().trim_end_matches('-').to_owned()
}

/// The name in small letters and digits, with `between` for all else. It begins with a letter.
fn slug(name: &str, between: char) -> String {
    let letters = name.to_lowercase().replace(|letter: char| !letter.is_ascii_alphanumeric(), " ");
    let slug = letters.split_whitespace().collect::<Vec<_>>().join(&between.to_string());
    if slug.starts_with(|letter: char| letter.is_ascii_alphabetic()) {
        return slug;
    }
    format!("project{between}{slug}").trim_end_matches(between).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::repository::MemoryRepository;

    fn given() -> Given {
        let image = Some("a/b:c".into());
        Given { name: None, trust_domain: None, level: Level::One, image, worker: WorkerKind::DockerWorker }
    }

    #[test]
    fn names_become_words() {
        assert_eq!(slug("My-Project 2.0", '_'), "my_project_2_0");
        assert_eq!(slug("2048", '-'), "project-2048");
        assert_eq!(slug("Ünïcode!", '_'), "n_code");
        assert_eq!(slug("…", '_'), "project");
        let long = default_trust_domain("a-name-that-is-very-very-long-a-b-c");
        assert_eq!(long, "a-name-that-is-very-very-long");
    }

    #[test]
    fn defaults_come_from_the_repository() {
        let project = Project::new(&MemoryRepository::default(), given()).unwrap();
        assert_eq!((project.name.as_str(), project.slug.as_str()), ("project", "project"));
        let nowhere =
            MemoryRepository { remote_url: None, root: "/a/Some Thing".into(), ..MemoryRepository::default() };
        let project = Project::new(&nowhere, given()).unwrap();
        assert_eq!((project.name.as_str(), project.trust_domain.as_str()), ("Some Thing", "some-thing"));
    }

    #[test]
    fn values_that_do_not_fit_are_refused() {
        let refused = |change: fn(&mut Given)| {
            let mut given = given();
            change(&mut given);
            Project::new(&MemoryRepository::default(), given).unwrap_err().into_diagnostics()[0].message.clone()
        };
        let said = refused(|given| given.trust_domain = Some("a b".into()));
        assert!(said.starts_with("--trust-domain: expected 1 to 30 of "), "{said}");
        assert!(refused(|given| given.trust_domain = Some("x".repeat(31))).contains("--trust-domain"));
        assert!(refused(|given| given.image = Some("${x}".into())).starts_with("--image: expected an image such as "));
        assert!(refused(|given| given.name = Some("a\nb".into())).contains("--name"));
    }

    #[test]
    fn what_is_not_given_is_asked_for() {
        let mut asked = Vec::new();
        let mut answers = vec!["", "3", "other", "Name"];
        let mut given = given();
        let mut ask = |question: &str| {
            asked.push(question.to_owned());
            Ok(answers.pop().map(str::to_owned))
        };
        given.ask(&MemoryRepository::default(), &mut ask).unwrap();
        assert_eq!(asked[0], "name [project]: ");
        assert_eq!(asked[1], "trust domain [name]: ");
        let project = Project::new(&MemoryRepository::default(), given).unwrap();
        assert_eq!(
            (project.trust_domain.as_str(), project.level, project.image.as_str()),
            ("other", Level::Three, "a/b:c")
        );
    }
}
