//! Random changes and queries. Most of them are valid, and some are not.

use std::time::Duration;

use crate::domain::{
    AccountPolicy, AccountRecord, ActorRef, Connection, CredentialEdit, CredentialRecord,
    CredentialStatus, Deprecation, InactiveOwners, LeakResponse, Owner, Restriction, Revision,
    Role, Subject, UnlistedWorkspaces, WorkspaceRecord,
};
use crate::store::{
    Change, CredentialQuery, HeaderChange, ListChange, NameFilter, PageSize, Refresh, Scope,
    StatusFilter, Use,
};
use crate::values::{AccountId, CredentialId, KindWord, NameKey, Timestamp, WorkspaceId};

use super::model::Model;
use super::random::Random;
use super::samples::{
    KINDS, account, account_id, ada, at, connection, credential, credential_id, digest, entry,
    filled, generation, granted, name, owners, policy, removed, removes, rotated, seal, tag,
    tags_of, to_digest, to_seal, workspace, writes, writes_account,
};

const ACCOUNTS: [&str; 3] = ["acme", "Acme", "other"];
const WORKSPACES: u32 = 4;
const CREDENTIALS: u32 = 16;
const NAMES: [&str; 5] = ["Key", "KEY", "schlüssel", "Z", "a-b"];

pub(super) fn some_account(random: &mut Random) -> AccountId {
    account_id(random.pick(&ACCOUNTS))
}

pub(super) fn some_workspace(random: &mut Random) -> WorkspaceId {
    numbered_home(random.below(WORKSPACES), random.below(3)).id
}

pub(super) fn some_credential(random: &mut Random) -> CredentialId {
    credential_id(random.below(CREDENTIALS))
}

/// Returns a random time in the first hour.
pub(super) fn some_time(random: &mut Random) -> Timestamp {
    at(i64::from(random.below(3_600)))
}

/// Returns a change that usually fits the state of the model. `now` advances from change to change.
pub(super) fn some_change(random: &mut Random, model: &Model, now: i64) -> Change {
    let mut change =
        if random.one_in(6) { account_change(random, model) } else { header_change(random, model) };
    change.at = at(now - i64::from(random.below(20)));
    let first = account(ACCOUNTS[0]);
    if matches!(&change.header, HeaderChange::Workspace { .. })
        && (model.account(&first.id).is_none() || random.one_in(24))
    {
        change.created_account = Some(first);
    }
    let id = account_id(ACCOUNTS[1]);
    let is_own = matches!(&change.header, HeaderChange::Account { record, .. } if record.id == id);
    let is_accepted = model.account(&id).is_some() && random.one_in(2);
    if let Some(edit) = change.credentials.first() {
        let stored = model.credential(edit.id()).filter(|_| random.one_in(2));
        let read = stored.map(|record| if random.one_in(12) { tag(77) } else { record.tag });
        change.read_credentials.extend(read.map(|tag| (edit.id(), tag)));
    }
    if !is_own && (is_accepted || random.one_in(24)) {
        let revision = near(random, model.account_revision(&id));
        change.unchanged.push((id, revision));
    }
    change
}

/// Returns `true` if a change expects a revision of a workspace that did not exist when the model was read. With concurrent
/// writers, the revision can exist later, and the change could then restore a workspace that another thread has removed. No real
/// caller does that.
pub(super) fn is_ahead(change: &Change, model: &Model) -> bool {
    let (HeaderChange::Workspace { read_at, record, .. }
    | HeaderChange::RemovedWorkspace { read_at, record }) = &change.header
    else {
        return false;
    };
    *read_at > model.workspace(&record.id).map_or(Revision::NONE, |stored| stored.revision)
}

/// Returns this revision, or rarely one next to it.
fn near(random: &mut Random, revision: Revision) -> Revision {
    match random.below(24) {
        0 => revision.next(),
        1 => Revision::new(revision.get().saturating_sub(1)),
        2 => Revision::NONE,
        _ => revision,
    }
}

