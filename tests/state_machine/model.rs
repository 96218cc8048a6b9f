//! The rules of DESIGN.md in the simplest possible form: seconds and lists.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use keyward::{
    CredentialId, DenialReason, Network, Refusal, WorkspaceId,
    kind::KindWord,
    manage::{Credential as Listed, CredentialStatus, Integration, RecordType, Role, SecretStatus},
    time::Timestamp,
};
use proptest::sample::Index;

use crate::perform::{Busy, Case, NotPassed};
use crate::steps::{Actor, Ends, HandTo, KeyLocation, Look, Operation, Typed};
use crate::support::kinds::KindSet;
use crate::support::{START, account};

/// Two of them are one name, and the last looks like it: its first letter is Greek.
pub(crate) const NAMES: [&str; 5] = ["primary", "Alpha", "ALPHA", "beta", "\u{391}lpha"];
/// Some policies; the first has no rules.
pub(crate) const POLICIES: [Rules; 4] = [
    Rules { lifetime: None, required: false, default: None, overlap: None, age: None },
    Rules { lifetime: Some(60), required: false, default: Some(20), overlap: None, age: None },
    Rules { lifetime: None, required: true, default: None, overlap: Some(50), age: None },
    Rules { lifetime: None, required: false, default: None, overlap: None, age: Some(40) },
];

/// Some sets of labels.
pub(crate) const LABELS: [&[(&str, &str)]; 3] =
    [&[], &[("env", "test")], &[("env", "live"), ("tier", "gold")]];

/// A policy: times in seconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rules {
    pub(crate) lifetime: Option<u32>,
    pub(crate) required: bool,
    pub(crate) default: Option<u32>,
    pub(crate) overlap: Option<u32>,
    pub(crate) age: Option<u32>,
}

pub(crate) const CREDENTIALS: u32 = 6;
pub(crate) const INTEGRATIONS: u32 = 2;
pub(crate) const ALLOWLIST_ENTRIES: u32 = 2;

const NETWORKS: [([u8; 4], u8); 4] =
    [([10, 0, 0, 0], 8), ([10, 1, 0, 0], 16), ([192, 168, 0, 0], 16), ([10, 1, 2, 0], 24)];
const ADDRESSES: [[u8; 4]; 3] = [[10, 1, 2, 3], [192, 168, 1, 1], [8, 8, 8, 8]];

/// Situations that the histories must reach, because they would prove little otherwise.
pub(crate) const WORTH_MEETING: &[&str] = &[
    "AccountClosed",
    "AccountSuspended",
    "AddressNotAllowed",
    "AddressUnknown",
    "Checksum",
    "ChoiceRequired",
    "DuplicateNetwork",
    "ExpiryInPast",
    "ExpiryRequired",
    "Forbidden",
    "InUse",
    "InactiveOwner",
    "InsufficientScope",
    "LastEntry",
    "LastPermanent",
    "LifetimeTooLong",
    "LooksAlike",
    "Malformed",
    "handed over",
    "deleted with its owner",
    "reactivated with nothing left",
    "NameTaken",
    "NoNetworks",
    "NotConnected",
    "NotFound(Credential)",
    "NotFound(Workspace)",
    "NotListed",
    "OtherKind",
    "OtherWorkspace",
    "Ended",
    "OverlapBeyondPolicy",
    "OverlapEnded",
    "OverlapRuns",
    "OwnerInactive",
    "SecretTooOld",
    "ShownOnce",
    "Suspended",
    "SunsetInPast",
    "TooMany",
    "Unknown",
    "WorkspaceIdTaken",
    "WrongKind",
    "WrongSecret",
    "WrongSiteId",
    "WrongTypedName",
    "passed",
    "passed with its previous secret",
    "passed deprecated",
    "passed from a listed network",
    "passed from its own network",
    "stamped anew by a use",
    "renewed by a walk",
    "waiting for its use",
    "traced",
    "traced after its overlap",
    "an unusable site",
    "stamped anew after a loss",
    "without their key after a loss",
    "kept waiting after a wrong secret",
    "NotRevealable",
    "pruned",
];

pub(crate) fn workspace_id(place: usize) -> WorkspaceId {
    WorkspaceId::new(format!("acme/{place}")).unwrap()
}

pub(crate) fn integration(place: usize) -> Integration {
    ["segment", "api", "custom:Export"][place].parse().unwrap()
}

pub(crate) fn network(place: usize) -> Network {
    let (address, length) = NETWORKS[place];
    Network::new(Ipv4Addr::from(address).into(), length).unwrap()
}

pub(crate) fn address(place: usize) -> IpAddr {
    Ipv4Addr::from(ADDRESSES[place]).into()
}

