//! The steps of a history.

use std::time::Duration;

use keyward::{Freshness, kind::KindWord, manage::CredentialStatus};
use proptest::prelude::{Just, Strategy, any, prop, prop_oneof};
use proptest::sample::Index;

use crate::model::{LABELS, NAMES, POLICIES};
use crate::support::kinds::KindSet;

/// How far a node may be behind the other: slightly less than the second that the other waits.
pub(crate) const BOUND: Duration = Duration::from_millis(999);

/// The maximum number of steps after the first one.
const STEPS: usize = 40;

/// A history of two nodes over a new store.
#[derive(Debug, Clone)]
pub(crate) struct History {
    pub(crate) freshness: Freshness,
    pub(crate) kinds: &'static KindSet,
    steps: Vec<Step>,
}

impl History {
    /// The steps, after a first one that creates the records which the others need.
    pub(crate) fn steps(&self) -> impl Iterator<Item = Step> {
        let first = Step::Manage(Actor::Admin, Operation::CreateWorkspace(0));
        std::iter::once(first).chain(self.steps.iter().cloned())
    }
}

pub(crate) fn history(kinds: &'static KindSet) -> impl Strategy<Value = History> {
    let freshness = prop_oneof![Just(Freshness::Strict), Just(Freshness::Bounded(BOUND))];
    // A loss is rare, because Argon2id decides nothing without one. A closing is rare, because little can be done after it.
    let close = (actor(), typed());
    let close = close.prop_map(|(actor, typed)| manage(actor, Operation::CloseAccount(typed)));
    let step = prop_oneof![60 => step(kinds), 1 => Just(Step::Lose), 1 => close];
    (freshness, prop::collection::vec(step, 1..STEPS)).prop_map(move |(freshness, steps)| History {
        freshness,
        kinds,
        steps,
    })
}

/// One step.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    Wait(u64),
    Manage(Actor, Operation<Index>),
    Look(Actor, Look<Index>),
    Attempt {
        credential: Index,
        secret: Index,
        address: Option<usize>,
        presented: KeyLocation,
    },
    /// A look-up of a site id.
    Site(Index),
    /// A trace of a leaked key by the operator.
    Trace {
        credential: Index,
        secret: Index,
    },
    /// A walk of the store, with pages of this size.
    Rekey(u16),
    /// The acting node restarts, with the next master key if there is one.
    Restart,
    /// The oldest master key is lost: both nodes restart without it.
    Lose,
    /// Events older than so many seconds go.
    Prune(i64),
}

/// The way in which a key is presented.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyLocation {
    AsIssued,
    /// With another public id, if it is a pair.
    ForAnotherSite,
    /// As a key of another kind.
    AsTheOtherKind,
    /// With another character in its place.
    Mistyped,
    /// Without its last character.
    Shortened,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Actor {
    Admin,
    Member,
    /// A member without the permission.
    Guest,
    /// An admin of another account.
    Stranger,
    Operator,
}

/// When something ends: now, or so many seconds from now, or ago.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ends {
    Now,
    In(i64),
}

/// The new owner of a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HandTo {
    Account,
    Member,
}

/// The text that is typed as the name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Typed {
    Right,
    Wrong,
}

/// A management operation. Workspaces, names, networks and integrations are places in the model's tables;
/// credentials are any that were ever issued.
#[derive(Debug, Clone)]
pub(crate) enum Operation<C> {
    CreateWorkspace(usize),
    RemoveWorkspace(usize, Typed),
    Issue {
        workspace: usize,
        kind: KindWord,
        name: usize,
        expires: Option<i64>,
    },
    Reveal(C),
    Rename(C, usize),
    Deprecate(C, Option<Ends>),
    Undeprecate(C),
    Suspend(C),
    Resume(C),
    SetExpiry(C, Ends),
    ClearExpiry(C),
    /// With an overlap of so many seconds, and whether an earlier overlap may end.
    Rotate(C, u64, bool),
    EndOverlap(C),
    RemoveScopes(C),
    RestoreScopes(C),
    /// To one of the model's networks.
    LimitNetworks(C, usize),
    LiftNetworks(C),
    /// Some of the model's sets of labels.
    SetLabels(C, usize),
    /// To the member, or to the account.
    SetOwner(C, HandTo),
    Delete(C, Typed),
    Connect {
        workspace: usize,
        integration: usize,
        choice: Option<C>,
    },
    Disconnect(usize, usize),
    Allow(usize, Vec<usize>),
    Disallow(usize, Vec<usize>),
    Lift(usize),
    CloseUnlisted,
    OpenUnlisted,
    SuspendAccount,
    ResumeAccount,
    CloseAccount(Typed),
    /// One of the model's policies.
    SetPolicy(usize),
    /// The member who owns some of the keys leaves.
    DeactivateOwner,
    ReactivateOwner,
    /// All that the member owns goes to the account.
    HandOverOwned,
    DeleteOwned,
}

