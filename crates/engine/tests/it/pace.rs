//! How the processor goes through what waits for it.

use std::sync::atomic::Ordering;
use std::time::Duration;

use allclear_engine::{Engine, Loops, Request};
use bytes::Bytes;
use jiff::SignedDuration;

use crate::place::{INTEGRATION, everywhere, pause};

fn requests(count: usize) -> Vec<Request> {
    let request = || Request {
        integration: INTEGRATION,
        source: "generic",
        dedup_key: None,
        body: Bytes::from_static(br#"{"summary": "Disk full"}"#),
    };
    std::iter::repeat_with(request).take(count).collect()
}

/// Stores so many segments of one request.
async fn store_one_by_one(engine: &Engine, count: usize) {
    for _ in 0..count {
        engine.store_now(requests(1)).await.unwrap();
    }
}

async fn wait_for(engine: &Engine, processed: u64) {
    let done = || engine.counters().processed.load(Ordering::Relaxed);
    while done() < processed {
        pause(Duration::from_millis(5)).await;
    }
    assert_eq!(done(), processed);
}

#[tokio::test]
async fn a_lane_of_many_small_segments_is_behind_until_the_last() {
    everywhere(async |place| {
        store_one_by_one(&place.engine, 70).await;
        let mut batches = Vec::new();
        for lane in place.engine.lanes() {
            loop {
                let done = place.engine.process(lane).await.unwrap();
                if done.requests == 0 {
                    break;
                }
                batches.push((done.requests, done.more));
            }
        }
        assert_eq!(batches, [(64, true), (6, false)]);
    })
    .await;
}

/// The clock stands still, so the rush goes on for as long as this test wants.
#[tokio::test]
async fn in_a_rush_a_lane_that_is_behind_rests_and_then_catches_up() {
    everywhere(async |place| {
        let engine = &place.engine;
        engine.store_now(requests(2_000)).await.unwrap();
        place.clock.pass(SignedDuration::from_millis(100));
        store_one_by_one(engine, 70).await;
        let loops = Loops::start(engine);
        // One batch. A lane that did not rest would be through with the others long before this is over.
        wait_for(engine, 512).await;
        pause(Duration::from_millis(300)).await;
        wait_for(engine, 512).await;
        place.clock.pass(SignedDuration::from_secs(1));
        wait_for(engine, 2_070).await;
        loops.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_loop_that_breaks_down_is_noticed() {
    everywhere(async |place| {
        let mut loops = Loops::start(&place.engine);
        tokio::time::timeout(Duration::from_millis(50), loops.broken()).await.expect_err("they go on for ever");
        place.clock.break_down();
        tokio::time::timeout(Duration::from_secs(20), loops.broken()).await.expect("it was noticed");
    })
    .await;
}
