//! Record epochs: numbers that distinguish older copies of records from current ones.

/// The epoch of new tags, and the other epochs whose records are accepted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct RecordEpochs {
    current: u32,
    older: Vec<u32>,
    newer: Vec<u32>,
}

/// The error for record epochs that contradict each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RecordEpochsError {
    /// An older epoch is not below the current one.
    #[error("the older record epoch {0} is not below the current one")]
    NotOlder(u32),
    /// A newer epoch is not above the current one.
    #[error("the newer record epoch {0} is not above the current one")]
    NotNewer(u32),
}

impl RecordEpochs {
    pub(crate) fn set_current(&mut self, epoch: u32) {
        self.current = epoch;
    }

    pub(crate) fn add_older(&mut self, epochs: impl IntoIterator<Item = u32>) {
        self.older.extend(epochs);
    }

    pub(crate) fn add_newer(&mut self, epochs: impl IntoIterator<Item = u32>) {
        self.newer.extend(epochs);
    }

    /// Checks that the epochs do not contradict each other.
    pub(crate) fn check(&self) -> Result<(), RecordEpochsError> {
        if let Some(epoch) = self.older.iter().find(|epoch| **epoch >= self.current) {
            return Err(RecordEpochsError::NotOlder(*epoch));
        }
        match self.newer.iter().find(|epoch| **epoch <= self.current) {
            Some(epoch) => Err(RecordEpochsError::NotNewer(*epoch)),
            None => Ok(()),
        }
    }

    pub(crate) const fn current(&self) -> u32 {
        self.current
    }

    pub(crate) fn older(&self) -> &[u32] {
        &self.older
    }

    pub(crate) fn newer(&self) -> &[u32] {
        &self.newer
    }

    /// Returns the epochs whose records are accepted, the current one first.
    pub(super) fn all(&self) -> impl Iterator<Item = u32> + '_ {
        std::iter::once(self.current).chain(self.older.iter().chain(&self.newer).copied())
    }
}

#[cfg(test)]
mod tests {
    use super::{RecordEpochs, RecordEpochsError};

    fn epochs(current: u32, older: &[u32], newer: &[u32]) -> RecordEpochs {
        let mut epochs = RecordEpochs::default();
        epochs.set_current(current);
        epochs.add_older(older.iter().copied());
        epochs.add_newer(newer.iter().copied());
        epochs
    }

    #[test]
    fn older_epochs_are_below_and_newer_ones_above_the_current_one() {
        assert_eq!(RecordEpochs::default().check(), Ok(()));
        assert_eq!(epochs(5, &[4, 0], &[6, u32::MAX]).check(), Ok(()));
        for wrong in [5, 6] {
            assert_eq!(
                epochs(5, &[4, wrong], &[]).check(),
                Err(RecordEpochsError::NotOlder(wrong))
            );
        }
        for wrong in [5, 4] {
            assert_eq!(
                epochs(5, &[], &[6, wrong]).check(),
                Err(RecordEpochsError::NotNewer(wrong))
            );
        }
        let all: Vec<u32> = epochs(5, &[4, 3], &[6]).all().collect();
        assert_eq!(all, [5, 4, 3, 6]);
    }
}
