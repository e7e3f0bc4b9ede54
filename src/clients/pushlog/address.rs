//! How a push history is named on the command line.

use std::path::PathBuf;
use std::str::FromStr;

/// Where a push history is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// `hg:URL`: a Mercurial repository with a pushlog.
    Hg(String),
    /// `git:FOLDER#BRANCH`: a checkout; without a branch, what is checked out.
    Git {
        /// A folder of it.
        folder: PathBuf,
        /// The branch.
        branch: String,
    },
    /// `github:OWNER/NAME#BRANCH`, or `github:API/OWNER/NAME#BRANCH` with the API of an enterprise's server.
    Github {
        /// The API; that of github.com if it is not given.
        api: Option<String>,
        /// `OWNER/NAME`.
        repository: String,
        /// The branch.
        branch: String,
    },
    /// `treeherder:URL#PROJECT`.
    Treeherder {
        /// Where Treeherder is.
        url: String,
        /// The project; none for that of the push.
        project: Option<String>,
    },
    /// `file:PATH`: a file in the form of `json-pushes`.
    File(PathBuf),
}

/// A text that names no push history.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no push history: expected `hg:URL`, `git:FOLDER#BRANCH`, `github:OWNER/NAME#BRANCH`, \
     `treeherder:URL#PROJECT` or `file:PATH`"
)]
pub struct InvalidAddress(pub String);

impl FromStr for Address {
    type Err = InvalidAddress;

    fn from_str(text: &str) -> Result<Self, InvalidAddress> {
        let invalid = || InvalidAddress(text.to_owned());
        let (scheme, rest) = text.split_once(':').filter(|(_, rest)| !rest.is_empty()).ok_or_else(invalid)?;
        let (place, part) = rest.split_once('#').map_or((rest, None), |(place, part)| (place, Some(part.to_owned())));
        match scheme {
            "hg" => Ok(Self::Hg(rest.into())),
            "git" => Ok(Self::Git { folder: place.into(), branch: part.unwrap_or_else(|| "HEAD".into()) }),
            "github" => {
                let (api, repository) = github(place).ok_or_else(invalid)?;
                Ok(Self::Github { api, repository, branch: part.unwrap_or_else(|| "main".into()) })
            }
            "treeherder" => Ok(Self::Treeherder { url: place.into(), project: part }),
            "file" => Ok(Self::File(rest.into())),
            _ => Err(invalid()),
        }
    }
}

/// `OWNER/NAME`, and the API before it if there is one.
fn github(place: &str) -> Option<(Option<String>, String)> {
    let (rest, name) = place.rsplit_once('/')?;
    match rest.rsplit_once('/') {
        None => Some((None, place.to_owned())),
        Some((api, owner)) => {
            let is_url = api.starts_with("http://") || api.starts_with("https://");
            is_url.then(|| (Some(api.to_owned()), format!("{owner}/{name}")))
        }
    }
}
