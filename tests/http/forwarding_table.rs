//! Forwarding headers, each with its expected outcome and the rule.

use keyward::http::{ForwardingHeader, NoAddress};

/// One case: the header lines in their order, and the client.
pub struct Case {
    pub header: ForwardingHeader,
    pub lines: Vec<Vec<u8>>,
    pub client: Result<&'static str, NoAddress>,
    pub rule: &'static str,
}

/// The host's own proxies, in every case.
pub const TRUSTED: [&str; 4] =
    ["10.0.0.0/8", "192.168.0.0/16", "2001:db8:ffff::/48", "100.64.0.0/10"];

/// The proxy that every case comes through.
pub const PROXY: &str = "10.0.0.1";

const NOT_AN_ADDRESS: Result<&str, NoAddress> = Err(NoAddress::NotAnAddress);
const ALL_TRUSTED: Result<&str, NoAddress> = Err(NoAddress::AllTrusted);
const NO_HEADER: Result<&str, NoAddress> = Err(NoAddress::NoHeader);
const SENT_TWICE: Result<&str, NoAddress> = Err(NoAddress::SentTwice);

const NEAREST: &str = "the first address from the right that is no trusted proxy";
const JOINED: &str = "all lines are one list, in their order (RFC 9110, 5.3)";
const SPACES: &str = "spaces and tabs around an element do not count (RFC 9110, 5.6.3)";
const EMPTY: &str = "an empty element ends the walk";
const PORT: &str = "a port is read and left out";
const BAD_PORT: &str = "what follows the address is a colon and a port, or nothing";
const STRICT: &str = "an address is written as std reads it: no leading zeros, no zone, no name";
const MAPPED: &str = "an IPv4-mapped address is the IPv4 address";
const GRAMMAR: &str = "an element is parameters, each a token, `=` and a value (RFC 7239, 4)";
const QUOTED: &str = "a colon or a bracket is no token: the value is quoted (RFC 7239, 4)";
const ONCE: &str = "a parameter stands once in an element (RFC 7239, 4)";
const OBFUSCATED: &str = "an obfuscated node is no address (RFC 7239, 6.3)";
const LEFT: &str = "what stands left of the client does not count";
const SINGLE: &str = "such a header holds one address, and is sent once";
const ALL: &str = "all of them are proxies, so nobody is the client";

pub fn cases() -> Vec<Case> {
    [x_forwarded_for(), forwarded(), single_address(), large()].into_iter().flatten().collect()
}

fn list<const N: usize>(
    header: &ForwardingHeader,
    rows: [(&[&str], Result<&'static str, NoAddress>, &'static str); N],
) -> Vec<Case> {
    let case = |(lines, client, rule): (&[&str], _, _)| Case {
        header: header.clone(),
        lines: lines.iter().map(|line| line.as_bytes().to_vec()).collect(),
        client,
        rule,
    };
    rows.into_iter().map(case).collect()
}

