//! The guard: its settings, and how it reads and answers requests.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use bytes::Bytes;
#[cfg(feature = "axum")]
use http::HeaderValue;
use http::header::CONTENT_TYPE;
use http::request::Parts;
use http::{Extensions, Response};

use crate::domain::{DenialReason, EndingNotice, RequiredScope, Verified};
use crate::kinds::{AcceptedKind, KeyLocation, Kinds};
use crate::shell::{Keyward, NotVerified, RefusedHeader};

use super::address::ClientAddress;
use super::answer::{Answer, Form};
use super::authorization::{self, Challenges, NotRead};
use super::drain::DrainLimits;
use super::grpc;
use super::peer;
use super::request_head::RequestHead;

/// Guards the routes of a service: checks the credentials of each request, and answers the requests that are refused.
///
/// Cheap to clone. The setters change this guard and not its clones, so one service can guard its routes in several ways.
#[derive(Debug, Clone)]
pub struct Guard {
    settings: Arc<Settings>,
}

#[derive(Debug, Clone)]
struct Settings {
    challenges: Challenges,
    keyward: Keyward,
    client_address: ClientAddress,
    peer: fn(&Extensions) -> Option<IpAddr>,
    form: Form,
    announcements: Announcements,
    drain: DrainLimits,
    on_denied: OnDenied,
}

/// Whether responses announce that a key is ending.
#[derive(Debug, Clone, Copy)]
enum Announcements {
    Silent,
    Headers,
}

/// The host's function for denied attempts.
#[derive(Clone, Default)]
struct OnDenied(Option<Arc<DeniedCall>>);

type DeniedCall = dyn Fn(&Parts, DenialReason, Option<IpAddr>) + Send + Sync;

impl OnDenied {
    fn call(&self, request: &impl RequestHead, reason: DenialReason, address: Option<IpAddr>) {
        if let Some(call) = &self.0 {
            request.with_parts(|parts| call(parts, reason, address));
        }
    }
}

impl fmt::Debug for OnDenied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OnDenied(..)")
    }
}

/// The proof that a guard's layer has checked this request. Unlike `Verified`, it cannot be copied to another request.
#[cfg(feature = "axum")]
struct Checked<K>(Option<Admission<K>>);

#[cfg(feature = "axum")]
struct Admission<K> {
    by: Arc<Settings>,
    /// The header that was checked. It is kept so that its memory cannot be reused by another header.
    line: HeaderValue,
    proof: Verified<K>,
}

/// `Extensions` can be copied or moved to another request, which was not checked. A copy therefore admits nothing, and after a
/// move only a request with the same header value in memory is admitted. Every other request is checked by its own head.
#[cfg(feature = "axum")]
impl<K> Clone for Checked<K> {
    fn clone(&self) -> Self {
        Self(None)
    }
}

impl Guard {
    /// Returns a guard for this handle. By default the peer is the client, answers are problem details, and responses get no
    /// extra headers.
    #[must_use]
    pub fn new(keyward: Keyward) -> Self {
        Self {
            settings: Arc::new(Settings {
                challenges: Challenges::of(&keyward.inner().kinds),
                keyward,
                client_address: ClientAddress::Peer,
                peer: peer::find,
                form: Form::default(),
                announcements: Announcements::Silent,
                drain: DrainLimits::default(),
                on_denied: OnDenied::default(),
            }),
        }
    }

    /// Sets how the client's address is found. Default: [`ClientAddress::Peer`].
    #[must_use]
    pub fn client_address(mut self, client_address: ClientAddress) -> Self {
        Arc::make_mut(&mut self.settings).client_address = client_address;
        self
    }

    /// Sets how the peer's address is found, for a server that stores it in an extension of its own type. By default it is read
    /// from a [`PeerAddress`](super::PeerAddress) or, with the feature `axum`, from `ConnectInfo<SocketAddr>`.
    ///
    /// With tonic: `guard.peer_from(|e| Some(e.get::<TcpConnectInfo>()?.remote_addr()?.ip()))`.
    #[must_use]
    pub fn peer_from(mut self, peer: fn(&Extensions) -> Option<IpAddr>) -> Self {
        Arc::make_mut(&mut self.settings).peer = peer;
        self
    }

    /// Sets the form of the answers. Default: [`Answer::problem`].
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

    /// Makes the layers add `Deprecation` (RFC 9745) and `Sunset` (RFC 8594) headers to responses for keys that are ending: a
    /// deprecated key, or a secret that a rotation has replaced.
    ///
    /// Off by default, because both standards define these headers for a resource that is ending, and here only the key is. A header
    /// that the host has written itself is kept.
    #[must_use]
    pub fn announce_endings(mut self) -> Self {
        Arc::make_mut(&mut self.settings).announcements = Announcements::Headers;
        self
    }

