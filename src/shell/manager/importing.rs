//! Imports of keys of another system.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use futures_util::future::try_join_all;

use crate::domain::rules::{ImportInProgress, Needs, RequestedImport, declared, repeated_import};
use crate::domain::{CredentialRecord, GenerationRecord, Refusal};
use crate::secrets::{OwnerHash, SlowScheme, StandIn, StoredHash, UnreadableHash};
use crate::shell::errors::ManageError;
use crate::shell::imports::DeclaredFormat;
use crate::store::{CredentialQuery, PageItem, PageSize, Scope};
use crate::values::{
    Brand, CredentialId, GenerationNumber, Identity, KindWord, Name, Timestamp, WorkspaceId,
};

use super::Manager;
use super::commit::{Commit, Operation, until_committed};
use super::import_rows::{
    ExistingImport, Import, ImportDryRun, ImportOutcome, ImportRow, RowRefusal,
};
use super::reads::WorkspaceRead;

/// How many rows are hashed at the same time, so that imports leave places in the queue to other operations.
const HASHED_TOGETHER: usize = 16;

/// A row whose hash was read.
struct ReadRow<'r> {
    row: &'r ImportRow,
    kind: KindWord,
    stand_in: StandIn,
    /// How the other system computed the hash, if it is salted.
    scheme: Option<SlowScheme>,
}

/// A row of an import as it is known so far.
type Known<T> = Result<T, ImportOutcome>;

/// An import whose rows were read.
struct ReadImport<'r> {
    operation: Operation,
    records: WorkspaceRead,
    rows: Vec<Known<ReadRow<'r>>>,
}