fn account_change(random: &mut Random, model: &Model) -> Change {
    let mut record = account(random.pick(&ACCOUNTS));
    let read_at = near(random, model.account_revision(&record.id));
    record.revision = read_at.next();
    record.suspended = random.maybe(at(3));
    record.unlisted_workspaces =
        random.maybe(UnlistedWorkspaces::Closed).unwrap_or(UnlistedWorkspaces::Open);
    let shortest = 1 + random.below(9);
    record.policy = random.maybe(policy(shortest)).unwrap_or(AccountPolicy::NONE);
    let inactive = owners(u128::from(random.below(4)));
    record.inactive_owners = random.maybe(inactive).unwrap_or(InactiveOwners::NONE);
    record.leak_response = random.maybe(LeakResponse::Report).unwrap_or_default();
    record.closed = random.maybe(at(4));
    writes_account(&AccountRecord { ..record })
}

/// Returns one of the workspaces 0 to 3, each of a fixed account. A removed workspace is replaced by the next free id.
fn home(model: &Model, number: u32) -> WorkspaceRecord {
    let is_removed = |id: &_| model.workspace(id).is_some_and(|record| record.removed.is_some());
    let mut homes = (0..).map(|place| numbered_home(number, place));
    homes.find(|home| !is_removed(&home.id)).expect("an endless iterator")
}

fn numbered_home(number: u32, place: u32) -> WorkspaceRecord {
    workspace(ACCOUNTS[number as usize % 2], &format!("shop {number}.{place}"))
}

fn header_change(random: &mut Random, model: &Model) -> Change {
    let number = random.below(WORKSPACES);
    let fresh = home(model, number);
    let stored = model.workspace(&fresh.id);
    let read_at = near(random, stored.map_or(Revision::NONE, |record| record.revision));
    let mut record = stored.cloned().unwrap_or(fresh);
    record.revision = read_at.next();
    if stored.is_some() && random.one_in(30) {
        let gone = WorkspaceRecord { revision: read_at, ..record };
        return removes(&removed(&gone));
    }
    record.name = name(&format!("{} {number}", random.pick(&NAMES)));
    (record.credentials, record.permanent) = (random.below(9), random.below(9));
    if random.one_in(3) {
        record.integrations = some_connections(random, &record);
    }
    if random.one_in(3) {
        record.allowlist =
            [4, 1, 5, 2].into_iter().filter_map(|number| random.maybe(entry(number))).collect();
    }
    let mut change = writes(&record);
    if let HeaderChange::Workspace { integrations, allowlist, record, .. } = &mut change.header {
        let same = |same: bool| if same { ListChange::Same } else { ListChange::Replaced };
        // The lists of a guessed revision are unknown, and with concurrent writers the guess can come true.
        let read = stored.filter(|stored| stored.revision == read_at);
        let lists = read.map(|stored| (&stored.integrations, &stored.allowlist));
        *integrations = same(lists.is_some_and(|(list, _)| *list == record.integrations));
        *allowlist = same(lists.is_some_and(|(_, list)| *list == record.allowlist));
    }
    // The credentials n, n + 4, n + 8, and so on belong to workspace n. No two edits are for the same credential.
    let first = random.below(2) * WORKSPACES + number;
    for id in (first..CREDENTIALS).step_by(2 * WORKSPACES as usize) {
        if random.below(3) > 0 {
            let edit = some_edit(random, model, &record, id);
            change.credentials.push(edit);
            change.subject = Subject::Credential(record.id.clone(), credential_id(id));
        }
    }
    change
}

fn some_connections(random: &mut Random, home: &WorkspaceRecord) -> Vec<Connection> {
    let key = credential(home, KindWord::Track, random.below(CREDENTIALS), "Key");
    let words = ["segment", "custom:Zoo", "api", "custom:Ärzte", "javascript_snippet"];
    words.iter().filter_map(|word| random.maybe(connection(word, &key))).collect()
}