    /// Sets a function that is called for each denied attempt, for rate limiters and alarms.
    ///
    /// Its arguments are the request's head, the reason, and the client's address if it is known. Do not tell the caller the
    /// reason. The function is not called for requests without credentials or for [`Answer::Unavailable`].
    ///
    /// ```
    /// use keyward::http::Guard;
    /// # use keyward::{Keyward, MasterKey, MasterKeys, MemoryStore};
    /// # let keyward = Keyward::builder(MemoryStore::new(), MasterKeys::new(MasterKey::generate()?)).build()?;
    ///
    /// let guard = Guard::new(keyward).on_denied(|request, reason, address| {
    ///     println!("denied {}: {reason}, from {address:?}", request.uri.path());
    /// });
    /// # let _ = guard;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn on_denied(
        mut self,
        call: impl Fn(&Parts, DenialReason, Option<IpAddr>) + Send + Sync + 'static,
    ) -> Self {
        Arc::make_mut(&mut self.settings).on_denied = OnDenied(Some(Arc::new(call)));
        self
    }

    /// Sets how much of a refused request's body the layers read before they answer, and for how long. Without it, a caller
    /// that is still sending would lose the answer.
    #[must_use]
    pub fn drain(mut self, limits: DrainLimits) -> Self {
        Arc::make_mut(&mut self.settings).drain = limits;
        self
    }

    /// Returns the registered kinds.
    pub(super) fn kinds(&self) -> &Kinds {
        &self.settings.keyward.inner().kinds
    }

    /// Checks one request, as the layers do. For services that do not use `tower`.
    ///
    /// Fails with the [answer](Self::answer_to) for the caller.
    pub async fn check<K: AcceptedKind>(&self, request: &Parts) -> Result<Verified<K>, Answer> {
        self.check_for(request, self.peer_of(request), None).await
    }

    /// Checks one request like [`check`](Self::check), and that its key has a scope.
    pub async fn check_scope<K: AcceptedKind>(
        &self,
        request: &Parts,
        scope: impl Into<RequiredScope> + Send,
    ) -> Result<Verified<K>, Answer> {
        self.check_for(request, self.peer_of(request), Some(&scope.into())).await
    }

    fn peer_of(&self, request: &Parts) -> Option<IpAddr> {
        (self.settings.peer)(&request.extensions)
    }

    /// Checks the head of a request of any framework.
    pub(super) async fn check_for<K: AcceptedKind>(
        &self,
        request: &impl RequestHead,
        peer: Option<IpAddr>,
        required: Option<&RequiredScope>,
    ) -> Result<Verified<K>, Answer> {
        let settings = &*self.settings;
        let Some(peer) = peer else {
            tracing::error!(
                "no peer address: with axum, serve `app.into_make_service_with_connect_info::<SocketAddr>()`; \
                 otherwise put a `keyward::http::PeerAddress` into each request's extensions, or set \
                 `Guard::peer_from`"
            );
            return Err(Answer::NoPeerAddress);
        };
        let (kinds, challenge) = (self.kinds(), settings.challenges.wanting::<K>());
        let refused = || Answer::Unauthorized(challenge.refused.clone());
        // Filled in place and wiped on drop: moving the buffer would leave a copy behind.
        let mut decoded = None;
        let (attempt, place) =
            match authorization::read::<K>(request.headers(), kinds, &mut decoded) {
                Ok(read) => read,
                Err(NotRead::Absent) => {
                    return Err(Answer::Unauthorized(challenge.absent.clone()));
                }
                Err(NotRead::Refused(reason)) => {
                    self.count_refused(reason, request, peer);
                    return Err(refused());
                }
            };
        if !settings.keyward.is_sent_at(&attempt, place) {
            self.count_refused(RefusedHeader::OtherPlace, request, peer);
            return Err(refused());
        }
        let address = settings.client_address.find_in(request.headers(), peer);
        let address = address
            .inspect_err(|reason| {
                settings.keyward.inner().stats.count_no_address(*reason);
                tracing::debug!(%reason, %peer, "could not determine the client address");
            })
            .ok();
        let mut attempt = attempt.client_address(address);
        if let Some(required) = required {
            attempt = attempt.requiring(*required);
        }
        let outcome: Result<Verified<K>, NotVerified> = settings.keyward.verify(&attempt).await;
        outcome.map_err(|outcome| {
            if let NotVerified::Denied(denial) = &outcome {
                let reason = denial.reason();
                settings.on_denied.call(request, reason, address);
            }
            let lacking = || self.lacking::<K>(required.copied());
            Answer::to_outcome(&outcome, &challenge.refused, lacking)
        })
    }

    /// Checks that a proof has a scope.
    #[cfg(feature = "axum")]
    pub(super) fn having_scope<K: AcceptedKind>(
        &self,
        proof: Verified<K>,
        required: RequiredScope,
    ) -> Result<Verified<K>, Answer> {
        match proof.require(required) {
            Ok(()) => Ok(proof),
            Err(_) => Err(self.lacking::<K>(Some(required))),
        }
    }

    /// Returns the answer for a key that lacks a scope, with the realm of a kind that is sent as Bearer.
    fn lacking<K: AcceptedKind>(&self, required: Option<RequiredScope>) -> Answer {
        let realm = match K::SPEC.map(|spec| spec.presented()) {
            Some(KeyLocation::Bearer { realm }) => Some(realm),
            _ => None,
        };
        let vocabulary = self.settings.keyward.inner().vocabulary();
        let scope = required.and_then(|required| vocabulary.name(required));
        Answer::lacking(realm, scope)
    }

    /// Counts and logs refused credentials. The log contains the known addresses and no header values.
    fn count_refused(&self, reason: RefusedHeader, request: &impl RequestHead, peer: IpAddr) {
        self.settings.keyward.inner().stats.count_refused_header(reason);
        if tracing::enabled!(tracing::Level::DEBUG) {
            let address = self.settings.client_address.find_in(request.headers(), peer).ok();
            let address = address.map(tracing::field::display);
            tracing::debug!(%reason, address, %peer, "credentials refused");
        }
    }

    /// Returns an answer in this guard's form.
    #[must_use]
    pub fn answer(&self, answer: &Answer) -> Response<Bytes> {
        self.settings.form.write(answer)
    }

    /// Returns the answer to this request in this guard's form, or as a [gRPC status](Answer::grpc_status) if the request is
    /// gRPC (`POST`, HTTP/2 or later) or gRPC-Web (`POST`), because gRPC clients read only that status. If the form writes
    /// `grpc-status` itself, its response is not changed.
    #[must_use]
    pub fn answer_to(&self, request: &Parts, answer: &Answer) -> Response<Bytes> {
        self.answer_to_head(request, answer)
    }

    /// Returns the answer to a request of any framework.
    pub(super) fn answer_to_head(
        &self,
        request: &impl RequestHead,
        answer: &Answer,
    ) -> Response<Bytes> {
        let written = self.answer(answer);
        match grpc::answer_type(request) {
            Some(media_type) if !written.headers().contains_key(grpc::STATUS) => {
                let mut status = answer.grpc_status();
                status.headers_mut().insert(CONTENT_TYPE, media_type);
                status
            }
            Some(_) | None => written,
        }
    }

    /// Checks a request and puts the proof into its extensions.
    pub(super) async fn admit<K: AcceptedKind>(
        &self,
        request: &mut Parts,
        required: Option<&RequiredScope>,
    ) -> Result<Verified<K>, Answer> {
        authorization::hide(&mut request.headers, self.kinds());
        let peer = self.peer_of(request);
        let proof = self.check_for::<K>(&*request, peer, required).await?;
        #[cfg(feature = "axum")]
        if let Some(line) = authorization::only_line::<K>(&request.headers, self.kinds()) {
            let (by, line) = (Arc::clone(&self.settings), line.clone());
            let admission = Admission { by, line, proof: proof.clone() };
            request.extensions.insert(Checked(Some(admission)));
        }
        request.extensions.insert(proof.clone());
        Ok(proof)
    }

    /// Returns the proof that this guard has put into a request's extensions, if the request still has the header that was
    /// checked. Headers are compared by their address in memory, which takes the same time for all contents.
    #[cfg(feature = "axum")]
    pub(super) fn admitted<K: AcceptedKind>(&self, request: &Parts) -> Option<Verified<K>> {
        let Checked(admission) = request.extensions.get::<Checked<K>>()?;
        let Admission { by, line, proof } = admission.as_ref()?;
        let sent = authorization::only_line::<K>(&request.headers, self.kinds())?;
        let is_same =
            Arc::ptr_eq(by, &self.settings) && std::ptr::eq(line.as_bytes(), sent.as_bytes());
        is_same.then(|| proof.clone())
    }

    /// Returns how much of a refused request's body is read.
    pub(super) fn drain_limits(&self) -> DrainLimits {
        self.settings.drain
    }

    /// Returns the announcement for a key that is ending, if announcements are on.
    pub(super) fn announcement<K: AcceptedKind>(
        &self,
        proof: &Verified<K>,
    ) -> Option<EndingNotice> {
        match self.settings.announcements {
            Announcements::Headers => proof.notice(),
            Announcements::Silent => None,
        }
    }
}
