//! New secrets for old credentials.

use std::time::Duration;

use crate::domain::{GenerationRecord, rules};
use crate::secrets::{ApiKey, AppToken};
use crate::shell::errors::ManageError;
use crate::shell::views::Credential;
use crate::values::{CredentialId, Kind, RandomnessError};

use super::Manager;
use super::answers::{NewSecret, Rotated};
use super::commit::Commit;

impl Manager<'_> {
    /// Gives a credential a new secret; id, name, integrations, expiry and history stay. The previous secret
    /// works for `overlap` more, or until the credential's own end if that comes first: the answer says
    /// until when. With [`Duration::ZERO`], for a leak, it is gone with the commit. At most two secrets
    /// live: a still older one ends at once.
    ///
    /// Refused with [`Suspended`](crate::Refusal::Suspended) or [`Over`](crate::Refusal::Over).
    ///
    /// ```
    /// # use keyward::*;
    /// use std::time::Duration;
    /// # pollster::block_on(async {
    /// # let keyward = Keyward::builder(MemoryStore::new(), MasterKeys::new(MasterKey::generate()?))
    /// #     .slow_hash(SlowHashParams::dangerous_cheap()).build()?;
    /// # let actor = Actor::admin(AccountId::new("acme")?, ActorId::new("ada")?);
    /// # let workspace = WorkspaceId::new("acme/shop")?;
    /// # let manager = keyward.manager(&actor);
    /// # manager.create_workspace(NewWorkspace::new(workspace.clone(), Name::new("Shop")?)).await?;
    /// # let issued = manager.issue_app_key(NewCredential::new(workspace, Name::new("backend")?)).await?;
    /// let rotated = manager.rotate(issued.credential.id, Duration::from_secs(3_600)).await?;
    /// assert!(rotated.previous_until.is_some());
    ///
    /// // Both work, and the old one says that it is on its way out.
    /// let old = keyward.verify(&Attempt::app(issued.token.expose())).await?;
    /// let new = keyward.verify(&Attempt::app(rotated.secret.expose())).await?;
    /// assert_eq!((old.generation().get(), new.generation().get()), (1, 2));
    /// assert_eq!(old.notice().and_then(|notice| notice.sunset), rotated.previous_until);
    /// assert_eq!(new.notice(), None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub async fn rotate(
        &self,
        id: CredentialId,
        overlap: Duration,
    ) -> Result<Rotated, ManageError> {
        let mut operation = self.operation()?;
        // Before Argon2id runs for nothing.
        let scene = self.credential_scene(id).await?;
        rules::next_generation(&scene.credential, operation.now)?;
        let minted = self.inner.mint(scene.credential.kind, id).await?;
        loop {
            operation.round()?;
            let scene = self.credential_scene(id).await?;
            let (workspace, record) = (&scene.place.workspace, &scene.credential);
            let number = rules::next_generation(record, operation.now)?;
            let fresh = self.inner.generation(&minted, &workspace.id, number, operation.now)?;
            // A source that repeats itself would leave a leaked secret in force.
            let same = |known: &GenerationRecord| {
                known.slow_hash == fresh.slow_hash || known.digest == fresh.digest
            };
            if record.generations().any(same) {
                return Err(RandomnessError::implausible().into());
            }
            let ruling = rules::rotate(workspace, record, fresh, overlap, operation.now)?;
            if self.commit(&operation, &scene.place, Some(id), &ruling).await? == Commit::Done {
                let record = ruling.credential().unwrap_or(scene.credential);
                let brand = &self.inner.brand;
                return Ok(Rotated {
                    previous_until: record.previous.as_ref().map(|previous| previous.until),
                    secret: match record.kind {
                        Kind::App => NewSecret::App(AppToken::new(brand, id, &minted.secret)),
                        Kind::Track => NewSecret::Track(ApiKey::new(brand, id, &minted.secret)),
                    },
                    credential: Credential::of(&record, operation.now),
                });
            }
        }
    }

    /// Ends the previous secret at once, where an overlap runs.
    ///
    /// Refused with [`Over`](crate::Refusal::Over).
    pub async fn end_overlap(&self, id: CredentialId) -> Result<Credential, ManageError> {
        self.change(id, |scene, now| {
            rules::end_overlap(&scene.place.workspace, &scene.credential, now)
        })
        .await
    }
}
