//! The future of a guarded service's response.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, Waker, ready};

use bytes::Bytes;
use http::request::Parts;
use http::{Request, Response};
use http_body::Body;
use pin_project_lite::pin_project;
use tower_service::Service;

use crate::domain::{EndingNotice, RequiredScope, Verified};
use crate::kinds::AcceptedKind;

use super::answer::Answer;
use super::body::AnswerBody;
use super::drain::{Delivery, Draining, EarlyAnswer};
use super::guard::Guard;
use super::notice;

pin_project! {
    /// The response future of a guarded service: resolves to the inner service's response or to the guard's answer.
    #[must_use = "futures do nothing unless polled"]
    pub struct Answering<S: Service<Request<In>>, K, In> {
        #[pin]
        stage: GuardStage<S, S::Future, K, In>,
    }
}

pin_project! {
    #[project = Projected]
    #[project_replace = Replaced]
    enum GuardStage<S, F, K, In> {
        /// The guard checks the request's head. The body and the inner service wait.
        Undecided { admission: Admitting<K>, service: S, body: In },
        /// The guard has refused the request, and reads the rest of its body.
        Refused { #[pin] answer: EarlyAnswer<In, Bytes> },
        /// The inner service answers.
        Admitted { #[pin] answer: F, notice: Option<EndingNotice> },
        Answered,
    }
}

/// The future that checks a request's head. It is boxed, since few requests wait for the store.
type Admitting<K> = Pin<Box<dyn Future<Output = Admitted<K>> + Send>>;

/// The guard's result, with the request's head.
struct Admitted<K> {
    guard: Guard,
    parts: Parts,
    outcome: Result<Verified<K>, Answer>,
}

impl<S: Service<Request<In>> + Clone, K: AcceptedKind, In: Body> Answering<S, K, In> {
    /// The service must be ready. It is only cloned if the request waits for the store: cloning an axum route allocates.
    pub(super) fn new(
        guard: Guard,
        required: Option<RequiredScope>,
        service: &mut S,
        request: Request<In>,
    ) -> Self {
        let (mut parts, body) = request.into_parts();
        let mut admission: Admitting<K> = Box::pin(async move {
            let outcome = guard.admit::<K>(&mut parts, required.as_ref()).await;
            Admitted { guard, parts, outcome }
        });
        // A task whose future is pending polls it again, and then registers its own waker.
        let stage = match admission.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(admitted) => GuardStage::decided(admitted, service, body),
            Poll::Pending => {
                // The clone stays behind, because `service` is the one that was found ready.
                let clone = service.clone();
                let service = std::mem::replace(service, clone);
                GuardStage::Undecided { admission, service, body }
            }
        };
        Self { stage }
    }
}

impl<S: Service<Request<In>>, K: AcceptedKind, In: Body> GuardStage<S, S::Future, K, In> {
    /// Passes on an admitted request, or answers a refused one.
    fn decided(admitted: Admitted<K>, service: &mut S, body: In) -> Self {
        let Admitted { guard, parts, outcome } = admitted;
        match outcome {
            Ok(proof) => Self::Admitted {
                answer: service.call(Request::from_parts(parts, body)),
                notice: guard.announcement(&proof),
            },
            Err(answer) => {
                let sender = Delivery::of(&parts, true);
                let draining = Draining::new(body, sender, guard.drain_limits());
                let answer = guard.answer_to(&parts, &answer);
                Self::Refused { answer: EarlyAnswer::new(draining, answer) }
            }
        }
    }
}

impl<S, K, In, Out> Future for Answering<S, K, In>
where
    S: Service<Request<In>, Response = Response<Out>>,
    K: AcceptedKind,
    In: Body,
    Out: Body<Data = Bytes>,
{
    type Output = Result<Response<AnswerBody<Out>>, S::Error>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut stage = self.project().stage;
        if let Projected::Undecided { admission, .. } = stage.as_mut().project() {
            let admitted = ready!(admission.as_mut().poll(context));
            let admitting = stage.as_mut().project_replace(GuardStage::Answered);
            if let Replaced::Undecided { mut service, body, .. } = admitting {
                stage.set(GuardStage::decided(admitted, &mut service, body));
            }
        }
        if let Projected::Refused { answer } = stage.as_mut().project() {
            let answer = ready!(answer.poll(context));
            stage.set(GuardStage::Answered);
            return Poll::Ready(Ok(answer.map(AnswerBody::ours)));
        }
        let Projected::Admitted { answer, notice } = stage.as_mut().project() else {
            return Poll::Pending; // polled again after completion
        };
        let answered = ready!(answer.poll(context)).map(|mut response| {
            if let Some(notice) = notice {
                notice::write(notice, response.headers_mut());
            }
            response.map(AnswerBody::inner)
        });
        stage.set(GuardStage::Answered);
        Poll::Ready(answered)
    }
}

impl<S: Service<Request<In>>, K, In> fmt::Debug for Answering<S, K, In> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answering").finish_non_exhaustive()
    }
}
