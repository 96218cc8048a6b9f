//! What guards a service: the handle, and how requests are read and answered.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use bytes::Bytes;
#[cfg(feature = "axum")]
use http::HeaderValue;
use http::header::CONTENT_TYPE;
use http::request::Parts;
use http::{Extensions, Response};

use crate::domain::{DenialReason, EndingNotice, Verified};
use crate::kinds::{AcceptedKind, Kinds};
use crate::shell::{Keyward, NotVerified, RefusedHeader};

use super::address::ClientAddress;
use super::answer::{Answer, Form};
use super::authorization::{self, Challenges, NotRead};
use super::drain::DrainLimits;
use super::grpc;
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
    challenges: Challenges,
    keyward: Keyward,
    client_address: ClientAddress,
    peer: fn(&Extensions) -> Option<IpAddr>,
    form: Form,
    announcements: Announcements,
    drain: DrainLimits,
    on_denied: OnDenied,
}

/// Whether callers are told that their key is ending.
#[derive(Debug, Clone, Copy)]
enum Announcements {
    Silent,
    Headers,
}

/// What the host does about a denied attempt.
#[derive(Clone, Default)]
struct OnDenied(Option<Arc<DeniedCall>>);

type DeniedCall = dyn Fn(&Parts, DenialReason, Option<IpAddr>) + Send + Sync;

impl OnDenied {
    fn call(&self, request: &Parts, reason: DenialReason, address: Option<IpAddr>) {
        if let Some(call) = &self.0 {
            call(request, reason, address);
        }
    }
}

impl fmt::Debug for OnDenied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OnDenied(..)")
    }
}

/// The proof that a guard's layer has checked this very request. It is not the host's `Verified`, which
/// any layer can copy from one request to another.
#[cfg(feature = "axum")]
struct Checked<K>(Option<Admission<K>>);

#[cfg(feature = "axum")]
struct Admission<K> {
    by: Arc<Settings>,
    /// The header that was checked. It is kept, so that nothing else can have its place in memory.
    line: HeaderValue,
    proof: Verified<K>,
}

/// `Extensions` can be copied or moved to another request, which nobody has checked. So a copy admits nothing, and
/// after a move only the request with the very header that was checked is admitted. Every other request is checked by
/// its own head.
#[cfg(feature = "axum")]
impl<K> Clone for Checked<K> {
    fn clone(&self) -> Self {
        Self(None)
    }
}

impl Guard {
    /// Guards with this handle. The peer is the client, answers are problem details, and no headers are
    /// added to what passes.
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

    /// Makes the layers tell the holder of a key that is ending, in `Deprecation` (RFC 9745) and `Sunset`
    /// (RFC 8594) headers on what passes: a deprecated key, or a secret that a rotation has replaced.
    ///
    /// Both standards speak of the resource, and here it is the key that ends. So it is off by default, and
    /// a header that the host has written itself stays.
    #[must_use]
    pub fn announce_endings(mut self) -> Self {
        Arc::make_mut(&mut self.settings).announcements = Announcements::Headers;
        self
    }

    /// Sets a function that is called for each denied attempt: for rate limiters and alarms.
    ///
    /// It is given the request's head, the reason, and the client's address if it is known. The caller must not be told the reason.
    /// It is not called for requests that present no credentials, nor for answers of [`Answer::Unavailable`].
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

    /// Sets how much of a refused request's body the layers read before they answer, and for how long. Otherwise a caller who
    /// is still sending would lose the answer.
    #[must_use]
    pub fn drain(mut self, limits: DrainLimits) -> Self {
        Arc::make_mut(&mut self.settings).drain = limits;
        self
    }

    /// The kinds that are registered.
    pub(super) fn kinds(&self) -> &Kinds {
        &self.settings.keyward.inner().kinds
    }

