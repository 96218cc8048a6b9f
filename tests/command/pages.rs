//! The help, the completions and the manual pages.

use tempfile::TempDir;

use crate::fixture::{command, run};

fn printed(words: &str) -> String {
    let folder = TempDir::new().unwrap();
    run(command(folder.path()).args(words.split(' ')), "").text(0).to_owned()
}

const COMMANDS: [&str; 15] = [
    "master-key",
    "schema",
    "check",
    "check-records",
    "copy",
    "rekey",
    "repair",
    "trace",
    "import",
    "close-account",
    "leak-drill",
    "prune",
    "export",
    "completions",
    "manual",
];

#[test]
fn the_help_and_the_manual_page_name_every_command_and_the_exit_codes() {
    let (help, page) = (printed("--help"), printed("manual"));
    for command in COMMANDS {
        assert!(help.contains(&format!("\n  {command} ")), "{command}: {help}");
        assert!(page.contains(&command.replace('-', "\\-")), "{command}");
    }
    for code in 0..=6 {
        assert!(help.contains(&format!("\n  {code}  ")), "{help}");
    }
    assert!(page.starts_with(".ie") && page.contains(".TH keyward 1"), "{page}");
    assert!(page.contains("Exit codes:"), "{page}");
}

#[test]
fn each_command_has_a_manual_page() {
    assert!(printed("manual rekey").contains("adopt\\-lost"));
    assert!(printed("manual repair workspace").contains("OPERATOR"));
    let folder = TempDir::new().unwrap();
    let missing = run(command(folder.path()).args(["manual", "fly"]), "");
    assert_eq!(missing.code, 2);
}

#[test]
fn each_shell_has_completions() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = printed(&format!("completions {shell}"));
        assert!(
            script.contains("keyward")
                && script.contains("check-records")
                && script.contains("adopt-lost"),
            "{shell}"
        );
    }
}
