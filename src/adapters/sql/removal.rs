//! Removed workspaces: their credentials remain in the tables until they are deleted, and no statement finds them.

/// Counts the entries of a credential `c`'s workspace on the list of removed workspaces: one or none. It is a count, because a
/// planner can turn `NOT EXISTS` into a join that scans the whole list. An entry alone removes nothing, because the list has no
/// tags: the workspace's own row must be marked as removed too.
macro_rules! removals {
    () => {
        "(SELECT count(*) FROM keyward_leftovers l JOIN keyward_workspaces h ON h.id = l.workspace \
WHERE l.workspace = c.workspace AND h.removed IS NOT NULL)"
    };
}

/// The condition that the workspace of a credential `c` is not removed.
macro_rules! living {
    () => {
        concat!("0 = ", $crate::adapters::sql::removals!())
    };
}

/// The condition that the workspace of a credential `c` is removed.
macro_rules! left {
    () => {
        concat!("0 < ", $crate::adapters::sql::removals!())
    };
}

pub(in crate::adapters) use {left, living, removals};
