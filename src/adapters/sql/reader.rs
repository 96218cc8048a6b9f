//! The trait that runs reads, and the texts of the reads.

use crate::domain::EventOutline;
use crate::store::StoreError;

use super::columns::{Columns, Unreadable};
use super::poll_texts::PollTexts;
use super::removal::living;
use super::statement::Statement;
use super::{credential_row, workspace_row};

/// Runs one statement, in one snapshot and within the store's time limit.
pub(in crate::adapters) trait Reader: Sync {
    type Row: Columns + Send;

    /// Returns the texts of the reads. They are built once, because a verification waits for them.
    fn selects() -> &'static Selects;

    /// Compares a column with any of several texts. `{}` is replaced by their parameter: see [`Value::Texts`].
    const ONE_OF: &'static str;

    /// The condition that the name key of a credential `c` has a character that is not ASCII: it has more bytes than
    /// characters. The schema's partial index has the same expression.
    const BEYOND_ASCII: &'static str;

    /// Adds the condition that the labels of a credential `c` contain a text.
    const HAS_LABEL: &'static str;

    /// The age of the answer to a poll in microseconds, or a negative number if it is not known: see
    /// [`Changes::age`](crate::store::Changes::age).
    const AGE: &'static str;

    /// Selects the events `{events}` of a poll in one value.
    const EVENTS: &'static str;

    /// Reads the events of a poll from the fifth column, with their numbers.
    fn outlines(row: &Self::Row) -> Result<Vec<(u64, EventOutline)>, Unreadable>;

    fn rows(
        &self,
        statement: Statement<'_>,
    ) -> impl Future<Output = Result<Vec<Self::Row>, StoreError>> + Send;

    /// Runs one statement of the change feed, for which attempts with cached keys wait.
    fn feed_rows(
        &self,
        statement: Statement<'_>,
    ) -> impl Future<Output = Result<Vec<Self::Row>, StoreError>> + Send {
        self.rows(statement)
    }

    /// Returns the row of a statement that finds at most one row.
    fn row(
        &self,
        statement: Statement<'_>,
    ) -> impl Future<Output = Result<Option<Self::Row>, StoreError>> + Send {
        async { Ok(self.rows(statement).await?.into_iter().next()) }
    }
}

/// The texts of the reads that differ between the databases.
#[derive(Debug)]
pub(in crate::adapters) struct Selects {
    /// Selects credentials `c`. A condition can follow.
    pub(super) credentials: String,
    /// Selects the credential with the id `$1`.
    pub(super) credential: String,
    /// Selects workspaces `w`. A condition can follow.
    pub(super) workspaces: String,
    /// Selects the workspace with the id `$1`.
    pub(super) workspace: String,
    /// Select the changes after a position.
    pub(super) polls: PollTexts,
}

impl Selects {
    /// `previous` and `joins` are those of [`credential_row::select`], and `lists` those of [`workspace_row::select`].
    pub(in crate::adapters) fn new<D: Reader>(previous: &str, joins: &str, lists: &str) -> Self {
        let credentials = credential_row::select(previous, joins);
        let workspaces = workspace_row::select(lists);
        Self {
            credential: [&credentials, " WHERE c.id = $1 AND ", living!()].concat(),
            credentials,
            workspace: [&workspaces, " WHERE w.id = $1"].concat(),
            workspaces,
            polls: PollTexts::new(D::AGE, D::EVENTS),
        }
    }
}
