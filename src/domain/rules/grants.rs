//! The rules to change the scopes, networks, labels and owner of a credential, and the ceiling of an actor.

use crate::domain::credential::CredentialRecord;
use crate::domain::event::Action;
use crate::domain::grant::{Grant, Owner};
use crate::domain::vocabulary::Vocabulary;
use crate::values::{CredentialNetworks, Labels, ScopeName, Scopes, Timestamp};

use super::lifecycle::{changed, not_ended};
use super::refusal::Refusal;
use super::{Ruling, WorkspaceWithMinimum};

/// The maximum number of declared names that a refusal lists.
const NEAREST: usize = 3;

/// Refuses scopes that the service does not declare.
pub(crate) fn declared(vocabulary: &Vocabulary, scopes: &Scopes) -> Result<(), Refusal> {
    let Scopes::Only(set) = scopes else { return Ok(()) };
    match set.names().iter().find(|name| !vocabulary.contains(name)) {
        Some(name) => {
            Err(Refusal::UnknownScope { scope: name.clone(), nearest: nearest(vocabulary, name) })
        }
        None => Ok(()),
    }
}

/// Returns the declared names that differ least from this one.
fn nearest(vocabulary: &Vocabulary, name: &ScopeName) -> Vec<ScopeName> {
    let mut known: Vec<_> = vocabulary
        .scopes()
        .map(|(known, _)| (distance(known.as_str(), name.as_str()), known.clone()))
        .collect();
    known.sort();
    known.into_iter().take(NEAREST).map(|(_, known)| known).collect()
}

/// Returns how many characters must be inserted, removed or replaced to make one text of the other.
fn distance(one: &str, other: &str) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (at, byte) in one.bytes().enumerate() {
        let mut left = at + 1;
        let mut diagonal = at;
        for (place, theirs) in other.bytes().enumerate() {
            let Some(above) = row.get(place + 1).copied() else { break };
            let cheapest = (diagonal + usize::from(byte != theirs)).min(above + 1).min(left + 1);
            if let Some(kept) = row.get_mut(place) {
                *kept = left;
            }
            (diagonal, left) = (above, cheapest);
        }
        if let Some(last) = row.last_mut() {
            *last = left;
        }
    }
    row.last().copied().unwrap_or_default()
}

/// Sets the scopes of a credential.
pub(crate) fn set_scopes(
    context: WorkspaceWithMinimum<'_>,
    record: &CredentialRecord,
    scopes: &Scopes,
    vocabulary: &Vocabulary,
    now: Timestamp,
) -> Ruling {
    not_ended(record, now)?;
    declared(vocabulary, scopes)?;
    let grant = Grant { scopes: scopes.clone(), ..record.grant.clone() };
    changed(context, record, CredentialRecord { grant, ..record.clone() }, || Action::ScopesSet {
        to: scopes.clone(),
    })
}

/// Sets or lifts the networks of a credential.
pub(crate) fn set_networks(
    context: WorkspaceWithMinimum<'_>,
    record: &CredentialRecord,
    networks: Option<&CredentialNetworks>,
    now: Timestamp,
) -> Ruling {
    not_ended(record, now)?;
    let grant = Grant { networks: networks.cloned(), ..record.grant.clone() };
    changed(context, record, CredentialRecord { grant, ..record.clone() }, || Action::NetworksSet {
        to: networks.cloned(),
    })
}

/// Sets the labels of a credential.
pub(crate) fn set_labels(
    context: WorkspaceWithMinimum<'_>,
    record: &CredentialRecord,
    labels: &Labels,
    now: Timestamp,
) -> Ruling {
    not_ended(record, now)?;
    let grant = Grant { labels: labels.clone(), ..record.grant.clone() };
    changed(context, record, CredentialRecord { grant, ..record.clone() }, || Action::LabelsSet {
        to: labels.clone(),
    })
}

/// Hands a credential over to another owner. Refused if the new owner is inactive, or if the workspace would lose its last permanent
/// credential that the account owns. An ended credential can be handed over too, so that none stays behind with a member who left.
pub(crate) fn set_owner(
    context: WorkspaceWithMinimum<'_>,
    record: &CredentialRecord,
    owner: &Owner,
) -> Ruling {
    let grant = Grant { owner: owner.clone(), ..record.grant.clone() };
    let after = CredentialRecord { grant, ..record.clone() };
    if record.grant.owner != *owner {
        context.check_owner(after.owner_hash())?;
    }
    changed(context, record, after, || Action::HandedOver {
        from: record.grant.owner.clone(),
        to: owner.clone(),
    })
}

/// Refuses a change that would issue, extend, resume or widen a credential with scopes that the actor lacks. `ceiling` is the actor's
/// scopes. A change that only takes something away is allowed.
pub(crate) fn within_ceiling(
    ceiling: &Scopes,
    before: Option<&CredentialRecord>,
    after: &CredentialRecord,
) -> Result<(), Refusal> {
    if ceiling.contain(&after.grant.scopes) {
        return Ok(());
    }
    match before {
        Some(before) if only_takes_away(before, after) => Ok(()),
        Some(_) | None => Err(Refusal::AboveCeiling { scopes: after.grant.scopes.clone() }),
    }
}

