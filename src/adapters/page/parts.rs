//! The settings of the page.

use std::fmt;
use std::sync::Arc;

use http::request::Parts as Head;

use crate::adapters::http::ClientAddress;
use crate::adapters::web::Settings;
use crate::domain::ActorRef;
use crate::shell::Keyward;

use super::texts::{English, Texts};

/// The handle and the settings that every screen uses.
#[derive(Clone)]
pub(super) struct Parts {
    pub(super) keyward: Keyward,
    pub(super) settings: Settings,
    pub(super) texts: Arc<dyn Texts>,
    pub(super) names: Option<Arc<ActorNames>>,
    pub(super) layout: Option<Arc<Layout>>,
    pub(super) sign_in: Option<Arc<SignIn>>,
    pub(super) client_address: ClientAddress,
    pub(super) api_url: Arc<str>,
}

/// Returns the name of an actor to show.
pub(super) type ActorNames = dyn Fn(&ActorRef) -> Option<String> + Send + Sync;
/// Returns the host's document around the page.
pub(super) type Layout = dyn Fn(&Fragment<'_>, &Head) -> String + Send + Sync;
/// Returns the address at which the actor signs in again.
pub(super) type SignIn = dyn Fn(&str) -> String + Send + Sync;

/// The page as a part of a document of the host.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Fragment<'a> {
    /// The title of the screen, as text. Escape it.
    pub title: &'a str,
    /// The language of the texts (BCP 47).
    pub lang: &'a str,
    /// The direction of the texts: `ltr` or `rtl`.
    pub dir: &'a str,
    /// The address of the stylesheet, for `<link rel="stylesheet">`.
    pub style: &'a str,
    /// The address of the script, for `<script src defer>`. The page also works without it.
    pub script: &'a str,
    /// The HTML of the screen, for the document's `<body>`. Write it as it is. It can contain a secret.
    pub body: &'a str,
}

impl Parts {
    pub(super) fn new(keyward: Keyward) -> Self {
        Self {
            keyward,
            settings: Settings::default(),
            texts: Arc::new(English),
            names: None,
            layout: None,
            sign_in: None,
            client_address: ClientAddress::default(),
            api_url: "https://api.example.com/".into(),
        }
    }
}

impl fmt::Debug for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Page")
            .field("keyward", &self.keyward)
            .field("settings", &self.settings)
            .field("client_address", &self.client_address)
            .field("api_url", &self.api_url)
            .finish_non_exhaustive()
    }
}
