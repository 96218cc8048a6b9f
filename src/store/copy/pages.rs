//! The two passes over the records of one kind: copying, and comparing.

use crate::store::{PageSize, StoreError};

use super::records::{Holds, Record};
use super::report::CopyError;

/// Copies all records of a kind, and answers how many.
pub(super) async fn copy_all<R: Record>(
    from: &impl Holds<R>,
    to: &impl Holds<R>,
    size: PageSize,
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
            after = Some(last.place());
        }
        if page.len() < size.get() {
            return Ok(copied);
        }
    }
}

/// Reads all records of a kind on both sides, and compares them.
pub(super) async fn compare_all<R: Record>(
    from: &impl Holds<R>,
    to: &impl Holds<R>,
    size: PageSize,
) -> Result<(), CopyError> {
    let mut after = None;
    loop {
        let source = from.after(after.as_ref(), size).await.map_err(CopyError::Source)?;
        let target = to.after(after.as_ref(), size).await.map_err(CopyError::Target)?;
        if let Some(place) = first_difference(&source, &target) {
            return Err(CopyError::Differs { at: format!("{} {place}", R::NOUN) });
        }
        after = source.last().map(Record::place);
        if source.len() < size.get() {
            return Ok(());
        }
    }
}

/// The first place at which two pages are not the same.
fn first_difference<R: Record>(one: &[R], other: &[R]) -> Option<R::Place> {
    let same = one.iter().zip(other).take_while(|(one, other)| one == other).count();
    let places = [one.get(same), other.get(same)];
    places.into_iter().flatten().map(Record::place).min()
}
