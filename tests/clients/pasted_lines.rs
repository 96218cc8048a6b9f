//! What the example prints at start, pasted into a shell: each line does what the text beside it says. And
//! stopping it loses no last-used time.

use std::io::{BufRead, BufReader, Lines, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use serde_json::Value;

use crate::is_there;
use crate::support::cargo::cargo;

/// The example, running.
struct Running {
    process: Child,
    output: Lines<BufReader<ChildStdout>>,
    address: String,
    /// Each line to paste, the status that is promised, and why.
    lines: Vec<Pasted>,
}

struct Pasted {
    command: String,
    promised: String,
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
        let mut lines: Vec<Pasted> = Vec::new();
        let (mut promised, mut address) = (String::new(), String::new());
        for line in output.by_ref().map(Result::unwrap) {
            if let Some(text) = line.strip_prefix("# ") {
                text.clone_into(&mut promised);
            } else if line.starts_with("curl ") {
                lines.push(Pasted { command: line, promised: promised.clone() });
            } else if let Some(text) = line.strip_prefix("Serving on http://") {
                text.split(". ").next().unwrap().clone_into(&mut address);
                break;
            }
        }
        Self { process, output, address, lines }
    }

    fn paste(&self, from: usize) -> String {
        let line = self.lines.get(from).unwrap();
        let pasted = Command::new("sh").args(["-c", &line.command]).output().unwrap();
        let answer = String::from_utf8(pasted.stdout).unwrap();
        let status = answer.split(' ').nth(1).unwrap_or_default();
        assert!(line.promised.starts_with(status), "{}\n{}\n{answer}", line.promised, line.command);
        answer
    }

    /// Runs a line of the admin's, for another path.
    fn admin(&self, rest: &str) -> Value {
        let list = self.lines.iter().find(|line| line.command.ends_with("/manage/credentials"));
        let command = list.unwrap().command.replace("curl -i", "curl -sS --fail-with-body");
        let command = command.replace("/manage/credentials", rest);
        let pasted = Command::new("sh").args(["-c", &command]).output().unwrap();
        assert!(pasted.status.success(), "{command}: {pasted:?}");
        serde_json::from_slice(&pasted.stdout).unwrap()
    }

    fn list(&self) -> Value {
        self.admin("/manage/credentials")
    }

    fn history(&self) -> Value {
        self.admin("/manage/history")
    }

    fn manage(&self, credential: &Value, operation: &str, body: &str) {
        let id = credential["id"].as_str().unwrap();
        self.admin(&format!(
            "/manage/credentials/{id}/{operation} -X POST -H 'Content-Type: application/json' -d '{body}'"
        ));
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
fn each_printed_line_does_what_it_says() {
    if !is_there("curl") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("service.db");

    let first = Running::start(&database);
    assert!(first.lines.len() > 10, "lines to paste are printed");
    for place in 0..first.lines.len() {
        first.paste(place);
    }
    first.stop("-TERM");

    // What an admin may have done meanwhile: the service starts all the same.
    let second = Running::start(&database);
    let listed = second.list();
    let primary = named(&listed, "primary");
    assert!(primary["last_used"].is_string(), "{primary}");
    second.manage(&primary, "rename", r#"{"name":"Shop window"}"#);
    second.manage(&named(&listed, "curl"), "suspend", "");
    for place in 0..second.lines.len() {
        second.paste(place);
    }
    let before = second.history();
    second.stop("-TERM");

    let third = Running::start(&database);
    assert_eq!(named(&third.list(), "Shop window")["revision"], 2);
    assert_eq!(named(&third.list(), "curl")["status"], "suspended");
    assert_eq!(third.history(), before, "a start changes, replaces and reveals nothing");
    // A request that is never finished does not hold up the others.
    let mut stalled = TcpStream::connect(&third.address).unwrap();
    stalled.write_all(b"GET /v1/customers/7/attributes HTTP/1.1\r\nhost: ").unwrap();
    third.stop("-INT");
    drop(stalled);
}