/// Returns the kind of a credential, which never changes.
fn kind_of(number: u32) -> KindWord {
    KINDS[number as usize % KINDS.len()]
}

fn some_edit(
    random: &mut Random,
    model: &Model,
    home: &WorkspaceRecord,
    number: u32,
) -> CredentialEdit {
    let text = format!("{} {number}", random.pick(&NAMES));
    let kind = kind_of(number);
    let role = random.pick(&[Role::Admin, Role::Member, Role::Operator]);
    let created_by = ActorRef { role, ..ada() };
    let fresh = CredentialRecord { created_by, ..credential(home, kind, number, &text) };
    let stored = model.credential(fresh.id);
    let wrong = random.one_in(30);
    match stored {
        None if wrong => CredentialEdit::Delete(fresh.id),
        Some(_) if wrong => CredentialEdit::Insert(fresh),
        None => CredentialEdit::Insert(fresh),
        Some(_) if random.one_in(6) => CredentialEdit::Delete(fresh.id),
        Some(stored) => CredentialEdit::Update(some_update(random, stored, &fresh)),
    }
}

fn some_update(
    random: &mut Random,
    stored: &CredentialRecord,
    fresh: &CredentialRecord,
) -> CredentialRecord {
    let mut record = match random.below(6) {
        0 => rotated(stored),
        1 => filled(stored),
        _ => stored.clone(),
    };
    if random.one_in(3) {
        record.previous = None;
    }
    // The values that an update must not write can be out of date in it.
    for number in
        [Some(record.current.number), record.previous.as_ref().map(|p| p.generation.number)]
    {
        let stays = number.is_some_and(|number| stored.generation(number).is_some());
        let previous = record.previous.as_mut().map(|previous| &mut previous.generation);
        let secrets = std::iter::once(&mut record.current).chain(previous);
        for secret in secrets.filter(|secret| stays && Some(secret.number) == number) {
            secret.last_used = random.maybe(at(2));
            secret.digest = digest(u64::from(random.below(9)));
            secret.seal = secret.seal.is_some().then(|| seal(3));
        }
    }
    record.revision = stored.revision.next();
    record.name = fresh.name.clone();
    record.suspended = random.maybe(at(5));
    let [expires, sunset] = [some_time(random), some_time(random)].map(|time| random.maybe(time));
    record.expires = expires;
    record.deprecation = random.maybe(Deprecation { since: at(4), sunset });
    record
}

/// Returns a refresh of a stored value, or sometimes of another one.
pub(super) fn some_refresh(random: &mut Random, model: &Model) -> (CredentialId, u32, Refresh) {
    let id = some_credential(random);
    let stored = model.credential(id);
    let numbers = stored.map(|record| record.current.number.get()).map(|n| [n, n - 1]);
    let number = random.pick(&numbers.unwrap_or([1, 2])).max(1);
    let secret = stored.and_then(|record| record.generation(generation(number)));
    let new = u64::from(random.below(1_000_000)) + 1_000;
    let right = !random.one_in(4);
    let old = secret.filter(|_| right).map_or_else(|| digest(new - 1), |s| s.digest.clone());
    let old_seal = secret.filter(|_| right).and_then(|secret| secret.seal.clone());
    let mut refresh = match old_seal {
        Some(old) if random.one_in(2) => to_seal(old, seal(new)),
        _ => to_digest(old, digest(new)),
    };
    if let Some(stored) = stored.filter(|_| !random.one_in(8)) {
        tags_of(&mut refresh).old = stored.tag;
    }
    (id, number, refresh)
}

/// Returns uses of several secrets, sorted and without duplicates.
pub(super) fn some_uses(random: &mut Random) -> Vec<Use> {
    let mut uses: Vec<_> = (0..random.below(12))
        .map(|_| {
            let at = some_time(random);
            Use {
                credential: credential_id(random.below(CREDENTIALS + 2)),
                generation: generation(1 + random.below(4)),
                at,
                older_than: at.saturating_sub(Duration::from_secs(random.below(20).into())),
            }
        })
        .collect();
    uses.sort();
    uses.dedup_by_key(|used| (used.credential, used.generation));
    uses
}

