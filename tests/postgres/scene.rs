//! Changes of a furnished store, as a manager would make them.

use keyward::history::Subject;
use keyward::manage::{ActorRef, Revision, Role};
use keyward::store::{
    AccountRecord, AllowlistEntry, Change, Connection, CredentialEdit, CredentialRecord,
    CredentialStore, EventTags, GenerationRecord, HeaderChange, KeyedDigest, ListChange,
    NetworkUse, PreviousGeneration, Refresh, Seal, TagChange, Use, WorkspaceRecord,
};
use keyward::{
    ActorId, CredentialId, GenerationNumber, OperationId, WorkspaceId,
    history::Action,
    manage::Integration,
    time::{Day, Timestamp},
};

use crate::calls::Call;
use crate::stores::{self, Shop};

/// The answers of the shop's store before any change.
pub(crate) struct Scene {
    account: AccountRecord,
    workspace: WorkspaceRecord,
    app: CredentialRecord,
    rotated: CredentialRecord,
}

impl Scene {
    pub(crate) async fn of(store: &impl CredentialStore, shop: &Shop) -> Self {
        // One to forget.
        store.record_networks(&[seen(shop.app, "198.51.100.0/24")]).await.unwrap();
        Self {
            account: store.account(&stores::account()).await.unwrap().unwrap(),
            workspace: store.workspace(&stores::workspace()).await.unwrap().unwrap(),
            app: store.credential(shop.app).await.unwrap().unwrap(),
            rotated: store.credential(shop.rotated).await.unwrap().unwrap(),
        }
    }

    /// A change of each kind, by name.
    pub(crate) fn commits(&self) -> impl Iterator<Item = (&'static str, Change)> {
        let Self { workspace, app, .. } = self;
        let new = |name| CredentialRecord { id: id(name), name: stores::name(name), ..app.clone() };
        let edit = |edit| Change { credentials: vec![edit], ..self.writes(workspace) };
        let rotated = CredentialRecord {
            current: GenerationRecord { number: number(2), ..app.current.clone() },
            previous: Some(PreviousGeneration {
                generation: app.current.clone(),
                until: stores::now(),
            }),
            ..app.clone()
        };
        let connection = Connection {
            integration: Integration::Api,
            credential: self.rotated.id,
            connected: stores::now(),
        };
        let entry =
            AllowlistEntry { network: "198.51.100.0/24".parse().unwrap(), added: stores::now() };
        [
            ("insert", edit(CredentialEdit::Insert(new("Inserted")))),
            ("update", edit(CredentialEdit::Update(rotated))),
            ("delete", edit(CredentialEdit::Delete(app.id))),
            ("connect", {
                let integrations = vec![connection];
                self.writes(&WorkspaceRecord { integrations, ..workspace.clone() })
            }),
            ("allow", {
                let allowlist = [workspace.allowlist.clone(), vec![entry]].concat();
                self.writes(&WorkspaceRecord { allowlist, ..workspace.clone() })
            }),
            ("suspend_account", {
                let (read_at, suspended) = (self.account.revision, Some(stores::now()));
                let revision = read_at.next();
                let record = AccountRecord { revision, suspended, ..self.account.clone() };
                self.change(HeaderChange::Account { read_at, record }, Subject::Account)
            }),
            ("create_workspace", {
                let id = WorkspaceId::new("acme/other").unwrap();
                let first = CredentialRecord { workspace: id.clone(), ..new("First") };
                let (integrations, allowlist) = (Vec::new(), Vec::new());
                let (id, revision) = (id, Revision::NONE);
                let bare =
                    WorkspaceRecord { id, revision, integrations, allowlist, ..workspace.clone() };
                Change { credentials: vec![CredentialEdit::Insert(first)], ..self.writes(&bare) }
            }),
            ("remove_workspace", {
                let record = WorkspaceRecord {
                    revision: workspace.revision.next(),
                    removed: Some(stores::now()),
                    credentials: 0,
                    permanent: 0,
                    integrations: Vec::new(),
                    allowlist: Vec::new(),
                    ..workspace.clone()
                };
                let header = HeaderChange::RemovedWorkspace { read_at: workspace.revision, record };
                self.change(header, Subject::Workspace(workspace.id.clone()))
            }),
        ]
        .into_iter()
    }

    /// The change that writes this header at its next revision.
    fn writes(&self, record: &WorkspaceRecord) -> Change {
        let (read_at, subject) = (record.revision, Subject::Workspace(record.id.clone()));
        let header = HeaderChange::Workspace {
            read_at,
            record: WorkspaceRecord { revision: read_at.next(), ..record.clone() },
            integrations: ListChange::Replaced,
            allowlist: ListChange::Replaced,
        };
        self.change(header, subject)
    }

    fn change(&self, header: HeaderChange, subject: Subject) -> Change {
        let is_its_own = matches!(header, HeaderChange::Account { .. });
        let unchanged = (self.account.id.clone(), self.account.revision);
        Change {
            header,
            created_account: None,
            unchanged: if is_its_own { Vec::new() } else { vec![unchanged] },
            read_credentials: Vec::new(),
            credentials: Vec::new(),
            at: stores::now(),
            subject,
            by: ActorRef { role: Role::Admin, id: ActorId::new("ada@acme.test").unwrap() },
            action: Action::Revealed,
            operation: OperationId::from_bytes([7; 16]),
            tags: EventTags::NONE,
        }
    }

    /// The writes without an event.
    pub(crate) fn other_writes(&self) -> [(&'static str, Call); 7] {
        let GenerationRecord { digest: old, seal, .. } = self.rotated_first();
        let new = KeyedDigest::from_bytes(&changed(old.to_bytes())).unwrap();
        let tags = TagChange { old: self.rotated.tag, new: self.app.tag };
        let digest = Refresh::Digest { old: old.clone(), new, tags };
        let old = seal.clone().unwrap();
        let new = Seal::from_bytes(&changed(*old.as_bytes())).unwrap();
        let seal = Refresh::Seal { old, new, tags };
        let last_use = |record: &CredentialRecord| Use {
            credential: record.id,
            generation: record.current.number,
            at: stores::now(),
            older_than: stores::now(),
        };
        let mut uses = vec![last_use(&self.app), last_use(&self.rotated)];
        uses.sort_by_key(|one| one.credential);
        let seen = seen(self.app.id, "203.0.113.0/24");
        [
            ("refresh_digest", Call::Refresh(self.rotated.id, Box::new(digest))),
            ("refresh_seal", Call::Refresh(self.rotated.id, Box::new(seal))),
            ("record_uses", Call::RecordUses(uses)),
            ("record_networks", Call::RecordNetworks(vec![seen])),
            ("networks_of", Call::NetworksOf(self.app.id)),
            ("forget_networks", Call::ForgetNetworks),
            ("prune_events", Call::PruneEvents(Timestamp::MAX)),
        ]
    }

    /// The first secret of the rotated Track set.
    fn rotated_first(&self) -> &GenerationRecord {
        &self.rotated.previous.as_ref().unwrap().generation
    }
}

fn seen(credential: CredentialId, network: &str) -> NetworkUse {
    NetworkUse { credential, network: network.parse().unwrap(), day: Day::of(stores::now()) }
}

/// The same but for its last byte, which no version or id of a key is in.
fn changed<const N: usize>(mut bytes: [u8; N]) -> [u8; N] {
    *bytes.last_mut().unwrap() ^= 1;
    bytes
}

fn id(name: &str) -> CredentialId {
    CredentialId::new(format!("{name:0>12}")).unwrap()
}

fn number(number: u32) -> GenerationNumber {
    GenerationNumber::new(number).unwrap()
}
