//! Declares the trait of the sentences, with the texts that depend on a number or a value.

use std::borrow::Cow;

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

/// Returns a text that begins with a capital letter.
pub(crate) fn capital(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(characters).collect()
}

/// Returns a number with its noun.
pub(crate) fn plural(count: u64, one: &str, many: &str) -> Cow<'static, str> {
    format!("{count} {}", if count == 1 { one } else { many }).into()
}
