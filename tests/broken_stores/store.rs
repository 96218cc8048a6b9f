//! A store with a switch for each defect. Without a defect it keeps the contract.

use std::collections::BTreeMap;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::thread;
use std::time::Duration;

use keyward::store::{
    AccountRecord, Change, Changes, CorruptRow, CredentialCursor, CredentialQuery,
    CredentialRecord, CredentialStore, EventQuery, GenerationRecord, IdKey, LONGEST_NAME_KEY,
    MOST_NETWORKS, NameFilter, NetworkUse, Page, PageItem, PageSize, Position, Purged, RecordId,
    Refresh, Refreshed, Restriction, Scope, StatusFilter, StoreError, StoreErrorKind, TagChange,
    Use, WorkspaceCursor, WorkspaceQuery, WorkspaceRecord,
};
use keyward::{
    AccountId, CredentialId, GenerationNumber, OperationId, WorkspaceId,
    history::Event,
    kind::KindWord,
    manage::{CredentialStatus, NetworkPrefix},
    time::{Day, Timestamp},
};

use crate::commit::Target;
use crate::defects::Defect;

/// A store with one defect, or none.
#[derive(Debug, Clone)]
pub(crate) struct Flawed {
    pub(crate) defect: Option<Defect>,
    replica: bool,
    state: Arc<Mutex<Arc<State>>>,
}

/// All data. Ids are stored as the texts by which they are looked up.
#[derive(Debug, Clone, Default)]
pub(crate) struct State {
    pub(crate) accounts: BTreeMap<String, AccountRecord>,
    pub(crate) workspaces: BTreeMap<String, WorkspaceRecord>,
    pub(crate) credentials: BTreeMap<CredentialId, CredentialRecord>,
    pub(crate) first_names: BTreeMap<CredentialId, String>,
    /// Credentials of removed workspaces, if the defect keeps them.
    pub(crate) leftovers: BTreeMap<CredentialId, CredentialRecord>,
    pub(crate) spoiled: Vec<CredentialId>,
    pub(crate) networks: BTreeMap<CredentialId, BTreeMap<NetworkPrefix, Day>>,
    pub(crate) events: Vec<Event>,
    pub(crate) position: Position,
    pub(crate) id_key: Option<[u8; IdKey::LENGTH]>,
    pub(crate) before: Option<Arc<State>>,
    /// A commit whose future was dropped.
    pub(crate) late: Option<Change>,
}

/// The locked state. A change copies it only while a reader still holds the earlier state.
pub(crate) struct Locked<'a>(MutexGuard<'a, Arc<State>>);

impl Deref for Locked<'_> {
    type Target = State;

    fn deref(&self) -> &State {
        &self.0
    }
}

impl DerefMut for Locked<'_> {
    fn deref_mut(&mut self) -> &mut State {
        Arc::make_mut(&mut self.0)
    }
}

impl Flawed {
    pub(crate) fn new(defect: Option<Defect>) -> Self {
        Self { defect, replica: false, state: Arc::default() }
    }

    pub(crate) fn another(&self) -> Self {
        match self.defect {
            Some(Defect::UnsharedClones) => Self::new(self.defect),
            _ => Self { replica: true, ..self.clone() },
        }
    }

    /// Returns `true` if no other handle for its data exists.
    pub(crate) fn is_the_last_handle(&self) -> bool {
        Arc::strong_count(&self.state) == 1
    }

    pub(crate) fn spoil(&self, id: CredentialId) {
        self.lock().spoiled.push(id);
    }

    pub(crate) fn is(&self, defect: Defect) -> bool {
        self.defect == Some(defect)
    }

    pub(crate) fn lock(&self) -> Locked<'_> {
        Locked(self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The state for a write.
    pub(crate) fn writing(&self) -> Locked<'_> {
        let mut state = self.lock();
        if self.is(Defect::ReadsReplica) {
            state.before = None;
            state.before = Some(Arc::clone(&state.0));
        }
        state
    }

