//! Failure messages of the cases, which show the first part that differs instead of two whole values.

use std::fmt::{Arguments, Debug};
use std::time::Duration;

use crate::domain::{
    AccountPolicy, AccountRecord, Action, ActorRef, AllowlistEntry, Connection, CredentialEdit,
    CredentialRecord, Deprecation, Event, EventOutline, EventTags, GenerationRecord, Grant,
    InactiveOwners, Integration, LeakResponse, NetworkUse, Owner, PreviousGeneration, Revision,
    Subject, UnlistedWorkspaces, WorkspaceRecord,
};
use crate::secrets::{KeyedDigest, RecordTag, Seal, SlowHash};
use crate::store::{
    Change, Changes, CorruptRow, HeaderChange, PageItem, Position, Purged, Refreshed,
    StoreErrorKind,
};
use crate::values::{
    AccountId, Brand, CredentialId, CredentialNetworks, Day, GenerationNumber, KindWord, Labels,
    Name, Network, NetworkPrefix, OperationId, Scopes, Timestamp, WorkspaceId,
};

use super::dump::Dump;

/// The number of characters of a part that are shown, and how many of them precede the first difference.
const SHOWN: usize = 120;
const BEFORE: usize = 40;

/// Panics if two values differ. Like `assert_eq!`, but it requires a promise, and its message shows the first part that differs.
macro_rules! assert_same {
    ($found:expr, $expected:expr, $($promise:tt)+) => {
        match (&$found, &$expected) {
            (found, expected) => {
                if *found != *expected {
                    $crate::conformance::difference::fail(
                        format_args!($($promise)+),
                        stringify!($found),
                        found,
                        expected,
                    )
                }
            }
        }
    };
}
pub(super) use assert_same;

/// Panics with a promise and the first difference. `asked` is the source text of the compared expression.
#[track_caller]
pub(super) fn fail<F: HasParts + ?Sized, E: HasParts + ?Sized>(
    promise: Arguments<'_>,
    asked: &str,
    found: &F,
    expected: &E,
) -> ! {
    panic!("{promise}\n{}", first_difference(asked, found, expected))
}

/// Returns the path of the first difference, and the two parts at this path.
fn first_difference<F: HasParts + ?Sized, E: HasParts + ?Sized>(
    asked: &str,
    found: &F,
    expected: &E,
) -> String {
    let [mut found_parts, mut expected_parts] = [Vec::new(), Vec::new()];
    found.parts("", &mut found_parts);
    expected.parts("", &mut expected_parts);
    let same = found_parts.iter().zip(&expected_parts).take_while(|(one, other)| one == other);
    let place = same.count();
    let (found, expected) = (found_parts.get(place), expected_parts.get(place));
    let asked = asked.split_whitespace().collect::<Vec<_>>().join(" ");
    let path = match (found, expected) {
        (Some((found, _)), Some((expected, _))) if absent(expected, &found_parts) => {
            // One of the parts contains the other, as when one value is `None`. Show the shorter path.
            if expected.starts_with(found.as_str()) { found } else { expected }
        }
        (Some((found, _)), Some((expected, _))) => {
            if found.starts_with(expected.as_str()) {
                expected
            } else {
                found
            }
        }
        (Some((path, _)), None) | (None, Some((path, _))) => path,
        (None, None) => return format!("{asked} differs in nothing that is compared part by part"),
    };
    let at = |part: Option<&Part>| {
        let (place, value) = part.filter(|(place, _)| place.starts_with(path.as_str()))?;
        let within = place.strip_prefix(path.as_str()).unwrap_or_default();
        Some(if within.is_empty() { value.clone() } else { format!("{within}: {value}") })
    };
    let [found, expected] = [found, expected].map(|part| at(part).unwrap_or("nothing".into()));
    let [found_shown, expected_shown] = around(&found, &expected);
    format!(
        "first difference, in {asked}{path}:\n  expected {expected_shown}\n     found {found_shown}"
    )
}

fn absent(path: &str, parts: &[Part]) -> bool {
    parts.iter().all(|(place, _)| place != path)
}

