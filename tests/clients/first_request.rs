//! A newcomer runs the program of the README, and sends the request that it prints.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use crate::support::cargo::cargo;
use crate::support::programs::is_there;

fn answer(command: &str) -> String {
    let run = Command::new("sh").args(["-c", command]).output().unwrap();
    String::from_utf8(run.stdout).unwrap()
}

#[test]
fn the_first_request_is_guarded() {
    if !is_there("curl") {
        return;
    }
    let mut run = cargo();
    run.args(["run", "--quiet", "--example", "first_request"]).stdout(Stdio::piped());
    let mut process = run.spawn().unwrap();
    let mut printed = String::new();
    BufReader::new(process.stdout.take().unwrap()).read_line(&mut printed).unwrap();
    let with_the_key = answer(&printed);
    let without = answer(&printed.replace("Authorization", "X-Other"));
    process.kill().unwrap();
    process.wait().unwrap();
    assert!(
        with_the_key.starts_with("HTTP/1.1 200 ")
            && with_the_key.ends_with("\r\n\r\nHello, acme/shop\n")
    );
    assert!(without.starts_with("HTTP/1.1 401 "), "{without}");
}