/// Returns a random query of credentials.
pub(super) fn some_query(random: &mut Random) -> CredentialQuery {
    let scope = match random.below(3) {
        0 => Scope::Store,
        1 => Scope::Account(some_account(random)),
        _ => Scope::Workspace(some_workspace(random)),
    };
    let statuses = [
        CredentialStatus::Active,
        CredentialStatus::Deprecated,
        CredentialStatus::Suspended,
        CredentialStatus::Ended,
    ];
    let status = match random.below(3) {
        0 => Some(StatusFilter::Permanent),
        1 => Some(StatusFilter::Is(random.pick(&statuses))),
        _ => None,
    };
    let text = format!("{} {}", random.pick(&NAMES), random.below(CREDENTIALS));
    let named = match random.below(8) {
        0 | 1 => Some(NameFilter::Is(name(&text).key())),
        2 => Some(NameFilter::BeyondAscii),
        3 => Some(NameFilter::StartsWith(NameKey::of(text.get(..3).unwrap_or(&text)))),
        _ => None,
    };
    let kind = random.pick(&KINDS);
    let kind = random.maybe(kind);
    let size = PageSize::new(u16::try_from(1 + random.below(6)).unwrap_or(1));
    let size = size.expect("within the bounds");
    CredentialQuery {
        restriction: some_restriction(random),
        kind,
        name: named,
        status,
        labels: if random.one_in(4) { granted().labels.as_slice().to_vec() } else { Vec::new() },
        owner: match random.below(6) {
            0 => Some(Owner::Account),
            1 => Some(granted().owner),
            _ => None,
        },
        imported_unused_since: random.one_in(12).then(|| some_time(random)),
        ..CredentialQuery::all(scope, some_time(random), size)
    }
}

/// Returns a random restriction, which is often none.
pub(super) fn some_restriction(random: &mut Random) -> Restriction {
    let workspaces = (0..random.below(3)).map(|_| some_workspace(random)).collect();
    let kinds = (0..random.below(3)).map(|_| random.pick(&KINDS)).collect();
    let limited = random.below(4);
    Restriction {
        workspaces: (limited == 1 || limited == 3).then_some(workspaces),
        kinds: (limited == 2 || limited == 3).then_some(kinds),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_that_names_a_later_revision_is_ahead() {
        let mut model = Model::default();
        let home = home(&model, 0);
        assert!(!is_ahead(&writes(&home), &model), "it creates the workspace");
        assert!(model.commit(&writes(&home)).is_some());
        for (written, expected) in [(1, false), (2, false), (3, true)] {
            let record = WorkspaceRecord { revision: Revision::new(written), ..home.clone() };
            assert_eq!(is_ahead(&writes(&record), &model), expected, "to revision {written}");
        }
        let gone = WorkspaceRecord { revision: Revision::new(2), ..home };
        assert!(is_ahead(&removes(&removed(&gone)), &model));
        assert!(!is_ahead(&account_change(&mut Random::new(), &model), &model));
    }

    #[test]
    fn only_a_list_that_was_read_is_reported_as_unchanged() {
        let mut random = Random::new();
        let mut model = Model::default();
        for number in 0..WORKSPACES {
            assert!(model.commit(&writes(&home(&model, number))).is_some());
        }
        let mut of_the_same = 0;
        for _ in 0..10_000 {
            let change = header_change(&mut random, &model);
            if let HeaderChange::Workspace { read_at, record, integrations, allowlist } =
                change.header
                && [integrations, allowlist].contains(&ListChange::Same)
            {
                let read = model.workspace(&record.id).map(|stored| stored.revision);
                assert_eq!(read, Some(read_at), "{record:?}");
                of_the_same += 1;
            }
        }
        assert!(of_the_same > 0);
    }
}