    fn reading(&self) -> Arc<State> {
        let state = self.lock();
        match &state.before {
            Some(before) if self.replica => Arc::clone(before),
            _ => Arc::clone(&state.0),
        }
    }

    /// The text that an id is found by.
    pub(crate) fn found_by(&self, id: &str) -> String {
        match self.defect {
            Some(Defect::FoldsCase) => id.to_lowercase(),
            Some(Defect::FoldsSpaces) => id.trim().to_owned(),
            Some(Defect::CutsTexts) => id.chars().take(16).collect(),
            _ => id.to_owned(),
        }
    }

    fn same_account(&self, one: &AccountId, other: &AccountId) -> bool {
        self.is(Defect::IgnoresAccounts)
            || self.found_by(one.as_str()) == self.found_by(other.as_str())
    }

    fn order(&self, name: &str) -> Vec<u16> {
        let bytes = |text: String| text.bytes().map(u16::from).collect();
        match self.defect {
            Some(Defect::OrdersByUtf16) => name.encode_utf16().collect(),
            Some(Defect::OrdersLikeADictionary) => {
                bytes(name.chars().filter(|letter| letter.is_alphanumeric()).collect())
            }
            _ => bytes(name.to_owned()),
        }
    }

    /// A place in the order of names.
    fn place(&self, name: &str, id: &str) -> (Vec<u16>, Vec<u8>) {
        let tie = |byte: u8| if self.is(Defect::ReversesTies) { !byte } else { byte };
        (self.order(name), id.bytes().map(tie).collect())
    }

    fn admits(&self, state: &State, query: &CredentialQuery, record: &CredentialRecord) -> bool {
        let mut query = query.clone();
        if self.is(Defect::IgnoresKind)
            || (self.is(Defect::OneConditionAtATime) && query.name.is_some())
        {
            query.kind = None;
        }
        if self.is(Defect::IgnoresRestriction) {
            query.restriction = Restriction::NONE;
        }
        if self.is(Defect::IgnoresLabels) {
            query.labels.clear();
        }
        if self.is(Defect::IgnoresOwner) {
            query.owner = None;
        }
        if self.is(Defect::IgnoresImports) {
            query.imported_unused_since = None;
        }
        if let (Some(NameFilter::StartsWith(part)), true) =
            (&query.name, self.is(Defect::FindsPartsOfNames))
        {
            if !record.name.key().as_str().contains(part.as_str()) {
                return false;
            }
            query.name = None;
        }
        if query.name == Some(NameFilter::BeyondAscii) && self.is(Defect::LooksAtFirstLetters) {
            let first = record.name.as_str().chars().next();
            if first.is_none_or(|first| first.is_ascii()) {
                return false;
            }
        }
        let key = query.name.as_ref().and_then(NameFilter::key).cloned();
        if let (Some(name), true) = (&key, self.is(Defect::ComparesNamesInAscii)) {
            if record.name.as_str().to_ascii_lowercase() != name.as_str() {
                return false;
            }
            query.name = None;
        }
        if let (Some(name), true) = (&key, self.is(Defect::ShortNameKeys)) {
            let own = record.name.key();
            if own.as_str().bytes().take(LONGEST_NAME_KEY - 1).ne(name.as_str().bytes()) {
                return false;
            }
        }
        if let (Some(name), true) = (&key, self.is(Defect::KeepsOldNameKey)) {
            if state.first_names.get(&record.id).is_some_and(|first| first != name.as_str()) {
                return false;
            }
            query.name = None;
        }
        if self.is(Defect::EndsLate) && record.ends() == Some(query.now) {
            query.now = Timestamp::from_micros(query.now.as_micros() - 1).unwrap();
        }
        if self.is(Defect::LastsUntilExpiry) && query.status == Some(StatusFilter::Permanent) {
            query.status = Some(StatusFilter::Is(CredentialStatus::Active));
            return record.kind == KindWord::Track && query.admits(record);
        }
        query.admits(record)
    }

