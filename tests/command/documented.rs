//! `docs/command.md`: its commands run in their order, and print the documented output.

use std::path::Path;
use std::{env, fs};

use crate::fixture::Fixture;
use crate::test_store::Kind;

/// The code blocks of a page: their language and their text.
fn blocks(page: &str) -> Vec<(&str, &str)> {
    let code = page.split("\n```").skip(1).step_by(2);
    code.map(|block| block.split_once('\n').unwrap()).collect()
}

/// Whether a line matches the documented one, which has an ellipsis for each part that differs between runs.
pub fn matches_documented(line: &str, said: &str) -> bool {
    let mut rest = line;
    let mut parts = said.split('…');
    let Some(after) = rest.strip_prefix(parts.next().unwrap()) else { return false };
    rest = after;
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = if part.is_empty() { "" } else { &rest[at + part.len()..] };
    }
    rest.is_empty()
}

#[test]
fn the_commands_of_the_page_print_the_documented_output() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/command.md");
    let page = fs::read_to_string(page).unwrap();
    let fixture = Fixture::new(Kind::Sqlite);
    let leaked = fixture.app_key("Backend");
    fixture.write_secret("leaked-key", leaked.secret.expose());
    std::os::unix::fs::symlink(fixture.test_store.path(), fixture.path("acme.db")).unwrap();
    let program = Path::new(env!("CARGO_BIN_EXE_keyward")).parent().unwrap();
    let paths = format!("{}:{}", program.display(), env::var("PATH").unwrap());
    let (mut printed, mut runs) = (String::new(), 0);
    for (language, text) in blocks(&page) {
        match language {
            "sh" => {
                let mut shell = std::process::Command::new("sh");
                shell.args(["-c", text]).current_dir(fixture.folder.path()).env("PATH", &paths);
                let ended = crate::fixture::run(&mut shell, "");
                runs += 1;
                assert!(ended.code == 0 || text.contains("echo $?"), "{text}\n{}", ended.err);
                printed = ended.out;
            }
            "text" => {
                assert_eq!(printed.lines().count(), text.trim().lines().count(), "{printed}");
                for (line, said) in printed.lines().zip(text.trim().lines()) {
                    assert!(matches_documented(line, said), "printed: {line}\nthe page: {said}");
                }
            }
            "csv" => fixture.write_secret("old-keys.csv", text),
            other => assert!(["console", "json", "rust"].contains(&other), "{other}"),
        }
    }
    assert!(runs > 8, "{runs} commands were run");
}
