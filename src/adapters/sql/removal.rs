//! Removed workspaces: their credentials are left in the tables, where no statement finds them, until they are deleted.

/// How often the workspace of a credential `c` is on the list of removed ones: once or not at all. It is counted, since a planner may turn `NOT EXISTS` into
/// a join that goes through all of them. The list alone removes nothing, because it has no tag: the workspace's own row must
/// say so too.
macro_rules! removals {
    () => {
        "(SELECT count(*) FROM keyward_leftovers l JOIN keyward_workspaces h ON h.id = l.workspace \
WHERE l.workspace = c.workspace AND h.removed IS NOT NULL)"
    };
}

/// The condition that a credential `c` is of no removed workspace.
macro_rules! living {
    () => {
        concat!("0 = ", $crate::adapters::sql::removals!())
    };
}

/// The opposite.
macro_rules! left {
    () => {
        concat!("0 < ", $crate::adapters::sql::removals!())
    };
}

pub(in crate::adapters) use {left, living, removals};
