//! `Authorization` headers, each with its expected outcome and the rule.

use base64ct::{Base64, Encoding};
use keyward::http::Guard;

use crate::service::{Answered, request, to_app, to_track};
use crate::support::{World, admin, block_on, thread_log};

/// The outcome of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Passes,
    /// 401 without an error code.
    Challenged,
    /// 401, for a key that does not pass.
    Refused,
}
use Outcome::{Challenged, Passes, Refused};

/// The `Authorization` lines, the expected outcome, and the rule.
type Case = (Vec<Vec<u8>>, Outcome, &'static str);

fn line(line: impl AsRef<[u8]>, outcome: Outcome, rule: &'static str) -> Case {
    (vec![line.as_ref().to_vec()], outcome, rule)
}

fn lines<const N: usize>(lines: [&str; N], outcome: Outcome, rule: &'static str) -> Case {
    (lines.map(|line| line.as_bytes().to_vec()).to_vec(), outcome, rule)
}

fn base64(text: impl AsRef<[u8]>) -> String {
    Base64::encode_string(text.as_ref())
}

/// A text with one character after the other replaced, at the end.
fn mistyped(text: &str) -> String {
    let last = if text.ends_with('0') { '1' } else { '0' };
    format!("{}{last}", &text[..text.len() - 1])
}

/// Keys that pass, and keys that once did.
struct Keys {
    world: World,
    site_id: String,
    api_key: String,
    token: String,
    /// Texts that were right, and the reason why they are not.
    dead_tokens: Vec<(String, &'static str)>,
    dead_pairs: Vec<(String, &'static str)>,
}

impl Keys {
    fn new() -> Self {
        let world = World::new();
        let primary = world.shop().first;
        let app = world.app_key("live");
        let mut keys = Self {
            site_id: primary.credential.id.to_string(),
            api_key: primary.secret.expose().to_owned(),
            token: app.secret.expose().to_owned(),
            world,
            dead_tokens: Vec::new(),
            dead_pairs: Vec::new(),
        };
        keys.bury();
        keys
    }

    fn bury(&mut self) {
        let admin = admin();
        let world = &self.world;
        let manager = world.keyward.manager(&admin);
        for rule in ["deleted", "suspended", "expired", "replaced", "from another service"] {
            let elsewhere = World::new();
            elsewhere.shop();
            let world = if rule == "from another service" { &elsewhere } else { world };
            let (app, track) = (world.app_key(rule), world.track_set(rule));
            for id in [app.credential.id, track.credential.id] {
                block_on(async {
                    match rule {
                        "deleted" => manager.delete(id, rule).await.unwrap(),
                        "suspended" => drop(manager.suspend(id).await.unwrap()),
                        "expired" => drop(
                            manager.set_expiry(id, keyward::manage::EndTime::Now).await.unwrap(),
                        ),
                        "replaced" => {
                            drop(manager.rotate(id, std::time::Duration::ZERO).await.unwrap());
                        }
                        _ => {}
                    }
                });
            }
            self.dead_tokens.push((app.secret.expose().to_owned(), rule));
            let pair = format!("{}:{}", track.credential.id, track.secret.expose());
            self.dead_pairs.push((pair, rule));
        }
    }

    fn pair(&self) -> String {
        format!("{}:{}", self.site_id, self.api_key)
    }

    fn bearer_cases(&self) -> Vec<Case> {
        let token = &self.token;
        let scheme = "the scheme is in any case (RFC 9110, 11.1)";
        let spaces = "one or more spaces follow the scheme (RFC 9110, 11.4)";
        let other = "an unsupported scheme is no authentication (RFC 6750, 3.1)";
        let b64token = "a token is b64token and nothing else (RFC 6750, 2.1)";
        let once = "one Authorization line (RFC 9110, 5.3)";
        let unknown = "it is no key, or not this one";
        let bounded = "a key has at most 255 bytes";
        let bytes = "a token is ASCII (RFC 6750, 2.1)";
        let bearer = format!("Bearer {token}");
        let basic = format!("Basic {}", base64(self.pair()));
        let mut cases = vec![
            line(&bearer, Passes, "RFC 6750, 2.1"),
            line(format!("bearer {token}"), Passes, scheme),
            line(format!("BEARER {token}"), Passes, scheme),
            line(format!("bEaReR {token}"), Passes, scheme),
            line(format!("Bearer  {token}"), Passes, spaces),
            line(format!("Bearer {}{token}", " ".repeat(1_000)), Passes, spaces),
            lines([], Challenged, "no credentials (RFC 6750, 3.1)"),
            line("", Challenged, other),
            line(" ", Challenged, other),
            line(&basic, Challenged, other),
            line(format!("Basic {token}"), Challenged, other),
            line("Basic", Challenged, other),
            line("Digest username=\"ada\"", Challenged, other),
            line("Negotiate YIIB", Challenged, other),
            line(format!("Token {token}"), Challenged, other),
            line(format!("OAuth {token}"), Challenged, other),
            line(format!("DPoP {token}"), Challenged, other),
            line(format!("ApiKey {token}"), Challenged, other),
            line(token, Challenged, other),
            line(format!(" {bearer}"), Challenged, other),
            line(format!("\t{bearer}"), Challenged, other),
            line(format!("Bearer:{token}"), Challenged, other),
            line(format!("Bearer: {token}"), Challenged, other),
            line(format!("Bearer={token}"), Challenged, other),
            line(format!("Bearer\t{token}"), Challenged, spaces),
            line(format!("Bearer{token}"), Challenged, other),
            line(format!("Bearers {token}"), Challenged, other),
            line(format!("Bea rer {token}"), Challenged, other),
            line(format!("\"Bearer\" {token}"), Challenged, other),
            line(format!("Bearer,{token}"), Challenged, other),
            line(format!("\u{212c}earer {token}"), Challenged, other),
            line(b"\xff\xfe", Challenged, other),
            line("Bearer", Refused, b64token),
            line("Bearer ", Refused, b64token),
            line("Bearer    ", Refused, b64token),
            line(format!("{bearer} "), Refused, b64token),
            line(format!("{bearer}\t"), Refused, b64token),
            line(format!("Bearer \t{token}"), Refused, b64token),
            line(format!("{bearer} {token}"), Refused, b64token),
            line(format!("{bearer},"), Refused, b64token),
            line(format!("{bearer}, {basic}"), Refused, b64token),
            line(format!("{bearer};"), Refused, b64token),
            line(format!("Bearer \"{token}\""), Refused, b64token),
            line(format!("Bearer <{token}>"), Refused, b64token),
            line(format!("Bearer token={token}"), Refused, b64token),
            line(format!("Bearer access_token=\"{token}\""), Refused, b64token),
            line(format!("Bearer {bearer}"), Refused, b64token),
            line(format!("Bearer ={token}"), Refused, b64token),
            line("Bearer =", Refused, b64token),
            line(format!("Bearer {token}?x"), Refused, b64token),
            line(format!("Bearer {token}:"), Refused, b64token),
            line(format!("Bearer {token}%20"), Refused, b64token),
            line(format!("Bearer {}", token.replace('_', "%5F")), Refused, b64token),
            line("Bearer $argon2id$v=19$m=8,t=1,p=1$c2FsdA$aGFzaA", Refused, b64token),
            line(format!("Bearer {token}\u{a0}"), Refused, bytes),
            line(format!("Bearer \u{feff}{token}"), Refused, bytes),
            line(format!("Bearer {token}\u{200d}"), Refused, bytes),
            line(format!("Bearer \u{202e}{token}"), Refused, bytes),
            line(format!("Bearer {}", token.replacen('k', "\u{ff4b}", 1)), Refused, bytes),
            line([bearer.as_bytes(), b"\xff"].concat(), Refused, bytes),
            line(b"Bearer \xff\xfe\xfd", Refused, bytes),
            line(format!("{bearer}="), Refused, unknown),
            line(format!("{bearer}."), Refused, unknown),
            line(format!("{bearer}0"), Refused, unknown),
            line(format!("Bearer 0{token}"), Refused, unknown),
            line(format!("Bearer {}", &token[1..]), Refused, unknown),
            line(format!("Bearer {}", &token[..token.len() - 1]), Refused, unknown),
            line(format!("Bearer {}", mistyped(token)), Refused, unknown),
            line(format!("Bearer {}", token.to_uppercase()), Refused, unknown),
            line(format!("Bearer {}", token.to_lowercase()), Refused, unknown),
            line(format!("Bearer {}", token.replacen("kw", "xx", 1)), Refused, unknown),
            line(format!("Bearer {}", token.replace('_', "-")), Refused, unknown),
            line(format!("Bearer {token}{token}"), Refused, unknown),
            line(format!("Bearer {}", base64(token)), Refused, unknown),
            line(
                format!("Bearer {}", self.api_key),
                Refused,
                "a Track set opens the Track API only",
            ),
            line(format!("Bearer {}", self.site_id), Refused, unknown),
            line("Bearer null", Refused, unknown),
            line("Bearer undefined", Refused, unknown),
            line(format!("Bearer {}", "a".repeat(255)), Refused, unknown),
            line(format!("Bearer {}", "a".repeat(256)), Refused, bounded),
            line(format!("Bearer {}", "a".repeat(1 << 20)), Refused, bounded),
            line(format!("Bearer{}", " ".repeat(1 << 20)), Refused, b64token),
            line("B".repeat(1 << 20), Challenged, other),
            lines([&bearer, &bearer], Refused, once),
            lines([&bearer, "Bearer wrong"], Refused, once),
            lines(["Bearer wrong", &bearer], Refused, once),
            lines([&bearer, &basic], Refused, once),
            lines([&basic, &bearer], Refused, once),
            lines([&bearer, ""], Refused, once),
            lines(["", &bearer], Refused, once),
            lines([&bearer, &bearer, &bearer], Refused, once),
        ];
        for (token, rule) in &self.dead_tokens {
            cases.push(line(format!("Bearer {token}"), Refused, rule));
        }
        cases
    }

    fn basic_cases(&self) -> Vec<Case> {
        let (site_id, api_key) = (self.site_id.as_str(), self.api_key.as_str());
        let scheme = "the scheme is in any case (RFC 7617, 2)";
        let spaces = "one or more spaces follow the scheme (RFC 9110, 11.4)";
        let other = "another scheme opens nothing here";
        let token68 = "base64 and nothing else (RFC 7617, 2)";
        let strict = "padded, and with no spare bits (RFC 4648, 3.2 and 3.5)";
        let colon = "the first colon parts them (RFC 7617, 2)";
        let controls = "no control characters (RFC 7617, 2)";
        let utf8 = "UTF-8 (RFC 7617, 2.1)";
        let once = "one Authorization line (RFC 9110, 5.3)";
        let unknown = "it is no key, or not this one";
        let bounded = "a key has at most 255 bytes";
        let encoded = base64(self.pair());
        let good = format!("Basic {encoded}");
        let of = |pair: String| format!("Basic {}", base64(pair));
        let spare = {
            let bare = encoded.trim_end_matches('=');
            let last = bare.as_bytes()[bare.len() - 1];
            // A canonical last character before padding has two or four spare bits, all zero.
            format!(
                "Basic {}{}{}",
                &bare[..bare.len() - 1],
                char::from(last + 1),
                &encoded[bare.len()..]
            )
        };
        let other_set = self.world.track_set("another");
        let other_id = other_set.credential.id;
        let mut cases = vec![
            line(&good, Passes, "RFC 7617, 2"),
            line(format!("basic {encoded}"), Passes, scheme),
            line(format!("BASIC {encoded}"), Passes, scheme),
            line(format!("bAsIc {encoded}"), Passes, scheme),
            line(format!("Basic  {encoded}"), Passes, spaces),
            line(format!("Basic {}{encoded}", " ".repeat(1_000)), Passes, spaces),
            lines([], Refused, "no credentials (RFC 7617, 2)"),
            line("", Refused, other),
            line(format!("Bearer {api_key}"), Refused, other),
            line(format!("Bearer {encoded}"), Refused, other),
            line(format!("Bearer {}", self.token), Refused, "an App key opens the App API only"),
            line("Digest username=\"ada\"", Refused, other),
            line(&encoded, Refused, other),
            line(self.pair(), Refused, other),
            line(format!(" {good}"), Refused, other),
            line(format!("Basic\t{encoded}"), Refused, spaces),
            line(format!("Basic{encoded}"), Refused, other),
            line(format!("Basic:{encoded}"), Refused, other),
            line(format!("Basic, {encoded}"), Refused, other),
            line("Basic", Refused, token68),
            line("Basic ", Refused, token68),
            line(format!("{good} "), Refused, token68),
            line(format!("{good}\t"), Refused, token68),
            line(format!("{good} {encoded}"), Refused, token68),
            line(format!("{good},"), Refused, token68),
            line(format!("{good}, Bearer {}", self.token), Refused, token68),
            line(format!("Basic \"{encoded}\""), Refused, token68),
            line(format!("Basic realm={encoded}"), Refused, token68),
            line(format!("Basic {}", self.pair()), Refused, token68),
            line(format!("Basic {} {}", &encoded[..8], &encoded[8..]), Refused, token68),
            line(format!("Basic {}", encoded.replacen('=', "%3D", 1)), Refused, token68),
            line(b"Basic \xff\xfe", Refused, token68),
            line(format!("Basic {}", encoded.trim_end_matches('=')), Refused, strict),
            line(format!("{good}="), Refused, strict),
            line(format!("{good}===="), Refused, strict),
            line(&spare, Refused, strict),
            line(format!("Basic ={encoded}"), Refused, strict),
            line("Basic =", Refused, strict),
            line("Basic A", Refused, strict),
            line("Basic A===", Refused, strict),
            line(format!("Basic {encoded}AAAA"), Refused, strict),
            line(
                format!(
                    "Basic {}",
                    base64([site_id.as_bytes(), b":\xfb\xff\xbe"].concat()).replace('+', "-")
                ),
                Refused,
                strict,
            ),
            line("Basic ____", Refused, strict),
            line("Basic ~~~~", Refused, strict),
            line(of(String::new()), Refused, token68),
            line(of(":".to_owned()), Refused, unknown),
            line(of("::".to_owned()), Refused, unknown),
            line(of(site_id.to_owned()), Refused, "no colon (RFC 7617, 2)"),
            line(of(api_key.to_owned()), Refused, "no colon (RFC 7617, 2)"),
            line(of(format!("{site_id}{api_key}")), Refused, "no colon (RFC 7617, 2)"),
            line(of(format!("{site_id}\u{ff1a}{api_key}")), Refused, "no colon (RFC 7617, 2)"),
            line(of(format!("{site_id}:")), Refused, unknown),
            line(of(format!(":{api_key}")), Refused, "the site id is presented too"),
            line(of(format!("{api_key}:")), Refused, "the site id is presented too"),
            line(of(format!("{api_key}:{site_id}")), Refused, unknown),
            line(of(format!("{}:", self.pair())), Refused, colon),
            line(of(format!(":{}", self.pair())), Refused, colon),
            line(of(format!("{site_id}::{api_key}")), Refused, colon),
            line(of(format!("{}\n", self.pair())), Refused, controls),
            line(of(format!("{}\r\n", self.pair())), Refused, controls),
            line(of(format!("{}\0", self.pair())), Refused, controls),
            line(of(format!("\0{}", self.pair())), Refused, controls),
            line(of(format!("{site_id}\t:{api_key}")), Refused, controls),
            line(of(format!("{}\u{7f}", self.pair())), Refused, controls),
            line(of(format!("{}\u{85}", self.pair())), Refused, controls),
            line(of(format!("{site_id}:{api_key}\u{1b}[2J")), Refused, controls),
            line(
                format!("Basic {}", base64([self.pair().as_bytes(), b"\xff"].concat())),
                Refused,
                utf8,
            ),
            line(
                format!("Basic {}", base64([site_id.as_bytes(), b":p\xe4ss"].concat())),
                Refused,
                utf8,
            ),
            line(
                format!("Basic {}", base64([site_id.as_bytes(), b":\xc0\x80"].concat())),
                Refused,
                utf8,
            ),
            line(
                format!("Basic {}", base64([site_id.as_bytes(), b":\xed\xa0\x80"].concat())),
                Refused,
                utf8,
            ),
            line(of(format!("\u{feff}{}", self.pair())), Refused, unknown),
            line(of(format!(" {}", self.pair())), Refused, unknown),
            line(of(format!("{} ", self.pair())), Refused, unknown),
            line(of(format!("{site_id} :{api_key}")), Refused, unknown),
            line(of(format!("{site_id}: {api_key}")), Refused, unknown),
            line(of(format!("{}:{api_key}", site_id.to_uppercase() + "X")), Refused, unknown),
            line(
                of(format!("{}:{api_key}", mistyped(site_id))),
                Refused,
                "the ids must be the same",
            ),
            line(of(format!("{other_id}:{api_key}")), Refused, "the ids must be the same"),
            line(
                of(format!("{site_id}:{}", other_set.secret.expose())),
                Refused,
                "the ids must be the same",
            ),
            line(of(format!("{site_id}:{}", mistyped(api_key))), Refused, unknown),
            line(of(format!("{site_id}:{}", api_key.to_lowercase())), Refused, unknown),
            line(of(format!("{site_id}:{}", &api_key[1..])), Refused, unknown),
            line(of(format!("{site_id}:{api_key}0")), Refused, unknown),
            line(
                of(format!("{site_id}:{}", self.token)),
                Refused,
                "an App key opens the App API only",
            ),
            line(of(format!("{}:", self.token)), Refused, "an App key opens the App API only"),
            line(of(base64(self.pair())), Refused, unknown),
            line(of(format!("{site_id}:{}", "a".repeat(255))), Refused, unknown),
            line(of(format!("{site_id}:{}", "a".repeat(300))), Refused, bounded),
            line(of(format!("{}:{api_key}", "a".repeat(300))), Refused, bounded),
            line(of("a".repeat(1 << 20)), Refused, bounded),
            line(format!("Basic {}", "=".repeat(1 << 20)), Refused, bounded),
            line(format!("Basic{}", " ".repeat(1 << 20)), Refused, token68),
            lines([&good, &good], Refused, once),
            lines([&good, "Basic wrong"], Refused, once),
            lines(["Basic wrong", &good], Refused, once),
            lines([&good, &format!("Bearer {}", self.token)], Refused, once),
            lines([&good, ""], Refused, once),
            lines([&good, &good, &good], Refused, once),
        ];
        for (pair, rule) in &self.dead_pairs {
            cases.push(line(of(pair.clone()), Refused, rule));
        }
        cases
    }
}

fn outcome(answered: &Answered) -> Outcome {
    match (answered.status.as_u16(), answered.header("www-authenticate")) {
        (200, None) => Passes,
        (401, Some(r#"Bearer realm="App API""#)) => Challenged,
        (
            401,
            Some(
                r#"Bearer realm="App API", error="invalid_token""#
                | r#"Basic realm="Track API", charset="UTF-8""#,
            ),
        ) => Refused,
        _ => panic!("{answered:?}"),
    }
}

fn check(cases: &[Case], passing: &str, send: impl Fn(http::Request<String>) -> Answered) {
    let mut refusals = Vec::new();
    for (lines, expected, rule) in cases {
        let answered = send(request(lines));
        let shown: Vec<_> = lines.iter().map(|line| line.escape_ascii().to_string()).collect();
        let shown: String = format!("{shown:?}").chars().take(300).collect();
        assert_eq!(outcome(&answered), *expected, "{shown}\n{rule}");
        match expected {
            Passes => assert_eq!(answered.body, passing, "{shown}"),
            Challenged | Refused => {
                let form = answered.header("content-type");
                assert_eq!(form, Some("application/problem+json"), "{shown}");
                refusals.push(answered.body);
            }
        }
    }
    refusals.dedup();
    assert_eq!(refusals.len(), 1, "one body for every reason: {refusals:?}");
}

#[test]
fn each_case_gets_what_its_rule_says() {
    let keys = Keys::new();
    let guard = Guard::new(keys.world.keyward.clone());
    let app = keys.token["kw_app_".len()..][..12].to_owned();
    check(&keys.bearer_cases(), &app, |request| to_app(&guard, request));
    check(&keys.basic_cases(), &keys.site_id, |request| to_track(&guard, request));
}

#[cfg(feature = "actix-web")]
#[test]
fn actix_web_answers_each_case_in_the_same_way() {
    use crate::actix::{through_extractor, through_middleware};
    use keyward::{App, Track};

    let keys = Keys::new();
    let guard = Guard::new(keys.world.keyward.clone());
    let app = keys.token["kw_app_".len()..][..12].to_owned();
    check(&keys.bearer_cases(), &app, |request| through_middleware::<App>(&guard, &request));
    check(&keys.bearer_cases(), &app, |request| through_extractor::<App>(&guard, &request));
    let (cases, site_id) = (keys.basic_cases(), &keys.site_id);
    check(&cases, site_id, |request| through_middleware::<Track>(&guard, &request));
    check(&cases, site_id, |request| through_extractor::<Track>(&guard, &request));
}

#[test]
fn the_table_is_as_long_as_was_promised() {
    let keys = Keys::new();
    let count = keys.bearer_cases().len() + keys.basic_cases().len();
    assert!(count >= 120, "{count}");
}

#[test]
fn a_query_parameter_or_a_form_opens_nothing() {
    let keys = Keys::new();
    let guard = Guard::new(keys.world.keyward.clone());
    let query = format!("/v1/send/email?access_token={0}&token={0}&api_key={0}", keys.token);
    let mut request = request::<&str>([]);
    *request.uri_mut() = query.parse().unwrap();
    *request.body_mut() = format!("access_token={}", keys.token);
    request.headers_mut().insert("x-api-key", keys.token.parse().unwrap());
    request
        .headers_mut()
        .insert("proxy-authorization", format!("Bearer {}", keys.token).parse().unwrap());
    request.headers_mut().insert("cookie", format!("token={}", keys.token).parse().unwrap());
    assert_eq!(outcome(&to_app(&guard, request)), Challenged);
}

#[test]
fn no_log_contains_a_presented_text() {
    thread_log::record(tracing::Level::TRACE);
    let keys = Keys::new();
    let guard = Guard::new(keys.world.keyward.clone());
    let (bearer, basic) = (keys.bearer_cases(), keys.basic_cases());
    for (lines, ..) in &bearer {
        to_app(&guard, request(lines));
    }
    for (lines, ..) in &basic {
        to_track(&guard, request(lines));
    }
    let log = thread_log::take();
    assert!(log.contains("wrong_secret") && log.contains("not_base64"), "the log is read: {log}");
    let secrets = [&keys.token, &keys.api_key].map(|key| &key[key.len() - 49..]);
    let dead = keys.dead_tokens.iter().chain(&keys.dead_pairs).map(|(text, _)| text.as_str());
    for secret in secrets.into_iter().chain(dead) {
        assert!(!log.contains(secret));
    }
    for (lines, ..) in bearer.iter().chain(&basic) {
        for presented in lines.iter().filter_map(|line| std::str::from_utf8(line).ok()) {
            let credentials = presented.split(' ').nth(1).unwrap_or_default();
            assert!(credentials.len() < 12 || !log.contains(credentials), "{credentials}");
        }
    }
}