fn x_forwarded_for() -> Vec<Case> {
    list(
        &ForwardingHeader::XForwardedFor,
        [
            (&[], NO_HEADER, "a trusted proxy that says nothing hides its client"),
            (&["203.0.113.9"], Ok("203.0.113.9"), NEAREST),
            (&["203.0.113.9, 10.0.0.2"], Ok("203.0.113.9"), NEAREST),
            (&["203.0.113.9, 192.168.7.7, 10.0.0.2"], Ok("203.0.113.9"), NEAREST),
            (&["203.0.113.9, 2001:db8:ffff::1"], Ok("203.0.113.9"), NEAREST),
            (&["203.0.113.9, 100.127.255.255"], Ok("203.0.113.9"), NEAREST),
            (&["203.0.113.9, 100.128.0.0"], Ok("100.128.0.0"), NEAREST),
            (&["192.0.2.66, 203.0.113.9"], Ok("203.0.113.9"), LEFT),
            (&["10.0.0.9, 203.0.113.9"], Ok("203.0.113.9"), LEFT),
            (&["127.0.0.1, 203.0.113.9, 10.0.0.2"], Ok("203.0.113.9"), LEFT),
            (&["unknown, 203.0.113.9"], Ok("203.0.113.9"), LEFT),
            (&["\", 203.0.113.9"], Ok("203.0.113.9"), LEFT),
            (&[", 203.0.113.9"], Ok("203.0.113.9"), LEFT),
            (&[",,,, 203.0.113.9"], Ok("203.0.113.9"), LEFT),
            (&["<script>, 203.0.113.9, 10.0.0.2"], Ok("203.0.113.9"), LEFT),
            (&["203.0.113.9, 198.51.100.7, 10.0.0.2"], Ok("198.51.100.7"), NEAREST),
            (&["203.0.113.9, 172.16.0.1, 10.0.0.2"], Ok("172.16.0.1"), "private is not trusted"),
            (&["203.0.113.9, 127.0.0.1"], Ok("127.0.0.1"), "loopback is not trusted"),
            (&["203.0.113.9, fd00::1"], Ok("fd00::1"), "private is not trusted"),
            (&["172.16.0.1"], Ok("172.16.0.1"), "a client may be private"),
            (&["0.0.0.0"], Err(NoAddress::Unspecified), "it is no client's"),
            (&["255.255.255.255"], Ok("255.255.255.255"), "an address is an address"),
            (&["203.0.113.9", "10.0.0.2"], Ok("203.0.113.9"), JOINED),
            (&["10.0.0.2", "203.0.113.9"], Ok("203.0.113.9"), JOINED),
            (&["192.0.2.66", "203.0.113.9, 10.0.0.2"], Ok("203.0.113.9"), JOINED),
            (&["203.0.113.9, 10.0.0.3", "10.0.0.2", "192.168.0.1"], Ok("203.0.113.9"), JOINED),
            (&["203.0.113.9", ""], NOT_AN_ADDRESS, EMPTY),
            (&["", "203.0.113.9"], Ok("203.0.113.9"), LEFT),
            (&["203.0.113.9", "unknown", "10.0.0.2"], NOT_AN_ADDRESS, JOINED),
            (&["203.0.113.9,10.0.0.2"], Ok("203.0.113.9"), SPACES),
            (&["203.0.113.9 ,\t10.0.0.2"], Ok("203.0.113.9"), SPACES),
            (&["  203.0.113.9  "], Ok("203.0.113.9"), SPACES),
            (&["\t203.0.113.9\t"], Ok("203.0.113.9"), SPACES),
            (&["203.0.113.9 10.0.0.2"], NOT_AN_ADDRESS, "elements are parted by commas"),
            (&["203.0.113.9; 10.0.0.2"], NOT_AN_ADDRESS, "elements are parted by commas"),
            (&[""], NOT_AN_ADDRESS, EMPTY),
            (&["   "], NOT_AN_ADDRESS, EMPTY),
            (&[","], NOT_AN_ADDRESS, EMPTY),
            (&["203.0.113.9,"], NOT_AN_ADDRESS, EMPTY),
            (&["203.0.113.9, "], NOT_AN_ADDRESS, EMPTY),
            (&["203.0.113.9,, 10.0.0.2"], NOT_AN_ADDRESS, EMPTY),
            (&["10.0.0.2"], ALL_TRUSTED, ALL),
            (&["10.0.0.3, 192.168.0.1, 2001:db8:ffff::9"], ALL_TRUSTED, ALL),
            (&["10.0.0.3", "10.0.0.2"], ALL_TRUSTED, ALL),
            (&["203.0.113.9:4711"], Ok("203.0.113.9"), PORT),
            (&["203.0.113.9:0"], Ok("203.0.113.9"), PORT),
            (&["203.0.113.9:65535, 10.0.0.2:80"], Ok("203.0.113.9"), PORT),
            (&["[2001:db8::9]:4711"], Ok("2001:db8::9"), PORT),
            (&["[2001:db8::9]"], Ok("2001:db8::9"), "an IPv6 address may stand in brackets"),
            (&["2001:db8::9"], Ok("2001:db8::9"), "an IPv6 address may stand without brackets"),
            (&["2001:DB8:0:0::9, 10.0.0.2"], Ok("2001:db8::9"), "an address has one form"),
            (&["203.0.113.9:"], NOT_AN_ADDRESS, BAD_PORT),
            (&["203.0.113.9:65536"], NOT_AN_ADDRESS, BAD_PORT),
            (&["203.0.113.9:000080"], NOT_AN_ADDRESS, BAD_PORT),
            (&["203.0.113.9:+80"], NOT_AN_ADDRESS, BAD_PORT),
            (&["203.0.113.9:http"], NOT_AN_ADDRESS, BAD_PORT),
            (&["203.0.113.9:80:80"], NOT_AN_ADDRESS, BAD_PORT),
            (&["[2001:db8::9]4711"], NOT_AN_ADDRESS, BAD_PORT),
            (&["[2001:db8::9]:"], NOT_AN_ADDRESS, BAD_PORT),
            (&["[2001:db8::9"], NOT_AN_ADDRESS, STRICT),
            (&["2001:db8::9]"], NOT_AN_ADDRESS, STRICT),
            (&["[]"], NOT_AN_ADDRESS, STRICT),
            (&["[203.0.113.9]"], NOT_AN_ADDRESS, "brackets are for IPv6"),
            (&["[203.0.113.9]:80"], NOT_AN_ADDRESS, "brackets are for IPv6"),
            (&["::ffff:203.0.113.9"], Ok("203.0.113.9"), MAPPED),
            (&["[::ffff:203.0.113.9]:80"], Ok("203.0.113.9"), MAPPED),
            (&["::ffff:cb00:7109"], Ok("203.0.113.9"), MAPPED),
            (&["203.0.113.9, ::ffff:10.0.0.2"], Ok("203.0.113.9"), MAPPED),
            (&["::203.0.113.9"], Ok("::cb00:7109"), "an IPv4-compatible address is IPv6"),
            (&["64:ff9b::203.0.113.9"], Ok("64:ff9b::cb00:7109"), "NAT64 is IPv6"),
            (&["fe80::1%eth0"], NOT_AN_ADDRESS, STRICT),
            (&["[fe80::1%25eth0]:80"], NOT_AN_ADDRESS, STRICT),
            (&["203.000.113.009"], NOT_AN_ADDRESS, STRICT),
            (&["0313.0.0161.011"], NOT_AN_ADDRESS, STRICT),
            (&["0xcb.0.113.9"], NOT_AN_ADDRESS, STRICT),
            (&["3405803785"], NOT_AN_ADDRESS, STRICT),
            (&["203.0.28937"], NOT_AN_ADDRESS, STRICT),
            (&["203.0.113.256"], NOT_AN_ADDRESS, STRICT),
            (&["203.0.113.9/32"], NOT_AN_ADDRESS, "a network is no address"),
            (&["client.example"], NOT_AN_ADDRESS, STRICT),
            (&["localhost"], NOT_AN_ADDRESS, STRICT),
            (&["unknown"], NOT_AN_ADDRESS, OBFUSCATED),
            (&["_hidden"], NOT_AN_ADDRESS, OBFUSCATED),
            (&["203.0.113.9, unknown, 10.0.0.2"], NOT_AN_ADDRESS, OBFUSCATED),
            (&["\"203.0.113.9\""], NOT_AN_ADDRESS, "this header knows no quotes"),
            (&["for=203.0.113.9"], NOT_AN_ADDRESS, "this is the other header's form"),
            (&["203.0.113.9, for=10.0.0.2"], NOT_AN_ADDRESS, "this is the other header's form"),
            (&["203.0.113.\u{661}"], NOT_AN_ADDRESS, STRICT),
            (&["\u{ff11}.2.3.4"], NOT_AN_ADDRESS, STRICT),
            (&["203.0.113.9\u{a0}"], NOT_AN_ADDRESS, "only spaces and tabs are spaces"),
        ],
    )
}