    /// Returns the items after a cursor, in pages.
    fn page<T: Clone, P: Ord, C: Clone>(
        &self,
        mut found: Vec<(P, C, PageItem<T>)>,
        after: Option<P>,
        size: usize,
    ) -> Page<T, C> {
        found.sort_by(|one, other| one.0.cmp(&other.0));
        if self.is(Defect::LooksAtAThousand) {
            found.truncate(1_000);
        }
        if let Some(after) = after {
            let known = found.iter().any(|(place, ..)| *place == after);
            if known || !self.is(Defect::LooksForTheCursor) {
                found.retain(|(place, ..)| *place > after);
            }
        }
        let more = found.len() > size;
        found.truncate(size);
        let next = found.last().map(|(_, cursor, _)| cursor.clone());
        let next = match self.defect {
            Some(Defect::NextAlways) => next,
            Some(Defect::NextNever) => None,
            _ => next.filter(|_| more),
        };
        Page { items: found.into_iter().map(|(_, _, item)| item).collect(), next }
    }

    fn header(&self, mut record: WorkspaceRecord) -> WorkspaceRecord {
        if self.is(Defect::SortsLists) {
            record.allowlist.sort_by_key(|entry| entry.network);
            record.integrations.sort_by_key(|connection| connection.integration.to_string());
        }
        record
    }
}

impl CredentialStore for Flawed {
    fn time_limit(&self) -> Duration {
        Duration::from_secs(1)
    }

    async fn id_key(&self) -> Result<IdKey, StoreError> {
        if self.is(Defect::FixesTheKeyOfIds) {
            return Ok(IdKey::from_bytes([0; IdKey::LENGTH]));
        }
        let mut state = self.lock();
        let mut drawn = [0; IdKey::LENGTH];
        getrandom::fill(&mut drawn).unwrap();
        if self.is(Defect::DrawsTheKeyOfIdsAgain) {
            return Ok(IdKey::from_bytes(drawn));
        }
        Ok(IdKey::from_bytes(*state.id_key.get_or_insert(drawn)))
    }

    async fn credential(&self, id: CredentialId) -> Result<Option<CredentialRecord>, StoreError> {
        let state = self.reading();
        if state.spoiled.contains(&id) {
            return match self.defect {
                Some(Defect::CorruptRowIsAbsent) => Ok(None),
                _ => Err(StoreError::corrupt(id.as_str())),
            };
        }
        let left = state.leftovers.get(&id).filter(|_| self.is(Defect::LeftoversAreRead));
        Ok(state.credentials.get(&id).or(left).cloned())
    }

    async fn workspace(&self, id: &WorkspaceId) -> Result<Option<WorkspaceRecord>, StoreError> {
        let find = || self.reading().workspaces.get(&self.found_by(id.as_str())).cloned();
        let Some(mut record) = find() else { return Ok(None) };
        if self.is(Defect::ReadsInTwoSteps) {
            let_others_go_first();
            record.allowlist = find().map(|later| later.allowlist).unwrap_or_default();
        }
        Ok(Some(self.header(record)))
    }

    async fn account(&self, id: &AccountId) -> Result<Option<AccountRecord>, StoreError> {
        let found = self.reading().accounts.get(&self.found_by(id.as_str())).cloned();
        let invented = || {
            let incarnation = OperationId::from_bytes([1; 16]);
            self.is(Defect::InventsAccounts).then(|| AccountRecord::new(id.clone(), incarnation))
        };
        Ok(found.or_else(invented))
    }

