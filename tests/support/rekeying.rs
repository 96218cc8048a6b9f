//! Whole walks of `rekey`.

use keyward::{
    Keyward, ManageError,
    operate::{Rekey, RekeyPage},
};

use super::block_on;

/// Walks through the store, and adds up the counts of the pages.
pub fn walk(node: &Keyward, rekey: Rekey) -> RekeyPage {
    try_walk(node, rekey).unwrap()
}

/// The same for a walk that may fail.
pub fn try_walk(node: &Keyward, rekey: Rekey) -> Result<RekeyPage, ManageError> {
    block_on(walking(node, rekey))
}

/// The same for a store that needs a runtime of its own.
pub async fn walking(node: &Keyward, mut rekey: Rekey) -> Result<RekeyPage, ManageError> {
    let mut sum = RekeyPage::default();
    loop {
        let page = node.rekey(&rekey).await?;
        sum.retagged += page.retagged;
        sum.adopted += page.adopted;
        sum.lost += page.lost;
        sum.unchecked += page.unchecked;
        sum.changed += page.changed;
        sum.corrupt += page.corrupt;
        sum.renewed += page.renewed;
        sum.up_to_date += page.up_to_date;
        sum.waiting_for_use += page.waiting_for_use;
        sum.without_key += page.without_key;
        match page.next {
            Some(next) => rekey = rekey.after(next),
            None => return Ok(sum),
        }
    }
}

/// Adopts the records that were tagged under a lost master key, as an operator does after a review.
pub fn adopt_lost(node: &Keyward) {
    let sum = walk(node, Rekey::new().adopt_lost());
    assert_eq!((sum.lost, sum.changed, sum.corrupt), (0, 0, 0));
}
