//! The text that is printed at start: `curl` lines to paste, and on the first start the keys that they use.

use std::fmt::{Display, Write};

use keyward::{
    CredentialId, SecretKey,
    time::{Clock, SystemClock},
};

use super::manage::Token;

/// The keys that the first start creates and prints.
pub(crate) struct ShownKeys {
    pub(crate) site_id: CredentialId,
    pub(crate) api_key: SecretKey,
    pub(crate) token: String,
}

/// A line to paste, its expected status, and an explanation.
struct Line {
    command: String,
    status: u16,
    why: &'static str,
}

const JSON: &str = "-H 'Content-Type: application/json'";

fn line(rest: impl Display, status: u16, why: &'static str) -> Line {
    Line { command: format!("curl -i {rest}"), status, why }
}

/// Returns the lines for the first start, with its keys.
fn first_lines(base: &str, keys: &ShownKeys, manage: &Token) -> Vec<Line> {
    let (site_id, api_key, token) = (keys.site_id, keys.api_key.expose(), keys.token.as_str());
    let json = JSON;
    let track = format!("-u {site_id}:{api_key}");
    let app = format!("-H 'Authorization: Bearer {token}'");
    let admin = format!("-H 'Authorization: Bearer {}'", manage.expose());
    vec![
        line(format!("{track} {base}/api/v1/accounts/region"), 200, "the Track set is valid"),
        line(
            format!(
                "{track} -X PUT {json} -d '{{\"email\":\"bob@shop.test\"}}' {base}/api/v1/customers/7"
            ),
            200,
            "store the attributes of person 7",
        ),
        line(
            format!("{track} {json} -d '{{\"name\":\"signup\"}}' {base}/api/v1/customers/7/events"),
            200,
            "store an event of person 7",
        ),
        line(
            format!("{app} {base}/v1/customers/7/attributes"),
            200,
            "read the attributes with the App key",
        ),
        line(
            format!(
                "{app} {json} -d '{{\"to\":\"bob@shop.test\",\"identifiers\":{{\"id\":\"7\"}}}}' {base}/v1/send/email"
            ),
            200,
            "send an email (the example only stores it)",
        ),
        line(
            format!("-u {site_id}:wrong {base}/api/v1/accounts/region"),
            401,
            "the API key is wrong; the response does not say which part",
        ),
        line(
            format!("{app} {base}/api/v1/accounts/region"),
            401,
            "an App key does not work with the Track API",
        ),
        line(format!("{base}/v1/customers/7/attributes"), 401, "the request has no key"),
        line(
            format!("{admin} {base}/manage/credentials"),
            200,
            "the admin lists the keys; last-used times appear within ten seconds",
        ),
        line(
            format!(
                "{admin} {json} -X DELETE -d '{{\"typed_name\":\"primary\"}}' {base}/manage/credentials/{site_id}"
            ),
            409,
            "a workspace must keep at least one permanent Track set",
        ),
        line(
            format!(
                "{admin} {json} -d '{{\"networks\":[\"203.0.113.0/24\"]}}' {base}/manage/allowlist"
            ),
            200,
            "from now on, the keys work only from this network",
        ),
        line(
            format!("{track} {base}/api/v1/accounts/region"),
            403,
            "the Track set is valid, but your address is not on the allowlist",
        ),
        line(
            format!("{admin} -X POST {base}/manage/allowlist/lift"),
            200,
            "the keys work from every address again",
        ),
        line(format!("{admin} {base}/manage/history"), 200, "the history lists all changes"),
    ]
}

/// Returns the lines for later starts, without keys: the admin lists the keys and issues another one.
fn later_lines(base: &str, manage: &Token) -> Vec<Line> {
    let admin = format!("-H 'Authorization: Bearer {}'", manage.expose());
    let now = SystemClock::new().now().wall;
    vec![
        line(format!("{admin} {base}/manage/credentials"), 200, "list the keys"),
        line(
            format!(
                "{admin} {JSON} -d '{{\"kind\":\"app\",\"name\":\"curl at {now}\"}}' {base}/manage/credentials"
            ),
            200,
            "issue another App key; the response contains its secret",
        ),
        line(format!("{admin} {base}/manage/history"), 200, "the history lists all changes"),
    ]
}

/// Returns the text. `keys` is set on the first start.
pub(crate) fn text(base: &str, keys: Option<&ShownKeys>, manage: &Token) -> String {
    let (shown, lines) = match keys {
        Some(keys) => (
            format!(
                "Track set `primary`\n  site id  {}\n  API key  {}\nApp key `curl`\n  token    {}\n",
                keys.site_id,
                keys.api_key.expose(),
                keys.token
            ),
            first_lines(base, keys, manage),
        ),
        None => (
            "The first start printed keys, which still work. If you do not have them, issue an App key as below. \
             POST /manage/credentials/ID/reveal reveals an API key again.\n"
                .to_owned(),
            later_lines(base, manage),
        ),
    };
    let mut text = format!(
        "{shown}Management token, for this run and this machine only (a real service has a login instead)\n  {}\n\n\
         Paste these lines in this order. Each has its expected status and an explanation.\n",
        manage.expose(),
    );
    for Line { command, status, why } in lines {
        // Writing to a `String` cannot fail.
        let _ = write!(text, "\n# {status}: {why}\n{command}\n");
    }
    let _ = writeln!(text, "\nServing on {base}. Stop with Ctrl-C.");
    text
}
