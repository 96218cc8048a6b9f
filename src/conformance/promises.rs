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
    BY_BYTES = "Ids and names' keys are compared and ordered by their bytes.";
    SNAPSHOT = "Each read is one snapshot";
    ACKNOWLEDGED = "A read sees every write that was acknowledged before the read began, on whatever node.";
    WHOLE = "commit writes the whole change or nothing.";
    CONFLICT = "If one differs, the answer is Conflict and nothing is written.";
    ONE_STEP = "of two commits that were made for the same revision of a header, at most one succeeds";
    ACCOUNT_FIRST = "a commit that wants an account unchanged never succeeds after one that writes it.";
    EXISTENCE = "An inserted credential's id must not exist, and an updated or deleted one's must: otherwise Conflict, and nothing is written.";
    TAKEN = "The same for a workspace id that exists under Revision::NONE.";
    NUMBERED = "Each commit writes one event and gives it the number after the newest event's, starting with 1";
    WITHOUT_GAPS = "the order of the numbers is the order in which commits become visible, without gaps.";
    TOO_FAR_BEHIND = "changes_since answers TooFarBehind to a position whose number and operation id it does not have together";
    NEWEST_STAYS_KNOWN = "the newest event's operation id is kept even when the event is pruned.";
    START_IS_KNOWN = "Position::START is known to every store, as long as nothing is pruned.";
    REFRESHED = "refresh replaces one only if the stored one is still the expected one, byte for byte.";
    NOT_BY_UPDATE = "An update never writes the digest and the seal of a generation whose number stays, nor any last-used time";
    GENERATIONS = "A generation that becomes the previous one keeps what is stored of it; a generation whose number is new is written as given; one that the update does not hold is gone.";
    FORWARD = "record_uses moves each last-used time forward, and never back.";
    UNKNOWN_USES = "Uses of what does not exist, or no longer, are no error.";
    NAME_KEY = "A credential's name is found by Name::key";
    CORRUPT_ROW = "A row that cannot be read as a record is StoreError::corrupt with its id where it alone was asked for, and an item Corrupt on a page: never a panic, and no hindrance to the others.";
    NEVER_HALF = "What was not acknowledged may then have been done or not, but never half; the next call works as if nothing had happened.";
    CLONES = "its clones must be one store.";
    NO_REMOVED = "A page of an account's workspaces, without the removed ones.";
    NEWEST_FIRST = "A page of an account's history, the newest event first. The cursor is the number of the last.";
    NO_EVENT = "No revision, no event.";
    PRUNED = "Forgets the events that happened before `before`, up to the first that did not; what stays has no gaps.";
    NUMBERS_GO_ON = "Numbers and position go on as if nothing had happened.";
    AT_MOST = "the subjects of at most `limit` events.";
    NO_MORE_THAN_ASKED = "The items, at most as many as were asked for.";
    NEXT = "`None` exactly where no further item matches.";
    EVERY_CONDITION = "Every condition that is given must hold.";
    WORKSPACE_ORDER = "In one workspace. Pages are in the order of the names' keys, by their bytes; ties in that of the ids.";
    ACCOUNT_ORDER = "In all workspaces of an account. Pages are in the order of the names' keys, by their bytes; ties in that of the ids.";
    STORE_ORDER = "In the whole store. Pages are in the order of the ids, by their bytes.";
    LISTS = "the record holds the whole new list.";
    REMOVED = "A workspace's whose credentials all end with it: every one of them is deleted.";
    OUTDATED = "Something else is stored, or nothing: nothing was written.";
    SUBJECTS = "The subjects of the events after the position, in their order.";
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