/// Returns `true` if a network contains an address, compared bit by bit.
fn contains(network: usize, address: usize) -> bool {
    let (base, length) = NETWORKS[network];
    let bit = |bytes: [u8; 4], place: u8| bytes[usize::from(place / 8)] >> (7 - place % 8) & 1;
    (0..length).all(|place| bit(base, place) == bit(ADDRESSES[address], place))
}

/// Why an operation was not done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Refused {
    Forbidden,
    AccountSuspended,
    AccountClosed,
    NotFound(RecordType),
    ByRule(Refusal),
}

/// An id and a secret that an operation made.
#[derive(Debug)]
pub(crate) struct Made {
    id: CredentialId,
    secret: String,
}

impl Made {
    pub(crate) fn new(id: CredentialId, secret: &str) -> Self {
        Self { id, secret: secret.to_owned() }
    }
}

#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
#[derive(Debug)]
pub(crate) struct Model {
    pub(crate) kinds: &'static KindSet,
    now: i64,
    suspended: bool,
    closed: bool,
    unlisted_closed: bool,
    policy: usize,
    /// Whether the member who owns some of the keys has left.
    owner_left: bool,
    pub(crate) workspaces: [Workspace; 3],
    /// The number of lost master keys, the oldest first.
    lost: usize,
    /// Every one that was ever issued.
    pub(crate) credentials: Vec<Credential>,
    pub(crate) events: u64,
    /// Those that were not pruned, the oldest first.
    told: Vec<Told>,
    /// The situations that this history reached.
    pub(crate) met: BTreeSet<String>,
}

#[derive(Debug, Default)]
pub(crate) enum Workspace {
    #[default]
    Never,
    Open {
        /// Which credential each uses, in the order in which they were first connected.
        integrations: Vec<(usize, usize)>,
        allowlist: Vec<usize>,
    },
    Removed,
}

impl Workspace {
    pub(crate) const fn is_open(&self) -> bool {
        matches!(self, Self::Open { .. })
    }

    fn integrations(&self) -> &[(usize, usize)] {
        match self {
            Self::Open { integrations, .. } => integrations,
            _ => &[],
        }
    }

    fn allowlist(&self) -> &[usize] {
        match self {
            Self::Open { allowlist, .. } => allowlist,
            _ => &[],
        }
    }
}

#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
#[derive(Debug)]
pub(crate) struct Credential {
    pub(crate) workspace: usize,
    pub(crate) id: CredentialId,
    pub(crate) kind: KindWord,
    pub(crate) name: &'static str,
    deprecated: Option<Deprecated>,
    suspended: bool,
    /// Whether it belongs to the member.
    owned: bool,
    /// Whether its scopes were removed. Otherwise it has all of them.
    has_no_scopes: bool,
    /// The only network from which it can be used.
    network: Option<usize>,
    /// Its place in the sets of labels.
    labels: usize,
    expires: Option<i64>,
    created: i64,
    /// Every one that it ever had; the last is the current one.
    pub(crate) secrets: Vec<Secret>,
    /// Until when the one before the last works, or worked.
    overlap: Option<i64>,
    last_used: BTreeMap<usize, i64>,
    /// `true` if Argon2id has checked a wrong secret.
    guessed: bool,
    gone: bool,
}

#[derive(Debug)]
pub(crate) struct Secret {
    pub(crate) text: String,
    created: i64,
    /// Under which master key its digest is, and under which its seal, if it has one.
    stamped: usize,
    sealed: usize,
}

/// The expected event.
#[derive(Debug)]
pub(crate) struct Told {
    number: u64,
    at: i64,
    role: Role,
    action: &'static str,
    pub(crate) workspace: Option<usize>,
    pub(crate) credential: Option<usize>,
}

#[derive(Debug, Clone, Copy)]
struct Deprecated {
    sunset: Option<i64>,
}

impl Credential {
    fn ends(&self) -> Option<i64> {
        let sunset = self.deprecated.and_then(|deprecated| deprecated.sunset);
        self.expires.into_iter().chain(sunset).min()
    }

    fn is_ended(&self, now: i64) -> bool {
        self.ends().is_some_and(|end| end <= now)
    }

    const fn is_permanent(&self) -> bool {
        self.deprecated.is_none() && !self.suspended && self.expires.is_none()
    }

    /// Whether it counts towards a minimum of its kind.
    const fn counts(&self) -> bool {
        self.is_permanent() && !self.owned
    }

    fn status(&self, now: i64) -> CredentialStatus {
        match (self.is_ended(now), self.suspended, self.deprecated) {
            (true, _, _) => CredentialStatus::Ended,
            (false, true, _) => CredentialStatus::Suspended,
            (false, false, Some(_)) => CredentialStatus::Deprecated,
            (false, false, None) => CredentialStatus::Active,
        }
    }

    fn current(&self) -> usize {
        self.secrets.len() - 1
    }

