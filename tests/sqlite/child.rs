//! This test program once more, as a process of its own that may be killed or be given a bad disk.

use std::io::{BufRead, BufReader, Lines, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// The variables with the place of the store's file and the master key.
const FILE: &str = "KEYWARD_TEST_FILE";
const KEY: &str = "KEYWARD_TEST_KEY";

/// The beginning of a line for the parent. The test harness writes to the same output.
const MARK: &str = "to the parent: ";

/// The arguments of a child.
#[derive(Debug, Clone)]
pub(crate) struct Given {
    pub(crate) file: std::path::PathBuf,
    /// The text of a master key.
    pub(crate) key: String,
}

impl Given {
    /// Returns the arguments of this process, if it is a child.
    pub(crate) fn to_me() -> Option<Self> {
        let (file, key) = (std::env::var_os(FILE)?, std::env::var(KEY).ok()?);
        Some(Self { file: file.into(), key })
    }
}

/// Sends a line to the parent. Ends the child if the parent is gone.
pub(crate) fn say(line: &str) {
    println!("\n{MARK}{line}");
}

/// Returns the prefix of a test's name in the list of this program: empty, unless the tests of several files are
/// compiled into one program, as `.ci/mutants` does.
fn above() -> &'static str {
    let (_program, here) = module_path!().split_once("::").unwrap();
    here.strip_suffix("child").unwrap()
}

/// Compiles a C file of this folder into a library that a child loads before all others.
#[cfg(target_os = "linux")]
pub(crate) fn shared_library(source: &str, library: &std::path::Path) {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/sqlite");
    let compiled = Command::new("cc")
        .args(["-shared", "-fPIC", "-o"])
        .args([library, &std::path::Path::new(folder).join(source)])
        .arg("-ldl")
        .status();
    assert!(compiled.unwrap().success(), "this test wants a C compiler");
}

/// A process that runs one ignored test of this program. It ends with this value.
#[derive(Debug)]
pub(crate) struct Running {
    process: Child,
    input: ChildStdin,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Running {
    pub(crate) fn start(test: &str, given: &Given, environment: &[(&str, &str)]) -> Self {
        let mut process = Command::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", "--nocapture", &format!("{}{test}", above())])
            .env(FILE, &given.file)
            .env(KEY, &given.key)
            .envs(environment.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let input = process.stdin.take().unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        Self { process, input, lines }
    }

    /// Returns the next line of the child, or `None` when it has ended.
    pub(crate) fn next_line(&mut self) -> Option<String> {
        let said = |line: String| line.strip_prefix(MARK).map(str::to_owned);
        self.lines.find_map(|line| said(line.unwrap()))
    }

    pub(crate) fn tell(&mut self, line: &str) {
        writeln!(self.input, "{line}").unwrap();
    }

    /// Kills the child at any point. Its earlier output can still be read.
    pub(crate) fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        self.process.kill().ok();
        self.process.wait().ok();
    }
}
