//! The policy of an account: what it refuses on every path, what it leaves alone, and how it is applied.

#![allow(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

use std::time::Duration;

use keyward::store::PageItem;
use keyward::{
    Attempt, CredentialId, ManageError, Manager, NewCredential, Refusal,
    error::PolicyError,
    history::{Action, HistoryFilter},
    manage::{PolicyChange, PolicyRun, PolicyViolation, RequiredChange, Rotation},
    store::PageSize,
    time::Timestamp,
};

use crate::support::{World, admin, block_on, member, name, operator, shop};

const DAY: u32 = 86_400;

fn new(called: &str) -> NewCredential {
    NewCredential::new(shop(), name(called))
}

fn set(world: &World, change: PolicyChange) {
    block_on(world.keyward.manager(&admin()).set_policy(&change)).unwrap();
}

fn findings(manager: &Manager<'_>, change: &PolicyChange, run: PolicyRun) -> Vec<PolicyViolation> {
    let page = block_on(manager.preview_policy(change, run)).unwrap();
    page.items.into_iter().filter_map(PageItem::record).collect()
}

#[test]
fn a_rule_refuses_every_path_by_its_name_and_nothing_is_shortened() {
    let world = World::new();
    world.shop();
    let admin = admin();
    let manager = world.keyward.manager(&admin);
    let old = world.app_key("old").credential.id;
    let (near, far) = (world.later(30 * 86_400), world.later(31 * 86_400));
    let limit = Duration::from_hours(30 * 24);
    for (change, refusal) in [
        (
            PolicyChange::new().max_lifetime_seconds(30 * DAY),
            Refusal::LifetimeTooLong { limit, until: near },
        ),
        (
            PolicyChange::new().max_secret_age_seconds(30 * DAY),
            Refusal::SecretTooOld { limit, until: near },
        ),
    ] {
        set(&world, change);
        world.refuses(&refusal, manager.issue_app_key(new("another")));
        world.refuses(&refusal, manager.issue_app_key(new("another").no_expiry()));
        world.refuses(&refusal, manager.issue_app_key(new("another").expires(far)));
        world.refuses(&refusal, manager.set_expiry(old, far));
        world.refuses(&refusal, manager.rotate(old, Duration::ZERO));
        let first = keyward::GenerationNumber::FIRST;
        world.refuses(&refusal, manager.replace_unused(old, first));
        // An expiry that the policy allows can be set, and then neither moved beyond it nor cleared.
        block_on(manager.set_expiry(old, near)).unwrap();
        world.refuses(&refusal, manager.clear_expiry(old));
        set(&world, remove_all());
        block_on(manager.clear_expiry(old)).unwrap();
    }
    set(&world, PolicyChange::new().expiry_required(true));
    world.refuses(&Refusal::ExpiryRequired, manager.issue_app_key(new("another")));
    world.refuses(&Refusal::ExpiryRequired, manager.rotate(old, Duration::ZERO));
    block_on(manager.set_expiry(old, far)).unwrap();
    world.refuses(&Refusal::ExpiryRequired, manager.clear_expiry(old));
    set(&world, PolicyChange::new().max_overlap_seconds(3_600));
    let limit = Duration::from_hours(1);
    let too_long = Refusal::OverlapBeyondPolicy { limit };
    world.refuses(&too_long, manager.rotate(old, limit + Duration::from_secs(1)));
    let _ = block_on(manager.rotate(old, limit)).unwrap();
}

fn remove_all() -> PolicyChange {
    PolicyChange::new()
        .max_lifetime_seconds(None)
        .expiry_required(false)
        .default_expiry_seconds(None)
        .max_overlap_seconds(None)
        .max_secret_age_seconds(None)
}

#[test]
fn absent_null_and_a_time_are_three_different_expiries() {
    let world = World::new();
    world.shop();
    let admin = admin();
    let manager = world.keyward.manager(&admin);
    set(&world, PolicyChange::new().default_expiry_seconds(7 * DAY));
    let expiry = |new| block_on(manager.issue_app_key(new)).unwrap().credential.expires;
    assert_eq!(expiry(new("default")), Some(world.later(7 * 86_400)));
    assert_eq!(expiry(new("never").no_expiry()), None);
    let at = world.later(5);
    assert_eq!(expiry(new("named").expires(at)), Some(at));
    let track = block_on(manager.issue_track_set(new("set"))).unwrap();
    assert_eq!(track.credential.expires, None, "its kind has a minimum");
}