/// Returns `true` if the change gives nothing to anyone: no secret, no time, no address, no scope and no other owner.
fn only_takes_away(before: &CredentialRecord, after: &CredentialRecord) -> bool {
    let is_same_secret = before.current.number == after.current.number;
    let is_not_resumed = before.suspended.is_none() || after.suspended.is_some();
    let is_not_undeprecated = before.deprecation.is_none() || after.deprecation.is_some();
    // Each end by itself: an expiry behind a sunset counts again when the deprecation is withdrawn.
    let sunset = |it: &CredentialRecord| it.deprecation.and_then(|deprecation| deprecation.sunset);
    let is_not_extended =
        is_no_later(before.expires, after.expires) && is_no_later(sunset(before), sunset(after));
    let is_not_opened = match (&before.grant.networks, &after.grant.networks) {
        (None, _) => true,
        (Some(before), Some(after)) => {
            after.as_slice().iter().all(|network| before.as_slice().contains(network))
        }
        (Some(_), None) => false,
    };
    is_same_secret
        && is_not_resumed
        && is_not_undeprecated
        && is_not_extended
        && is_not_opened
        && before.grant.scopes.contain(&after.grant.scopes)
        && before.grant.owner == after.grant.owner
}

/// Returns `true` if the end is not moved to a later time. `None` is no end.
fn is_no_later(before: Option<Timestamp>, after: Option<Timestamp>) -> bool {
    before.is_none_or(|before| after.is_some_and(|after| after <= before))
}

#[cfg(test)]
mod tests {
    use super::{declared, distance, within_ceiling};
    use crate::domain::vocabulary::Vocabulary;
    use crate::domain::{CredentialRecord, Deprecation, Grant, Refusal, sample};
    use crate::values::{
        ActorId, CredentialNetworks, GenerationNumber, ScopeName, Scopes, Timestamp,
    };

    fn scope(text: &str) -> ScopeName {
        text.parse().unwrap()
    }

    fn only(names: &[&str]) -> Scopes {
        Scopes::only(names.iter().map(|name| scope(name))).unwrap()
    }

    #[test]
    fn a_distance_counts_insertions_removals_and_replacements() {
        for (one, other, edits) in [
            ("", "", 0),
            ("abc", "abc", 0),
            ("", "abc", 3),
            ("abc", "", 3),
            ("kitten", "sitting", 3),
            ("read:people", "read:poeple", 2),
            ("ab", "ba", 2),
        ] {
            assert_eq!(distance(one, other), edits, "{one} {other}");
            assert_eq!(distance(other, one), edits, "{other} {one}");
        }
    }

    #[test]
    fn an_unknown_scope_is_refused_with_the_nearest_known_names() {
        let names = ["read:people", "send:email", "read:orders", "write:orders"];
        let vocabulary = Vocabulary::new(names.map(|name| (name, "."))).unwrap();
        for known in [Scopes::All, Scopes::none(), only(&["read:people", "send:email"])] {
            assert_eq!(declared(&vocabulary, &known), Ok(()));
        }
        let refused = declared(&vocabulary, &only(&["read:order", "send:email"]));
        let nearest = ["read:orders", "read:people", "write:orders"].map(scope).to_vec();
        assert_eq!(refused, Err(Refusal::UnknownScope { scope: scope("read:order"), nearest }));
    }

    type Edit = fn(&mut CredentialRecord);

    #[test]
    fn a_change_above_the_ceiling_may_only_take_away() {
        let ceiling = only(&["a"]);
        let with = |scopes: Scopes| {
            let mut record = sample::credential();
            record.grant.scopes = scopes;
            record
        };
        let (within, above) = (with(only(&["a"])), with(only(&["a", "b"])));
        let check = |before: Option<&CredentialRecord>, after: &CredentialRecord| {
            within_ceiling(&ceiling, before, after).is_ok()
        };
        assert!(check(None, &within) && !check(None, &above) && !check(None, &with(Scopes::All)));
        assert!(within_ceiling(&Scopes::All, None, &with(Scopes::All)).is_ok());
        assert!(check(Some(&above), &within), "a narrower set is allowed");
        assert!(!check(Some(&within), &above), "a wider set is refused");
        let (now, later) = (Timestamp::MIN, Timestamp::MAX);
        let takes: [Edit; 5] = [
            |it| it.suspended = Some(Timestamp::MIN),
            |it| it.deprecation = Some(deprecated(None)),
            |it| it.expires = Some(Timestamp::MIN),
            |it| it.previous = None,
            |it| it.grant.networks = Some(networks(&["10.0.0.0/8"])),
        ];
        for (at, edit) in takes.into_iter().enumerate() {
            let mut after = above.clone();
            edit(&mut after);
            assert!(check(Some(&above), &after), "{at}");
        }
        let mut before = above.clone();
        before.suspended = Some(now);
        before.expires = Some(now);
        before.deprecation = Some(deprecated(Some(now)));
        before.grant.networks = Some(networks(&["10.0.0.0/8"]));
        let gives: [Edit; 10] = [
            |it| it.suspended = None,
            |it| it.deprecation = None,
            |it| it.deprecation = Some(deprecated(Some(Timestamp::MAX))),
            |it| it.deprecation = Some(deprecated(None)),
            |it| it.expires = None,
            |it| it.expires = Some(Timestamp::MAX),
            |it| it.current.number = GenerationNumber::new(2).unwrap(),
            |it| it.grant.networks = None,
            |it| it.grant.networks = Some(networks(&["10.0.0.0/8", "192.0.2.0/24"])),
            |it| it.grant.owner = Some(ActorId::new("bob").unwrap()).into(),
        ];
        assert!(now < later);
        for (at, edit) in gives.into_iter().enumerate() {
            let mut after = before.clone();
            edit(&mut after);
            assert!(!check(Some(&before), &after), "{at}");
        }
        assert!(check(Some(&before), &before.clone()));
        let _: Grant = before.grant;
    }

    const fn deprecated(sunset: Option<Timestamp>) -> Deprecation {
        Deprecation { since: Timestamp::MIN, sunset }
    }

    fn networks(texts: &[&str]) -> CredentialNetworks {
        CredentialNetworks::new(texts.iter().map(|text| text.parse().unwrap())).unwrap()
    }
}
