//! The commit of the broken store.

use keyward::manage::{ActorRef, Revision, Role};
use keyward::store::{
    AccountRecord, Change, CredentialEdit, CredentialRecord, EventTags, HeaderChange,
    LONGEST_ACTION, LONGEST_SLOW_HASH, ListChange, Position, StoreError, StoreErrorKind,
    WorkspaceRecord,
};
use keyward::{
    history::{Action, Event},
    time::Timestamp,
};

use crate::defects::Defect;
use crate::store::{Flawed, State, let_others_go_first, pause};

/// A change on its way into a store.
pub(crate) struct Target<'a> {
    pub(crate) store: &'a Flawed,
    pub(crate) change: &'a Change,
}

impl Target<'_> {
    fn is(&self, defect: Defect) -> bool {
        self.store.is(defect)
    }

    pub(crate) async fn commit(self) -> Result<(), StoreError> {
        if self.is(Defect::ComparesThenWrites) {
            self.compare(&self.store.lock())?;
            let_others_go_first();
            let mut state = self.store.writing();
            self.write_header(&mut state);
            self.write_credentials(&mut state);
            self.write_event(&mut state);
            return Ok(());
        }
        if self.is(Defect::NumbersEarly) {
            return self.commit_in_two_steps();
        }
        if self.is(Defect::HalfIfDropped) {
            self.compare(&self.store.lock())?;
            self.write_header(&mut self.store.writing());
            pause().await;
            let mut state = self.store.writing();
            self.write_credentials(&mut state);
            self.write_event(&mut state);
            return Ok(());
        }
        if self.is(Defect::WritesDroppedCommitsLater) {
            let late = self.store.lock().late.take();
            if let Some(change) = late {
                Target { store: self.store, change: &change }.at_once().ok();
            }
            self.store.lock().late = Some(self.change.clone());
            pause().await;
            self.store.lock().late = None;
        }
        self.at_once()
    }

    fn at_once(&self) -> Result<(), StoreError> {
        self.make_room()?;
        let mut state = self.store.writing();
        if let Err(conflict) = self.compare(&state) {
            if self.is(Defect::NumbersRefusals) {
                let number = state.position.number() + 1;
                state.position = Position::new(number, self.change.operation);
            }
            if self.is(Defect::WritesHalf) && self.compare_headers(&state) {
                self.write_header(&mut state);
            }
            return Err(conflict);
        }
        self.write_header(&mut state);
        self.write_credentials(&mut state);
        self.write_event(&mut state);
        Ok(())
    }

    /// Takes the number, and makes it visible only after the rest is written: every second commit later than its
    /// successor.
    fn commit_in_two_steps(&self) -> Result<(), StoreError> {
        let (number, event) = {
            let mut state = self.store.writing();
            self.compare(&state)?;
            let position = self.write_event(&mut state);
            (position.number(), state.events.pop())
        };
        if number % 2 == 1 {
            let_others_go_first();
        }
        let mut state = self.store.writing();
        self.write_header(&mut state);
        self.write_credentials(&mut state);
        state.events.extend(event);
        state.events.sort_by_key(|event| event.number);
        Ok(())
    }

    /// Fails if a column is too narrow for a value.
    fn make_room(&self) -> Result<(), StoreError> {
        let action = serde_json::to_string(&self.change.action).unwrap().len();
        let slow_hash = self.change.credentials.iter().filter_map(|edit| match edit {
            CredentialEdit::Insert(record) | CredentialEdit::Update(record) => {
                Some(record.current.slow_hash.as_str().len())
            }
            CredentialEdit::Delete(_) => None,
        });
        let too_long = match self.store.defect {
            Some(Defect::ShortActions) => action >= LONGEST_ACTION,
            Some(Defect::ShortSlowHashes) => slow_hash.max() >= Some(LONGEST_SLOW_HASH),
            _ => false,
        };
        if too_long {
            return Err(StoreError::new(StoreErrorKind::Other).because("the text is too long"));
        }
        Ok(())
    }

    fn compare(&self, state: &State) -> Result<(), StoreError> {
        for edit in &self.change.credentials {
            match edit {
                CredentialEdit::Delete(id)
                    if self.is(Defect::ReadsWhatItDeletes) && state.spoiled.contains(id) =>
                {
                    return Err(StoreError::corrupt(id.as_str()));
                }
                _ => {}
            }
        }
        let exist = self.change.credentials.iter().all(|edit| match edit {
            CredentialEdit::Insert(record) => {
                let taken = state.credentials.contains_key(&record.id)
                    || state.leftovers.contains_key(&record.id)
                        && self.is(Defect::LeftoversKeepIds);
                self.is(Defect::InsertReplaces) || !taken
            }
            CredentialEdit::Update(record) => {
                self.is(Defect::UpdateInserts) || state.credentials.contains_key(&record.id)
            }
            CredentialEdit::Delete(id) => {
                self.is(Defect::DeletesNothing) || state.credentials.contains_key(id)
            }
        });
        let repeated = !self.is(Defect::RepeatsOperations)
            && state.events.iter().any(|event| event.operation == self.change.operation);
        if !repeated && exist && self.compare_headers(state) {
            return Ok(());
        }
        Err(StoreError::new(StoreErrorKind::Conflict))
    }

    fn compare_headers(&self, state: &State) -> bool {
        let account = |id: &keyward::AccountId| {
            let found = state.accounts.get(&self.store.found_by(id.as_str()));
            found.map_or(Revision::NONE, |record| record.revision)
        };
        let (stored, read_at) = match &self.change.header {
            HeaderChange::Account { read_at, record } => (account(&record.id), *read_at),
            HeaderChange::Workspace { read_at, record, .. }
            | HeaderChange::RemovedWorkspace { read_at, record } => {
                let found = state.workspaces.get(&self.store.found_by(record.id.as_str()));
                (found.map_or(Revision::NONE, |record| record.revision), *read_at)
            }
        };
        let header = match self.store.defect {
            Some(Defect::ComparesNoHeader) => true,
            Some(Defect::ComparesOneWay) => read_at >= stored,
            Some(Defect::CreatesOver) => read_at == stored || read_at == Revision::NONE,
            _ => read_at == stored,
        };
        let most = match self.store.defect {
            Some(Defect::ComparesNoUnchanged) => 0,
            Some(Defect::ComparesFirstUnchanged) => 1,
            _ => usize::MAX,
        };
        let unchanged = self.change.unchanged.iter().take(most).all(|(id, revision)| {
            let skipped = self.is(Defect::SkipsAbsent) && account(id) == Revision::NONE;
            skipped || *revision != Revision::NONE && account(id) == *revision
        });
        let created = self.change.created_account.as_ref();
        let created = self.is(Defect::CreatesAccountOver)
            || created.is_none_or(|record| account(&record.id) == Revision::NONE);
        let read = self.is(Defect::ComparesNoTag)
            || self.change.read_credentials.iter().all(|(id, tag)| {
                state.credentials.get(id).is_some_and(|record| record.tag == *tag)
            });
        header && unchanged && created && read
    }

    fn write_header(&self, state: &mut State) {
        if let Some(record) = &self.change.created_account
            && !self.is(Defect::ForgetsCreatedAccount)
        {
            state
                .accounts
                .insert(self.store.found_by(record.id.as_str()), self.kept_account(record));
        }
        match &self.change.header {
            HeaderChange::Account { record, .. } => {
                let key = self.store.found_by(record.id.as_str());
                state.accounts.insert(key, self.kept_account(record));
            }
            HeaderChange::Workspace { record, integrations, allowlist, .. } => {
                let key = self.store.found_by(record.id.as_str());
                let mut kept = self.kept(record);
                let old = state.workspaces.get(&key);
                if let (Some(old), true) = (old, self.is(Defect::AddsToLists)) {
                    kept.integrations.splice(0..0, old.integrations.iter().cloned());
                    kept.allowlist.splice(0..0, old.allowlist.iter().copied());
                }
                if self.is(Defect::ForgetsSameLists) {
                    if *integrations == ListChange::Same {
                        kept.integrations.clear();
                    }
                    if *allowlist == ListChange::Same {
                        kept.allowlist.clear();
                    }
                }
                state.workspaces.insert(key, kept);
            }
            HeaderChange::RemovedWorkspace { record, .. } => {
                let key = self.store.found_by(record.id.as_str());
                let left = state.credentials.iter().filter(|(_, key)| key.workspace == record.id);
                let left: Vec<_> = left.map(|(id, key)| (*id, key.clone())).collect();
                state.leftovers.extend(left);
                match self.store.defect {
                    Some(Defect::RemovalKeepsCredentials) => {}
                    Some(Defect::RemovalTakesAll) => {
                        state.credentials.retain(|_, key| key.account != record.account);
                    }
                    _ => state.credentials.retain(|_, key| key.workspace != record.id),
                }
                match self.store.defect {
                    Some(Defect::RemovalFreesId) => drop(state.workspaces.remove(&key)),
                    _ => drop(state.workspaces.insert(key, self.kept(record))),
                }
            }
        }
    }

    fn kept_account(&self, record: &AccountRecord) -> AccountRecord {
        AccountRecord { revision: self.revision(record.revision), ..record.clone() }
    }

    fn kept(&self, record: &WorkspaceRecord) -> WorkspaceRecord {
        let mut kept =
            WorkspaceRecord { revision: self.revision(record.revision), ..record.clone() };
        if self.is(Defect::ShortLists) {
            kept.allowlist.truncate(100);
        }
        if self.is(Defect::CutsTexts) {
            let name: String = record.name.as_str().chars().take(16).collect();
            kept.name = name.parse().unwrap();
        }
        kept
    }

    fn revision(&self, revision: Revision) -> Revision {
        match self.store.defect {
            Some(Defect::ShortRevisions) => Revision::new(revision.get() & 0xFFFF_FFFF),
            _ => revision,
        }
    }

    fn time(&self, time: Timestamp) -> Timestamp {
        match self.store.defect {
            Some(Defect::CutsMicroseconds) => {
                Timestamp::from_micros(time.as_micros().div_euclid(1_000) * 1_000).unwrap()
            }
            _ => time,
        }
    }

    fn write_credentials(&self, state: &mut State) {
        for edit in &self.change.credentials {
            match edit {
                CredentialEdit::Insert(record) => {
                    let name = record.name.key().as_str().to_owned();
                    state.first_names.insert(record.id, name);
                    let record =
                        CredentialRecord { created: self.time(record.created), ..record.clone() };
                    state.credentials.insert(record.id, record);
                }
                CredentialEdit::Update(record) => {
                    let updated = match state.credentials.get(&record.id) {
                        Some(stored) => self.updated(stored, record),
                        None => record.clone(),
                    };
                    state.credentials.insert(record.id, updated);
                }
                CredentialEdit::Delete(id) => {
                    let stays = self.is(Defect::CorruptRowStays) && state.spoiled.contains(id);
                    if !stays && !self.is(Defect::DeletesLater) {
                        state.credentials.remove(id);
                        state.spoiled.retain(|spoiled| spoiled != id);
                    }
                }
            }
        }
        if !self.is(Defect::NetworksOutliveTheirCredential) {
            let State { credentials, networks, .. } = state;
            networks.retain(|id, _| credentials.contains_key(id));
        }
    }

    fn updated(&self, stored: &CredentialRecord, new: &CredentialRecord) -> CredentialRecord {
        let mut record = new.clone();
        if self.is(Defect::UpdatesNameOnly) {
            record = CredentialRecord { name: new.name.clone(), ..stored.clone() };
        }
        if self.is(Defect::KeepsPrevious) && record.previous.is_none() {
            record.previous.clone_from(&stored.previous);
        }
        if self.is(Defect::InheritsUse) && record.current.number != stored.current.number {
            record.current.last_used = stored.current.last_used;
        }
        let rotated = stored.current.number != record.current.number;
        let current = (&mut record.current, false);
        let previous = record.previous.as_mut().map(|previous| (&mut previous.generation, rotated));
        for (secret, moved) in std::iter::once(current).chain(previous) {
            let Some(kept) = stored.generation(secret.number) else { continue };
            if moved && self.is(Defect::RotationWritesPrevious) {
                continue;
            }
            if self.is(Defect::UpdateKeepsSecrets) {
                secret.digest = kept.digest.clone();
                secret.seal.clone_from(&kept.seal);
            }
            if !self.is(Defect::UpdateWritesUses) {
                secret.last_used = kept.last_used;
            }
        }
        record
    }

    fn write_event(&self, state: &mut State) -> Position {
        let number = match self.store.defect {
            Some(Defect::NumbersFromZero) if state.events.is_empty() => 0,
            _ => state.position.number() + 1,
        };
        let mut event = self.change.event(number);
        event.at = self.time(event.at);
        if self.is(Defect::SwapsEventTags) {
            let EventTags { outline, whole } = event.tags;
            event.tags = EventTags { outline: whole, whole: outline };
        }
        if self.is(Defect::ForgetsRoles) {
            event.by = ActorRef { role: Role::Admin, ..event.by };
        }
        if let (Action::Rotated { overlap_until, .. }, true) =
            (&mut event.action, self.is(Defect::ForgetsOverlaps))
        {
            *overlap_until = None;
        }
        let Event { operation, .. } = event;
        state.events.push(event);
        state.position = Position::new(number, operation);
        state.position
    }
}
