//! As much of PostgreSQL's protocol as the counting needs: a message is a type, a length and a body, and the server
//! answers `Query` and `Sync`. (<https://www.postgresql.org/docs/current/protocol-flow.html>)

/// A message that the server answers once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Sent {
    Text(String),
    Prepare(String),
    Execute,
}

/// Returns the length of the messages up to the first that the server answers, and their statement. The start-up
/// message of a new connection has no type and is not a statement, and neither is the driver's ping, a bare `Sync`.
pub(crate) fn question(bytes: &[u8], is_new: bool) -> Option<(usize, Option<Sent>)> {
    if is_new {
        let length = length(bytes)?;
        return (bytes.len() >= length).then_some((length, None));
    }
    let (mut at, mut sent) = (0, None);
    loop {
        let (kind, rest) = bytes.get(at..)?.split_first()?;
        let body = rest.get(4..length(rest)?)?;
        at += 5 + body.len();
        match kind {
            b'Q' => return Some((at, Some(Sent::Text(text(body))))),
            b'P' => {
                let name = body.iter().position(|byte| *byte == 0)?;
                sent = Some(Sent::Prepare(text(body.get(name + 1..)?)));
            }
            b'E' => sent = Some(Sent::Execute),
            b'S' => return Some((at, sent)),
            // A password, and the end.
            b'p' | b'X' => return Some((at, None)),
            _ => {}
        }
    }
}

fn length(bytes: &[u8]) -> Option<usize> {
    Some(u32::from_be_bytes(*bytes.first_chunk()?) as usize)
}

/// Up to the NUL.
fn text(bytes: &[u8]) -> String {
    let text = bytes.split(|byte| *byte == 0).next().unwrap_or_default();
    String::from_utf8(text.to_vec()).unwrap()
}
