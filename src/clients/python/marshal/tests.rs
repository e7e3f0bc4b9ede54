//! What is written is read, and Python agrees.

use std::process::Command;

use proptest::prelude::*;

use super::{Unfit, read, write};
use crate::yaml::{Map, Node, Value};

fn documents() -> impl Strategy<Value = Node> {
    let leaf = prop_oneof![
        Just(Node::default()),
        any::<bool>().prop_map(Node::new),
        any::<i64>().prop_map(Node::new),
        (-1e9..1e9f64).prop_map(Node::new),
        ".{0,40}".prop_map(Node::new),
        "[a-z]{250,270}".prop_map(Node::new),
        prop::collection::vec(any::<u8>(), 0..9).prop_map(|bytes| Node::new(Value::Bytes(bytes.into()))),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        let key = prop_oneof!["[a-zü]{0,6}".prop_map(Node::new), any::<i64>().prop_map(Node::new)];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(|items| items.into_iter().collect::<Node>()),
            prop::collection::vec((key, inner), 0..6).prop_map(|entries| {
                let mut map = Map::new();
                for (key, value) in entries {
                    map.insert(key, value);
                }
                Node::new(map)
            }),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_written_is_read(document in documents()) {
        let written = write(&document).unwrap();
        let read = read(&written).unwrap();
        prop_assert_eq!(&read.document, &document);
        prop_assert_eq!(read.shared_at, None);
    }

    #[test]
    fn bytes_that_are_no_document_are_refused(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        let _ = read(&bytes);
    }
}

/// What Python makes of an expression, as marshal.
fn python(expression: &str) -> Vec<u8> {
    let program = format!("import marshal, sys; sys.stdout.buffer.write(marshal.dumps({expression}, 4))");
    let output = Command::new("python3").args(["-c", &program]).output().expect("there is a Python");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

#[test]
fn python_writes_the_same_values() {
    let read = read(&python("{'a': [1, -2**40, 2**63 - 1, 1.5, 'ü', 'x' * 300, None, True, b'q'], 7: {}}")).unwrap();
    let long = "x".repeat(300);
    let json = format!(r#"{{"a":[1,-1099511627776,9223372036854775807,1.5,"ü","{long}",null,true]}}"#);
    let mut expected = crate::json::parse(&json).unwrap();
    let entries = expected.as_map_mut().unwrap();
    let bytes = Node::new(Value::Bytes(vec![b'q'].into()));
    entries.get_mut("a").unwrap().as_list_mut().unwrap().push(bytes);
    entries.insert(Node::new(7), Node::empty_map());
    assert_eq!(read.document, expected);
    assert_eq!((read.shared_at, read.has_tuples), (None, false));
}

#[test]
fn what_is_shared_is_noticed_at_its_depth() {
    let shared = |expression: &str| read(&python(expression)).unwrap().shared_at;
    assert_eq!(shared("(lambda x: [x, x])({'a': 1})"), Some(1));
    assert_eq!(shared("(lambda x: [{'a': x}, {'a': [x]}])([])"), Some(3));
    assert_eq!(shared("(lambda x: [{x: 1}, {x: [x]}])('text')"), None);
}

#[test]
fn what_no_document_is_made_of_is_refused() {
    for expression in ["2**63", "{1, 2}", "'\\ud800'", "1j", "..."] {
        assert_eq!(read(&python(expression)).err(), Some(Unfit), "{expression}");
    }
    assert!(read(&python("(1, [2])")).unwrap().has_tuples);
    assert_eq!(write(&crate::json::parse("18446744073709551616").unwrap()), Err(Unfit));
}
