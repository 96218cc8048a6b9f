//! A run of every operation, with every error and every denial, shows no secret: not in a `Debug`, a `Display`, an
//! error or its sources, an event, JSON, or a log record at `TRACE`.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot be set up has failed")]

mod support;

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use keyward::store::{CredentialStore, PageItem, PageSize, StoreError, StoreErrorKind};
use keyward::{
    ActorId, Attempt, CredentialId, DenialReason, Keyward, Kind, ManageError, MasterKey,
    MasterKeys, MemoryStore, NewCredential, NewWorkspace, NotVerified, Refusal, WorkspaceId,
    history::HistoryFilter,
    kind::KindWord,
    manage::{CredentialFilter, EndTime, Integration, Owner, UnlistedWorkspaces},
    operate::Rekey,
    scope::Scopes,
    time::ManualClock,
};

use support::directed::{Call, Directed, Director};
use support::rekeying::{adopt_lost, try_walk, walk};
use support::seen::{Secrets, Seen};
use support::{
    START, account, admin, again, block_on, cheap_under, forged, guest, name, operator, shop,
    stranger,
};

const HOUR: Duration = Duration::from_hours(1);
/// The version and the id of the master key, with which a digest and a seal begin: both are public.
const HEADER: usize = 9;
const GARBAGE: [&str; 4] = [
    "correct horse battery staple",
    "kw_app_and then whatever came to his mind",
    "kw_track_ünïcödé is what he typed instead",
    "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHRzb21l$aGFzaA",
];

/// A store that fails while the switch is on.
#[derive(Debug, Clone, Default)]
struct Switch(Arc<AtomicBool>);

impl Director for Switch {
    fn before(&self, _: Call) -> Result<(), StoreError> {
        if self.0.load(Ordering::SeqCst) {
            return Err(StoreError::new(StoreErrorKind::Unavailable));
        }
        Ok(())
    }
}

keyward::vocabulary! {
    /// What a key of this run may do.
    pub enum Scope {
        Read = "read" => "Read",
        Write = "write" => "Write",
    }
}

struct Run {
    seen: Seen,
    secrets: Secrets,
    reasons: HashSet<DenialReason>,
    store: Directed<MemoryStore, Switch>,
    clock: ManualClock,
}

impl Run {
    /// A node of this run.
    fn node(&self, keys: MasterKeys) -> Keyward {
        let builder = cheap_under(self.store.clone(), self.clock.clone(), self.seen.debug(keys));
        let builder = builder.scopes::<Scope>();
        self.seen.debug(self.seen.debug(builder).build().unwrap())
    }

    fn keep(&mut self, what: &str, secret: &str) -> String {
        self.secrets.keep(what, secret);
        secret.to_owned()
    }

    /// Awaits an answer that must be given.
    fn done<T: std::fmt::Debug, E: std::error::Error>(
        &self,
        answer: impl Future<Output = Result<T, E>>,
    ) -> T {
        self.seen.answer(block_on(answer)).unwrap()
    }

    /// Awaits a refusal.
    fn refused<T: std::fmt::Debug>(
        &self,
        answer: impl Future<Output = Result<T, ManageError>>,
    ) -> ManageError {
        self.seen.answer(block_on(answer)).unwrap_err()
    }

    /// Makes an attempt.
    fn attempt<K: Kind>(
        &mut self,
        node: &Keyward,
        attempt: Attempt<'_, K>,
    ) -> Result<(), NotVerified> {
        let attempt = self.seen.debug(attempt);
        let outcome = self.seen.answer(block_on(node.verify(&attempt)));
        if let Err(NotVerified::Denied(denial)) = &outcome {
            self.reasons.insert(denial.reason());
            self.seen.display(denial.reason());
            assert_eq!(denial.to_string(), "denied");
        }
        outcome.map(drop)
    }