impl Operation<usize> {
    /// The workspace that it names.
    pub(crate) const fn workspace(&self) -> Option<usize> {
        match *self {
            Self::CreateWorkspace(place)
            | Self::RemoveWorkspace(place, _)
            | Self::Issue { workspace: place, .. }
            | Self::Connect { workspace: place, .. }
            | Self::Disconnect(place, _)
            | Self::Allow(place, _)
            | Self::Disallow(place, _)
            | Self::Lift(place) => Some(place),
            _ => None,
        }
    }

    /// The credential that it changes or shows.
    pub(crate) const fn credential(&self) -> Option<usize> {
        match *self {
            Self::Reveal(credential)
            | Self::Rename(credential, _)
            | Self::Deprecate(credential, _)
            | Self::Undeprecate(credential)
            | Self::Suspend(credential)
            | Self::Resume(credential)
            | Self::SetExpiry(credential, _)
            | Self::ClearExpiry(credential)
            | Self::Rotate(credential, ..)
            | Self::EndOverlap(credential)
            | Self::RemoveScopes(credential)
            | Self::RestoreScopes(credential)
            | Self::LimitNetworks(credential, _)
            | Self::LiftNetworks(credential)
            | Self::SetLabels(credential, _)
            | Self::SetOwner(credential, _)
            | Self::Delete(credential, _) => Some(credential),
            _ => None,
        }
    }
}

/// A read for a page.
#[derive(Debug, Clone)]
pub(crate) enum Look<C> {
    Workspace(usize),
    Workspaces(u16),
    Credential(C),
    Credentials {
        workspace: Option<usize>,
        kind: Option<KindWord>,
        status: Option<CredentialStatus>,
        size: u16,
    },
    Allowlist(usize),
    Integrations(usize),
    History {
        workspace: Option<usize>,
        credential: Option<C>,
        size: u16,
    },
    DeletionImpact(C),
    UnlistedWorkspaces,
}

fn step(kinds: &'static KindSet) -> impl Strategy<Value = Step> {
    let index = any::<Index>;
    prop_oneof![
        2 => prop_oneof![Just(1), Just(10), Just(60)].prop_map(Step::Wait),
        20 => (actor(), operation(kinds)).prop_map(|(actor, operation)| manage(actor, operation)),
        4 => (actor(), look(kinds)).prop_map(|(actor, look)| Step::Look(actor, look)),
        8 => (index(), index(), prop::option::weighted(0.9, 0..3_usize), presented()).prop_map(
            |(credential, secret, address, presented)| {
                Step::Attempt { credential, secret, address, presented }
            }
        ),
        1 => index().prop_map(Step::Site),
        1 => (index(), index()).prop_map(|(credential, secret)| Step::Trace { credential, secret }),
        1 => (1..4_u16).prop_map(Step::Rekey),
        1 => Just(Step::Restart),
        1 => prop_oneof![Just(0), Just(10), Just(60)].prop_map(Step::Prune),
    ]
}

fn presented() -> impl Strategy<Value = KeyLocation> {
    prop_oneof![
        12 => Just(KeyLocation::AsIssued),
        1 => Just(KeyLocation::ForAnotherSite),
        1 => Just(KeyLocation::AsTheOtherKind),
        1 => Just(KeyLocation::Mistyped),
        1 => Just(KeyLocation::Shortened),
    ]
}

fn look(kinds: &'static KindSet) -> impl Strategy<Value = Look<Index>> {
    let index = any::<Index>;
    let size = || 1..4_u16;
    let kind = prop::sample::select(kinds.words().collect::<Vec<_>>());
    let status = prop_oneof![
        Just(CredentialStatus::Active),
        Just(CredentialStatus::Deprecated),
        Just(CredentialStatus::Suspended),
        Just(CredentialStatus::Ended),
    ];
    let (kind, status) = (prop::option::of(kind), prop::option::of(status));
    prop_oneof![
        1 => place().prop_map(Look::Workspace),
        1 => size().prop_map(Look::Workspaces),
        1 => index().prop_map(Look::Credential),
        3 => (prop::option::of(place()), kind, status, size()).prop_map(
            |(workspace, kind, status, size)| Look::Credentials { workspace, kind, status, size }
        ),
        1 => place().prop_map(Look::Allowlist),
        1 => place().prop_map(Look::Integrations),
        2 => (prop::option::of(place()), prop::option::of(index()), size()).prop_map(
            |(workspace, credential, size)| Look::History { workspace, credential, size }
        ),
        2 => index().prop_map(Look::DeletionImpact),
        1 => Just(Look::UnlistedWorkspaces),
    ]
}

fn place() -> impl Strategy<Value = usize> {
    prop_oneof![6 => Just(0_usize), 2 => Just(1), 1 => Just(2)]
}

/// In another account a stranger could succeed. Here they act in this account.
fn manage(actor: Actor, operation: Operation<Index>) -> Step {
    let own = matches!(
        operation,
        Operation::CreateWorkspace(_)
            | Operation::CloseUnlisted
            | Operation::OpenUnlisted
            | Operation::SetPolicy(_)
            | Operation::DeactivateOwner
            | Operation::ReactivateOwner
            | Operation::HandOverOwned
            | Operation::DeleteOwned
    );
    let actor = if own && actor == Actor::Stranger { Actor::Guest } else { actor };
    Step::Manage(actor, operation)
}

