//! The largest import.

use crate::harness::Postgres;
use crate::stores::imports;

#[test]
fn a_thousand_rows_are_one_commit() {
    imports::a_thousand_rows_are_one_commit(&Postgres::default());
}
