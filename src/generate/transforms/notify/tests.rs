//! Notifications as the reference makes them.

use serde_json::Value;

use super::NOTIFY;
use crate::generate::testing::World;

fn told(stubs: &str) -> Vec<String> {
    let world = World::new(&[]);
    let mistakes = world.transform(&NOTIFY, stubs).unwrap_err();
    world.told(&mistakes)
}

#[test]
fn routes_and_words_are_those_of_the_reference() {
    let made = World::new(&[]).transform(&NOTIFY, include_str!("stubs.yml")).unwrap();
    let expected: Value = serde_json::from_str(include_str!("expected.json")).unwrap();
    assert_eq!(made, expected);
}

#[test]
fn mistakes_point_at_what_was_written() {
    assert_eq!(
        told("- {name: a, notify: {recipients: [{type: emial, address: x}]}}"),
        ["1:42 there is no recipient of type `emial` (did you mean `email`?)"]
    );
    assert_eq!(
        told("- {name: a, notify: {recipients: [{type: pulse, address: x}]}}"),
        [
            "1:49 unknown key `address` (expected one of `routing-key`, `status-type`, `type`)",
            "1:35 missing key `routing-key`"
        ]
    );
    assert_eq!(
        told("- {name: a, notify: {recipients: [{type: email, address: {by-level: {'1': 2}}}]}}"),
        ["1:75 expected a string, found the number `2`"]
    );
    assert_eq!(
        told("- {name: a, notify: {recipients: [{type: email, address: {by-levl: {'1': x, default: y}}}]}}"),
        ["1:59 `by-levl` is not possible here (did you mean `by-level`?)"]
    );
    assert_eq!(
        told("- {name: a, notify: {recipients: [], content: {email: {subject: '{task[nam]}'}}}}"),
        ["1:65 unknown `nam` in field `{task[nam]}` in `{task[nam]}` (did you mean `name`?)"]
    );
    assert_eq!(
        told("- {name: a, notify: {recipients: []}, notifications: {emails: [], subject: s}}"),
        ["1:54 `notify` and `notifications` cannot both be given"]
    );
}