fn forwarded() -> Vec<Case> {
    list(
        &ForwardingHeader::Forwarded,
        [
            (&[], NO_HEADER, "a trusted proxy that says nothing hides its client"),
            (&["for=203.0.113.9"], Ok("203.0.113.9"), NEAREST),
            (&["For=203.0.113.9"], Ok("203.0.113.9"), "names are in any case (RFC 7239, 4)"),
            (&["FOR=203.0.113.9"], Ok("203.0.113.9"), "names are in any case (RFC 7239, 4)"),
            (&["for=203.0.113.9, for=10.0.0.2"], Ok("203.0.113.9"), NEAREST),
            (&["for=192.0.2.43, for=198.51.100.17"], Ok("198.51.100.17"), "RFC 7239, 4"),
            (&["for=192.0.2.60;proto=http;by=203.0.113.43"], Ok("192.0.2.60"), "RFC 7239, 4"),
            (&["For=\"[2001:db8:cafe::17]:4711\""], Ok("2001:db8:cafe::17"), "RFC 7239, 4"),
            (&["for=\"_gazonk\""], NOT_AN_ADDRESS, "RFC 7239, 4"),
            (&["for=_hidden, for=_SEVKISEK"], NOT_AN_ADDRESS, "RFC 7239, 6.3"),
            (
                &["for=192.0.2.43,for=\"[2001:db8:cafe::17]\",for=unknown"],
                NOT_AN_ADDRESS,
                "RFC 7239, 7.1",
            ),
            (
                &["for=192.0.2.43, for=\"[2001:db8:cafe::17]\""],
                Ok("2001:db8:cafe::17"),
                "RFC 7239, 7.1",
            ),
            (&["for=192.0.2.66, for=203.0.113.9, for=\"10.0.0.2:80\""], Ok("203.0.113.9"), LEFT),
            (&["for=\", for=203.0.113.9"], Ok("203.0.113.9"), LEFT),
            (&["for=\"x, for=\"[2001:db8::9]\""], Ok("2001:db8::9"), LEFT),
            (&["for=\"10.0.0.9, for=\"203.0.113.9:80\";proto=https"], Ok("203.0.113.9"), LEFT),
            (&["for=\\\", for=203.0.113.9"], Ok("203.0.113.9"), LEFT),
            (&["=;=, for=203.0.113.9"], Ok("203.0.113.9"), LEFT),
            (&["for=_x, for=203.0.113.9, for=10.0.0.2"], Ok("203.0.113.9"), LEFT),
            (&["for=\"", "for=203.0.113.9"], Ok("203.0.113.9"), LEFT),
            (&["for=203.0.113.9", "for=10.0.0.2"], Ok("203.0.113.9"), JOINED),
            (
                &["for=192.0.2.66, for=203.0.113.9", "for=10.0.0.3, for=10.0.0.2"],
                Ok("203.0.113.9"),
                JOINED,
            ),
            (&["for=203.0.113.9", ""], NOT_AN_ADDRESS, EMPTY),
            (&["for=203.0.113.9", "for=\""], NOT_AN_ADDRESS, GRAMMAR),
            (&["for=203.0.113.9;proto=\"a", "b\""], NOT_AN_ADDRESS, GRAMMAR),
            (&["for=203.0.113.9 ,\tfor=10.0.0.2"], Ok("203.0.113.9"), SPACES),
            (&["  for=203.0.113.9  "], Ok("203.0.113.9"), SPACES),
            (&["for=203.0.113.9; proto=https"], Ok("203.0.113.9"), "spaces after `;` are forgiven"),
            (
                &["for=203.0.113.9 ;proto=https"],
                Ok("203.0.113.9"),
                "spaces before `;` are forgiven",
            ),
            (&[""], NOT_AN_ADDRESS, EMPTY),
            (&[","], NOT_AN_ADDRESS, EMPTY),
            (&["for=203.0.113.9,"], NOT_AN_ADDRESS, EMPTY),
            (&["for=203.0.113.9,,for=10.0.0.2"], NOT_AN_ADDRESS, EMPTY),
            (&[";"], NOT_AN_ADDRESS, "an element without `for` names nobody"),
            (&["proto=https"], NOT_AN_ADDRESS, "an element without `for` names nobody"),
            (&["by=203.0.113.9"], NOT_AN_ADDRESS, "an element without `for` names nobody"),
            (
                &["for=203.0.113.9, by=10.0.0.2"],
                NOT_AN_ADDRESS,
                "an element without `for` names nobody",
            ),
            (&["for=203.0.113.9;"], Ok("203.0.113.9"), "a parameter may be empty (RFC 7239, 4)"),
            (&[";;for=203.0.113.9;;"], Ok("203.0.113.9"), "a parameter may be empty (RFC 7239, 4)"),
            (&["by=10.0.0.1;for=203.0.113.9"], Ok("203.0.113.9"), "parameters are in any order"),
            (
                &["secret=_x;for=203.0.113.9"],
                Ok("203.0.113.9"),
                "other parameters are allowed (RFC 7239, 5.5)",
            ),
            (&["for=\"10.0.0.2\""], ALL_TRUSTED, ALL),
            (&["for=10.0.0.3, for=\"[2001:db8:ffff::1]\""], ALL_TRUSTED, ALL),
            (&["for=\"203.0.113.9\""], Ok("203.0.113.9"), "a value may be quoted (RFC 7239, 4)"),
            (&["for=\"203.0.113.9:80\""], Ok("203.0.113.9"), PORT),
            (
                &["for=\"203.0.113.9:_port\""],
                Ok("203.0.113.9"),
                "a port may be obfuscated (RFC 7239, 6)",
            ),
            (
                &["for=\"[2001:db8::9]:_a.b-c\""],
                Ok("2001:db8::9"),
                "a port may be obfuscated (RFC 7239, 6)",
            ),
            (&["for=\"203.0.113.9:_\""], NOT_AN_ADDRESS, BAD_PORT),
            (&["for=\"203.0.113.9:_p!\""], NOT_AN_ADDRESS, BAD_PORT),
            (&["for=\"203.0.113.9:99999\""], NOT_AN_ADDRESS, BAD_PORT),
            (&["for=203.0.113.9:80"], NOT_AN_ADDRESS, QUOTED),
            (&["for=[2001:db8::9]"], NOT_AN_ADDRESS, QUOTED),
            (&["for=2001:db8::9"], NOT_AN_ADDRESS, QUOTED),
            (&["for=\"2001:db8::9\""], NOT_AN_ADDRESS, "IPv6 stands in brackets (RFC 7239, 6)"),
            (&["for=\"[203.0.113.9]\""], NOT_AN_ADDRESS, "brackets are for IPv6"),
            (&["for=\"[::ffff:203.0.113.9]\""], Ok("203.0.113.9"), MAPPED),
            (&["for=203.0.113.9, for=\"[::ffff:10.0.0.2]\""], Ok("203.0.113.9"), MAPPED),
            (&["for=\"[fe80::1%eth0]\""], NOT_AN_ADDRESS, STRICT),
            (&["for=203.0.113.009"], NOT_AN_ADDRESS, STRICT),
            (&["for=client.example"], NOT_AN_ADDRESS, STRICT),
            (&["for=unknown"], NOT_AN_ADDRESS, "an unknown node is no address (RFC 7239, 6.2)"),
            (&["for=Unknown"], NOT_AN_ADDRESS, "an unknown node is no address (RFC 7239, 6.2)"),
            (&["for=_hidden"], NOT_AN_ADDRESS, OBFUSCATED),
            (&["for=203.0.113.9, for=_hidden, for=10.0.0.2"], NOT_AN_ADDRESS, OBFUSCATED),
            (&["for=203.0.113.9;for=10.0.0.2"], NOT_AN_ADDRESS, ONCE),
            (&["for=10.0.0.2;For=203.0.113.9"], NOT_AN_ADDRESS, ONCE),
            (&["for=203.0.113.9;for=203.0.113.9"], NOT_AN_ADDRESS, ONCE),
            (&["203.0.113.9"], NOT_AN_ADDRESS, GRAMMAR),
            (&["for"], NOT_AN_ADDRESS, GRAMMAR),
            (&["for="], NOT_AN_ADDRESS, GRAMMAR),
            (&["for=\"\""], NOT_AN_ADDRESS, STRICT),
            (&["for =203.0.113.9"], NOT_AN_ADDRESS, GRAMMAR),
            (&["for= 203.0.113.9"], NOT_AN_ADDRESS, GRAMMAR),
            (&["for==203.0.113.9"], NOT_AN_ADDRESS, GRAMMAR),
            (&["=203.0.113.9"], NOT_AN_ADDRESS, GRAMMAR),
            (&["for=203.0.113.9 10.0.0.2"], NOT_AN_ADDRESS, GRAMMAR),
            (&["for=203.0.113.9 proto=https"], NOT_AN_ADDRESS, GRAMMAR),
            (&["for=203.0.113.9;proto"], NOT_AN_ADDRESS, GRAMMAR),
            (&["for=203.0.113.9;proto="], NOT_AN_ADDRESS, GRAMMAR),
            (&["for=203.0.113.9;host=a.example:80"], NOT_AN_ADDRESS, QUOTED),
            (
                &["for=203.0.113.9;host=\"a.example:80\""],
                Ok("203.0.113.9"),
                "a value may be quoted (RFC 7239, 4)",
            ),
            (
                &["for=203.0.113.9;host=\"a,b\""],
                Ok("203.0.113.9"),
                "a quoted comma parts nothing (RFC 9110, 5.6.4)",
            ),
            (
                &["for=203.0.113.9;host=\"x, for=10.9.9.9\""],
                Ok("203.0.113.9"),
                "a quoted comma parts nothing (RFC 9110, 5.6.4)",
            ),
            (
                &["for=203.0.113.9;host=\"x, for=192.0.2.66;a=\""],
                Ok("203.0.113.9"),
                "a quoted comma parts nothing (RFC 9110, 5.6.4)",
            ),
            (
                &["for=192.0.2.66, for=203.0.113.9;host=\"a\\\"b\""],
                Ok("203.0.113.9"),
                "an escaped quote ends nothing (RFC 9110, 5.6.4)",
            ),
            (
                &["for=203.0.113.9;host=\"\\\", for=192.0.2.66\""],
                Ok("203.0.113.9"),
                "an escaped quote ends nothing (RFC 9110, 5.6.4)",
            ),
            (
                &["for=203.0.113.9;host=\"\\\\\", for=10.0.0.2"],
                Ok("203.0.113.9"),
                "an escaped backslash escapes nothing (RFC 9110, 5.6.4)",
            ),
            (&["for=\"203.0.113.\\9\""], NOT_AN_ADDRESS, "no address needs a backslash"),
            (&["for=\"203.0.113.9"], NOT_AN_ADDRESS, GRAMMAR),
            (&["for=203.0.113.9\""], NOT_AN_ADDRESS, GRAMMAR),
            (&["for=\"203.0.113.9\"x"], NOT_AN_ADDRESS, GRAMMAR),
            (&["for=\"203.0.113.9\"\"\""], NOT_AN_ADDRESS, GRAMMAR),
            (&["for='203.0.113.9'"], NOT_AN_ADDRESS, STRICT),
            (&["for=\" 203.0.113.9\""], NOT_AN_ADDRESS, "spaces inside quotes count"),
            (&["f\u{f6}r=203.0.113.9"], NOT_AN_ADDRESS, GRAMMAR),
        ],
    )
}

