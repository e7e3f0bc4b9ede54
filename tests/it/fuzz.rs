//! The targets of `fuzz/` on their corpus and on mutations of it: a short run without an engine.

#[path = "../../fuzz/targets/mod.rs"]
mod targets;

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};

use self::targets::{TARGETS, Target};
use crate::support::repository;

/// How often each example is changed, unless `PUSHGRAPH_MUTATIONS` says otherwise.
const MUTATIONS: u64 = 150;

/// What readers stumble over, put into the middle of examples.
const WORDS: &[&str] = &[
    "&a ",
    "*a",
    "<<: ",
    "!!binary ",
    "? ",
    "- ",
    ": ",
    "\n",
    "\t",
    "\0",
    "\u{2028}",
    "\u{feff}",
    "[",
    "{",
    "\"",
    "'",
    "-1",
    "1e999",
    "99999999999999999999",
    "by-level: ",
    "null",
    "{a: b}",
    "[[[[",
    "../../",
    "{}",
    "%",
    "\\u",
    "\\ud800",
    "ü",
];

/// SplitMix64: the same inputs every time.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let value = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((value ^ (value >> 31)) % limit.max(1) as u64).expect("it is small")
    }
}

fn mutated(example: &[u8], others: &[Vec<u8>], chance: &mut Chance) -> Vec<u8> {
    let mut data = example.to_vec();
    for _ in 0..=chance.below(4) {
        let (from, to) = (chance.below(data.len()), chance.below(data.len()));
        let range = from.min(to)..from.max(to).min(from.min(to) + 64);
        match chance.below(6) {
            0 if !data.is_empty() => data[from] ^= 1 << chance.below(8),
            1 => drop(data.drain(range)),
            2 => {
                let copy = data[range].to_vec();
                data.splice(to..to, copy);
            }
            3 => {
                let other = &others[chance.below(others.len())];
                let start = chance.below(other.len());
                data.splice(from..from, other[start..(start + 64).min(other.len())].iter().copied());
            }
            4 => data.truncate(from),
            _ => drop(data.splice(from..from, WORDS[chance.below(WORDS.len())].bytes())),
        }
    }
    data
}

fn corpus(target: &Target) -> Vec<Vec<u8>> {
    let folder = repository().join("fuzz/corpus").join(target.name);
    let files = walkdir::WalkDir::new(&folder).sort_by_file_name().into_iter().map(Result::unwrap);
    let files = files.filter(|entry| entry.file_type().is_file());
    let examples: Vec<Vec<u8>> = files.map(|entry| fs::read(entry.path()).unwrap()).collect();
    assert!(!examples.is_empty(), "{} has no corpus", target.name);
    examples
}

#[test]
fn no_input_ends_in_a_panic() {
    let mutations = std::env::var("PUSHGRAPH_MUTATIONS").map_or(MUTATIONS, |number| number.parse().unwrap());
    for target in TARGETS {
        let (examples, mut chance, mut tried) = (corpus(target), Chance(1), 0_u64);
        for example in &examples {
            for mutation in 0..mutations {
                let data = if mutation == 0 { example.clone() } else { mutated(example, &examples, &mut chance) };
                let ended = catch_unwind(AssertUnwindSafe(|| (target.run)(&data)));
                let shown = String::from_utf8_lossy(&data);
                assert!(ended.is_ok(), "{} panics on this input:\n{shown}\n{data:?}", target.name);
                tried += 1;
            }
        }
        println!("{}: {tried} inputs tried", target.name);
    }
}

#[test]
fn the_table_is_that_of_the_folder() {
    let files = fs::read_dir(repository().join("fuzz/targets")).unwrap();
    let names = files.map(|file| file.unwrap().file_name().to_string_lossy().trim_end_matches(".rs").to_owned());
    let mut names: Vec<String> = names.filter(|name| !["mod", "world"].contains(&name.as_str())).collect();
    names.sort();
    assert_eq!(TARGETS.iter().map(|target| target.name).collect::<Vec<_>>(), names);
}
