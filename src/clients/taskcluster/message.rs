//! What a service said, cut to what a person can use.

use serde::Deserialize;

/// The longest message repeated, in characters: the services list whole payloads and scope expressions.
const LONGEST: usize = 1000;

/// Ends the sentence for people; technical details follow.
const DETAILS: &str = "\n---\n";

/// The part of an error's body that is for people. Artifacts that are errors have it too.
#[derive(Deserialize)]
struct Body {
    message: String,
}

/// The message in an error's body, or nothing if the body is not one of Taskcluster's.
pub(super) fn of_body(body: &[u8]) -> Option<String> {
    serde_json::from_slice::<Body>(body).ok().map(|body| shortened(&body.message))
}

/// A service's message without its details, on one line per thought, and of bounded length.
pub(super) fn shortened(message: &str) -> String {
    let sentence = message.split(DETAILS).next().unwrap_or_default().trim();
    let short: String = sentence.chars().take(LONGEST).collect();
    if short.len() < sentence.len() { short + " …" } else { short }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn details_and_payloads_are_left_out() {
        let message = "Schema Validation Failed!\n\n---\n\n* method:     createTask\n* statusCode: 400";
        let body = serde_json::json!({
            "code": "InputValidationError", "message": message, "requestInfo": {"payload": {"big": "x".repeat(9999)}},
        });
        assert_eq!(of_body(body.to_string().as_bytes()).as_deref(), Some("Schema Validation Failed!"));
        assert_eq!(of_body(b"<html>").as_deref(), None);
        assert_eq!(shortened(&"ü".repeat(2000)).chars().count(), LONGEST + 2);
    }
}