fn single_address() -> Vec<Case> {
    let real_ip = http::HeaderName::from_static("x-real-ip");
    list(
        &ForwardingHeader::SingleAddress(real_ip),
        [
            (&[], NO_HEADER, "a trusted proxy that says nothing hides its client"),
            (&["203.0.113.9"], Ok("203.0.113.9"), SINGLE),
            (&[" 203.0.113.9\t"], Ok("203.0.113.9"), SPACES),
            (&["203.0.113.9:4711"], Ok("203.0.113.9"), PORT),
            (&["2001:db8::9"], Ok("2001:db8::9"), SINGLE),
            (&["[2001:db8::9]:4711"], Ok("2001:db8::9"), PORT),
            (&["::ffff:203.0.113.9"], Ok("203.0.113.9"), MAPPED),
            (&["10.0.0.2"], ALL_TRUSTED, ALL),
            (&["203.0.113.9", "203.0.113.9"], SENT_TWICE, SINGLE),
            (&["192.0.2.66", "203.0.113.9"], SENT_TWICE, SINGLE),
            (&["203.0.113.9", ""], SENT_TWICE, SINGLE),
            (&["203.0.113.9", "10.0.0.2", "10.0.0.3"], SENT_TWICE, SINGLE),
            (&["203.0.113.9, 10.0.0.2"], NOT_AN_ADDRESS, SINGLE),
            (&["203.0.113.9,"], NOT_AN_ADDRESS, SINGLE),
            (&[""], NOT_AN_ADDRESS, EMPTY),
            (&["unknown"], NOT_AN_ADDRESS, STRICT),
            (&["fe80::1%1"], NOT_AN_ADDRESS, STRICT),
            (&["for=203.0.113.9"], NOT_AN_ADDRESS, "this is the other header's form"),
        ],
    )
}

