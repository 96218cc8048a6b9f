//! The progress of long work, on a terminal and without one.

use std::process::Command;

use crate::fixture::{Fixture, run};
use crate::programs;
use crate::test_store::Kind;

/// Runs a program on a terminal of its own, and exits as it did.
const ON_A_TERMINAL: &str =
    "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))";

#[test]
fn long_work_shows_its_progress_on_a_terminal_and_nowhere_else() {
    if !programs::is_there("python3") {
        return;
    }
    let fixture = Fixture::new(Kind::Sqlite);
    let rows = format!("account,workspace,name,format,hash\nacme,acme/shop,a,old,{:064}\n", 1);
    fixture.write_secret("old.csv", &rows);
    for (words, work) in [
        ("check-records", "checking: "),
        ("rekey", "rekeying: "),
        ("export acme --as support-7", "exporting: "),
        ("import old.csv --as support-7", "importing: "),
    ] {
        let alone = fixture.command(words);
        let mut on_a_terminal = Command::new("python3");
        on_a_terminal.args(["-c", ON_A_TERMINAL]).arg(alone.get_program()).args(alone.get_args());
        on_a_terminal.current_dir(fixture.folder.path()).env("TERM", "xterm");
        let shown = run(&mut on_a_terminal, "");
        assert!(shown.text(0).contains(work) && shown.out.contains(" records, "), "{}", shown.out);

        let piped = fixture.run(words, "");
        assert!(!piped.text(0).contains(work) && !piped.err.contains(work), "{}", piped.err);
    }
}
