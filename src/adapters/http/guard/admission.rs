//! What lets a request in: it is checked, and the proof stays with it.

#[cfg(feature = "axum")]
use std::sync::Arc;

use http::request::Parts;
use http::{Extensions, HeaderMap, Request};

use crate::adapters::http::answer::Answer;
use crate::adapters::http::authorization::{self, Scheme};
use crate::domain::{Notice, Verified};
use crate::shell::{Begun, Waiting};

#[cfg(feature = "axum")]
use super::Settings;
use super::{Announcements, Guard};

/// How far a request came without waiting.
pub(in crate::adapters::http) enum Admission<K: Scheme> {
    /// It is admitted or not.
    Decided(Result<Admitted, Answer>),
    /// The store is asked first.
    Waits(Waiting<K>),
}

/// A request is let in.
pub(in crate::adapters::http) struct Admitted {
    /// What the holder of a key on its way out is to be told, where the host wants it.
    pub(in crate::adapters::http) notice: Option<Notice>,
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
    /// Checks a request as far as it goes without waiting, which is nearly always to the end.
    pub(in crate::adapters::http) fn begin<K: Scheme, In>(
        &self,
        request: &mut Request<In>,
    ) -> Admission<K> {
        authorization::hide(request.headers_mut());
        let begun = self.begin_check(request.headers(), request.extensions());
        match begun {
            Ok(Begun::Waits(waiting)) => Admission::Waits(waiting),
            Ok(Begun::Decided(outcome)) => Admission::Decided(
                outcome
                    .map(|proof| self.admitted_with(proof, request.extensions_mut()))
                    .map_err(|outcome| Answer::to_outcome::<K>(&outcome)),
            ),
            Err(answer) => Admission::Decided(Err(answer)),
        }
    }

    fn begin_check<K: Scheme>(
        &self,
        headers: &HeaderMap,
        extensions: &Extensions,
    ) -> Result<Begun<K>, Answer> {
        let mut decoded = K::Decoded::default();
        let attempt = self.read(headers, extensions, &mut decoded)?;
        Ok(self.settings.keyward.begin(&attempt))
    }

    /// Checks the rest of a request that waits.
    pub(in crate::adapters::http) async fn finish<K: Scheme>(
        &self,
        request: &mut Parts,
        waiting: Waiting<K>,
    ) -> Result<Admitted, Answer> {
        let mut decoded = K::Decoded::default();
        let attempt = self.read(&request.headers, &request.extensions, &mut decoded)?;
        let outcome = self.settings.keyward.finish(&attempt, waiting).await;
        let proof = outcome.map_err(|outcome| Answer::to_outcome::<K>(&outcome))?;
        Ok(self.admitted_with(proof, &mut request.extensions))
    }

    fn admitted_with<K: Scheme>(&self, proof: Verified<K>, request: &mut Extensions) -> Admitted {
        let notice = match self.settings.announcements {
            Announcements::Headers => proof.notice(),
            Announcements::Silent => None,
        };
        #[cfg(feature = "axum")]
        request.insert(self.checked(&proof));
        request.insert(proof);
        Admitted { notice }
    }
}

#[cfg(feature = "axum")]
impl Guard {
    /// The proof for a handler: the one that this guard has left in the request, or a new one.
    pub(in crate::adapters::http) async fn admit<K: Scheme>(
        &self,
        request: &mut Parts,
    ) -> Result<Verified<K>, Answer> {
        if let Some(checked) = request.extensions.get::<Checked<K>>()
            && Arc::ptr_eq(&checked.by, &self.settings)
        {
            return Ok(checked.proof.clone());
        }
        authorization::hide(&mut request.headers);
        let proof = self.check::<K>(request).await?;
        request.extensions.insert(self.checked(&proof));
        request.extensions.insert(proof.clone());
        Ok(proof)
    }

    fn checked<K: Scheme>(&self, proof: &Verified<K>) -> Checked<K> {
        Checked { by: Arc::clone(&self.settings), proof: proof.clone() }
    }
}
