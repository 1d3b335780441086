//! A limit on how long the body of a request may take to arrive: whoever sends a byte now and then would otherwise hold
//! a connection for ever.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use allclear_engine::host::Clock;
use hyper::body::{Body, Bytes, Frame, Incoming, SizeHint};

/// How long all of it may take.
pub(super) const BODY_TIMEOUT: Duration = Duration::from_secs(30);

type Waiting = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Why a body was not read to its end.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unread {
    #[error("{0}")]
    Broken(#[from] hyper::Error),
    #[error("the request did not arrive within {} s", BODY_TIMEOUT.as_secs())]
    Late,
}

/// A body with a deadline.
pub(super) struct Deadline {
    body: Incoming,
    clock: Arc<dyn Clock>,
    /// Since it was first waited for: most bodies are there at once.
    end: Option<Waiting>,
}

impl Deadline {
    pub(super) fn of(body: Incoming, clock: Arc<dyn Clock>) -> Self {
        Self { body, clock, end: None }
    }
}

impl Body for Deadline {
    type Data = Bytes;
    type Error = Unread;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Unread>>> {
        let this = self.get_mut();
        if let Poll::Ready(frame) = Pin::new(&mut this.body).poll_frame(context) {
            return Poll::Ready(frame.map(|frame| frame.map_err(Unread::from)));
        }
        let end = this.end.get_or_insert_with(|| this.clock.sleep(BODY_TIMEOUT));
        end.as_mut().poll(context).map(|()| Some(Err(Unread::Late)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
