//! The serialized form of counts by reason: an object with a number for the word of each reason.

use std::collections::BTreeMap;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serializer};

use crate::domain::DenialReason;

#[cfg(feature = "tower")]
use super::requests::{NoAddress, RefusedHeader};

/// A reason for which attempts or requests are counted.
pub(super) trait Reason: Copy + 'static {
    /// All reasons in a fixed order.
    const EVERY: &'static [Self];

    /// Returns the word.
    fn word(self) -> &'static str;
}

macro_rules! reason {
    ($name:ident) => {
        impl Reason for $name {
            const EVERY: &'static [Self] = &Self::ALL;

            fn word(self) -> &'static str {
                self.as_str()
            }
        }
    };
}
reason!(DenialReason);
#[cfg(feature = "tower")]
reason!(RefusedHeader);
#[cfg(feature = "tower")]
reason!(NoAddress);

pub(super) fn serialize<R: Reason, S: Serializer>(
    counts: &[(R, u64)],
    into: S,
) -> Result<S::Ok, S::Error> {
    into.collect_map(counts.iter().map(|(reason, count)| (reason.word(), count)))
}

/// A missing reason counts as zero. An unknown word is an error.
pub(super) fn deserialize<'de, R: Reason, D: Deserializer<'de>>(
    from: D,
) -> Result<Vec<(R, u64)>, D::Error> {
    let mut counts = BTreeMap::<String, u64>::deserialize(from)?;
    let known = R::EVERY.iter();
    let known = known.map(|reason| (*reason, counts.remove(reason.word()).unwrap_or_default()));
    let known = known.collect();
    match counts.keys().next() {
        Some(unknown) => Err(D::Error::custom(format!("unknown reason `{unknown}`"))),
        None => Ok(known),
    }
}

/// The serialized form of a duration: seconds with a fraction.
pub(super) mod seconds {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer};

    #[expect(clippy::ref_option, reason = "serde passes the field")]
    pub(in crate::shell::stats) fn serialize<S: Serializer>(
        time: &Option<Duration>,
        into: S,
    ) -> Result<S::Ok, S::Error> {
        match time {
            Some(time) => into.serialize_some(&time.as_secs_f64()),
            None => into.serialize_none(),
        }
    }

    pub(in crate::shell::stats) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<Duration>, D::Error> {
        let seconds = Option::<f64>::deserialize(from)?;
        let time = seconds.map(Duration::try_from_secs_f64).transpose();
        time.map_err(serde::de::Error::custom)
    }
}
