//! How much memory Argon2id uses and keeps. Alone in its program, because the whole process is measured.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

use std::num::NonZeroUsize;
use std::thread;

use keyward::{
    AccountId, Actor, ActorId, Keyward, MasterKey, MasterKeys, MemoryStore, Name, NewCredential,
    NewWorkspace, SlowHashParams, WorkspaceId,
};
use pollster::block_on;

const THREADS: usize = 8;
const ISSUES: usize = 64;

/// Returns a figure of this process in KiB, such as `VmHWM`, the peak of resident memory.
fn resident(figure: &str) -> u32 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(figure)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[test]
fn each_thread_reuses_one_buffer() {
    let keys = MasterKeys::new(MasterKey::generate().unwrap());
    let keyward = Keyward::builder(MemoryStore::new(), keys)
        .hashing_threads(NonZeroUsize::new(THREADS).unwrap())
        .build()
        .unwrap();
    let acme = AccountId::new("acme").unwrap();
    let admin = Actor::admin(acme, ActorId::new("ada@acme.test").unwrap());
    let workspaces: Vec<_> = (0..THREADS)
        .map(|number| {
            let id = WorkspaceId::new(format!("acme/{number}")).unwrap();
            let new = NewWorkspace::new(id.clone(), Name::new(format!("Shop {number}")).unwrap());
            block_on(keyward.manager(&admin).create_workspace(new)).unwrap();
            id
        })
        .collect();

    thread::scope(|scope| {
        for (number, workspace) in workspaces.iter().cycle().take(ISSUES).enumerate() {
            let (keyward, admin) = (&keyward, &admin);
            scope.spawn(move || {
                let name = Name::new(format!("Key {number}")).unwrap();
                let new = NewCredential::new(workspace.clone(), name);
                let _issued = block_on(keyward.manager(admin).issue_app_key(new)).unwrap();
            });
        }
    });

    let bound = u32::try_from(THREADS).unwrap() * SlowHashParams::owasp().memory_kib() + 40 * 1024;
    for figure in ["VmHWM", "VmRSS"] {
        let taken = resident(figure);
        println!("{figure}: {taken} KiB, at most {bound}");
        assert!(taken <= bound, "{figure}: {taken} KiB, more than {bound}");
    }
}
