//! What is printed at start: keys, and lines to paste.

use std::fmt::Write;

use keyward::{CredentialId, SecretKey};

use super::manage::Token;

/// The keys that are printed.
pub(crate) struct ShownKeys {
    pub(crate) site_id: CredentialId,
    pub(crate) api_key: SecretKey,
    pub(crate) token: String,
}

/// A line to paste, what it is answered, and why.
pub(crate) struct Line {
    pub(crate) command: String,
    pub(crate) status: u16,
    pub(crate) why: &'static str,
}

pub(crate) fn lines(base: &str, keys: &ShownKeys, manage: &Token) -> Vec<Line> {
    let (site_id, api_key, token) = (keys.site_id, keys.api_key.expose(), keys.token.as_str());
    let line = |rest: String, status, why| Line { command: format!("curl -i {rest}"), status, why };
    let json = "-H 'Content-Type: application/json'";
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

pub(crate) fn text(base: &str, keys: &ShownKeys, manage: &Token) -> String {
    let mut text = format!(
        "Track set `primary`\n  site id  {}\n  API key  {}\nApp key `curl`\n  token    {}\n\
         Management token, for this run and from this machine only: a stand-in for the login of a real service\n  {}\n\n\
         Paste these, one after the other. Beside each stands the status that it is answered with, and why.\n",
        keys.site_id,
        keys.api_key.expose(),
        keys.token,
        manage.expose(),
    );
    for Line { command, status, why } in lines(base, keys, manage) {
        // Writing to a String cannot fail.
        let _ = write!(text, "\n# {status}: {why}\n{command}\n");
    }
    let _ = writeln!(text, "\nServing on {base}. Stop with Ctrl-C.");
    text
}