    fn denied<K: Kind>(&mut self, node: &Keyward, attempt: Attempt<'_, K>) {
        assert!(matches!(self.attempt(node, attempt), Err(NotVerified::Denied(_))));
    }
}

#[test]
fn a_run_of_everything_shows_no_secret() {
    let seen = Seen::default();
    seen.record_log();
    let mut run = Run {
        seen,
        secrets: Secrets::default(),
        reasons: HashSet::new(),
        store: Directed::default(),
        clock: ManualClock::at(START.parse().unwrap()),
    };
    for garbage in GARBAGE {
        run.secrets.keep("what was presented", garbage);
    }
    let (old, new) = (MasterKey::generate().unwrap(), MasterKey::generate().unwrap());
    for key in [&old, &new] {
        run.keep("a master key", &key.expose_text());
        let mistyped = key.expose_text().replacen("master_", "master_0", 1);
        run.seen.error(mistyped.parse::<MasterKey>().unwrap_err());
        run.seen.debug(key);
    }

    let node = run.node(MasterKeys::new(again(&old)));
    let (track, app) = manage(&mut run, &node);
    attempts(&mut run, &node, &track, &app);
    rotations(&mut run, &node, &app);
    let after = run.node(MasterKeys::new(again(&new)).older([again(&old)]));
    rekey(&mut run, &after, &track);
    let third = MasterKey::generate().unwrap();
    let late = run.node(MasterKeys::new(again(&third)).lost([new.id()]));
    adopt_lost(&late);
    lost(&mut run, &late, &track);
    failures(&mut run, [&node, &late], &track);
    let last = run.node(MasterKeys::new(third));
    keep_what_is_at_rest(&mut run, &last);

    // The credentials of a removed workspace are deleted with it, so a node with an empty cache never returns that
    // reason.
    let reasons = DenialReason::ALL.into_iter().filter(|it| *it != DenialReason::WorkspaceRemoved);
    assert_eq!(run.reasons, reasons.collect(), "every denial was seen");
    let all = run.seen.all();
    for expected in ["attempt denied", "committed", "could not be written", "a key was traced"] {
        assert!(all.contains(expected), "the log was recorded: {expected}");
    }
    assert_eq!(run.secrets.shown_in(&all), Vec::<String>::new());
    let planted = format!("{all} token={:?}", app.text.get(30..46).unwrap());
    assert_eq!(run.secrets.shown_in(&planted), ["a token"], "the search finds a piece of one");
}

/// A credential and its secret.
struct Key {
    id: CredentialId,
    text: String,
}