/// Returns the text around the first character that differs, for both texts.
fn around(one: &str, other: &str) -> [String; 2] {
    let same = one.chars().zip(other.chars()).take_while(|(one, other)| one == other).count();
    let skipped = same.saturating_sub(BEFORE);
    [one, other].map(|text| {
        let length = text.chars().count();
        if length <= SHOWN {
            return text.to_owned();
        }
        let shown: String = text.chars().skip(skipped).take(SHOWN).collect();
        let before = if skipped > 0 { "…" } else { "" };
        let behind = if length > skipped + SHOWN { "…" } else { "" };
        format!("{before}{shown}{behind} ({length} characters)")
    })
}

/// Describes a change in one line: the record that it writes, the revision that it expects, and the first of its edits.
pub(super) fn told(change: &Change) -> String {
    let (does, id, read_at) = match &change.header {
        HeaderChange::Account { read_at, record } => {
            ("writes the account", record.id.as_str(), read_at)
        }
        HeaderChange::Workspace { read_at, record, .. } => {
            ("writes the workspace", record.id.as_str(), read_at)
        }
        HeaderChange::RemovedWorkspace { read_at, record } => {
            ("removes the workspace", record.id.as_str(), read_at)
        }
    };
    let edits = change.credentials.iter().take(3).map(|edit| match edit {
        CredentialEdit::Insert(record) => format!(", inserts {}", record.id),
        CredentialEdit::Update(record) => format!(", updates {}", record.id),
        CredentialEdit::Delete(id) => format!(", deletes {id}"),
    });
    let more = change.credentials.len().saturating_sub(3);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let edits: String = edits.collect();
    let (operation, read_at) = (change.operation, read_at.get());
    format!("the change {operation} that {does} {id:?}, read at revision {read_at}{edits}{more}")
}

/// A part of a value: its path and its text.
type Part = (String, String);

/// A value that can be compared part by part.
pub(super) trait HasParts {
    /// Adds each part of the value at this path.
    fn parts(&self, path: &str, parts: &mut Vec<Part>);
}

/// Types with a single part, which is their `Debug` text.
macro_rules! one_part {
    ($($name:ty),* $(,)?) => {
        $(impl HasParts for $name {
            fn parts(&self, path: &str, parts: &mut Vec<Part>) {
                parts.push((path.to_owned(), format!("{self:?}")));
            }
        })*
    };
}

one_part!(
    bool,
    u32,
    u64,
    usize,
    str,
    String,
    Duration,
    AccountId,
    AccountPolicy,
    Action,
    Brand,
    ActorRef,
    CorruptRow,
    CredentialId,
    CredentialNetworks,
    Day,
    GenerationNumber,
    InactiveOwners,
    Integration,
    KindWord,
    Labels,
    Name,
    Network,
    NetworkPrefix,
    OperationId,
    Owner,
    Position,
    Purged,
    Refreshed,
    Revision,
    Scopes,
    StoreErrorKind,
    Subject,
    Timestamp,
    LeakResponse,
    UnlistedWorkspaces,
    WorkspaceId,
);

/// Types whose parts are their fields. The destructuring makes a missing field a compile error.
macro_rules! fields {
    ($($name:ident { $($field:ident)* })*) => {
        $(impl HasParts for $name {
            fn parts(&self, path: &str, parts: &mut Vec<Part>) {
                let Self { $($field),* } = self;
                $($field.parts(&format!("{path}.{}", stringify!($field)), parts);)*
            }
        })*
    };
}

fields! {
    Dump { accounts workspaces credentials events position }
    AccountRecord {
        id incarnation revision suspended unlisted_workspaces policy inactive_owners leak_response closed
        tag
    }
    WorkspaceRecord {
        id incarnation account account_incarnation name created removed revision credentials permanent integrations
        allowlist tag
    }
    Connection { integration credential connected }
    AllowlistEntry { network added }
    CredentialRecord {
        id account workspace workspace_incarnation kind name created created_by revision current previous deprecation
        suspended expires grant tag
    }
    Grant { scopes networks labels owner }
    GenerationRecord { number brand created slow_hash digest seal last_used }
    PreviousGeneration { generation until }
    Deprecation { since sunset }
    Event { number operation at account subject by action tags }
    NetworkUse { credential network day }
    EventTags { outline whole }
    EventOutline { operation at account subject tag }
}

