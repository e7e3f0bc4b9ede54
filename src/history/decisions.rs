//! Which decision task a push has.

use std::collections::BTreeMap;

use super::Landing;
use crate::model::TaskId;
use crate::sources::Error;
use crate::sources::index::Index;

/// Where the decision task of a push is indexed, best first.
///
/// By revision for every repository; hg's older templates index by the push's number only.
#[must_use]
pub fn paths(trust_domain: &str, landing: &Landing) -> Vec<String> {
    let base = format!("{trust_domain}.v2.{}", landing.project);
    let by_revision = format!("{base}.revision.{}.taskgraph.decision", landing.push.revision);
    let by_number = landing.push.number.map(|number| format!("{base}.pushlog-id.{number}.decision"));
    std::iter::once(by_revision).chain(by_number).collect()
}

/// The decision tasks of those landings that have one, in their order; asked in batches.
///
/// # Errors
/// An index that does not answer.
pub async fn find(index: &dyn Index, trust_domain: &str, landings: &[Landing]) -> Result<Vec<Option<TaskId>>, Error> {
    let wanted: Vec<Vec<String>> = landings.iter().map(|landing| paths(trust_domain, landing)).collect();
    let all: Vec<String> = wanted.concat();
    let found = if all.is_empty() { BTreeMap::new() } else { index.find_tasks(&all).await? };
    Ok(wanted.iter().map(|paths| paths.iter().find_map(|path| found.get(path)).cloned()).collect())
}

#[cfg(test)]
mod tests {
    use futures::executor::block_on;

    use super::super::range::tests::push;
    use super::*;
    use crate::sources::index::MemoryIndex;

    #[test]
    fn the_revision_counts_before_the_number() {
        let landing = |number| Landing { project: "p".into(), push: push(number) };
        let entry = |path: String, task: &str| (path, TaskId::new(task));
        let index = MemoryIndex(BTreeMap::from([
            entry(format!("t.v2.p.revision.{}.taskgraph.decision", push(1).revision), "one"),
            entry("t.v2.p.pushlog-id.1.decision".into(), "another"),
            entry("t.v2.p.pushlog-id.2.decision".into(), "two"),
        ]));
        let found = block_on(find(&index, "t", &[1, 2, 3].map(landing))).unwrap();
        assert_eq!(found, [Some(TaskId::new("one")), Some(TaskId::new("two")), None]);
    }
}
