//! Samples that must not compile. Each has a file of the compiler's messages, so it fails for its own reason.

#![allow(clippy::unwrap_used, reason = "a compiler that cannot be asked has failed the test")]

#[path = "support/cargo.rs"]
#[expect(unreachable_pub, reason = "it is a part of the support of the other tests")]
mod cargo;
/// Correct code like that of the samples, compiled with this test.
#[path = "compile_fail/control.rs"]
#[allow(dead_code, reason = "it need only compile")]
mod control;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

/// The crates that samples name.
const CRATES: [&str; 3] = ["keyward", "serde", "serde_json"];

/// The messages change from release to release, so they are compared only with the release that `.ci/run` installs.
/// `KEYWARD_MESSAGES=write cargo test --test compile_fail` writes them again.
#[test]
fn forbidden_code_does_not_compile() {
    let checks = fs::read_to_string(root().join(".ci/run")).unwrap();
    let wanted = checks.lines().find_map(|line| line.strip_prefix("rust=")).unwrap();
    let version = text(rustc().arg("--version").output().unwrap().stdout);
    if !version.starts_with(&format!("rustc {wanted} ")) {
        eprintln!("not compared: this is {version}, and the messages are those of rustc {wanted}");
        return;
    }
    let libraries = libraries();
    let samples = samples();
    assert!(samples.len() >= 10, "{samples:?}");
    for sample in samples {
        let messages = refusal(&sample, &libraries);
        let file = root().join(&sample).with_extension("stderr");
        if env::var("KEYWARD_MESSAGES").is_ok_and(|it| it == "write") {
            fs::write(&file, &messages).unwrap();
        }
        let expected = fs::read_to_string(&file).unwrap();
        assert_eq!(messages, expected, "{sample} fails, but not for its reason");
    }
}

/// The compiler's messages about a sample, one line each. Panics if it compiles.
fn refusal(sample: &str, libraries: &BTreeMap<String, PathBuf>) -> String {
    let out = tempfile::TempDir::new().unwrap();
    let mut rustc = rustc();
    rustc
        .current_dir(root())
        .args(["--edition", "2024", "--emit", "metadata", "--error-format", "short"])
        .arg("--out-dir")
        .arg(out.path());
    for (name, library) in libraries {
        let mut dependencies = std::ffi::OsString::from("dependency=");
        dependencies.push(library.parent().unwrap());
        rustc
            .arg("--extern")
            .arg(format!("{name}={}", library.display()))
            .arg("-L")
            .arg(dependencies);
    }
    let answer = rustc.arg(sample).output().unwrap();
    assert!(!answer.status.success(), "{sample} compiles");
    text(answer.stderr)
}

/// Returns the libraries that cargo has linked with this test, so nothing has to be built.
fn libraries() -> BTreeMap<String, PathBuf> {
    let mut cargo = cargo::cargo();
    cargo
        .current_dir(root())
        .args(["test", "--locked", "--no-run", "--test", "compile_fail"])
        .args(["--message-format", "json"]);
    if !cfg!(debug_assertions) {
        cargo.arg("--release");
    }
    let answer = cargo.output().unwrap();
    assert!(answer.status.success(), "{}", text(answer.stderr));
    let mut found = BTreeMap::new();
    for line in text(answer.stdout).lines() {
        let message: serde_json::Value = serde_json::from_str(line).unwrap();
        let name = message.pointer("/target/name").and_then(|it| it.as_str()).unwrap_or_default();
        let files = message.get("filenames").and_then(|it| it.as_array()).into_iter().flatten();
        let library = files
            .filter_map(|file| Some(PathBuf::from(file.as_str()?)))
            .find(|file| file.extension().is_some_and(|it| it == "rlib"));
        let features = message.get("features").and_then(|it| it.as_array()).into_iter().flatten();
        // Macros have another serde, built for the compiler, which lacks this feature of ours.
        let is_ours = name != "serde" || features.into_iter().any(|feature| feature == "rc");
        if let (true, Some(library)) = (CRATES.contains(&name) && is_ours, library) {
            let other = found.insert(name.to_owned(), library);
            assert_eq!(other, None, "{name} was built twice");
        }
    }
    assert_eq!(found.len(), CRATES.len(), "{found:?}");
    found
}

/// The files of the samples, from the root of the crate.
fn samples() -> Vec<String> {
    let files = fs::read_dir(root().join("tests/compile_fail")).unwrap();
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    let mut samples: Vec<_> = names
        .filter(|name| Path::new(name).extension().is_some_and(|it| it == "rs"))
        .filter(|name| name != "control.rs")
        .map(|name| format!("tests/compile_fail/{name}"))
        .collect();
    samples.sort();
    samples
}

fn rustc() -> Command {
    Command::new(env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()))
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap()
}
