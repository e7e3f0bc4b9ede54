//! Errors as the services answer them.

/// What went wrong, in the words of the services' `code`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ErrorCode {
    MalformedPayload,
    InvalidRequestArguments,
    InputValidationError,
    InputError,
    AuthenticationFailed,
    InsufficientScopes,
    ResourceNotFound,
    RequestConflict,
    ResourceExpired,
    InternalServerError,
    NoMatchingMethod,
}

impl ErrorCode {
    /// The HTTP status that goes with the code.
    pub(crate) fn status(self) -> u16 {
        match self {
            Self::MalformedPayload | Self::InvalidRequestArguments | Self::InputValidationError => 400,
            Self::InputError => 400,
            Self::AuthenticationFailed => 401,
            Self::InsufficientScopes => 403,
            Self::ResourceNotFound => 404,
            Self::NoMatchingMethod => 406,
            Self::RequestConflict => 409,
            Self::ResourceExpired => 410,
            Self::InternalServerError => 500,
        }
    }

    /// The code as text.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::MalformedPayload => "MalformedPayload",
            Self::InvalidRequestArguments => "InvalidRequestArguments",
            Self::InputValidationError => "InputValidationError",
            Self::InputError => "InputError",
            Self::AuthenticationFailed => "AuthenticationFailed",
            Self::InsufficientScopes => "InsufficientScopes",
            Self::ResourceNotFound => "ResourceNotFound",
            Self::RequestConflict => "RequestConflict",
            Self::ResourceExpired => "ResourceExpired",
            Self::InternalServerError => "InternalServerError",
            Self::NoMatchingMethod => "NoMatchingMethod",
        }
    }
}

/// An error that ends a request; [`dispatch`](super::dispatch) writes the body around it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: {message}", code.name())]
pub(crate) struct ApiError {
    pub(crate) code: ErrorCode,
    pub(crate) message: String,
}

impl ApiError {
    pub(crate) fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    pub(crate) fn input(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::InputError, message)
    }

    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::ResourceNotFound, message)
    }

    pub(crate) fn conflict(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::RequestConflict, message)
    }

    pub(crate) fn internal(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::InternalServerError, message)
    }
}

impl From<rusqlite::Error> for ApiError {
    fn from(error: rusqlite::Error) -> Self {
        Self::internal(format!("the store failed: {error}"))
    }
}

impl From<serde_json::Error> for ApiError {
    fn from(error: serde_json::Error) -> Self {
        Self::internal(format!("the store holds a document of another shape: {error}"))
    }
}

impl From<std::io::Error> for ApiError {
    fn from(error: std::io::Error) -> Self {
        Self::internal(format!("the store failed: {error}"))
    }
}
