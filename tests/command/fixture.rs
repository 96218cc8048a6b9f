//! A service with some records, and the files that the command reads.

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use keyward::imports::ImportFormat;
use keyward::manage::Issued;
use keyward::scope::Vocabulary;
use keyward::time::ManualClock;
use keyward::{
    AccountId, Actor, ActorId, App, Freshness, Keyward, MasterKey, MasterKeys, Name, NewCredential,
    NewWorkspace, SlowHashParams, WorkspaceId,
};
use serde_json::Value;
use tempfile::TempDir;

use crate::server::URL;
use crate::test_store::{Kind, TestStore, block_on};

/// When the records were made: long ago, so that their events can be pruned.
pub const MADE: &str = "2020-01-01T09:00:00Z";

/// A process that has ended.
pub struct Ended {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Ended {
    fn of(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// The answer, if the command ended with this code.
    #[track_caller]
    pub fn text(&self, code: i32) -> &str {
        assert_eq!(self.code, code, "{}{}", self.out, self.err);
        &self.out
    }

    /// The answer as JSON.
    #[track_caller]
    pub fn json(&self, code: i32) -> Value {
        serde_json::from_str(self.text(code)).unwrap()
    }

    /// Neither stream has this text.
    #[track_caller]
    pub fn hides(&self, secret: &str) {
        assert!(!self.out.contains(secret) && !self.err.contains(secret), "it shows a secret");
    }
}

/// The command with nothing in its environment that it reads.
pub fn command(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_keyward"));
    command
        .current_dir(folder)
        .env_remove("KEYWARD_MASTER_KEYS")
        .env_remove("KEYWARD_POSTGRES_URL")
        .env_remove("KEYWARD_DRILL_KEY");
    command
}

/// Runs a command with this text on standard input.
pub fn run(command: &mut Command, input: &str) -> Ended {
    let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = piped.spawn().unwrap();
    // A command that refuses its arguments reads nothing.
    child.stdin.take().unwrap().write_all(input.as_bytes()).ok();
    Ended::of(child.wait_with_output().unwrap())
}

pub struct Fixture {
    pub test_store: TestStore,
    pub kind: Kind,
    pub folder: TempDir,
    keys: Vec<String>,
    pub keyward: Keyward,
}

impl Fixture {
    /// A service with a workspace `acme/shop`, whose account is `acme`, over an empty store.
    pub fn new(kind: Kind) -> Self {
        let test_store = block_on(TestStore::fresh(kind));
        let folder = TempDir::new().unwrap();
        let keys = vec![MasterKey::generate().unwrap().expose_text().to_string()];
        let keyward = service(&test_store, &keys[..1], &[]);
        let fixture = Self { test_store, kind, folder, keys, keyward };
        fixture.write_keys();
        fixture.write_settings();
        fixture.write_secret("url", &URL);
        block_on(async {
            let new = NewWorkspace::new(shop(), Name::new("Shop").unwrap());
            fixture.keyward.manager(&admin()).create_workspace(new).await.unwrap();
        });
        fixture
    }

    /// Another node of the service, with a connection and a cache of its own, by the clock of the machine.
    pub fn node(&self, bound: Duration) -> Keyward {
        let store = block_on(self.test_store.opened_again());
        let keys = MasterKeys::new(self.keys[0].parse().unwrap());
        let builder = Keyward::builder(store, keys).freshness(Freshness::Bounded(bound));
        builder.slow_hash(SlowHashParams::dangerous_cheap()).build().unwrap()
    }

    pub fn app_key(&self, name: &str) -> Issued {
        let new = NewCredential::new(shop(), Name::new(name).unwrap());
        block_on(self.keyward.manager(&admin()).issue_app_key(new)).unwrap()
    }

    /// Makes a new master key current, and the others older, in the service and in its files.
    pub fn change_master_key(&mut self) {
        self.keys.insert(0, MasterKey::generate().unwrap().expose_text().to_string());
        self.keyward = service(&self.test_store, &self.keys, &[]);
        self.write_keys();
        self.write_settings();
    }

    /// Loses the only master key, and goes on with a new one.
    pub fn lose_master_key(&mut self) {
        let lost: MasterKey = self.keys.pop().unwrap().parse().unwrap();
        self.keys.push(MasterKey::generate().unwrap().expose_text().to_string());
        self.keyward = service(&self.test_store, &self.keys, &[lost]);
        self.write_keys();
        self.write_settings();
    }

    fn write_keys(&self) {
        self.write_secret("master.keys", &self.keys.join("\n"));
    }

    pub fn write_settings(&self) {
        let settings = serde_json::to_string_pretty(self.keyward.settings()).unwrap();
        fs::write(self.path("settings.json"), settings).unwrap();
    }

    pub fn write_secret(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
        fs::set_permissions(self.path(name), fs::Permissions::from_mode(0o600)).unwrap();
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The arguments that name the database.
    pub fn database(&self) -> Vec<String> {
        match self.kind {
            Kind::Postgres => ["--postgres-url", "url", "--schema", self.test_store.schema()]
                .map(str::to_owned)
                .into(),
            _ => vec!["--sqlite".to_owned(), self.test_store.path().display().to_string()],
        }
    }

    /// Runs a command of the service: its words, then the database, the settings and the master keys.
    pub fn run(&self, words: &str, input: &str) -> Ended {
        run(&mut self.command(words), input)
    }

    pub fn command(&self, words: &str) -> Command {
        let mut command = command(self.folder.path());
        command.args(words.split(' ')).args(self.database());
        command.args(["--settings", "settings.json", "--master-keys", "master.keys"]);
        command
    }
}

fn service(test_store: &TestStore, keys: &[String], lost: &[MasterKey]) -> Keyward {
    let mut keys = keys.iter().map(|key| key.parse::<MasterKey>().unwrap());
    let current = keys.next().unwrap();
    let keys = MasterKeys::new(current).older(keys).lost(lost.iter().map(MasterKey::id));
    Keyward::builder(test_store.store(), keys)
        .clock(ManualClock::at(MADE.parse().unwrap()))
        .slow_hash(SlowHashParams::dangerous_cheap())
        .vocabulary(Vocabulary::new([("read:people", "Read people")]).unwrap())
        .import::<App>(ImportFormat::sha256("old").starting_with("old_"))
        .import::<App>(ImportFormat::laravel_sanctum())
        .import::<App>(ImportFormat::hmac_sha256("peppered", b"pepper").starting_with("pep_"))
        .build()
        .unwrap()
}

pub fn admin() -> Actor {
    Actor::admin(AccountId::new("acme").unwrap(), ActorId::new("ada@acme.test").unwrap())
}

pub fn shop() -> WorkspaceId {
    WorkspaceId::new("acme/shop").unwrap()
}
