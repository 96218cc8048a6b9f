//! A header line's elements, from the right, each without the spaces around it.

/// The elements of a list without quoted strings.
pub(super) fn elements(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    line.rsplit(|byte| *byte == b',').map(trim)
}

/// The elements of a list in which a quoted string may hold a comma (RFC 9110, 5.6.4).
pub(super) fn quoting_elements(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    FromTheRight { rest: Some(line) }.map(trim)
}

/// Reading from the right, a quote left open by a client cannot swallow what a proxy wrote after it.
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

/// Whether an odd number of backslashes stands before `place`.
fn is_escaped(line: &[u8], place: usize) -> bool {
    let before = line.get(..place).unwrap_or_default();
    before.iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 1
}

/// Without the spaces and tabs around it (RFC 9110, 5.6.3).
pub(super) fn trim(mut text: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = text {
        text = rest;
    }
    text
}
