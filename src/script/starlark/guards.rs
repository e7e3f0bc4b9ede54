//! Operators and methods that look at the size of what they are given before they do their work; `rewrite` puts them
//! into programs.

use starlark::collections::SmallMap;
use starlark::environment::GlobalsBuilder;
use starlark::eval::Evaluator;
use starlark::starlark_module;
use starlark::values::dict::DictRef;
use starlark::values::list::ListRef;
use starlark::values::structs::StructRef;
use starlark::values::tuple::{TupleRef, UnpackTuple};
use starlark::values::{Value, ValueLike};

use super::host::host;
use super::limits::{spend, spend_on_one, too_much};
use super::opaque::Opaque;

/// The most that one value may weigh where it is looked through, in bytes.
const HEAVIEST: u64 = 16 << 20;

/// How deep values may hold one another where they are looked through.
const DEEPEST: usize = 200;

/// About how many bytes it takes to look through a value, or to write it: what it holds counts as often as it holds it.
///
/// # Errors
/// More than is left to be spent, or a value that is too deep.
pub(super) fn weight(eval: &Evaluator<'_, '_, '_>, value: Value<'_>) -> starlark::Result<u64> {
    let mut scale = Scale { left: host(eval).budget.left().min(HEAVIEST), weighed: 0 };
    scale.add(value, 0)?;
    Ok(scale.weighed)
}

struct Scale {
    left: u64,
    weighed: u64,
}

impl Scale {
    fn add(&mut self, value: Value<'_>, depth: usize) -> starlark::Result<()> {
        self.weighed += value.unpack_str().map_or(8, |text| text.len() as u64 + 2);
        if self.weighed > self.left {
            return Err(too_much("a value is too large to be looked through"));
        }
        if depth > DEEPEST {
            return Err(too_much("a value is nested too deep"));
        }
        if let Some(list) = ListRef::from_value(value) {
            list.iter().try_for_each(|item| self.add(item, depth + 1))
        } else if let Some(tuple) = TupleRef::from_value(value) {
            tuple.iter().try_for_each(|item| self.add(item, depth + 1))
        } else if let Some(dict) = DictRef::from_value(value) {
            dict.iter().try_for_each(|(key, item)| self.add(key, depth + 1).and_then(|()| self.add(item, depth + 1)))
        } else if let Some(fields) = StructRef::from_value(value) {
            fields.iter().try_for_each(|(_, item)| self.add(item, depth + 1))
        } else {
            // Asking others for their length makes an error, which takes long where there are many of them.
            if value.get_type() == "set" {
                self.weighed += 16 * length(value);
            }
            Ok(())
        }
    }
}

/// Counts the looking through of a value that is more than a scalar.
pub(super) fn spend_on(eval: &mut Evaluator<'_, '_, '_>, value: Value<'_>) -> starlark::Result<()> {
    let weight = weight(eval, value)?;
    spend(eval, weight)
}

/// How many parts a text or collection has; nothing for other values.
pub(super) fn length(value: Value<'_>) -> u64 {
    match value.unpack_str() {
        Some(text) => text.len() as u64,
        None if is_number(value) => 0,
        None => value.length().map_or(0, |length| u64::try_from(length).unwrap_or(0)),
    }
}

fn is_number(value: Value<'_>) -> bool {
    value.unpack_i32().is_some() || value.is_none() || value.unpack_bool().is_some()
}

/// Whether comparing takes no time to speak of, which it does with one that is no collection.
fn is_plain(value: Value<'_>) -> bool {
    value.unpack_str().is_some() || is_number(value)
}

fn compare_guarded(eval: &mut Evaluator<'_, '_, '_>, one: Value<'_>, other: Value<'_>) -> starlark::Result<()> {
    if is_plain(one) || is_plain(other) {
        return Ok(());
    }
    // As far as the smaller one reaches; where both are small nothing is worth counting.
    let (one, other) = (weight(eval, one)?, weight(eval, other)?);
    spend(eval, one.min(other))
}

/// How many digits a whole number has, roughly; nothing if it is small or none.
fn digits(value: Value<'_>) -> u64 {
    match value.unpack_i32() {
        Some(_) => 0,
        None if value.get_type() == "int" => value.to_str().len() as u64,
        None => 0,
    }
}

/// Whole numbers have some thousand digits at most.
const DIGITS: u64 = 4096;

fn small_number(digits: u64) -> starlark::Result<()> {
    if digits > DIGITS { Err(too_much("a number is too large")) } else { Ok(()) }
}

