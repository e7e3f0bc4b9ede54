//! Only programs on this machine may call, and no web page that happens to be open on it.

use axum::http::header::{HOST, ORIGIN};
use axum::http::{HeaderMap, HeaderName, HeaderValue};

/// Why a request is not looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refusal {
    #[error("the `Host` header must name this machine (`127.0.0.1`, `localhost` or `[::1]`)")]
    Host,
    #[error("requests from web pages of other origins are not answered")]
    Origin,
}

/// Host and port that a request was sent to.
///
/// # Errors
/// If it was not sent to this machine by name, as when a name of someone else's points to it, or comes from a web page
/// that is not of this machine.
pub(super) fn check(headers: &HeaderMap) -> Result<(String, u16), Refusal> {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).and_then(split).ok_or(Refusal::Host)?;
    if !is_loopback(&host.0) {
        return Err(Refusal::Host);
    }
    // Browsers say so also where they send no origin: for images, scripts and links.
    let is_cross_site = headers.get("sec-fetch-site").is_some_and(|site| site == "cross-site");
    if is_cross_site || headers.get(ORIGIN).is_some_and(|origin| !is_local_origin(origin)) {
        return Err(Refusal::Origin);
    }
    Ok(host)
}

/// The headers that let a web page of this machine read the answer.
pub(super) fn cors(headers: &HeaderMap) -> Vec<(HeaderName, HeaderValue)> {
    let Some(origin) = headers.get(ORIGIN) else { return Vec::new() };
    vec![
        (HeaderName::from_static("access-control-allow-origin"), origin.clone()),
        (
            HeaderName::from_static("access-control-allow-methods"),
            HeaderValue::from_static("OPTIONS,GET,HEAD,POST,PUT,DELETE"),
        ),
        (
            HeaderName::from_static("access-control-allow-headers"),
            HeaderValue::from_static("X-Requested-With,Content-Type,Authorization,Accept,Origin,Cache-Control"),
        ),
        (HeaderName::from_static("vary"), HeaderValue::from_static("origin")),
    ]
}

fn is_local_origin(origin: &HeaderValue) -> bool {
    let host = origin.to_str().ok().and_then(|origin| split(origin.split_once("://")?.1));
    host.is_some_and(|(host, _)| is_loopback(&host))
}

fn is_loopback(host: &str) -> bool {
    ["127.0.0.1", "localhost", "[::1]"].iter().any(|name| host.eq_ignore_ascii_case(name))
}

/// `host:port`; the port is 80 if it is not there.
fn split(host: &str) -> Option<(String, u16)> {
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) if !port.ends_with(']') => (name, port.parse().ok()?),
        _ => (host, 80),
    };
    Some((name.to_owned(), port))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(host: &str, origin: Option<&str>) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(HOST, host.parse().unwrap());
        if let Some(origin) = origin {
            headers.insert(ORIGIN, origin.parse().unwrap());
        }
        headers
    }

    #[test]
    fn only_this_machine_by_its_own_name() {
        for host in ["127.0.0.1:8080", "localhost", "LOCALHOST:1", "[::1]:99", "[::1]"] {
            assert!(check(&headers(host, None)).is_ok(), "{host}");
        }
        for host in ["example.com:8080", "127.0.0.1.example.com", "0.0.0.0:80", "localhost:port", "192.168.0.1"] {
            assert_eq!(check(&headers(host, None)), Err(Refusal::Host), "{host}");
        }
        assert_eq!(check(&HeaderMap::new()), Err(Refusal::Host));
        assert_eq!(check(&headers("127.0.0.1:8080", None)), Ok(("127.0.0.1".to_owned(), 8080)));
    }

    #[test]
    fn no_web_page_of_elsewhere() {
        assert!(check(&headers("localhost:1", Some("http://localhost:5000"))).is_ok());
        for origin in ["https://example.com", "null", "http://localhost.example.com"] {
            assert_eq!(check(&headers("localhost:1", Some(origin))), Err(Refusal::Origin), "{origin}");
        }
        for (site, is_answered) in [("cross-site", false), ("same-site", true), ("none", true)] {
            let mut headers = headers("localhost:1", None);
            headers.insert("sec-fetch-site", site.parse().unwrap());
            assert_eq!(check(&headers).is_ok(), is_answered, "{site}");
        }
    }
}
