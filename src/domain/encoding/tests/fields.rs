//! Every field of a record is in its encoding.

use std::collections::BTreeSet;

use crate::domain::event::EventOutline;
use crate::domain::{
    AccountPolicy, AccountRecord, Action, CredentialRecord, Deprecation, Event, Grant,
    LeakResponse, Owner, PolicyFields, Revision, Role, Subject, UnlistedWorkspaces,
    WorkspaceRecord,
};
use crate::secrets::{SLOW_HASH_SAMPLE, SlowHash};
use crate::values::{
    AccountId, ActorId, Brand, GenerationNumber, KindWord, Labels, LeakPlace, Network,
    NetworkSummary, OperationId, Scopes, WorkspaceId,
};

use super::samples::{
    account, credential, event, generation, grant, id, label, name, networks, owners, policy,
    rules, scope, time, workspace,
};
use crate::domain::encoding::Tagged;

/// A change of one field.
type Edit<R> = fn(&mut R);

/// Checks that the edits, each applied alone, give different encodings, none of them that of the record itself.
fn all_differ<R: Tagged + Clone>(record: &R, edits: &[Edit<R>]) {
    let mut seen = BTreeSet::from([record.encoding().bytes]);
    for (place, edit) in edits.iter().enumerate() {
        let mut changed = record.clone();
        edit(&mut changed);
        assert!(seen.insert(changed.encoding().bytes), "edit {place} is not encoded");
    }
}

#[test]
fn each_field_of_an_account_is_encoded() {
    all_differ::<AccountRecord>(
        &account(),
        &[
            |it| it.id = AccountId::new("acmf").unwrap(),
            |it| it.incarnation = OperationId::from_bytes([9; 16]),
            |it| it.revision = Revision::new(4),
            |it| it.suspended = None,
            |it| it.suspended = Some(time(2)),
            |it| it.unlisted_workspaces = UnlistedWorkspaces::Open,
            |it| it.policy = policy(rules()),
            |it| it.policy = policy(PolicyFields { max_lifetime_seconds: None, ..rules() }),
            |it| it.policy = policy(PolicyFields { max_lifetime_seconds: Some(6), ..rules() }),
            |it| it.policy = policy(PolicyFields { expiry_required: false, ..rules() }),
            |it| it.policy = policy(PolicyFields { default_expiry_seconds: None, ..rules() }),
            |it| it.policy = policy(PolicyFields { default_expiry_seconds: Some(1), ..rules() }),
            |it| it.policy = policy(PolicyFields { max_overlap_seconds: None, ..rules() }),
            |it| it.policy = policy(PolicyFields { max_overlap_seconds: Some(6), ..rules() }),
            |it| it.policy = policy(PolicyFields { max_secret_age_seconds: None, ..rules() }),
            |it| it.policy = policy(PolicyFields { max_secret_age_seconds: Some(6), ..rules() }),
            |it| it.inactive_owners = owners(&[1]),
            |it| it.inactive_owners = owners(&[2]),
            |it| it.inactive_owners = owners(&[1, 2]),
            |it| it.leak_response = LeakResponse::Report,
            |it| it.closed = Some(time(1)),
            |it| it.closed = Some(time(2)),
        ],
    );
}

#[test]
fn each_field_of_a_workspace_is_encoded() {
    all_differ::<WorkspaceRecord>(
        &workspace(),
        &[
            |it| it.id = WorkspaceId::new("shoq").unwrap(),
            |it| it.account = AccountId::new("acmf").unwrap(),
            |it| it.incarnation = OperationId::from_bytes([9; 16]),
            |it| it.account_incarnation = OperationId::from_bytes([9; 16]),
            |it| it.name = name("shop"),
            |it| it.created = time(2),
            |it| it.removed = None,
            |it| it.removed = Some(time(3)),
            |it| it.revision = Revision::new(5),
            |it| it.credentials = 6,
            |it| it.permanent = 2,
            |it| it.integrations.clear(),
            |it| it.integrations.push(it.integrations[0].clone()),
            |it| it.integrations[0].integration = "custom:export".parse().unwrap(),
            |it| it.integrations[0].credential = id("abcdefghijkL"),
            |it| it.integrations[0].connected = time(4),
            |it| it.allowlist.clear(),
            |it| it.allowlist.reverse(),
            |it| it.allowlist.truncate(1),
            |it| it.allowlist[0].network = "10.0.0.0/9".parse().unwrap(),
            |it| it.allowlist[0].network = "11.0.0.0/8".parse().unwrap(),
            |it| it.allowlist[0].added = time(5),
        ],
    );
}

