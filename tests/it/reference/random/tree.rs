//! A tree: its files and its parameters.

use std::collections::BTreeMap;
use std::path::Path;

use super::document::Document;
use super::yaml;

/// A CI tree that was made up, with the parameter sets to generate it for.
#[derive(Clone, Debug, Default)]
pub(super) struct Tree {
    /// Its YAML files, by path.
    pub(super) documents: BTreeMap<String, Document>,
    /// All other files.
    pub(super) files: BTreeMap<String, String>,
    pub(super) parameters: Vec<Document>,
}

impl Tree {
    /// Writes the files below `directory`, the parameters into `parameters/` there.
    pub(super) fn write(&self, directory: &Path) {
        for (path, document) in &self.documents {
            write(&directory.join(path), &yaml::text(document));
        }
        for (path, text) in &self.files {
            write(&directory.join(path), text);
        }
        for (number, parameters) in self.parameters.iter().enumerate() {
            write(&directory.join(Self::parameters_path(number)), &yaml::text(parameters));
        }
    }

    /// Where a parameter set is.
    pub(super) fn parameters_path(number: usize) -> String {
        format!("parameters/{number}.yml")
    }
}

fn write(path: &Path, text: &str) {
    std::fs::create_dir_all(path.parent().expect("a file has a directory")).expect("directories can be made");
    std::fs::write(path, text).expect("files can be written");
    // The mode of a file is part of a docker context.
    if path.extension().is_some_and(|extension| extension == "sh") {
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(path, mode).expect("modes can be set");
    }
}
