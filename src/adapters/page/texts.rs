//! The sentences of the page.

use std::borrow::Cow;

use crate::domain::{Action, ActionWord, CredentialStatus, LeakResponse, Role, UnlistedWorkspaces};
use crate::shell::ManageError;
use crate::values::Timestamp;

use super::time_text;

/// Declares the trait. Each sentence is a method whose default is English. The braces name the arguments.
macro_rules! texts {
    (@text $text:literal) => { Cow::Borrowed($text) };
    (@text $text:literal $($argument:ident)+) => { Cow::Owned(format!($text $(, $argument = $argument)+)) };
    ($($(#[$note:meta])* $name:ident $(($($argument:ident: $type:ty),+))? = $text:literal;)*) => {
        /// The sentences of the page, one method each. The defaults are English.
        ///
        /// Implement it to translate the page: override [`lang`](Self::lang), [`dir`](Self::dir) and the sentences. A sentence
        /// that a later release adds is English until you override it. Every text is escaped when it is written into the page.
        ///
        /// ```
        /// use std::borrow::Cow;
        /// use keyward::page::Texts;
        ///
        /// struct German;
        ///
        /// impl Texts for German {
        ///     fn lang(&self) -> Cow<'static, str> {
        ///         "de".into()
        ///     }
        ///     fn title(&self) -> Cow<'static, str> {
        ///         "API-Zugangsdaten".into()
        ///     }
        ///     fn days(&self, count: u64) -> Cow<'static, str> {
        ///         if count == 1 { "1 Tag".into() } else { format!("{count} Tage").into() }
        ///     }
        /// }
        /// ```
        pub trait Texts: Send + Sync + 'static {
            $(
                #[doc = concat!("In English: \"", $text, "\".")]
                $(#[$note])*
                fn $name(&self $(, $($argument: $type),+)?) -> Cow<'static, str> {
                    texts!(@text $text $($($argument)+)?)
                }
            )*

            /// Returns a number of days. The plural depends on the language.
            fn days(&self, count: u64) -> Cow<'static, str> {
                plural(count, "day", "days")
            }

            /// Returns a number of hours.
            fn hours(&self, count: u64) -> Cow<'static, str> {
                plural(count, "hour", "hours")
            }

            /// Returns a number of seconds.
            fn seconds(&self, count: u64) -> Cow<'static, str> {
                plural(count, "second", "seconds")
            }

            /// Returns a number of credentials.
            fn credentials(&self, count: u64) -> Cow<'static, str> {
                plural(count, "credential", "credentials")
            }

            /// Returns a number of allowlist entries.
            fn entries(&self, count: u64) -> Cow<'static, str> {
                plural(count, "address or network", "addresses and networks")
            }

            /// Returns a number of connected integrations.
            fn connected_integrations(&self, count: u64) -> Cow<'static, str> {
                plural(count, "integration", "integrations")
            }

            /// Returns the number of inactive members.
            fn inactive_members(&self, count: u64) -> Cow<'static, str> {
                let mut text = plural(count, "member is inactive", "members are inactive").into_owned();
                text.push('.');
                text.into()
            }

            /// Returns the heading of the summary of errors.
            fn errors_heading(&self, count: u64) -> Cow<'static, str> {
                if count == 1 {
                    "There is a problem".into()
                } else {
                    format!("There are {count} problems").into()
                }
            }

            /// Returns a time in UTC. Pages with a script also show the reader's local time.
            fn time(&self, at: Timestamp) -> Cow<'static, str> {
                time_text::minute(at).into()
            }

            /// Returns a status in words.
            fn status(&self, status: CredentialStatus) -> Cow<'static, str> {
                match status {
                    CredentialStatus::Active => "Active",
                    CredentialStatus::Deprecated => "Deprecated",
                    CredentialStatus::Suspended => "Suspended",
                    CredentialStatus::Ended => "Ended",
                }
                .into()
            }

            /// Returns the role of an actor.
            fn role(&self, role: Role) -> Cow<'static, str> {
                match role {
                    Role::Admin => "admin",
                    Role::Member => "member",
                    Role::Operator => "support",
                    #[expect(unreachable_patterns, reason = "a role that is added later")]
                    _ => role.as_str(),
                }
                .into()
            }

            /// Returns the account's setting for workspaces without an allowlist.
            fn unlisted(&self, setting: UnlistedWorkspaces) -> Cow<'static, str> {
                match setting {
                    UnlistedWorkspaces::Open => "Open: their keys work from every address",
                    UnlistedWorkspaces::Closed => "Closed: their keys work from no address",
                }
                .into()
            }

            /// Returns what the account does about a key that is found in public.
            fn leak_response(&self, response: LeakResponse) -> Cow<'static, str> {
                match response {
                    LeakResponse::Stop => "It stops at once: it is replaced, or suspended",
                    LeakResponse::Report => "It keeps working, and the history says where it was found",
                }
                .into()
            }

            /// Returns an action of the history for which no other method has a sentence, without a full stop.
            fn other_action(&self, action: &Action) -> Cow<'static, str> {
                capital(&action.to_string()).into()
            }

            /// Returns the name of an action, for the filter of the history.
            fn action_word(&self, word: ActionWord) -> Cow<'static, str> {
                match word.as_str() {
                    "issued" => "Credential added".into(),
                    "deleted" => "Credential deleted".into(),
                    "revealed" => "Key revealed".into(),
                    "rotated" => "Key rotated".into(),
                    "replaced" => "Unused key replaced".into(),
                    "overlap_ended" => "Previous key ended".into(),
                    "connected" => "Integration connected".into(),
                    "disconnected" => "Integration disconnected".into(),
                    "allowed" => "Addresses allowed".into(),
                    "disallowed" => "Addresses removed".into(),
                    "lifted" => "Allowlist lifted".into(),
                    "unlisted_workspaces_set" => {
                        "Setting for workspaces without an allowlist".into()
                    }
                    "undeprecated" => "Deprecation undone".into(),
                    "leaked" => "Key found in public".into(),
                    word => capital(&word.replace('_', " ")).into(),
                }
            }

            /// Returns an error as a sentence.
            fn error(&self, error: &ManageError) -> Cow<'static, str> {
                let mut text = capital(&error.to_string());
                text.push('.');
                text.into()
            }
        }
    };
}

