//! A new secret for a credential, and the end of the one before.

use std::time::Duration;

use crate::domain::credential::{CredentialRecord, GenerationRecord, PreviousGeneration};
use crate::domain::event::Action;
use crate::domain::workspace::WorkspaceRecord;
use crate::values::{GenerationNumber, Timestamp};

use super::counters::update;
use super::lifecycle::{not_over, usable};
use super::refusal::Refusal;
use super::{Decision, Ruling};

/// The number of the secret that a rotation would make, where the credential may rotate.
pub(crate) fn next_generation(
    record: &CredentialRecord,
    now: Timestamp,
) -> Result<GenerationNumber, Refusal> {
    usable(record, now)?;
    record.current.number.next().ok_or(Refusal::GenerationsExhausted)
}

/// Makes `fresh` the current secret. The one before works until `now` and `overlap` more, or until the
/// credential's own end if that comes first; a still older one ends at once.
pub(crate) fn rotate(
    workspace: &WorkspaceRecord,
    record: &CredentialRecord,
    fresh: GenerationRecord,
    overlap: Duration,
    now: Timestamp,
) -> Result<Decision, Refusal> {
    next_generation(record, now)?;
    let previous = (!overlap.is_zero()).then(|| {
        let until = now.saturating_add(overlap);
        PreviousGeneration {
            generation: record.current.clone(),
            until: record.ends().map_or(until, |end| end.min(until)),
        }
    });
    let action = Action::Rotated {
        generation: fresh.number,
        overlap_until: previous.as_ref().map(|previous| previous.until),
    };
    let after = CredentialRecord { current: fresh, previous, ..record.clone() };
    update(workspace, record, after, action)
}

/// Ends the previous secret at once, where it has not ended by itself.
pub(crate) fn end_overlap(
    workspace: &WorkspaceRecord,
    record: &CredentialRecord,
    now: Timestamp,
) -> Ruling {
    not_over(record, now)?;
    match &record.previous {
        Some(previous) if previous.until > now => {
            let action = Action::OverlapEnded { generation: previous.generation.number };
            let after = CredentialRecord { previous: None, ..record.clone() };
            update(workspace, record, after, action).map(Some)
        }
        _ => Ok(None),
    }
}
