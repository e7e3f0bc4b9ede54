//! Clients, roles, and who is who.

mod clients;
mod history;
mod roles;
mod signatures;

use serde_json::{Value, json};

use super::PRINTABLE;
use crate::local::api::Service;
use crate::local::api::{Answer, ApiError, Call};
use crate::local::identity::Clients as _;
use crate::local::identity::scopes::ScopeSet;
use crate::local::store::identities::Change;

const NO_CLOUD: &str = "hands out credentials of a cloud or another service, of which there are none here";

pub(super) const SERVICE: Service = Service {
    name: "auth",
    operations: &[
        ("authenticateHawk", signatures::authenticate_hawk),
        ("client", clients::client),
        ("createClient", clients::create_client),
        ("createRole", roles::create_role),
        ("currentScopes", current_scopes),
        ("deleteClient", clients::delete_client),
        ("deleteRole", roles::delete_role),
        ("disableClient", clients::disable_client),
        ("enableClient", clients::enable_client),
        ("expandScopes", expand_scopes),
        ("getEntityHistory", history::get_entity_history),
        ("listAuditHistory", history::list_audit_history),
        ("listClients", clients::list_clients),
        ("listRoleIds", roles::list_role_ids),
        ("listRoles", roles::list_roles),
        ("listRoles2", roles::list_roles2),
        ("resetAccessToken", clients::reset_access_token),
        ("role", roles::role),
        ("testAuthenticate", signatures::test_authenticate),
        ("testAuthenticateGet", signatures::test_authenticate_get),
        ("updateClient", clients::update_client),
        ("updateRole", roles::update_role),
    ],
    not_served: &[
        ("awsS3Credentials", NO_CLOUD),
        ("azureAccounts", NO_CLOUD),
        ("azureContainerSAS", NO_CLOUD),
        ("azureContainers", NO_CLOUD),
        ("azureTableSAS", NO_CLOUD),
        ("azureTables", NO_CLOUD),
        ("gcpCredentials", NO_CLOUD),
        ("githubRepoToken", NO_CLOUD),
        ("sentryDSN", NO_CLOUD),
        ("websocktunnelToken", NO_CLOUD),
    ],
    params: &[
        ("clientId", "^[A-Za-z0-9!@/:.+|_-]+$"),
        ("roleId", PRINTABLE),
        ("entityType", "^(client|role|secret|hook|worker-pool)$"),
    ],
};

fn expanded(call: &Call<'_>, scopes: &[String]) -> Result<Value, ApiError> {
    let scopes: ScopeSet = scopes.iter().cloned().collect();
    Ok(call.clients().expand(scopes).map_err(ApiError::internal)?.to_json())
}

fn expand_scopes(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    Ok(Answer::Json(json!({"scopes": expanded(call, &call.list("scopes"))?})))
}

fn current_scopes(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    Ok(Answer::Json(json!({"scopes": call.caller().scopes().to_json()})))
}

fn record(call: &Call<'_>, action: &str, (entity_type, entity_id): (&str, &str)) -> Result<(), ApiError> {
    Ok(call.db.record(&Change {
        client_id: call.client_id().to_owned(),
        action_type: action.to_owned(),
        entity_type: entity_type.to_owned(),
        entity_id: entity_id.to_owned(),
        created: call.now,
    })?)
}

fn refuse_double_star(scopes: &[String]) -> Result<(), ApiError> {
    if scopes.iter().any(|scope| scope.ends_with("**")) {
        return Err(ApiError::input("scopes must not end with `**`"));
    }
    Ok(())
}
