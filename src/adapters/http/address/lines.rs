//! Iterates over the elements of a header line from the right, without the surrounding spaces.

/// Returns the elements of a list without quoted strings.
pub(super) fn elements(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    line.rsplit(|byte| *byte == b',').map(trim)
}

/// Returns the elements of a list in which a quoted string can contain a comma (RFC 9110, 5.6.4).
pub(super) fn quoting_elements(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    FromTheRight { rest: Some(line) }.map(trim)
}

/// Reads from the right, so a quote that the client left open cannot hide the elements that proxies added after it.
struct FromTheRight<'a> {
    rest: Option<&'a [u8]>,
}

impl<'a> Iterator for FromTheRight<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<Self::Item> {
        let line = self.rest.take()?;
        let mut quoted = false;
        for (place, byte) in line.iter().enumerate().rev() {
            match byte {
                b'"' if !is_escaped(line, place) => quoted = !quoted,
                b',' if !quoted => {
                    let (rest, element) = line.split_at_checked(place)?;
                    self.rest = Some(rest);
                    return element.strip_prefix(b",");
                }
                _ => {}
            }
        }
        Some(line)
    }
}

/// Returns `true` if an odd number of backslashes precedes `place`.
fn is_escaped(line: &[u8], place: usize) -> bool {
    let before = line.get(..place).unwrap_or_default();
    before.iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 1
}

/// Returns the text without surrounding spaces and tabs (RFC 9110, 5.6.3).
pub(super) fn trim(mut text: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = text {
        text = rest;
    }
    text
}
