//! Where results go: the standard output or a file.

use std::fs;
use std::io::{self, Write as _};
use std::path::PathBuf;

use super::failure::Failure;
use super::format::Shown;

/// Prints text, as it is.
///
/// # Errors
/// If the standard output is closed or full.
pub(super) fn print(text: &str) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    let written = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
    written.map_err(|error| Failure::Output { target: "the standard output".into(), error })
}

/// Prints a line for people, on stderr.
pub(super) fn tell(line: &str) {
    // A closed stderr leaves nobody to tell.
    let _ = writeln!(io::stderr(), "{line}");
}

/// Writes text to a file.
///
/// # Errors
/// If it cannot be written.
pub(super) fn write(path: &str, text: &str) -> Result<(), Failure> {
    fs::write(path, text).map_err(|error| Failure::Output { target: format!("`{path}`"), error })
}

/// Where the result of one set of parameters goes.
#[derive(Clone, Debug)]
pub(super) enum Target {
    /// The standard output, below a line on stderr that names the parameters.
    Stdout,
    /// A file.
    File(PathTemplate),
}

impl Target {
    /// The target that `--output-file` asks for.
    ///
    /// # Errors
    /// A path with braces other than `{params}`.
    pub(super) fn new(output_file: Option<&str>, sets: Sets) -> Result<Self, Failure> {
        output_file.map_or(Ok(Self::Stdout), |path| PathTemplate::new(path, sets).map(Self::File))
    }

    /// Writes a result and two newlines, as the reference does.
    ///
    /// # Errors
    /// If it cannot be written.
    pub(super) fn dump(&self, shown: &Shown, parameters: &str) -> Result<(), Failure> {
        let (target, written) = match self {
            Self::Stdout => {
                tell(&format!("Dumping result with parameters from {parameters}:"));
                ("the standard output".to_owned(), dump_to(io::stdout(), shown))
            }
            Self::File(template) => {
                let path = template.path(parameters);
                let written = fs::File::create(&path).and_then(|file| dump_to(file, shown));
                (format!("`{path}`"), written)
            }
        };
        written.map_err(|error| Failure::Output { target, error })
    }
}

fn dump_to(mut to: impl io::Write + Send, shown: &Shown) -> io::Result<()> {
    shown.write(&mut to)?;
    to.write_all(b"\n\n")?;
    to.flush()
}

/// Whether there are several sets of parameters, whose results need names of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sets {
    /// One.
    One,
    /// Several.
    Several,
}

/// A path in which `{params}` stands for the name of the parameters.
#[derive(Clone, Debug)]
pub(super) struct PathTemplate(String);

const PARAMS: &str = "{params}";

impl PathTemplate {
    fn new(path: &str, sets: Sets) -> Result<Self, Failure> {
        let rest = path.replace(PARAMS, "").replace("{{", "").replace("}}", "");
        if rest.contains(['{', '}']) {
            return Err(Failure::Usage(format!(
                "`{path}`: only `{PARAMS}` may stand in braces; write `{{{{` and `}}}}` for braces"
            )));
        }
        match sets {
            Sets::Several if !path.contains(PARAMS) => Ok(Self(with_params_before_extension(path))),
            Sets::One | Sets::Several => Ok(Self(path.to_owned())),
        }
    }

    /// The path for these parameters.
    pub(super) fn path(&self, parameters: &str) -> String {
        self.0.replace(PARAMS, parameters).replace("{{", "{").replace("}}", "}")
    }
}

/// `a/b.json` → `a/b_{params}.json`, where dots at the start of a name begin no extension.
fn with_params_before_extension(path: &str) -> String {
    let buf = PathBuf::from(path);
    let extension = buf.extension().map(|extension| format!(".{}", extension.to_string_lossy())).unwrap_or_default();
    let stem = path.strip_suffix(&extension).unwrap_or(path);
    format!("{stem}_{PARAMS}{extension}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(template: &str, sets: Sets) -> String {
        PathTemplate::new(template, sets).unwrap().path("try")
    }

    #[test]
    fn several_sets_get_paths_of_their_own() {
        assert_eq!(path("a.b/out.json", Sets::One), "a.b/out.json");
        assert_eq!(path("a.b/out.json", Sets::Several), "a.b/out_try.json");
        assert_eq!(path("a.b/out", Sets::Several), "a.b/out_try");
        assert_eq!(path("{params}/out.json", Sets::Several), "try/out.json");
        assert_eq!(path("{params}{{1}}", Sets::One), "try{1}");
        assert!(PathTemplate::new("{nope}", Sets::One).is_err());
    }
}
