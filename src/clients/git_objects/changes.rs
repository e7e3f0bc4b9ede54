//! What differs between two trees, in git's order and spelling.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use gix::objs::tree::EntryMode;
use gix::{ObjectId, Repository};

use crate::clients::checkout::failed;
use crate::sources::Error;

/// What happened to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// It was added, deleted or modified.
    Content,
    /// It is of another kind: a link in place of a file, say.
    Kind,
}

/// A folder by names; those of folders end with a slash, as git sorts them.
type Folder = BTreeMap<Vec<u8>, (EntryMode, ObjectId)>;

/// The tree of a commit.
pub(super) fn tree_of(objects: &Repository, commit: ObjectId) -> Result<ObjectId, Error> {
    let request = format!("look at the tree of {commit}");
    let found = objects.find_commit(commit).map_err(failed(&request))?;
    Ok(found.tree_id().map_err(failed(&request))?.detach())
}

/// The files that differ between two trees, sorted; none is the tree without files.
pub(super) fn between(
    objects: &Repository,
    old: Option<ObjectId>,
    new: Option<ObjectId>,
) -> Result<Vec<(Vec<u8>, Change)>, Error> {
    let mut found = Vec::new();
    compare(objects, b"", old, new, &mut found)?;
    found.sort_by(|(one, _), (two, _)| one.cmp(two));
    found.dedup_by(|(one, _), (two, _)| one == two);
    Ok(found)
}

fn compare(
    objects: &Repository,
    prefix: &[u8],
    old: Option<ObjectId>,
    new: Option<ObjectId>,
    found: &mut Vec<(Vec<u8>, Change)>,
) -> Result<(), Error> {
    if old == new {
        return Ok(());
    }
    let (old, new) = (folder(objects, old)?, folder(objects, new)?);
    let added = new.keys().filter(|name| !old.contains_key(*name));
    for name in old.keys().chain(added) {
        let (before, after) = (old.get(name), new.get(name));
        if before == after {
            continue;
        }
        let path = [prefix, name].concat();
        if name.ends_with(b"/") {
            compare(objects, &path, before.map(|entry| entry.1), after.map(|entry| entry.1), found)?;
        } else {
            found.push((path, change(before, after)));
        }
    }
    Ok(())
}

/// As git sees it: a file that can be executed and one that cannot are of one kind.
fn change(before: Option<&(EntryMode, ObjectId)>, after: Option<&(EntryMode, ObjectId)>) -> Change {
    match (before, after) {
        (Some((before, _)), Some((after, _)))
            if (before.is_link(), before.is_commit()) != (after.is_link(), after.is_commit()) =>
        {
            Change::Kind
        }
        _ => Change::Content,
    }
}

fn folder(objects: &Repository, tree: Option<ObjectId>) -> Result<Folder, Error> {
    let Some(tree) = tree else { return Ok(Folder::new()) };
    let request = format!("look at the tree {tree}");
    let found = objects.find_tree(tree).map_err(failed(&request))?;
    let mut folder = Folder::new();
    for entry in found.iter() {
        let entry = entry.map_err(failed(&request))?;
        let mut name = entry.filename().to_vec();
        if entry.mode().is_tree() {
            name.push(b'/');
        }
        folder.insert(name, (entry.mode(), entry.oid().to_owned()));
    }
    Ok(folder)
}

/// The note about a commit: a file called by its hash, which may be spread over folders of two letters.
pub(super) fn note_of(objects: &Repository, tree: ObjectId, commit: ObjectId) -> Result<Option<Vec<u8>>, Error> {
    let (hash, mut at, mut tree) = (commit.to_string(), 0, tree);
    loop {
        let folder = folder(objects, Some(tree))?;
        if let Some((_, blob)) = folder.get(&hash.as_bytes()[at..]) {
            let found = objects.find_blob(*blob).map_err(failed("look at the note"))?;
            return Ok(Some(found.data.clone()));
        }
        let Some(letters) = hash.as_bytes().get(at..at + 2) else { return Ok(None) };
        let Some((_, deeper)) = folder.get(&[letters, b"/"].concat()) else { return Ok(None) };
        (at, tree) = (at + 2, *deeper);
    }
}

/// A name as git prints it: in quotes, and with numbers for bytes, unless it is plain.
///
/// Source: `quote_c_style` of git, with `core.quotePath` as it is unless configured.
pub(super) fn quoted(name: &[u8]) -> String {
    let is_plain = |byte: &u8| (0x20..0x7f).contains(byte) && !b"\"\\".contains(byte);
    if name.iter().all(is_plain) {
        return String::from_utf8_lossy(name).into_owned();
    }
    let mut text = String::from("\"");
    for byte in name {
        match byte {
            7 => text += "\\a",
            8 => text += "\\b",
            b'\t' => text += "\\t",
            b'\n' => text += "\\n",
            11 => text += "\\v",
            12 => text += "\\f",
            b'\r' => text += "\\r",
            b'"' => text += "\\\"",
            b'\\' => text += "\\\\",
            byte if is_plain(byte) => text.push(char::from(*byte)),
            byte => {
                // Writing to a text cannot fail.
                let _ = write!(text, "\\{byte:03o}");
            }
        }
    }
    text.push('"');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_quoted_as_git_does() {
        assert_eq!(quoted(b"a b/c-d.txt"), "a b/c-d.txt");
        assert_eq!(quoted("grün".as_bytes()), r#""gr\303\274n""#);
        assert_eq!(quoted(b"a\t\"\\\x01\x7f"), r#""a\t\"\\\001\177""#);
    }
}
