//! The options of a `try:` line.

/// What the options of a line say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Options {
    /// `-b`: build types, such as `opt`.
    pub(super) build_types: Vec<&'static str>,
    /// `-p`: build platforms.
    pub(super) platforms: String,
    /// `-u`: unit tests.
    pub(super) unittests: String,
    /// `-t`: talos tests.
    pub(super) talos: String,
    /// `-r`: raptor tests.
    pub(super) raptor: String,
    /// `-j`: jobs.
    pub(super) jobs: Vec<String>,
    /// `--rebuild`, `--rebuild-talos`, `--rebuild-raptor`: how often tests run.
    pub(super) rebuild: [Option<u32>; 3],
    /// `--setenv`: names and values.
    pub(super) environment: Vec<(String, String)>,
    /// `--tag`
    pub(super) tag: Option<String>,
    /// Flags by their long names.
    pub(super) flags: Vec<&'static str>,
    /// `--try-test-paths`, without their flavors.
    pub(super) paths: Vec<String>,
    /// Whether those say which tests run: where `-u` says nothing.
    pub(super) do_paths_select: bool,
    /// What means nothing here.
    pub(super) ignored: Vec<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            build_types: Vec::new(),
            platforms: ALL.into(),
            unittests: ALL.into(),
            talos: NONE.into(),
            raptor: NONE.into(),
            jobs: Vec::new(),
            rebuild: [None; 3],
            environment: Vec::new(),
            tag: None,
            flags: Vec::new(),
            paths: Vec::new(),
            do_paths_select: false,
            ignored: Vec::new(),
        }
    }
}

/// Everything.
pub(super) const ALL: &str = "all";

/// Nothing.
pub(super) const NONE: &str = "none";

/// Whether an option has a value.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Value {
    No,
    /// Without one it means [`ALL`].
    Maybe,
    Yes,
    Many,
}

/// Short name, long name, and whether there is a value.
const OPTIONS: &[(&str, &str, Value)] = &[
    ("-b", "--build", Value::Yes),
    ("-e", "--all-emails", Value::No),
    ("-f", "--failure-emails", Value::No),
    ("-i", "--interactive", Value::No),
    ("-j", "--job", Value::Yes),
    ("-p", "--platform", Value::Maybe),
    ("-r", "--raptor", Value::Maybe),
    ("-t", "--talos", Value::Maybe),
    ("-u", "--unittests", Value::Maybe),
    ("-w", "--taskcluster-worker", Value::No),
    ("", "--artifact", Value::No),
    ("", "--gecko-profile", Value::No),
    ("", "--include-nightly", Value::No),
    ("", "--no-retry", Value::No),
    ("", "--rebuild", Value::Yes),
    ("", "--rebuild-raptor", Value::Yes),
    ("", "--rebuild-talos", Value::Yes),
    ("", "--setenv", Value::Yes),
    ("", "--tag", Value::Yes),
    ("", "--try-test-paths", Value::Many),
];

impl Options {
    /// The options of a line's words.
    ///
    /// # Errors
    /// An option without the value it needs, or with one that means nothing, in words that fit after "the `try:`
    /// line: ".
    pub(super) fn read(words: &[String]) -> Result<Self, String> {
        let (mut options, mut names_tests) = (Self::default(), false);
        let mut words = words.iter().peekable();
        while let Some(word) = words.next() {
            let Some((name, value, glued)) = known(word) else {
                options.ignored.push(word.clone());
                continue;
            };
            names_tests |= name == "--unittests";
            let follows = |next: &&String| !next.starts_with('-') || name == "--build" && are_letters(next);
            match value {
                Value::No => options.flags.push(name),
                Value::Maybe => {
                    let value = glued.or_else(|| words.next_if(follows).map(String::as_str)).unwrap_or(ALL);
                    options.set(name, value)?;
                }
                Value::Yes => {
                    let value = glued.or_else(|| words.next_if(follows).map(String::as_str));
                    options.set(name, value.ok_or_else(|| format!("`{name}` needs a value"))?)?;
                }
                Value::Many => {
                    while let Some(path) = words.next_if(follows) {
                        options.set(name, path)?;
                    }
                }
            }
        }
        options.do_paths_select = !names_tests && !options.paths.is_empty();
        if options.do_paths_select {
            options.unittests = NONE.into();
        }
        Ok(options)
    }

