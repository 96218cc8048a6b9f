//! The history of an account.

use crate::domain::{
    Action, ActorRef, CredentialEdit, Event, Grant, Integration, LeakResponse, Owner, Role,
    UnlistedWorkspaces,
};
use crate::store::{Change, CredentialStore, EventQuery, PageSize};
use crate::values::{ActorId, KindWord, LeakPlace, NetworkSummary, Scopes, Timestamp};

use super::difference::assert_same;
use super::driver::{Driver, every_event};
use super::harness::Harness;
use super::promises::{BYTE_FOR_BYTE, EVERY_CONDITION, NEWEST_FIRST};
use super::samples::{
    account, account_id, at, credential, credential_id, edits, entry, generation, granted,
    just_before, name, next, removed, removes, workspace, workspace_id, writes, writes_account,
};

/// [`NEWEST_FIRST`]: Reads the events of one account in pages of every size, without those of other accounts.
pub fn events_come_newest_first<H: Harness>(harness: &H) {
    let (store, events) = eventful(harness);
    for account in ["acme", "other", "nobody"].map(account_id) {
        let mut expected = events.clone();
        expected.retain(|event| event.account == account);
        expected.reverse();
        let exact = u16::try_from(expected.len().max(1)).expect("a short history");
        for size in [1, 2, exact, 1_000] {
            let size = PageSize::new(size).expect("within the bounds");
            let query = EventQuery { size, ..every_event(&account) };
            assert_same!(store.events(&query), expected, "{NEWEST_FIRST}");
            let page = store.wait(store.store.events(&query));
            let last = page.items.last().and_then(|item| item.clone().record()).map(|e| e.number);
            assert!(page.next.is_none() || page.next == last, "{NEWEST_FIRST}");
        }
    }
}

/// [`EVERY_CONDITION`]: Finds events about a workspace or one of its credentials, about one credential, and before a number.
pub fn events_are_found_by_their_subject<H: Harness>(harness: &H) {
    let (store, events) = eventful(harness);
    let workspaces = [None, Some("shop"), Some("blog"), Some("nowhere")];
    let credentials = [None, Some(1), Some(2), Some(9)];
    let numbers = [None, Some(0), Some(1), Some(4), Some(6), Some(u64::MAX)];
    for workspace in workspaces.map(|id| id.map(workspace_id)) {
        for credential in credentials.map(|number| number.map(credential_id)) {
            for before in numbers {
                let account = account_id("acme");
                let wanted = |event: &&Event| {
                    event.account == account
                        && (workspace.is_none() || event.subject.workspace() == workspace.as_ref())
                        && (credential.is_none()
                            || event.subject.credential() == credential.as_ref())
                        && before.is_none_or(|number| event.number < number)
                };
                let expected: Vec<_> = events.iter().rev().filter(wanted).cloned().collect();
                let workspace = workspace.clone();
                let query = EventQuery { workspace, credential, before, ..every_event(&account) };
                assert_same!(store.events(&query), expected, "{EVERY_CONDITION} ({query:?})");
            }
        }
    }
}

/// [`EVERY_CONDITION`]: Finds events by the actor, by the action, and by times at their boundaries.
pub fn events_are_found_by_actor_action_and_time<H: Harness>(harness: &H) {
    let (store, events) = told(harness);
    let account = account_id("acme");
    let actors = [None, Some("ada@acme.test"), Some("bo@acme.test"), Some("'; nobody")];
    let words = [None, Some(Action::Revealed), Some(Action::Suspended), Some(Action::Repaired)];
    let words = words.map(|action| action.map(|action| action.word()));
    let times = [None, Some(at(1)), Some(at(3)), Some(just_before(at(3))), Some(at(9))];
    for by in actors.map(|id| id.map(|id| ActorId::new(id).expect("within the bounds"))) {
        for action in words {
            for (from, until) in times.iter().flat_map(|a| times.iter().map(|b| (*a, *b))) {
                let wanted = |event: &&Event| {
                    by.as_ref().is_none_or(|by| event.by.id == *by)
                        && action.is_none_or(|word| event.action.word() == word)
                        && from.is_none_or(|from| event.at >= from)
                        && until.is_none_or(|until| event.at < until)
                };
                let expected: Vec<_> = events.iter().rev().filter(wanted).cloned().collect();
                let by = by.clone();
                let query = EventQuery { by, action, from, until, ..every_event(&account) };
                assert_same!(store.events(&query), expected, "{EVERY_CONDITION} ({query:?})");
            }
        }
    }
}

/// Writes two actions of each of two actors, at several times, and returns the expected events.
fn told<H: Harness>(harness: &H) -> (Driver<'_, H>, Vec<Event>) {
    let store = Driver::new(harness);
    let mut header = workspace("acme", "shop");
    let mut events = Vec::new();
    for (time, (id, action)) in (1..).zip([
        ("ada@acme.test", Action::Revealed),
        ("ada@acme.test", Action::Suspended),
        ("bo@acme.test", Action::Revealed),
        ("bo@acme.test", Action::Suspended),
        ("ada@acme.test", Action::Revealed),
    ]) {
        let role = if time == 5 { Role::Member } else { Role::Admin };
        let by = ActorRef { role, id: ActorId::new(id).expect("within the bounds") };
        let change = Change { action, by, at: at(time), ..writes(&header) };
        events.push(change.event(store.commit(&change).number()));
        header = next(&header);
    }
    (store, events)
}

