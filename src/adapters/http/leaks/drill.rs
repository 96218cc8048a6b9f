//! The public key of leak drills.

use std::fmt;
use std::str::FromStr;

use crate::secrets::AlertKey;

/// The public key of leak drills, for [`LeakAlerts::with_drill`](super::LeakAlerts::with_drill). It parses from the PEM text that
/// `keyward leak-drill new-key` prints.
#[derive(Clone)]
pub struct DrillKey(AlertKey);

/// The error for a text that is not a public key of leak drills.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a P-256 public key in PEM: copy the text that `keyward leak-drill new-key` printed")]
#[non_exhaustive]
pub struct DrillKeyError;

impl DrillKey {
    pub(super) const fn alert_key(&self) -> &AlertKey {
        &self.0
    }
}

impl FromStr for DrillKey {
    type Err = DrillKeyError;

    fn from_str(pem: &str) -> Result<Self, Self::Err> {
        AlertKey::from_pem(pem).map(Self).ok_or(DrillKeyError)
    }
}

impl fmt::Debug for DrillKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DrillKey").finish_non_exhaustive()
    }
}
