//! What guards a service: the handle, and how requests are read and answered.

use std::net::IpAddr;
use std::sync::Arc;

use bytes::Bytes;
use http::request::Parts;
use http::{Extensions, Response};

use crate::domain::{Notice, Verified};
use crate::shell::{Keyward, NotVerified};
use crate::values::{App, Track};

use super::address::ClientAddress;
use super::answer::{Answer, Form};
use super::authorization::{self, NotRead, Scheme};
use super::layer::GuardLayer;
use super::peer;

/// Guards the routes of a service: checks what each request presents, and answers those that do not pass.
///
/// Cheap to clone. The setters change this guard and not its clones, so one service can guard its routes
/// in several ways.
#[derive(Debug, Clone)]
pub struct Guard {
    settings: Arc<Settings>,
}

#[derive(Debug, Clone)]
struct Settings {
    keyward: Keyward,
    client_address: ClientAddress,
    peer: fn(&Extensions) -> Option<IpAddr>,
    form: Form,
    announcements: Announcements,
}

/// Whether callers hear that their key is on its way out.
#[derive(Debug, Clone, Copy)]
enum Announcements {
    Silent,
    Headers,
}

/// The proof that a guard's layer has checked this very request. It is not the host's `Verified`, which
/// any layer can copy from one request to another.
#[cfg(feature = "axum")]
struct Checked<K> {
    by: Arc<Settings>,
    proof: Verified<K>,
}

#[cfg(feature = "axum")]
impl<K> Clone for Checked<K> {
    fn clone(&self) -> Self {
        Self { by: Arc::clone(&self.by), proof: self.proof.clone() }
    }
}

impl Guard {
    /// Guards with this handle. The peer is the client, answers are problem details, and no headers are
    /// added to what passes.
    #[must_use]
    pub fn new(keyward: Keyward) -> Self {
        Self {
            settings: Arc::new(Settings {
                keyward,
                client_address: ClientAddress::Peer,
                peer: peer::find,
                form: Form::default(),
                announcements: Announcements::Silent,
            }),
        }
    }

    /// Where a client's address is found; [`ClientAddress::Peer`] by default.
    #[must_use]
    pub fn client_address(mut self, client_address: ClientAddress) -> Self {
        Arc::make_mut(&mut self.settings).client_address = client_address;
        self
    }

    /// Where the peer's address is, for a server that hands it on in an extension of its own type. By default
    /// it is in a [`PeerAddress`](super::PeerAddress), or, with the feature `axum`, in its
    /// `ConnectInfo<SocketAddr>`.
    ///
    /// With tonic: `guard.peer_from(|e| Some(e.get::<TcpConnectInfo>()?.remote_addr()?.ip()))`.
    #[must_use]
    pub fn peer_from(mut self, peer: fn(&Extensions) -> Option<IpAddr>) -> Self {
        Arc::make_mut(&mut self.settings).peer = peer;
        self
    }

    /// Writes answers in a form of the host's own; [`Answer::problem`] by default.
    ///
    /// ```
    /// use http::HeaderValue;
    /// use keyward::http::Guard;
    /// # use keyward::{Keyward, MasterKey, MasterKeys, MemoryStore};
    /// # let keys = MasterKeys::new(MasterKey::generate()?);
    /// # let keyward = Keyward::builder(MemoryStore::new(), keys).build()?;
    ///
    /// let guard = Guard::new(keyward).answers(|answer| {
    ///     let body = format!(r#"{{"meta":{{"error":"{}"}}}}"#, answer.detail());
    ///     answer.with_body(HeaderValue::from_static("application/json"), body)
    /// });
    /// # let _ = guard;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn answers(
        mut self,
        form: impl Fn(&Answer) -> Response<Bytes> + Send + Sync + 'static,
    ) -> Self {
        Arc::make_mut(&mut self.settings).form = Form::new(form);
        self
    }

    /// Lets the layers tell the holder of a key on its way out, in `Deprecation` (RFC 9745) and `Sunset`
    /// (RFC 8594) headers on what passes: a deprecated key, or a secret that a rotation has replaced.
    ///
    /// Both standards speak of the resource, and here it is the key that ends. So it is off by default, and
    /// a header that the host has written itself stays.
    #[must_use]
    pub fn announce_endings(mut self) -> Self {
        Arc::make_mut(&mut self.settings).announcements = Announcements::Headers;
        self
    }

    /// The layer for the Track API: HTTP Basic, with the site id and the API key.
    #[must_use]
    pub fn track(&self) -> GuardLayer<Track> {
        GuardLayer::new(self.clone())
    }

    /// The layer for the App API: Bearer.
    #[must_use]
    pub fn app(&self) -> GuardLayer<App> {
        GuardLayer::new(self.clone())
    }

    /// Checks one request: what the layers do, for services that are none of `tower`'s.
    ///
    /// Fails with what the caller is to be [answered](Self::answer).
    pub async fn check<K: Scheme>(&self, request: &Parts) -> Result<Verified<K>, Answer> {
        let settings = &*self.settings;
        let Some(peer) = (settings.peer)(&request.extensions) else {
            let answer = Answer::NoPeerAddress;
            tracing::error!("{}", answer.detail());
            return Err(answer);
        };
        // Filled here, where it stays until it is wiped: a move would leave a copy behind.
        let mut decoded = K::Decoded::default();
        let attempt = match K::read(&request.headers, &mut decoded) {
            Ok(attempt) => attempt,
            Err(NotRead::Absent) => return Err(Answer::Unauthorized(K::CHALLENGE)),
            Err(NotRead::Refused(rule)) => {
                tracing::debug!(kind = %K::KIND, rule, "Authorization header refused");
                return Err(Answer::Unauthorized(K::REFUSAL));
            }
        };
        let address = settings.client_address.find(&request.headers, peer);
        let address = address
            .inspect_err(|reason| tracing::debug!(%reason, "the client's address is not known"))
            .ok();
        let outcome: Result<Verified<K>, NotVerified> =
            settings.keyward.verify(&attempt.from(address)).await;
        outcome.map_err(|outcome| Answer::to_outcome::<K>(&outcome))
    }

    /// Writes an answer in this guard's form.
    #[must_use]
    pub fn answer(&self, answer: &Answer) -> Response<Bytes> {
        self.settings.form.write(answer)
    }

    /// Checks a request and puts the proof into its extensions.
    pub(super) async fn admit<K: Scheme>(
        &self,
        request: &mut Parts,
    ) -> Result<Verified<K>, Answer> {
        authorization::hide(&mut request.headers);
        let proof = self.check::<K>(request).await?;
        #[cfg(feature = "axum")]
        request.extensions.insert(Checked { by: Arc::clone(&self.settings), proof: proof.clone() });
        request.extensions.insert(proof.clone());
        Ok(proof)
    }

    /// The proof that this guard has put into a request's extensions.
    #[cfg(feature = "axum")]
    pub(super) fn admitted<K: Scheme>(&self, request: &Parts) -> Option<Verified<K>> {
        let checked = request.extensions.get::<Checked<K>>()?;
        Arc::ptr_eq(&checked.by, &self.settings).then(|| checked.proof.clone())
    }

    /// What the holder of a key on its way out is to be told, where the host wants it.
    pub(super) fn announcement<K: Scheme>(&self, proof: &Verified<K>) -> Option<Notice> {
        match self.settings.announcements {
            Announcements::Headers => proof.notice(),
            Announcements::Silent => None,
        }
    }
}