fn actor() -> impl Strategy<Value = Actor> {
    prop_oneof![
        8 => Just(Actor::Admin),
        4 => Just(Actor::Member),
        1 => Just(Actor::Guest),
        1 => Just(Actor::Stranger),
        4 => Just(Actor::Operator),
    ]
}

fn operation(kinds: &'static KindSet) -> impl Strategy<Value = Operation<Index>> {
    prop_oneof![
        4 => of_credentials(),
        3 => of_workspaces(kinds),
    ]
}

fn of_credentials() -> impl Strategy<Value = Operation<Index>> {
    let credential = any::<Index>;
    prop_oneof![
        2 => credential().prop_map(Operation::Reveal),
        2 => (credential(), 0..NAMES.len()).prop_map(|(c, name)| Operation::Rename(c, name)),
        3 => (credential(), prop::option::of(ends())).prop_map(|(c, at)| Operation::Deprecate(c, at)),
        2 => credential().prop_map(Operation::Undeprecate),
        2 => credential().prop_map(Operation::Suspend),
        2 => credential().prop_map(Operation::Resume),
        2 => (credential(), ends()).prop_map(|(c, at)| Operation::SetExpiry(c, at)),
        2 => credential().prop_map(Operation::ClearExpiry),
        4 => (credential(), prop_oneof![Just(0), Just(10), Just(100)], prop::bool::weighted(0.75))
            .prop_map(|(c, overlap, ends)| Operation::Rotate(c, overlap, ends)),
        2 => credential().prop_map(Operation::EndOverlap),
        1 => credential().prop_map(Operation::RemoveScopes),
        1 => credential().prop_map(Operation::RestoreScopes),
        2 => (credential(), 0..4_usize).prop_map(|(c, which)| Operation::LimitNetworks(c, which)),
        1 => credential().prop_map(Operation::LiftNetworks),
        1 => (credential(), 0..LABELS.len()).prop_map(|(c, which)| Operation::SetLabels(c, which)),
        2 => (credential(), hand_to()).prop_map(|(c, to)| Operation::SetOwner(c, to)),
        4 => (credential(), typed()).prop_map(|(c, typed)| Operation::Delete(c, typed)),
    ]
}

fn of_workspaces(kinds: &'static KindSet) -> impl Strategy<Value = Operation<Index>> {
    let networks = || prop::collection::vec(0..4_usize, 0..3);
    let expires = prop::option::weighted(0.3, prop_oneof![Just(-1), Just(5), Just(50)]);
    let (kept, _) = kinds.minimum();
    let words: Vec<_> = kinds.words().collect();
    let kind = prop_oneof![1 => Just(kept), 2 => prop::sample::select(words)];
    let choice = prop::option::weighted(0.7, any::<Index>());
    prop_oneof![
        2 => (0..3_usize).prop_map(Operation::CreateWorkspace),
        1 => (place(), typed()).prop_map(|(place, typed)| Operation::RemoveWorkspace(place, typed)),
        12 => (place(), kind, 0..NAMES.len(), expires).prop_map(|(workspace, kind, name, expires)| {
            Operation::Issue { workspace, kind, name, expires }
        }),
        6 => (place(), 0..3_usize, choice).prop_map(|(workspace, integration, choice)| {
            Operation::Connect { workspace, integration, choice }
        }),
        2 => (place(), 0..3_usize).prop_map(|(place, which)| Operation::Disconnect(place, which)),
        3 => (place(), networks()).prop_map(|(place, some)| Operation::Allow(place, some)),
        2 => (place(), networks()).prop_map(|(place, some)| Operation::Disallow(place, some)),
        1 => place().prop_map(Operation::Lift),
        1 => prop_oneof![Just(Operation::CloseUnlisted), Just(Operation::OpenUnlisted)],
        1 => Just(Operation::SuspendAccount),
        2 => Just(Operation::ResumeAccount),
        4 => prop_oneof![1 => Just(0), 1 => 1..POLICIES.len()].prop_map(Operation::SetPolicy),
        3 => prop_oneof![Just(Operation::DeactivateOwner), Just(Operation::ReactivateOwner)],
        1 => prop_oneof![Just(Operation::HandOverOwned), Just(Operation::DeleteOwned)],
    ]
}

fn ends() -> impl Strategy<Value = Ends> {
    prop_oneof![
        Just(Ends::Now),
        Just(Ends::In(-1)),
        Just(Ends::In(5)),
        Just(Ends::In(10)),
        Just(Ends::In(1_000)),
    ]
}

fn hand_to() -> impl Strategy<Value = HandTo> {
    prop_oneof![Just(HandTo::Account), Just(HandTo::Member)]
}

fn typed() -> impl Strategy<Value = Typed> {
    prop_oneof![4 => Just(Typed::Right), 1 => Just(Typed::Wrong)]
}
