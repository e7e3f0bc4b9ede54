//! `notify` and the older `notifications`.

use super::document::{Document, Mapping, map};
use super::draw::Draw;
use super::keyed_by::{self, LEVELS, PROJECTS};
use super::values::{free, text, word};

const STATUSES: [&str; 7] =
    ["on-completed", "on-defined", "on-exception", "on-failed", "on-pending", "on-resolved", "on-running"];

/// Adds one of the two.
pub(super) fn put(draw: &mut Draw, task: &mut Mapping, braces: bool) {
    // The text of a message, with what is filled in there.
    let mut message = |draw: &mut Draw| {
        const FIELDS: [&str; 7] = [
            "{task[name]}",
            "{config[kind]}",
            "{config[params][project]}",
            "{config[path]}",
            "{task[description]}",
            "{{literal}}",
            "{task[attributes][platform]}",
        ];
        let count = if draw.chance(2) { 7 } else { 6 };
        if braces && draw.chance(50) { format!("{} {}", text(draw), draw.pick(&FIELDS[..count])) } else { text(draw) }
    };
    if draw.chance(25) {
        let keyed = if draw.chance(50) { ("level", &LEVELS[..]) } else { ("project", &PROJECTS[..]) };
        let mut emails = |draw: &mut Draw| draw.many(0, 2, |draw| format!("{}@example.com", word(draw)));
        let mut legacy = Mapping::new();
        legacy.put("emails", keyed_by::maybe(draw, 30, keyed, &mut emails));
        legacy.put("subject", message(draw));
        legacy.maybe(draw, 50, "message", message);
        legacy.maybe(draw, 40, "status-types", |draw| draw.some_of(&STATUSES, 3));
        task.put("notifications", legacy.shuffled(draw));
        return;
    }
    let mut notify = Mapping::new();
    notify.put("recipients", draw.many(0, 3, |draw| recipient(draw, braces)));
    notify.maybe(draw, 70, "content", |draw| content(draw, &mut message));
    task.put("notify", notify.shuffled(draw));
}

fn recipient(draw: &mut Draw, braces: bool) -> Document {
    let mut recipient = Mapping::new();
    let suffix = if braces && draw.chance(20) { "-{task[name]}" } else { "" };
    match draw.below(5) {
        0 => {
            recipient.put("type", "matrix-room");
            recipient.put("room-id", format!("!{}:mozilla.org{suffix}", word(draw)));
        }
        1 => {
            recipient.put("type", "pulse");
            recipient.put("routing-key", format!("{}{suffix}", word(draw)));
        }
        2 => {
            recipient.put("type", "slack-channel");
            recipient.put("channel-id", word(draw));
        }
        _ => {
            let keyed = if draw.chance(50) { ("level", &LEVELS[..]) } else { ("project", &PROJECTS[..]) };
            let mut address = |draw: &mut Draw| format!("{}@example.com", word(draw));
            recipient.put("type", "email");
            recipient.put("address", keyed_by::maybe(draw, 30, keyed, &mut address));
        }
    }
    recipient.maybe(draw, 50, "status-type", |draw| draw.pick(&STATUSES).to_owned());
    recipient.shuffled(draw).into()
}

fn content(draw: &mut Draw, message: &mut impl FnMut(&mut Draw) -> String) -> Document {
    let mut content = Mapping::new();
    content.maybe(draw, 60, "email", |draw| {
        let mut email = Mapping::new();
        email.maybe(draw, 60, "subject", &mut *message);
        email.maybe(draw, 60, "content", &mut *message);
        email.maybe(draw, 40, "link", |draw| map! { "text" => message(draw), "href" => "https://example.com" });
        email
    });
    content.maybe(draw, 40, "matrix", |draw| {
        let mut matrix = Mapping::new();
        for key in ["body", "formatted-body", "format", "msg-type"] {
            matrix.maybe(draw, 50, key, &mut *message);
        }
        matrix
    });
    content.maybe(draw, 40, "slack", |draw| {
        let mut slack = Mapping::new();
        slack.maybe(draw, 60, "text", &mut *message);
        slack.maybe(draw, 40, "blocks", |draw| draw.many(0, 2, |draw| free(draw, 2)));
        slack.maybe(draw, 40, "attachments", |draw| draw.many(0, 2, |draw| free(draw, 2)));
        slack
    });
    content.shuffled(draw).into()
}
