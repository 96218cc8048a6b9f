//! Databases with many credentials, copied from one real credential. Issuing all of them would take hours.

use std::error::Error;
use std::time::Duration;

use keyward::history::Subject;
use keyward::store::{
    AccountRecord, Change, CredentialEdit, CredentialRecord, CredentialStore, EventTags, Grant,
    HeaderChange, ListChange, Use, WorkspaceRecord,
};
use keyward::{
    AccountId, Actor, ActorId, CredentialId, Keyward, MasterKey, MasterKeys, Name, NewCredential,
    NewWorkspace, OperationId, SlowHashParams, WorkspaceId, history::Action, time::Timestamp,
};

use crate::sampling::Effort;

/// The number of credentials, and the amount of work in one run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sizes {
    pub(crate) few: u32,
    pub(crate) many: u32,
    pub(crate) runs: usize,
    pub(crate) reads: u32,
    pub(crate) commits: u32,
    pub(crate) uses: u32,
}

impl Sizes {
    pub(crate) fn of(effort: Effort) -> Self {
        let (few, many, runs, reads) = match effort {
            Effort::Full => (1_000, 1_000_000, 41, 2_000),
            Effort::Quick => (100, 2_000, 3, 200),
        };
        Self { few, many, runs, reads, commits: 100, uses: 10_000.min(many / 2) }
    }
}

/// The time limit for the databases, which is long because none of the measurements is about it.
pub(crate) const PATIENCE: Duration = Duration::from_hours(1);

/// One workspace and one App key, made through the manager.
#[derive(Clone)]
pub(crate) struct Seed {
    pub(crate) account: AccountRecord,
    pub(crate) workspace: WorkspaceRecord,
    pub(crate) credential: CredentialRecord,
    issued: u32,
}

impl Seed {
    /// Two workspaces of one account.
    pub(crate) async fn sow(
        store: impl CredentialStore + Clone,
        workspaces: [&str; 2],
    ) -> Result<[Self; 2], Box<dyn Error>> {
        let keyward = node(store.clone())?;
        let [one, other] = workspaces;
        let one = Self::of(&keyward, &store, one).await?;
        Ok([one, Self::of(&keyward, &store, other).await?])
    }

    /// Creates this many workspaces in a new account. Each can issue credentials with different ids.
    #[cfg(feature = "postgres")]
    pub(crate) async fn sow_many(
        store: impl CredentialStore + Clone,
        account: &str,
        count: u32,
    ) -> Result<Vec<Self>, Box<dyn Error>> {
        let keyward = node(store.clone())?;
        let mut seeds = Vec::new();
        for number in 1..=count {
            let seed = Self::of(&keyward, &store, &format!("{account}/{number}")).await?;
            seeds.push(Self { issued: number * 10_000, ..seed });
        }
        Ok(seeds)
    }

    async fn of(
        keyward: &Keyward,
        store: &impl CredentialStore,
        workspace: &str,
    ) -> Result<Self, Box<dyn Error>> {
        // Each account is written under one master key.
        let account = AccountId::new(workspace.split('/').next().unwrap_or_default())?;
        let admin = Actor::admin(account.clone(), ActorId::new("ada@acme.test")?);
        let manager = keyward.manager(&admin);
        let id = WorkspaceId::new(workspace)?;
        manager.create_workspace(NewWorkspace::new(id.clone(), Name::new("Shop")?)).await?;
        let new = NewCredential::new(id.clone(), Name::new("Seed")?);
        let credential = manager.issue_app_key(new).await?.credential.id;
        Ok(Self {
            account: store.account(&account).await?.ok_or("no account")?,
            workspace: store.workspace(&id).await?.ok_or("no workspace")?,
            credential: store.credential(credential).await?.ok_or("no credential")?,
            issued: 0,
        })
    }

    /// Returns the change that issues another App key like the first.
    pub(crate) fn issue(&mut self) -> Result<Change, Box<dyn Error>> {
        self.issued += 1;
        let name = Name::new(format!("Issued {}", self.issued))?;
        let id = CredentialId::new(format!("issued{:06}", self.issued))?;
        let credential = CredentialRecord { id, name: name.clone(), ..self.credential.clone() };
        let read_at = self.workspace.revision;
        self.workspace.revision = read_at.next();
        self.workspace.credentials += 1;
        let (kind, expires) = (credential.kind, credential.expires);
        Ok(Change {
            header: HeaderChange::Workspace {
                read_at,
                record: self.workspace.clone(),
                integrations: ListChange::Same,
                allowlist: ListChange::Same,
            },
            created_account: None,
            unchanged: vec![(self.account.id.clone(), self.account.revision)],
            read_credentials: Vec::new(),
            credentials: vec![CredentialEdit::Insert(credential)],
            at: self.credential.created,
            subject: Subject::Credential(self.workspace.id.clone(), id),
            by: Actor::admin(self.account.id.clone(), ActorId::new("ada@acme.test")?).by().clone(),
            action: Action::Issued { kind, name, expires, grant: Grant::default() },
            operation: OperationId::from_bytes(u128::from(self.issued).to_be_bytes()),
            tags: EventTags::NONE,
        })
    }
}

fn node(store: impl CredentialStore) -> Result<Keyward, Box<dyn Error>> {
    Ok(Keyward::builder(store, MasterKeys::new(MasterKey::generate()?))
        .slow_hash(SlowHashParams::dangerous_cheap())
        .build()?)
}

/// The ids of the copies, `000000000001` and so on, in an order that no cache can predict.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ids {
    state: u64,
    of: u32,
}

impl Ids {
    pub(crate) const fn of(count: u32) -> Self {
        Self { state: 0, of: count }
    }

    /// Knuth's generator.
    pub(crate) fn draw(&mut self) -> Result<CredentialId, Box<dyn Error>> {
        let next = self.state.wrapping_mul(6_364_136_223_846_793_005);
        self.state = next.wrapping_add(1_442_695_040_888_963_407);
        let number = 1 + (self.state >> 33) % u64::from(self.of);
        Ok(CredentialId::new(format!("{number:012}"))?)
    }

    /// Returns this many uses of distinct credentials, sorted, at this time.
    pub(crate) fn uses(
        &mut self,
        seed: &Seed,
        count: u32,
        at: Timestamp,
    ) -> Result<Vec<Use>, Box<dyn Error>> {
        let mut drawn = std::collections::BTreeSet::new();
        while drawn.len() < count as usize {
            drawn.insert(self.draw()?);
        }
        let generation = seed.credential.current.number;
        Ok(drawn
            .into_iter()
            .map(|credential| Use { credential, generation, at, older_than: at })
            .collect())
    }
}
