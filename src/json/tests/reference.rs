//! The reference's own Python, asked about any documents.
//!
//! These tests need `PUSHGRAPH_REFERENCE_PYTHON`, the path of a Python with the reference installed, and say so
//! loudly where it is missing.

use std::cell::RefCell;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value as Json, json};

use super::documents::{Document, document};
use crate::diagnostics::Files;
use crate::json::{Format, to_string};
use crate::yaml::tests::properties::mutated;
use crate::yaml::tests::tagged::{is_at, tagged};
use crate::yaml::{DumpOptions, dump, load};

/// A running `tests/yaml/reference.py`.
struct Reference {
    process: Child,
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Reference {
    #[expect(clippy::disallowed_methods, reason = "the test command says where the reference is")]
    fn start() -> Option<RefCell<Self>> {
        let Some(python) = std::env::var_os("PUSHGRAPH_REFERENCE_PYTHON") else {
            eprintln!("SKIPPED: set PUSHGRAPH_REFERENCE_PYTHON to a Python with the reference installed");
            return None;
        };
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/yaml/reference.py");
        let mut process = Command::new(python)
            .arg(script)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("PUSHGRAPH_REFERENCE_PYTHON can be run");
        let requests = process.stdin.take().unwrap();
        let answers = BufReader::new(process.stdout.take().unwrap());
        Some(RefCell::new(Self { process, requests, answers }))
    }

    fn ask(&mut self, request: &Json) -> Json {
        writeln!(self.requests, "{request}").unwrap();
        let mut answer = String::new();
        self.answers.read_line(&mut answer).unwrap();
        serde_json::from_str(&answer).unwrap_or_else(|error| panic!("{error}: {answer:?} to {request}"))
    }
}

impl Drop for Reference {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn run<S: Strategy>(strategy: S, test: impl Fn(S::Value, &mut Reference) -> Result<(), TestCaseError>) {
    let Some(reference) = Reference::start() else { return };
    let config = Config { failure_persistence: None, ..Config::default() };
    let result = TestRunner::new(config).run(&strategy, |value| test(value, &mut reference.borrow_mut()));
    result.unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn documents_are_written_as_python_writes_them() {
    run(document(), |document: Document, reference| {
        let (node, theirs) = (document.node(), reference.ask(&document.request()));
        prop_assert_eq!(dump(&node, DumpOptions::PARAMETERS), theirs["parameters"].as_str().unwrap());
        prop_assert_eq!(dump(&node, DumpOptions::GRAPH), theirs["graph"].as_str().unwrap());
        let json = |format| to_string(&node, format).ok();
        prop_assert_eq!(json(Format::ARTIFACT), theirs["artifact"].as_str().map(str::to_owned));
        prop_assert_eq!(json(Format::COMPACT), theirs["compact"].as_str().map(str::to_owned));
        Ok(())
    });
}

#[test]
fn documents_are_read_as_the_reference_reads_them() {
    run(mutated(), |text, reference| {
        let theirs = reference.ask(&json!({"load": STANDARD.encode(&text)}));
        let files = Files::default();
        match load(&files, "a.yml", &text) {
            // A set has no order in Python.
            Ok(_) if text.windows(5).any(|text| text == b"!!set") => {}
            Ok(loaded) => prop_assert_eq!(Some(&tagged(&loaded.root)), theirs.get("value")),
            // Python can make such a value, unless something else is wrong with it; where it is merged into itself, one
            // that is no circle.
            Err(mistakes) if mistakes.to_string().contains("recursive alias") => {
                let is_merged = text.windows(2).any(|text| text == b"<<");
                prop_assert!(is_merged || theirs.get("value").is_none(), "{theirs}");
            }
            Err(mistakes) => {
                prop_assert!(theirs.get("error").is_some(), "{mistakes}, and not {theirs}");
                // Of two mistakes in a text that cannot be decoded, either may be found first.
                if let (Some(line), Some(column), Ok(_)) =
                    (theirs["line"].as_u64(), theirs["column"].as_u64(), str::from_utf8(&text))
                {
                    let mut places = mistakes.0.iter().filter_map(|mistake| files.place(mistake.span));
                    prop_assert!(
                        places.any(|place| is_at(&place, line, column)),
                        "{mistakes} {:?}, not {theirs}",
                        mistakes.0
                    );
                }
            }
        }
        Ok(())
    });
}