    async fn credentials(
        &self,
        query: &CredentialQuery,
    ) -> Result<Page<CredentialRecord, CredentialCursor>, StoreError> {
        let state = self.reading();
        let place = |cursor: &CredentialCursor| match query.scope {
            Scope::Store if self.is(Defect::OrdersStoreByName) => {
                self.place(cursor.name.as_str(), cursor.id.as_str())
            }
            Scope::Store if self.is(Defect::OrdersIdsWithoutCase) => {
                (self.order(&cursor.id.as_str().to_lowercase()), cursor.id.as_bytes().to_vec())
            }
            Scope::Store => (Vec::new(), cursor.id.as_bytes().to_vec()),
            Scope::Workspace(_) | Scope::Account(_) => {
                self.place(cursor.name.as_str(), cursor.id.as_str())
            }
        };
        let mut found = Vec::new();
        for record in state.credentials.values() {
            let here = match &query.scope {
                Scope::Workspace(id) => {
                    self.found_by(id.as_str()) == self.found_by(record.workspace.as_str())
                }
                Scope::Account(id) => self.same_account(id, &record.account),
                Scope::Store => true,
            };
            let spoiled = state.spoiled.contains(&record.id);
            match self.defect {
                Some(Defect::CorruptRowFailsPages) if spoiled => {
                    return Err(StoreError::corrupt(record.id.as_str()));
                }
                Some(Defect::CorruptRowIsLeftOut) if spoiled => continue,
                _ => {}
            }
            if here && self.admits(&state, query, record) {
                let cursor = CredentialCursor { name: record.name.key(), id: record.id };
                let item = if spoiled {
                    PageItem::Corrupt(CorruptRow { id: record.id.to_string() })
                } else {
                    PageItem::Record(record.clone())
                };
                found.push((place(&cursor), cursor, item));
            }
        }
        let after = query.after.as_ref().map(place);
        if let (Some((name, _)), true) = (&after, self.is(Defect::SkipsTies)) {
            found.retain(|((other, _), ..)| name.is_empty() || other > name);
        }
        Ok(self.page(found, after, query.size.get()))
    }

    async fn workspaces(
        &self,
        query: &WorkspaceQuery,
    ) -> Result<Page<WorkspaceRecord, WorkspaceCursor>, StoreError> {
        let place = |cursor: &WorkspaceCursor| self.place(cursor.name.as_str(), cursor.id.as_str());
        let mut found = Vec::new();
        for record in self.reading().workspaces.values().cloned() {
            let shown = record.removed.is_none() || self.is(Defect::ListsRemoved);
            let within = query.restriction.admits_workspace(&record.id);
            if shown && within && self.same_account(&record.account, &query.account) {
                let cursor = WorkspaceCursor { name: record.name.key(), id: record.id.clone() };
                found.push((place(&cursor), cursor, PageItem::Record(self.header(record))));
            }
        }
        let after = query.after.as_ref().map(place);
        if let (Some((name, _)), true) = (&after, self.is(Defect::SkipsTies)) {
            found.retain(|((other, _), ..)| other > name);
        }
        Ok(self.page(found, after, query.size.get()))
    }

    async fn credentials_by_id(
        &self,
        ids: &[CredentialId],
    ) -> Result<Vec<Option<PageItem<CredentialRecord>>>, StoreError> {
        let mut answers = Vec::new();
        let state = self.reading();
        for id in ids {
            let item = if state.spoiled.contains(id) {
                Some(PageItem::Corrupt(CorruptRow { id: id.to_string() }))
            } else {
                state.credentials.get(id).cloned().map(PageItem::Record)
            };
            answers.push((*id, item));
        }
        if self.is(Defect::AnswersInTheOrderOfIds) {
            answers.sort_by_key(|(id, _)| *id);
        }
        Ok(answers.into_iter().map(|(_, item)| item).collect())
    }

    async fn workspaces_by_id(
        &self,
        ids: &[WorkspaceId],
    ) -> Result<Vec<Option<PageItem<WorkspaceRecord>>>, StoreError> {
        let state = self.reading();
        let find = |id: &str| state.workspaces.get(&self.found_by(id)).cloned();
        Ok(ids.iter().map(|id| find(id.as_str()).map(PageItem::Record)).collect())
    }

    async fn accounts_by_id(
        &self,
        ids: &[AccountId],
    ) -> Result<Vec<Option<PageItem<AccountRecord>>>, StoreError> {
        let state = self.reading();
        let find = |id: &str| state.accounts.get(&self.found_by(id)).cloned();
        Ok(ids.iter().map(|id| find(id.as_str()).map(PageItem::Record)).collect())
    }