#[test]
fn each_field_of_a_credential_is_encoded() {
    all_differ::<CredentialRecord>(
        &credential(),
        &[
            |it| it.id = id("abcdefghijkL"),
            |it| it.account = AccountId::new("acmf").unwrap(),
            |it| it.workspace = WorkspaceId::new("shoq").unwrap(),
            |it| it.workspace_incarnation = OperationId::from_bytes([9; 16]),
            |it| it.kind = KindWord::App,
            |it| it.name = name("Primary"),
            |it| it.created = time(2),
            |it| it.created_by.role = Role::Member,
            |it| it.current.brand = Brand::new("acme").unwrap(),
            |it| it.created_by.id = ActorId::new("bob").unwrap(),
            |it| it.revision = Revision::new(7),
            |it| it.current.number = GenerationNumber::new(3).unwrap(),
            |it| it.current.created = time(3),
            |it| it.current.slow_hash = other_slow_hash(),
            |it| it.current.digest = generation(3).digest,
            |it| it.current.seal = None,
            |it| it.current.seal = generation(3).seal,
            |it| it.previous = None,
            |it| it.previous.as_mut().unwrap().until = time(8),
            |it| it.previous.as_mut().unwrap().generation.number = generation(3).number,
            |it| it.previous.as_mut().unwrap().generation.created = time(2),
            |it| it.previous.as_mut().unwrap().generation.slow_hash = other_slow_hash(),
            |it| it.previous.as_mut().unwrap().generation.digest = generation(3).digest,
            |it| it.previous.as_mut().unwrap().generation.seal = None,
            |it| it.deprecation = None,
            |it| it.deprecation = Some(Deprecation { since: time(9), sunset: Some(time(9)) }),
            |it| it.deprecation = Some(Deprecation { since: time(8), sunset: Some(time(8)) }),
            |it| it.deprecation = Some(Deprecation { since: time(8), sunset: None }),
            |it| it.suspended = None,
            |it| it.suspended = Some(time(11)),
            |it| it.expires = None,
            |it| it.expires = Some(time(10)),
            |it| it.grant = grant(),
            |it| it.grant.scopes = Scopes::none(),
            |it| it.grant.scopes = grant().scopes,
            |it| it.grant.scopes = Scopes::only([scope("read")]).unwrap(),
            |it| it.grant.scopes = Scopes::only([scope("send")]).unwrap(),
            |it| it.grant.networks = grant().networks,
            |it| it.grant.networks = Some(networks(&["10.0.0.0/8"])),
            |it| it.grant.labels = grant().labels,
            |it| it.grant.labels = Labels::new([label("env", "prod")]).unwrap(),
            |it| it.grant.labels = Labels::new([label("envp", "rod")]).unwrap(),
            |it| it.grant.labels = Labels::new([label("env", "")]).unwrap(),
            |it| it.grant.owner = grant().owner,
            |it| it.grant.owner = Some(ActorId::new("bo").unwrap()).into(),
        ],
    );
}

fn other_slow_hash() -> SlowHash {
    SlowHash::parse(&SLOW_HASH_SAMPLE.replace("t=1", "t=2")).unwrap()
}

/// Two releases run side by side: the older one reads every credential without such a field.
#[test]
fn only_a_credential_that_uses_a_later_field_has_a_later_version() {
    assert_eq!(credential().encoding().version, 1);
    assert_eq!(credential().encoding().bytes[0], 1);
    let default = Grant::default;
    for grant in [
        Grant { scopes: Scopes::none(), ..default() },
        Grant { networks: grant().networks, ..default() },
        Grant { labels: grant().labels, ..default() },
        Grant { owner: grant().owner, ..default() },
    ] {
        let encoding = CredentialRecord { grant, ..credential() }.encoding();
        assert_eq!((encoding.version, encoding.bytes[0]), (2, 2));
    }
    assert_eq!(CredentialRecord::NEWEST, 2);
}

