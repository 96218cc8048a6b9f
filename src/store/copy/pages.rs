//! The two passes over the records of one type: the copy and the comparison.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::store::{PageSize, StoreError};

use super::records::{Holds, Record};
use super::report::CopyError;

/// Counts the records that were copied and compared, and reports the sum.
pub(super) struct Progress<'a> {
    done: AtomicU64,
    watch: &'a (dyn Fn(u64) + Sync),
}

impl<'a> Progress<'a> {
    pub(super) const fn new(watch: &'a (dyn Fn(u64) + Sync)) -> Self {
        Self { done: AtomicU64::new(0), watch }
    }

    fn add(&self, records: usize) {
        let records = records as u64;
        (self.watch)(self.done.fetch_add(records, Ordering::Relaxed) + records);
    }
}

/// Copies all records of one type, and returns their number. Reports each page to `progress`.
pub(super) async fn copy_all<R: Record>(
    from: &impl Holds<R>,
    to: &impl Holds<R>,
    size: PageSize,
    progress: &Progress<'_>,
) -> Result<u64, CopyError> {
    let (mut copied, mut after) = (0, None);
    loop {
        let page = from.after(after.as_ref(), size).await.map_err(CopyError::Source)?;
        for record in &page {
            record.check().map_err(|corrupt| {
                CopyError::Source(StoreError::corrupt(record.place().to_string()).because(corrupt))
            })?;
        }
        if let Some(last) = page.last() {
            to.add(&page).await.map_err(CopyError::Target)?;
            copied += page.len() as u64;
            progress.add(page.len());
            after = Some(last.place());
        }
        if page.len() < size.get() {
            return Ok(copied);
        }
    }
}

/// Compares all records of one type in both stores. Reports each page to `progress`.
pub(super) async fn compare_all<R: Record>(
    from: &impl Holds<R>,
    to: &impl Holds<R>,
    size: PageSize,
    progress: &Progress<'_>,
) -> Result<(), CopyError> {
    let mut after = None;
    loop {
        let source = from.after(after.as_ref(), size).await.map_err(CopyError::Source)?;
        let target = to.after(after.as_ref(), size).await.map_err(CopyError::Target)?;
        if let Some(place) = first_difference(&source, &target) {
            return Err(CopyError::Differs { at: format!("{} {place}", R::NOUN) });
        }
        progress.add(source.len());
        after = source.last().map(Record::place);
        if source.len() < size.get() {
            return Ok(());
        }
    }
}

/// Returns the key of the first record that differs between two pages.
fn first_difference<R: Record>(one: &[R], other: &[R]) -> Option<R::Place> {
    let same = one.iter().zip(other).take_while(|(one, other)| one == other).count();
    let places = [one.get(same), other.get(same)];
    places.into_iter().flatten().map(Record::place).min()
}
