//! A request on its way through its handler.

use std::cell::{Cell, OnceCell};

use serde_json::Value;

use super::error::{ApiError, ErrorCode};
use super::pagination::PageQuery;
use super::reference::Entry;
use super::route::Params;
use super::template::Fill;
use crate::local::identity::scopes::Expression;
use crate::local::identity::scopes::ScopeSet;
use crate::local::identity::{Auth, Caller, Client, Credentials, Signed, StoredClients, hawk};
use crate::local::store::Db;
use crate::local::time::Time;

/// What answers an operation: one function, in one transaction.
///
/// An error undoes what the function did.
pub(crate) type Handler = fn(&mut Call<'_>) -> Result<Answer, ApiError>;

/// What a handler says.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    /// 200 and the document.
    Json(Value),
    /// 204.
    Empty,
    /// Another status, with headers and a document.
    Other { status: u16, headers: Vec<(&'static str, String)>, body: Value },
    /// Nothing to tell yet: ask again when something changes, and say this if nothing does.
    Wait(Value),
    /// An error that undoes nothing.
    Refused(ApiError),
}

/// What is the same for every request.
#[derive(Clone, Debug)]
pub(crate) struct Site {
    /// Where the server is reached, without a slash at the end.
    pub(crate) root_url: String,
    pub(crate) auth: Auth,
    /// Who signs the credentials that are handed to workers; with [`Auth::Enforced`], the root client.
    pub(crate) root: Credentials,
    /// Signs the URLs of uploads and downloads.
    pub(crate) url_key: String,
    /// How long a claim lasts.
    pub(crate) claim_timeout: chrono::Duration,
}

/// A request that was routed, with everything its handler may ask.
pub(crate) struct Call<'a> {
    pub(crate) entry: &'static Entry,
    pub(crate) params: Params,
    pub(crate) query: Vec<(String, String)>,
    /// The body, checked, with defaults filled in; `{}` if there was none.
    pub(crate) body: Value,
    pub(crate) now: Time,
    pub(crate) db: &'a Db<'a>,
    pub(crate) site: &'a Site,
    pub(crate) signed: &'a Signed,
    /// The hash of the body as it was sent, in base64, for those who sign it.
    pub(crate) body_hash: &'a dyn Fn() -> String,
    pub(crate) caller: OnceCell<Caller>,
    pub(crate) authorized: Cell<bool>,
}

impl Call<'_> {
    /// A parameter of the URL; empty if it may be left out and was.
    pub(crate) fn param(&self, name: &str) -> &str {
        self.params.iter().find(|(param, _)| param == name).map_or("", |(_, value)| value)
    }

    /// The number of the run in the URL; one that is too large to be a run's is the largest there is.
    pub(crate) fn run_id(&self) -> usize {
        let run_id: u32 = self.param("runId").parse().unwrap_or(u32::MAX);
        usize::try_from(run_id).unwrap_or(usize::MAX)
    }

    /// A text of the body.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.body[name].as_str().unwrap_or_default()
    }

    /// A date of the body; the schema has checked that it is one.
    pub(crate) fn date(&self, name: &str) -> Result<Time, ApiError> {
        Time::parse(self.text(name)).ok_or_else(|| ApiError::input(format!("`{name}` is not a date and time")))
    }

    /// The texts of a list of the body.
    pub(crate) fn list(&self, name: &str) -> Vec<String> {
        let items = self.body[name].as_array().into_iter().flatten();
        items.filter_map(Value::as_str).map(str::to_owned).collect()
    }

    /// A query string.
    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The page of a list that was asked for.
    pub(crate) fn page(&self) -> PageQuery<'_> {
        PageQuery { limit: self.query("limit"), token: self.query("continuationToken") }
    }

    /// Who calls.
    pub(crate) fn caller(&self) -> &Caller {
        self.caller.get_or_init(|| self.identify())
    }

    /// Who calls, for records.
    pub(crate) fn client_id(&self) -> &str {
        self.caller().client_id()
    }

    /// Where clients and roles are looked up.
    pub(crate) fn clients(&self) -> StoredClients<'_> {
        StoredClients { db: self.db, root: &self.site.root, now: self.now }
    }

    fn identify(&self) -> Caller {
        let caller = match self.site.auth {
            Auth::Open => self.identify_openly(),
            Auth::Enforced { .. } => hawk::authenticate(&self.clients(), self.signed, self.now),
        };
        match caller {
            Caller::Client(client) => self.check_hash(client),
            other => other,
        }
    }

    fn identify_openly(&self) -> Caller {
        let (scopes, expires) = (ScopeSet::everything(), self.now + chrono::Duration::days(1));
        match hawk::claimed_client_id(self.signed) {
            Ok(Some(client_id)) => Caller::Client(Client { client_id, scopes, expires, hash: None }),
            Ok(None) => Caller::Anonymous { scopes, expires },
            Err(message) => Caller::Refused(message),
        }
    }

    fn check_hash(&self, client: Client) -> Caller {
        let Some(hash) = &client.hash else { return Caller::Client(client) };
        let computed = (self.body_hash)();
        if *hash == computed {
            return Caller::Client(client);
        }
        Caller::Refused(format!(
            "Invalid payload hash: {hash}\nComputed payload hash: {computed}\nThis happens when your request carries \
             a signed hash of the payload and the hash doesn't match the hash we've computed on the server-side."
        ))
    }

    /// Checks that the caller has the scopes that the operation asks for.
    ///
    /// # Errors
    /// If the credentials are not good, or don't reach.
    pub(crate) fn authorize(&self, fill: &Fill<'_>) -> Result<(), ApiError> {
        self.authorized.set(true);
        let Some(template) = &self.entry.scopes else { return Ok(()) };
        let caller = self.caller();
        if let Caller::Refused(message) = caller {
            return Err(ApiError::new(ErrorCode::AuthenticationFailed, message));
        }
        let expression = template.render(fill).map_err(|error| ApiError::internal(error.to_string()))?;
        let scopes = caller.scopes();
        if scopes.satisfies(&expression) { Ok(()) } else { Err(insufficient(caller, &scopes, &expression)) }
    }

    /// Checks the scopes of an operation that asks for nothing but its URL's parameters and these texts.
    ///
    /// # Errors
    /// As [`Self::authorize`].
    pub(crate) fn authorize_with(&self, texts: &[(&str, &str)]) -> Result<(), ApiError> {
        let params = self.params.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let fill =
            params.chain(texts.iter().copied()).fold(Fill::default(), |fill, (name, value)| fill.text(name, value));
        self.authorize(&fill)
    }
}

fn insufficient(caller: &Caller, scopes: &ScopeSet, expression: &Expression) -> ApiError {
    let message = match caller {
        Caller::Client(client) => {
            let missing = scopes.missing(expression).unwrap_or_else(|| expression.clone());
            format!(
                "Client ID {} does not have sufficient scopes and is missing the following scopes:\n\n\
                 ```\n{missing}\n```\n\n\
                 This request requires the client to satisfy the following scope expression:\n\n```\n{expression}\n```",
                client.client_id
            )
        }
        Caller::Anonymous { .. } | Caller::Refused(_) => format!(
            "This request requires Taskcluster credentials that satisfy the following scope expression:\n\n\
             ```\n{expression}\n```"
        ),
    };
    ApiError::new(ErrorCode::InsufficientScopes, message)
}
