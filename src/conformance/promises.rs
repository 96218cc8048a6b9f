//! The sentences of the contract that the cases hold a store to.
//!
//! Each stands, word for word, in the documentation of [`CredentialStore`](crate::store::CredentialStore)
//! and of the types that it takes; a test compares them.

/// A sentence of the contract, and its text as the documentation.
macro_rules! promises {
    ($($name:ident = $text:literal;)*) => {
        $(
            #[doc = concat!("“", $text, "”")]
            pub const $name: &str = $text;
        )*

        /// Every promise.
        pub const ALL: &[&str] = &[$($name),*];

        #[cfg(test)]
        const NAMES: &[&str] = &[$(stringify!($name)),*];
    };
}

promises! {
    BYTE_FOR_BYTE = "what it writes is in the Change, to the byte";
    BOUNDS = "What it is given fits these bounds";
    SIZES = "a slow hash has at most LONGEST_SLOW_HASH, a name's key at most LONGEST_NAME_KEY, and an action, as the JSON text that serde gives, at most LONGEST_ACTION.";
    BY_BYTES = "Ids and names' keys are compared and ordered by their bytes.";
    SNAPSHOT = "Each read is one snapshot";
    ACKNOWLEDGED = "A read sees every write that was acknowledged before the read began, on whatever node.";
    WHOLE = "commit writes the whole change or nothing.";
    CONFLICT = "If one differs or is not there, the answer is Conflict and nothing is written.";
    ONE_STEP = "of two commits that were made for the same revision of a header, at most one succeeds";
    ACCOUNT_FIRST = "a commit that wants an account unchanged never succeeds after one that writes it.";
    EXISTENCE = "An inserted credential's id must not exist, and an updated or deleted one's must: otherwise Conflict, and nothing is written.";
    TAKEN = "The same for a workspace id that exists under Revision::NONE, and for a created account that exists.";
    NUMBERED = "Each commit writes one event and gives it the number after the newest event's, starting with 1";
    WITHOUT_GAPS = "the order of the numbers is the order in which commits become visible, without gaps.";
    TOO_FAR_BEHIND = "changes_since answers TooFarBehind to a position whose number and operation id it does not have together";
    NEWEST_STAYS_KNOWN = "the newest event's operation id is kept even when the event is pruned.";
    AGE = "the answer shows at least every change that was acknowledged `age` before the call began.";
    START_IS_KNOWN = "Position::START is known to every store, as long as nothing is pruned.";
    OPERATION = "The event of the change with this operation id, if the change was written and its event is not pruned.";
    FINAL = "a change that it does not find was not written and will not be written by a commit that began before.";
    BY_ID = "one answer for each id, in the order of the ids.";
    ABSENT_BY_ID = "The answer for an id that is not stored is None, and for a row that is not a record Corrupt with its id.";
    EVERY_WORKSPACE = "A page of all workspaces of the store, removed ones too, in the order of their ids.";
    EVERY_ACCOUNT = "A page of all accounts of the store that were ever written, in the order of their ids.";
    REFRESHED = "refresh replaces a digest or a seal together with the credential's tag, and only if both stored ones are still the expected ones, byte for byte.";
    RETAGGED = "retag replaces the tag of one record, and only if the stored tag is still the expected one.";
    NOT_BY_UPDATE = "An update writes every field except the last-used times of a generation whose number stays.";
    GENERATIONS = "A generation that becomes the previous one keeps its last-used time; a generation whose number is new is written as given; one that the update does not hold is gone.";
    FORWARD = "record_uses moves each last-used time forward, and never back.";
    UNKNOWN_USES = "Uses of what does not exist, or no longer, are no error.";
    CORRUPT_IS_DELETED = "A commit that deletes a credential need not be able to read it.";
    NAME_KEY = "A credential's name is found by Name::key";
    CORRUPT_ROW = "A row that cannot be read as a record is StoreError::corrupt with its id where it alone was asked for, and an item Corrupt on a page: never a panic, and no hindrance to the others.";
    NEVER_HALF = "What was not acknowledged may then have been done or not, but never half; the next call works as if nothing had happened.";
    CLONES = "its clones must be one store.";
    NO_REMOVED = "A page of an account's workspaces, without the removed ones.";
    NEWEST_FIRST = "A page of an account's history, the newest event first. The cursor is the number of the last.";
    NO_EVENT = "No revision, no event.";
    PRUNED = "Forgets the oldest events, as far as they happened before `before`: at most `limit` of them, which is at least 1, and up to the first that did not; what stays has no gaps.";
    NUMBERS_GO_ON = "Numbers and position go on as if nothing had happened.";
    AT_MOST = "the outlines of at most `limit` events.";
    NO_MORE_THAN_ASKED = "The items, at most as many as were asked for.";
    NEXT = "`None` exactly where no further item matches.";
    EVERY_CONDITION = "Every condition that is given must hold.";
    WORKSPACE_ORDER = "In one workspace. Pages are in the order of the names' keys, by their bytes; ties in that of the ids.";
    ACCOUNT_ORDER = "In all workspaces of an account. Pages are in the order of the names' keys, by their bytes; ties in that of the ids.";
    STORE_ORDER = "In the whole store. Pages are in the order of the ids, by their bytes.";
    LISTS = "the record holds the whole new list.";
    REMOVED = "All its credentials are gone with the commit: no read answers them, and no write finds them";
    FREE = "A credential that is left counts as deleted for every other method, and its id and its name are free.";
    PURGED = "Nothing that a read answers changes.";
    PURGE_ENDS = "calls that follow each other come to Purged::All.";
    OUTDATED = "Something else is stored, or nothing: nothing was written.";
    ONE_OPERATION = "A change whose operation id is that of a stored event is a `Conflict`, and nothing is written.";
    OUTLINES = "The outlines of the events after the position, in their order.";
    NEWEST_IS_TOLD = "The newest event's position, whether or not it is among these events.";
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{ALL, NAMES};

    /// The documentation as plain text: links without their targets, one space between words.
    fn plain(source: &str) -> String {
        let docs: Vec<_> =
            source.lines().filter_map(|line| line.trim_start().strip_prefix("///")).collect();
        let text = docs.join(" ").split_whitespace().collect::<Vec<_>>().join(" ");
        let links = text.split("](").enumerate().map(|(place, part)| match place {
            0 => part,
            _ => part.split_once(')').map_or(part, |(_, rest)| rest),
        });
        bare(&links.collect::<String>())
    }

    fn bare(text: &str) -> String {
        text.replace(['[', ']', '`'], "")
    }

    #[test]
    fn every_promise_stands_in_the_contract() {
        let contract = plain(concat!(
            include_str!("../store/contract.rs"),
            include_str!("../store/change.rs"),
            include_str!("../store/query.rs"),
        ));
        for promise in ALL {
            assert!(contract.contains(&bare(promise)), "the contract does not say: {promise}");
        }
    }
    #[test]
    fn every_promise_is_held_by_a_case() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/conformance");
        let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
        let cases = files.filter(|path| !path.ends_with("promises.rs"));
        let cases: String = cases.map(|path| std::fs::read_to_string(path).unwrap()).collect();
        for name in NAMES {
            let held = [format!("{{{name}}}"), format!(", {name})")];
            assert!(held.iter().any(|use_of| cases.contains(use_of)), "no case holds {name}");
        }
    }
}