    async fn every_workspace(
        &self,
        after: Option<&WorkspaceId>,
        size: PageSize,
    ) -> Result<Page<WorkspaceRecord, WorkspaceId>, StoreError> {
        let mut found: Vec<_> = self.reading().workspaces.values().cloned().collect();
        found.retain(|record| record.removed.is_none() || !self.is(Defect::WalksWithoutRemoved));
        let found = found.into_iter().map(|record| {
            let record = self.header(record);
            (record.id.clone(), record.id.clone(), PageItem::Record(record))
        });
        Ok(self.page(found.collect(), after.cloned(), size.get()))
    }

    async fn every_account(
        &self,
        after: Option<&AccountId>,
        size: PageSize,
    ) -> Result<Page<AccountRecord, AccountId>, StoreError> {
        let state = self.reading();
        let found = state
            .accounts
            .values()
            .cloned()
            .map(|record| (record.id.clone(), record.id.clone(), PageItem::Record(record)));
        Ok(self.page(found.collect(), after.cloned(), size.get()))
    }

    async fn events(&self, query: &EventQuery) -> Result<Page<Event, u64>, StoreError> {
        let mut found = Vec::new();
        for event in self.reading().events.iter().cloned() {
            let about = match (&query.workspace, event.subject.workspace()) {
                (None, _) => true,
                (Some(_), _)
                    if self.is(Defect::WorkspaceEventsOnly)
                        && event.subject.credential().is_some() =>
                {
                    false
                }
                (Some(wanted), other) => other == Some(wanted),
            };
            let credential = query.credential.is_none()
                || event.subject.credential() == query.credential.as_ref();
            let before = query.before.is_none_or(|before| {
                event.number < before
                    || self.is(Defect::BeforeIsInclusive) && event.number == before
            });
            let state = self.reading();
            let mut rest = EventQuery {
                account: event.account.clone(),
                workspace: None,
                credential: None,
                before: None,
                ..query.clone()
            };
            if self.is(Defect::ShowsEventsOfOtherKinds) {
                rest.restriction = Restriction::NONE;
            }
            if self.is(Defect::ShowsEventsByOthers) {
                rest.by = None;
            }
            if self.is(Defect::ShowsOtherActions) {
                rest.action = None;
            }
            let is_last = self.is(Defect::UntilIsInclusive)
                && query.until.is_some_and(|until| event.at == until);
            if is_last {
                rest.until = None;
            }
            let within = rest.admits(&event, |id| state.credentials.get(&id).map(|key| key.kind));
            if about
                && within
                && credential
                && before
                && self.same_account(&event.account, &query.account)
            {
                let newest_first = u64::MAX - event.number;
                let place = if self.is(Defect::OldestFirst) { event.number } else { newest_first };
                found.push((place, event.number, PageItem::Record(event)));
            }
        }
        Ok(self.page(found, None, query.size.get()))
    }

    async fn commit(&self, change: &Change) -> Result<(), StoreError> {
        Target { store: self, change }.commit().await
    }

    async fn operation(&self, id: OperationId) -> Result<Option<Event>, StoreError> {
        let state = self.lock();
        let most = if self.is(Defect::LooksUpTheNewest) { 1 } else { usize::MAX };
        Ok(state.events.iter().rev().take(most).find(|event| event.operation == id).cloned())
    }