impl Manager<'_> {
    /// Imports keys of another system into a workspace, all in one transaction. Only for the operator.
    ///
    /// The keys verify from then on, like other keys of their kind. A disabled one is imported suspended. The outcomes have the order
    /// of the rows. A refused row does not prevent the others. A key opens one workspace of the store, and importing it again does
    /// nothing. If no row is new, nothing is written.
    ///
    /// # Errors
    ///
    /// Refused with [`TooMany`](crate::Refusal::TooMany) if there are more than 1,000 rows, with
    /// [`AboveCeiling`](crate::Refusal::AboveCeiling) if a row has scopes that the actor lacks, and with
    /// [`OperationReused`](crate::Refusal::OperationReused).
    ///
    /// # Cost
    ///
    /// Each new row runs Argon2id once, as an issue does: about 20 ms on one core. An import also reads the names of all credentials of
    /// the workspace, in pages of 1,000. On PostgreSQL the commit takes a few round trips.
    ///
    /// ```
    /// # use keyward::{history::*, kind::*, manage::*, operate::*, time::*, *};
    /// use keyward::imports::{Import, ImportFormat, ImportOutcome, ImportRow};
    ///
    /// # pollster::block_on(async {
    /// # let keys = MasterKeys::new(MasterKey::generate()?);
    /// let keyward = Keyward::builder(MemoryStore::new(), keys)
    /// #     .slow_hash(SlowHashParams::dangerous_cheap())
    ///     .import::<App>(ImportFormat::sha256("old").starting_with("acme_"))
    ///     .build()?;
    /// let operator = Operator::new(ActorId::new("migration")?).acting_for(AccountId::new("acme")?);
    /// let manager = keyward.manager(&operator);
    /// # let shop = WorkspaceId::new("acme/shop")?;
    /// # manager.create_workspace(NewWorkspace::new(shop.clone(), Name::new("Shop")?)).await?;
    ///
    /// // The SHA-256 of a customer's key, from the table of the old service.
    /// let hash = "5f8dcf4a80da4ceca6c3035341cad74f546b2b9f3a81bd8e114a46897548f2a4";
    /// let row = ImportRow::new("old", Name::new("Backend")?, hash);
    /// let outcomes = manager.import(Import::new(shop.clone(), [row]).operation("batch 1")).await?;
    /// assert!(matches!(outcomes[..], [ImportOutcome::Imported(_)]));
    ///
    /// let proof = keyward.verify(&Attempt::app("acme_2N7fZ1qLkYwT0cRv8sXb")).await?;
    /// assert_eq!(proof.workspace(), &shop);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub async fn import(&self, import: Import) -> Result<Vec<ImportOutcome>, ManageError> {
        let ReadImport { operation, records, rows } = self.read_import(&import).await?;
        self.expect(records.workspace.revision)?;
        // Checked first, so that Argon2id does not run in vain.
        let (_, judged) = self.judge(&records, &operation, &rows, &ImportDryRun::new()).await?;
        let mut made = Vec::with_capacity(rows.len());
        for (rows, judged) in rows.chunks(HASHED_TOGETHER).zip(judged.chunks(HASHED_TOGETHER)) {
            let mut hashing = Vec::with_capacity(HASHED_TOGETHER);
            for (row, judged) in rows.iter().zip(judged) {
                hashing.push(self.made_for(row, judged, operation.now));
            }
            made.extend(try_join_all(hashing).await?);
        }
        until_committed(|| self.import_round(&import.workspace, &operation, &rows, &made)).await
    }

    /// Returns the outcomes that [`import`](Self::import) would have now, and changes nothing. Only for the operator.
    ///
    /// `dry_run` holds what the earlier calls would have imported. Pass the same one for all parts of an import, in their order.
    ///
    /// # Errors
    ///
    /// The same as of [`import`](Self::import). As a read, it is not conditional on a revision.
    ///
    /// # Cost
    ///
    /// The reads of [`import`](Self::import). Argon2id does not run.
    pub async fn preview_import(
        &self,
        import: &Import,
        dry_run: &mut ImportDryRun,
    ) -> Result<Vec<ImportOutcome>, ManageError> {
        let ReadImport { operation, records, rows } = self.read_import(import).await?;
        let (_, judged) = self.judge(&records, &operation, &rows, dry_run).await?;
        let mut outcomes = Vec::with_capacity(rows.len());
        for (row, judged) in rows.iter().zip(judged) {
            outcomes.push(match (row, judged) {
                (_, Err(outcome)) => outcome,
                (Err(outcome), Ok(_)) => outcome.clone(),
                (Ok(ReadRow { row, kind, stand_in: StandIn { id, .. }, scheme }), Ok(_)) => {
                    let workspace = records.workspace.id.clone();
                    let names = dry_run.names.entry(workspace.clone()).or_default();
                    names.push((*kind, row.name.clone()));
                    let schemes = scheme.iter().cloned().collect();
                    dry_run.credentials.insert(*id, ExistingImport { workspace, schemes });
                    ImportOutcome::Imported(*id)
                }
            });
        }
        Ok(outcomes)
    }

    /// Checks what concerns the whole import, and reads its rows.
    async fn read_import<'r>(&self, import: &'r Import) -> Result<ReadImport<'r>, ManageError> {
        if import.rows.len() > Import::MOST_ROWS {
            let limit = u32::try_from(Import::MOST_ROWS).unwrap_or(u32::MAX);
            return Err(Refusal::TooMany { what: "rows of an import", limit }.into());
        }
        let operation = self.operation_with(import.operation.as_deref())?;
        let records = self.read_workspace(&import.workspace, Needs::Import).await?;
        for row in &import.rows {
            self.can_give(&row.grant.scopes)?;
        }
        let mut rows = Vec::with_capacity(import.rows.len());
        let mut seen = HashMap::new();
        for (place, row) in import.rows.iter().enumerate() {
            rows.push(self.read_row(place, row, &mut seen).await?);
        }
        Ok(ReadImport { operation, records, rows })
    }

    /// Reads the hash of a row, and notes its credential among those of the earlier rows.
    async fn read_row<'r>(
        &self,
        place: usize,
        row: &'r ImportRow,
        seen: &mut HashMap<CredentialId, usize>,
    ) -> Result<Known<ReadRow<'r>>, ManageError> {
        let refused = |refusal| Ok(Err(ImportOutcome::Refused(refusal)));
        let Some(DeclaredFormat { kind, format }) = self.parts.imports.named(&row.format) else {
            let declared = self.parts.imports.names().map(str::to_owned).collect();
            return refused(RowRefusal::UnknownFormat { declared });
        };
        let StoredHash { hash, scheme } = match format.stored(&row.hash, row.matching.as_deref()) {
            Ok(read) => read,
            Err(UnreadableHash::Cost(allowed)) => return refused(RowRefusal::Cost { allowed }),
            Err(UnreadableHash::NotCompiled) => return refused(RowRefusal::FeatureOff),
            Err(UnreadableHash::Bytes) => return refused(RowRefusal::UnreadableHash),
            Err(UnreadableHash::NoMatching) => return refused(RowRefusal::MissingMatching),
            Err(UnreadableHash::UnusedMatching) => return refused(RowRefusal::UnusedMatching),
            Err(UnreadableHash::WrongMatching) => return refused(RowRefusal::WrongMatching),
        };
        if let Err(rule) = declared(&self.parts.vocabulary, &row.grant.scopes) {
            return refused(RowRefusal::Rule(rule));
        }
        let stand_in = self.parts.imports.stand_in(format, &hash).await?;
        if let Some(named) = format.hash(row.name.as_str())
            && self.parts.imports.stand_in(format, &named).await?.id == stand_in.id
        {
            return refused(RowRefusal::KeyInName);
        }
        match seen.entry(stand_in.id) {
            Entry::Occupied(earlier) if scheme.is_some() => {
                return refused(RowRefusal::SamePrefix { row: Some(*earlier.get()) });
            }
            Entry::Occupied(earlier) => {
                return refused(RowRefusal::SameKey { row: *earlier.get() });
            }
            Entry::Vacant(free) => {
                free.insert(place);
            }
        }
        Ok(Ok(ReadRow { row, kind: *kind, stand_in, scheme }))
    }

    /// Reads, decides and commits once.
    async fn import_round(
        &self,
        workspace: &WorkspaceId,
        operation: &Operation,
        rows: &[Known<ReadRow<'_>>],
        made: &[Option<GenerationRecord>],
    ) -> Result<Commit<Vec<ImportOutcome>>, ManageError> {
        let records = self.read_workspace(workspace, Needs::Import).await?;
        self.expect(records.workspace.revision)?;
        let (mut import, judged) =
            self.judge(&records, operation, rows, &ImportDryRun::new()).await?;
        let mut outcomes = Vec::with_capacity(rows.len());
        for ((row, judged), made) in rows.iter().zip(judged).zip(made) {
            outcomes.push(match (row, judged, made) {
                (_, Err(outcome), _) => outcome,
                (Ok(row), Ok(expires), Some(made)) => {
                    let record = self.imported(row, &records, made.clone(), operation.now);
                    import.add(CredentialRecord { expires, ..record });
                    ImportOutcome::Imported(row.stand_in.id)
                }
                // A change of the workspace admitted it after it was not hashed. The next call imports it.
                (_, Ok(_), _) => ImportOutcome::Skipped,
            });
        }
        let Some(decision) = import.decision() else { return Ok(Commit::Done(outcomes)) };
        let commit = self.commit_import(operation, &records, decision).await?;
        Ok(commit.answer(|| outcomes))
    }

    /// Decides about every row: the expiry of its credential, or what became of it.
    async fn judge<'s>(
        &'s self,
        records: &'s WorkspaceRead,
        operation: &Operation,
        rows: &[Known<ReadRow<'_>>],
        earlier: &ImportDryRun,
    ) -> Result<(ImportInProgress<'s>, Vec<Known<Option<Timestamp>>>), ManageError> {
        let is_repeat = self.is_repeated_import(operation, &records.workspace.id).await?;
        let existing = self.existing(rows, earlier).await?;
        let names = self.names_of(&records.workspace.id, operation.now).await?;
        let (context, limits) = (records.context(self), &self.parts.limits);
        let mut import = ImportInProgress::new(context, names, limits, operation.now);
        for (kind, name) in earlier.names.get(&records.workspace.id).into_iter().flatten() {
            import.count(*kind, name.clone());
        }
        let judged = rows.iter().map(|row| {
            let ReadRow { row, kind, stand_in: StandIn { id, .. }, scheme } =
                row.as_ref().map_err(Clone::clone)?;
            match existing.get(id) {
                Some(Some(home)) if home.is_another_key(scheme.as_ref()) => {
                    return Err(ImportOutcome::Refused(RowRefusal::SamePrefix { row: None }));
                }
                Some(Some(home)) if home.workspace == records.workspace.id => {
                    return Err(ImportOutcome::AlreadyImported(*id));
                }
                Some(_) => return Err(ImportOutcome::Refused(RowRefusal::OtherWorkspace)),
                None if is_repeat => return Err(ImportOutcome::Skipped),
                None => {}
            }
            let owner = row.grant.owner.member();
            let owner = owner.map(|member| OwnerHash::of(&records.account.id, member));
            let requested = RequestedImport {
                kind: *kind,
                noun: self.parts.kinds.noun(*kind),
                name: &row.name,
                expires: row.expires,
                owner,
            };
            let admitted = import.admit(&requested);
            admitted.map_err(|rule| ImportOutcome::Refused(RowRefusal::Rule(rule)))
        });
        let judged = judged.collect();
        Ok((import, judged))
    }

    /// Returns `true` if an earlier call carried out the import.
    async fn is_repeated_import(
        &self,
        operation: &Operation,
        workspace: &WorkspaceId,
    ) -> Result<bool, ManageError> {
        if !operation.is_chosen {
            return Ok(false);
        }
        let Some(event) = self.own_event(operation.id).await? else { return Ok(false) };
        repeated_import(&event, workspace)?;
        Ok(true)
    }

    /// Returns the credentials with the ids of the rows that exist, or that the dry run would have imported. Nothing more is known of
    /// a corrupt one.
    async fn existing(
        &self,
        rows: &[Known<ReadRow<'_>>],
        earlier: &ImportDryRun,
    ) -> Result<HashMap<CredentialId, Option<ExistingImport>>, ManageError> {
        let ids: Vec<_> = rows.iter().flatten().map(|row| row.stand_in.id).collect();
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let found = self.parts.records.unchecked_credentials_by_id(&ids).await?;
        let found = ids.into_iter().zip(found).filter_map(|(id, item)| match item {
            Some(PageItem::Record(record)) => Some((id, Some(ExistingImport::of(record)))),
            Some(PageItem::Corrupt(_) | PageItem::Newer { .. }) => Some((id, None)),
            None => Some((id, Some(earlier.credentials.get(&id)?.clone()))),
        });
        Ok(found.collect())
    }

    /// Returns the kinds and names of all credentials of a workspace.
    async fn names_of(
        &self,
        workspace: &WorkspaceId,
        now: Timestamp,
    ) -> Result<Vec<(KindWord, Name)>, ManageError> {
        let scope = Scope::Workspace(workspace.clone());
        let mut query = CredentialQuery::all(scope, now, PageSize::MAX);
        let mut names = Vec::new();
        loop {
            let page = self.parts.records.credentials(&query).await?;
            let records = page.items.into_iter().filter_map(PageItem::record);
            names.extend(records.map(|record| (record.kind, record.name)));
            query.after = page.next;
            if query.after.is_none() {
                return Ok(names);
            }
        }
    }

    /// Makes the stored secret of a row that was admitted.
    async fn made_for(
        &self,
        row: &Known<ReadRow<'_>>,
        judged: &Known<Option<Timestamp>>,
        now: Timestamp,
    ) -> Result<Option<GenerationRecord>, ManageError> {
        match (row, judged) {
            (Ok(row), Ok(_)) => self.generation_of(row, now).await.map(Some),
            _ => Ok(None),
        }
    }

    async fn generation_of(
        &self,
        read: &ReadRow<'_>,
        now: Timestamp,
    ) -> Result<GenerationRecord, ManageError> {
        let ReadRow { row, kind, stand_in, scheme } = read;
        let identity = Identity { brand: Brand::IMPORTED, kind: *kind, id: stand_in.id };
        let minted =
            self.parts.minter.take_over(self.actor.account(), identity, &stand_in.secret).await?;
        let made = self.parts.minter.unsealed(&minted, GenerationNumber::FIRST, now);
        let made = match scheme {
            Some(scheme) => GenerationRecord {
                slow_hash: made.slow_hash.of_output(scheme),
                digest: made.digest.of_output(),
                ..made
            },
            None => made,
        };
        Ok(GenerationRecord { created: created(row, now), last_used: row.last_used, ..made })
    }

    /// Returns the record of an imported credential.
    fn imported(
        &self,
        read: &ReadRow<'_>,
        records: &WorkspaceRead,
        secret: GenerationRecord,
        now: Timestamp,
    ) -> CredentialRecord {
        let ReadRow { row, kind, stand_in, .. } = read;
        let (name, by) = (row.name.clone(), self.actor.by().clone());
        CredentialRecord {
            suspended: row.is_disabled.then_some(now),
            grant: row.grant.clone(),
            ..CredentialRecord::issued(stand_in.id, &records.workspace, *kind, name, by, secret)
        }
    }
}

/// Returns when the key of a row was made: not in the future.
fn created(row: &ImportRow, now: Timestamp) -> Timestamp {
    row.created.map_or(now, |created| created.min(now))
}
