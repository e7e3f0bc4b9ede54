//! A request from its bytes to its answer, in the order of checks of the real services:
//! body, credentials (if the URL is enough to know the scopes), URL parameters, query string, schema, handler.

use std::cell::{Cell, OnceCell};

use serde_json::{Value, json};

use super::call::{Answer, Call, Handler, Site};
use super::error::{ApiError, ErrorCode};
use super::reference::Entry;
use super::route::Params;
use super::schema;
use super::service::{Service, matches, query_pattern};
use crate::local::identity::{Signed, hawk};
use crate::local::numbers;
use crate::local::store::{Db, Ending};
use crate::local::time::Time;

/// A request to an operation that exists.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) service: &'static Service,
    pub(crate) entry: &'static Entry,
    pub(crate) handler: Handler,
    pub(crate) params: Params,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) content_type: Option<String>,
    pub(crate) body: Vec<u8>,
    pub(crate) signed: Signed,
}

/// What goes back.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Option<Value>,
    /// Whether to ask again when something changes, for as long as the caller may be kept waiting.
    pub(crate) wait: bool,
}

/// Answers a request; everything that it did is kept unless it failed.
pub(crate) fn dispatch(site: &Site, db: &Db<'_>, now: Time, request: &Request) -> (Reply, Ending) {
    let mut echo = json!({});
    let result = answer(site, db, now, request, &mut echo);
    let failed = |error: &ApiError| error_reply(error, request, echo.clone(), now);
    match result {
        Ok(Answer::Refused(error)) => (failed(&error), Ending::Keep),
        Ok(answer) => (reply(answer), Ending::Keep),
        Err(error) => (failed(&error), Ending::Undo),
    }
}

fn answer(site: &Site, db: &Db<'_>, now: Time, request: &Request, echo: &mut Value) -> Result<Answer, ApiError> {
    let body = parse_body(request)?;
    echo.clone_from(&body);
    let body_hash = || hawk::payload_hash(request.content_type.as_deref().unwrap_or_default(), &request.body);
    let mut call = Call {
        entry: request.entry,
        params: request.params.clone(),
        query: request.query.clone(),
        body,
        now,
        db,
        site,
        signed: &request.signed,
        body_hash: &body_hash,
        caller: OnceCell::new(),
        authorized: Cell::new(false),
    };
    if request.entry.scopes_from_url {
        call.authorize_with(&[])?;
    }
    check_params(&call, request.service)?;
    check_query(&call)?;
    check_body(&mut call, request)?;
    echo.clone_from(&call.body);
    let answer = (request.handler)(&mut call)?;
    check_answer(&call, answer)
}

/// The body as JSON; one that is not sent as JSON is not looked at.
fn parse_body(request: &Request) -> Result<Value, ApiError> {
    if !is_json(request) || request.body.is_empty() {
        return Ok(json!({}));
    }
    let mut body: Value = serde_json::from_slice(&request.body).map_err(|error| malformed(&error))?;
    if !(body.is_object() || body.is_array()) {
        let message = "Failed to parse JSON: Must be an object or array";
        return Err(ApiError::new(ErrorCode::MalformedPayload, message));
    }
    numbers::as_javascript(&mut body);
    Ok(body)
}

/// Half a surrogate pair is JSON to the services, but nothing that they can store.
fn malformed(error: &serde_json::Error) -> ApiError {
    let text = error.to_string();
    if text.contains("surrogate") || text.contains("end of hex escape") {
        return ApiError::internal(format!("a text of the body cannot be stored: {text}"));
    }
    ApiError::new(ErrorCode::MalformedPayload, format!("Failed to parse JSON: {text}"))
}

fn is_json(request: &Request) -> bool {
    let content_type = request.content_type.as_deref().unwrap_or_default();
    content_type.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json")
}

fn check_params(call: &Call<'_>, service: &Service) -> Result<(), ApiError> {
    let mut errors = Vec::new();
    for (name, value) in &call.params {
        let Some(pattern) = service.param_pattern(name) else { continue };
        if !matches(pattern, value) {
            errors.push(format!(
                "URL parameter '{name}' given as '{value}' must match regular expression: '/{pattern}/'"
            ));
        }
    }
    refuse_arguments(&errors, "Invalid URL patterns:\n")
}