    async fn refresh(
        &self,
        credential: CredentialId,
        generation: GenerationNumber,
        refresh: &Refresh,
    ) -> Result<Refreshed, StoreError> {
        if self.is(Defect::RefreshesInTwoSteps)
            && let Refresh::Digest { old, .. } = refresh
            && let Some(record) = self.lock().credentials.get_mut(&credential)
            && record.current.digest == *old
        {
            let mut placeholder = old.to_bytes();
            placeholder[40] = !placeholder[40];
            record.current.digest = keyward::store::KeyedDigest::from_bytes(&placeholder).unwrap();
        } else if self.is(Defect::RefreshesInTwoSteps) {
            return Ok(Refreshed::Outdated);
        }
        if self.is(Defect::RefreshesInTwoSteps) {
            pause().await;
        }
        let mut state = self.writing();
        let Some(record) = state.credentials.get_mut(&credential) else {
            return Ok(Refreshed::Outdated);
        };
        if self.is(Defect::RefreshesCurrentOnly) && record.current.number != generation {
            return Ok(Refreshed::Outdated);
        }
        let (Refresh::Digest { tags, .. } | Refresh::Seal { tags, .. }) = refresh;
        let any_tag = [Defect::RefreshComparesNothing, Defect::RefreshComparesNoTag];
        if record.tag != tags.old && !any_tag.iter().any(|defect| self.is(*defect)) {
            return Ok(Refreshed::Outdated);
        }
        let workspace = self.found_by(record.workspace.as_str());
        let Some(secret) = secret_mut(record, generation) else {
            return Ok(Refreshed::Outdated);
        };
        let blind = self.is(Defect::RefreshComparesNothing) || self.is(Defect::RefreshesInTwoSteps);
        let key_only = self.is(Defect::RefreshComparesKey);
        match refresh {
            Refresh::Digest { old, new, .. }
                if blind
                    || secret.digest == *old
                    || key_only && secret.digest.key() == old.key() =>
            {
                secret.digest = new.clone();
                if self.is(Defect::RefreshDropsSeal) {
                    secret.seal = None;
                }
            }
            Refresh::Seal { old, new, .. } if blind || secret.seal.as_ref() == Some(old) => {
                secret.seal = Some(new.clone());
            }
            Refresh::Digest { .. } | Refresh::Seal { .. } => return Ok(Refreshed::Outdated),
        }
        if !self.is(Defect::RefreshKeepsTag) {
            record.tag = tags.new;
        }
        if let (Some(header), true) =
            (state.workspaces.get_mut(&workspace), self.is(Defect::RefreshMovesRevision))
        {
            header.revision = header.revision.next();
        }
        Ok(Refreshed::Replaced)
    }

    async fn retag(&self, record: &RecordId, tags: &TagChange) -> Result<Refreshed, StoreError> {
        let mut state = self.writing();
        let headers = !self.is(Defect::RetagsCredentialsOnly);
        let stored = match record {
            RecordId::Account(id) if headers => {
                state.accounts.get_mut(&self.found_by(id.as_str())).map(|record| &mut record.tag)
            }
            RecordId::Workspace(id) if headers => {
                state.workspaces.get_mut(&self.found_by(id.as_str())).map(|record| {
                    if self.is(Defect::RetagMovesRevision) {
                        record.revision = record.revision.next();
                    }
                    &mut record.tag
                })
            }
            RecordId::Credential(id) if self.is(Defect::LeftoversAreTagged) => {
                state.leftovers.get_mut(id).map(|record| &mut record.tag)
            }
            RecordId::Credential(id) => state.credentials.get_mut(id).map(|record| &mut record.tag),
            RecordId::Account(_) | RecordId::Workspace(_) => None,
        };
        let blind = self.is(Defect::RetagComparesNothing);
        match stored.filter(|stored| blind || **stored == tags.old) {
            Some(stored) => {
                *stored = tags.new;
                Ok(Refreshed::Replaced)
            }
            None => Ok(Refreshed::Outdated),
        }
    }

