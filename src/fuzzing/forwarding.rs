//! The forwarding headers, which contain the client address if a trusted proxy wrote them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddrV4};
use std::sync::LazyLock;

use http::{HeaderMap, HeaderName, HeaderValue};

use crate::adapters::http::{ClientAddress, ForwardingHeader, NoAddress};
use crate::fuzzing::support::lines;
use crate::values::canonical_address;

const NAMES: [HeaderName; 3] = [
    HeaderName::from_static("x-forwarded-for"),
    HeaderName::from_static("forwarded"),
    HeaderName::from_static("x-real-ip"),
];

/// The finders of the client address for the three headers.
static FINDERS: LazyLock<[ClientAddress; 3]> = LazyLock::new(|| {
    let [_, _, single] = NAMES;
    [
        ForwardingHeader::XForwardedFor,
        ForwardingHeader::Forwarded,
        ForwardingHeader::SingleAddress(single),
    ]
    .map(|header| {
        let proxies = ["10.0.0.0/8", "2001:db8::/32"].map(|network| network.parse().unwrap());
        ClientAddress::forwarded(header, proxies)
    })
});

const PROXY: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1));
const CLIENT: IpAddr = IpAddr::V4(Ipv4Addr::new(203, 0, 113, 9));

/// The first byte selects the header, and the following lines are its values.
///
/// For a well-formed header, the address must equal the result of a second, simpler parser. Each address that `std` parses must
/// be accepted. Text to the left of the entry of a proxy must have no effect.
pub fn forwarding(data: &[u8]) {
    let Some((which, data)) = data.split_first() else { return };
    let which = usize::from(*which) % 3;
    let mut headers = HeaderMap::new();
    let mut whole = Vec::new();
    for line in lines(data).take(8) {
        let Ok(value) = HeaderValue::from_bytes(line) else { return };
        headers.append(&NAMES[which], value);
        whole.push(line);
    }
    let finder = &FINDERS[which];
    let found = finder.find(&headers, PROXY);
    if let Some(expected) = expected(which, &whole) {
        let unspecified = |address: &IpAddr| address.is_unspecified();
        let is_unspecified = expected.as_ref().is_ok_and(unspecified);
        assert_eq!(found, if is_unspecified { Err(NoAddress::Unspecified) } else { expected });
    }
    if let Ok(address) = found {
        assert_eq!(address, canonical_address(address));
        assert!(!is_proxy(address), "{address} is a proxy's");
        // Writing takes longer than parsing, so one text in eight is written.
        if data.len() % 8 == 0 {
            prints_back(address);
        }
    }
    // The headers of a peer that is not a proxy are ignored.
    assert_eq!(finder.find(&headers, CLIENT), Ok(CLIENT));
    if let Some(added) = ["203.0.113.9", "for=203.0.113.9"].get(which) {
        cannot_be_talked_over(which, headers, data, added);
    }
}

/// The address that our own proxy adds is the client address, whatever was sent before it. The proxy adds it on a separate line
/// or on the same line.
fn cannot_be_talked_over(which: usize, mut headers: HeaderMap, sent: &[u8], added: &'static str) {
    let (name, finder) = (&NAMES[which], &FINDERS[which]);
    // A header line contains no line feed.
    if let Ok(one_line) = HeaderValue::from_bytes(&[sent, b", ", added.as_bytes()].concat()) {
        headers.insert(name, one_line);
    } else {
        headers.append(name, HeaderValue::from_static(added));
    }
    assert_eq!(finder.find(&headers, PROXY), Ok(CLIENT));
}

/// Each header that is written for an address must yield that address.
fn prints_back(address: IpAddr) {
    let node = match address {
        IpAddr::V4(v4) => v4.to_string(),
        IpAddr::V6(v6) => format!("[{v6}]"),
    };
    let texts =
        [format!("{address}, 10.0.0.2"), format!("for=\"{node}:80\""), format!("{node}:80")];
    for ((name, finder), text) in NAMES.iter().zip(FINDERS.iter()).zip(texts) {
        let mut headers = HeaderMap::new();
        headers.insert(name, text.parse().unwrap());
        assert_eq!(finder.find(&headers, PROXY), Ok(address), "{text}");
    }
}