fn check_query(call: &Call<'_>) -> Result<(), ApiError> {
    let mut errors = Vec::new();
    for (name, value) in call.query.iter().filter(|(name, _)| name != "bewit") {
        if !call.entry.query.contains(name) {
            errors.push(format!("Query-string parameter: {name} is not supported!"));
        } else if call.query.iter().filter(|(other, _)| other == name).count() > 1 {
            errors.push(format!("Query-string parameter: {name} must be a string!"));
        } else if let Some(pattern) = query_pattern(name)
            && !matches(pattern, value)
        {
            errors.push(format!("Query-string parameter: {name}=\"{value}\" does not match expression: /{pattern}/"));
        }
    }
    refuse_arguments(&errors, "")
}

fn refuse_arguments(errors: &[String], title: &str) -> Result<(), ApiError> {
    if errors.is_empty() {
        return Ok(());
    }
    Err(ApiError::new(ErrorCode::InvalidRequestArguments, format!("{title}{}", errors.join("\n"))))
}

fn check_body(call: &mut Call<'_>, request: &Request) -> Result<(), ApiError> {
    let Some(file) = &call.entry.input else { return Ok(()) };
    if !is_json(request) {
        let got = request.content_type.as_deref().unwrap_or("null");
        let message = format!("Payload must be JSON with content-type: application/json got content-type: {got}");
        return Err(ApiError::new(ErrorCode::MalformedPayload, message));
    }
    check_against(file, &mut call.body, &call.site.root_url)
}

/// Fills defaults into a body and checks it against the schema in `file`.
///
/// # Errors
/// All that is wrong with it.
pub(crate) fn check_against(file: &str, body: &mut Value, root_url: &str) -> Result<(), ApiError> {
    schema::fill_defaults(file, body);
    let mistakes = schema::mistakes(file, body);
    if mistakes.is_empty() {
        return Ok(());
    }
    Err(ApiError::new(
        ErrorCode::InputValidationError,
        format!(
            "\nSchema Validation Failed!\nRejecting Schema: {root_url}/{file}#\nErrors:\n  * {}",
            mistakes.join("\n  * ")
        ),
    ))
}

/// An answer is given only to those who were asked for their scopes, and is what the schema says.
fn check_answer(call: &Call<'_>, answer: Answer) -> Result<Answer, ApiError> {
    if call.entry.scopes.is_some() && !call.authorized.get() {
        return Err(ApiError::internal(format!("`{}` never checked its caller's scopes", call.entry.name)));
    }
    let body = match &answer {
        Answer::Json(body) | Answer::Wait(body) => body,
        Answer::Other { status: 303, body, .. } => body,
        Answer::Empty | Answer::Other { .. } | Answer::Refused(_) => return Ok(answer),
    };
    if let Some(file) = call.entry.output.as_ref().filter(|_| cfg!(debug_assertions)) {
        let mistakes = schema::mistakes(file, body);
        if !mistakes.is_empty() {
            return Err(ApiError::internal(format!("Output schema validation error: {}", mistakes.join("; "))));
        }
    }
    Ok(answer)
}

fn reply(answer: Answer) -> Reply {
    let plain = |status, body| Reply { status, headers: Vec::new(), body, wait: false };
    match answer {
        Answer::Json(body) => plain(200, Some(body)),
        Answer::Wait(body) => Reply { wait: true, ..plain(200, Some(body)) },
        Answer::Empty => plain(204, None),
        Answer::Other { status, headers, body } => Reply { headers, ..plain(status, Some(body)) },
        Answer::Refused(error) => plain(error.code.status(), None),
    }
}

/// An error as the services write it; the request's body comes back with it.
fn error_reply(error: &ApiError, request: &Request, mut payload: Value, now: Time) -> Reply {
    if request.entry.service == "secrets" {
        payload["secret"] = json!("(OMITTED)");
    }
    let (method, code, status) = (&request.entry.name, error.code.name(), error.code.status());
    let message = format!(
        "{}\n\n---\n\n* method:     {method}\n* errorCode:  {code}\n* statusCode: {status}\n* time:       {now}",
        error.message
    );
    let params: serde_json::Map<_, _> =
        request.params.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
    let body = json!({
        "code": code,
        "message": message,
        "requestInfo": {"method": method, "params": params, "payload": payload, "time": now},
    });
    let challenge = (error.code == ErrorCode::AuthenticationFailed).then(|| ("www-authenticate", "hawk".to_owned()));
    Reply { status, headers: challenge.into_iter().collect(), body: Some(body), wait: false }
}
