//! The list of cases, from which the tests and the list for other test runners are made.

use std::fmt;

use super::harness::Harness;

/// One case of the suite.
#[non_exhaustive]
pub struct Case<H> {
    /// The name of the function, which states the promise.
    pub name: &'static str,
    /// Runs the case with the stores of a harness. It panics if a store breaks a promise.
    pub run: fn(&H),
}

impl<H> fmt::Debug for Case<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Case").field(&self.name).finish()
    }
}

/// Returns all cases of the suite, for other test runners. For `#[test]` functions use [`conformance!`](crate::conformance!).
#[must_use]
pub fn cases<H: Harness>() -> Vec<Case<H>> {
    crate::__conformance_cases! { __conformance_list { H } }
}

/// Writes one `#[test]` for each case of the suite [`conformance`](mod@crate::conformance).
///
/// The argument is the type of a [`Harness`](crate::conformance::Harness) that implements [`Default`]. Use the macro in a module
/// of its own, because the tests have the names of the cases:
///
/// ```ignore
/// mod conformance {
///     keyward::conformance!(super::MyHarness);
/// }
/// ```
///
/// Attributes before the type are added to each test: `keyward::conformance!(#[ignore = "needs a database"] super::MyHarness)`.
#[macro_export]
#[cfg_attr(docsrs, doc(cfg(feature = "conformance")))]
macro_rules! conformance {
    ($(#[$attribute:meta])* $harness:ty $(,)?) => {
        $crate::__conformance_cases! { __conformance_tests { [$(#[$attribute])*] $harness } }
    };
}

/// The list of all cases. A case that is missing here never runs; a test finds missing ones.
#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_cases {
    ($then:ident $with:tt) => {
        $crate::$then! { $with
            reads {
                unwritten_records_are_not_found
                records_are_read_as_they_were_written
                a_header_is_read_with_its_lists_in_their_order
                a_list_is_replaced_whole_or_stays
                ids_are_compared_by_their_bytes
                reads_see_acknowledged_writes
                records_are_read_by_id_in_the_requested_order
                the_key_of_ids_is_drawn_once_for_each_store
            }
            bounds {
                every_value_within_the_bounds_is_kept
                the_longest_lists_are_kept
                the_longest_texts_are_kept
                a_corrupt_row_hides_no_other
                a_corrupt_row_can_be_deleted
            }
            pages {
                credentials_of_a_workspace_are_ordered_by_name
                credentials_of_an_account_are_ordered_by_name
                credentials_of_the_store_are_ordered_by_id
                pages_end_where_the_records_end
                a_page_begins_after_a_deleted_credential
                workspaces_are_ordered_by_name_without_the_removed
                every_header_is_found_in_the_order_of_the_ids
            }
            filters {
                credentials_are_found_by_kind
                credentials_are_found_by_the_key_of_their_name
                credentials_are_found_by_their_labels
                credentials_are_found_by_their_owner
                credentials_are_found_by_imported_secrets_that_are_unused
                credentials_are_found_by_the_beginning_of_their_name
                credentials_are_found_by_names_beyond_ascii
                credentials_are_found_by_status_at_its_boundary
                permanent_credentials_are_found_without_a_clock
                every_condition_must_hold_at_once
                a_restriction_leaves_out_other_workspaces_and_kinds
                a_restriction_leaves_out_events_about_others
            }
            events {
                events_come_newest_first
                events_are_found_by_their_subject
                events_are_found_by_actor_action_and_time
                every_action_is_kept
            }
            commits {
                every_kind_of_edit_is_written
                a_removed_workspace_takes_its_credentials_with_it
                no_write_finds_a_credential_of_a_removed_workspace
                a_purge_changes_no_answer_of_a_read
                a_stale_workspace_is_a_conflict
                a_stale_account_is_a_conflict
                an_account_that_should_be_unchanged_is_compared
                an_account_is_created_with_its_first_workspace
                a_credential_with_another_tag_is_a_conflict
                edits_of_the_wrong_credentials_are_conflicts
                a_change_is_found_by_its_operation
                a_second_change_with_one_operation_is_a_conflict
            }
            history {
                commits_are_numbered_without_gaps
                changes_are_returned_from_every_position
                a_position_of_another_history_is_too_far_behind
                pruning_stops_at_the_first_event_that_stays
                events_are_pruned_in_batches
                a_follower_that_missed_pruned_events_is_too_far_behind
                the_newest_position_outlives_its_event
                an_answer_is_no_older_than_its_age
            }
            secrets {
                an_update_writes_all_but_last_uses
                a_rotation_keeps_the_last_use_of_the_previous_secret
                a_secret_that_an_update_omits_is_deleted
                a_rotation_without_overlap_leaves_one_secret
                a_replaced_secret_is_deleted_and_the_previous_one_stays
                a_refresh_replaces_the_expected_value
                a_refresh_of_another_value_is_outdated
                a_new_tag_replaces_the_expected_one
                a_new_tag_for_another_value_is_outdated
            }
            uses {
                uses_move_forward_only
                a_use_is_written_over_older_times_only
                uses_of_unknown_secrets_are_ignored
                many_uses_are_recorded_at_once
            }
            networks {
                the_latest_day_of_each_network_is_kept
                only_the_latest_networks_are_kept
                networks_end_with_their_credential
                networks_are_forgotten_in_batches
            }
            races {
                racing_deletes_leave_one_permanent_credential
                racing_commits_on_one_header_follow_each_other
                a_workspace_is_created_once
                an_account_that_is_written_concurrently_is_a_conflict
                a_removal_and_a_use_leave_nothing_behind
                racing_uses_keep_the_latest
            }
            readers {
                a_follower_of_the_history_misses_nothing
                readers_never_see_half_a_change
            }
            cancellation {
                a_dropped_commit_is_whole_or_absent
                other_dropped_calls_leave_the_store_working
                a_look_up_of_a_dropped_commit_is_final
            }
            histories {
                random_histories_agree_with_the_model
                racing_histories_are_one_history
            }
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_tests {
    ({ $attributes:tt $harness:ty } $($heading:ident { $($case:ident)* })*) => {
        $($( $crate::__conformance_test! { $attributes $harness, $heading $case } )*)*
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_test {
    ([$(#[$attribute:meta])*] $harness:ty, $heading:ident $case:ident) => {
        #[test]
        $(#[$attribute])*
        fn $case() {
            let harness = <$harness as ::core::default::Default>::default();
            $crate::conformance::$heading::$case(&harness);
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_list {
    ({ $harness:ident } $($heading:ident { $($case:ident)* })*) => {
        vec![$($(
            Case {
                name: stringify!($case),
                run: $crate::conformance::$heading::$case::<$harness>,
            }
        ),*),*]
    };
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::cases;
    use crate::adapters::MemoryStore;
    use crate::conformance::Harness;
    use crate::conformance::harness::block_on;

    struct Memory;

    impl Harness for Memory {
        type Store = MemoryStore;

        fn fresh(&self) -> MemoryStore {
            MemoryStore::new()
        }

        fn another(&self, store: &MemoryStore) -> Option<MemoryStore> {
            Some(store.clone())
        }

        fn block_on<F: Future>(&self, future: F) -> F::Output {
            block_on(future)
        }
    }

    /// A case that is missing from the list compiles but never runs.
    #[test]
    fn every_case_is_listed_and_names_a_promise() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/conformance");
        let mut written = Vec::new();
        for file in std::fs::read_dir(folder).unwrap() {
            let source = std::fs::read_to_string(file.unwrap().path()).unwrap();
            for (docs, case) in source.match_indices("\npub fn ").map(|(at, _)| source.split_at(at))
            {
                let name = case.trim_start().strip_prefix("pub fn ").unwrap();
                let name = name.lines().next().unwrap().split_once("<H: Harness>(harness: &H)");
                let Some((name, _)) = name else { continue };
                let start = docs.rfind("\n\n").unwrap();
                let promised = docs[start..].trim_start().starts_with("/// [`");
                assert!(promised, "the documentation of {name} does not begin with its promise");
                written.push(name.to_owned());
            }
        }
        let mut listed: Vec<_> =
            cases::<Memory>().iter().map(|case| case.name.to_owned()).collect();
        written.sort();
        listed.sort();
        assert_eq!(written, listed);
    }
}
