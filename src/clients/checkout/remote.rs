//! A git repository elsewhere: what refs it has, and objects of it.

use std::num::NonZeroU32;
use std::sync::atomic::AtomicBool;

use gix::bstr::{BStr, ByteSlice as _};
use gix::progress::Discard;
use gix::protocol::handshake::Ref;
use gix::remote::{Direction, fetch};
use gix::{ObjectId, Repository};
use gix_transport::Protocol;
use gix_transport::client::blocking_io::http::Transport;

use super::fail::{failed, refused, said};
use super::http::{Failure, Http};
use crate::clients::Patience;
use crate::clients::patience::Failed;
use crate::sources::{Error, ErrorKind, without_credentials};

/// A repository that answers over HTTP.
#[derive(Clone, Debug)]
pub(in crate::clients) struct Remote {
    url: gix::Url,
    shown: String,
    patience: Patience,
}

/// A ref of a remote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::clients) struct Reference {
    /// Its full name.
    pub(in crate::clients) name: String,
    /// What it names: a commit or a tag.
    pub(in crate::clients) object: ObjectId,
    /// The commit, that of the tag if it is one.
    pub(in crate::clients) commit: ObjectId,
}

/// An object to fetch.
#[derive(Clone, Debug)]
pub(in crate::clients) struct Want {
    /// Which.
    pub(in crate::clients) id: ObjectId,
    /// The ref that keeps it here.
    pub(in crate::clients) keep_as: String,
}

/// How much of the history comes with a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::clients) enum Depth {
    /// All that is not here yet.
    Whole,
    /// So many commits.
    Commits(NonZeroU32),
    /// All, where only a part was here.
    Unshallow,
}

impl Depth {
    /// A commit alone.
    pub(in crate::clients) const ONE: Self = Self::Commits(NonZeroU32::MIN);
}

impl Remote {
    /// The repository at this URL. Nothing is asked yet.
    ///
    /// # Errors
    /// A URL of another protocol.
    pub(in crate::clients) fn new(url: &str, patience: Patience) -> Result<Self, Error> {
        let shown = without_credentials(url);
        let request = format!("look at {shown}");
        let parsed = gix::url::parse(BStr::new(url)).map_err(failed(&request))?;
        match parsed.scheme {
            gix::url::Scheme::Http | gix::url::Scheme::Https => Ok(Self { url: parsed, shown, patience }),
            other => {
                let why = format!("`{}` is not spoken here, only http and https; run-task and git do", other.as_str());
                Err(refused(request, why))
            }
        }
    }

    /// The URL, for people.
    pub(in crate::clients) fn shown(&self) -> &str {
        &self.shown
    }

    /// Those of the refs with these full names that there are.
    ///
    /// # Errors
    /// If it does not answer.
    pub(in crate::clients) fn references(
        &self,
        repository: &Repository,
        names: &[String],
    ) -> Result<Vec<Reference>, Error> {
        let request = format!("list the refs of {}", self.shown);
        let listed = self.patience.run_blocking(|| {
            self.asking(&request, |transport| {
                let remote = self.remote(repository, names.iter().map(String::as_str))?;
                let connection = remote.to_connection_with_transport(transport).with_credentials(|_| Ok(None));
                Ok(connection.ref_map(Discard, gix::remote::ref_map::Options::default())?.0.remote_refs)
            })
        })?;
        let found = listed.iter().filter_map(reference);
        Ok(found.filter(|found| names.contains(&found.name)).collect())
    }

    /// Fetches objects into `repository`, and what they are made from.
    ///
    /// # Errors
    /// If it does not answer, has no such thing, or what it sends cannot be kept.
    pub(in crate::clients) fn fetch(&self, repository: &Repository, wants: &[Want], depth: Depth) -> Result<(), Error> {
        let ids: Vec<String> = wants.iter().map(|want| want.id.to_string()).collect();
        let request = format!("fetch {} from {}", ids.join(", "), self.shown);
        let specs: Vec<String> = wants.iter().map(|want| format!("+{}:{}", want.id, want.keep_as)).collect();
        let shallow = match depth {
            Depth::Whole => fetch::Shallow::NoChange,
            Depth::Commits(depth) => fetch::Shallow::DepthAtRemote(depth),
            Depth::Unshallow => fetch::Shallow::undo(),
        };
        self.patience.run_blocking(|| {
            self.asking(&request, |transport| {
                let remote = self.remote(repository, specs.iter().map(String::as_str))?;
                let connection = remote.to_connection_with_transport(transport).with_credentials(|_| Ok(None));
                let prepared = connection.prepare_fetch(Discard, gix::remote::ref_map::Options::default())?;
                prepared.with_shallow(shallow.clone()).receive(Discard, &AtomicBool::new(false))?;
                Ok(())
            })
        })
    }

    fn remote<'r, 's>(
        &self,
        repository: &'r Repository,
        specs: impl Iterator<Item = &'s str>,
    ) -> gix::Result<gix::Remote<'r>> {
        let remote = repository.remote_at_without_url_rewrite(self.url.clone())?;
        remote.with_fetch_tags(fetch::Tags::None).with_refspecs(specs.map(BStr::new), Direction::Fetch)
    }

    /// Asks once. Where a request has failed, that is the reason, whatever came of it.
    fn asking<T>(&self, request: &str, ask: impl FnOnce(Transport<Http>) -> gix::Result<T>) -> Result<T, Failed> {
        let http = Http::start().map_err(Failed::for_good)?;
        let failure = http.failure();
        let transport = Transport::new_http(http, self.url.clone(), Protocol::V2, false);
        ask(transport).map_err(|error| failed_at(request, &failure, &error))
    }
}

fn failed_at(request: &str, failure: &Failure, error: &gix::Error) -> Failed {
    if let Some(failed) = failure.take() {
        return failed;
    }
    let refusal = refused(request, said(error));
    // An answer that breaks off in the middle, or whose sums are wrong.
    if error.can_retry_lenient() || error.is_corrupted() {
        return Failed::for_now(Error { kind: ErrorKind::Unavailable, ..refusal });
    }
    Failed::for_good(refusal)
}

fn reference(listed: &Ref) -> Option<Reference> {
    let (name, object, commit) = match listed {
        Ref::Peeled { full_ref_name, tag, object } => (full_ref_name, *tag, *object),
        Ref::Direct { full_ref_name, object } => (full_ref_name, *object, *object),
        Ref::Symbolic { full_ref_name, tag, object, .. } => (full_ref_name, tag.unwrap_or(*object), *object),
        Ref::Unborn { .. } => return None,
    };
    Some(Reference { name: name.to_str().ok()?.to_owned(), object, commit })
}