    /// Checks one request: what the layers do, for services that are none of `tower`'s.
    ///
    /// Fails with what the caller is to be [answered](Self::answer_to).
    pub async fn check<K: AcceptedKind>(&self, request: &Parts) -> Result<Verified<K>, Answer> {
        let settings = &*self.settings;
        let Some(peer) = (settings.peer)(&request.extensions) else {
            tracing::error!(
                "no peer address: with axum, serve `app.into_make_service_with_connect_info::<SocketAddr>()`; \
                 otherwise put a `keyward::http::PeerAddress` into each request's extensions, or set \
                 `Guard::peer_from`"
            );
            return Err(Answer::NoPeerAddress);
        };
        let (kinds, challenge) = (self.kinds(), settings.challenges.wanting::<K>());
        let refused = || Answer::Unauthorized(challenge.refused.clone());
        // Filled here, where it stays until it is wiped: a move would leave a copy behind.
        let mut decoded = None;
        let (attempt, place) = match authorization::read::<K>(&request.headers, kinds, &mut decoded)
        {
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
        let address = settings.client_address.find(&request.headers, peer);
        let address = address
            .inspect_err(|reason| {
                settings.keyward.inner().stats.count_no_address(*reason);
                tracing::debug!(%reason, %peer, "could not determine the client address");
            })
            .ok();
        let outcome: Result<Verified<K>, NotVerified> =
            settings.keyward.verify(&attempt.client_address(address)).await;
        outcome.map_err(|outcome| {
            if let NotVerified::Denied(denial) = &outcome {
                settings.on_denied.call(request, denial.reason(), address);
            }
            Answer::to_outcome(&outcome, &challenge.refused)
        })
    }

    /// Counts and logs refused credentials, with the addresses that are known and nothing of the headers.
    fn count_refused(&self, reason: RefusedHeader, request: &Parts, peer: IpAddr) {
        self.settings.keyward.inner().stats.count_refused_header(reason);
        if tracing::enabled!(tracing::Level::DEBUG) {
            let address = self.settings.client_address.find(&request.headers, peer).ok();
            let address = address.map(tracing::field::display);
            tracing::debug!(%reason, address, %peer, "credentials refused");
        }
    }

    /// Writes an answer in this guard's form.
    #[must_use]
    pub fn answer(&self, answer: &Answer) -> Response<Bytes> {
        self.settings.form.write(answer)
    }

    /// Writes the answer to this request: in this guard's form, or as a [gRPC status](Answer::grpc_status) if the request is one
    /// of gRPC (`POST`, HTTP/2 or later) or gRPC-Web (`POST`), whose clients read nothing else. A form that writes `grpc-status` itself is left as it is.
    #[must_use]
    pub fn answer_to(&self, request: &Parts, answer: &Answer) -> Response<Bytes> {
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
    ) -> Result<Verified<K>, Answer> {
        authorization::hide(&mut request.headers, self.kinds());
        let proof = self.check::<K>(request).await?;
        #[cfg(feature = "axum")]
        if let Some(line) = authorization::only_line::<K>(&request.headers, self.kinds()) {
            let (by, line) = (Arc::clone(&self.settings), line.clone());
            let admission = Admission { by, line, proof: proof.clone() };
            request.extensions.insert(Checked(Some(admission)));
        }
        request.extensions.insert(proof.clone());
        Ok(proof)
    }

    /// The proof that this guard has put into a request's extensions, if the request still has the header that was
    /// checked. Headers are compared by their place in memory, which takes the same time for every content.
    #[cfg(feature = "axum")]
    pub(super) fn admitted<K: AcceptedKind>(&self, request: &Parts) -> Option<Verified<K>> {
        let Checked(admission) = request.extensions.get::<Checked<K>>()?;
        let Admission { by, line, proof } = admission.as_ref()?;
        let sent = authorization::only_line::<K>(&request.headers, self.kinds())?;
        let is_same =
            Arc::ptr_eq(by, &self.settings) && std::ptr::eq(line.as_bytes(), sent.as_bytes());
        is_same.then(|| proof.clone())
    }

    /// How much of a refused request's body is read.
    pub(super) fn drain_limits(&self) -> DrainLimits {
        self.settings.drain
    }

    /// What the holder of a key that is ending is told, if the host wants it.
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