/// [`BYTE_FOR_BYTE`]: Writes every action, with the extreme values of its fields and without optional fields, by every role.
pub fn every_action_is_kept<H: Harness>(harness: &H) {
    let store = Driver::new(harness);
    let mut header = workspace("acme", "shop");
    let mut expected = Vec::new();
    let roles = [Role::Admin, Role::Member, Role::Operator];
    for ((place, action), role) in (0..).zip(actions()).zip(roles.into_iter().cycle()) {
        let id = ActorId::new(format!("ada+{place}@acme.test")).expect("within the bounds");
        let at = just_before(at(place));
        let change = Change { action, by: ActorRef { role, id }, at, ..writes(&header) };
        let position = store.commit(&change);
        expected.insert(0, change.event(position.number()));
        header = next(&header);
    }
    assert_same!(store.history(&header.account), expected, "{BYTE_FOR_BYTE}");
}

/// Writes a history about accounts, workspaces and credentials, and returns the expected events.
fn eventful<H: Harness>(harness: &H) -> (Driver<'_, H>, Vec<Event>) {
    let (shop, blog) = (workspace("acme", "shop"), workspace("acme", "blog"));
    let theirs = workspace("other", "theirs");
    let [one, two, third] = [(&shop, 1), (&blog, 2), (&theirs, 3)]
        .map(|(home, n)| credential(home, KindWord::App, n, "A"));
    let insert = |home, record| edits(home, CredentialEdit::Insert(record));
    let changes = [
        writes_account(&account("acme")),
        writes(&shop),
        insert(&blog, two),
        insert(&theirs, third),
        insert(&next(&shop), one.clone()),
        edits(&next(&next(&shop)), CredentialEdit::Delete(one.id)),
        writes_account(&account("other")),
        removes(&removed(&blog)),
    ];
    let store = Driver::new(harness);
    let numbered = (1..).zip(&changes);
    let events = numbered
        .map(|(number, change)| {
            store.commit(change);
            change.event(number)
        })
        .collect();
    (store, events)
}

fn actions() -> Vec<Action> {
    let networks = |count| {
        let listed: Vec<_> = (1..=count).rev().map(|number| entry(number).network).collect();
        NetworkSummary::of(&listed)
    };
    let credential = credential_id(7);
    let kinds = [KindWord::Track, KindWord::App];
    let integrations =
        ["javascript_snippet", "segment", "api", "custom:Shop “export”, %_\\ \u{1f511}"]
            .map(|text| text.parse::<Integration>().expect("an integration"));
    let mut actions = vec![
        Action::WorkspaceCreated { name: name("Shop"), first: Some(credential) },
        Action::WorkspaceRemoved { name: name("Shop"), credentials: u32::MAX },
        Action::Revealed,
        Action::Renamed { from: name("{\"a\": 'b'}"), to: name("-- ; DROP") },
        Action::Deprecated { sunset: None },
        Action::Deprecated { sunset: Some(Timestamp::MAX) },
        Action::Undeprecated,
        Action::Suspended,
        Action::Resumed,
        Action::ExpirySet { at: Timestamp::MIN },
        Action::ExpiryCleared,
        Action::Rotated {
            generation: generation(u32::MAX),
            overlap_until: Some(at(9)),
            asked_until: Some(at(10)),
        },
        Action::Rotated { generation: generation(2), overlap_until: None, asked_until: None },
        Action::Replaced { unused: generation(2), generation: generation(3) },
        Action::OverlapEnded { generation: generation(1) },
        Action::Allowed { networks: networks(2) },
        Action::Allowed { networks: networks(1_000) },
        Action::Disallowed { networks: networks(2) },
        Action::Disallowed { networks: networks(1_000) },
        Action::AllowlistReplaced { added: networks(2), removed: networks(1_000) },
        Action::AllowlistReplaced { added: networks(0), removed: networks(1) },
        Action::Lifted { entries: 0 },
        Action::UnlistedWorkspacesSet { to: UnlistedWorkspaces::Open },
        Action::UnlistedWorkspacesSet { to: UnlistedWorkspaces::Closed },
        Action::AccountSuspended,
        Action::AccountResumed,
        Action::Imported { credentials: u32::MAX },
        Action::Recounted { credentials: u32::MAX, permanent: 0 },
        Action::Repaired,
        Action::AccountClosed,
        Action::LeakResponseSet { to: LeakResponse::Report },
        Action::LeakResponseSet { to: LeakResponse::Stop },
        Action::ScopesSet { to: granted().scopes },
        Action::ScopesSet { to: Scopes::none() },
        Action::NetworksSet { to: granted().networks },
        Action::NetworksSet { to: None },
        Action::LabelsSet { to: granted().labels },
        Action::HandedOver { from: Owner::Account, to: granted().owner },
        Action::Leaked {
            generation: generation(3),
            place: LeakPlace::new("\"' ; --", "https://example.com/?q='%00\"\\"),
        },
        Action::Leaked { generation: generation(1), place: LeakPlace::default() },
    ];
    for kind in kinds {
        actions.push(Action::Issued {
            kind,
            name: name("Key"),
            expires: None,
            grant: Grant::default(),
        });
        let expires = Some(at(3));
        actions.push(Action::Issued { kind, name: name("Key"), expires, grant: granted() });
        actions.push(Action::Deleted { kind, name: name("Key") });
    }
    for integration in integrations {
        actions.push(Action::Connected { integration: integration.clone(), credential });
        actions.push(Action::Disconnected { integration });
    }
    actions
}
