//! What the policy of the account finds in existing credentials: a dry run, and the changes.

use crate::domain::rules::{self, Needs, PolicyWithMinimum, required_change};
use crate::domain::{AccountPolicy, PolicyChange, Refusal, RequiredChange, Revision};
use crate::shell::answers::{PolicyApplied, PolicyViolation};
use crate::shell::errors::{ManageError, RecordType};
use crate::shell::views::Credential;
use crate::store::{CredentialCursor, Page, PageItem};

use super::Manager;
use super::inputs::{CredentialFilter, PolicyRun};

impl Manager<'_> {
    /// Returns what [`apply_policy`](Self::apply_policy) would do after a change of the policy, without changing anything. A change
    /// that sets no rule previews the current policy. Only for an admin or the operator.
    ///
    /// Each step examines one page of the credentials, and lists those that break the policy. A page can be empty and still have
    /// a next one. A corrupt row, or a record from a newer release, is a separate item.
    ///
    /// # Errors
    ///
    /// Refused with [`ContradictoryPolicy`](crate::Refusal::ContradictoryPolicy).
    pub async fn preview_policy(
        &self,
        change: &PolicyChange,
        run: PolicyRun,
    ) -> Result<Page<PolicyViolation, CredentialCursor>, ManageError> {
        let now = self.now();
        let account = self.permitted(Needs::Administer).await?;
        let policy = account.map_or(AccountPolicy::NONE, |account| account.policy);
        let policy = policy.changed(change).map_err(Refusal::ContradictoryPolicy)?;
        let rules = PolicyWithMinimum { minimum: self.parts.kinds.minimum(), policy };
        let filter = CredentialFilter::new().after(run.after).size(run.size);
        let page = self.credential_records(filter, Needs::Administer, now).await?;
        let earliest_expiry = run.earliest_expiry.unwrap_or(now);
        let items = page.items.into_iter().filter_map(|item| match item {
            PageItem::Record(record) => {
                let required_change = required_change(rules, &record, earliest_expiry, now)?;
                let credential = Credential::of(&record, now);
                Some(PageItem::Record(PolicyViolation { credential, required_change }))
            }
            PageItem::Corrupt(row) => Some(PageItem::Corrupt(row)),
            PageItem::Newer { id } => Some(PageItem::Newer { id }),
        });
        Ok(Page { items: items.collect(), next: page.next })
    }

    /// Sets the expiry of the credentials that break the policy of the account, as ordinary changes with an event each. Only for an
    /// admin or the operator. Call it again with the returned cursor until there is none.
    ///
    /// A credential gets the latest expiry that the policy allows. If that time is past, the credential ends at once, or at
    /// [`PolicyRun::earliest_expiry`]. An expiry is never moved to a later time. A credential that must be changed by hand is counted:
    /// [`preview_policy`](Self::preview_policy) lists these. The call can be interrupted; a new run changes only the rest. A
    /// corrupt row, or a record from a newer release, is left as it is. A [conditional](Self::if_revision) call compares the revision
    /// of the account.
    ///
    /// ```
    /// # use keyward::{history::*, kind::*, manage::*, operate::*, time::*, *};
    /// # pollster::block_on(async {
    /// # let keyward = Keyward::builder(MemoryStore::new(), MasterKeys::new(MasterKey::generate()?))
    /// #     .slow_hash(SlowHashParams::dangerous_cheap()).build()?;
    /// # let actor = Actor::admin(AccountId::new("acme")?, ActorId::new("ada")?);
    /// # let shop = WorkspaceId::new("acme/shop")?;
    /// # let manager = keyward.manager(&actor);
    /// # manager.create_workspace(NewWorkspace::new(shop.clone(), Name::new("Shop")?)).await?;
    /// # let id = manager.issue_app_key(NewCredential::new(shop, Name::new("backend")?)).await?.credential.id;
    /// manager.set_policy(&PolicyChange::new().max_lifetime_seconds(90 * 86_400)).await?;
    ///
    /// let found = manager.preview_policy(&PolicyChange::new(), PolicyRun::new()).await?;
    /// assert_eq!(found.items.len(), 1);
    ///
    /// let mut run = PolicyRun::new();
    /// while let Some(next) = manager.apply_policy(run).await?.next {
    ///     run = PolicyRun::new().after(next);
    /// }
    /// assert!(manager.credential(id).await?.expires.is_some());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub async fn apply_policy(&self, run: PolicyRun) -> Result<PolicyApplied, ManageError> {
        let account = self.permitted(Needs::Administer).await?;
        self.expect(account.map_or(Revision::NONE, |account| account.revision))?;
        let asked = run.earliest_expiry;
        let page = self.preview_policy(&PolicyChange::new(), run).await?;
        let manager = Self { seen: None, ..*self };
        let (mut changed, mut by_hand) = (0, 0);
        for finding in page.items.into_iter().filter_map(PageItem::record) {
            if !matches!(finding.required_change, RequiredChange::Expires { .. }) {
                by_hand += 1;
                continue;
            }
            let applied =
                manager.change_with(finding.credential.id, Needs::Administer, |read, now| {
                    let earliest_expiry = asked.unwrap_or(now);
                    rules::apply_policy(read.context(self), &read.credential, earliest_expiry, now)
                });
            match applied.await {
                Ok(_) => changed += 1,
                // Another call deleted it in the meantime.
                Err(ManageError::NotFound(RecordType::Credential | RecordType::Workspace)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(PolicyApplied { changed, by_hand, next: page.next })
    }
}