    /// Whether a flag was given.
    pub(super) fn has(&self, flag: &str) -> bool {
        self.flags.contains(&flag)
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), String> {
        match name {
            "--build" => self.build_types = build_types(value),
            "--platform" => self.platforms = value.into(),
            "--unittests" => self.unittests = value.into(),
            "--talos" => self.talos = value.into(),
            "--raptor" => self.raptor = value.into(),
            "--job" => self.jobs.extend(value.split(',').filter(|job| !job.is_empty()).map(str::to_owned)),
            "--rebuild" => self.rebuild[0] = Some(count(name, value)?),
            "--rebuild-talos" => self.rebuild[1] = Some(count(name, value)?),
            "--rebuild-raptor" => self.rebuild[2] = Some(count(name, value)?),
            "--setenv" => {
                let (key, value) = value.split_once('=').ok_or_else(|| format!("`{name}` needs `NAME=value`"))?;
                self.environment.push((key.into(), value.into()));
            }
            "--tag" => self.tag = Some(value.into()),
            // The flavor of the tests stands before the path; the path alone says where they are.
            "--try-test-paths" => self.paths.push(value.split_once(':').map_or(value, |(_, path)| path).into()),
            _ => {}
        }
        Ok(())
    }
}

/// The option that a word is: its long name, whether it has a value, and the value that is part of the word.
fn known(word: &str) -> Option<(&'static str, Value, Option<&str>)> {
    let long = word.split_once('=').map_or((word, None), |(name, value)| (name, Some(value)));
    if let Some((_, name, value)) =
        OPTIONS.iter().find(|(_, name, value)| *name == long.0 && (long.1.is_none() || *value != Value::No))
    {
        return Some((name, *value, long.1));
    }
    let (_, name, value) = OPTIONS.iter().find(|(short, _, _)| !short.is_empty() && word.starts_with(short))?;
    let glued = Some(&word[2..]).filter(|glued| !glued.is_empty());
    match (value, glued) {
        (Value::No, Some(_)) => None,
        _ => Some((name, *value, glued.map(|glued| glued.strip_prefix('=').unwrap_or(glued)))),
    }
}

/// Whether a word that looks like an option can be build types: `-b -do` is `-b do`, as people wrote it.
fn are_letters(word: &str) -> bool {
    let letters = word.trim_start_matches('-');
    !letters.is_empty() && letters.chars().all(|letter| matches!(letter, 'd' | 'o'))
}

fn build_types(letters: &str) -> Vec<&'static str> {
    let has = |letter| letters.contains(letter);
    [("debug", has('d')), ("opt", has('o'))].into_iter().filter_map(|(name, has)| has.then_some(name)).collect()
}

fn count(name: &str, value: &str) -> Result<u32, String> {
    match value.parse() {
        Ok(count) if count > 0 => Ok(count),
        _ => Err(format!("`{name}` needs a whole number from 1 on, not `{value}`")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::words::{Brackets, split};
    use super::*;

    fn read(line: &str) -> Result<Options, String> {
        Options::read(&split(line, Brackets::Join).unwrap())
    }

    #[test]
    fn values_may_be_glued_separate_or_left_out() {
        for line in
            ["-b do -p a,b -u x", "-bdo -pa,b -ux", "--build=do --platform=a,b --unittests=x", "-b -do -p a,b -u x"]
        {
            let options = read(line).unwrap();
            assert_eq!((options.build_types, options.platforms.as_str()), (vec!["debug", "opt"], "a,b"), "{line}");
            assert_eq!((options.unittests.as_str(), options.talos.as_str()), ("x", "none"), "{line}");
        }
        let options = read("-b o -p -u -t").unwrap();
        assert_eq!([options.platforms, options.unittests, options.talos], ["all", "all", "all"]);
        assert_eq!(read("-b oxz").unwrap().build_types, ["opt"]);
    }

    #[test]
    fn the_rest_is_read() {
        let options = read(
            "-j a,b -j c --rebuild 5 --rebuild-talos=3 --setenv A=b=c --tag x --no-retry -i --try-test-paths \
             xpcshell:a/b reftest:c -w",
        )
        .unwrap();
        assert_eq!((options.jobs.join(" "), options.rebuild), ("a b c".into(), [Some(5), Some(3), None]));
        assert_eq!(options.environment, [("A".into(), "b=c".into())]);
        assert_eq!(options.tag.as_deref(), Some("x"));
        assert_eq!(options.flags, ["--no-retry", "--interactive", "--taskcluster-worker"]);
        assert_eq!(options.paths, ["a/b", "c"]);
    }

    #[test]
    fn what_is_unknown_is_ignored_and_what_is_wrong_is_refused() {
        assert_eq!(read("-b o please --frobnicate -q").unwrap().ignored, ["please", "--frobnicate", "-q"]);
        assert_eq!(read("-b").unwrap_err(), "`--build` needs a value");
        assert_eq!(read("--rebuild many").unwrap_err(), "`--rebuild` needs a whole number from 1 on, not `many`");
        assert_eq!(read("--setenv A").unwrap_err(), "`--setenv` needs `NAME=value`");
    }
}
