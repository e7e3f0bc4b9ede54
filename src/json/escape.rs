//! Text in JSON.

/// Whether a byte cannot stand for itself: what JSON forbids, what is not ASCII, and DEL. Looked up, as most of a graph
/// is text.
const MUST_ESCAPE: [bool; 256] = {
    let mut bytes = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        bytes[byte] = matches!(byte as u8, 0..0x20 | b'"' | b'\\' | 0x7F..);
        byte += 1;
    }
    bytes
};

/// Appends `text` in quotes.
pub(super) fn push_text(buffer: &mut Vec<u8>, text: &str) {
    buffer.push(b'"');
    let mut rest = text;
    while let Some(at) = rest.bytes().position(|byte| MUST_ESCAPE[byte as usize]) {
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