#[test]
fn a_permanent_credential_of_the_kind_with_a_minimum_is_exempt_and_its_age_is_reported() {
    let world = World::new();
    let primary = world.shop().first.credential.id;
    let admin = admin();
    let manager = world.keyward.manager(&admin);
    let strict = PolicyChange::new()
        .max_lifetime_seconds(DAY)
        .expiry_required(true)
        .default_expiry_seconds(60)
        .max_secret_age_seconds(DAY);
    set(&world, strict);
    let spare = block_on(manager.issue_track_set(new("spare"))).unwrap().credential.id;
    let _ = block_on(manager.rotate(spare, Duration::ZERO)).unwrap();
    let soon = world.later(60);
    block_on(manager.set_expiry(spare, soon)).unwrap();
    block_on(manager.clear_expiry(spare)).unwrap();
    let since = world.later(86_400);
    world.clock.advance(Duration::from_hours(25));
    let found = findings(&manager, &PolicyChange::new(), PolicyRun::new());
    let overdue = RequiredChange::SecretOverdue { since };
    assert_eq!(found.len(), 2);
    assert!(found.iter().all(|finding| finding.required_change == overdue), "{found:?}");
    let applied = block_on(manager.apply_policy(PolicyRun::new())).unwrap();
    assert_eq!((applied.changed, applied.by_hand, applied.next), (0, 2, None));
    let _ = block_on(manager.rotate(primary, Duration::from_hours(1))).unwrap();
    assert_eq!(findings(&manager, &PolicyChange::new(), PolicyRun::new()).len(), 1);
}

#[test]
fn a_policy_is_changed_by_an_admin_or_the_operator_and_only_without_contradiction() {
    let world = World::new();
    world.shop();
    let change = PolicyChange::new().max_lifetime_seconds(DAY);
    let operator = operator().acting_for(crate::support::account());
    block_on(world.keyward.manager(&operator).set_policy(&change)).unwrap();
    let member = member();
    let refused = block_on(world.keyward.manager(&member).set_policy(&change));
    assert!(matches!(refused, Err(ManageError::Forbidden)));
    let admin = admin();
    let manager = world.keyward.manager(&admin);
    let zero = Refusal::ContradictoryPolicy(PolicyError::Zero { rule: "max_overlap_seconds" });
    world.refuses(&zero, manager.set_policy(&PolicyChange::new().max_overlap_seconds(0)));
    let (default, limit) = (DAY + 1, DAY);
    let beyond = PolicyError::DefaultBeyondLifetime { default, limit };
    let beyond = Refusal::ContradictoryPolicy(beyond);
    let late = PolicyChange::new().default_expiry_seconds(default);
    world.refuses(&beyond, manager.set_policy(&late));
    world.refuses(&beyond, manager.preview_policy(&late, PolicyRun::new()));

    let before = block_on(manager.account()).unwrap();
    assert_eq!(before.policy.fields().max_lifetime_seconds, Some(DAY));
    block_on(manager.set_policy(&PolicyChange::new().expiry_required(true))).unwrap();
    let after = block_on(manager.account()).unwrap();
    assert_eq!(after.policy.fields().max_lifetime_seconds, Some(DAY), "other rules stay");
    assert_eq!(after.revision, before.revision.next());
    let event = block_on(manager.history(HistoryFilter::new())).unwrap().items.remove(0);
    let PageItem::Record(event) = event else { panic!("{event:?}") };
    assert_eq!(event.action, Action::PolicySet { to: after.policy });
    block_on(manager.set_policy(&PolicyChange::new())).unwrap();
    assert_eq!(block_on(manager.account()).unwrap(), after, "nothing was named");
}

/// Three App keys without an expiry.
fn three(world: &World) -> [CredentialId; 3] {
    ["a", "b", "c"].map(|called| world.app_key(called).credential.id)
}