/// Types of stored secrets. Their `Debug` hides most of the value, so they are shown as hexadecimal text. The values are the
/// suite's own samples and protect nothing.
macro_rules! bytes {
    ($($name:ident: $bytes:ident)*) => {
        $(impl HasParts for $name {
            fn parts(&self, path: &str, parts: &mut Vec<Part>) {
                let bytes = self.$bytes();
                let digits = bytes.iter().map(|byte| format!("{byte:02x}"));
                parts.push((path.to_owned(), digits.collect()));
            }
        })*
    };
}

bytes! { KeyedDigest: to_bytes Seal: as_bytes RecordTag: to_bytes }

impl HasParts for SlowHash {
    fn parts(&self, path: &str, parts: &mut Vec<Part>) {
        self.as_str().parts(path, parts);
    }
}

impl<T: HasParts + ?Sized> HasParts for &T {
    fn parts(&self, path: &str, parts: &mut Vec<Part>) {
        (**self).parts(path, parts);
    }
}

impl<T: HasParts> HasParts for Option<T> {
    fn parts(&self, path: &str, parts: &mut Vec<Part>) {
        match self {
            Some(value) => value.parts(path, parts),
            None => parts.push((path.to_owned(), "None".to_owned())),
        }
    }
}

impl<T: HasParts, E: Debug> HasParts for Result<T, E> {
    fn parts(&self, path: &str, parts: &mut Vec<Part>) {
        match self {
            Ok(value) => value.parts(path, parts),
            Err(error) => parts.push((path.to_owned(), format!("Err({error:?})"))),
        }
    }
}

impl<T: HasParts> HasParts for [T] {
    fn parts(&self, path: &str, parts: &mut Vec<Part>) {
        for (place, item) in self.iter().enumerate() {
            item.parts(&format!("{path}[{place}]"), parts);
        }
    }
}

impl<T: HasParts> HasParts for Vec<T> {
    fn parts(&self, path: &str, parts: &mut Vec<Part>) {
        self.as_slice().parts(path, parts);
    }
}

impl<T: HasParts, const LENGTH: usize> HasParts for [T; LENGTH] {
    fn parts(&self, path: &str, parts: &mut Vec<Part>) {
        self.as_slice().parts(path, parts);
    }
}

impl<T: HasParts, U: HasParts> HasParts for (T, U) {
    fn parts(&self, path: &str, parts: &mut Vec<Part>) {
        self.0.parts(&format!("{path}.0"), parts);
        self.1.parts(&format!("{path}.1"), parts);
    }
}

impl<T: HasParts> HasParts for PageItem<T> {
    fn parts(&self, path: &str, parts: &mut Vec<Part>) {
        match self {
            Self::Record(record) => record.parts(path, parts),
            Self::Corrupt(row) => row.parts(path, parts),
            Self::Newer { id } => id.parts(path, parts),
        }
    }
}

