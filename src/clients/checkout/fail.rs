//! How a checkout fails.

use crate::sources::{Error, ErrorKind, without_credentials};

/// What cannot be done, however often it is tried.
pub(in crate::clients) fn refused(request: impl Into<String>, message: impl Into<String>) -> Error {
    Error {
        service: "checkout",
        request: without_credentials(&request.into()),
        message: without_credentials(&message.into()),
        kind: ErrorKind::Refused { status: 0 },
    }
}

/// Makes a refusal of whatever a library says.
pub(in crate::clients) fn failed<E: std::error::Error>(request: &str) -> impl Fn(E) -> Error {
    move |error| refused(request, said(&error))
}

/// An error and its causes, outermost first, each once.
pub(in crate::clients) fn said(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source()).map(ToString::to_string);
    let mut told: Vec<String> = Vec::new();
    for cause in causes {
        if !told.iter().any(|before| before.contains(&cause)) {
            told.push(cause);
        }
    }
    told.join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_are_told_once() {
        let inner = std::io::Error::other("disk on fire");
        assert_eq!(said(&inner), "disk on fire");
        assert_eq!(failed::<std::io::Error>("write")(inner).to_string(), "checkout: write: disk on fire");
    }

    #[test]
    fn passwords_are_not_told() {
        let error = refused("fetch https://me:secret@example.com/a", "no");
        assert_eq!(error.to_string(), "checkout: fetch https://example.com/a: no");
    }
}
