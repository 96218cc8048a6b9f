//! `docs/runbooks` and `docs/operating.md`: their commands run in their order, and print the documented output.
//!
//! Between two commands, a comment such as `<!-- test: use every key -->` says what happens in the service.

use std::path::Path;
use std::time::Duration;
use std::{env, fs};

use keyward::manage::Issued;
use keyward::{Attempt, DenialReason};

use crate::documented::matches_documented;
use crate::fixture::{Fixture, admin, run};
use crate::test_store::{Kind, block_on};

/// A service, the keys of its customer, and the folder in which the operator works.
struct Scene {
    fixture: Fixture,
    leaked: Issued,
    /// What the operator types into the next block of commands.
    typed: String,
}

impl Scene {
    fn new(kind: Kind) -> Self {
        let fixture = Fixture::new(kind);
        let leaked = fixture.app_key("Backend");
        fixture.write_secret("leaked-key", leaked.secret.expose());
        if !matches!(kind, Kind::Postgres) {
            let file = fixture.test_store.path();
            std::os::unix::fs::symlink(file, fixture.path("acme.db")).unwrap();
        }
        Self { fixture, leaked, typed: String::new() }
    }

    /// What the comment says happens in the service.
    fn happens(&mut self, what: &str) {
        let admin = admin();
        if let Some(typed) = what.strip_prefix("type ") {
            self.typed = format!("{typed}\n");
            return;
        }
        match what {
            "rotate the leaked key" => {
                let manager = self.fixture.keyward.manager(&admin);
                let id = self.leaked.credential.id;
                drop(block_on(manager.rotate(id, Duration::ZERO)).unwrap());
            }
            "delete the leaked key" => {
                let manager = self.fixture.keyward.manager(&admin);
                block_on(manager.delete(self.leaked.credential.id, "Backend")).unwrap();
            }
            "make a backup" => {
                self.run("keyward copy --sqlite acme.db --to-sqlite backup.db");
            }
            "restore the backup" => {
                self.run("rm acme.db; mv backup.db acme.db");
            }
            "checkpoint, and delete the leaked key" => {
                block_on(self.fixture.test_store.run("PRAGMA wal_checkpoint(TRUNCATE)"));
                self.happens("delete the leaked key");
            }
            "change the master key" => self.fixture.change_master_key(),
            "lose the master key" => self.fixture.lose_master_key(),
            "use every key" => {
                let attempt = Attempt::app(self.leaked.secret.expose());
                block_on(self.fixture.keyward.verify(&attempt)).unwrap();
            }
            "change the account and the workspace" => {
                let store = &self.fixture.test_store;
                block_on(store.run("UPDATE keyward_accounts SET unlisted_workspaces = 'closed'"));
                block_on(store.run("UPDATE keyward_workspaces SET credentials = 7"));
            }
            other => panic!("the page asks for something unknown: {other}"),
        }
    }

    /// Runs a block of commands, and returns what it printed.
    fn run(&mut self, commands: &str) -> String {
        let program = Path::new(env!("CARGO_BIN_EXE_keyward")).parent().unwrap();
        let paths = format!("{}:{}", program.display(), env::var("PATH").unwrap());
        let commands = match self.fixture.kind {
            Kind::Postgres => {
                let schema = self.fixture.test_store.schema().replace('\'', r"'\''");
                commands.replace("--schema keyward", &format!("--schema '{schema}'"))
            }
            _ => commands.to_owned(),
        };
        let mut shell = std::process::Command::new("sh");
        shell.args(["-c", &commands]).current_dir(self.fixture.folder.path()).env("PATH", paths);
        let ended = run(&mut shell, &std::mem::take(&mut self.typed));
        assert!(ended.code == 0, "{commands}\n{}{}", ended.out, ended.err);
        ended.out
    }
}

/// Follows a page from its first command to its last. Returns the number of blocks of commands.
fn follow(page: &str, kind: Kind) -> usize {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(page);
    let text = fs::read_to_string(path).unwrap();
    let mut scene = Scene::new(kind);
    let (mut printed, mut runs) = (String::new(), 0);
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(what) = line.strip_prefix("<!-- test: ") {
            scene.happens(what.strip_suffix(" -->").unwrap());
        }
        let Some(language) = line.strip_prefix("```") else { continue };
        let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        match language {
            "sh" => {
                printed = scene.run(&block.join("\n"));
                runs += 1;
            }
            "text" => {
                assert_eq!(printed.lines().count(), block.len(), "{page} prints:\n{printed}");
                for (line, said) in printed.lines().zip(block) {
                    let is_right = matches_documented(line, said);
                    assert!(is_right, "{page} prints:\n{printed}\ninstead of: {said}");
                }
            }
            other => {
                assert!(["console", "ini", "rust", "yaml"].contains(&other), "{page}: {other}");
            }
        }
    }
    runs
}

#[test]
fn a_key_leaked() {
    assert_eq!(follow("runbooks/a-key-leaked.md", Kind::Sqlite), 3);
}

#[test]
fn a_master_key_leaked() {
    assert_eq!(follow("runbooks/a-master-key-leaked.md", Kind::Sqlite), 3);
}

#[test]
fn a_master_key_lost() {
    assert_eq!(follow("runbooks/a-master-key-lost.md", Kind::Sqlite), 3);
}

#[test]
fn a_database_written_to_by_somebody_else() {
    assert_eq!(follow("runbooks/a-database-written-to-by-somebody-else.md", Kind::Sqlite), 4);
}

#[test]
fn a_database_restored() {
    assert_eq!(follow("runbooks/a-database-restored.md", Kind::Sqlite), 3);
}

#[test]
fn a_failover() {
    assert_eq!(follow("runbooks/a-failover.md", Kind::Postgres), 2);
}

#[test]
fn a_customer_locked_out() {
    assert_eq!(follow("runbooks/a-customer-locked-out.md", Kind::Sqlite), 2);
}

#[test]
fn an_admin_who_left() {
    assert_eq!(follow("runbooks/an-admin-who-left.md", Kind::Sqlite), 1);
}

#[test]
fn operating() {
    assert_eq!(follow("operating.md", Kind::Sqlite), 2);
}

#[test]
fn every_runbook_is_followed_and_listed() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    let index = fs::read_to_string(docs.join("operating.md")).unwrap();
    let this = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file!())).unwrap();
    let mut pages = 0;
    for entry in fs::read_dir(docs.join("runbooks")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(index.contains(&format!("(runbooks/{name})")), "{name}: not in docs/operating.md");
        assert!(this.contains(&format!("(\"runbooks/{name}\"")), "{name}: no test follows it");
        pages += 1;
    }
    assert_eq!(pages, 8);
}

/// A customer is locked out for one of these reasons.
#[test]
fn every_reason_of_a_denial_is_explained() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/runbooks/a-customer-locked-out.md");
    let page = fs::read_to_string(page).unwrap();
    for reason in DenialReason::ALL {
        assert!(page.contains(&format!("`{reason}`")), "{reason} is not explained");
    }
}