    async fn record_uses(&self, uses: &[Use]) -> Result<(), StoreError> {
        if self.is(Defect::UseWritesRecord) {
            let read = self.reading();
            let_others_go_first();
            let mut state = self.writing();
            for used in uses {
                if let Some(mut record) = read.credentials.get(&used.credential).cloned() {
                    if let Some(secret) = secret_mut(&mut record, used.generation) {
                        secret.last_used = secret.last_used.max(Some(used.at));
                    }
                    state.credentials.insert(record.id, record);
                }
            }
            return Ok(());
        }
        let mut state = self.writing();
        let most = if self.is(Defect::RecordsAThousand) { 1_000 } else { usize::MAX };
        for used in uses.iter().take(most) {
            let record = state.credentials.get_mut(&used.credential);
            let secret = match record {
                Some(record) if self.is(Defect::UsesAreOfCurrent) => Some(&mut record.current),
                Some(record) => secret_mut(record, used.generation),
                None => None,
            };
            match (secret, self.defect) {
                (None, Some(Defect::UnknownUseFails)) => {
                    return Err(StoreError::new(StoreErrorKind::Other));
                }
                (None, Some(Defect::UnknownUseEnds)) => return Ok(()),
                (None, _) => {}
                (Some(secret), Some(Defect::UsesMoveBack)) => secret.last_used = Some(used.at),
                (Some(secret), Some(Defect::IgnoresOlderThan)) => {
                    secret.last_used = secret.last_used.max(Some(used.at));
                }
                (Some(secret), _) => {
                    if secret.last_used.is_none_or(|stored| stored < used.older_than) {
                        secret.last_used = Some(used.at);
                    }
                }
            }
        }
        Ok(())
    }

    async fn record_networks(&self, seen: &[NetworkUse]) -> Result<(), StoreError> {
        let mut state = self.writing();
        for NetworkUse { credential, network, day } in seen {
            if !state.credentials.contains_key(credential) {
                match self.defect {
                    Some(Defect::UnknownNetworkFails) => {
                        return Err(StoreError::new(StoreErrorKind::Other));
                    }
                    Some(Defect::KeepsUnknownNetworks) => {}
                    _ => continue,
                }
            }
            let networks = state.networks.entry(*credential).or_default();
            let latest = networks.entry(*network).or_insert(*day);
            *latest = if self.is(Defect::NetworksMoveBack) { *day } else { (*latest).max(*day) };
            if networks.len() > MOST_NETWORKS && !self.is(Defect::KeepsManyNetworks) {
                let days = networks.iter().map(|(network, day)| (*day, *network));
                let earliest =
                    if self.is(Defect::DropsTheLatestNetwork) { days.max() } else { days.min() };
                if let Some((_, network)) = earliest {
                    networks.remove(&network);
                }
            }
        }
        Ok(())
    }

    async fn networks_of(&self, ids: &[CredentialId]) -> Result<Vec<NetworkUse>, StoreError> {
        let state = self.reading();
        let mut found = Vec::new();
        for (&credential, networks) in &state.networks {
            if ids.contains(&credential) {
                found.extend(networks.iter().map(|(&network, &day)| NetworkUse {
                    credential,
                    network,
                    day,
                }));
            }
        }
        if !self.is(Defect::SortsNetworks) {
            found.sort_by_key(|seen| (seen.credential, std::cmp::Reverse(seen.day)));
        }
        Ok(found)
    }

    async fn forget_networks(&self, before: Option<Day>, _: usize) -> Result<Purged, StoreError> {
        let mut state = self.writing();
        if self.is(Defect::ForgetsNoNetworks) && before.is_none() {
            return Ok(Purged::All);
        }
        let inclusive = self.is(Defect::ForgetsInclusively);
        for networks in state.networks.values_mut() {
            networks.retain(|_, day| {
                before.is_some_and(|before| if inclusive { *day > before } else { *day >= before })
            });
        }
        Ok(Purged::All)
    }

    async fn prune_events(&self, before: Timestamp, limit: usize) -> Result<Purged, StoreError> {
        let mut state = self.writing();
        let inclusive = self.is(Defect::PrunesInclusively);
        let old = |event: &Event| event.at < before || inclusive && event.at == before;
        let limit = if self.is(Defect::PrunesAll) { usize::MAX } else { limit };
        let before = state.events.len();
        if self.is(Defect::PrunesBetween) {
            state.events.retain(|event| !old(event));
        } else {
            let oldest = state.events.iter().take(limit);
            let gone = oldest.take_while(|event| old(event)).count();
            state.events.drain(..gone);
        }
        let is_done = before - state.events.len() < limit || self.is(Defect::PrunesOnce);
        if state.events.is_empty() && self.is(Defect::NumbersAnew) {
            state.position = Position::START;
        }
        Ok(if is_done { Purged::All } else { Purged::Some })
    }

