//! Clients, roles and the record of who changed what.

use rusqlite::{Row, params};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Db, json as json_column};
use crate::local::time::Time;

/// A client as `auth.client` answers it, without `expandedScopes`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ClientDocument {
    pub(crate) client_id: String,
    pub(crate) description: String,
    pub(crate) expires: Time,
    pub(crate) created: Time,
    pub(crate) last_modified: Time,
    pub(crate) last_date_used: Time,
    pub(crate) last_rotated: Time,
    pub(crate) delete_on_expiration: bool,
    pub(crate) scopes: Vec<String>,
    pub(crate) disabled: bool,
}

/// A client with its secret.
#[derive(Clone, Debug)]
pub(crate) struct ClientRow {
    pub(crate) access_token: String,
    pub(crate) document: ClientDocument,
}

/// A role as `auth.role` answers it, without `expandedScopes`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Role {
    pub(crate) role_id: String,
    pub(crate) description: String,
    pub(crate) scopes: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) created: Option<Time>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) last_modified: Option<Time>,
}

/// Someone changed something.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Change {
    pub(crate) client_id: String,
    pub(crate) action_type: String,
    pub(crate) entity_type: String,
    pub(crate) entity_id: String,
    pub(crate) created: Time,
}

impl ClientRow {
    fn from_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self { access_token: row.get("access_token")?, document: json_column(row, "document")? })
    }

    pub(crate) fn save(&self, db: &Db<'_>) -> rusqlite::Result<()> {
        db.run(
            "INSERT OR REPLACE INTO clients VALUES (?, ?, ?)",
            params![self.document.client_id, self.access_token, json!(self.document).to_string()],
        )
        .map(drop)
    }
}

impl Role {
    pub(crate) fn save(&self, db: &Db<'_>) -> rusqlite::Result<()> {
        db.run("INSERT OR REPLACE INTO roles VALUES (?, ?)", params![self.role_id, json!(self).to_string()]).map(drop)
    }
}

impl Change {
    fn from_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            client_id: row.get("client_id")?,
            action_type: row.get("action")?,
            entity_type: row.get("entity_type")?,
            entity_id: row.get("entity_id")?,
            created: row.get("created")?,
        })
    }
}

impl Db<'_> {
    pub(crate) fn client(&self, client_id: &str) -> rusqlite::Result<Option<ClientRow>> {
        self.one("SELECT * FROM clients WHERE client_id = ?", [client_id], ClientRow::from_row)
    }

    pub(crate) fn clients(&self, prefix: &str, (count, skip): (usize, usize)) -> rusqlite::Result<Vec<ClientRow>> {
        let sql =
            "SELECT * FROM clients WHERE substr(client_id, 1, length(?1)) = ?1 ORDER BY client_id LIMIT ? OFFSET ?";
        self.all(sql, params![prefix, count, skip], ClientRow::from_row)
    }

    pub(crate) fn delete_client(&self, client_id: &str) -> rusqlite::Result<()> {
        self.run("DELETE FROM clients WHERE client_id = ?", [client_id]).map(drop)
    }

    pub(crate) fn roles(&self) -> rusqlite::Result<Vec<Role>> {
        self.all("SELECT document FROM roles ORDER BY role_id", [], |row| json_column(row, "document"))
    }

    pub(crate) fn role(&self, role_id: &str) -> rusqlite::Result<Option<Role>> {
        self.one("SELECT document FROM roles WHERE role_id = ?", [role_id], |row| json_column(row, "document"))
    }

    pub(crate) fn delete_role(&self, role_id: &str) -> rusqlite::Result<()> {
        self.run("DELETE FROM roles WHERE role_id = ?", [role_id]).map(drop)
    }

    pub(crate) fn record(&self, change: &Change) -> rusqlite::Result<()> {
        self.run(
            "INSERT INTO audit VALUES (?, ?, ?, ?, ?)",
            params![change.client_id, change.action_type, change.entity_type, change.entity_id, change.created],
        )
        .map(drop)
    }

    /// Changes to an entity, the oldest first.
    pub(crate) fn changes_to(
        &self,
        (entity_type, entity_id): (&str, &str),
        (count, skip): (usize, usize),
    ) -> rusqlite::Result<Vec<Change>> {
        let sql =
            "SELECT * FROM audit WHERE entity_type = ? AND entity_id = ? ORDER BY created, rowid LIMIT ? OFFSET ?";
        self.all(sql, params![entity_type, entity_id, count, skip], Change::from_row)
    }

    /// Changes that a client made, the oldest first.
    pub(crate) fn changes_by(&self, client: &str, (count, skip): (usize, usize)) -> rusqlite::Result<Vec<Change>> {
        let sql = "SELECT * FROM audit WHERE client_id = ? ORDER BY created, rowid LIMIT ? OFFSET ?";
        self.all(sql, params![client, count, skip], Change::from_row)
    }
}
