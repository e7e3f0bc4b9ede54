//! Lists in pages: `limit` and `continuationToken`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::error::ApiError;

/// Rows on a page if nothing else is asked for, and at most.
pub(crate) const MAX_LIMIT: usize = 1000;

/// The query strings that every list takes.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct PageQuery<'a> {
    pub(crate) limit: Option<&'a str>,
    pub(crate) token: Option<&'a str>,
}

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Page<T> {
    pub(crate) rows: Vec<T>,
    pub(crate) token: Option<String>,
}

impl PageQuery<'_> {
    /// Rows asked for, silently capped.
    pub(crate) fn limit(&self) -> usize {
        self.limit.and_then(|limit| limit.parse().ok()).unwrap_or(MAX_LIMIT).min(MAX_LIMIT)
    }

    /// A page of a list that is counted from its start: `fetch` gets how many rows and how many to skip.
    ///
    /// A token of illegal characters is refused; one that means nothing starts again from the beginning.
    pub(crate) fn by_offset<T>(
        &self,
        fetch: impl FnOnce(usize, usize) -> Result<Vec<T>, ApiError>,
    ) -> Result<Page<T>, ApiError> {
        let offset = self.token.map_or(Ok(0), decode_offset)?;
        let limit = self.limit();
        let mut rows = fetch(limit + 1, offset)?;
        let more = rows.len() > limit;
        rows.truncate(limit);
        Ok(Page { rows, token: (more && limit > 0).then(|| encode_offset(offset + limit)) })
    }

    /// A page of a list that goes on after a key: `fetch` gets how many rows and the key of the row to start at.
    pub(crate) fn by_key<T>(
        &self,
        fetch: impl FnOnce(usize, Option<Vec<String>>) -> Result<Vec<T>, ApiError>,
        key: impl Fn(&T) -> Vec<String>,
    ) -> Result<Page<T>, ApiError> {
        let limit = self.limit();
        let mut rows = fetch(limit + 1, self.token.and_then(decode_key))?;
        let next = rows.get(limit).map(|row| STANDARD.encode(serde_json::json!(key(row)).to_string()));
        rows.truncate(limit);
        Ok(Page { rows, token: next })
    }
}

fn decode_key(token: &str) -> Option<Vec<String>> {
    serde_json::from_slice(&STANDARD.decode(token).ok()?).ok()
}

/// An offset as a token: opaque, letters and digits, with a digit sum so that few other words are one.
fn encode_offset(offset: usize) -> String {
    format!("page{offset:x}z{:x}", check(offset))
}

fn decode_offset(token: &str) -> Result<usize, ApiError> {
    if !token.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err(ApiError::input("Invalid continuation token"));
    }
    let read = || {
        let (offset, sum) = token.strip_prefix("page")?.split_once('z')?;
        let offset = usize::try_from(u32::from_str_radix(offset, 16).ok()?).ok()?;
        (usize::from_str_radix(sum, 16).ok()? == check(offset)).then_some(offset)
    };
    Ok(read().unwrap_or(0))
}

fn check(offset: usize) -> usize {
    offset.wrapping_mul(2_654_435_761) % 65_521
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROWS: [u32; 5] = [10, 11, 12, 13, 14];

    fn page(limit: Option<&str>, token: Option<&str>) -> Result<Page<u32>, ApiError> {
        PageQuery { limit, token }
            .by_offset(|count, offset| Ok(ROWS.iter().skip(offset).take(count).copied().collect()))
    }

    #[test]
    fn pages_follow_one_another() {
        let first = page(Some("2"), None).unwrap();
        assert_eq!(first.rows, [10, 11]);
        let second = page(Some("2"), first.token.as_deref()).unwrap();
        assert_eq!(second.rows, [12, 13]);
        let third = page(Some("2"), second.token.as_deref()).unwrap();
        assert_eq!((third.rows, third.token), (vec![14], None));
        assert_eq!(page(Some("9999"), None).unwrap().token, None);
    }

    #[test]
    fn odd_tokens_behave_as_in_the_services() {
        assert_eq!(page(Some("0"), None).unwrap(), Page { rows: vec![], token: None });
        assert_eq!(page(None, Some("meaningless")).unwrap().rows, ROWS);
        assert!(page(None, Some("not/legal")).is_err());
        assert!(page(None, Some(&encode_offset(7))).unwrap().rows.is_empty());
    }
}