#[test]
fn last_used_times_are_not_encoded() {
    let (plain, mut used) = (credential(), credential());
    used.current.last_used = Some(time(99));
    used.previous.as_mut().unwrap().generation.last_used = Some(time(98));
    assert_eq!(used.encoding(), plain.encoding());
}

#[test]
fn a_value_does_not_pass_from_one_field_to_its_neighbour() {
    let (mut suspended, mut expires) = (credential(), credential());
    (suspended.suspended, suspended.expires) = (Some(time(1)), None);
    (expires.suspended, expires.expires) = (None, Some(time(1)));
    assert_ne!(suspended.encoding(), expires.encoding());
}

#[test]
fn an_events_outline_leaves_out_who_did_what_and_neither_encoding_has_the_number() {
    all_differ::<EventOutline>(
        &event().outline(),
        &[
            |it| it.operation = OperationId::from_bytes([2; 16]),
            |it| it.at = time(2),
            |it| it.account = AccountId::new("acmf").unwrap(),
            |it| it.subject = Subject::Account,
            |it| it.subject = Subject::Workspace(workspace().id),
            |it| it.subject = Subject::Workspace(WorkspaceId::new("shoq").unwrap()),
            |it| it.subject = Subject::Credential(workspace().id, id("abcdefghijkL")),
        ],
    );
    all_differ::<Event>(
        &event(),
        &[
            |it| it.operation = OperationId::from_bytes([2; 16]),
            |it| it.at = time(2),
            |it| it.account = AccountId::new("acmf").unwrap(),
            |it| it.subject = Subject::Account,
            |it| it.by.role = Role::Operator,
            |it| it.by.id = ActorId::new("bob").unwrap(),
            |it| it.action = Action::Suspended,
        ],
    );
    let mut renumbered = event();
    renumbered.number = 2;
    assert_eq!(renumbered.encoding(), event().encoding());
    assert_ne!(event().outline().encoding().bytes, event().encoding().bytes);
}

#[test]
fn each_field_of_an_action_is_encoded() {
    let actions = actions();
    let encodings: BTreeSet<Vec<u8>> = actions
        .iter()
        .map(|action| Event { action: action.clone(), ..event() }.encoding().bytes)
        .collect();
    assert_eq!(encodings.len(), actions.len());
}