/// Parses the header from the left as `str`. Returns `None` if this parser cannot decide.
fn expected(which: usize, lines: &[&[u8]]) -> Option<Result<IpAddr, NoAddress>> {
    let lines: Vec<&str> =
        lines.iter().map(|line| str::from_utf8(line).ok()).collect::<Option<_>>()?;
    match (which, &*lines) {
        (0, _) => {
            let elements = lines.iter().flat_map(|line| line.split(','));
            Some(client(elements.map(|element| bare(trim(element)))))
        }
        (1, _) => {
            // A quoted string does not continue on another line.
            let lines: Vec<_> = lines.into_iter().map(client_of).collect::<Option<_>>()?;
            Some(client(lines.into_iter().flatten()))
        }
        (_, [line]) => Some(client([bare(trim(line))].into_iter())),
        _ => Some(Err(NoAddress::SentTwice)),
    }
}

fn client(elements: impl DoubleEndedIterator<Item = Option<IpAddr>>) -> Result<IpAddr, NoAddress> {
    let other = elements.rev().find(|element| !element.is_some_and(is_proxy));
    other.ok_or(NoAddress::AllTrusted)?.ok_or(NoAddress::NotAnAddress)
}

fn is_proxy(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => v4.octets()[0] == 10,
        IpAddr::V6(v6) => v6.segments()[..2] == [0x2001, 0xdb8],
    }
}

fn bare(text: &str) -> Option<IpAddr> {
    let address = text.parse::<IpAddr>().ok().or_else(|| node(text));
    address.map(canonical_address)
}

/// Parses `v4`, `[v6]`, and either with a port: a number, or `_` and a name.
fn node(text: &str) -> Option<IpAddr> {
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => rest.split_once(']')?,
        None => text.find(':').map_or((text, ""), |colon| text.split_at(colon)),
    };
    let address = if text.starts_with('[') {
        IpAddr::V6(host.parse::<Ipv6Addr>().ok()?)
    } else {
        IpAddr::V4(host.parse::<Ipv4Addr>().ok()?)
    };
    let named = |name: &str| {
        let plain = |letter: char| letter.is_ascii_alphanumeric() || "._-".contains(letter);
        !name.is_empty() && name.chars().all(plain)
    };
    let said = match port.strip_prefix(':') {
        None => port.is_empty(),
        Some(port) => match port.strip_prefix('_') {
            Some(name) => named(name),
            None => {
                // `std` accepts any number of leading zeros. Keyward accepts at most five digits.
                port.len() <= 5 && format!("192.0.2.1:{port}").parse::<SocketAddrV4>().is_ok()
            }
        },
    };
    said.then(|| canonical_address(address))
}

/// Returns the parameter `for` of each element of a `Forwarded` header that is well formed by RFC 7239, with the additional
/// spaces that Keyward accepts. Returns `None` for any other header.
fn client_of(text: &str) -> Option<Vec<Option<IpAddr>>> {
    let mut elements = Vec::new();
    let mut rest = text;
    loop {
        let (mut said, mut spoilt) = (None, false);
        loop {
            rest = rest.trim_start_matches([' ', '\t']);
            let end = rest.find(|letter| !is_token(letter)).unwrap_or(rest.len());
            let (name, after) = rest.split_at(end);
            rest = after;
            if !name.is_empty() {
                let (value, after) = value(after.strip_prefix('=')?)?;
                rest = after;
                if name.eq_ignore_ascii_case("for") {
                    let client = node(value);
                    spoilt |= said.is_some() || client.is_none();
                    said = client;
                }
            }
            rest = rest.trim_start_matches([' ', '\t']);
            match rest.strip_prefix(';') {
                Some(more) => rest = more,
                None => break,
            }
        }
        elements.push(said.filter(|_| !spoilt));
        match rest.strip_prefix(',') {
            Some(more) => rest = more,
            None if rest.is_empty() => return Some(elements),
            None => return None,
        }
    }
}

/// Returns a token, or the raw contents of a quoted string, and the remaining text.
fn value(text: &str) -> Option<(&str, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(|letter| !is_token(letter)).unwrap_or(text.len());
        return (end > 0).then(|| text.split_at(end));
    };
    let mut letters = quoted.char_indices();
    while let Some((place, letter)) = letters.next() {
        match letter {
            '"' => return Some((&quoted[..place], &quoted[place + 1..])),
            '\\' => drop(letters.next()?),
            _ => {}
        }
    }
    None
}

fn is_token(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(letter)
}

fn trim(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}
