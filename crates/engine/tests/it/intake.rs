//! The way in when the disk does not keep up.

use std::task::{Context, Poll, Waker};

use allclear_core::limits;
use allclear_engine::{NotStored, Request};
use bytes::Bytes;

use crate::place::{INTEGRATION, everywhere};

#[tokio::test]
async fn more_than_can_wait_is_refused_and_nothing_of_it_kept() {
    // beyond: INTAKE_QUEUE
    everywhere(async |place| {
        let (intake, writing) = place.engine.intake();
        let request = || Request {
            integration: INTEGRATION,
            source: "generic",
            dedup_key: None,
            body: Bytes::from_static(br#"{"summary": "Disk full"}"#),
        };
        let mut context = Context::from_waker(Waker::noop());
        let mut waiting: Vec<_> = (0..limits::INTAKE_QUEUE).map(|_| Box::pin(intake.store(request()))).collect();
        assert!(waiting.iter_mut().all(|one| one.as_mut().poll(&mut context).is_pending()));
        let mut beyond = Box::pin(intake.store(request()));
        assert_eq!(beyond.as_mut().poll(&mut context), Poll::Ready(Err(NotStored::Busy)));
        tokio::spawn(writing);
        for one in waiting {
            one.await.expect("whoever waited is stored");
        }
        intake.store(request()).await.expect("there is room again");
    })
    .await;
}
