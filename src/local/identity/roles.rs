//! What scopes stand for once `assume:<roleId>` is looked up.

use std::collections::BTreeSet;

use crate::local::identity::scopes::ScopeSet;
use crate::local::store::identities::Role;

/// The longest scope that an expansion makes. A role that assumes itself with a longer name each time, which the real
/// service refuses to create, ends here.
const LONGEST: usize = 1000;

/// The scopes with those of every role they assume, without doubles.
pub(crate) fn expand(scopes: &ScopeSet, roles: &[Role]) -> ScopeSet {
    let mut known: BTreeSet<String> = scopes.iter().map(str::to_owned).collect();
    let mut queue: Vec<String> = known.iter().cloned().collect();
    while let Some(scope) = queue.pop() {
        for role in roles {
            let Some(rest) = matches(&scope, &role.role_id) else { continue };
            for granted in &role.scopes {
                let granted = fill(granted, rest.as_deref());
                if granted.len() <= LONGEST && known.insert(granted.clone()) {
                    queue.push(granted);
                }
            }
        }
    }
    known.into_iter().collect::<ScopeSet>().normalized()
}

/// Whether the scope assumes the role, and what the `*` at the end of the role's id stands for then.
fn matches(scope: &str, role_id: &str) -> Option<Option<String>> {
    let role = format!("assume:{role_id}");
    if let Some(start) = role.strip_suffix('*') {
        if let Some(rest) = scope.strip_prefix(start) {
            return Some(Some(rest.to_owned()));
        }
        // The scope stands for every role that begins like it, this one whatever its `*` is.
        let wide = scope.strip_suffix('*').is_some_and(|prefix| start.starts_with(prefix));
        return wide.then(|| Some("*".to_owned()));
    }
    let wide = scope.strip_suffix('*').is_some_and(|prefix| role.starts_with(prefix));
    (scope == role || wide).then_some(None)
}

/// A scope of a role with `<..>` replaced by what the role's `*` stood for; nothing follows a `*`.
fn fill(scope: &str, rest: Option<&str>) -> String {
    let (Some((before, after)), Some(rest)) = (scope.split_once("<..>"), rest) else { return scope.to_owned() };
    if rest.ends_with('*') { format!("{before}{rest}") } else { format!("{before}{rest}{after}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn role(role_id: &str, scopes: &[&str]) -> Role {
        Role { role_id: role_id.into(), scopes: scopes.iter().map(|&s| s.into()).collect(), ..Role::default() }
    }

    fn expanded(scopes: &[&str]) -> Vec<String> {
        let roles = [
            role("repo:github.com/org/repo:*", &["assume:level-1", "secrets:get:branch/<..>/x"]),
            role("level-1", &["queue:create-task:low:*", "assume:level-1"]),
            role("grow:*", &["assume:grow:a<..>"]),
        ];
        let scopes: ScopeSet = scopes.iter().map(|&scope| scope.to_owned()).collect();
        expand(&scopes, &roles).iter().map(str::to_owned).collect()
    }

    #[test]
    fn roles_are_looked_up_in_roles() {
        assert_eq!(
            expanded(&["assume:repo:github.com/org/repo:main"]),
            [
                "assume:level-1",
                "assume:repo:github.com/org/repo:main",
                "queue:create-task:low:*",
                "secrets:get:branch/main/x"
            ]
        );
        assert_eq!(
            expanded(&["assume:repo:github.com/org/*"]),
            ["assume:level-1", "assume:repo:github.com/org/*", "queue:create-task:low:*", "secrets:get:branch/*"]
        );
        assert_eq!(expanded(&["queue:x"]), ["queue:x"]);
        assert_eq!(expanded(&["*"]), ["*"]);
    }

    #[test]
    fn an_expansion_that_would_never_end_ends() {
        assert!(expanded(&["assume:grow:x"]).iter().all(|scope| scope.len() <= LONGEST));
    }
}
