//! A table and its columns, defined once for the statements that read, insert and update its rows.

use crate::domain::Revision;
use crate::store::StoreError;

use super::error::stored;
use super::statement::{Casts, Statement, Value};

/// The maximum number of values in a statement: SQLite accepts 32,766, and PostgreSQL 65,535.
const MOST: usize = 30_000;

/// A table without its schema, and its columns in the order of their values.
#[derive(Debug, Clone, Copy)]
pub(in crate::adapters) struct Table<const N: usize> {
    pub(super) name: &'static str,
    pub(in crate::adapters) columns: [&'static str; N],
}

impl<const N: usize> Table<N> {
    /// Returns the columns, separated by commas.
    pub(in crate::adapters) fn columns(&self) -> String {
        self.columns.join(", ")
    }

    /// Returns the parameters of a row's values, from `$first` on.
    #[cfg(feature = "postgres")]
    pub(in crate::adapters) fn places(&self, first: usize) -> String {
        let places = (first..).zip(self.columns).map(|(place, _)| format!("${place}"));
        places.collect::<Vec<_>>().join(", ")
    }

    /// Returns the assignments of all columns but these. The parameter of the first column is `$first`.
    pub(in crate::adapters) fn assignments(&self, but: &[&str], first: usize) -> String {
        self.at_their_places(|column| !but.contains(&column), first, ", ")
    }

    fn at_their_places(
        &self,
        wanted: impl Fn(&str) -> bool,
        first: usize,
        between: &str,
    ) -> String {
        let places = (first..).zip(self.columns).filter(|(_, column)| wanted(column));
        let places: Vec<_> = places.map(|(place, column)| format!("{column} = ${place}")).collect();
        places.join(between)
    }

    /// Returns the beginning of an `INSERT`, up to its columns.
    pub(in crate::adapters) fn insert_into(&self) -> String {
        format!("INSERT INTO {} ({})", self.name, self.columns())
    }

    /// Inserts rows, in as few statements as possible. `then` is the conflict clause.
    pub(in crate::adapters) fn insert<'r>(
        &self,
        casts: &Casts,
        rows: impl IntoIterator<Item = [Value<'r>; N]>,
        then: &str,
    ) -> Vec<Statement<'r>> {
        let mut statements = Vec::new();
        let mut rows = rows.into_iter().peekable();
        while rows.peek().is_some() {
            let mut statement = Statement::new(self.insert_into() + " VALUES ", []);
            for (at, row) in rows.by_ref().take(MOST / N).enumerate() {
                statement.push(if at == 0 { "(" } else { ", (" }, []);
                statement.push_list(casts, row);
                statement.push(")", []);
            }
            statement.push(then, []);
            statements.push(statement);
        }
        statements
    }

    /// Inserts one row, or none if a row with its id exists.
    #[cfg(feature = "sqlite")]
    pub(super) fn insert_one<'r>(&self, row: [Value<'r>; N]) -> Statement<'r> {
        self.insert_unless(row, ") ON CONFLICT (id) DO NOTHING")
    }

    fn insert_unless<'r>(&self, row: [Value<'r>; N], then: &str) -> Statement<'r> {
        let mut statement = Statement::new(self.insert_into() + " VALUES (", []);
        statement.push_list(&Casts::NONE, row);
        statement.push(then, []);
        statement
    }

    /// Updates the row `c` with the same values in the key columns. A condition can follow.
    pub(in crate::adapters) fn update<'r>(
        &self,
        row: [Value<'r>; N],
        keys: &[&str],
    ) -> Statement<'r> {
        let set = self.assignments(keys, 1);
        let is_it = self.at_their_places(|column| keys.contains(&column), 1, " AND ");
        Statement::new(format!("UPDATE {} AS c SET {set} WHERE {is_it}", self.name), row)
    }

    /// Writes one row if the stored row has the revision `read_at`, and none otherwise. [`Revision::NONE`] inserts the
    /// row.
    pub(super) fn write<'r>(
        &self,
        row: [Value<'r>; N],
        keys: &[&str],
        read_at: Revision,
    ) -> Result<Statement<'r>, StoreError> {
        if read_at == Revision::NONE {
            // Of any index: PostgreSQL can find a row that another transaction inserts at the same time by another index of its id.
            return Ok(self.insert_unless(row, ") ON CONFLICT DO NOTHING"));
        }
        let mut statement = self.update(row, keys);
        statement.push(" AND revision = {}", [stored(read_at.get())?.into()]);
        Ok(statement)
    }
}

/// Returns the columns of the table with this alias.
pub(super) fn aliased(alias: &str, columns: &[&str]) -> String {
    let columns: Vec<_> = columns.iter().map(|column| format!("{alias}.{column}")).collect();
    columns.join(", ")
}

#[cfg(test)]
mod tests {
    use super::{Casts, MOST, Revision, Statement, Table, Value};

    const TABLE: Table<3> = Table { name: "t", columns: ["x", "y", "z"] };

    fn row() -> [Value<'static>; 3] {
        ["a".into(), 1_i64.into(), Value::Json("{}".into())]
    }

    fn inserted(rows: usize) -> Vec<Statement<'static>> {
        let casts = Casts { network: ["", ""], json: ["", "::jsonb"] };
        TABLE.insert(&casts, (0..rows).map(|_| row()), " DO NOTHING")
    }

    #[test]
    fn rows_are_one_statement() {
        let [statement] = &inserted(2)[..] else { panic!("expected one statement") };
        let text =
            "INSERT INTO t (x, y, z) VALUES ($1, $2, $3::jsonb), ($4, $5, $6::jsonb) DO NOTHING";
        assert_eq!((&*statement.text, statement.values.len()), (text, 6));
        assert!(inserted(0).is_empty());
    }

    #[test]
    fn no_statement_has_more_values_than_a_database_takes() {
        let sizes = |rows| inserted(rows).iter().map(|one| one.values.len()).collect::<Vec<_>>();
        assert_eq!(sizes(MOST / 3), [MOST]);
        assert_eq!(sizes(MOST / 3 + 1), [MOST, 3]);
    }

    /// With `ON CONFLICT (id)`, two transactions that create one workspace can fail with "duplicate key": the table has a second index
    /// that begins with the id.
    #[test]
    fn a_row_that_exists_is_not_inserted_whichever_index_finds_it() {
        let statement = TABLE.write(row(), &["x"], Revision::NONE).unwrap();
        let text = "INSERT INTO t (x, y, z) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
        assert_eq!((&*statement.text, statement.values.len()), (text, 3));
    }

    #[test]
    fn an_update_sets_all_but_its_keys() {
        let mut statement = TABLE.update(row(), &["x", "z"]);
        statement.push(" AND y = {}", [7_i64.into()]);
        let text = "UPDATE t AS c SET y = $2 WHERE x = $1 AND z = $3 AND y = $4";
        assert_eq!((&*statement.text, statement.values.len()), (text, 4));
        assert_eq!(TABLE.places(5), "$5, $6, $7");
        assert_eq!(TABLE.assignments(&["x"], 5), "y = $6, z = $7");
    }
}
