//! What is printed at start: lines to paste, and at the first start the keys that they use.

use std::fmt::{Display, Write};

use keyward::{
    CredentialId, SecretKey,
    time::{Clock, SystemClock},
};

use super::manage::Token;

/// The keys that the first start makes and prints.
pub(crate) struct ShownKeys {
    pub(crate) site_id: CredentialId,
    pub(crate) api_key: SecretKey,
    pub(crate) token: String,
}

/// A line to paste, what it is answered, and why.
struct Line {
    command: String,
    status: u16,
    why: &'static str,
}

const JSON: &str = "-H 'Content-Type: application/json'";

fn line(rest: impl Display, status: u16, why: &'static str) -> Line {
    Line { command: format!("curl -i {rest}"), status, why }
}

/// What can be tried with the first keys.
fn first_lines(base: &str, keys: &ShownKeys, manage: &Token) -> Vec<Line> {
    let (site_id, api_key, token) = (keys.site_id, keys.api_key.expose(), keys.token.as_str());
    let json = JSON;
    let track = format!("-u {site_id}:{api_key}");
    let app = format!("-H 'Authorization: Bearer {token}'");
    let admin = format!("-H 'Authorization: Bearer {}'", manage.expose());
    vec![
        line(format!("{track} {base}/api/v1/accounts/region"), 200, "the Track set is right"),
        line(
            format!(
                "{track} -X PUT {json} -d '{{\"email\":\"bob@shop.test\"}}' {base}/api/v1/customers/7"
            ),
            200,
            "it says who person 7 is",
        ),
        line(
            format!("{track} {json} -d '{{\"name\":\"signup\"}}' {base}/api/v1/customers/7/events"),
            200,
            "it says what person 7 did",
        ),
        line(
            format!("{app} {base}/v1/customers/7/attributes"),
            200,
            "the App key reads back what was said",
        ),
        line(
            format!(
                "{app} {json} -d '{{\"to\":\"bob@shop.test\",\"identifiers\":{{\"id\":\"7\"}}}}' {base}/v1/send/email"
            ),
            200,
            "and sends an email, or would",
        ),
        line(
            format!("-u {site_id}:wrong {base}/api/v1/accounts/region"),
            401,
            "the API key is wrong: the answer does not say what is",
        ),
        line(
            format!("{app} {base}/api/v1/accounts/region"),
            401,
            "an App key does not open the Track API",
        ),
        line(format!("{base}/v1/customers/7/attributes"), 401, "there are no credentials"),
        line(
            format!("{admin} {base}/manage/credentials"),
            200,
            "the admin sees the keys, and within ten seconds when each was last used",
        ),
        line(
            format!(
                "{admin} {json} -X DELETE -d '{{\"typed_name\":\"primary\"}}' {base}/manage/credentials/{site_id}"
            ),
            409,
            "a workspace keeps at least one permanent Track set",
        ),
        line(
            format!(
                "{admin} {json} -d '{{\"networks\":[\"203.0.113.0/24\"]}}' {base}/manage/allowlist"
            ),
            200,
            "from now on only that network may use the keys",
        ),
        line(
            format!("{track} {base}/api/v1/accounts/region"),
            403,
            "the Track set is right, and your address is not on the list",
        ),
        line(
            format!("{admin} -X POST {base}/manage/allowlist/lift"),
            200,
            "and everybody may again",
        ),
        line(format!("{admin} {base}/manage/history"), 200, "all of it is in the history"),
    ]
}

/// What can be tried at a later start, without a key: the admin sees the keys that there are, and issues another.
fn later_lines(base: &str, manage: &Token) -> Vec<Line> {
    let admin = format!("-H 'Authorization: Bearer {}'", manage.expose());
    let now = SystemClock::new().now().wall;
    vec![
        line(format!("{admin} {base}/manage/credentials"), 200, "the keys that there are"),
        line(
            format!(
                "{admin} {JSON} -d '{{\"kind\":\"app\",\"name\":\"curl at {now}\"}}' {base}/manage/credentials"
            ),
            200,
            "another App key, whose secret is in the answer",
        ),
        line(format!("{admin} {base}/manage/history"), 200, "what was done so far"),
    ]
}

/// `keys` are there at the first start.
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
            "The first start printed keys, and they are as they were. If you do not have them, issue an App key as below; \
             POST /manage/credentials/ID/reveal shows an API key again.\n"
                .to_owned(),
            later_lines(base, manage),
        ),
    };
    let mut text = format!(
        "{shown}Management token, for this run and from this machine only: a stand-in for the login of a real service\n  {}\n\n\
         Paste these, one after the other. Beside each stands the status that it is answered with, and why.\n",
        manage.expose(),
    );
    for Line { command, status, why } in lines {
        // Writing to a String cannot fail.
        let _ = write!(text, "\n# {status}: {why}\n{command}\n");
    }
    let _ = writeln!(text, "\nServing on {base}. Stop with Ctrl-C.");
    text
}
