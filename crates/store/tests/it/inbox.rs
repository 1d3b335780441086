//! The inbox: lanes, what became of events, and how much is waiting.

use std::sync::Arc;

use allclear_store::inbox::{self, Outcomes, Rejection};
use allclear_store::{Database, Error};
use tokio::sync::Notify;

use crate::place::{self, Engine, Place, commit, commit_inbox, tests, view};
use crate::samples::{at, integration};

tests! {
    Engine::ALL => segments_of_a_lane_come_in_order,
        a_lane_is_moved_once,
        the_oldest_waiting_request_is_known_before_anything_was_processed,
        outcomes_and_counts_are_kept,
        rejections_are_added_up;
    Engine::THREADS => of_two_that_move_a_lane_one_wins;
    &[Engine::Postgres] => numbers_become_visible_in_their_order;
}

async fn append(database: &Database, lane: i64, second: i64) -> i64 {
    let body: Vec<u8> = vec![0, 255, b'\n', lane as u8, second as u8];
    commit_inbox!(database, body, |body, tx| place::append(tx, lane, at(second), body).await).unwrap()
}

async fn waiting(database: &Database, lane: i64) -> (i64, Vec<i64>) {
    let (from, segments) = view!(database, (), |(), tx| inbox::waiting(tx, lane, 9).await).unwrap();
    (from, segments.iter().map(|segment| segment.number).collect())
}

async fn advance(database: &Database, lane: i64, from: i64, to: i64) -> bool {
    commit!(database, (), |(), tx| inbox::advance(tx, lane, from, to).await).unwrap()
}

async fn segments_of_a_lane_come_in_order(Place { database, .. }: Place) {
    let mut numbers = Vec::new();
    for second in 0..6 {
        numbers.push(append(&database, second % 2, second).await);
    }
    assert!(numbers.is_sorted());
    assert!(advance(&database, 1, 0, numbers[1]).await);
    assert_eq!(waiting(&database, 0).await, (0, vec![numbers[0], numbers[2], numbers[4]]));
    assert_eq!(waiting(&database, 1).await, (numbers[1], vec![numbers[3], numbers[5]]));
    assert_eq!(waiting(&database, 7).await, (0, vec![]));
    let found = view!(database, numbers[3], |number, tx| inbox::find(tx, *number).await).unwrap().unwrap();
    assert_eq!((found.received_at, found.body), (at(3), vec![0, 255, b'\n', 1, 3]));
}

async fn a_lane_is_moved_once(Place { database, .. }: Place) {
    assert!(advance(&database, 3, 0, 5).await);
    assert!(!advance(&database, 3, 0, 6).await, "it is no longer at 0");
    assert!(advance(&database, 3, 5, 9).await);
    assert!(!advance(&database, 3, 5, 8).await);
    assert!(!advance(&database, 4, 5, 8).await, "this lane has not begun");
    let position = async |lane| view!(database, (), |(), tx| inbox::position(tx, lane).await).unwrap();
    assert_eq!((position(3).await, position(4).await), (9, 0));
}

async fn of_two_that_move_a_lane_one_wins(Place { database, .. }: Place) {
    for from in 0..20 {
        let tasks: Vec<_> = (0..4)
            .map(|_| {
                let database = database.clone();
                tokio::spawn(async move { advance(&database, 1, from, from + 1).await })
            })
            .collect();
        let mut won = 0;
        for task in tasks {
            won += u32::from(task.await.unwrap());
        }
        assert_eq!(won, 1, "from {from}");
    }
}

async fn the_oldest_waiting_request_is_known_before_anything_was_processed(Place { database, .. }: Place) {
    let oldest = async || view!(database, (), |(), tx| inbox::oldest_waiting(tx).await).unwrap();
    assert_eq!(oldest().await, None);
    let first = append(&database, 5, 20).await;
    let second = append(&database, 2, 10).await;
    let third = append(&database, 2, 30).await;
    assert_eq!(oldest().await, Some(at(10)));
    advance(&database, 2, 0, second).await;
    assert_eq!(oldest().await, Some(at(20)));
    advance(&database, 5, 0, first).await;
    assert_eq!(oldest().await, Some(at(30)));
    advance(&database, 2, second, third).await;
    assert_eq!(oldest().await, None);
}

