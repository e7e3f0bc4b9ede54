//! One rule: which requests, how often, and what happens to them.

use std::time::Duration;

use serde::Deserialize;

/// The longest pause that makes sense, in seconds.
const LONGEST_DELAY: f64 = 3600.0;

/// A rule of the file.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "Written")]
pub(super) struct Rule {
    pub(super) route: Route,
    /// So many requests of the route are left alone first.
    pub(super) skip: u64,
    /// So many are spoilt at most; any number if there is none.
    pub(super) count: Option<u64>,
    /// The share of the others that are spoilt.
    pub(super) chance: f64,
    pub(super) fault: Fault,
}

/// What happens to one request.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Fault {
    /// It waits first.
    pub(crate) delay: Duration,
    /// By how much the server's clock is ahead for it.
    pub(crate) clock: chrono::Duration,
    pub(crate) effect: Effect,
}

/// How a request ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// As usual.
    Answer,
    /// With this status and a body as a load balancer gives it.
    Status { status: u16, retry_after: Option<u32>, when: When },
    /// Without an answer: the connection ends.
    Drop(When),
    /// With an answer whose body is spoilt.
    Body(Body),
}

/// Whether what was asked for is done nevertheless.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum When {
    /// Before anything is done.
    #[default]
    Before,
    /// After all of it is done.
    After,
}

/// How the body of an answer is spoilt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Body {
    /// The connection ends in its middle.
    Truncated,
    /// Its second half is missing, though the answer is a whole one.
    Half,
    /// It is a page for people.
    Html,
    /// It comes in pieces, each after the delay.
    Slow,
}

/// A method and the path it is asked of.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Route {
    text: String,
    method: String,
    parts: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Written {
    route: Route,
    #[serde(default)]
    skip: u64,
    count: Option<u64>,
    chance: Option<f64>,
    status: Option<u16>,
    retry_after: Option<u32>,
    when: Option<When>,
    drop: Option<When>,
    body: Option<Body>,
    delay: Option<f64>,
    clock: Option<i32>,
}

impl TryFrom<Written> for Rule {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        let chance = written.chance.unwrap_or(1.0);
        if !(0.0..=1.0).contains(&chance) {
            return Err(format!("`chance` must be from 0 to 1, found `{chance}`"));
        }
        let delay = written.delay.unwrap_or_default();
        if !(0.0..=LONGEST_DELAY).contains(&delay) {
            return Err(format!("`delay` must be from 0 to {LONGEST_DELAY} seconds, found `{delay}`"));
        }
        let effect = written.effect()?;
        if effect == Effect::Answer && written.delay.is_none() && written.clock.is_none() {
            return Err("a fault needs `status`, `drop`, `body`, `delay` or `clock`".into());
        }
        let clock = chrono::Duration::minutes(written.clock.unwrap_or_default().into());
        let fault = Fault { delay: Duration::from_secs_f64(delay), clock, effect };
        Ok(Self { route: written.route, skip: written.skip, count: written.count, chance, fault })
    }
}

impl Written {
    fn effect(&self) -> Result<Effect, String> {
        if self.status.is_none() && (self.retry_after.is_some() || self.when.is_some()) {
            return Err("`retry-after` and `when` go with `status`".into());
        }
        match (self.status, self.drop, self.body) {
            (None, None, None) => Ok(Effect::Answer),
            (Some(status), None, None) if (200..=599).contains(&status) => {
                Ok(Effect::Status { status, retry_after: self.retry_after, when: self.when.unwrap_or_default() })
            }
            (Some(status), None, None) => Err(format!("`status` must be from 200 to 599, found `{status}`")),
            (None, Some(when), None) => Ok(Effect::Drop(when)),
            (None, None, Some(body)) => Ok(Effect::Body(body)),
            _ => Err("only one of `status`, `drop` and `body` can happen to a request".into()),
        }
    }
}

impl TryFrom<String> for Route {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let split = text.split_once(" /").map(|(method, path)| (method.to_owned(), path.to_owned()));
        let is_method = |method: &str| method == "*" || method.chars().all(|letter| letter.is_ascii_uppercase());
        match split {
            Some((method, path)) if !method.is_empty() && is_method(&method) => {
                Ok(Self { text, method, parts: path.split('/').map(str::to_owned).collect() })
            }
            _ => Err(format!("expected a method and a path such as `PUT /api/queue/v1/task/*`, found `{text}`")),
        }
    }
}

impl Route {
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// `*` stands for any method and for any one part of a path, `**` at the end for any number of parts.
    pub(super) fn matches(&self, method: &str, path: &str) -> bool {
        if self.method != "*" && self.method != method {
            return false;
        }
        let mut parts = path.trim_start_matches('/').split('/');
        for (at, wanted) in self.parts.iter().enumerate() {
            if wanted == "**" && at + 1 == self.parts.len() {
                return true;
            }
            if !parts.next().is_some_and(|part| wanted == "*" || wanted == part) {
                return false;
            }
        }
        parts.next().is_none()
    }
}
