//! What leaves first.

use std::time::Duration;

use allclear_core::delivery;
use allclear_core::id::DeliveryId;
use allclear_core::severity::Severity;
use allclear_engine::{Engine, Loops};
use allclear_store::deliveries::{self, Class, DeliveryRecord, Purpose};
use uuid::Uuid;

use crate::place::{Answers, contact, everywhere, pause, person};

const BACKLOG: u128 = 5_000;

/// A backlog of messages that can wait, all of them due before anything else.
async fn pile_up(engine: &Engine) {
    let now = engine.now();
    let record = move |number: u128| DeliveryRecord {
        id: DeliveryId::new(Uuid::from_u128(0x1000 + number)),
        incident: None,
        service: None,
        severity: Some(Severity::Sev4),
        user: person(4),
        contact: contact(4),
        channel: "email".to_owned(),
        purpose: Purpose::Test,
        class: Class::Low,
        delivery: delivery::new(now, false),
        created_at: now,
        changed_at: now,
        bundle: None,
        detail: None,
    };
    let put = engine.database().write((), move |(), tx| {
        Box::pin(async move {
            let backlog: Vec<DeliveryRecord> = (0..BACKLOG).map(record).collect();
            deliveries::put(tx, &backlog.iter().collect::<Vec<_>>()).await
        })
    });
    put.await.unwrap();
}

#[tokio::test]
async fn a_critical_page_leaves_first_from_a_backlog() {
    everywhere(async |place| {
        pile_up(&place.engine).await;
        place.clock.pass(jiff::SignedDuration::from_secs(20));
        let incident = place.declare(Severity::Sev1).await;
        let pages: Vec<DeliveryId> = place.deliveries(incident).await.iter().map(|record| record.id).collect();
        assert_eq!(pages.len(), 2);
        let claimed = place.engine.claim().await.unwrap();
        let first: Vec<DeliveryId> = claimed.iter().take(2).map(|one| one.delivery).collect();
        assert_eq!(first, pages);
        assert_eq!(claimed.len(), 64, "the places that are left are for the others");
    })
    .await;
}

/// The mail server of the backlog does not answer, so that every place is taken.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_critical_page_leaves_within_a_second_while_every_place_is_taken() {
    everywhere(async |place| {
        place.outside.set(4, Answers::Never);
        pile_up(&place.engine).await;
        let loops = Loops::start(&place.engine);
        let taken = async {
            while place.outside.arrived().len() < 61 {
                pause(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), taken).await.expect("every place is taken");
        place.declare(Severity::Sev1).await;
        let reached = async {
            while !(place.outside.has_reached(1) && place.outside.has_reached(2)) {
                pause(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(1), reached).await.expect("both were paged within a second");
        // Those that never answer would keep the loops from stopping.
        drop(loops);
    })
    .await;
}