/// Every management operation, and a refusal of each kind.
fn manage(run: &mut Run, node: &Keyward) -> (Key, Key) {
    let admin = run.seen.debug(admin());
    let manager = run.seen.debug(node.manager(&admin));
    let new = run.seen.debug(NewWorkspace::new(shop(), name("Shop")));
    let created = run.done(manager.create_workspace(new.clone()));
    run.seen.json(&created.workspace);
    let primary = &created.first;
    let track =
        Key { id: primary.credential.id, text: run.keep("an API key", primary.secret.expose()) };
    run.seen.debug((primary, &primary.secret));
    run.refused(manager.create_workspace(new));

    let new = run.seen.debug(NewCredential::new(shop(), name("Backend")));
    let issued = run.done(manager.issue_app_key(new.clone()));
    run.seen.debug(&issued.secret);
    let app = Key { id: issued.credential.id, text: run.keep("a token", issued.secret.expose()) };
    run.refused(manager.issue_app_key(new));
    let revealed = run.done(manager.reveal(track.id));
    assert_eq!(revealed.secret.expose(), track.text);
    run.refused(manager.reveal(app.id));

    let second = run.done(manager.issue_track_set(NewCredential::new(shop(), name("Website"))));
    run.keep("an API key", second.secret.expose());
    let id = second.credential.id;
    run.done(manager.rename(id, name("Site")));
    run.done(manager.deprecate(id, Some(EndTime::At("2031-01-01T00:00:00Z".parse().unwrap()))));
    run.refused(manager.suspend(track.id));
    run.done(manager.undeprecate(id));
    run.done(manager.suspend(id));
    run.done(manager.resume(id));
    run.done(
        manager.set_expiry(id, "2031-01-01T00:00:00Z".parse::<keyward::time::Timestamp>().unwrap()),
    );
    run.done(manager.clear_expiry(id));
    run.refused(manager.connect(&shop(), Integration::Segment, None));
    run.seen.json(run.done(manager.connect(&shop(), Integration::Segment, Some(id))));
    run.refused(manager.delete(id, "site"));
    run.seen.json(run.done(manager.integrations(&shop())));
    run.seen.json(run.done(manager.deletion_impact(id)));
    run.done(manager.disconnect(&shop(), &Integration::Segment));
    // A secret pasted into the wrong field is not repeated either.
    run.refused(manager.delete(id, second.secret.expose()));
    run.seen.error(CredentialId::new(second.secret.expose()).unwrap_err());
    run.done(manager.delete(id, "site"));
    run.seen.json(run.done(node.site(track.id)));

    let other = WorkspaceId::new("acme/other").unwrap();
    let made = run.done(manager.create_workspace(NewWorkspace::new(other.clone(), name("Other"))));
    let (id, text) = (made.first.credential.id, made.first.secret.expose());
    run.keep("an API key", text);
    run.refused(manager.remove_workspace(&other, "Shop"));
    run.done(manager.remove_workspace(&other, "other"));
    run.denied(node, Attempt::track(id.as_str(), text));

    for forbidden in [guest(), stranger()] {
        run.refused(node.manager(&forbidden).reveal(track.id));
    }
    run.seen.json(run.done(manager.workspace(&shop())));
    run.done(manager.workspaces(None, PageSize::MAX));
    run.done(manager.account());
    (track, app)
}

/// Attempts that pass, and one for every reason not to.
/// What a credential is limited to, and a member who leaves.
fn grants(run: &mut Run, node: &Keyward, app: &Key) {
    let admin = admin();
    let manager = node.manager(&admin);
    run.done(manager.set_scopes(app.id, Scopes::of([Scope::Read]).unwrap()));
    run.denied(node, Attempt::app(&app.text).requiring(Scope::Write));
    run.done(manager.set_scopes(app.id, Scopes::All));
    let bob = ActorId::new("bob").unwrap();
    run.done(manager.set_owner(app.id, Owner::Member { id: bob.clone() }));
    run.done(manager.deactivate(&bob));
    run.denied(node, Attempt::app(&app.text));
    run.done(manager.reactivate(&bob));
    run.done(manager.set_owner(app.id, Owner::Account));
}

