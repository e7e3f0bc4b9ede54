//! Which pushes are meant: by revision, date or count.

use chrono::{DateTime, Utc};

use crate::sources::pushlog::{Push, Pushlog};
use crate::sources::{Error, ErrorKind};

/// A stretch of history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Range {
    /// A push alone.
    Push(String),
    /// So many pushes back from a revision.
    Back {
        /// The revision.
        from: String,
        /// How many pushes before its own.
        count: usize,
        /// Whether its own push is one of them.
        inclusive: bool,
    },
    /// So many pushes forward from a revision.
    Forward {
        /// The revision.
        from: String,
        /// How many pushes after its own.
        count: usize,
        /// Whether its own push is one of them.
        inclusive: bool,
    },
    /// So many pushes on both sides of a revision, its own included.
    Around {
        /// The revision.
        of: String,
        /// How many on each side.
        delta: usize,
    },
    /// From one revision to another, both included.
    Between {
        /// The older one.
        from: String,
        /// The newer one.
        to: String,
    },
    /// By date, both ends included.
    Dates {
        /// The older end.
        from: DateTime<Utc>,
        /// The newer end.
        to: DateTime<Utc>,
    },
}

/// How many pushes are asked for at once while an end is looked for.
const WINDOW: usize = 100;

impl Range {
    /// The pushes, newest first.
    ///
    /// # Errors
    /// A revision that no push brought, ends in the wrong order, or a pushlog that does not answer.
    pub async fn pushes(&self, log: &dyn Pushlog) -> Result<Vec<Push>, Error> {
        match self {
            Self::Push(revision) => Ok(vec![log.find(revision).await?]),
            Self::Back { from, count, inclusive } => {
                let push = log.find(from).await?;
                let before = log.before(&push, *count).await?;
                Ok(inclusive.then_some(push).into_iter().chain(before).collect())
            }
            Self::Forward { from, count, inclusive } => {
                let push = log.find(from).await?;
                let mut after = log.after(&push, *count).await?;
                after.reverse();
                Ok(after.into_iter().chain(inclusive.then_some(push)).collect())
            }
            Self::Around { of, delta } => {
                let push = log.find(of).await?;
                let mut pushes = log.after(&push, *delta).await?;
                pushes.reverse();
                let before = log.before(&push, *delta).await?;
                pushes.push(push);
                Ok(pushes.into_iter().chain(before).collect())
            }
            Self::Between { from, to } => between(log, from, to).await,
            Self::Dates { from, to } => log.during(*from, *to).await,
        }
    }
}

async fn between(log: &dyn Pushlog, from: &str, to: &str) -> Result<Vec<Push>, Error> {
    let (oldest, newest) = (log.find(from).await?, log.find(to).await?);
    let mut pushes = vec![newest];
    loop {
        if let Some(end) = pushes.iter().position(|push| push.revision == oldest.revision) {
            pushes.truncate(end + 1);
            return Ok(pushes);
        }
        let last = pushes.last().cloned().expect("there is one from the start");
        let more = log.before(&last, WINDOW).await?;
        if more.is_empty() {
            return Err(Error {
                service: "pushlog",
                request: format!("pushes from {from} to {to}"),
                message: format!("{from} is not before {to}"),
                kind: ErrorKind::Refused { status: 0 },
            });
        }
        pushes.extend(more);
    }
}

/// Every `step`th push, the newest first.
#[must_use]
pub fn every(pushes: Vec<Push>, step: usize) -> Vec<Push> {
    pushes.into_iter().step_by(step.max(1)).collect()
}

#[cfg(test)]
pub(crate) mod tests {
    use futures::executor::block_on;

    use super::*;
    use crate::sources::pushlog::{Commit, MemoryPushlog};

    pub(crate) fn push(number: u64) -> Push {
        Push {
            revision: format!("{number:040}"),
            number: Some(number),
            date: DateTime::from_timestamp(i64::try_from(number).unwrap() * 60, 0).unwrap(),
            user: "someone@example.com".into(),
        }
    }

    pub(crate) fn log(count: u64) -> MemoryPushlog {
        let commits =
            |number: u64| vec![Commit { revision: push(number).revision, parents: vec![push(number - 1).revision] }];
        MemoryPushlog((1..=count).map(|number| (push(number), commits(number))).collect())
    }

    fn revision(number: u64) -> String {
        push(number).revision
    }

    #[test]
    fn ranges_are_newest_first() {
        let log = log(300);
        let numbers = |range: Range| -> Vec<u64> {
            block_on(range.pushes(&log)).unwrap().iter().filter_map(|push| push.number).collect()
        };
        let back = |count, inclusive| Range::Back { from: revision(5), count, inclusive };
        assert_eq!(numbers(back(2, false)), [4, 3]);
        assert_eq!(numbers(back(9, true)), [5, 4, 3, 2, 1]);
        assert_eq!(numbers(Range::Forward { from: revision(5), count: 2, inclusive: true }), [7, 6, 5]);
        assert_eq!(numbers(Range::Around { of: revision(5), delta: 1 }), [6, 5, 4]);
        assert_eq!(numbers(Range::Between { from: revision(20), to: revision(290) }).len(), 271);
        assert_eq!(numbers(Range::Between { from: revision(5), to: revision(5) }), [5]);
        let wrong = block_on(Range::Between { from: revision(9), to: revision(5) }.pushes(&log)).unwrap_err();
        assert!(wrong.message.ends_with("is not before 0000000000000000000000000000000000000005"), "{wrong}");
        let pushes = block_on(back(4, true).pushes(&log)).unwrap();
        assert_eq!(every(pushes, 2).iter().filter_map(|push| push.number).collect::<Vec<_>>(), [5, 3, 1]);
    }
}
