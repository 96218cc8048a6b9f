//! What happens in a history.

use keyward::Kind;
use proptest::prelude::{Just, Strategy, any, prop, prop_oneof};
use proptest::sample::Index;

/// One step.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    Wait(u64),
    Manage(Actor, Operation<Index>),
    Attempt { credential: Index, secret: Index, address: Option<usize> },
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

/// What is typed where a name is asked for.
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
    Issue { workspace: usize, kind: Kind, name: usize, expires: Option<i64> },
    Reveal(C),
    Rename(C, usize),
    Deprecate(C, Option<Ends>),
    Undeprecate(C),
    Suspend(C),
    Resume(C),
    SetExpiry(C, Ends),
    ClearExpiry(C),
    Rotate(C, u64),
    EndOverlap(C),
    Delete(C, Typed),
    Connect { workspace: usize, integration: usize, choice: Option<C> },
    Disconnect(usize, usize),
    Allow(usize, Vec<usize>),
    Disallow(usize, Vec<usize>),
    Lift(usize),
    CloseUnlisted,
    OpenUnlisted,
    SuspendAccount,
    ResumeAccount,
}

pub(crate) fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        2 => prop_oneof![Just(1), Just(10), Just(60)].prop_map(Step::Wait),
        20 => (actor(), operation()).prop_map(|(actor, operation)| manage(actor, operation)),
        8 => (any::<Index>(), any::<Index>(), prop::option::weighted(0.9, 0..3_usize))
            .prop_map(|(credential, secret, address)| Step::Attempt { credential, secret, address }),
    ]
}

/// In his own account a stranger may do what he likes; here he tries his luck in this one.
fn manage(actor: Actor, operation: Operation<Index>) -> Step {
    let own = matches!(
        operation,
        Operation::CreateWorkspace(_) | Operation::CloseUnlisted | Operation::OpenUnlisted
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

fn operation() -> impl Strategy<Value = Operation<Index>> {
    prop_oneof![
        4 => of_credentials(),
        3 => of_workspaces(),
    ]
}

fn of_credentials() -> impl Strategy<Value = Operation<Index>> {
    let credential = any::<Index>;
    prop_oneof![
        2 => credential().prop_map(Operation::Reveal),
        2 => (credential(), 0..4_usize).prop_map(|(c, name)| Operation::Rename(c, name)),
        3 => (credential(), prop::option::of(ends())).prop_map(|(c, at)| Operation::Deprecate(c, at)),
        2 => credential().prop_map(Operation::Undeprecate),
        2 => credential().prop_map(Operation::Suspend),
        2 => credential().prop_map(Operation::Resume),
        2 => (credential(), ends()).prop_map(|(c, at)| Operation::SetExpiry(c, at)),
        2 => credential().prop_map(Operation::ClearExpiry),
        4 => (credential(), prop_oneof![Just(0), Just(10), Just(100)])
            .prop_map(|(c, overlap)| Operation::Rotate(c, overlap)),
        2 => credential().prop_map(Operation::EndOverlap),
        4 => (credential(), typed()).prop_map(|(c, typed)| Operation::Delete(c, typed)),
    ]
}

fn of_workspaces() -> impl Strategy<Value = Operation<Index>> {
    let place = || prop_oneof![6 => Just(0_usize), 2 => Just(1), 1 => Just(2)];
    let networks = || prop::collection::vec(0..4_usize, 0..3);
    let expires = prop::option::weighted(0.3, prop_oneof![Just(-1), Just(5), Just(50)]);
    let kind = prop_oneof![2 => Just(Kind::Track), 1 => Just(Kind::App)];
    let choice = prop::option::weighted(0.7, any::<Index>());
    prop_oneof![
        2 => (0..3_usize).prop_map(Operation::CreateWorkspace),
        1 => (place(), typed()).prop_map(|(place, typed)| Operation::RemoveWorkspace(place, typed)),
        12 => (place(), kind, 0..4_usize, expires).prop_map(|(workspace, kind, name, expires)| {
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

fn typed() -> impl Strategy<Value = Typed> {
    prop_oneof![4 => Just(Typed::Right), 1 => Just(Typed::Wrong)]
}
