//! Base64 as Python's `base64.decodebytes` forgives it: anything outside its alphabet is skipped.

/// Decodes base64, or says in Python's words why it cannot.
pub(super) fn decode(text: &[u8]) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut group, mut filled, mut padding, mut count) = (0_u32, 0, 0, 0_usize);
    for &byte in text {
        if byte == b'=' {
            padding += 1;
            if filled >= 2 && filled + padding >= 4 {
                return Ok(bytes);
            }
            continue;
        }
        let Some(six) = six_bits(byte) else { continue };
        (padding, count, group) = (0, count + 1, group << 6 | six);
        filled = (filled + 1) % 4;
        if filled != 1 {
            let shift = [0, 0, 4, 2][filled];
            bytes.push((group >> shift) as u8);
        }
    }
    match filled {
        0 => Ok(bytes),
        1 => Err(format!("number of data characters ({count}) cannot be 1 more than a multiple of 4")),
        _ => Err("incorrect padding".into()),
    }
}

const fn six_bits(byte: u8) -> Option<u32> {
    Some(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    } as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decodes_as_python_does() {
        assert_eq!(decode(b"aGVsbG8=\n").unwrap(), b"hello");
        assert_eq!(decode(b" aG-Vs\nbG8 = ignored").unwrap(), b"hello");
        assert_eq!(decode(b"").unwrap(), b"");
        assert_eq!(decode(b"aGVsbG8").unwrap_err(), "incorrect padding");
        assert!(decode(b"aGVsb").unwrap_err().contains("(5)"));
    }
}
