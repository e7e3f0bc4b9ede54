//! Where Taskcluster is and who asks.

use ::taskcluster::Credentials;

use crate::environment::Environment;
use crate::sources::{Error, ErrorKind};

/// A root URL (without a slash at its end) and how calls to it are authenticated.
#[derive(Debug, PartialEq)]
pub(super) enum Access {
    /// By the worker's proxy, or not at all.
    Open { root_url: String },
    /// By signing each call.
    Signed { root_url: String, credentials: Credentials },
}

impl Access {
    /// Source: `taskgraph.util.taskcluster.get_taskcluster_client` of the reference.
    ///
    /// # Errors
    /// If the environment names neither a proxy nor a root URL.
    pub(super) fn of(environment: &Environment) -> Result<Self, Error> {
        if let Some(proxy) = &environment.proxy_url {
            return Ok(Self::Open { root_url: normal(proxy) });
        }
        let root_url = normal(environment.root_url.as_ref().ok_or_else(|| nowhere(environment))?);
        Ok(match (&environment.client_id, &environment.access_token) {
            (Some(client_id), Some(access_token)) => Self::Signed {
                root_url,
                credentials: Credentials {
                    client_id: client_id.clone(),
                    access_token: access_token.clone(),
                    certificate: environment.certificate.clone(),
                },
            },
            _ => Self::Open { root_url },
        })
    }

    pub(super) fn root_url(&self) -> &str {
        let (Self::Open { root_url } | Self::Signed { root_url, .. }) = self;
        root_url
    }
}

fn normal(root_url: &str) -> String {
    root_url.trim_end_matches('/').to_owned()
}

fn nowhere(environment: &Environment) -> Error {
    let message = match environment.task_id {
        Some(_) => "`TASKCLUSTER_ROOT_URL` must be set when running in a task",
        None => "it is unknown where Taskcluster is; set `TASKCLUSTER_ROOT_URL`",
    };
    Error {
        service: "taskcluster",
        request: "cannot find the deployment".into(),
        message: message.into(),
        kind: ErrorKind::Refused { status: 0 },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_proxy_comes_first_and_needs_no_credentials() {
        let some = |text: &str| Some(text.to_owned());
        let mut environment = Environment {
            proxy_url: some("http://taskcluster/"),
            root_url: some("https://tc.example.com/"),
            client_id: some("me"),
            access_token: some("secret"),
            ..Environment::default()
        };
        assert_eq!(Access::of(&environment).unwrap(), Access::Open { root_url: "http://taskcluster".into() });
        environment.proxy_url = None;
        let credentials = Credentials::new("me", "secret");
        let root_url = String::from("https://tc.example.com");
        assert_eq!(Access::of(&environment).unwrap(), Access::Signed { root_url: root_url.clone(), credentials });
        environment.access_token = None;
        assert_eq!(Access::of(&environment).unwrap(), Access::Open { root_url });
        environment.root_url = None;
        assert!(Access::of(&environment).unwrap_err().message.contains("set `TASKCLUSTER_ROOT_URL`"));
    }
}
