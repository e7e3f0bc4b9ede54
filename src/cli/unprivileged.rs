//! A task that begins as root, because only root can write the caches of its worker, goes on as another user.

use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

use super::failure::Failure;
use crate::diagnostics::Diagnostic;

/// Who to go on as: ids of a user and a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct User {
    uid: u32,
    gid: u32,
}

/// If this is root, gives `directories` to `user`, such as `1000:1000`, and begins again as that user: then this does not
/// return. What is in the directories is left alone, as it was made by that user.
///
/// # Errors
/// If `user` is none, or one of the directories cannot be given.
pub(super) fn go_on(user: &str, directories: &[&Path]) -> Result<(), Failure> {
    if !fs::metadata("/proc/self").is_ok_and(|itself| itself.uid() == 0) {
        return Ok(());
    }
    let Some(user) = parse(user) else {
        let message =
            format!("PUSHGRAPH_USER: expected the ids of a user and a group, such as `1000:1000`, found `{user}`");
        return Err(Diagnostic::error(message).into());
    };
    let failed = |what: String| move |error: io::Error| Failure::from(Diagnostic::error(format!("{what}: {error}")));
    for directory in directories {
        let give = || fs::create_dir_all(directory).and_then(|()| chown(directory, Some(user.uid), Some(user.gid)));
        give().map_err(failed(format!("cannot give {} to user {}", directory.display(), user.uid)))?;
    }
    let itself = std::env::current_exe().map_err(failed("cannot begin again".into()))?;
    let mut arguments = std::env::args_os();
    let name = arguments.next().unwrap_or_else(|| "pushgraph".into());
    // Groups of root's are left as well.
    let error = Command::new(itself).arg0(name).args(arguments).uid(user.uid).gid(user.gid).exec();
    Err(failed(format!("cannot go on as user {}", user.uid))(error))
}

fn parse(user: &str) -> Option<User> {
    let (uid, gid) = user.split_once(':')?;
    let (uid, gid) = (uid.parse().ok()?, gid.parse().ok()?);
    (uid != 0).then_some(User { uid, gid })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_two_ids_and_not_root() {
        assert_eq!(parse("1000:100"), Some(User { uid: 1000, gid: 100 }));
        for wrong in ["", "1000", "worker:worker", "1000:", "-1:1", "0:0"] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }
}