fn in_guarded(eval: &mut Evaluator<'_, '_, '_>, item: Value<'_>, within: Value<'_>) -> starlark::Result<()> {
    match within.get_type() {
        "string" => spend(eval, length(within)),
        "list" | "tuple" if is_plain(item) => spend(eval, length(within)),
        "list" | "tuple" => spend_on(eval, within),
        _ => Ok(()),
    }
}

/// The text or number of times, for `text * number` either way round.
fn times<'v>(one: Value<'v>, other: Value<'v>) -> Option<u64> {
    let count = one.unpack_i32().or_else(|| other.unpack_i32())?;
    let whole = if one.unpack_i32().is_some() { other } else { one };
    (!is_number(whole)).then(|| length(whole).saturating_mul(u64::try_from(count).unwrap_or(0)))
}

/// What `%` writes into a text.
fn percent_guarded(eval: &mut Evaluator<'_, '_, '_>, format: &str, values: Value<'_>) -> starlark::Result<()> {
    let written = weight(eval, values)?;
    spend_on_one(eval, written + format.len() as u64, "the text")
}

/// What the arguments of a method make it do.
fn method_guarded<'v>(
    eval: &mut Evaluator<'v, '_, '_>,
    name: &str,
    receiver: Value<'v>,
    arguments: &[Value<'v>],
) -> starlark::Result<()> {
    let own = length(receiver);
    let first = arguments.first().copied();
    match (name, receiver.unpack_str()) {
        ("join", Some(separator)) => {
            let Some(items) = first else { return Ok(()) };
            let texts = spend_on_items(eval, items)?;
            let size = texts.saturating_add(length(items).saturating_mul(separator.len() as u64));
            spend_on_one(eval, size, "the text")
        }
        ("replace", Some(text)) => {
            let (old, new) = (first.map_or(0, length), arguments.get(1).copied().map_or(0, length));
            let times = (text.len() as u64).checked_div(old).unwrap_or(text.len() as u64 + 1);
            spend_on_one(eval, own.saturating_add(times.saturating_mul(new)), "the text")
        }
        ("format", Some(text)) => {
            let values = arguments
                .iter()
                .try_fold(0, |sum: u64, value| Ok::<_, starlark::Error>(sum + weight(eval, *value)?))?;
            let places = text.matches('{').count() as u64;
            spend_on_one(eval, own.saturating_add(places.saturating_mul(values)), "the text")
        }
        ("index" | "remove" | "count", None) => spend_on(eval, receiver),
        (_, Some(_)) => spend(eval, 8 * own),
        _ => spend(eval, 16 * (own + arguments.iter().map(|value| length(*value)).sum::<u64>())),
    }
}

/// The bytes of all texts in a list.
fn spend_on_items<'v>(eval: &mut Evaluator<'v, '_, '_>, items: Value<'v>) -> starlark::Result<u64> {
    spend(eval, 8 * length(items))?;
    match ListRef::from_value(items) {
        Some(list) => Ok(list.iter().map(length).sum()),
        None => weight(eval, items),
    }
}

/// Refuses tuples that hold others so often that making a key of one would never end; alone, or in a list.
pub(super) fn tuple_guarded(value: Value<'_>) -> starlark::Result<()> {
    fn count(value: Value<'_>, left: &mut u32) -> bool {
        let Some(tuple) = TupleRef::from_value(value) else { return true };
        tuple.iter().all(|item| {
            *left = left.saturating_sub(1);
            *left > 0 && count(item, left)
        })
    }
    let is_small = |value: Value<'_>| count(value, &mut 100_000);
    let is_good = ListRef::from_value(value).map_or_else(|| is_small(value), |list| list.iter().all(is_small));
    if is_good { Ok(()) } else { Err(too_much("a tuple holds too many others")) }
}

