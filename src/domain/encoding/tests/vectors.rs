//! Tags that were computed without this crate.

use crate::domain::{AccountRecord, Action, Event, Grant, LeakResponse, Subject};
use crate::secrets::{MASTER_KEY_SAMPLE, MasterKeys, RecordEpochs, RecordKeys};
use crate::values::{KindWord, NetworkSummary, Scopes};

use super::samples::{account, credential, event, grant, owners, policy, rules, time, workspace};
use crate::domain::encoding::Tagged;

/// The tags that `tests/golden.py` computes for the samples, without any of this crate's code.
const ACCOUNT: &str =
    "01a59108b4c343ace800000003f9e58fa01ec67c5f7d09d10217f7cb56c36bac64b015004d2c9969f03f1ed883";
const RULED_ACCOUNT: &str =
    "02a59108b4c343ace800000003ff9c9f42c6417fe65dfef28c51c31c2cb0af253ec03308f934617d58127013fc";
const CLOSED_ACCOUNT: &str =
    "02a59108b4c343ace80000000309ecf4d393c93fbd40fd53a79b6a4f199abb4a6c8de85792b2bb9f05cd6297ac";
const WORKSPACE: &str =
    "01a59108b4c343ace800000003c0af8cd33feed4dbe66a24eb011330df34cf9627cff292743596ce83c53046bb";
const CREDENTIAL: &str =
    "01a59108b4c343ace80000000309fc3805ecf7e661a2f544f04ccf5dc12b1ca24ebaa3ac1a318fd064de858745";
const APP_CREDENTIAL: &str =
    "01a59108b4c343ace800000003e880345cd9e7d40ce9f22265f16145a60c131db93fd212b06e08742f878191d4";
const GRANTED: &str =
    "02a59108b4c343ace80000000386098a9d8c0820a948d4463f013162af949dc10d394514270de605c13fd93e04";
const NOTHING: &str =
    "02a59108b4c343ace80000000392a1b4065d22ae6c7bccdf150d357125c0b6b1a1fc3d60ff4db69cf344354457";
const OUTLINE: &str =
    "01a59108b4c343ace800000000049465e280dc109ef345b319b74f7e2e685ddff60225321392171fea9faae343";
const EVENT: &str =
    "01a59108b4c343ace800000000c8a5d128f9d36ab457f5a3a4368f552ec89635496e528cb2edce26dc16fb9f94";
const ALLOWED: &str =
    "01a59108b4c343ace8000000005e582517ff6f2cee6927e62ad45d9c8602b1f39797013a81f12e6671e9dc45d0";

#[test]
fn tags_are_those_of_the_fixed_vectors() {
    let mut epochs = RecordEpochs::default();
    epochs.set_current(3);
    let keys = RecordKeys::new(&MasterKeys::new(MASTER_KEY_SAMPLE.parse().unwrap()), &epochs);
    let mut app = credential();
    (app.kind, app.previous, app.deprecation) = (KindWord::App, None, None);
    (app.suspended, app.expires, app.current.seal) = (None, None, None);
    let networks: Vec<_> = workspace().allowlist.iter().map(|entry| entry.network).collect();
    let networks = NetworkSummary::of(&networks);
    let allowed = Event {
        subject: Subject::Workspace(workspace().id),
        action: Action::Allowed { networks },
        ..event()
    };
    assert_eq!(tag(&keys, &account()), ACCOUNT);
    let (policy, inactive_owners) = (policy(rules()), owners(&[1, 2]));
    let ruled = AccountRecord { policy, inactive_owners, ..account() };
    assert_eq!(tag(&keys, &ruled), RULED_ACCOUNT);
    let (leak_response, closed) = (LeakResponse::Report, Some(time(2)));
    let closed = AccountRecord { leak_response, closed, ..account() };
    assert_eq!(tag(&keys, &closed), CLOSED_ACCOUNT);
    assert_eq!(tag(&keys, &workspace()), WORKSPACE);
    assert_eq!(tag(&keys, &credential()), CREDENTIAL);
    assert_eq!(tag(&keys, &app), APP_CREDENTIAL);
    app.grant = grant();
    assert_eq!(tag(&keys, &app), GRANTED);
    app.grant = Grant { scopes: Scopes::none(), ..Grant::default() };
    assert_eq!(tag(&keys, &app), NOTHING);
    assert_eq!(tag(&keys, &event().outline()), OUTLINE);
    assert_eq!(tag(&keys, &event()), EVENT);
    assert_eq!(tag(&keys, &allowed), ALLOWED);
}

fn tag<R: Tagged>(keys: &RecordKeys, record: &R) -> String {
    let bytes = keys.tag(R::USE, &record.encoding()).to_bytes();
    let digits = bytes.iter().map(|byte| format!("{byte:02x}"));
    digits.collect()
}
