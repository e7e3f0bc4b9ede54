//! Text in JSON.

use super::Flavour;

/// What to do with a byte of text.
const PLAIN: u8 = 0;
const ESCAPED: u8 = 1;
const NOT_ASCII: u8 = 2;

const CLASSES: [u8; 256] = {
    let mut classes = [PLAIN; 256];
    let mut byte = 0;
    while byte < 256 {
        classes[byte] = match byte as u8 {
            0..0x20 | b'"' | b'\\' => ESCAPED,
            0x7F.. => NOT_ASCII,
            _ => PLAIN,
        };
        byte += 1;
    }
    classes
};

/// Appends `text` in quotes.
pub(super) fn push_text(buffer: &mut Vec<u8>, text: &str, flavour: Flavour) {
    buffer.push(b'"');
    let mut rest = text;
    while let Some(at) = rest.bytes().position(|byte| must_escape(byte, flavour)) {
        buffer.extend_from_slice(&rest.as_bytes()[..at]);
        let mut characters = rest[at..].chars();
        if let Some(character) = characters.next() {
            push_escape(buffer, character);
        }
        rest = characters.as_str();
    }
    buffer.extend_from_slice(rest.as_bytes());
    buffer.push(b'"');
}

const fn must_escape(byte: u8, flavour: Flavour) -> bool {
    match flavour {
        // DEL counts as not ASCII: the standard library escapes it with the rest.
        Flavour::Stdlib => CLASSES[byte as usize] != PLAIN,
        Flavour::Orjson => CLASSES[byte as usize] == ESCAPED,
    }
}

fn push_escape(buffer: &mut Vec<u8>, character: char) {
    let short = match character {
        '"' => b'"',
        '\\' => b'\\',
        '\n' => b'n',
        '\r' => b'r',
        '\t' => b't',
        '\u{8}' => b'b',
        '\u{c}' => b'f',
        _ => {
            // A character beyond the first 65,536 is two of UTF-16's units.
            character.encode_utf16(&mut [0; 2]).iter().for_each(|unit| push_unit(buffer, *unit));
            return;
        }
    };
    buffer.extend_from_slice(&[b'\\', short]);
}

fn push_unit(buffer: &mut Vec<u8>, unit: u16) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |shift: u32| DIGITS[usize::from(unit >> shift & 0xF)];
    buffer.extend_from_slice(&[b'\\', b'u', digit(12), digit(8), digit(4), digit(0)]);
}
