//! A newcomer starts the example, signs in at the address that it prints, and uses a key. The example starts again after any change,
//! and stopping it loses no last-used time.

use std::io::{BufRead, BufReader, Lines, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

use crate::support::cargo::cargo;
use crate::support::programs::is_there;

/// The example, running.
struct Running {
    process: Child,
    output: Lines<BufReader<ChildStdout>>,
    /// The output at start.
    printed: String,
    address: String,
    cookie: String,
}

impl Running {
    fn start(database: &Path) -> Self {
        let mut run = cargo();
        run.args(["run", "--quiet", "--example", "service", "--"])
            .args(["--port", "0", "--database"])
            .arg(database)
            .stdout(Stdio::piped());
        let mut process = run.spawn().unwrap();
        let mut output = BufReader::new(process.stdout.take().unwrap()).lines();
        let printed = output.next().unwrap().unwrap();
        let (_, rest) = printed.split_once("http://").unwrap();
        let address = rest.split('/').next().unwrap().to_owned();
        let mut running = Self { process, output, printed, address, cookie: String::new() };
        let signed_in = running.curl("-d person=ada", "/sign-in");
        let cookie = signed_in.lines().find_map(|line| line.strip_prefix("set-cookie: "));
        cookie.unwrap().split(';').next().unwrap().clone_into(&mut running.cookie);
        running
    }

    /// The head and the body of an answer.
    fn curl(&self, options: &str, path: &str) -> String {
        let command = format!("curl -sS -i {options} 'http://{}{path}'", self.address);
        let run = Command::new("sh").args(["-c", &command]).output().unwrap();
        assert!(run.status.success(), "{command}: {run:?}");
        String::from_utf8(run.stdout).unwrap().replace('\r', "")
    }

    fn body(&self, options: &str, path: &str, status: u16) -> Value {
        let answer = self.curl(options, path);
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{path}: {answer}");
        let (_, body) = answer.split_once("\n\n").unwrap();
        serde_json::from_str(body).unwrap_or_default()
    }

    fn read(&self, path: &str) -> Value {
        self.body(&format!("-b {}", self.cookie), &format!("/manage/v1{path}"), 200)
    }

    /// Changes a credential, under the entity tag of its revision.
    fn change(&self, credential: &Value, change: &str, body: &Value, status: u16) -> Value {
        let options = format!(
            "-b {} -H 'Content-Type: application/json' -H 'If-Match: \"{}\"' -d '{body}'",
            self.cookie, credential["revision"]
        );
        let id = credential["id"].as_str().unwrap();
        self.body(&options, &format!("/manage/v1/credentials/{id}:{change}"), status)
    }

    /// Stops it as a supervisor does.
    fn stop(mut self, signal: &str) {
        let process = self.process.id().to_string();
        assert!(Command::new("kill").args([signal, &process]).status().unwrap().success());
        assert!(self.process.wait().unwrap().success(), "{signal}");
        let last = self.output.map(Result::unwrap).last().unwrap();
        assert!(last.contains("all last-used times are written"), "{last}");
    }
}

fn named(listed: &Value, name: &str) -> Value {
    let credentials = listed["items"].as_array().unwrap();
    credentials.iter().find(|credential| credential["name"] == name).unwrap().clone()
}

#[test]
fn a_newcomer_signs_in_and_uses_a_key() {
    if !is_there("curl") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("service.db");

    let first = Running::start(&database);
    assert_eq!(
        first.printed,
        format!("Sign in at http://{}/ and stop with Ctrl-C.", first.address)
    );
    let primary = named(&first.read("/credentials"), "primary");
    let revealed = first.change(&primary, "reveal", &json!({}), 200);
    let (id, key) =
        (revealed["credential"].as_str().unwrap(), revealed["secret"].as_str().unwrap());
    first.body(&format!("-u {id}:{key}"), "/api/v1/accounts/region", 200);
    first.body(&format!("-u {id}:wrong"), "/api/v1/accounts/region", 401);
    let wish = json!({ "workspace": "acme/shop", "kind": "app", "name": "backend" });
    let json = format!("-b {} -H 'Content-Type: application/json'", first.cookie);
    let issued = first.body(&format!("{json} -d '{wish}'"), "/manage/v1/credentials", 201);
    let bearer = format!("-H 'Authorization: Bearer {}'", issued["secret"].as_str().unwrap());
    first.body(&bearer, "/v1/customers/7/activities", 200);
    let wish = json!({
        "workspace": "acme/shop", "kind": "app", "name": "reader", "scopes": ["read:people"],
    });
    let issued = first.body(&format!("{json} -d '{wish}'"), "/manage/v1/credentials", 201);
    let reader = format!("-H 'Authorization: Bearer {}'", issued["secret"].as_str().unwrap());
    first.body(&reader, "/v1/customers/7/activities", 200);
    let email = r#"{"to":"bob@acme.test","identifiers":{"id":"7"}}"#;
    let send = format!("-H 'Content-Type: application/json' -d '{email}'");
    first.body(&format!("{reader} {send}"), "/v1/send/email", 403);
    first.body(&format!("{bearer} {send}"), "/v1/send/email", 200);
    first.stop("-TERM");

    // The cookie of another run is of no use.
    let second = Running::start(&database);
    let stale = format!("-b {}", json.split(' ').nth(1).unwrap());
    second.body(&stale, "/manage/v1/credentials", 401);
    let listed = second.read("/credentials");
    assert!(named(&listed, "primary")["last_used"].is_string(), "{listed}");
    let renamed = json!({ "name": "Shop window" });
    second.change(&named(&listed, "primary"), "rename", &renamed, 200);
    second.change(&named(&listed, "backend"), "suspend", &json!({}), 200);
    let backend = named(&second.read("/credentials"), "backend");
    second.change(&backend, "delete", &json!({ "name": "backend" }), 204);
    let before = second.read("/events");
    second.stop("-TERM");

    let third = Running::start(&database);
    assert_eq!(third.read("/events"), before, "a start changes, replaces and reveals nothing");
    assert_eq!(named(&third.read("/credentials"), "Shop window")["revision"], 2);
    // A request that is never finished does not hold up the others.
    let mut stalled = TcpStream::connect(&third.address).unwrap();
    stalled.write_all(b"GET /v1/customers/7/attributes HTTP/1.1\r\nhost: ").unwrap();
    third.stop("-INT");
    drop(stalled);
}
