//! The versions of one record over time.

use keyward::Freshness;

use crate::timeline::Moment;

/// A record's versions, the oldest first.
#[derive(Debug)]
pub(crate) struct Versions<R>(Vec<Version<R>>);

#[derive(Debug)]
struct Version<R> {
    record: Option<R>,
    /// When another one took its place.
    until: Option<Moment>,
}

impl<R> Default for Versions<R> {
    /// Starts without a version.
    fn default() -> Self {
        Self(vec![Version { record: None, until: None }])
    }
}

impl<R> Versions<R> {
    /// The record was this from the beginning.
    pub(crate) fn since_ever(record: R) -> Self {
        Self(vec![Version { record: Some(record), until: None }])
    }

    /// The record has this state from now on, or is deleted.
    pub(crate) fn push(&mut self, record: Option<R>, now: Moment) {
        for version in &mut self.0 {
            version.until.get_or_insert(now);
        }
        self.push_beside(record);
    }

    /// The same, but the previous version stays allowed.
    pub(crate) fn push_beside(&mut self, record: Option<R>) {
        self.0.push(Version { record, until: None });
    }

    pub(crate) fn last(&self) -> Option<&R> {
        self.0.last().and_then(|version| version.record.as_ref())
    }

    /// Which one is the last.
    pub(crate) fn latest(&self) -> usize {
        self.0.len() - 1
    }

    /// The versions that an attempt may be answered by: those that were in force within the bound before it
    /// began, or since; of them only `from` and later ones.
    pub(crate) fn fresh(
        &self,
        begun: Moment,
        freshness: Freshness,
        from: usize,
    ) -> impl Iterator<Item = Option<&R>> {
        let is_fresh = move |until: Moment| match freshness {
            Freshness::Strict => until > begun,
            Freshness::Bounded(bound) => {
                begun.at.checked_sub(bound).is_none_or(|oldest| until.at > oldest)
            }
        };
        let fresh = move |version: &&Version<R>| version.until.is_none_or(is_fresh);
        self.0.iter().skip(from).filter(fresh).map(|version| version.record.as_ref())
    }

    /// Returns the versions before `from` that are still allowed.
    pub(crate) fn beside(&self, from: usize) -> impl Iterator<Item = Option<&R>> {
        let in_force = self.0.iter().take(from).filter(|version| version.until.is_none());
        in_force.map(|version| version.record.as_ref())
    }

    /// Returns the first allowed version since `begun` for which `holds` returns `true`.
    pub(crate) fn first_since(
        &self,
        begun: Moment,
        holds: impl Fn(Option<&R>) -> bool,
    ) -> Option<usize> {
        let in_force = |version: &Version<R>| version.until.is_none_or(|until| until > begun);
        self.0.iter().position(|version| in_force(version) && holds(version.record.as_ref()))
    }
}
