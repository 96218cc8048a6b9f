//! The future of a guarded service's response.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::request::Parts;
use http::{Request, Response};
use http_body::Body;
use pin_project_lite::pin_project;
use tower_service::Service;

use crate::domain::Notice;
use crate::shell::Waiting;

use super::authorization::Scheme;
use super::body::AnswerBody;
use super::guard::{Admitted, Guard};
use super::notice;

pin_project! {
    /// A guarded service's response, on its way: the inner service's, or the guard's answer.
    #[must_use = "futures do nothing unless polled"]
    pub struct Answering<S: Service<Request<In>>, In> {
        #[pin]
        stage: Stage<S, S::Future, In>,
    }
}

pin_project! {
    #[project = Projected]
    #[project_replace = Replaced]
    enum Stage<S, F, In> {
        /// The guard waits for the store. The request's body waits, and so does the inner service.
        Waiting { admission: Waited, service: S, body: In },
        /// The inner service answers.
        Admitted { #[pin] answer: F, notice: Option<Notice> },
        /// The guard answers.
        Refused { answer: Response<Bytes> },
        Answered,
    }
}

/// The heads of requests that wait for the store stay on the heap: they are few.
type Waited = Pin<Box<dyn Future<Output = (Parts, Result<Admitted, Response<Bytes>>)> + Send>>;

impl<S: Service<Request<In>>, In> Answering<S, In> {
    /// The inner service answers.
    pub(super) fn admitted(answer: S::Future, Admitted { notice }: Admitted) -> Self {
        Self::at(Stage::Admitted { answer, notice })
    }

    /// The guard answers.
    pub(super) fn refused(answer: Response<Bytes>) -> Self {
        Self::at(Stage::Refused { answer })
    }

    /// The store is asked first. The service has been found ready.
    pub(super) fn waiting<K: Scheme>(
        guard: Guard,
        service: S,
        request: Request<In>,
        waiting: Waiting<K>,
    ) -> Self {
        let (mut parts, body) = request.into_parts();
        let admission = Box::pin(async move {
            let outcome = guard.finish(&mut parts, waiting).await;
            (parts, outcome.map_err(|answer| guard.answer(&answer)))
        });
        Self::at(Stage::Waiting { admission, service, body })
    }

    const fn at(stage: Stage<S, S::Future, In>) -> Self {
        Self { stage }
    }
}

impl<S, In, Out> Future for Answering<S, In>
where
    S: Service<Request<In>, Response = Response<Out>>,
    Out: Body<Data = Bytes>,
{
    type Output = Result<Response<AnswerBody<Out>>, S::Error>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut stage = self.project().stage;
        if let Projected::Waiting { admission, .. } = stage.as_mut().project() {
            let (parts, outcome) = ready!(admission.as_mut().poll(context));
            let waited = stage.as_mut().project_replace(Stage::Answered);
            if let Replaced::Waiting { mut service, body, .. } = waited {
                stage.set(match outcome {
                    Ok(Admitted { notice }) => {
                        let answer = service.call(Request::from_parts(parts, body));
                        Stage::Admitted { answer, notice }
                    }
                    Err(answer) => Stage::Refused { answer },
                });
            }
        }
        if let Projected::Admitted { answer, notice } = stage.as_mut().project() {
            let answered = ready!(answer.poll(context)).map(|mut response| {
                if let Some(notice) = notice {
                    notice::write(notice, response.headers_mut());
                }
                response.map(AnswerBody::inner)
            });
            stage.set(Stage::Answered);
            return Poll::Ready(answered);
        }
        match stage.project_replace(Stage::Answered) {
            Replaced::Refused { answer } => Poll::Ready(Ok(answer.map(AnswerBody::ours))),
            _ => Poll::Pending, // it was polled again after its end
        }
    }
}

impl<S: Service<Request<In>>, In> fmt::Debug for Answering<S, In> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answering").finish_non_exhaustive()
    }
}
