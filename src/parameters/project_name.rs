//! The project's name, told by the URL of its repository.

use std::sync::LazyLock;

use fancy_regex::Regex;

/// One form of URL that the reference knows, and the hosts it knows it of.
struct Form {
    pattern: &'static str,
    hosts: &'static [&'static str],
}

const HG: &[&str] = &["hg.mozilla.org"];
const GITHUB: &[&str] = &["github.com", "gist.github.com"];

/// In the order tried. Each has a group `host`, and a group `path` that ends in the name.
const FORMS: &[Form] = &[
    Form { pattern: r"^hg://(?<host>[^/]+?)(?:|:https|:ssh)(?<path>/(?:[^/]+?/?){1,2})/?$", hosts: HG },
    Form { pattern: r"^(?:hg::)?https://(?<host>[^/]+?)(?<path>/(?:[^/]+?/?){1,2})(?:/(?:raw-)?file/.+)?$", hosts: HG },
    Form { pattern: r"^(?:hg::)?ssh(?:://)?(?<host>.+?)(?<path>[:/](?:[^/]+?/?){1,2})/?$", hosts: HG },
    Form {
        pattern: r"^(?:git\+)?https://(?:[^/]+?:[^/]+?@)?(?<host>[^/]+?)(?<path>/[^/]+?/[^/]+?/?(?:/(?:blob|tree)/.+)?)$",
        hosts: GITHUB,
    },
    Form {
        pattern: r"^(?:(?:git\+)?ssh)?(?:://)?git@(?<host>.+?)(?<path>[:/][^/]+/[^/]+?/?(?:/(?:blob|tree)/.+)?)$",
        hosts: GITHUB,
    },
    Form { pattern: r"^git://(?<host>.+?)(?<path>/[^/]+/[^/]+?/?(?:/(?:blob|tree)/.+)?)$", hosts: GITHUB },
    // Deeper paths, which the reference takes for a foreign host's.
    Form { pattern: r"^(?:git\+)?https://(?:[^/]+?:[^/]+?@)?(?<host>[^:/]+)(?::\d+)?(?<path>/.+/[^/]+)$", hosts: HG },
    Form { pattern: r"^(?:(?:git\+)?ssh)?(?:://)?.+?@(?<host>[^:/]+):?\d*(?<path>/?[^/]+/.+)$", hosts: HG },
    Form { pattern: r"^git://(?<host>[^:/]+):?\d*(?<path>/.+/[^/]+)$", hosts: HG },
    // Known, but without a name.
    Form { pattern: r"^.+@(?<host>[^/]+?):(?<path>).+", hosts: HG },
    Form { pattern: r"^(?:https?|git)://(?<host>[^/]+?)/(?<path>).+", hosts: HG },
];

static PATTERNS: LazyLock<Vec<Option<Regex>>> =
    LazyLock::new(|| FORMS.iter().map(|form| Regex::new(&format!("(?i){}", form.pattern)).ok()).collect());

/// The name of the repository at `url`, if it is one the reference knows: of GitHub or hg.mozilla.org.
///
/// Source: the packages `mozilla-repo-urls` and `giturlparse`, which the reference asks.
pub(super) fn known_project_name(url: &str) -> Option<String> {
    let url = url.trim_end_matches('/');
    FORMS.iter().zip(PATTERNS.iter()).find_map(|(form, pattern)| {
        let found = pattern.as_ref()?.captures(url).ok()??;
        form.hosts.contains(&&found["host"]).then(|| last_part(&found["path"]))
    })
}

/// The name of any repository, where the reference gives up: the last part of its address.
pub(super) fn probable_project_name(url: &str) -> String {
    last_part(url.trim_end_matches('/'))
}

fn last_part(path: &str) -> String {
    let path = path.trim_matches(':').trim_end_matches('/');
    let path = path.strip_suffix(".git").unwrap_or(path).trim_matches('/');
    path.rsplit('/').next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_compiles() {
        assert!(PATTERNS.iter().all(Option::is_some));
    }

    /// The names as mozilla-repo-urls 0.2.2 with giturlparse 0.16.0 gives them; no name where it refuses.
    #[test]
    fn names_are_the_reference_s() {
        let table = include_str!("testdata/project_names.txt");
        for line in table.lines() {
            let (url, name) = line.split_once('\t').unwrap();
            let expected = name.strip_prefix('=').map(str::to_owned);
            assert_eq!(known_project_name(url), expected, "{url}");
        }
    }

    #[test]
    fn other_hosts_have_names_too() {
        for url in ["https://gitlab.com/o/r.git", "git@codeberg.org:o/r.git", "/srv/r.git", "file:///srv/r/"] {
            assert_eq!(probable_project_name(url), "r", "{url}");
        }
    }
}
