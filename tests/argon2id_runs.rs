//! A million forged and malformed attempts run no slow hash while the master keys are held.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot be set up has failed")]

use std::thread;

use keyward::{Attempt, CredentialId, DenialReason, Keyward, NotVerified, kind::KindWord};

use crate::support::{World, block_on, forged};

const ATTEMPTS: usize = 1_000_000;
const THREADS: usize = 4;

/// The defect of an attempt.
#[derive(Debug, Clone, Copy)]
enum Forgery {
    AppSecret,
    TrackSecret,
    TrackKeyToTheAppApi,
    AppTokenOfASiteId,
    UnknownId,
    AnotherSite,
    Truncated,
    Extended,
    OutsideTheAlphabet,
    Mistyped,
}

impl Forgery {
    const ALL: [Self; 10] = [
        Self::AppSecret,
        Self::TrackSecret,
        Self::TrackKeyToTheAppApi,
        Self::AppTokenOfASiteId,
        Self::UnknownId,
        Self::AnotherSite,
        Self::Truncated,
        Self::Extended,
        Self::OutsideTheAlphabet,
        Self::Mistyped,
    ];

    const fn reason(self) -> DenialReason {
        match self {
            Self::AppSecret | Self::TrackSecret => DenialReason::WrongSecret,
            Self::TrackKeyToTheAppApi | Self::AppTokenOfASiteId => DenialReason::WrongKind,
            Self::UnknownId => DenialReason::Unknown,
            Self::AnotherSite => DenialReason::WrongSiteId,
            Self::Truncated | Self::Extended | Self::OutsideTheAlphabet => DenialReason::Malformed,
            Self::Mistyped => DenialReason::Checksum,
        }
    }
}

/// The two credentials that are attacked.
#[derive(Debug, Clone, Copy)]
struct Attacked {
    app: CredentialId,
    track: CredentialId,
}

impl Attacked {
    /// Makes the attempt with this number, and answers why it did not pass.
    fn attempt(self, keyward: &Keyward, forgery: Forgery, number: usize) -> DenialReason {
        let unknown = CredentialId::new(forged::digits::<12>(number as u64)).unwrap();
        let app_token = |id| forged::key(KindWord::App, id, number as u64);
        let api_key = |id| forged::key(KindWord::Track, id, number as u64);
        match forgery {
            Forgery::AppSecret => app(keyward, &app_token(self.app)),
            Forgery::TrackSecret => track(keyward, self.track, &api_key(self.track)),
            Forgery::TrackKeyToTheAppApi => app(keyward, &api_key(self.track)),
            Forgery::AppTokenOfASiteId => app(keyward, &app_token(self.track)),
            Forgery::UnknownId => track(keyward, unknown, &api_key(unknown)),
            Forgery::AnotherSite => track(keyward, self.track, &api_key(unknown)),
            Forgery::Truncated => {
                let mut token = app_token(self.app);
                token.truncate(number % token.len());
                app(keyward, &token)
            }
            Forgery::Extended => app(keyward, &(app_token(self.app) + "0")),
            Forgery::OutsideTheAlphabet => app(keyward, &app_token(self.app).replacen('0', "-", 1)),
            Forgery::Mistyped => {
                let token = app_token(self.app);
                let (body, checksum) = token.split_at(token.len() - 1);
                app(keyward, &format!("{body}{}", if checksum == "0" { "1" } else { "0" }))
            }
        }
    }
}

fn app(keyward: &Keyward, token: &str) -> DenialReason {
    denied(block_on(keyward.verify(&Attempt::app(token))).map(drop))
}

fn track(keyward: &Keyward, site_id: CredentialId, api_key: &str) -> DenialReason {
    denied(block_on(keyward.verify(&Attempt::track(site_id.as_str(), api_key))).map(drop))
}

fn denied(outcome: Result<(), NotVerified>) -> DenialReason {
    match outcome {
        Err(NotVerified::Denied(denial)) => denial.reason(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_million_forged_and_malformed_attempts_never_run_argon2id() {
    let world = World::new();
    let track = world.shop().first.credential.id;
    let attacked = Attacked { app: world.app_key("backend").credential.id, track };
    thread::scope(|scope| {
        for first in 0..THREADS {
            let keyward = &world.keyward;
            scope.spawn(move || {
                let kinds = Forgery::ALL.iter().cycle();
                for (number, forgery) in (first..ATTEMPTS).step_by(THREADS).zip(kinds) {
                    let reason = attacked.attempt(keyward, *forgery, number);
                    assert_eq!(reason, forgery.reason(), "{forgery:?} {number}");
                }
            });
        }
    });
    let stats = world.keyward.stats();
    assert_eq!(stats.denied, ATTEMPTS as u64);
    assert_eq!(stats.argon2id_verify_runs, 0);
}

/// A control for the forged texts: with the right secret, such a text passes.
#[test]
fn a_text_with_the_right_secret_and_a_computed_checksum_passes() {
    let world = World::new();
    world.shop();
    let issued = world.app_key("backend");
    let token = issued.secret.expose();
    let (body, _) = token.split_at(token.len() - 6);
    let rebuilt = forged::with_checksum(body.to_owned());
    assert!(block_on(world.keyward.verify(&Attempt::app(&rebuilt))).is_ok());
}