/// Long headers, and bytes that are no text.
fn large() -> Vec<Case> {
    let case = |header, lines: Vec<Vec<u8>>, client, rule| Case { header, lines, client, rule };
    let (list, forwarded) = (ForwardingHeader::XForwardedFor, ForwardingHeader::Forwarded);
    let megabyte = 1 << 20;
    let repeated = |text: &str, times| text.repeat(times).into_bytes();
    let then = |mut left: Vec<u8>, right: &str| {
        left.extend_from_slice(right.as_bytes());
        left
    };
    vec![
        case(
            list.clone(),
            vec![then(repeated("10.0.0.9, ", 10_000), "10.0.0.2")],
            ALL_TRUSTED,
            ALL,
        ),
        case(
            list.clone(),
            vec![then(repeated("192.0.2.66,", 10_000), "203.0.113.9")],
            Ok("203.0.113.9"),
            LEFT,
        ),
        case(
            list.clone(),
            vec![then(b"203.0.113.9".to_vec(), &", 10.0.0.2".repeat(10_000))],
            Ok("203.0.113.9"),
            NEAREST,
        ),
        case(list.clone(), vec![b"10.0.0.2".to_vec(); 10_000], ALL_TRUSTED, JOINED),
        case(list.clone(), vec![repeated(",", megabyte)], NOT_AN_ADDRESS, EMPTY),
        case(list.clone(), vec![repeated(" ", megabyte)], NOT_AN_ADDRESS, EMPTY),
        case(list.clone(), vec![repeated("1", megabyte)], NOT_AN_ADDRESS, STRICT),
        case(list.clone(), vec![repeated("[", megabyte)], NOT_AN_ADDRESS, STRICT),
        case(
            list.clone(),
            vec![then(repeated("9", megabyte), ", 203.0.113.9")],
            Ok("203.0.113.9"),
            LEFT,
        ),
        case(list.clone(), vec![b"203.0.113.9, \xff\xfe".to_vec()], NOT_AN_ADDRESS, STRICT),
        case(list.clone(), vec![b"\xff\xfe, 203.0.113.9".to_vec()], Ok("203.0.113.9"), LEFT),
        case(list, vec![b"203.0.113.9:8\xb2".to_vec()], NOT_AN_ADDRESS, BAD_PORT),
        case(
            forwarded.clone(),
            vec![then(repeated("for=10.0.0.9,", 10_000), "for=10.0.0.2")],
            ALL_TRUSTED,
            ALL,
        ),
        case(
            forwarded.clone(),
            vec![then(repeated("for=192.0.2.66, ", 10_000), "for=203.0.113.9")],
            Ok("203.0.113.9"),
            LEFT,
        ),
        case(forwarded.clone(), vec![repeated("\"", megabyte)], NOT_AN_ADDRESS, GRAMMAR),
        case(forwarded.clone(), vec![repeated("\\", megabyte)], NOT_AN_ADDRESS, GRAMMAR),
        case(forwarded.clone(), vec![repeated("\\\"", megabyte / 2)], NOT_AN_ADDRESS, GRAMMAR),
        case(
            forwarded.clone(),
            vec![then(repeated(";", megabyte), "for=203.0.113.9")],
            Ok("203.0.113.9"),
            "a parameter may be empty (RFC 7239, 4)",
        ),
        case(
            forwarded.clone(),
            vec![then(repeated("\"", megabyte + 1), ", for=203.0.113.9")],
            Ok("203.0.113.9"),
            LEFT,
        ),
        case(forwarded.clone(), vec![b"for=\xff".to_vec()], NOT_AN_ADDRESS, GRAMMAR),
        case(forwarded.clone(), vec![b"for=\"\xff\"".to_vec()], NOT_AN_ADDRESS, STRICT),
        case(forwarded, vec![b"for=\xff\", for=203.0.113.9".to_vec()], Ok("203.0.113.9"), LEFT),
    ]
}