fn attempts(run: &mut Run, node: &Keyward, track: &Key, app: &Key) {
    let admin = admin();
    let manager = node.manager(&admin);
    let site_id = track.id.to_string();
    run.attempt(node, Attempt::app(&app.text)).unwrap();
    run.attempt(node, Attempt::track(&site_id, &track.text)).unwrap();
    for garbage in GARBAGE {
        run.denied(node, Attempt::app(garbage));
        run.denied(node, Attempt::track(garbage, garbage));
        run.denied(node, Attempt::track(garbage, &track.text));
        run.seen.answer(block_on(node.trace(&operator(), garbage))).unwrap();
        assert!(garbage.parse::<keyward::Network>().map_err(|e| run.seen.error(e)).is_err());
        assert!(keyward::Brand::new(garbage).map_err(|e| run.seen.error(e)).is_err());
        assert!(
            garbage.parse::<keyward::time::Timestamp>().map_err(|e| run.seen.error(e)).is_err()
        );
    }
    run.denied(node, Attempt::app(&track.text));
    run.denied(node, Attempt::track(&site_id, &app.text));
    let mut mistyped = app.text.clone();
    mistyped.replace_range(25..26, if mistyped.get(25..26) == Some("a") { "b" } else { "a" });
    run.denied(node, Attempt::app(&mistyped));
    let wrong = forged::key(KindWord::App, app.id, u64::MAX);
    let nobody = forged::key(KindWord::App, CredentialId::new("000000000000").unwrap(), u64::MAX);
    for text in [wrong, nobody] {
        run.keep("what was presented", &text);
        run.denied(node, Attempt::app(&text));
    }
    let found = run.done(node.trace(&operator(), &app.text));
    run.seen.json(found.unwrap());

    run.done(manager.allow(&shop(), &["203.0.113.0/24".parse().unwrap()]));
    run.refused(manager.allow(&shop(), &["203.0.113.0/24".parse().unwrap()]));
    run.denied(node, Attempt::app(&app.text));
    let elsewhere: std::net::IpAddr = "198.51.100.1".parse().unwrap();
    run.denied(node, Attempt::app(&app.text).client_address(elsewhere));
    run.refused(manager.disallow(&shop(), &["203.0.113.0/24".parse().unwrap()]));
    run.seen.json(run.done(manager.allowlist(&shop())));
    run.done(manager.lift(&shop()));
    run.done(manager.set_unlisted_workspaces(UnlistedWorkspaces::Closed));
    run.denied(node, Attempt::app(&app.text));
    run.done(manager.set_unlisted_workspaces(UnlistedWorkspaces::Open));
    run.done(manager.suspend(app.id));
    run.denied(node, Attempt::app(&app.text));
    run.done(manager.resume(app.id));
    grants(run, node, app);

    let operator = run.seen.debug(operator()).acting_for(account());
    run.refused(manager.suspend_account());
    run.done(node.manager(&operator).suspend_account());
    run.denied(node, Attempt::app(&app.text));
    run.refused(manager.reveal(track.id));
    run.done(node.manager(&operator).resume_account());
    closed_account(run, node);
    run.done(node.flush());
}

/// A key of another account, which is closed.
fn closed_account(run: &mut Run, node: &Keyward) {
    let stranger = crate::support::stranger();
    let id = keyward::WorkspaceId::new("other/shop").unwrap();
    let new = NewWorkspace::new(id, name("Shop"));
    let first = run.done(node.manager(&stranger).create_workspace(new)).first;
    let text = run.keep("an API key", first.secret.expose());
    let operator = operator().acting_for(stranger.account().clone());
    run.refused(node.manager(&operator).close_account("acme"));
    run.done(node.manager(&operator).close_account("other"));
    run.denied(node, Attempt::track(first.credential.id.as_str(), &text));
    run.done(node.manager(&operator).remove_closed());
}

/// Two secrets of one credential, and the end of each; and the listings.
fn rotations(run: &mut Run, node: &Keyward, app: &Key) {
    let admin = admin();
    let manager = node.manager(&admin);
    let rotated = run.done(manager.rotate(app.id, HOUR));
    let text = run.keep("a token", rotated.secret.expose());
    run.seen.debug(&rotated.secret);
    for secret in [&app.text, &text] {
        run.attempt(node, Attempt::app(secret)).unwrap();
    }
    run.clock.advance(HOUR);
    run.denied(node, Attempt::app(&app.text));
    let again = run.done(manager.rotate(app.id, HOUR));
    run.keep("a token", again.secret.expose());
    run.done(manager.end_overlap(app.id));
    run.denied(node, Attempt::app(&text));
    run.done(manager.set_expiry(app.id, EndTime::Now));
    run.denied(node, Attempt::app(again.secret.expose()));
    let over = run.refused(manager.rotate(app.id, HOUR));
    assert!(matches!(over, ManageError::Refused(Refusal::Ended)));

    let page = run.done(manager.credentials(CredentialFilter::new()));
    for credential in page.items.into_iter().filter_map(PageItem::record) {
        run.seen.json(credential);
    }
    let page = run.done(manager.history(HistoryFilter::new().size(PageSize::MAX)));
    assert!(page.next.is_none(), "the whole history was seen");
    for event in page.items.into_iter().filter_map(PageItem::record) {
        run.seen.display(&event.action);
        run.seen.json(event);
    }
}

