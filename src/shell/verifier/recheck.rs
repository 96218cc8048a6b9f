//! Whether a proof still stands, for what goes on after the attempt.

use std::sync::Arc;

use crate::domain::policy::{AccountView, Case, Proof, WorkspaceView, decide, still_matched};
use crate::domain::{Denial, DenialReason, Verified};
use crate::kinds::AcceptedKind;
use crate::shell::errors::Unavailable;
use crate::shell::keyward::{Inner, Keyward};
use crate::shell::knowledge::{Entry, Heard};
use crate::store::CorruptRecord;
use crate::values::CredentialId;

use super::outcome::NotVerified;

/// What is known of a credential now.
struct Known {
    entry: Arc<Entry>,
    workspace: Arc<WorkspaceView>,
    account: Arc<AccountView>,
}

impl Keyward {
    /// Returns the proof as it is now, if it still stands: for streams, websockets and long jobs, which go on after
    /// [`verify`](Self::verify).
    ///
    /// It is refused for every reason for which the same attempt would be refused now: the credential, its workspace or its
    /// account was suspended, removed or has expired, the secret was rotated and its overlap has ended, or the allowlist does not
    /// contain the [address](Verified::address) of the attempt. The proof that it returns can have a new
    /// [`notice`](Verified::notice).
    ///
    /// What is known is as fresh as for an attempt ([`Freshness`](crate::Freshness)). While it is, a cached credential needs no
    /// query. A recheck notes no use, and [`Stats`](crate::operate::Stats) does not count it as an attempt.
    ///
    /// ```
    /// # use keyward::{history::*, kind::*, manage::*, operate::*, time::*, *};
    /// # pollster::block_on(async {
    /// # let keyward = Keyward::builder(MemoryStore::new(), MasterKeys::new(MasterKey::generate()?))
    /// #     .slow_hash(SlowHashParams::dangerous_cheap()).build()?;
    /// # let actor = Actor::admin(AccountId::new("acme")?, ActorId::new("ada")?);
    /// # let workspace = WorkspaceId::new("acme/shop")?;
    /// # let manager = keyward.manager(&actor);
    /// # manager.create_workspace(NewWorkspace::new(workspace.clone(), Name::new("Shop")?)).await?;
    /// # let issued = manager.issue_app_key(NewCredential::new(workspace, Name::new("backend")?)).await?;
    /// # let token = issued.secret.expose();
    /// let proof = keyward.verify(&Attempt::app(token)).await?;
    ///
    /// // In the loop of a stream, before each message or every few seconds.
    /// keyward.recheck(&proof).await?;
    ///
    /// manager.suspend(proof.credential()).await?;
    /// match keyward.recheck(&proof).await {
    ///     Err(NotVerified::Denied(denial)) => assert_eq!(denial.reason(), DenialReason::Suspended),
    ///     other => panic!("{other:?}"),
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    ///
    /// [`NotVerified::Denied`] if the proof no longer stands: end the stream. [`NotVerified::Unavailable`] if nobody can tell
    /// now: the store gives no answer and what is known is older than the bound, or a record that is needed is corrupt.
    pub async fn recheck<K: AcceptedKind>(
        &self,
        proof: &Verified<K>,
    ) -> Result<Verified<K>, NotVerified> {
        let inner = self.inner();
        let outcome = inner.recheck(proof).await;
        match &outcome {
            Ok(_) => {}
            Err(NotVerified::Denied(denial)) => tracing::debug!(
                reason = %denial.reason(),
                credential = %proof.credential(),
                account = %proof.account(),
                workspace = %proof.workspace(),
                "proof no longer stands"
            ),
            Err(NotVerified::Unavailable(unavailable)) => {
                let now = inner.clock.now().monotonic;
                inner.log_limit.unavailable("recheck unavailable", unavailable, now);
            }
        }
        outcome
    }
}

impl Inner {
    async fn recheck<K: AcceptedKind>(
        self: &Arc<Self>,
        proof: &Verified<K>,
    ) -> Result<Verified<K>, NotVerified> {
        let begun = self.clock.now();
        let mut asked: Option<Heard> = None;
        if self.knowledge.heard(&begun).is_none() {
            asked = Some(self.hear().await?);
        }
        let known = loop {
            let known = self.known(proof.credential()).await?;
            // What is known may have become old while it was read.
            if asked.is_some() || self.knowledge.heard(&self.clock.now()).is_some() {
                break known;
            }
            asked = Some(self.hear().await?);
        };
        let Known { entry, workspace, account } = known;
        let facts = &entry.view.facts;
        if (&facts.workspace, &facts.account) != (proof.workspace(), proof.account()) {
            return Err(Unavailable::from(CorruptRecord::new("it was moved meanwhile")).into());
        }
        let wrong = Denial::of(DenialReason::WrongSecret, facts.id);
        let matched = still_matched(proof.matched(), proof.view(), &entry.view).ok_or(wrong)?;
        let address = proof.address();
        let case = Case {
            workspace: &workspace,
            account: &account,
            address: address.as_ref(),
            now: begun.wall,
        };
        let proof: Proof<K, Entry> = decide(&entry, &case, matched)?;
        Ok(proof.into())
    }

    /// A credential and its states, from the cache or from the store.
    async fn known(self: &Arc<Self>, id: CredentialId) -> Result<Known, NotVerified> {
        let entry = match self.with_cached(id, Arc::clone) {
            Some(entry) => entry,
            None => self.load(id).await?.ok_or(Denial::new(DenialReason::Unknown))?,
        };
        let workspace = self.known_workspace(&entry).await?;
        let account = self.known_account(&entry, &workspace).await?;
        Ok(Known { entry, workspace, account })
    }
}
