//! Who calls, and what they may do: clients, roles, Hawk signatures and temporary credentials.

pub(crate) mod certificate;
pub(crate) mod hawk;
pub(crate) mod roles;
pub(crate) mod scopes;

use serde_json::{Value, json};

use super::store::Db;
use super::time::Time;
pub(crate) use hawk::Signed;
use scopes::ScopeSet;

/// Whether callers must prove who they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Auth {
    /// Everyone who reaches the server may do everything; credentials are neither needed nor checked.
    Open,
    /// Hawk signatures and scopes are checked as in a real deployment. The root client may do everything.
    Enforced {
        /// The root client's id.
        client_id: String,
        /// The root client's access token.
        access_token: String,
    },
}

/// A client id with its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Credentials {
    pub(crate) client_id: String,
    pub(crate) access_token: String,
}

/// Who a caller turned out to be.
#[derive(Clone, Debug)]
pub(crate) enum Caller {
    /// No credentials were given.
    Anonymous { scopes: ScopeSet, expires: Time },
    /// The credentials are good.
    Client(Client),
    /// The credentials are not good, with the reason.
    Refused(String),
}

/// A caller with good credentials.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    pub(crate) client_id: String,
    pub(crate) scopes: ScopeSet,
    pub(crate) expires: Time,
    /// The hash of the body that the caller signed, in base64.
    pub(crate) hash: Option<String>,
}

impl Caller {
    /// What the caller may do.
    pub(crate) fn scopes(&self) -> ScopeSet {
        match self {
            Self::Anonymous { scopes, .. } => scopes.clone(),
            Self::Client(client) => client.scopes.clone(),
            Self::Refused(_) => ScopeSet::default(),
        }
    }

    /// The client id, for records; never to decide by.
    pub(crate) fn client_id(&self) -> &str {
        match self {
            Self::Anonymous { .. } => "auth-failed:no-auth",
            Self::Client(client) => &client.client_id,
            Self::Refused(_) => "auth-failed:auth-failed",
        }
    }

    /// As `auth.authenticateHawk` answers it.
    pub(crate) fn to_json(&self) -> Value {
        match self {
            Self::Anonymous { scopes, expires } => {
                json!({"status": "no-auth", "scheme": "none", "scopes": scopes.to_json(), "expires": expires})
            }
            Self::Refused(message) => json!({"status": "auth-failed", "message": message}),
            Self::Client(client) => {
                let mut answer = json!({
                    "status": "auth-success", "scheme": "hawk", "scopes": client.scopes.to_json(),
                    "clientId": client.client_id, "expires": client.expires,
                });
                if let Some(hash) = &client.hash {
                    answer["hash"] = json!(hash);
                }
                answer
            }
        }
    }
}

/// What the credentials of a client id are, for [`hawk`] to check against.
#[derive(Clone, Debug)]
pub(crate) struct KnownClient {
    pub(crate) access_token: String,
    pub(crate) scopes: ScopeSet,
    pub(crate) expires: Time,
}

/// Where client ids are looked up.
pub(crate) trait Clients {
    /// The client, or why it may not call.
    fn client(&self, client_id: &str) -> Result<KnownClient, String>;

    /// What scopes stand for once their roles are looked up.
    fn expand(&self, scopes: ScopeSet) -> Result<ScopeSet, String>;
}

/// The clients and roles of the store, and the root client.
#[derive(Debug)]
pub(crate) struct StoredClients<'a> {
    pub(crate) db: &'a Db<'a>,
    pub(crate) root: &'a Credentials,
    pub(crate) now: Time,
}

impl Clients for StoredClients<'_> {
    fn client(&self, client_id: &str) -> Result<KnownClient, String> {
        if client_id == self.root.client_id {
            return Ok(KnownClient {
                access_token: self.root.access_token.clone(),
                scopes: ScopeSet::everything(),
                expires: self.now + chrono::Duration::days(365),
            });
        }
        let row = self.db.client(client_id).map_err(|error| error.to_string())?;
        let row = row.ok_or_else(|| format!("Client with clientId '{client_id}' not found"))?;
        if row.document.disabled {
            return Err(format!("Client with clientId '{client_id}' is disabled"));
        }
        if row.document.expires < self.now {
            return Err(format!("Client with clientId: '{client_id}' has expired"));
        }
        let scopes = self.expand(row.document.scopes.into_iter().collect())?;
        Ok(KnownClient { access_token: row.access_token, scopes, expires: row.document.expires })
    }

    fn expand(&self, scopes: ScopeSet) -> Result<ScopeSet, String> {
        let roles = self.db.roles().map_err(|error| error.to_string())?;
        Ok(roles::expand(&scopes, &roles))
    }
}
