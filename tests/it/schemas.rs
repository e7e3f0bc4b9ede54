//! The committed schemas are those of the types. `PUSHGRAPH_BLESS=1` writes them anew.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use pushgraph::schemas::{schemas, text};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas")
}

fn committed() -> BTreeMap<String, String> {
    let files = walkdir::WalkDir::new(folder()).into_iter().filter_map(Result::ok);
    let files = files.filter(|entry| entry.file_type().is_file());
    let name = |path: &Path| {
        let below = path.strip_prefix(folder()).expect("below the folder").with_extension("");
        below.to_string_lossy().into_owned()
    };
    files.map(|entry| (name(entry.path()), std::fs::read_to_string(entry.path()).expect("UTF-8"))).collect()
}

#[test]
fn the_committed_schemas_are_those_of_the_types() {
    let made: BTreeMap<String, String> = schemas().iter().map(|(name, schema)| (name.clone(), text(schema))).collect();
    if std::env::var_os("PUSHGRAPH_BLESS").is_some() {
        for (name, text) in &made {
            let file = folder().join(name).with_extension("json");
            std::fs::create_dir_all(file.parent().expect("in a folder")).expect("a folder can be made");
            std::fs::write(file, text).expect("a schema can be written");
        }
    }
    let committed = committed();
    assert_eq!(committed.keys().collect::<Vec<_>>(), made.keys().collect::<Vec<_>>());
    for (name, text) in &made {
        assert!(
            committed[name] == *text,
            "schemas/{name}.json is not that of its type; .ci/run schemas writes it anew"
        );
    }
}