/// A change of master key: a use and a walk under the new one.
fn rekey(run: &mut Run, after: &Keyward, track: &Key) {
    run.attempt(after, Attempt::track(track.id.as_str(), &track.text)).unwrap();
    walk(after, Rekey::new());
    run.done(after.manager(&admin()).reveal(track.id));
}

/// A lost master key: Argon2id decides.
fn lost(run: &mut Run, late: &Keyward, track: &Key) {
    let site_id = track.id.to_string();
    let refused = run.refused(late.manager(&admin()).reveal(track.id));
    assert!(matches!(refused, ManageError::Refused(Refusal::NotRevealable)));
    let wrong = run.keep("what was presented", &forged::key(KindWord::Track, track.id, u64::MAX));
    run.denied(late, Attempt::track(&site_id, &wrong));
    let busy = run.attempt(late, Attempt::track(&site_id, &track.text));
    assert!(matches!(busy, Err(NotVerified::Unavailable(_))));
    run.clock.advance(HOUR);
    run.attempt(late, Attempt::track(&site_id, &track.text)).unwrap();
    assert!(late.stats().argon2id_verify_runs > 0);
    run.seen.debug(late.stats());
}

/// A master key that this node does not know, and a store that fails.
fn failures(run: &mut Run, [stranger, node]: [&Keyward; 2], track: &Key) {
    let admin = admin();
    let manager = node.manager(&admin);
    let site_id = track.id.to_string();
    let unknown = run.attempt(stranger, Attempt::track(&site_id, &track.text));
    assert!(matches!(unknown, Err(NotVerified::Unavailable(_))));
    run.seen.error(block_on(stranger.trace(&operator(), &track.text)).unwrap_err());

    let issued = run.done(manager.issue_app_key(NewCredential::new(shop(), name("Last"))));
    let text = run.keep("a token", issued.secret.expose());
    run.attempt(node, Attempt::app(&text)).unwrap();
    run.store.0.store(true, Ordering::SeqCst);
    run.clock.advance(HOUR);
    let failed = run.attempt(node, Attempt::app(&text));
    assert!(matches!(failed, Err(NotVerified::Unavailable(_))));
    run.refused(manager.reveal(track.id));
    run.refused(manager.rotate(issued.credential.id, HOUR));
    run.seen.error(try_walk(node, Rekey::new()).unwrap_err());
    run.seen.error(block_on(node.site(track.id)).unwrap_err());
    run.seen.error(block_on(node.close()).unwrap_err());
    run.store.0.store(false, Ordering::SeqCst);
    run.done(node.close());
    run.seen.debug(node);
}

/// The values of a store are not plain-text secrets, but must not be shown either.
fn keep_what_is_at_rest(run: &mut Run, node: &Keyward) {
    run.seen.debug(&run.store);
    let page = run
        .done(node.manager(&operator().acting_for(account())).credentials(CredentialFilter::new()));
    for credential in page.items.into_iter().filter_map(PageItem::record) {
        let record = block_on(run.store.credential(credential.id)).unwrap().unwrap();
        run.seen.debug(&record);
        for generation in record.generations() {
            let phc = generation.slow_hash.as_str();
            run.secrets.keep("a slow hash", phc.rsplit('$').next().unwrap());
            let digest = generation.digest.to_bytes();
            let seal = generation.seal.as_ref().map(keyward::store::Seal::as_bytes);
            let secret = |bytes: &[u8]| bytes.get(HEADER..).unwrap().to_vec();
            run.secrets.keep_bytes("a digest", &secret(&digest));
            if let Some(seal) = seal {
                run.secrets.keep_bytes("a seal", &secret(seal));
            }
        }
    }
}
