//! What must compile, so that the samples beside it fail for their own reasons.

use keyward::store::{
    AccountRecord, Change, Changes, CredentialCursor, CredentialQuery, CredentialRecord,
    CredentialStore, EventQuery, Page, Position, Refresh, Refreshed, StoreError, Use,
    WorkspaceCursor, WorkspaceQuery, WorkspaceRecord,
};
use keyward::{
    AccountId, ApiKey, App, AppToken, Attempt, CredentialId, Event, GenerationNumber, Keyward,
    Kind, MasterKey, NotVerified, OfKind, Timestamp, Track, Verified, WorkspaceId,
};

#[derive(Debug)]
struct Mine;

impl CredentialStore for Mine {
    async fn credential(&self, _: CredentialId) -> Result<Option<CredentialRecord>, StoreError> {
        todo!()
    }

    async fn workspace(&self, _: &WorkspaceId) -> Result<Option<WorkspaceRecord>, StoreError> {
        todo!()
    }

    async fn account(&self, _: &AccountId) -> Result<Option<AccountRecord>, StoreError> {
        todo!()
    }

    async fn credentials(
        &self,
        _: &CredentialQuery,
    ) -> Result<Page<CredentialRecord, CredentialCursor>, StoreError> {
        todo!()
    }

    async fn workspaces(
        &self,
        _: &WorkspaceQuery,
    ) -> Result<Page<WorkspaceRecord, WorkspaceCursor>, StoreError> {
        todo!()
    }

    async fn events(&self, _: &EventQuery) -> Result<Page<Event, u64>, StoreError> {
        todo!()
    }

    async fn commit(&self, _: &Change) -> Result<Position, StoreError> {
        todo!()
    }

    async fn refresh(
        &self,
        _: CredentialId,
        _: GenerationNumber,
        _: &Refresh,
    ) -> Result<Refreshed, StoreError> {
        todo!()
    }

    async fn record_uses(&self, _: &[Use]) -> Result<(), StoreError> {
        todo!()
    }

    async fn prune_events(&self, _: Timestamp) -> Result<(), StoreError> {
        todo!()
    }

    async fn position(&self) -> Result<Position, StoreError> {
        todo!()
    }

    async fn changes_since(&self, _: &Position, _: usize) -> Result<Changes, StoreError> {
        todo!()
    }
}

fn app_api<K: OfKind>(_: &Verified<K>, _: Kind) {}

async fn verify(keyward: &Keyward, token: &str, site_id: &str) -> Result<(), NotVerified> {
    let proof: Verified<App> = keyward.verify(&Attempt::app(token)).await?;
    app_api(&proof.clone(), App::KIND);
    let proof: Verified<Track> = keyward.verify(&Attempt::track(site_id, token)).await?;
    app_api(&proof, Track::KIND);
    Ok(())
}

fn expose(token: &AppToken, api_key: &ApiKey, master_key: &MasterKey) -> String {
    format!("{token:?} {api_key:?} {master_key:?}")
}

fn main() {
    let _ = (verify, expose, Mine);
}