async fn outcomes_and_counts_are_kept(Place { database, .. }: Place) {
    let first = append(&database, 1, 1).await;
    let second = append(&database, 1, 2).await;
    let outcome =
        |number, segment, body: &str| Outcomes { integration: integration(number), segment, body: body.into() };
    let outcomes = vec![outcome(1, first, "one"), outcome(2, first, "two"), outcome(1, second, "three")];
    let counts = vec![(integration(1), 3), (integration(2), 4), (integration(1), 5)];
    for second in [1, 2] {
        let given = (outcomes.clone(), counts.clone());
        commit!(database, given, |(outcomes, counts), tx| inbox::record(tx, at(second), outcomes, counts).await)
            .unwrap();
    }
    let counted = async |number| view!(database, (), |(), tx| inbox::counts(tx, integration(number)).await).unwrap();
    assert_eq!(counted(1).await, Some((16, at(2))));
    assert_eq!(counted(2).await, Some((8, at(2))));
    assert_eq!(counted(3).await, None);
    let outcome = view!(database, (), |(), tx| inbox::outcome(tx, first, integration(2)).await).unwrap();
    assert_eq!(outcome, Some(outcomes[1].clone()));
    assert_eq!(view!(database, (), |(), tx| inbox::outcome(tx, second, integration(2)).await).unwrap(), None);
    let latest = view!(database, (), |(), tx| inbox::latest(tx, integration(1), i64::MAX, 9).await).unwrap();
    let told: Vec<_> = latest.iter().map(|(segment, body)| (segment.number, body.as_str())).collect();
    assert_eq!(told, [(second, "three"), (first, "one")]);
    let before = view!(database, (), |(), tx| inbox::latest(tx, integration(1), second, 9).await).unwrap();
    assert_eq!(before.len(), 1);
}

async fn rejections_are_added_up(Place { database, .. }: Place) {
    let rejection = |reason: &str, count, second, detail: &str| Rejection {
        reason: reason.into(),
        count,
        last_at: at(second),
        detail: detail.into(),
    };
    let given = vec![
        (integration(1), rejection("too_large", 2, 5, "later")),
        (integration(1), rejection("too_large", 3, 4, "earlier")),
        (integration(1), rejection("disabled", 1, 9, "nul \u{0}")),
        (integration(2), rejection("too_large", 1, 1, "other")),
    ];
    for _ in 0..2 {
        commit!(database, given.clone(), |given, tx| inbox::reject(tx, given).await).unwrap();
    }
    let kept = view!(database, (), |(), tx| inbox::rejections(tx, integration(1)).await).unwrap();
    assert_eq!(kept, [rejection("disabled", 2, 9, "nul \u{fffd}"), rejection("too_large", 10, 5, "later")]);
}

/// A node stores a segment and is slow to commit it. If another one could store the next segment of the lane and commit
/// before it, whoever processes the lane would move past the first, and its events would be lost.
async fn numbers_become_visible_in_their_order(Place { database, .. }: Place) {
    let (stored, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let slow = {
        let (database, stored, go_on) = (database.clone(), Arc::clone(&stored), Arc::clone(&go_on));
        tokio::spawn(async move {
            commit!(database, (stored, go_on), |(stored, go_on), tx| {
                let number = place::append(tx, 1, at(1), b"slow").await?;
                stored.notify_one();
                go_on.notified().await;
                Ok::<i64, Error>(number)
            })
        })
    };
    stored.notified().await;
    let other_lane = append(&database, 2, 2).await;
    let fast = {
        let database = database.clone();
        tokio::spawn(async move { append(&database, 1, 3).await })
    };
    // The other lane is not held up, and this one is, until the slow node has committed.
    assert_eq!(waiting(&database, 2).await, (0, vec![other_lane]));
    for _ in 0..20 {
        assert!(waiting(&database, 1).await.1.is_empty());
        assert!(!fast.is_finished());
    }
    go_on.notify_one();
    let (slow, fast) = (slow.await.unwrap().unwrap(), fast.await.unwrap());
    assert!(slow < fast);
    assert_eq!(waiting(&database, 1).await, (0, vec![slow, fast]));
}