#[test]
fn a_stricter_policy_changes_nothing_until_it_is_applied_and_a_dry_run_says_what_it_does() {
    let world = World::new();
    world.shop();
    let ids = three(&world);
    let admin = admin();
    let manager = world.keyward.manager(&admin);
    let expires = |id| block_on(manager.credential(id)).unwrap().expires;
    let change = PolicyChange::new().max_lifetime_seconds(DAY);
    let at = world.later(86_400);
    let found = findings(&manager, &change, PolicyRun::new());
    assert_eq!(found.iter().map(|found| found.credential.id).collect::<Vec<_>>(), ids);
    assert!(found.iter().all(|found| found.required_change == RequiredChange::Expires { at }));
    assert!(findings(&manager, &PolicyChange::new(), PolicyRun::new()).is_empty());
    set(&world, change);
    assert_eq!(ids.map(expires), [None; 3]);

    // One step for each credential, and an interruption after the first.
    let step = PolicyRun::new().size(PageSize::new(1).unwrap());
    let first = block_on(manager.apply_policy(step.clone())).unwrap();
    assert_eq!(first.changed, 1);
    assert_eq!(ids.map(expires), [Some(at), None, None]);
    let (mut run, mut changed) = (step, 0);
    loop {
        let applied = block_on(manager.apply_policy(run.clone())).unwrap();
        changed += applied.changed;
        match applied.next {
            Some(next) => run = run.after(next),
            None => break,
        }
    }
    assert_eq!(changed, 2, "what was done before is not done again");
    assert_eq!(ids.map(expires), [Some(at); 3]);
    let again = block_on(manager.apply_policy(PolicyRun::new())).unwrap();
    assert_eq!((again.changed, again.by_hand), (0, 0));
}

#[test]
fn a_credential_whose_time_is_over_ends_when_the_policy_is_applied_or_at_the_time_that_was_named() {
    let world = World::new();
    world.shop();
    let key = world.app_key("old");
    let id = key.credential.id;
    let admin = admin();
    let manager = world.keyward.manager(&admin);
    world.clock.advance(Duration::from_hours(48));
    set(&world, PolicyChange::new().max_lifetime_seconds(DAY));
    let works = || block_on(world.keyward.verify(&Attempt::app(key.secret.expose()))).is_ok();
    let spared = world.later(3_600);
    block_on(manager.apply_policy(PolicyRun::new().earliest_expiry(spared))).unwrap();
    assert_eq!(block_on(manager.credential(id)).unwrap().expires, Some(spared));
    assert!(works());
    block_on(manager.apply_policy(PolicyRun::new())).unwrap();
    assert_eq!(block_on(manager.credential(id)).unwrap().expires, Some(world.now()));
    assert!(!works());
}

#[test]
fn a_repeat_is_recognised_with_the_default_expiry() {
    let world = World::new();
    world.shop();
    let admin = admin();
    let manager = world.keyward.manager(&admin);
    set(&world, PolicyChange::new().default_expiry_seconds(DAY));
    let request = || new("backend").operation("form 1");
    let _ = block_on(manager.issue_app_key(request())).unwrap();
    world.clock.advance(Duration::from_secs(9));
    let repeated = block_on(manager.issue_app_key(request()));
    assert!(matches!(repeated, Err(ManageError::Repeated(_))), "{repeated:?}");
    let other = request().no_expiry();
    world.refuses(&Refusal::OperationReused, manager.issue_app_key(other));
}

/// The extremes of the calendar do not overflow.
#[test]
fn the_longest_times_and_the_last_expiry_are_accepted() {
    let world = World::new();
    world.shop();
    let admin = admin();
    let manager = world.keyward.manager(&admin);
    set(&world, PolicyChange::new().max_lifetime_seconds(u32::MAX));
    let until = world.later(u64::from(u32::MAX));
    let limit = Duration::from_secs(u32::MAX.into());
    let refusal = Refusal::LifetimeTooLong { limit, until };
    world.refuses(&refusal, manager.issue_app_key(new("last").expires(Timestamp::MAX)));
    let issued = block_on(manager.issue_app_key(new("last").expires(until))).unwrap();
    let rotation = Rotation::new(Duration::from_hours(1));
    let _ = block_on(manager.rotate(issued.credential.id, rotation)).unwrap();
}