#[starlark_module]
pub(super) fn guards(builder: &mut GlobalsBuilder) {
    fn __add<'v>(one: Value<'v>, other: Value<'v>, eval: &mut Evaluator<'v, '_, '_>) -> starlark::Result<Value<'v>> {
        if !is_number(one) {
            let size = length(one) + length(other);
            spend_on_one(eval, size, "the sum")?;
            small_number(digits(one).max(digits(other)))?;
        }
        let sum = one.add(other, eval.heap())?;
        tuple_guarded(sum)?;
        Ok(sum)
    }

    fn __multiply<'v>(
        one: Value<'v>,
        other: Value<'v>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        match times(one, other) {
            Some(size) => spend_on_one(eval, size, "the repetition")?,
            None => small_number(digits(one) + digits(other))?,
        }
        let product = one.mul(other, eval.heap())?;
        tuple_guarded(product)?;
        Ok(product)
    }

    fn __percent<'v>(
        one: Value<'v>,
        other: Value<'v>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        if let Some(format) = one.unpack_str() {
            percent_guarded(eval, format, other)?;
        }
        one.percent(other, eval.heap())
    }

    fn __shift<'v>(one: Value<'v>, other: Value<'v>, eval: &mut Evaluator<'v, '_, '_>) -> starlark::Result<Value<'v>> {
        small_number(digits(one) + other.unpack_i32().map_or(u64::MAX >> 1, |by| u64::try_from(by).unwrap_or(0)))?;
        one.left_shift(other, eval.heap())
    }

    fn __equal<'v>(one: Value<'v>, other: Value<'v>, eval: &mut Evaluator<'v, '_, '_>) -> starlark::Result<bool> {
        compare_guarded(eval, one, other)?;
        one.equals(other)
    }

    fn __not_equal<'v>(one: Value<'v>, other: Value<'v>, eval: &mut Evaluator<'v, '_, '_>) -> starlark::Result<bool> {
        compare_guarded(eval, one, other)?;
        one.equals(other).map(|is_equal| !is_equal)
    }

    fn __less<'v>(one: Value<'v>, other: Value<'v>, eval: &mut Evaluator<'v, '_, '_>) -> starlark::Result<bool> {
        compare_guarded(eval, one, other)?;
        one.compare(other).map(std::cmp::Ordering::is_lt)
    }

    fn __greater<'v>(one: Value<'v>, other: Value<'v>, eval: &mut Evaluator<'v, '_, '_>) -> starlark::Result<bool> {
        compare_guarded(eval, one, other)?;
        one.compare(other).map(std::cmp::Ordering::is_gt)
    }

    fn __less_or_equal<'v>(
        one: Value<'v>,
        other: Value<'v>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<bool> {
        compare_guarded(eval, one, other)?;
        one.compare(other).map(std::cmp::Ordering::is_le)
    }

    fn __greater_or_equal<'v>(
        one: Value<'v>,
        other: Value<'v>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<bool> {
        compare_guarded(eval, one, other)?;
        one.compare(other).map(std::cmp::Ordering::is_ge)
    }

    fn __in<'v>(one: Value<'v>, other: Value<'v>, eval: &mut Evaluator<'v, '_, '_>) -> starlark::Result<bool> {
        in_guarded(eval, one, other)?;
        other.is_in(one)
    }

    fn __not_in<'v>(one: Value<'v>, other: Value<'v>, eval: &mut Evaluator<'v, '_, '_>) -> starlark::Result<bool> {
        in_guarded(eval, one, other)?;
        other.is_in(one).map(|is_in| !is_in)
    }

    fn __more<'v>(value: Value<'v>, eval: &mut Evaluator<'v, '_, '_>) -> starlark::Result<Value<'v>> {
        if !is_number(value) {
            spend_on_one(eval, 8 * length(value), "what is added")?;
            small_number(digits(value))?;
        }
        Ok(value)
    }

    fn __spread<'v>(value: Value<'v>, eval: &mut Evaluator<'v, '_, '_>) -> starlark::Result<Value<'v>> {
        spend_on_one(eval, 16 * length(value), "the arguments")?;
        Ok(value)
    }

    fn __sliced<'v>(value: Value<'v>, eval: &mut Evaluator<'v, '_, '_>) -> starlark::Result<Value<'v>> {
        spend(eval, 8 * length(value))?;
        Ok(value)
    }

    fn __tuple<'v>(value: Value<'v>) -> starlark::Result<Value<'v>> {
        tuple_guarded(value)?;
        Ok(value)
    }

    fn __formatted<'v>(
        #[starlark(require = pos)] format: Value<'v>,
        #[starlark(args)] values: UnpackTuple<Value<'v>>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        method_guarded(eval, "format", format, &values.items)?;
        let method = format.get_attr_error("format", eval.heap())?;
        eval.eval_function(method, &values.items, &[])
    }

    fn __method<'v>(
        #[starlark(require = pos)] name: &str,
        #[starlark(require = pos)] receiver: Value<'v>,
        #[starlark(args)] arguments: UnpackTuple<Value<'v>>,
        #[starlark(kwargs)] named: SmallMap<String, Value<'v>>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        if receiver.downcast_ref::<Opaque>().is_none() {
            let all: Vec<Value<'v>> = arguments.items.iter().chain(named.values()).copied().collect();
            method_guarded(eval, name, receiver, &all)?;
        }
        let method = receiver.get_attr_error(name, eval.heap())?;
        let named: Vec<(&str, Value<'v>)> = named.iter().map(|(name, value)| (name.as_str(), *value)).collect();
        eval.eval_function(method, &arguments.items, &named)
    }
}
