//! What must not compile. Each sample stands with the compiler's words, so that it fails for its own reason.

#![allow(clippy::unwrap_used, reason = "a compiler that cannot be asked has failed the test")]

/// What the samples do rightly, compiled with this test: with a sample that must compile among the others, all
/// dependencies would be built for it, where checking them is enough.
#[path = "compile_fail/control.rs"]
#[allow(dead_code, reason = "it need only compile")]
mod control;

/// The words change from release to release, so they are compared by the one that the manifest names, which
/// CI runs. `TRYBUILD=overwrite cargo test --test compile_fail` writes them again. The first run checks all
/// dependencies once more, in a folder of its own.
#[test]
fn what_must_not_compile_does_not() {
    let wanted = env!("CARGO_PKG_RUST_VERSION");
    let compiler = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let version = std::process::Command::new(compiler).arg("--version").output().unwrap().stdout;
    let version = String::from_utf8(version).unwrap();
    if !version.starts_with(&format!("rustc {wanted}.")) {
        eprintln!("not compared: this is {version}, and the words are those of rustc {wanted}");
        return;
    }
    let samples = trybuild::TestCases::new();
    samples.compile_fail("tests/compile_fail/verified_*.rs");
    samples.compile_fail("tests/compile_fail/plaintext_*.rs");
    samples.compile_fail("tests/compile_fail/store_*.rs");
}
