//! Regular expressions, as Python's `re` reads them.

use starlark::environment::GlobalsBuilder;
use starlark::eval::Evaluator;
use starlark::starlark_module;
use starlark::values::Value;
use starlark::values::dict::AllocDict;
use starlark::values::list::AllocList;
use starlark::values::none::NoneOr;
use starlark::values::structs::AllocStruct;

use super::wrong;
use crate::model::{Found, Pattern};
use crate::script::starlark::spend;

/// The pattern, once its text is counted as read: it is read as often as it matches, at most a million times more.
fn pattern(eval: &mut Evaluator<'_, '_, '_>, pattern: &str, text: &str) -> starlark::Result<Pattern> {
    spend(eval, 4 * (pattern.len() + text.len()) as u64)?;
    Pattern::new(pattern).map_err(wrong)
}

/// A match as programs see it: `text`, `start`, `end`, `groups`, `named`.
fn value<'v>(eval: &Evaluator<'v, '_, '_>, found: Option<Found<'_>>) -> NoneOr<Value<'v>> {
    let Some(found) = found else { return NoneOr::None };
    let heap = eval.heap();
    let text = |text: Option<&str>| text.map_or_else(Value::new_none, |text| heap.alloc(text));
    let groups = heap.alloc(AllocList(found.groups.iter().map(|group| text(*group))));
    let named = heap.alloc(AllocDict(found.named.iter().map(|(name, group)| (name.as_str(), text(*group)))));
    NoneOr::Other(heap.alloc(AllocStruct([
        ("text", heap.alloc(found.text)),
        ("start", heap.alloc(found.start as i64)),
        ("end", heap.alloc(found.end as i64)),
        ("groups", groups),
        ("named", named),
    ])))
}

#[starlark_module]
pub(super) fn functions(builder: &mut GlobalsBuilder) {
    /// The match at the start of the text.
    fn r#match<'v>(
        #[starlark(require = pos)] regex: &str,
        #[starlark(require = pos)] text: &str,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<NoneOr<Value<'v>>> {
        let found = pattern(eval, &format!(r"\A(?:{regex})"), text)?.find(text).map_err(wrong)?.into_iter().next();
        Ok(value(eval, found))
    }

    /// The match of the whole text.
    fn fullmatch<'v>(
        #[starlark(require = pos)] regex: &str,
        #[starlark(require = pos)] text: &str,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<NoneOr<Value<'v>>> {
        let found = pattern(eval, &format!(r"\A(?:{regex})\Z"), text)?.find(text).map_err(wrong)?.into_iter().next();
        Ok(value(eval, found))
    }

    /// The first match anywhere in the text.
    fn search<'v>(
        #[starlark(require = pos)] regex: &str,
        #[starlark(require = pos)] text: &str,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<NoneOr<Value<'v>>> {
        let found = pattern(eval, regex, text)?.find(text).map_err(wrong)?.into_iter().next();
        Ok(value(eval, found))
    }

    /// All matches in the text, one after the other.
    fn findall<'v>(
        #[starlark(require = pos)] regex: &str,
        #[starlark(require = pos)] text: &str,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Vec<String>> {
        let found = pattern(eval, regex, text)?.find_all(text).map_err(wrong)?;
        spend(eval, 16 * found.len() as u64)?;
        Ok(found.into_iter().map(|found| found.text.to_owned()).collect())
    }

    /// The text with every match replaced; `\1` and `\g<name>` stand for groups.
    fn sub<'v>(
        #[starlark(require = pos)] regex: &str,
        #[starlark(require = pos)] replacement: &str,
        #[starlark(require = pos)] text: &str,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<String> {
        let matches = pattern(eval, regex, text)?.find_all(text).map_err(wrong)?;
        let mut made = String::new();
        let mut at = 0;
        for found in matches {
            let filled = found.fill(replacement).map_err(wrong)?;
            spend(eval, (found.start - at + filled.len()) as u64)?;
            made.push_str(&text[at..found.start]);
            made.push_str(&filled);
            at = found.end;
        }
        made.push_str(&text[at..]);
        Ok(made)
    }

    /// The parts of the text between the matches.
    fn split<'v>(
        #[starlark(require = pos)] regex: &str,
        #[starlark(require = pos)] text: &str,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Vec<String>> {
        let matches = pattern(eval, regex, text)?.find_all(text).map_err(wrong)?;
        spend(eval, 16 * matches.len() as u64)?;
        let mut at = 0;
        let mut parts: Vec<String> = Vec::with_capacity(matches.len() + 1);
        for found in matches {
            parts.push(text[at..found.start].to_owned());
            at = found.end;
        }
        parts.push(text[at..].to_owned());
        Ok(parts)
    }

    /// The text as a pattern that matches nothing else.
    fn escape(#[starlark(require = pos)] text: &str) -> starlark::Result<String> {
        let is_plain = |letter: char| letter.is_alphanumeric() || letter == '_' || !letter.is_ascii();
        Ok(text.chars().flat_map(|letter| (!is_plain(letter)).then_some('\\').into_iter().chain([letter])).collect())
    }
}