impl HasParts for Changes {
    fn parts(&self, path: &str, parts: &mut Vec<Part>) {
        match self {
            Self::Since { events, position, newest, age } => {
                parts.push((path.to_owned(), "Since".to_owned()));
                events.parts(&format!("{path}.events"), parts);
                position.parts(&format!("{path}.position"), parts);
                newest.parts(&format!("{path}.newest"), parts);
                age.parts(&format!("{path}.age"), parts);
            }
            Self::TooFarBehind { position, age } => {
                parts.push((path.to_owned(), "TooFarBehind".to_owned()));
                position.parts(&format!("{path}.position"), parts);
                age.parts(&format!("{path}.age"), parts);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::first_difference;
    use crate::conformance::samples::{
        at, connection, credential, longest_action, name, rotated, workspace, writes,
    };
    use crate::domain::{Action, CredentialRecord};
    use crate::values::KindWord;

    /// Returns the message without the compared expression.
    fn difference<F, E>(found: &F, expected: &E) -> [String; 3]
    where
        F: super::HasParts + ?Sized,
        E: super::HasParts + ?Sized,
    {
        let text = first_difference("answer", found, expected);
        let lines: Vec<_> = text.lines().collect();
        let [path, expected, found] = lines[..] else { panic!("three lines: {text}") };
        [
            path.strip_prefix("first difference, in answer").unwrap().to_owned(),
            expected.strip_prefix("  expected ").unwrap().to_owned(),
            found.strip_prefix("     found ").unwrap().to_owned(),
        ]
    }

    fn keys() -> Vec<CredentialRecord> {
        let home = workspace("acme", "shop");
        (1..=3).map(|n| rotated(&credential(&home, KindWord::Track, n, "Key"))).collect()
    }

    #[test]
    fn a_field_is_named_by_its_path() {
        let (expected, mut found) = (keys(), keys());
        found[1].suspended = Some(at(0));
        found[2].name = name("Other");
        assert_eq!(
            difference(&found, &expected),
            ["[1].suspended:", "None", "Timestamp(2023-11-14T22:13:20.000000Z)"]
        );
        found[1] = expected[1].clone();
        assert_eq!(
            difference(&found, &expected[..]),
            ["[2].name:", r#"Name("Key")"#, r#"Name("Other")"#]
        );
    }

    /// The `Debug` texts of these values are equal.
    #[test]
    fn stored_secrets_are_compared_by_all_their_bytes() {
        let (expected, mut found) = (keys(), keys());
        found[0].previous.as_mut().unwrap().generation.seal = expected[1].current.seal.clone();
        let [path, one, other] = difference(&found, &expected);
        assert_eq!(path, "[0].previous.generation.seal:");
        assert_ne!(one, other);
        found = keys();
        found[0].current.slow_hash = expected[1].current.slow_hash.clone();
        assert_eq!(difference(&found, &expected)[0], "[0].current.slow_hash:");
    }

    #[test]
    fn missing_and_extra_values_are_named() {
        let expected = keys();
        let nothing = "nothing".to_owned();
        let id = |number: u32| format!("CredentialId({number:012})");
        let missing = difference(&expected[..2], &expected);
        assert_eq!(missing, ["[2].id:".into(), id(3), nothing.clone()]);
        let more = difference(&expected, &expected[..2]);
        assert_eq!(more, ["[2].id:".into(), nothing, id(3)]);
        let swapped = difference(&[&expected[1], &expected[0]], &expected);
        assert_eq!(swapped, ["[0].id:".into(), id(1), id(2)]);

        let none = difference(&None::<CredentialRecord>, &Some(expected[0].clone()));
        assert_eq!(none, [":".into(), format!(".id: {}", id(1)), "None".to_owned()]);
        let invented = difference(&Some(&expected[0]), &None::<&CredentialRecord>);
        assert_eq!(invented, [":".into(), "None".to_owned(), format!(".id: {}", id(1))]);
    }

    #[test]
    fn a_difference_in_a_list_is_named_by_its_index() {
        let mut expected = workspace("acme", "shop");
        let key = &keys()[0];
        expected.integrations = vec![connection("segment", key), connection("api", key)];
        let mut found = expected.clone();
        found.integrations.pop();
        let [path, one, other] = difference(&found, &expected);
        assert_eq!(path, ".integrations[1].integration:");
        assert_eq!((one.as_str(), other.as_str()), ("Declared(IntegrationWord(api))", "nothing"));
    }

    #[test]
    fn a_long_part_is_shortened_to_the_text_around_the_difference() {
        let shop = workspace("acme", "shop");
        let mut expected = writes(&shop).event(1);
        let mut found = expected.clone();
        if let Action::Issued { name, grant, .. } = longest_action() {
            let (from, to) = (grant.owner.clone(), grant.owner);
            expected.action = Action::Renamed { from: name.clone(), to: name };
            found.action = Action::HandedOver { from, to };
        }
        let [path, one, other] = difference(&found, &expected);
        assert_eq!(path, ".action:");
        assert!(one.starts_with("Renamed {") && other.starts_with("HandedOver {"), "{one} {other}");
        assert!(one.chars().count() < 200, "{one}");
        found.action = Action::Renamed { from: name(&"a".repeat(100)), to: name(&"b".repeat(100)) };
        expected.action =
            Action::Renamed { from: name(&"a".repeat(100)), to: name(&"c".repeat(100)) };
        let [_, one, other] = difference(&found, &expected);
        assert!(one.contains("aaa\"), to: Name(\"ccc") && one.starts_with('…'), "{one}");
        assert!(other.contains("aaa\"), to: Name(\"bbb"), "{other}");
    }
}
