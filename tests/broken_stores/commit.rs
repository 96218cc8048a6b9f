//! How the broken store commits.

use keyward::store::{
    AccountRecord, By, Change, CredentialEdit, CredentialRecord, HeaderChange, ListChange,
    Position, Revision, Role, StoreError, StoreErrorKind, WorkspaceRecord,
};
use keyward::{Action, Event, Timestamp};

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

    pub(crate) async fn commit(self) -> Result<Position, StoreError> {
        if self.is(Defect::ComparesThenWrites) {
            self.compare(&self.store.lock())?;
            let_others_go_first();
            let mut state = self.store.writing();
            self.write_header(&mut state);
            self.write_credentials(&mut state);
            return Ok(self.write_event(&mut state));
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
            return Ok(self.write_event(&mut state));
        }
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
        Ok(self.write_event(&mut state))
    }

    /// Takes the number, and lets others see it only after the rest is written: each second one later than
    /// the one that follows it.
    fn commit_in_two_steps(&self) -> Result<Position, StoreError> {
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
        Ok(Position::new(number, self.change.operation))
    }

    fn compare(&self, state: &State) -> Result<(), StoreError> {
        let exist = self.change.credentials.iter().all(|edit| match edit {
            CredentialEdit::Insert(record) => {
                self.is(Defect::InsertReplaces) || !state.credentials.contains_key(&record.id)
            }
            CredentialEdit::Update(record) => {
                self.is(Defect::UpdateInserts) || state.credentials.contains_key(&record.id)
            }
            CredentialEdit::Delete(id) => {
                self.is(Defect::DeletesNothing) || state.credentials.contains_key(id)
            }
        });
        if exist && self.compare_headers(state) {
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
            let skipped = self.is(Defect::SkipsUnwritten) && *revision == Revision::NONE;
            skipped || account(id) == *revision
        });
        header && unchanged
    }

    fn write_header(&self, state: &mut State) {
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
                    if !self.is(Defect::DeletesLater) {
                        state.credentials.remove(id);
                    }
                }
            }
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
            if !self.is(Defect::UpdateWritesSecrets) {
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
        if self.is(Defect::ForgetsRoles) {
            event.by = By { role: Role::Admin, ..event.by };
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