    /// Returns the stored secrets, the newest first. The previous one stays after its end, until the next rotation.
    fn kept(&self) -> impl Iterator<Item = usize> {
        let previous = self.overlap.map(|_| self.current() - 1);
        std::iter::once(self.current()).chain(previous)
    }
}

impl Model {
    pub(crate) fn new(kinds: &'static KindSet) -> Self {
        Self {
            kinds,
            now: 0,
            suspended: false,
            closed: false,
            unlisted_closed: false,
            policy: 0,
            owner_left: false,
            workspaces: Default::default(),
            lost: 0,
            credentials: Vec::new(),
            events: 0,
            told: Vec::new(),
            met: BTreeSet::new(),
        }
    }

    pub(crate) fn wait(&mut self, seconds: u64) {
        self.now += i64::try_from(seconds).unwrap();
    }

    pub(crate) fn in_seconds(&self, seconds: i64) -> Timestamp {
        time(self.now + seconds)
    }

    /// Until when the current secret would work after a rotation.
    pub(crate) fn overlap_end(&self, credential: usize, overlap: u64) -> Option<Timestamp> {
        self.overlap_seconds(credential, overlap).map(time)
    }

    fn overlap_seconds(&self, credential: usize, overlap: u64) -> Option<i64> {
        let until = self.now + i64::try_from(overlap).unwrap();
        let end = self.credentials[credential].ends().unwrap_or(i64::MAX);
        (overlap > 0).then_some(until.min(end))
    }

    pub(crate) fn any_credential(&self, which: Index) -> Option<usize> {
        (!self.credentials.is_empty()).then(|| which.index(self.credentials.len()))
    }

    pub(crate) fn any_secret(&self, credential: Index, secret: Index) -> Option<(usize, usize)> {
        let known = self.any_credential(credential)?;
        Some((known, secret.index(self.credentials[known].secrets.len())))
    }

    pub(crate) fn status(&self, known: &Credential) -> CredentialStatus {
        known.status(self.now)
    }

    /// Whether a credential is issued to the member: with any name but the first, and of a kind without a minimum.
    pub(crate) fn is_owned(&self, kind: KindWord, name: usize) -> bool {
        name > 0 && kind != self.kinds.minimum().0
    }

    /// Whether the owner of a credential has left.
    pub(crate) const fn is_stopped(&self, known: &Credential) -> bool {
        known.owned && self.owner_left
    }

    /// When a new credential expires.
    fn expiry(&self, kind: KindWord, named: Option<i64>) -> Option<i64> {
        let default = POLICIES[self.policy].default.filter(|_| kind != self.kinds.minimum().0);
        named.or(default.map(i64::from)).map(|seconds| self.now + seconds)
    }

    /// The credentials of a workspace.
    pub(crate) fn present(&self, workspace: usize) -> impl Iterator<Item = &Credential> {
        self.credentials.iter().filter(move |known| known.workspace == workspace && !known.gone)
    }

    /// Its permanent credentials of a kind, by name.
    pub(crate) fn permanent(&self, workspace: usize, kind: KindWord) -> Vec<&Credential> {
        let fits = |known: &&Credential| known.kind == kind && known.is_permanent();
        let mut permanent: Vec<_> = self.present(workspace).filter(fits).collect();
        permanent.sort_by_key(|known| known.name.to_lowercase());
        permanent
    }

    /// Returns the number of credentials that count towards the minimum.
    pub(crate) fn kept(&self, workspace: usize) -> usize {
        let kind = self.kinds.minimum().0;
        self.present(workspace).filter(|known| known.kind == kind && known.counts()).count()
    }

    /// What the member owns, in the order of the names.
    fn owned(&self) -> Vec<usize> {
        let owned = |it: &usize| self.credentials[*it].owned && !self.credentials[*it].gone;
        let mut owned: Vec<_> = (0..self.credentials.len()).filter(owned).collect();
        owned.sort_by_key(|it| {
            (self.credentials[*it].name.to_lowercase(), self.credentials[*it].id)
        });
        owned
    }

    /// What becomes of all that the member owns: how many credentials change, and which are refused.
    pub(crate) fn owned_batch(&self, are_deleted: bool) -> (usize, Vec<(CredentialId, Refusal)>) {
        let owned = self.owned();
        let refused = |it: &usize| self.in_use(*it).filter(|_| are_deleted);
        let refused: Vec<_> =
            owned.iter().filter_map(|it| Some((self.credentials[*it].id, refused(it)?))).collect();
        (owned.len() - refused.len(), refused)
    }
}

fn time(seconds: i64) -> Timestamp {
    let start: Timestamp = START.parse().unwrap();
    let away = Duration::from_secs(seconds.unsigned_abs());
    if seconds < 0 { start.saturating_sub(away) } else { start.saturating_add(away) }
}

mod apply;
mod attempts;
mod history;
mod master_keys;
mod refusals;
mod shown;