/// Returns each action, and each of its fields with two values.
#[expect(clippy::too_many_lines, reason = "a table")]
fn actions() -> Vec<Action> {
    let number = |number| GenerationNumber::new(number).unwrap();
    let (one, other) = (|| name("One"), || name("Other"));
    let (first, second) = (id("abcdefghijkl"), id("abcdefghijkL"));
    let networks = ["10.0.0.0/8", "10.0.0.0/9"].map(|text| text.parse().unwrap());
    let (segment, api) = ("segment".parse().unwrap(), "api".parse().unwrap());
    let mut actions = vec![
        Action::WorkspaceCreated { name: one(), first: Some(first) },
        Action::WorkspaceCreated { name: other(), first: Some(first) },
        Action::WorkspaceCreated { name: one(), first: Some(second) },
        Action::WorkspaceCreated { name: one(), first: None },
        Action::WorkspaceRemoved { name: one(), credentials: 1 },
        Action::WorkspaceRemoved { name: other(), credentials: 1 },
        Action::WorkspaceRemoved { name: one(), credentials: 2 },
        Action::Issued { kind: KindWord::App, name: one(), expires: None, grant: Grant::default() },
        Action::Issued {
            kind: KindWord::Track,
            name: one(),
            expires: None,
            grant: Grant::default(),
        },
        Action::Issued {
            kind: KindWord::App,
            name: other(),
            expires: None,
            grant: Grant::default(),
        },
        Action::Issued {
            kind: KindWord::App,
            name: one(),
            expires: Some(time(1)),
            grant: Grant::default(),
        },
        Action::Issued { kind: KindWord::App, name: one(), expires: None, grant: grant() },
        Action::Issued {
            kind: KindWord::App,
            name: one(),
            expires: None,
            grant: Grant { scopes: Scopes::none(), ..Grant::default() },
        },
        Action::ScopesSet { to: Scopes::All },
        Action::ScopesSet { to: Scopes::none() },
        Action::ScopesSet { to: grant().scopes },
        Action::NetworksSet { to: None },
        Action::NetworksSet { to: grant().networks },
        Action::NetworksSet { to: Some(self::networks(&["10.0.0.0/8"])) },
        Action::LabelsSet { to: Labels::default() },
        Action::LabelsSet { to: grant().labels },
        Action::HandedOver { from: grant().owner, to: Owner::Account },
        Action::HandedOver { from: Owner::Account, to: grant().owner },
        Action::HandedOver { from: Owner::Account, to: Owner::Account },
        Action::Revealed,
        Action::Renamed { from: one(), to: other() },
        Action::Renamed { from: other(), to: one() },
        Action::Renamed { from: one(), to: one() },
        Action::Deprecated { sunset: None },
        Action::Deprecated { sunset: Some(time(1)) },
        Action::Undeprecated,
        Action::Suspended,
        Action::Resumed,
        Action::ExpirySet { at: time(1) },
        Action::ExpirySet { at: time(2) },
        Action::ExpiryCleared,
        Action::Rotated { generation: number(2), overlap_until: None, asked_until: None },
        Action::Rotated { generation: number(3), overlap_until: None, asked_until: None },
        Action::Rotated { generation: number(2), overlap_until: Some(time(1)), asked_until: None },
        Action::Rotated { generation: number(2), overlap_until: None, asked_until: Some(time(1)) },
        Action::Replaced { unused: number(1), generation: number(2) },
        Action::Replaced { unused: number(1), generation: number(3) },
        Action::Replaced { unused: number(2), generation: number(3) },
        Action::OverlapEnded { generation: number(1) },
        Action::OverlapEnded { generation: number(2) },
        Action::Deleted { kind: KindWord::App, name: one() },
        Action::Deleted { kind: KindWord::Track, name: one() },
        Action::Deleted { kind: KindWord::App, name: other() },
        Action::Connected { integration: segment, credential: first },
        Action::Connected { integration: api, credential: first },
        Action::Disconnected { integration: "segment".parse().unwrap() },
        Action::Disconnected { integration: "api".parse().unwrap() },
        Action::Connected { integration: "api".parse().unwrap(), credential: second },
        Action::Lifted { entries: 1 },
        Action::Lifted { entries: 2 },
        Action::UnlistedWorkspacesSet { to: UnlistedWorkspaces::Open },
        Action::UnlistedWorkspacesSet { to: UnlistedWorkspaces::Closed },
        Action::PolicySet { to: policy(rules()) },
        Action::PolicySet { to: AccountPolicy::NONE },
        Action::MemberDeactivated { member: ActorId::new("ada").unwrap() },
        Action::MemberDeactivated { member: ActorId::new("bob").unwrap() },
        Action::MemberReactivated { member: ActorId::new("ada").unwrap() },
        Action::MemberReactivated { member: ActorId::new("bob").unwrap() },
        Action::AccountSuspended,
        Action::AccountResumed,
        Action::Imported { credentials: 2 },
        Action::Imported { credentials: 1 },
        Action::Recounted { credentials: 2, permanent: 1 },
        Action::Recounted { credentials: 1, permanent: 1 },
        Action::Recounted { credentials: 2, permanent: 2 },
        Action::Repaired,
        Action::AccountClosed,
        Action::LeakResponseSet { to: LeakResponse::Report },
        Action::LeakResponseSet { to: LeakResponse::Stop },
        Action::Leaked { generation: number(2), place: LeakPlace::default() },
        Action::Leaked { generation: number(3), place: LeakPlace::default() },
        Action::Leaked { generation: number(2), place: LeakPlace::new("commit", "") },
        Action::Leaked { generation: number(2), place: LeakPlace::new("", "commit") },
    ];
    let many: Vec<Network> =
        (1..=22).map(|place| [10, 0, 0, place].into()).map(Network::of).collect();
    for networks in
        [&networks[..0], &networks[..1], &networks[1..], &networks[..], &many[..21], &many[..]]
    {
        let networks = NetworkSummary::of(networks);
        actions.push(Action::Allowed { networks: networks.clone() });
        let fixed = NetworkSummary::of(&["192.0.2.0/24".parse().unwrap()]);
        let (added, removed) = (networks.clone(), fixed.clone());
        actions.push(Action::AllowlistReplaced { added, removed });
        let (added, removed) = (fixed, networks.clone());
        actions.push(Action::AllowlistReplaced { added, removed });
        actions.push(Action::Disallowed { networks });
    }
    actions
}
