//! Checks the tags of all records.

use keyward::operate::CheckedRecords;
use keyward::store::PageSize;

use crate::answer::{Answer, Exit};
use crate::arguments::Walk;
use crate::failure::Failure;
use crate::progress::Progress;
use crate::service;

pub(super) async fn run(walk: Walk) -> Result<Answer, Failure> {
    let opened = service::open(&walk.service).await?;
    let progress = Progress::start("checking");
    let (mut total, mut after) = (CheckedRecords::default(), walk.after);
    loop {
        let page = opened.keyward.check_records(after.as_ref(), PageSize::MAX).await;
        let page = page.map_err(|error| stopped_at(error.into(), after.as_ref()))?;
        add(&mut total, &page);
        progress.set(number(&total));
        match page.next {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    drop(progress);
    opened.store.close().await;
    let found = total.lost + total.unchecked + total.corrupt;
    let exit = if found == 0 { Exit::Done } else { Exit::Found };
    Answer::new(exit, text(&total), &total)
}

/// Adds the place after which a walk can continue.
pub(super) fn stopped_at(failure: Failure, after: Option<&impl ToString>) -> Failure {
    match after {
        Some(place) => failure.hint(&format!("continue with `--after {}`", place.to_string())),
        None => failure,
    }
}

fn add(total: &mut CheckedRecords, page: &CheckedRecords) {
    total.up_to_date += page.up_to_date;
    total.outdated += page.outdated;
    total.lost += page.lost;
    total.unchecked += page.unchecked;
    total.corrupt += page.corrupt;
}

fn number(total: &CheckedRecords) -> u64 {
    total.up_to_date + total.outdated + total.lost + total.unchecked + total.corrupt
}

fn text(total: &CheckedRecords) -> String {
    let CheckedRecords { up_to_date, outdated, lost, unchecked, corrupt, .. } = total;
    format!(
        "Checked {} records.\n\
         up to date: {up_to_date}\n\
         under an older master key or epoch: {outdated}\n\
         under a lost master key: {lost}\n\
         under an unknown master key or epoch: {unchecked}\n\
         corrupt: {corrupt}",
        number(total)
    )
}
