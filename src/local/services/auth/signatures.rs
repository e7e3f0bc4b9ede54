//! Signatures checked for other services, and for clients that test themselves.

use chrono::Duration;
use serde_json::json;

use crate::local::api::{Answer, ApiError, Call, ErrorCode, Time};
use crate::local::identity::scopes::{Expression, ScopeSet};
use crate::local::identity::{Caller, Clients, KnownClient, Signed, hawk};

pub(super) fn authenticate_hawk(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let signed = Signed {
        method: call.text("method").to_uppercase(),
        resource: call.text("resource").to_owned(),
        host: call.text("host").to_owned(),
        port: call.body["port"].as_u64().and_then(|port| port.try_into().ok()).unwrap_or_default(),
        authorization: call.body["authorization"].as_str().map(str::to_owned),
    };
    Ok(Answer::Json(hawk::authenticate(&call.clients(), &signed, call.now).to_json()))
}

/// The only client there is in a test of signatures; its access token is known to all.
struct Tester {
    scopes: ScopeSet,
    now: Time,
}

impl Clients for Tester {
    fn client(&self, client_id: &str) -> Result<KnownClient, String> {
        if client_id != "tester" {
            return Err(format!("Client with clientId '{client_id}' not found"));
        }
        let (access_token, scopes) = ("no-secret".to_owned(), self.scopes.clone());
        Ok(KnownClient { access_token, scopes, expires: self.now + Duration::days(1) })
    }

    fn expand(&self, scopes: ScopeSet) -> Result<ScopeSet, String> {
        Ok(scopes)
    }
}

pub(super) fn test_authenticate(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    test(call, call.list("clientScopes"), call.list("requiredScopes"))
}

pub(super) fn test_authenticate_get(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let scopes = ["test:*", "auth:create-client:test:*"].map(str::to_owned).to_vec();
    test(call, scopes, vec!["test:authenticate-get".to_owned()])
}

fn test(call: &Call<'_>, scopes: Vec<String>, required: Vec<String>) -> Result<Answer, ApiError> {
    let tester = Tester { scopes: scopes.into_iter().collect(), now: call.now };
    let caller = hawk::authenticate(&tester, call.signed, call.now);
    if let Caller::Refused(message) = &caller {
        return Err(ApiError::new(ErrorCode::AuthenticationFailed, message));
    }
    let expression = Expression::AllOf(required.into_iter().map(Expression::Scope).collect());
    let scopes = caller.scopes();
    if let Some(missing) = scopes.missing(&expression) {
        let message = format!("{} is missing the following scopes:\n\n```\n{missing}\n```", caller.client_id());
        return Err(ApiError::new(ErrorCode::InsufficientScopes, message));
    }
    Ok(Answer::Json(json!({"clientId": caller.client_id(), "scopes": scopes.to_json()})))
}
