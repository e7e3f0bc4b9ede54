//! Documents from the interpreter.

use arcstr::ArcStr;

use super::{DIGIT, MAY_BE_REFERRED_TO, Unfit};
use crate::yaml::{Map, Node, Value};

/// A document, and what in it is not a plain tree of values.
#[derive(Clone, Debug)]
pub(in crate::clients::python) struct Read {
    /// The document.
    pub(in crate::clients::python) document: Node,
    /// How deep the outermost list or mapping lies that is found a second time.
    pub(in crate::clients::python) shared_at: Option<usize>,
    /// Whether tuples became lists.
    pub(in crate::clients::python) has_tuples: bool,
}

/// The document that bytes say.
///
/// # Errors
/// Something that no document is made of, or bytes that end too early.
pub(in crate::clients::python) fn read(bytes: &[u8]) -> Result<Read, Unfit> {
    let mut reader = Reader { bytes, known: Vec::new(), depth: 0, shared_at: None, has_tuples: false };
    let document = reader.node()?.ok_or(Unfit)?;
    Ok(Read { document, shared_at: reader.shared_at, has_tuples: reader.has_tuples })
}

struct Reader<'b> {
    bytes: &'b [u8],
    /// What may be referred to, in the order met; nothing yet where it is still being read.
    known: Vec<Option<Node>>,
    depth: usize,
    shared_at: Option<usize>,
    has_tuples: bool,
}

impl Reader<'_> {
    fn take(&mut self, count: usize) -> Result<&[u8], Unfit> {
        let (taken, left) = self.bytes.split_at_checked(count).ok_or(Unfit)?;
        self.bytes = left;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Unfit> {
        self.take(N)?.try_into().map_err(|_| Unfit)
    }

    fn byte(&mut self) -> Result<u8, Unfit> {
        Ok(self.array::<1>()?[0])
    }

    fn i32(&mut self) -> Result<i32, Unfit> {
        Ok(i32::from_le_bytes(self.array()?))
    }

    fn size(&mut self) -> Result<usize, Unfit> {
        usize::try_from(self.i32()?).map_err(|_| Unfit)
    }

    /// The next value; nothing at the end of a mapping.
    fn node(&mut self) -> Result<Option<Node>, Unfit> {
        let code = self.byte()?;
        let place = (code & MAY_BE_REFERRED_TO != 0).then(|| {
            self.known.push(None);
            self.known.len() - 1
        });
        let value = match code & !MAY_BE_REFERRED_TO {
            b'0' => return Ok(None),
            b'r' => return self.referred().map(Some),
            b'N' => Value::Null,
            b'F' => Value::Bool(false),
            b'T' => Value::Bool(true),
            b'i' => Value::Int(i64::from(self.i32()?)),
            b'l' => Value::Int(self.long()?),
            b'g' => Value::Float(f64::from_le_bytes(self.array()?)),
            b's' => {
                let size = self.size()?;
                Value::Bytes(self.take(size)?.to_vec().into())
            }
            b'z' | b'Z' => {
                let size = self.byte()?.into();
                self.string(size)?
            }
            b'a' | b'A' | b'u' | b't' => {
                let size = self.size()?;
                self.string(size)?
            }
            b')' => {
                self.has_tuples = true;
                let size = self.byte()?.into();
                self.list(size)?
            }
            b'(' => {
                self.has_tuples = true;
                let size = self.size()?;
                self.list(size)?
            }
            b'[' => {
                let size = self.size()?;
                self.list(size)?
            }
            b'{' => self.map()?,
            _ => return Err(Unfit),
        };
        let node = Node::new(value);
        if let Some(place) = place {
            self.known[place] = Some(node.clone());
        }
        Ok(Some(node))
    }

    fn referred(&mut self) -> Result<Node, Unfit> {
        let node = self.size().map(|at| self.known.get(at).cloned().flatten())?.ok_or(Unfit)?;
        if matches!(node.value, Value::List(_) | Value::Map(_)) {
            self.shared_at = Some(self.shared_at.map_or(self.depth, |least| least.min(self.depth)));
        }
        Ok(node)
    }

    fn string(&mut self, size: usize) -> Result<Value, Unfit> {
        let text = std::str::from_utf8(self.take(size)?).map_err(|_| Unfit)?;
        Ok(Value::Str(ArcStr::from(text)))
    }

    fn long(&mut self) -> Result<i64, Unfit> {
        let count = self.i32()?;
        let mut value: i128 = 0;
        for at in 0..count.unsigned_abs() {
            let digit = i128::from(u16::from_le_bytes(self.array()?));
            if at > 4 {
                return Err(Unfit);
            }
            value |= digit << (at * DIGIT);
        }
        i64::try_from(if count < 0 { -value } else { value }).map_err(|_| Unfit)
    }

    fn list(&mut self, size: usize) -> Result<Value, Unfit> {
        self.depth += 1;
        // A size that is wrong must not make room for what is not there.
        let mut items = Vec::with_capacity(size.min(self.bytes.len()));
        for _ in 0..size {
            items.push(self.node()?.ok_or(Unfit)?);
        }
        self.depth -= 1;
        Ok(Value::List(items.into()))
    }

    fn map(&mut self) -> Result<Value, Unfit> {
        self.depth += 1;
        let mut entries = Map::new();
        while let Some(key) = self.node()? {
            let value = self.node()?.ok_or(Unfit)?;
            entries.push_new(key, value);
        }
        self.depth -= 1;
        Ok(Value::Map(entries.into()))
    }
}
