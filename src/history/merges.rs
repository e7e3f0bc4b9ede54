//! Walking on through merges: the pushes that a merge brought from another repository or branch.

use std::collections::BTreeSet;

use super::Landing;
use crate::sources::Error;
use crate::sources::pushlog::{Push, Pushlog, merged_heads};

/// A branch whose pushes may have been merged.
#[derive(Clone, Copy)]
pub struct Branch<'a> {
    /// The project it is in Taskcluster's index.
    pub project: &'a str,
    /// Its pushes.
    pub log: &'a dyn Pushlog,
}

/// How many pushes of a merged branch are looked at, at most, for one merge.
const LONGEST: usize = 1000;

/// How many are asked for at a time.
const WINDOW: usize = 50;

/// The pushes, each merge followed by the pushes it brought in from `others`, newest first; each push once.
///
/// # Errors
/// A pushlog that does not answer.
pub async fn through(own: Branch<'_>, pushes: Vec<Push>, others: &[Branch<'_>]) -> Result<Vec<Landing>, Error> {
    let (mut walk, mut seen) = (Vec::new(), BTreeSet::new());
    for push in pushes {
        let merged = if others.is_empty() { Vec::new() } else { merged(own, &push, others).await? };
        let landing = Landing { project: own.project.to_owned(), push };
        let fresh = std::iter::once(landing).chain(merged).filter(|landing| seen.insert(key(landing)));
        walk.extend(fresh);
    }
    Ok(walk)
}

fn key(landing: &Landing) -> (String, String) {
    (landing.project.clone(), landing.push.revision.clone())
}

/// The pushes of other branches whose revisions a merge brought, newest first.
async fn merged(own: Branch<'_>, push: &Push, others: &[Branch<'_>]) -> Result<Vec<Landing>, Error> {
    let commits = own.log.commits(push).await?;
    let brought: BTreeSet<&str> = commits.iter().map(|commit| commit.revision.as_str()).collect();
    let mut found = Vec::new();
    for head in merged_heads(&commits) {
        for other in others {
            match other.log.find(head).await {
                Ok(first) => found.extend(brought_from(*other, first, &brought).await?),
                Err(error) if error.is_not_found() => {}
                Err(error) => return Err(error),
            }
        }
    }
    Ok(found)
}

/// The first push and those before it, as far as the merge brought them.
async fn brought_from(branch: Branch<'_>, first: Push, brought: &BTreeSet<&str>) -> Result<Vec<Landing>, Error> {
    let mut found: Vec<Landing> = Vec::new();
    let mut ahead = vec![first];
    while found.len() < LONGEST {
        let own = ahead.iter().take_while(|push| brought.contains(push.revision.as_str()));
        let own: Vec<Push> = own.cloned().collect();
        let is_whole = own.len() == ahead.len();
        found.extend(own.into_iter().map(|push| Landing { project: branch.project.to_owned(), push }));
        let Some(last) = found.last().filter(|_| is_whole) else { break };
        ahead = branch.log.before(&last.push.clone(), WINDOW).await?;
        if ahead.is_empty() {
            break;
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use futures::executor::block_on;

    use super::super::range::tests::{log, push};
    use super::*;
    use crate::sources::pushlog::{Commit, MemoryPushlog};

    #[test]
    fn a_merge_is_followed_by_what_it_brought_and_by_no_more() {
        // The other branch had 10 pushes; up to the 6th were merged before.
        let other = MemoryPushlog(
            log(10)
                .0
                .into_iter()
                .map(|(mut push, mut commits)| {
                    push.revision = format!("b{}", push.revision);
                    commits[0].revision.clone_from(&push.revision);
                    (push, commits)
                })
                .collect(),
        );
        let of_other = |number: usize| other.0[number - 1].0.revision.clone();
        let mut own = log(3);
        let (merge, commits) = own.0.last_mut().unwrap();
        *commits =
            (7..=9).map(|number| Commit { revision: of_other(number), parents: vec![of_other(number - 1)] }).collect();
        commits.push(Commit { revision: merge.revision.clone(), parents: vec![push(2).revision, of_other(9)] });
        let branch = Branch { project: "main", log: &own };
        let pushes = vec![push(3), push(2), push(1)];
        let others = [Branch { project: "other", log: &other }];
        let walk = block_on(through(branch, pushes.clone(), &others)).unwrap();
        let told: Vec<(&str, Option<u64>)> =
            walk.iter().map(|landing| (landing.project.as_str(), landing.push.number)).collect();
        let expected = [("main", 3), ("other", 9), ("other", 8), ("other", 7), ("main", 2), ("main", 1)];
        assert_eq!(told, expected.map(|(project, number)| (project, Some(number))));
        assert_eq!(block_on(through(branch, pushes, &[])).unwrap().len(), 3);
    }
}
