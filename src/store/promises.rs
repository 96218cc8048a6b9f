//! The sentences of the contract that the conformance suite checks. The documentation of
//! [`CredentialStore`](super::CredentialStore) and of its types shows them, and a failing case prints them.

macro_rules! promises {
    ($($name:ident = $text:literal;)*) => {
        /// Expands to the text of a promise, for `#[doc = promise!(NAME)]`.
        macro_rules! promise {
            $(($name) => { $text };)*
        }
        pub(super) use promise;

        /// The sentences of the contract of [`CredentialStore`](crate::store::CredentialStore) that the cases check.
        #[cfg(feature = "conformance")]
        pub mod texts {
            $(
                #[doc = concat!("“", $text, "”")]
                pub const $name: &str = $text;
            )*

            /// Every promise.
            pub const ALL: &[&str] = &[$($name),*];

            #[cfg(test)]
            pub(super) const NAMES: &[&str] = &[$(stringify!($name)),*];
        }
    };
}

promises! {
    BYTE_FOR_BYTE = "A read returns exactly the values that were written, byte for byte.";
    BOUNDS = "A store accepts host ids of 1 to 128 bytes without control characters, names of 1 to 100 characters, timestamps in the years 1 to 9999 in microseconds, revisions and event numbers below 2⁶³, and all other numbers below 2³².";
    SIZES = "A store accepts a slow hash of `LONGEST_SLOW_HASH` bytes, a name key of `LONGEST_NAME_KEY` bytes, and an action whose JSON text has `LONGEST_ACTION` bytes.";
    BY_BYTES = "Ids and name keys are compared and sorted by their bytes.";
    SNAPSHOT = "Each read returns one snapshot: a header with its lists, a credential with its secrets, a page, or a position with its changes.";
    ACKNOWLEDGED = "A read sees every write that was acknowledged before the read began, on any node.";
    WHOLE = "`commit` writes the whole change or nothing.";
    CONFLICT = "`commit` returns `Conflict` and writes nothing if a revision or tag that it compares is different or missing.";
    ONE_STEP = "At most one of two commits for the same revision of a header succeeds.";
    ACCOUNT_FIRST = "A commit that expects a revision of an account in `unchanged` never succeeds after a commit that replaces that revision.";
    EXISTENCE = "`commit` returns `Conflict` and writes nothing if the id of an inserted credential exists, or if the id of an updated or deleted one does not.";
    TAKEN = "`commit` returns `Conflict` and writes nothing if a workspace that was read at `Revision::NONE` exists, or if the account that it creates exists.";
    NUMBERED = "Each commit writes one event, and its number is one higher than the number of the newest event; the first number is 1.";
    WITHOUT_GAPS = "Commits become visible in the order of their event numbers, without gaps.";
    TOO_FAR_BEHIND = "`changes_since` returns `TooFarBehind` for a position whose number and operation id are not stored together, and for a position after which an event was pruned.";
    NEWEST_STAYS_KNOWN = "A store keeps the operation id of the newest event even after that event is pruned.";
    START_IS_KNOWN = "Every store knows `Position::START` until an event is pruned.";
    OUTLINES = "`changes_since` returns the outlines of the events after the position, in the order of their numbers.";
    AT_MOST = "`changes_since` returns the outlines of at most `limit` events.";
    NEWEST_IS_RETURNED = "`changes_since` returns the position of the newest event, even if `limit` leaves that event out.";
    AGE = "The answer of `changes_since` reflects every change that was acknowledged `age` or longer before the call began.";
    OPERATION = "`operation` returns the event of the change with the given operation id if the change was written and its event is not pruned.";
    FINAL = "If `operation` does not find a change, no commit that began before the call has written it or will write it.";
    ONE_OPERATION = "`commit` returns `Conflict` and writes nothing if an event with the operation id of the change is stored.";
    ID_KEY = "`id_key` returns 16 bytes that were drawn at random when the store was created, and they never change.";
    BY_ID = "A read by ids returns one answer for each id, in the order of the ids.";
    ABSENT_BY_ID = "A read by ids returns `None` for an id that is not stored, and `Corrupt` with the id for a row that cannot be read as a record.";
    EVERY_WORKSPACE = "`every_workspace` returns all workspaces of the store, including removed ones, in the order of their ids.";
    EVERY_ACCOUNT = "`every_account` returns all accounts that were ever written, in the order of their ids.";
    NO_REMOVED = "`workspaces` does not return removed workspaces.";
    NEWEST_FIRST = "`events` returns the newest event first, and the cursor is the number of the last event on the page.";
    REFRESHED = "`refresh` replaces a digest or a seal together with the tag of the credential, and only if both stored values equal the expected ones, byte for byte.";
    RETAGGED = "`retag` replaces the tag of one record and nothing else, and only if the stored tag equals the expected one.";
    OUTDATED = "`refresh` and `retag` return `Outdated` and write nothing if a stored value differs from the expected one or does not exist.";
    NOT_BY_UPDATE = "An update writes every field except the last-used times of generations that are already stored.";
    GENERATIONS = "An update keeps the last-used time of a generation that becomes the previous one, writes a new generation as given, and deletes stored generations that it does not contain.";
    FORWARD = "`record_uses` moves last-used times forward and never back.";
    GRAIN = "`record_uses` ignores a use if the stored time is not older than `older_than`.";
    UNKNOWN_USES = "`record_uses` ignores the use of a credential or generation that does not exist; it is not an error.";
    ONE_DAY_A_NETWORK = "A store keeps one day for each network of a credential, and `record_networks` moves it forward and never back.";
    FEW_NETWORKS = "After `record_networks`, a credential has at most `MOST_NETWORKS` networks, and those with the earliest days are gone.";
    UNKNOWN_NETWORKS = "`record_networks` ignores a credential that does not exist; it is not an error.";
    NETWORKS_END = "A deleted credential has no networks, nor has a credential of a removed workspace; an update keeps them.";
    NETWORKS_SORTED = "`networks_of` sorts by the bytes of the credentials' ids, and returns the latest day of a credential first.";
    NETWORKS_FORGOTTEN = "Repeated calls of `forget_networks` return `Purged::All` when exactly the networks with earlier days are deleted.";
    NO_EVENT = "`refresh`, `retag`, `record_uses`, `record_networks`, `forget_networks` and `purge_removed` change no revision and write no event.";
    REMOVED = "After a commit that removes a workspace, no read returns its credentials and no write finds them, even if their rows are not deleted yet.";
    FREE = "A credential of a removed workspace counts as deleted for every method except `purge_removed`, and its id and name can be used again.";
    PURGED = "`purge_removed` does not change what any read returns.";
    PRUNED = "`prune_events` deletes the oldest events, at most `limit` of them, and stops at the first event that did not happen before `before`; the remaining events have no gaps.";
    NUMBERS_GO_ON = "`prune_events` does not change the position or the numbers of later events.";
    PURGE_ENDS = "Repeated calls of `prune_events` or `purge_removed` eventually return `Purged::All`.";
    CORRUPT_ROW = "A read of a corrupt row fails with `StoreError::corrupt` and the id of the row, and a page has a `Corrupt` item for the row beside all other records; neither panics.";
    CORRUPT_IS_DELETED = "A commit can delete a credential whose row is corrupt.";
    NEVER_HALF = "If the future of a call is dropped, its change is written completely or not at all, and later calls work normally.";
    CLONES = "All handles of a store, such as clones, access the same data.";
    NAME_KEY = "A search by name compares name keys, which `Name::key` computes.";
    LISTS = "After a commit with `ListChange::Replaced`, the stored list is exactly the list in the record.";
    NO_MORE_THAN_REQUESTED = "A page has at most as many items as the caller asked for.";
    NEXT = "The cursor `next` of a page is `None` if and only if no further item matches.";
    EVERY_CONDITION = "A query returns the records that meet all of its conditions.";
    RESTRICTED = "A query with a restriction returns only the workspaces, credentials and events within it, and an empty set admits nothing; an event is within a set of kinds if it is about a stored credential of one of them.";
    WORKSPACE_ORDER = "The credentials of a workspace are sorted by the bytes of their name keys, and those with equal keys by the bytes of their ids.";
    ACCOUNT_ORDER = "The credentials of an account are sorted by the bytes of their name keys, and those with equal keys by the bytes of their ids.";
    STORE_ORDER = "The credentials of the whole store are sorted by the bytes of their ids.";
}

#[cfg(all(test, feature = "conformance"))]
mod tests {
    use std::path::Path;

    use super::texts::NAMES;

    #[test]
    fn every_promise_stands_in_the_contract() {
        let contract = concat!(
            include_str!("contract.rs"),
            include_str!("change.rs"),
            include_str!("query.rs"),
        );
        for name in NAMES {
            let shown = format!("#[doc = promise!({name})]");
            assert!(contract.contains(&shown), "the contract does not contain {name}");
        }
    }

    #[test]
    fn every_promise_is_held_by_a_case() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/conformance");
        let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
        let cases: String = files.map(|path| std::fs::read_to_string(path).unwrap()).collect();
        for name in NAMES {
            let held = [format!("{{{name}}}"), format!(", {name})")];
            assert!(held.iter().any(|use_of| cases.contains(use_of)), "no case checks {name}");
        }
    }
}
