//! What a data folder holds from the start: keys, and the roles without which enforced scopes are of no use.

use super::identity::{Auth, Credentials};
use super::ids;
use super::store::Db;
use super::store::identities::Role;
use super::time::Time;

/// The keys of a server.
#[derive(Debug)]
pub(crate) struct Keys {
    pub(crate) root: Credentials,
    pub(crate) url_key: String,
}

/// What everyone may do without credentials, as in deployments that are open to read.
const ANONYMOUS: &[&str] = &[
    "auth:current-scopes",
    "auth:expand-scopes",
    "auth:get-client:*",
    "auth:get-role:*",
    "auth:list-clients",
    "auth:list-roles",
    "hooks:get:*",
    "hooks:list-hooks:*",
    "hooks:list-last-fires:*",
    "hooks:status:*",
    "index:find-task:*",
    "index:list-namespaces:*",
    "index:list-tasks:*",
    "purge-cache:all-purge-requests",
    "purge-cache:purge-requests:*",
    "queue:claimed-count:*",
    "queue:claimed-list:*",
    "queue:get-artifact:public/*",
    "queue:get-provisioner:*",
    "queue:get-task-queue:*",
    "queue:get-task:*",
    "queue:get-worker-type:*",
    "queue:get-worker:*",
    "queue:list-artifacts:*",
    "queue:list-dependent-tasks:*",
    "queue:list-provisioners",
    "queue:list-task-group:*",
    "queue:list-task-queues",
    "queue:list-worker-types:*",
    "queue:list-workers:*",
    "queue:pending-count:*",
    "queue:pending-list:*",
    "queue:status:*",
];

/// The keys of the folder, made at the first start; the root client is the one that was asked for.
pub(crate) fn keys(db: &Db<'_>, auth: &Auth) -> rusqlite::Result<Keys> {
    let url_key = kept(db, "url-key")?;
    let root = match auth {
        Auth::Open => Credentials { client_id: "root".to_owned(), access_token: kept(db, "access-token")? },
        Auth::Enforced { client_id, access_token } => {
            Credentials { client_id: client_id.clone(), access_token: access_token.clone() }
        }
    };
    Ok(Keys { root, url_key })
}

fn kept(db: &Db<'_>, name: &str) -> rusqlite::Result<String> {
    if let Some(value) = db.setting(name)? {
        return Ok(value);
    }
    let value = ids::token();
    db.set_setting(name, &value)?;
    Ok(value)
}

/// Makes the role `anonymous` if scopes are enforced and there is none.
pub(crate) fn roles(db: &Db<'_>, auth: &Auth, now: Time) -> rusqlite::Result<()> {
    if *auth == Auth::Open || db.role("anonymous")?.is_some() {
        return Ok(());
    }
    let role = Role {
        role_id: "anonymous".to_owned(),
        description: "What everyone may do without credentials.".to_owned(),
        scopes: ANONYMOUS.iter().map(|&scope| scope.to_owned()).collect(),
        created: Some(now),
        last_modified: Some(now),
    };
    role.save(db)
}