/// The default texts.
#[derive(Debug, Clone, Copy)]
pub(super) struct English;

impl Texts for English {}

pub(super) fn capital(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(characters).collect()
}

fn plural(count: u64, one: &str, many: &str) -> Cow<'static, str> {
    format!("{count} {}", if count == 1 { one } else { many }).into()
}

texts! {
    /// The language of the page (BCP 47).
    lang = "en";
    /// The direction of the text: `ltr` or `rtl`.
    dir = "ltr";
    title = "API credentials";
    page_title(screen: &str) = "{screen} – API credentials";
    error_title(screen: &str) = "Error: {screen}";
    skip = "Skip to content";
    menu = "API credentials menu";
    menu_list = "Credentials";
    menu_allowlist = "IP allowlist";
    menu_integrations = "Integrations";
    menu_history = "History";
    menu_workspaces = "Workspaces";
    menu_policy = "Rules";
    cancel = "Cancel";
    filter = "Apply";
    filters = "Filters";
    clear_filters = "Clear filters";
    any = "Any";
    imported_keys = "Imported keys";
    imported_all = "All imported keys";
    imported_unused(days: &str) = "Not used for {days}";
    next_page = "Next page";
    first_page = "First page";
    back_to(screen: &str) = "Back to {screen}";
    utc_note = "Times are in UTC.";
    done = "Done";
    done_see_event = "See this in the history";
    nothing_changed = "Nothing was changed, because there was nothing to change.";
    by_actor(name: &str, role: &str) = "{name} ({role})";

    list_intro = "Your own programs use the API with these keys. Each key belongs to one workspace.";
    list_caption = "Credentials, in the order of their names";
    list_empty_heading = "No credentials yet";
    list_empty = "Add a credential to get a key for your first program.";
    list_no_workspace = "There is no workspace yet. A credential belongs to a workspace, so create one first.";
    list_no_workspace_host = "There is no workspace yet. A credential belongs to a workspace. Ask the service to create one.";
    list_no_match_heading = "No credential matches";
    list_no_match = "Change or clear the filters to see others.";
    add = "Add a credential";
    column_name = "Name";
    column_kind = "Kind";
    column_workspace = "Workspace";
    column_status = "Status";
    column_created = "Created";
    column_created_by = "Created by";
    column_last_used = "Last used";
    column_scopes = "Scopes";
    scopes_all = "Everything, including scopes added later";
    scopes_none = "Nothing";
    column_networks = "Only from these networks";
    column_labels = "Labels";
    column_owner = "Owner";
    column_used_from = "Used from";
    network_on(network: &str, day: &str) = "{network}, last on {day}";
    no_network = "No network recorded in the last 30 days";
    column_ends = "Ends";
    column_id = "ID";
    no_end = "No end";
    no_use = "No use recorded";
    no_use_note(time: &str) = "Uses are recorded in batches. A use in the last {time} may not be shown yet.";
    corrupt_row(id: &str) = "The stored record of {id} is damaged, so its details cannot be shown. Its key does not work.";
    corrupt_delete = "Delete it";
    newer_row(id: &str) = "{id} was written by a newer version of the service and cannot be shown here.";
    search = "Name begins with";
    site_id = "Site ID";
    key_id = "Key ID";

    add_heading = "Add a credential";
    add_intro = "The key is shown after this step.";
    field_name = "Name";
    field_name_hint = "For example the program that uses it. Others see the name in lists and in the history.";
    field_workspace = "Workspace";
    field_kind = "Kind";
    kind_pair = "A public site ID and a secret API key, sent as user name and password (HTTP Basic).";
    kind_pair_header(header: &str) = "A public ID and a secret key. The key is sent in the header {header}.";
    kind_bearer = "One secret token, sent in the header Authorization: Bearer.";
    kind_header(header: &str) = "One secret token, sent in the header {header}.";
    kind_shown_once = "The key is shown once.";
    kind_shown_again = "The key can be revealed again.";
    field_scopes = "What the key may do";
    scopes_some = "Only what is chosen below";
    choose_scopes = "Choose what the key may do.";
    add_further = "Networks, labels and owner";
    field_networks = "Networks from which the key works, one on each line";
    field_networks_hint = "For example 203.0.113.7 or 203.0.113.0/24. The workspace's allowlist applies as well. Leave it empty for no restriction.";
    field_labels = "Labels, one on each line";
    field_labels_hint = "A name and a value, for example team=billing. Labels do not change what the key may do.";
    label_form = "write a name, = and a value";
    field_owner = "Owner";
    owner_account = "The account";
    owner_member = "A member";
    choose_owner = "Choose an owner.";
    field_expiry = "Expiry";
    expiry_default = "As the rules of the account say";
    expiry_never = "No expiry";
    expiry_days(days: &str) = "In {days}";
    expiry_on = "On a date";
    expiry_keep = "As it is now";
    field_date = "Date";
    field_date_hint = "The key works until the end of this day, 23:59 UTC.";
    add_submit = "Add and show the key";

    secret_heading(kind: &str, name: &str) = "{kind} “{name}”: copy the key now";
    secret_once = "This key is shown only now. Copy it to a safe place before you leave this page.";
    secret_again = "You can reveal this key again later. Each reveal is recorded.";
    secret_label = "Secret key";
    copy = "Copy";
    copied = "Copied";
    copy_failed = "Not copied. The text is selected: copy it with your keyboard.";
    copy_what(what: &str) = "Copy {what}";
    secret_use = "Use it";
    secret_env = "A line for a .env file. Put the key in place of the dots.";
    secret_curl = "A request with curl that reads the key from the environment";
    secret_no_leak = "Neither line contains the key, so you can keep them in documentation.";
    secret_previous_until(time: &str) = "The previous key works until {time}.";
    secret_previous_ended = "The previous key has stopped working.";
    secret_ended_early(time: &str) = "An older key, which was to work until {time}, has stopped working.";
    secret_continue = "I have copied the key";
    secret_continue_again = "Continue";
    repeated_heading = "This form was already sent";
    repeated(name: &str) = "It was carried out once, for “{name}”. Nothing was done a second time.";
    repeated_replace = "If you do not have the key, replace it. It was never used, so nothing stops working.";
    repeated_replace_submit = "Replace the unused key and show the new one";
    repeated_reveal = "You can reveal the key.";
    repeated_rotate = "The key was shown with the first answer. If you do not have it, rotate the credential.";
    form_reused = "This form was already used for something else. Check the values below and send it again.";

    reveal = "Reveal the key";
    reveal_heading(name: &str) = "Reveal the key of “{name}”";
    reveal_note = "The reveal is recorded in the history with your name.";
    reveal_submit = "Reveal the key";
    revealed_heading(name: &str) = "The key of “{name}”";

    details = "Details";
    secrets = "Keys";
    secrets_caption = "Keys of this credential";
    column_number = "Number";
    secret_current = "Current";
    secret_overlaps(time: &str) = "Previous, works until {time}";
    secret_ended(time: &str) = "Previous, ended {time}";
    old_secret_idle(days: &str) = "The previous key has not been used for {days}. It is safe to end if no program uses it less often.";
    old_secret_never = "No use of the previous key is recorded. End it when your programs use the new key.";
    old_secret_busy(time: &str) = "The previous key was last used {time}. Give your programs the new key before you end it.";
    ends_sunset(time: &str) = "Deprecated, ends {time}";
    ends_expiry(time: &str) = "Expires {time}";
    deprecated_no_sunset = "Deprecated, without an end";
    suspended_since(time: &str) = "Suspended since {time}";
    actions = "Actions";
    read_only = "You can view credentials, but not change them.";
    see_history = "History of this credential";
    integrations_using = "Used by";
    no_integration = "No integration";

    rename = "Rename";
    rename_to(name: &str) = "Rename to “{name}”";
    rename_submit = "Rename";
    rotate = "Rotate the key";
    rotate_heading(name: &str) = "Rotate the key of “{name}”";
    rotate_intro = "The credential gets a new key. You can let the current key work for a while, so that no program stops.";
    rotate_overlap = "How long does the current key work?";
    overlap_none = "It stops now (after a leak)";
    overlap_for(time: &str) = "For {time}";
    rotate_overlap_running(time: &str) = "The previous key still works until {time}. At most two keys work at a time, so this rotation ends it now.";
    rotate_end_running = "End the previous key now";
    rotate_submit = "Rotate and show the new key";
    end_overlap = "End the previous key now";
    end_overlap_note = "Programs that still use the previous key stop working at once.";
    deprecate = "Deprecate";
    deprecate_note = "The key still works, and this page shows that it is deprecated. The service may also tell your programs in its responses.";
    deprecate_submit = "Deprecate";
    sunset = "End";
    sunset_none = "Without an end";
    undeprecate = "Undo the deprecation";
    suspend = "Suspend";
    suspend_note = "The key stops working until you resume it. Use this to see whether anything still needs it.";
    suspend_submit = "Suspend";
    resume = "Resume";
    resume_note = "The key works again.";
    expiry = "Change the expiry";
    expiry_submit = "Change the expiry";
    scopes_change = "Change what the key may do";
    networks_change = "Change the networks";
    labels_change = "Change the labels";
    owner_inactive = "It does not work, because its owner is an inactive member";
    owner_change = "Change the owner";
    owner_note = "A key of a member stops when the member is deactivated.";
    delete = "Delete";
    delete_heading(name: &str) = "Delete “{name}”";
    delete_note = "The key stops working at once. This cannot be undone.";
    delete_type_name = "Type the name of the credential to confirm";
    delete_submit = "Delete";
    delete_last_used(time: &str) = "Last used {time}.";
    delete_recent(days: &str) = "It was used in the last {days}. Suspend it first, and delete it when nothing has stopped working.";
    delete_suspend_first = "Suspend it instead";
    delete_in_use = "These integrations use it. Choose another credential for each of them first:";
    delete_last_permanent(kind: &str) = "This is the workspace's last permanent {kind}, so it cannot be deleted, suspended, deprecated or given an expiry. Add another one first.";
    delete_last_permanent_add(kind: &str) = "Add a {kind}";
    delete_corrupt_heading = "Delete a damaged record";
    delete_corrupt_note = "The stored record is damaged, so its name is not shown. Type the name that it had.";

    allowlist_heading = "IP allowlist";
    allowlist_intro = "If a workspace has an allowlist, its keys work only from the listed addresses.";
    allowlist_of(workspace: &str) = "Allowlist of {workspace}";
    allowlist_caption = "Workspaces and their allowlists";
    allowlist_none = "None";
    allowlist_empty = "This workspace has no allowlist.";
    allowlist_entries_label = "Addresses and networks, one on each line";
    allowlist_entries_hint = "For example 203.0.113.7, 203.0.113.0/24 or 2001:db8::/32. To remove an entry, delete its line. To lift the allowlist, delete all lines.";
    allowlist_preview_submit = "Preview the change";
    allowlist_add = "Add addresses";
    allowlist_add_hint = "Each address with its workspace. Empty rows are ignored.";
    allowlist_address(row: u64) = "Address or network {row}";
    allowlist_row_workspace(row: u64) = "Workspace {row}";
    allowlist_preview_heading = "Check the change";
    allowlist_preview_intro = "Nothing is changed yet.";
    allowlist_added = "Added";
    allowlist_removed = "Removed";
    allowlist_kept = "Unchanged";
    allowlist_lifted = "The allowlist is lifted. The setting for workspaces without an allowlist then applies.";
    allowlist_first = "This workspace has no allowlist now. After this change, its keys stop working from every address that is not listed.";
    allowlist_no_change = "Nothing would change.";
    allowlist_confirm = "Confirm the change";
    allowlist_again = "Edit again";
    allowlist_added_at = "Added";
    dry_run_heading = "Credentials that were used in the last 30 days";
    dry_run_intro(day: &str) = "According to the networks that were recorded since {day}. A credential with networks of its own must pass both lists.";
    dry_run_none = "No credential of this workspace was used in the last 30 days.";
    dry_run_loses(credentials: &str) = "Loses access: {credentials}";
    dry_run_unknown(credentials: &str) = "Unknown: {credentials}";
    dry_run_unknown_note = "Only a part of a network is on the list, an address was not known, or a credential was used from too many networks.";
    dry_run_keeps(credentials: &str) = "Keeps access: {credentials}";
    dry_run_more(credentials: &str) = "And {credentials} more.";
    dry_run_incomplete = "This workspace has more than 10,000 credentials. Only the first 10,000 by name were examined.";
    your_address(address: &str) = "Your browser's address is {address}. Your servers may have another one.";
    your_address_in = "Your browser's address is on the new list.";
    your_address_out = "Your browser's address is not on the new list.";
    unlisted_heading = "Workspaces without an allowlist";
    unlisted_submit = "Save";
    bad_line(line: &str, problem: &str) = "“{line}”: {problem}.";
    allowlist_done(done: &str) = "The allowlist of {done} was changed.";
    allowlist_partly(done: &str) = "The allowlist of {done} was changed. The others were not, for this reason:";

    integrations_heading = "Integrations";
    integrations_of(workspace: &str) = "Integrations of {workspace}";
    integrations_intro = "Choose the credential that each integration of a workspace uses.";
    integrations_none = "The service offers no integrations.";
    integration_uses = "Uses";
    integration_not_connected = "Not connected";
    integration_choose(kind: &str) = "{kind} to use";
    integration_choose_first = "Choose one";
    integration_no_candidate(kind: &str) = "The workspace has no permanent {kind}. Add one first.";
    integration_connect = "Connect";
    integration_change = "Use this one";
    integration_disconnect = "Disconnect";
    integration_connected(time: &str) = "Connected since {time}";
    integration_snippet = "Put this on your pages. It contains only the public site ID.";
    integration_custom = "Another integration";
    integration_custom_name = "Its name";
    integration_choice_missing = "Choose a credential: the workspace has more than one.";
    column_integration = "Integration";

    did_create_workspace(name: &str) = "Created the workspace “{name}”";
    did_remove_workspace(name: &str, credentials: &str) = "Removed the workspace “{name}” with {credentials}";
    did_issue(kind: &str, name: &str) = "Added the {kind} “{name}”";
    did_issue_until(kind: &str, name: &str, time: &str) = "Added the {kind} “{name}”, which expires {time}";
    did_reveal = "Revealed the key";
    did_rename(from: &str, to: &str) = "Renamed it from “{from}” to “{to}”";
    did_deprecate = "Deprecated it";
    did_deprecate_until(time: &str) = "Deprecated it, with its end at {time}";
    did_undeprecate = "Undid the deprecation";
    did_suspend = "Suspended it";
    did_resume = "Resumed it";
    did_set_expiry(time: &str) = "Set the expiry to {time}";
    did_clear_expiry = "Removed the expiry";
    did_rotate(number: &str) = "Rotated to key {number}; the previous key ended at once";
    did_rotate_until(number: &str, time: &str) = "Rotated to key {number}; the previous key works until {time}";
    did_replace(unused: &str, number: &str) = "Replaced key {unused}, which was never used, by key {number}";
    did_end_overlap(number: &str) = "Ended key {number}";
    did_delete(kind: &str, name: &str) = "Deleted the {kind} “{name}”";
    did_connect(integration: &str, credential: &str) = "Chose {credential} for {integration}";
    did_disconnect(integration: &str) = "Disconnected {integration}";
    did_set_unlisted(setting: &str) = "Changed the setting for workspaces without an allowlist to: {setting}";
    overlap_runs(time: &str) = "The previous key works until {time}. Rotate after that time, or select the box to end the previous key now.";

    history_heading = "History";
    history_caption = "Changes, newest first";
    history_empty = "No change is recorded.";
    column_when = "When";
    column_who = "Who";
    column_what = "What";
    column_where = "Where";
    history_empty_filtered = "No change matches. Change or clear the filters to see others.";
    history_by = "Who (ID)";
    history_from = "From (UTC)";
    history_until = "To (UTC)";
    history_only_by(name: &str) = "Only changes by {name}";
    history_account = "Account";
    history_unchecked = "The signature of this entry cannot be checked, so it may have been changed.";
    history_corrupt(id: &str) = "The stored entry {id} is damaged.";
    history_removed = "removed";
    history_more = "Only this one";

    policy_heading = "Rules for credentials";
    policy_intro = "These rules apply to every new key and to every change of an expiry. Saving them changes no existing key.";
    policy_seconds_hint = "A day has 86400 seconds. Leave the field empty for no rule.";
    policy_max_lifetime = "Longest lifetime of a credential, in seconds";
    policy_default_expiry = "Lifetime of a credential for which no expiry is chosen, in seconds";
    policy_max_overlap = "Longest time that two keys work after a rotation, in seconds";
    policy_max_secret_age = "Maximum age of a key, in seconds";
    policy_expiry_required = "A credential must have an expiry";
    policy_no_rule = "No rule";
    policy_bad_number = "Write a whole number of seconds.";
    policy_zero = "Write at least one second, or leave the field empty for no rule.";
    policy_default_beyond_lifetime(most: u64) = "Write at most {most} seconds, which is the longest lifetime of a credential, or allow a longer lifetime.";
    policy_default_beyond_secret_age(most: u64) = "Write at most {most} seconds, which is the maximum age of a key, or allow older keys.";
    policy_preview_submit = "Preview the effect";
    policy_save = "Save the rules";
    policy_see_effect = "Credentials that break the rules";
    policy_effect_heading = "Effect of the rules";
    policy_preview_intro = "Nothing is changed yet. If you save these rules and apply them, these credentials change. Only the first page is shown.";
    policy_effect_intro = "These credentials break the rules. You can apply the rules to all credentials of this page.";
    policy_effect_caption = "Credentials that break the rules";
    policy_no_effect = "No credential on this page breaks the rules.";
    policy_apply = "Apply the rules to this page";
    policy_expires(time: &str) = "It gets the expiry {time}";
    policy_expiry_missing = "It needs an expiry: set one";
    policy_secret_overdue(time: &str) = "Its key has been too old since {time}: rotate it";
    column_effect = "Effect";
    members_heading = "Members who left";
    members_intro = "Deactivate a member to stop all keys that they own. You can undo this.";
    member_id = "ID of the member";
    member_deactivate = "Deactivate";
    member_reactivate = "Reactivate";
    member_missing = "Enter the ID of a member.";
    did_set_policy = "Changed the rules for credentials";
    did_deactivate(member: &str) = "Deactivated the member {member}";
    did_reactivate(member: &str) = "Reactivated the member {member}";
    leaked_heading = "A key was found in public";
    leaked_link = "Was a key found in public?";
    leaked_intro = "Paste the text that was found. You learn which key of this account it contains, and can stop the key.";
    leaked_text = "The text that was found";
    leaked_text_hint = "The text is not stored and not shown again.";
    leaked_find = "Find the key";
    leaked_nothing = "The text contains no key of this account that you can change.";
    leaked_is_live(number: &str) = "It is key {number}, and it works.";
    leaked_is_not_live(number: &str) = "It is key {number}. It does not work, so there is nothing to do.";
    leaked_place = "Where was it found?";
    leaked_place_hint = "Optional. The address is shown in the history.";
    leaked_stop_note = "The key stops at once. If its new key can be revealed, it is replaced. Otherwise the credential is suspended, unless its workspace must keep it.";
    leaked_stop = "Stop the key";
    leaked_another = "Look for another key";
    leaks_heading = "Keys found in public";
    leaks_question = "What happens to a key that is found in public?";
    leaks_save = "Save";
    did_set_leak_response(setting: &str) = "Changed what happens to a key that is found in public: {setting}";
    did_report_leak(number: &str) = "Reported that key {number} was found in public";

    workspaces_heading = "Workspaces";
    workspaces_caption = "Workspaces, in the order of their names";
    workspace_create = "Create a workspace";
    workspace_create_submit = "Create";
    workspace_rename_heading(name: &str) = "Rename the workspace “{name}”";
    workspace_remove = "Remove";
    workspace_remove_heading(name: &str) = "Remove the workspace “{name}”";
    workspace_remove_note(credentials: &str) = "It has {credentials}. Its keys stop working at once. This cannot be undone.";
    workspace_remove_type_name = "Type the name of the workspace to confirm";
    workspace_created_secret(name: &str) = "Workspace “{name}” was created with this first credential.";
    column_credentials = "Credentials";
    column_entries = "Allowlist";
    column_integrations = "Integrations";

    forbidden_heading = "You cannot manage API credentials";
    forbidden = "Ask an admin of your account for the permission “Manage API credentials”.";
    account_closed_heading = "The account is closed";
    account_closed = "Its keys do not work, and it cannot be opened again.";
    account_suspended_heading = "The account is suspended";
    account_suspended = "Its keys do not work, and nothing can be changed. Contact support.";
    not_found_heading = "Not found";
    not_found = "It does not exist, or it was deleted.";
    changed_heading = "It was changed in the meantime";
    changed = "Somebody changed it after you opened this form, so nothing was done. Check it and send the form again if you still want to.";
    changed_by(time: &str, who: &str, what: &str) = "{time}, {who}: {what}.";
    changed_wanted(wanted: &str) = "You wanted to: {wanted}.";
    busy_heading = "Please try again";
    busy = "Others changed the same workspace at the same time.";
    busy_making_keys = "The service is making too many keys at the moment.";
    nothing_done = "Nothing was changed.";
    send_again = "Send the form again";
    unavailable_heading = "Temporarily unavailable";
    unavailable = "The credentials cannot be read or changed at the moment. Your keys may still work.";
    retry_after(time: &str) = "Try again in {time}.";
    operator_needed = "The operators of the service must correct the error, which is in its log. Trying again does not help.";
    unknown_heading = "The outcome is not known";
    unknown = "The connection to the database was lost during the change, which may or may not have been made. Look in the history before you try again.";
    bad_request_heading = "The form is incomplete";
    bad_request = "Open the page again and send the form once more.";
    cross_site_heading = "The request came from another site";
    cross_site = "It was refused to protect you. Open this page directly and try again.";
    too_large_heading = "The form is too large";
    too_large = "Send less text.";
    no_actor_heading = "Not set up";
    no_actor = "The service did not say who you are. Its log says what to add.";
    method_heading = "Not possible here";
    method = "This address does not accept that kind of request.";
    go_to_list = "Go to the credentials";
    fresh_login_heading = "Sign in again";
    fresh_login = "For this step, the service asks you to sign in again.";
    fresh_login_link = "Sign in";

    name_taken_link(name: &str) = "Open “{name}”, which has this name";
    name_invalid(problem: &str) = "{problem}.";
    choose_workspace = "Choose a workspace.";
    choose_kind = "Choose a kind.";
    choose_date = "Enter a date.";
    bad_date = "The date is not valid. Write it as year-month-day, for example 2030-01-31.";
    past_date = "The date is in the past. Choose a later one.";
    choose_overlap = "Choose how long the current key works.";
}

#[cfg(test)]
mod tests {
    use super::{English, Texts};

    #[test]
    fn a_plural_follows_its_number() {
        assert_eq!(English.days(1), "1 day");
        assert_eq!(English.days(0), "0 days");
        assert_eq!(English.errors_heading(1), "There is a problem");
        assert_eq!(English.errors_heading(2), "There are 2 problems");
    }

    #[test]
    fn an_argument_is_put_into_its_place() {
        assert_eq!(English.delete_heading("a"), "Delete “a”");
        assert_eq!(English.secret_heading("App key", "a"), "App key “a”: copy the key now");
    }
}