    async fn purge_removed(&self, limit: usize) -> Result<Purged, StoreError> {
        let mut state = self.writing();
        match self.defect {
            Some(Defect::PurgesTheLiving) => {
                let ids: Vec<_> = state.credentials.keys().copied().take(limit).collect();
                state.credentials.retain(|id, _| !ids.contains(id));
            }
            Some(Defect::PurgeTakesANumber) => {
                if let Some(operation) = state.position.operation() {
                    state.position = Position::new(state.position.number() + 1, operation);
                }
            }
            Some(Defect::PurgeNeverEnds) => return Ok(Purged::Some),
            _ => {}
        }
        Ok(Purged::All)
    }

    async fn position(&self) -> Result<Position, StoreError> {
        Ok(self.reading().position)
    }

    async fn changes_since(
        &self,
        position: &Position,
        limit: usize,
    ) -> Result<Changes, StoreError> {
        if self.is(Defect::ShortLimits) && i64::try_from(limit).is_err() {
            return Err(StoreError::new(StoreErrorKind::Other));
        }
        let mut state = self.reading();
        if self.is(Defect::TellsOldChanges) {
            let state = Arc::make_mut(&mut state);
            state.events.pop();
            let newest = state.events.last();
            state.position = newest
                .map_or(Position::START, |event| Position::new(event.number, event.operation));
        }
        let newest = state.position;
        let known = |event: &Event| Position::new(event.number, event.operation) == *position;
        let whole =
            state.events.first().map_or(newest == Position::START, |first| first.number == 1);
        let known = match self.defect {
            Some(Defect::IgnoresOperations) => position.number() <= newest.number(),
            Some(Defect::WaitsForTheFuture) if position.number() > newest.number() => true,
            Some(Defect::PrunesInSilence) if position.number() <= newest.number() => true,
            Some(Defect::ForgetsStart) if *position == Position::START => false,
            Some(Defect::ForgetsNewest) => {
                state.events.iter().any(known) || whole && *position == Position::START
            }
            _ => {
                *position == newest
                    || state.events.iter().any(known)
                    || whole && *position == Position::START
            }
        };
        if !known {
            return Ok(Changes::TooFarBehind { position: newest, age: Duration::ZERO });
        }
        let again = u64::from(self.is(Defect::TellsAgain) && position.number() > 0);
        let limit = if self.is(Defect::IgnoresLimit) { usize::MAX } else { limit };
        let newer = |event: &&Event| event.number + again > position.number();
        let newer: Vec<_> = state.events.iter().filter(newer).take(limit).collect();
        let last = newer.last().map_or(*position, |e| Position::new(e.number, e.operation));
        Ok(Changes::Since {
            events: newer.iter().map(|event| event.outline()).collect(),
            position: if self.is(Defect::SkipsToTheNewest) { newest } else { last },
            newest: if self.is(Defect::TellsTheLastAsNewest) { last } else { newest },
            age: Duration::ZERO,
        })
    }
}

fn secret_mut(
    record: &mut CredentialRecord,
    number: GenerationNumber,
) -> Option<&mut GenerationRecord> {
    let previous = record.previous.as_mut().map(|previous| &mut previous.generation);
    std::iter::once(&mut record.current).chain(previous).find(|secret| secret.number == number)
}

/// Lets other threads run before this one continues. A yield would leave the choice to the scheduler, and on a busy
/// machine the defect would sometimes have no effect.
pub(crate) fn let_others_go_first() {
    thread::sleep(Duration::from_micros(200));
}

/// Pending at the first poll, so that a future can be dropped there.
pub(crate) async fn pause() {
    let mut polled = false;
    std::future::poll_fn(|context| {
        if polled {
            return Poll::Ready(());
        }
        polled = true;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
