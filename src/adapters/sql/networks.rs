//! The networks from which credentials passed, in statements that both databases share.

use std::collections::BTreeSet;

use crate::domain::NetworkUse;
use crate::store::{MOST_NETWORKS, Purged, StoreError};
use crate::values::{CredentialId, Day};

use super::columns::{Columns, Columnwise, Unreadable, stored_id};
use super::doubt::WriteDoubt;
use super::eventless::EventlessWriter;
use super::listing;
use super::reader::Reader;
use super::removal::living;
use super::statement::{Statement, limit};

const SELECT: &str = concat!(
    "SELECT n.credential, n.network, n.day FROM keyward_used_networks n \
JOIN keyward_credentials c ON c.id = n.credential WHERE ",
    living!(),
    " AND n.credential"
);

pub(in crate::adapters) async fn networks_of<D: Reader>(
    database: &D,
    ids: &[CredentialId],
) -> Result<Vec<NetworkUse>, StoreError> {
    let texts: Vec<_> = ids.iter().map(CredentialId::as_str).collect();
    let mut statement = listing::with_ids::<D>(SELECT.to_owned(), &texts);
    statement.push(" ORDER BY n.credential, n.day DESC, n.network", []);
    let rows = database.rows(statement).await?;
    let seen = rows
        .iter()
        .map(|row| network_use(row).map_err(|unreadable| unreadable.in_row(&stored_id(row))));
    seen.collect()
}

fn network_use<R: Columns>(row: &R) -> Result<NetworkUse, Unreadable> {
    let mut columns = Columnwise::new(row);
    Ok(NetworkUse {
        credential: CredentialId::new(columns.text()?)?,
        network: columns.text()?.parse()?,
        day: Day::new(columns.number()?)?,
    })
}

/// Deletes the networks with the earliest days of each of these credentials that has too many.
pub(in crate::adapters) async fn keep_few_networks<D: EventlessWriter>(
    database: &D,
    seen: &[NetworkUse],
    doubt: &WriteDoubt,
) -> Result<(), StoreError> {
    let ids: BTreeSet<_> = seen.iter().map(|seen| seen.credential.as_str()).collect();
    let ids: Vec<_> = ids.into_iter().collect();
    let text = format!(
        "DELETE FROM keyward_used_networks AS n WHERE {MOST_NETWORKS} <= (\
         SELECT count(*) FROM keyward_used_networks m WHERE m.credential = n.credential \
         AND (m.day > n.day OR (m.day = n.day AND m.network < n.network))) AND n.credential"
    );
    database.repeatable(&listing::with_ids::<D>(text, &ids), doubt).await?;
    Ok(())
}

/// Finds credentials with networks from before the day, and then deletes these networks. The first statement is a read, so a
/// node whose role cannot delete has nothing to report while there is nothing to delete.
pub(in crate::adapters) async fn forget_networks<D: EventlessWriter>(
    database: &D,
    before: Option<Day>,
    most: usize,
) -> Result<Purged, StoreError> {
    let doubt = &WriteDoubt::default();
    let before = before.map_or(i64::MAX, Day::get);
    let forget = Box::pin(async {
        let some = "SELECT credential FROM keyward_used_networks WHERE day < $1 \
ORDER BY day LIMIT CAST($2 AS bigint)";
        let rows = database.rows(Statement::new(some, [before.into(), limit(most)])).await?;
        let ids: BTreeSet<_> = rows.iter().map(stored_id).collect();
        if ids.is_empty() {
            return Ok(Purged::All);
        }
        let ids: Vec<_> = ids.iter().map(String::as_str).collect();
        let text = "DELETE FROM keyward_used_networks WHERE day < $1 AND credential";
        let mut delete = Statement::new(text, [before.into()]);
        delete.push(D::ONE_OF, [ids.as_slice().into()]);
        database.repeatable(&delete, doubt).await?;
        Ok(Purged::Some)
    });
    doubt.or(database.time_limit().keep(forget).await)
}
