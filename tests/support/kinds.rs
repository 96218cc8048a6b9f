//! The kinds of a world: the default ones, or four of a host's own.

use std::fmt;
use std::net::IpAddr;
use std::pin::Pin;

use keyward::{
    AccountId, App, Attempt, Builder, CredentialId, EndingNotice, GenerationNumber, Keyward, Kind,
    ManageError, Manager, Name, NewCredential, NotVerified, Track, Verified, WorkspaceId,
    kind::{IntegrationSpec, KeyShape, KindSpec, KindWord},
    manage::Issued,
};

use super::revocation::Scope;

/// Types for kinds of a host's own.
macro_rules! kinds {
    ($($name:ident: $spec:expr;)+) => {$(
        #[derive(Debug)]
        pub(crate) enum $name {}

        impl keyward::Kind for $name {
            const SPEC: keyward::kind::KindSpec = $spec;
        }
    )+};
}
#[allow(unused_imports, reason = "each test file uses its own part")]
pub(crate) use kinds;

kinds! {
    Live: KindSpec::token("live", "live key", "live keys").header("X-API-Key");
    Test: KindSpec::token("test", "test key", "test keys").shown_again();
    Hook: KindSpec::pair("hook", "hook", "hooks").keep_one("primary");
    Ci: KindSpec::pair("ci", "CI pair", "CI pairs").bearer("Pipelines").shown_again();
}

/// The kinds that a host registers, and the integrations that it declares.
pub struct KindSet {
    name: &'static str,
    kinds: &'static [KindOf],
    /// The kind that all integrations use.
    integrations: KindWord,
    declare: fn(Builder) -> Builder,
}

/// The default: Track sets and App keys.
pub static DEFAULT: KindSet = KindSet {
    name: "the default kinds",
    kinds: &[KindOf::of::<Track>(), KindOf::of::<App>()],
    integrations: Track::WORD,
    declare: |builder| builder,
};

/// Four that are no presets: tokens and pairs, shown once and again, one of them with a minimum and another one for
/// integrations.
pub static FOUR: KindSet = KindSet {
    name: "four kinds of a host's own",
    kinds: &[KindOf::of::<Hook>(), KindOf::of::<Live>(), KindOf::of::<Ci>(), KindOf::of::<Test>()],
    integrations: Ci::WORD,
    declare: |builder| {
        let builder = builder.kind::<Live>().kind::<Test>().kind::<Hook>().kind::<Ci>();
        builder
            .integrations([
                IntegrationSpec::new::<Ci>("segment", "Segment"),
                IntegrationSpec::new::<Ci>("api", "API"),
            ])
            .custom_integrations::<Ci>()
    },
};

/// A kind as a value.
struct KindOf {
    spec: KindSpec,
    verify: for<'a> fn(&'a Keyward, Case<'a>) -> Verification<'a>,
}

/// A presented key.
struct Case<'a> {
    id: &'a str,
    text: &'a str,
    address: Option<IpAddr>,
}

/// A verification for some kind.
pub type Verification<'a> = Pin<Box<dyn Future<Output = Result<Proof, NotVerified>> + 'a>>;

/// The contents of a proof of any kind.
#[derive(Debug)]
pub struct Proof {
    pub kind: KindWord,
    pub credential: CredentialId,
    pub workspace: WorkspaceId,
    pub account: AccountId,
    pub name: Name,
    pub generation: GenerationNumber,
    pub notice: Option<EndingNotice>,
}

impl KindOf {
    const fn of<K: Kind>() -> Self {
        Self { spec: K::SPEC, verify: |keyward, case| Box::pin(verify::<K>(keyward, case)) }
    }
}

async fn verify<K: Kind>(keyward: &Keyward, case: Case<'_>) -> Result<Proof, NotVerified> {
    let attempt = match K::SPEC.shape() {
        KeyShape::Pair => Attempt::<K>::pair(case.id, case.text),
        KeyShape::Token => Attempt::token(case.text),
    };
    let attempt = attempt.client_address(case.address).requiring(Scope::Live);
    let proof: Verified<K> = keyward.verify(&attempt).await?;
    Ok(Proof {
        kind: proof.kind(),
        credential: proof.credential(),
        workspace: proof.workspace().clone(),
        account: proof.account().clone(),
        name: proof.name().clone(),
        generation: proof.generation(),
        notice: proof.notice(),
    })
}

impl KindSet {
    /// Registers the kinds, and declares the integrations.
    pub fn declare(&self, builder: Builder) -> Builder {
        (self.declare)(builder)
    }

    /// The words, with the kind that has the minimum first.
    pub fn words(&self) -> impl Iterator<Item = KindWord> + Clone {
        self.kinds.iter().map(|kind| kind.spec.word())
    }

    /// The kind that has the minimum, with the name of the first.
    pub fn minimum(&self) -> (KindWord, &'static str) {
        let first = |kind: &KindOf| Some((kind.spec.word(), kind.spec.first()?));
        self.kinds.iter().find_map(first).unwrap()
    }

    /// Returns what one credential of a kind is called.
    pub fn noun(&self, kind: KindWord) -> &'static str {
        self.get(kind).spec.singular()
    }

    /// Returns the kind that integrations use, and what one of its credentials is called.
    pub fn of_integrations(&self) -> (KindWord, &'static str) {
        (self.integrations, self.noun(self.integrations))
    }

    /// Returns `true` if a kind has a public id in addition to the secret.
    pub fn is_pair(&self, kind: KindWord) -> bool {
        self.get(kind).spec.shape() == KeyShape::Pair
    }

    /// Returns `true` if secrets of a kind can be revealed again.
    pub fn is_shown_again(&self, kind: KindWord) -> bool {
        self.get(kind).spec.is_shown_again()
    }

    /// Another kind than this one.
    pub fn other_than(&self, kind: KindWord) -> KindWord {
        let place = self.words().position(|word| word == kind).unwrap();
        self.kinds[(place + 1) % self.kinds.len()].spec.word()
    }

    /// Verifies a key as one of this kind.
    pub fn verify<'a>(
        &self,
        keyward: &'a Keyward,
        kind: KindWord,
        (id, text): (&'a str, &'a str),
        address: Option<IpAddr>,
    ) -> Verification<'a> {
        (self.get(kind).verify)(keyward, Case { id, text, address })
    }

    fn get(&self, kind: KindWord) -> &KindOf {
        self.kinds.iter().find(|known| known.spec.word() == kind).unwrap()
    }
}

impl fmt::Debug for KindSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// Issues a credential, by the call that is named after its kind where there is one.
pub async fn issue(
    manager: &Manager<'_>,
    kind: KindWord,
    new: NewCredential,
) -> Result<(CredentialId, String), ManageError> {
    if kind == KindWord::App {
        let issued = manager.issue_app_key(new).await?;
        return Ok((issued.credential.id, issued.secret.expose().to_owned()));
    }
    if kind == KindWord::Track {
        let issued = manager.issue_track_set(new).await?;
        return Ok((issued.credential.id, issued.secret.expose().to_owned()));
    }
    let Issued { credential, secret, .. } = manager.issue_of(kind, new).await?;
    Ok((credential.id, secret.expose().to_owned()))
}
