//! The defects, and for each the cases that must find it.

/// Pairs each defect with the cases that must fail on a store that has it. Of racing cases only where the defect
/// leaves the others time to meet it.
macro_rules! defects {
    ($($(#[doc = $doc:literal])* $defect:ident: $($case:ident)*;)*) => {
        /// One thing that a store does wrong.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Defect {
            $($(#[doc = $doc])* $defect,)*
        }

        /// Each defect, and the names of the cases that must find it.
        pub(crate) const DEFECTS: &[(Defect, &[&str])] =
            &[$((Defect::$defect, &[$(stringify!($case)),*])),*];
    };
}

defects! {
    // Reads.
    /// An account that was never written is found.
    InventsAccounts: what_was_never_written_is_none;
    /// Times are kept in milliseconds.
    CutsMicroseconds: records_are_read_as_they_were_written every_action_is_kept;
    /// Lists are kept in the order of their contents.
    SortsLists: a_header_is_read_with_its_lists_in_their_order the_longest_lists_are_kept;
    /// A replaced list is added to the old one.
    AddsToLists: a_list_is_replaced_whole_or_stays the_longest_lists_are_kept;
    /// A list that is the same is not kept.
    ForgetsSameLists: a_list_is_replaced_whole_or_stays random_histories_agree_with_the_model;
    /// Ids are compared without regard to case.
    FoldsCase: ids_are_told_apart_by_their_bytes;
    /// Ids are compared without the spaces at their ends.
    FoldsSpaces: ids_are_told_apart_by_their_bytes;
    /// Another handle reads from a replica that is one write behind.
    ReadsReplica: reads_see_what_was_acknowledged;
    /// Another handle is another store.
    UnsharedClones: reads_see_what_was_acknowledged;
    /// Several records come in the order of their ids.
    AnswersInTheOrderOfIds: records_are_read_by_id_in_the_order_asked;

    // Bounds.
    /// Texts are cut after 64 bytes.
    CutsTexts: every_value_within_the_bounds_is_kept;
    /// Revisions are kept in 32 bits.
    ShortRevisions: every_value_within_the_bounds_is_kept;
    /// A list has at most a hundred entries.
    ShortLists: the_longest_lists_are_kept;
    /// An action of 974 bytes is the longest that there is room for.
    ShortActions: the_longest_texts_are_kept;
    /// Names' keys are cut after 399 bytes.
    ShortNameKeys: the_longest_texts_are_kept;
    /// A slow hash of 119 bytes is the longest that there is room for.
    ShortSlowHashes: the_longest_texts_are_kept;
    /// One corrupt row fails the whole page.
    CorruptRowFailsPages: a_corrupt_row_hides_no_other;
    /// A corrupt row is left out.
    CorruptRowIsLeftOut: a_corrupt_row_hides_no_other;
    /// A corrupt row is as if it were absent.
    CorruptRowIsAbsent: a_corrupt_row_hides_no_other;
    /// A credential is read before it is deleted.
    ReadsWhatItDeletes: a_corrupt_row_can_be_deleted;
    /// A corrupt row stays when it is deleted.
    CorruptRowStays: a_corrupt_row_can_be_deleted;

    // Pages.
    /// Names are ordered without regard to what is no letter.
    OrdersLikeADictionary: credentials_of_a_workspace_are_ordered_by_name
        credentials_of_an_account_are_ordered_by_name
        workspaces_are_ordered_by_name_without_the_removed;
    /// Names are ordered by the numbers of UTF-16.
    OrdersByUtf16: credentials_of_a_workspace_are_ordered_by_name
        credentials_of_an_account_are_ordered_by_name;
    /// Equal names are not ordered by the ids.
    ReversesTies: credentials_of_a_workspace_are_ordered_by_name
        credentials_of_an_account_are_ordered_by_name
        workspaces_are_ordered_by_name_without_the_removed;
    /// The next page begins after the name, whatever the id.
    SkipsTies: credentials_of_an_account_are_ordered_by_name
        workspaces_are_ordered_by_name_without_the_removed;
    /// The store's credentials are ordered without regard to case.
    OrdersIdsWithoutCase: credentials_of_the_store_are_ordered_by_id;
    /// The store's credentials are ordered by name.
    OrdersStoreByName: credentials_of_the_store_are_ordered_by_id;
    /// An account's credentials are everybody's.
    IgnoresAccounts: credentials_of_an_account_are_ordered_by_name events_come_newest_first;
    /// The last page has a cursor too.
    NextAlways: credentials_of_a_workspace_are_ordered_by_name pages_end_where_the_records_end
        workspaces_are_ordered_by_name_without_the_removed events_come_newest_first;
    /// No page has a cursor.
    NextNever: credentials_of_a_workspace_are_ordered_by_name
        workspaces_are_ordered_by_name_without_the_removed events_come_newest_first;
    /// A query never looks at more than a thousand records.
    LooksAtAThousand: pages_end_where_the_records_end;
    /// The next page begins with the cursor's record, and from the start where there is none.
    LooksForTheCursor: a_page_begins_after_what_is_gone;
    /// Removed workspaces are listed.
    ListsRemoved: workspaces_are_ordered_by_name_without_the_removed;

    // Filters.
    /// The kind is not looked at.
    IgnoresKind: credentials_are_found_by_kind every_condition_must_hold_at_once;
    /// Names are compared as ASCII.
    ComparesNamesInAscii: credentials_are_found_by_the_key_of_their_name;
    /// The name's key is kept from the first commit.
    KeepsOldNameKey: credentials_are_found_by_the_key_of_their_name;
    /// A name is in ASCII if its first letter is.
    LooksAtFirstLetters: credentials_are_found_by_names_beyond_ascii;
    /// What ends at this very time is not yet over.
    EndsLate: credentials_are_found_by_status_at_its_boundary;
    /// A Track set with an expiry to come is taken for a permanent one.
    LastsUntilExpiry: permanent_credentials_are_found_without_a_clock;
    /// With a name, the other conditions are not looked at.
    OneConditionAtATime: every_condition_must_hold_at_once;
    /// The walk over every workspace leaves out the removed ones.
    WalksWithoutRemoved: every_header_is_found_in_the_order_of_the_ids;

    // Events.
    /// The oldest event comes first.
    OldestFirst: events_come_newest_first;
    /// Credentials' events are not found by their workspace.
    WorkspaceEventsOnly: events_are_found_by_what_they_are_about;
    /// The event of the number itself is found too.
    BeforeIsInclusive: events_are_found_by_what_they_are_about events_come_newest_first;
    /// Everybody is an admin.
    ForgetsRoles: every_action_is_kept every_value_within_the_bounds_is_kept;
    /// The end of an overlap is not kept.
    ForgetsOverlaps: every_action_is_kept;

    // Commits.
    /// Only the newest event is looked up.
    LooksUpTheNewest: a_change_is_found_by_its_operation;
    /// An operation can be carried out twice.
    RepeatsOperations: a_second_change_with_one_operation_is_a_conflict;
    /// A commit whose future is dropped is carried out with the next one.
    WritesDroppedCommitsLater: a_look_up_of_a_dropped_commit_is_final;
    /// No header's revision is compared.
    ComparesNoHeader: a_stale_workspace_is_a_conflict a_stale_account_is_a_conflict
        racing_deletes_leave_one_permanent_credential a_workspace_is_created_once
        random_histories_agree_with_the_model
        a_removed_workspace_takes_its_credentials_with_it;
    /// An older revision is a conflict, a newer one is not.
    ComparesOneWay: a_stale_workspace_is_a_conflict a_stale_account_is_a_conflict;
    /// What should not exist yet is written over.
    CreatesOver: a_stale_workspace_is_a_conflict a_workspace_is_created_once
        a_removed_workspace_takes_its_credentials_with_it;
    /// The accounts that should be unchanged are not compared.
    ComparesNoUnchanged: an_account_that_should_be_unchanged_is_compared
        an_account_that_is_written_meanwhile_is_a_conflict;
    /// Only the first of them is compared.
    ComparesFirstUnchanged: an_account_that_should_be_unchanged_is_compared;
    /// An account that is not there counts as unchanged.
    SkipsAbsent: an_account_that_should_be_unchanged_is_compared;
    /// A created account that exists is written over.
    CreatesAccountOver: an_account_is_created_with_its_first_workspace;
    /// A created account is not written.
    ForgetsCreatedAccount: an_account_is_created_with_its_first_workspace;
    /// It compares, lets others go first, and then writes.
    ComparesThenWrites: racing_deletes_leave_one_permanent_credential
        racing_commits_on_one_header_follow_each_other a_workspace_is_created_once
        an_account_that_is_written_meanwhile_is_a_conflict a_removal_and_a_use_leave_nothing_behind
        racing_histories_are_one_history;
    /// An insert replaces.
    InsertReplaces: edits_of_the_wrong_credentials_are_conflicts;
    /// An update inserts.
    UpdateInserts: edits_of_the_wrong_credentials_are_conflicts;
    /// A delete of nothing is as good as any.
    DeletesNothing: edits_of_the_wrong_credentials_are_conflicts;
    /// The header and the first edits stay when a later one meets a conflict.
    WritesHalf: edits_of_the_wrong_credentials_are_conflicts;
    /// Deletes are not carried out.
    DeletesLater: every_kind_of_edit_is_written;
    /// A removed workspace's credentials stay.
    RemovalKeepsCredentials: a_removed_workspace_takes_its_credentials_with_it;
    /// A removal takes the whole account's credentials.
    RemovalTakesAll: a_removed_workspace_takes_its_credentials_with_it;
    /// A credential of a removed workspace is still found by its id.
    LeftoversAreRead: a_removed_workspace_takes_its_credentials_with_it;
    /// A credential of a removed workspace gets a new tag.
    LeftoversAreTagged: no_write_finds_a_credential_of_a_removed_workspace;
    /// The id of a credential of a removed workspace stays taken.
    LeftoversKeepIds: no_write_finds_a_credential_of_a_removed_workspace;
    /// A purge deletes credentials of workspaces that are not removed.
    PurgesTheLiving: a_purge_changes_nothing_that_a_read_answers;
    /// A purge takes a number of the history.
    PurgeTakesANumber: a_purge_changes_nothing_that_a_read_answers;
    /// A purge never says that nothing is left.
    PurgeNeverEnds: a_purge_changes_nothing_that_a_read_answers;
    /// A removed workspace's row goes, and its id is free.
    RemovalFreesId: a_removed_workspace_takes_its_credentials_with_it;

    // History.
    /// A commit that is refused takes a number.
    NumbersRefusals: commits_are_numbered_without_gaps;
    /// The first event has the number 0.
    NumbersFromZero: commits_are_numbered_without_gaps;
    /// A number is taken first, and its event becomes visible later.
    NumbersEarly: whoever_follows_the_history_misses_nothing;
    /// A position is known by its number.
    IgnoresOperations: a_position_that_is_not_the_stores_is_too_far_behind
        the_newest_position_outlives_its_event;
    /// A number that is still to come is no matter.
    WaitsForTheFuture: a_position_that_is_not_the_stores_is_too_far_behind;
    /// The newest position is told, however few changes are.
    SkipsToTheNewest: changes_are_told_from_every_position;
    /// The position of the last event that is told is told as the newest.
    TellsTheLastAsNewest: changes_are_told_from_every_position;
    /// The two tags of an event change places.
    SwapsEventTags: commits_are_numbered_without_gaps changes_are_told_from_every_position
        every_action_is_kept;
    /// The limit is a number of 63 bits, and a larger one fails the call.
    ShortLimits: changes_are_told_from_every_position;
    /// The limit is not looked at.
    IgnoresLimit: changes_are_told_from_every_position;
    /// The event of the position itself is told again.
    TellsAgain: changes_are_told_from_every_position;
    /// The start is not known.
    ForgetsStart: changes_are_told_from_every_position;
    /// The newest change is not told yet, and the answer does not say so.
    TellsOldChanges: an_answer_is_no_older_than_its_age changes_are_told_from_every_position;
    /// Every old event is pruned, wherever it stands.
    PrunesBetween: pruning_stops_at_the_first_event_that_stays;
    /// An event of that very time is pruned too.
    PrunesInclusively: pruning_stops_at_the_first_event_that_stays;
    /// One call prunes everything, however many it may.
    PrunesAll: events_are_pruned_in_batches;
    /// The first batch is said to be the last.
    PrunesOnce: events_are_pruned_in_batches;
    /// Pruning makes nobody too far behind.
    PrunesInSilence: whoever_has_missed_pruned_events_is_too_far_behind;
    /// The newest position goes with its event.
    ForgetsNewest: the_newest_position_outlives_its_event;
    /// Numbers begin anew when all is pruned.
    NumbersAnew: the_newest_position_outlives_its_event;

    // Secrets.
    /// An update writes the last-used times.
    UpdateWritesUses: an_update_writes_all_but_last_uses
        random_histories_agree_with_the_model;
    /// An update writes no digests and seals.
    UpdateKeepsSecrets: an_update_writes_all_but_last_uses
        random_histories_agree_with_the_model;
    /// The secret that becomes the previous one is written as given.
    RotationWritesPrevious: a_rotation_keeps_the_last_use_of_the_previous_secret;
    /// A previous secret stays where the update has none.
    KeepsPrevious: a_secret_that_is_not_held_is_gone a_rotation_without_overlap_leaves_one_secret;
    /// The new secret begins with the last use of the old.
    InheritsUse: a_rotation_without_overlap_leaves_one_secret
        a_replaced_secret_is_gone_and_the_one_before_stays;
    /// The tags of credentials are not compared.
    ComparesNoTag: a_credential_with_another_tag_is_a_conflict;
    /// A refresh writes no tag.
    RefreshKeepsTag: a_refresh_replaces_what_is_expected;
    /// A refresh compares no tag.
    RefreshComparesNoTag: a_refresh_of_anything_else_is_outdated;
    /// A refresh does not compare.
    RefreshComparesNothing: a_refresh_of_anything_else_is_outdated;
    /// A refresh compares the key's id only.
    RefreshComparesKey: a_refresh_of_anything_else_is_outdated;
    /// A refresh does not reach the previous secret.
    RefreshesCurrentOnly: a_refresh_replaces_what_is_expected;
    /// A refresh of a digest throws the seal away.
    RefreshDropsSeal: a_refresh_replaces_what_is_expected;
    /// A refresh counts as a change of the header.
    RefreshMovesRevision: a_refresh_replaces_what_is_expected;

    /// A tag is replaced without a look at the stored one.
    RetagComparesNothing: a_new_tag_for_anything_else_is_outdated;
    /// A new tag reaches credentials only.
    RetagsCredentialsOnly: a_new_tag_takes_the_place_of_the_expected_one;
    /// A new tag counts as a change of the header.
    RetagMovesRevision: a_new_tag_takes_the_place_of_the_expected_one;

    // Uses.
    /// The last use that is told is the last.
    UsesMoveBack: uses_move_forward_only many_uses_are_recorded_at_once racing_uses_keep_the_latest;
    /// A use of the previous secret counts for the current one.
    UsesAreOfCurrent: uses_move_forward_only;
    /// A use that is unknown fails the call.
    UnknownUseFails: uses_of_what_does_not_exist_are_no_error;
    /// A use that is unknown ends the call.
    UnknownUseEnds: uses_of_what_does_not_exist_are_no_error;
    /// Only the first thousand are recorded.
    RecordsAThousand: many_uses_are_recorded_at_once;

    // Races and dropped futures.
    /// A header is read, and then its lists.
    ReadsInTwoSteps: readers_see_no_half_of_a_change;
    /// A use writes back the whole record that was read before.
    UseWritesRecord: racing_uses_keep_the_latest;
    /// A commit writes the header, waits, and writes the rest.
    HalfIfDropped: a_dropped_commit_is_whole_or_absent;
    /// A refresh takes the old digest away, waits, and writes the new one.
    RefreshesInTwoSteps: other_dropped_calls_leave_the_store_working;
    /// Of an update, only the name is written.
    UpdatesNameOnly: every_kind_of_edit_is_written random_histories_agree_with_the_model;
}
