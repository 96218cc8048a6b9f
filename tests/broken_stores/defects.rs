//! The defects, and for each the cases that must find it.

/// Pairs each defect with the cases that must fail on a store that has it. A racing case is listed only if the defect
/// gives other threads time to interfere.
macro_rules! defects {
    ($($(#[doc = $doc:literal])* $defect:ident: $($case:ident)*;)*) => {
        /// One defect of a store.
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
    InventsAccounts: unwritten_records_are_not_found;
    /// Times are stored in milliseconds.
    CutsMicroseconds: records_are_read_as_they_were_written every_action_is_kept;
    /// Lists are stored in the order of their contents.
    SortsLists: a_header_is_read_with_its_lists_in_their_order the_longest_lists_are_kept;
    /// A replaced list is added to the old one.
    AddsToLists: a_list_is_replaced_whole_or_stays the_longest_lists_are_kept;
    /// A list that is unchanged is not stored.
    ForgetsSameLists: a_list_is_replaced_whole_or_stays random_histories_agree_with_the_model;
    /// Ids are compared without regard to case.
    FoldsCase: ids_are_compared_by_their_bytes;
    /// Ids are compared without the spaces at their ends.
    FoldsSpaces: ids_are_compared_by_their_bytes;
    /// Another handle reads from a replica that is one write behind.
    ReadsReplica: reads_see_acknowledged_writes;
    /// Another handle is another store.
    UnsharedClones: reads_see_acknowledged_writes;
    /// Several records come in the order of their ids.
    AnswersInTheOrderOfIds: records_are_read_by_id_in_the_requested_order;
    /// The key of the ids is the same in every store.
    FixesTheKeyOfIds: the_key_of_ids_is_drawn_once_for_each_store;
    /// The key of the ids is drawn at each call.
    DrawsTheKeyOfIdsAgain: the_key_of_ids_is_drawn_once_for_each_store;

    // Bounds.
    /// Texts are cut after 64 bytes.
    CutsTexts: every_value_within_the_bounds_is_kept;
    /// Revisions are stored in 32 bits.
    ShortRevisions: every_value_within_the_bounds_is_kept;
    /// A list has at most a hundred entries.
    ShortLists: the_longest_lists_are_kept;
    /// An action of 1,952 bytes is the longest that there is room for.
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
    /// Names are ordered without regard to characters that are not letters.
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
    /// The next page begins with the cursor's record, or at the start if that record does not exist.
    LooksForTheCursor: a_page_begins_after_a_deleted_credential;
    /// Removed workspaces are listed.
    ListsRemoved: workspaces_are_ordered_by_name_without_the_removed;

    // Filters.
    /// The restriction on workspaces and kinds is not looked at.
    IgnoresRestriction: a_restriction_leaves_out_other_workspaces_and_kinds;
    /// A history that is limited to kinds has all events.
    ShowsEventsOfOtherKinds: a_restriction_leaves_out_events_about_others;
    /// The kind is not looked at.
    IgnoresKind: credentials_are_found_by_kind every_condition_must_hold_at_once;
    /// The labels are not looked at.
    IgnoresLabels: credentials_are_found_by_their_labels credentials_are_found_by_their_owner;
    /// The owner is not looked at.
    IgnoresOwner: credentials_are_found_by_their_owner;
    /// The imported secret is not looked at.
    IgnoresImports: credentials_are_found_by_imported_secrets_that_are_unused;
    /// Names are compared as ASCII.
    ComparesNamesInAscii: credentials_are_found_by_the_key_of_their_name;
    /// A name is found by any part of it.
    FindsPartsOfNames: credentials_are_found_by_the_beginning_of_their_name;
    /// The name key of the first commit is never replaced.
    KeepsOldNameKey: credentials_are_found_by_the_key_of_their_name;
    /// A name is in ASCII if its first letter is.
    LooksAtFirstLetters: credentials_are_found_by_names_beyond_ascii;
    /// A credential still works at the exact time of its end.
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
    WorkspaceEventsOnly: events_are_found_by_their_subject;
    /// The event of the number itself is found too.
    BeforeIsInclusive: events_are_found_by_their_subject events_come_newest_first;
    /// The actor is not looked at.
    ShowsEventsByOthers: events_are_found_by_actor_action_and_time;
    /// The action is not looked at.
    ShowsOtherActions: events_are_found_by_actor_action_and_time;
    /// The event of the last moment itself is found too.
    UntilIsInclusive: events_are_found_by_actor_action_and_time;
    /// Everybody is an admin.
    ForgetsRoles: every_action_is_kept every_value_within_the_bounds_is_kept;
    /// The end of an overlap is not stored.
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
    /// A record that must not exist yet is overwritten.
    CreatesOver: a_stale_workspace_is_a_conflict a_workspace_is_created_once
        a_removed_workspace_takes_its_credentials_with_it;
    /// The accounts that should be unchanged are not compared.
    ComparesNoUnchanged: an_account_that_should_be_unchanged_is_compared
        an_account_that_is_written_concurrently_is_a_conflict;
    /// Only the first of them is compared.
    ComparesFirstUnchanged: an_account_that_should_be_unchanged_is_compared;
    /// An account that is not there counts as unchanged.
    SkipsAbsent: an_account_that_should_be_unchanged_is_compared;
    /// A created account that exists is written over.
    CreatesAccountOver: an_account_is_created_with_its_first_workspace;
    /// A created account is not written.
    ForgetsCreatedAccount: an_account_is_created_with_its_first_workspace;
    /// It compares, lets other threads run, and then writes.
    ComparesThenWrites: racing_deletes_leave_one_permanent_credential
        racing_commits_on_one_header_follow_each_other a_workspace_is_created_once
        an_account_that_is_written_concurrently_is_a_conflict a_removal_and_a_use_leave_nothing_behind
        racing_histories_are_one_history;
    /// An insert replaces.
    InsertReplaces: edits_of_the_wrong_credentials_are_conflicts;
    /// An update inserts.
    UpdateInserts: edits_of_the_wrong_credentials_are_conflicts;
    /// A delete of a missing credential succeeds.
    DeletesNothing: edits_of_the_wrong_credentials_are_conflicts;
    /// The header and the first edits are written although a later edit conflicts.
    WritesHalf: edits_of_the_wrong_credentials_are_conflicts;
    /// Deletes are not carried out.
    DeletesLater: every_kind_of_edit_is_written;
    /// A removed workspace's credentials stay.
    RemovalKeepsCredentials: a_removed_workspace_takes_its_credentials_with_it;
    /// A removal deletes the credentials of the whole account.
    RemovalTakesAll: a_removed_workspace_takes_its_credentials_with_it;
    /// A credential of a removed workspace is still found by its id.
    LeftoversAreRead: a_removed_workspace_takes_its_credentials_with_it;
    /// A credential of a removed workspace gets a new tag.
    LeftoversAreTagged: no_write_finds_a_credential_of_a_removed_workspace;
    /// The id of a credential of a removed workspace stays taken.
    LeftoversKeepIds: no_write_finds_a_credential_of_a_removed_workspace;
    /// A purge deletes credentials of workspaces that are not removed.
    PurgesTheLiving: a_purge_changes_no_answer_of_a_read;
    /// A purge advances the position.
    PurgeTakesANumber: a_purge_changes_no_answer_of_a_read;
    /// A purge never returns `All`.
    PurgeNeverEnds: a_purge_changes_no_answer_of_a_read;
    /// The row of a removed workspace is deleted, and its id is free.
    RemovalFreesId: a_removed_workspace_takes_its_credentials_with_it;

    // History.
    /// A refused commit uses up a number.
    NumbersRefusals: commits_are_numbered_without_gaps;
    /// The first event has the number 0.
    NumbersFromZero: commits_are_numbered_without_gaps;
    /// A number is taken first, and its event becomes visible later.
    NumbersEarly: a_follower_of_the_history_misses_nothing;
    /// A position is known by its number.
    IgnoresOperations: a_position_of_another_history_is_too_far_behind
        the_newest_position_outlives_its_event;
    /// A number that is still to come is no matter.
    WaitsForTheFuture: a_position_of_another_history_is_too_far_behind;
    /// The newest position is returned even if `limit` leaves out events.
    SkipsToTheNewest: changes_are_returned_from_every_position;
    /// The position of the last returned event is returned as the newest.
    TellsTheLastAsNewest: changes_are_returned_from_every_position;
    /// The two tags of an event change places.
    SwapsEventTags: commits_are_numbered_without_gaps changes_are_returned_from_every_position
        every_action_is_kept;
    /// The limit is a number of 63 bits, and a larger one fails the call.
    ShortLimits: changes_are_returned_from_every_position;
    /// The limit is not looked at.
    IgnoresLimit: changes_are_returned_from_every_position;
    /// The event at the given position is returned again.
    TellsAgain: changes_are_returned_from_every_position;
    /// The start is not known.
    ForgetsStart: changes_are_returned_from_every_position;
    /// The newest change is left out, and the age of the answer is zero.
    TellsOldChanges: an_answer_is_no_older_than_its_age changes_are_returned_from_every_position;
    /// Every old event is pruned, also behind newer ones.
    PrunesBetween: pruning_stops_at_the_first_event_that_stays;
    /// An event of that very time is pruned too.
    PrunesInclusively: pruning_stops_at_the_first_event_that_stays;
    /// One call prunes everything, regardless of the limit.
    PrunesAll: events_are_pruned_in_batches;
    /// The first batch is reported as the last one.
    PrunesOnce: events_are_pruned_in_batches;
    /// After pruning, no position is too far behind.
    PrunesInSilence: a_follower_that_missed_pruned_events_is_too_far_behind;
    /// The newest position is lost with its event.
    ForgetsNewest: the_newest_position_outlives_its_event;
    /// The numbers restart when all events are pruned.
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
    /// A previous secret stays although the update has none.
    KeepsPrevious: a_secret_that_an_update_omits_is_deleted a_rotation_without_overlap_leaves_one_secret;
    /// The new secret begins with the last use of the old.
    InheritsUse: a_rotation_without_overlap_leaves_one_secret
        a_replaced_secret_is_deleted_and_the_previous_one_stays;
    /// The tags of credentials are not compared.
    ComparesNoTag: a_credential_with_another_tag_is_a_conflict;
    /// A refresh writes no tag.
    RefreshKeepsTag: a_refresh_replaces_the_expected_value;
    /// A refresh compares no tag.
    RefreshComparesNoTag: a_refresh_of_another_value_is_outdated;
    /// A refresh does not compare.
    RefreshComparesNothing: a_refresh_of_another_value_is_outdated;
    /// A refresh compares the key's id only.
    RefreshComparesKey: a_refresh_of_another_value_is_outdated;
    /// A refresh does not reach the previous secret.
    RefreshesCurrentOnly: a_refresh_replaces_the_expected_value;
    /// A refresh of a digest throws the seal away.
    RefreshDropsSeal: a_refresh_replaces_the_expected_value;
    /// A refresh counts as a change of the header.
    RefreshMovesRevision: a_refresh_replaces_the_expected_value;

    /// A tag is replaced without a look at the stored one.
    RetagComparesNothing: a_new_tag_for_another_value_is_outdated;
    /// A new tag reaches credentials only.
    RetagsCredentialsOnly: a_new_tag_replaces_the_expected_one;
    /// A new tag counts as a change of the header.
    RetagMovesRevision: a_new_tag_replaces_the_expected_one;

    // Uses.
    /// A use is written over any earlier time.
    IgnoresOlderThan: a_use_is_written_over_older_times_only;
    /// The last recorded use replaces later ones.
    UsesMoveBack: uses_move_forward_only many_uses_are_recorded_at_once racing_uses_keep_the_latest;
    /// A use of the previous secret counts for the current one.
    UsesAreOfCurrent: uses_move_forward_only;
    /// A use that is unknown fails the call.
    UnknownUseFails: uses_of_unknown_secrets_are_ignored;
    /// A use that is unknown ends the call.
    UnknownUseEnds: uses_of_unknown_secrets_are_ignored;
    /// Only the first thousand are recorded.
    RecordsAThousand: many_uses_are_recorded_at_once;

    // Networks.
    /// The last day that is told is the day of a network.
    NetworksMoveBack: the_latest_day_of_each_network_is_kept;
    /// Networks come in their own order.
    SortsNetworks: the_latest_day_of_each_network_is_kept;
    /// Every network is kept.
    KeepsManyNetworks: only_the_latest_networks_are_kept;
    /// Of too many networks, the one with the latest day goes.
    DropsTheLatestNetwork: only_the_latest_networks_are_kept;
    /// A network of a credential that does not exist fails the call.
    UnknownNetworkFails: networks_end_with_their_credential;
    /// A network of a credential that does not exist is kept.
    KeepsUnknownNetworks: networks_end_with_their_credential;
    /// The networks of a deleted credential stay.
    NetworksOutliveTheirCredential: networks_end_with_their_credential;
    /// The networks of that very day are forgotten too.
    ForgetsInclusively: networks_are_forgotten_in_batches;
    /// Without a day, nothing is forgotten.
    ForgetsNoNetworks: networks_are_forgotten_in_batches;

    // Races and dropped futures.
    /// A header is read, and then its lists.
    ReadsInTwoSteps: readers_never_see_half_a_change;
    /// A use writes back the whole record that was read earlier.
    UseWritesRecord: racing_uses_keep_the_latest;
    /// A commit writes the header, waits, and writes the rest.
    HalfIfDropped: a_dropped_commit_is_whole_or_absent;
    /// A refresh deletes the old digest, waits, and writes the new one.
    RefreshesInTwoSteps: other_dropped_calls_leave_the_store_working;
    /// An update writes only the name.
    UpdatesNameOnly: every_kind_of_edit_is_written random_histories_agree_with_the_model;
}
