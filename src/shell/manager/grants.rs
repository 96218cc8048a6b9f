//! Changes of scopes, networks, labels and owners.

use crate::domain::rules::{self, Needs};
use crate::domain::{CredentialRecord, Owner, Refusal, Revision, Subject};
use crate::shell::errors::ManageError;
use crate::shell::views::Credential;
use crate::store::{CredentialCursor, CredentialQuery, PageItem, PageSize, Scope};
use crate::values::{ActorId, CredentialId, CredentialNetworks, Labels, Scopes};

use super::Manager;
use super::commit::{Commit, until_committed};

/// The result of one batch of [`Manager::hand_over`] or [`Manager::delete_owned`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct OwnedBatch {
    /// The number of credentials that were changed or deleted.
    pub done: u64,
    /// The credentials that were not changed, each with the rule that refused it.
    pub refused: Vec<(CredentialId, Refusal)>,
    /// The cursor of the next batch. `None` after the last one.
    pub next: Option<CredentialCursor>,
}

impl Manager<'_> {
    /// Sets the scopes of a credential. A scope that is removed is refused like a revoked key: on this node at once, and on the other
    /// nodes within [`Freshness`](crate::Freshness).
    ///
    /// # Errors
    ///
    /// Refused with [`UnknownScope`](crate::Refusal::UnknownScope), [`AboveCeiling`](crate::Refusal::AboveCeiling) or
    /// [`Ended`](crate::Refusal::Ended).
    pub async fn set_scopes(
        &self,
        id: CredentialId,
        scopes: impl Into<Scopes> + Send,
    ) -> Result<Credential, ManageError> {
        let (scopes, vocabulary) = (scopes.into(), &self.parts.vocabulary);
        self.change(id, |read, now| {
            rules::set_scopes(read.context(self), &read.credential, &scopes, vocabulary, now)
        })
        .await
    }

    /// Sets the networks from which a credential can be used, in addition to the workspace's allowlist.
    ///
    /// # Errors
    ///
    /// Refused with [`AboveCeiling`](crate::Refusal::AboveCeiling) or [`Ended`](crate::Refusal::Ended).
    pub async fn set_networks(
        &self,
        id: CredentialId,
        networks: CredentialNetworks,
    ) -> Result<Credential, ManageError> {
        self.change(id, |read, now| {
            rules::set_networks(read.context(self), &read.credential, Some(&networks), now)
        })
        .await
    }

    /// Removes the credential's own networks. The workspace's allowlist still applies.
    ///
    /// # Errors
    ///
    /// Refused with [`AboveCeiling`](crate::Refusal::AboveCeiling) or [`Ended`](crate::Refusal::Ended).
    pub async fn lift_networks(&self, id: CredentialId) -> Result<Credential, ManageError> {
        self.change(id, |read, now| {
            rules::set_networks(read.context(self), &read.credential, None, now)
        })
        .await
    }

    /// Replaces the labels of a credential.
    ///
    /// # Errors
    ///
    /// Refused with [`Ended`](crate::Refusal::Ended).
    pub async fn set_labels(
        &self,
        id: CredentialId,
        labels: Labels,
    ) -> Result<Credential, ManageError> {
        self.change(id, |read, now| {
            rules::set_labels(read.context(self), &read.credential, &labels, now)
        })
        .await
    }

    /// Hands one credential over to another owner.
    ///
    /// # Errors
    ///
    /// Refused with [`LastPermanent`](crate::Refusal::LastPermanent) if the workspace would have no permanent credential of the
    /// account any more, with [`InactiveOwner`](crate::Refusal::InactiveOwner), or with
    /// [`AboveCeiling`](crate::Refusal::AboveCeiling).
    pub async fn set_owner(
        &self,
        id: CredentialId,
        owner: Owner,
    ) -> Result<Credential, ManageError> {
        self.change(id, |read, _| rules::set_owner(read.context(self), &read.credential, &owner))
            .await
    }

    /// Hands the credentials of one owner over to another, in batches of at most 100. Call it with the cursor of the last batch until
    /// there is none. Each credential is one change with an event of its own, so an interrupted call can simply be made again.
    /// A [conditional](Self::if_revision) call compares the revision of the account.
    ///
    /// An [inactive](Self::deactivate) member who owns nothing any more is reactivated, so that the list of inactive members stays
    /// short. This requires [`Actor::can_administer`](crate::Actor::can_administer), and a call without a condition.
    ///
    /// ```
    /// # use keyward::{history::*, kind::*, manage::*, operate::*, time::*, *};
    /// # pollster::block_on(async {
    /// # let keyward = Keyward::builder(MemoryStore::new(), MasterKeys::new(MasterKey::generate()?))
    /// #     .slow_hash(SlowHashParams::dangerous_cheap()).build()?;
    /// # let actor = Actor::admin(AccountId::new("acme")?, ActorId::new("ada")?);
    /// # let manager = keyward.manager(&actor);
    /// # let shop = WorkspaceId::new("acme/shop")?;
    /// # manager.create_workspace(NewWorkspace::new(shop.clone(), Name::new("Shop")?)).await?;
    /// let bob = Owner::Member { id: ActorId::new("bob@acme.test")? };
    /// let new = NewCredential::new(shop, Name::new("Laptop of Bob")?).owner(bob.clone());
    /// let id = manager.issue_app_key(new).await?.credential.id;
    ///
    /// let mut after = None;
    /// loop {
    ///     let batch = manager.hand_over(&bob, &Owner::Account, after).await?;
    ///     after = batch.next;
    ///     if after.is_none() {
    ///         break;
    ///     }
    /// }
    /// assert_eq!(manager.credential(id).await?.owner, Owner::Account);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    ///
    /// A credential that a rule protects is in [`OwnedBatch::refused`], and the others are handed over.
    pub async fn hand_over(
        &self,
        from: &Owner,
        to: &Owner,
        after: Option<CredentialCursor>,
    ) -> Result<OwnedBatch, ManageError> {
        self.each_owned(from, after, OwnedChange::HandOver(to)).await
    }

    /// Deletes the credentials that a member owns, in batches of at most 100. Call it with the cursor of the last batch until there is
    /// none. This cannot be undone. An interrupted call can simply be made again. Conditions and inactive members are treated as by
    /// [`hand_over`](Self::hand_over).
    ///
    /// # Errors
    ///
    /// A credential that integrations use is in [`OwnedBatch::refused`], and the others are deleted.
    pub async fn delete_owned(
        &self,
        member: &ActorId,
        after: Option<CredentialCursor>,
    ) -> Result<OwnedBatch, ManageError> {
        let owner = Owner::Member { id: member.clone() };
        self.each_owned(&owner, after, OwnedChange::Delete).await
    }

    /// Changes each credential of one owner on one page. A conditional call compares the revision of the account, and not those of the
    /// credentials.
    async fn each_owned(
        &self,
        owner: &Owner,
        after: Option<CredentialCursor>,
        change: OwnedChange<'_>,
    ) -> Result<OwnedBatch, ManageError> {
        let record = self.permitted(Needs::ManageCredentials).await?;
        self.expect(record.as_ref().map_or(Revision::NONE, |record| record.revision))?;
        let is_inactive = record.is_some_and(|record| {
            let includes = |member| record.inactive_owners.includes(&record.id, member);
            owner.member().is_some_and(includes)
        });
        let manager = Self { seen: None, ..*self };
        let account = self.actor.account().clone();
        let query = CredentialQuery {
            restriction: self.actor.limits().clone(),
            owner: Some(owner.clone()),
            after,
            ..CredentialQuery::all(Scope::Account(account), self.now(), PageSize::default())
        };
        let page = self.parts.records.credentials(&query).await?;
        let mut batch = OwnedBatch { next: page.next, ..OwnedBatch::default() };
        for record in page.items.into_iter().filter_map(PageItem::record) {
            let outcome = match change {
                OwnedChange::HandOver(to) => manager.hand_over_one(&record, to).await,
                // A credential that was handed over since the page was read is at another revision.
                OwnedChange::Delete => {
                    let manager = manager.if_revision(record.revision);
                    manager.delete(record.id, record.name.as_str()).await
                }
            };
            match outcome {
                Ok(()) => batch.done += 1,
                Err(ManageError::Refused(refusal)) => batch.refused.push((record.id, refusal)),
                // Another call has deleted it.
                Err(ManageError::NotFound(_)) => {}
                Err(error) => return Err(error),
            }
        }
        if is_inactive && batch.next.is_none() && batch.refused.is_empty() {
            self.forget_inactive(owner).await?;
        }
        Ok(batch)
    }

    /// Reactivates a member who owns nothing any more, so that the list of inactive members stays short.
    ///
    /// The account is read before the credentials, and the commit compares its revision. Otherwise a member who was reactivated, given
    /// a key and deactivated again in the meantime would be reactivated with this key.
    async fn forget_inactive(&self, owner: &Owner) -> Result<(), ManageError> {
        let Owner::Member { id: member } = owner else { return Ok(()) };
        if !self.actor.can_administer() || self.seen.is_some() {
            return Ok(());
        }
        let operation = self.operation()?;
        until_committed(|| async {
            let Some(account) = self.permitted(Needs::Administer).await? else {
                return Ok(Commit::Done(()));
            };
            self.forget(&account.id, &Subject::Account);
            let query = CredentialQuery {
                owner: Some(owner.clone()),
                ..CredentialQuery::all(
                    Scope::Account(account.id.clone()),
                    operation.now,
                    PageSize::default(),
                )
            };
            let left = self.parts.records.credentials(&query).await?;
            match rules::reactivate(&account, member).filter(|_| left.items.is_empty()) {
                Some(ruling) => self.commit_account(&operation, &account, ruling).await,
                None => Ok(Commit::Done(())),
            }
        })
        .await
    }

    async fn hand_over_one(
        &self,
        listed: &CredentialRecord,
        to: &Owner,
    ) -> Result<(), ManageError> {
        let changed = self.change(listed.id, |read, _| {
            // Another call may have handed it over since the page was read.
            if read.credential.grant.owner != listed.grant.owner {
                return Ok(None);
            }
            rules::set_owner(read.context(self), &read.credential, to)
        });
        changed.await.map(drop)
    }
}

/// What is done to each credential of one owner.
#[derive(Debug, Clone, Copy)]
enum OwnedChange<'a> {
    HandOver(&'a Owner),
    Delete,
}
