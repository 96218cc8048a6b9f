//! The client's address in every case of the table, and in random headers.

use std::net::IpAddr;

use http::{HeaderMap, HeaderName, HeaderValue};
use keyward::Network;
use keyward::http::{ClientAddress, ForwardingHeader, NoAddress};
use proptest::prelude::{
    Just, Strategy, any, prop, prop_assert_eq, prop_assume, prop_oneof, proptest,
};

use crate::forwarding_table::{PROXY, TRUSTED, cases};

fn behind_proxies(header: &ForwardingHeader) -> ClientAddress {
    let trusted = TRUSTED.map(|network| network.parse::<Network>().unwrap());
    ClientAddress::forwarded(header.clone(), trusted)
}

pub fn name(header: &ForwardingHeader) -> HeaderName {
    match header {
        ForwardingHeader::XForwardedFor => HeaderName::from_static("x-forwarded-for"),
        ForwardingHeader::Forwarded => HeaderName::from_static("forwarded"),
        ForwardingHeader::SingleAddress(name) => name.clone(),
        other => panic!("a header that no case is about: {other:?}"),
    }
}

fn headers(header: &ForwardingHeader, lines: &[Vec<u8>]) -> HeaderMap {
    let name = name(header);
    let mut headers = HeaderMap::new();
    for line in lines {
        headers.append(&name, HeaderValue::from_bytes(line).unwrap());
    }
    headers
}

fn find(header: &ForwardingHeader, lines: &[Vec<u8>], peer: &str) -> Result<String, NoAddress> {
    let headers = headers(header, lines);
    let client = behind_proxies(header).find(&headers, peer.parse().unwrap())?;
    Ok(client.to_string())
}

#[test]
fn each_case_gets_what_its_rule_says() {
    for case in cases() {
        let expected = case.client.map(str::to_owned);
        let found = find(&case.header, &case.lines, PROXY);
        let shown: Vec<_> = case.lines.iter().take(4).map(|line| line.escape_ascii()).collect();
        let shown: String = format!("{} {shown:?}", name(&case.header)).chars().take(200).collect();
        assert_eq!(found, expected, "{shown}\n{}", case.rule);
    }
}

#[test]
fn the_table_is_as_long_as_was_promised() {
    assert!(cases().len() >= 150, "{}", cases().len());
}

#[test]
fn headers_of_a_peer_that_is_not_a_proxy_are_ignored() {
    for case in cases() {
        for peer in ["198.51.100.1", "2001:db8::1", "127.0.0.1"] {
            assert_eq!(find(&case.header, &case.lines, peer).as_deref(), Ok(peer), "{}", case.rule);
        }
    }
}

#[test]
fn headers_are_ignored_if_the_peer_is_the_client() {
    for case in cases() {
        let headers = headers(&case.header, &case.lines);
        let client = ClientAddress::Peer.find(&headers, PROXY.parse().unwrap());
        assert_eq!(client, Ok(PROXY.parse().unwrap()));
    }
}

#[test]
fn a_mapped_peer_is_the_ipv4_peer() {
    let lines = [b"203.0.113.9".to_vec()];
    let list = ForwardingHeader::XForwardedFor;
    assert_eq!(find(&list, &lines, "::ffff:10.0.0.1").as_deref(), Ok("203.0.113.9"));
    assert_eq!(find(&list, &lines, "::ffff:198.51.100.1").as_deref(), Ok("198.51.100.1"));
}

#[test]
fn there_is_no_fallback_to_another_header() {
    let mut others = HeaderMap::new();
    for (name, value) in [
        ("x-forwarded-for", "203.0.113.9"),
        ("forwarded", "for=203.0.113.9"),
        ("x-real-ip", "203.0.113.9"),
        ("cf-connecting-ip", "203.0.113.9"),
    ] {
        others.insert(name, HeaderValue::from_static(value));
    }
    for header in [
        ForwardingHeader::XForwardedFor,
        ForwardingHeader::Forwarded,
        ForwardingHeader::SingleAddress(HeaderName::from_static("x-real-ip")),
    ] {
        let mut others = others.clone();
        others.remove(name(&header));
        let client = behind_proxies(&header).find(&others, PROXY.parse().unwrap());
        assert_eq!(client, Err(NoAddress::NoHeader), "{header:?}");
    }
}

/// Bytes that a header may contain, with a high share of characters that are special in these headers.
fn line() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        Just(b"for=".to_vec()),
        Just(b"10.0.0.2".to_vec()),
        Just(b"192.0.2.66".to_vec()),
        Just(b"[2001:db8::66]".to_vec()),
        Just(b":80".to_vec()),
        prop::sample::select(b",;=\"\\ \t_[]:".to_vec()).prop_map(|byte| vec![byte]),
        any::<u8>()
            .prop_filter("no header holds it", |byte| *byte == b'\t'
                || *byte >= b' ' && *byte != 127)
            .prop_map(|byte| vec![byte]),
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

fn header() -> impl Strategy<Value = ForwardingHeader> {
    prop_oneof![Just(ForwardingHeader::XForwardedFor), Just(ForwardingHeader::Forwarded)]
}

fn is_trusted(address: IpAddr) -> bool {
    TRUSTED.iter().any(|network| network.parse::<Network>().unwrap().contains(address))
}

/// A client as a proxy writes it, and the proxies between it and the host.
fn written_by_proxies(header: &ForwardingHeader, client: IpAddr, proxies: usize) -> Vec<u8> {
    let node = |address: &str| match header {
        ForwardingHeader::Forwarded => format!("for=\"{address}\""),
        _ => address.to_owned(),
    };
    let client = match client {
        IpAddr::V4(client) => client.to_string(),
        IpAddr::V6(client) => format!("[{client}]"),
    };
    let between = format!(", {}", node("10.0.0.2")).repeat(proxies);
    format!("{}{between}", node(&client)).into_bytes()
}

proptest! {
    #[test]
    fn no_header_of_an_untrusted_peer_changes_the_outcome(
        header in header(), lines in prop::collection::vec(line(), 0..4), peer in any::<IpAddr>(),
    ) {
        let address = behind_proxies(&header);
        prop_assume!(!is_trusted(peer) && !peer.to_canonical().is_unspecified());
        prop_assert_eq!(address.find(&headers(&header, &lines), peer), Ok(peer.to_canonical()));
    }

    #[test]
    fn entries_left_of_the_client_never_change_the_outcome(
        header in header(),
        before in prop::collection::vec(line(), 0..3),
        left in line(),
        client in any::<IpAddr>(),
        proxies in 0_usize..4,
    ) {
        prop_assume!(!is_trusted(client) && !client.to_canonical().is_unspecified());
        let written = written_by_proxies(&header, client, proxies);
        let alone = find(&header, std::slice::from_ref(&written), PROXY);
        let after_a_comma = [left.as_slice(), b", ", written.as_slice()].concat();
        let mut joined = before.clone();
        joined.push(after_a_comma);
        prop_assert_eq!(&find(&header, &joined, PROXY), &Ok(client.to_canonical().to_string()));
        let mut lines = before;
        lines.extend([left, written]);
        prop_assert_eq!(&find(&header, &lines, PROXY), &alone);
    }
}
