//! Idempotency keys: claimed once, answered the same for a day, free again when their owner died.

use allclear_store::idempotency::{self, Answer, CLAIM, Claimed, Key, LIFETIME};

use crate::place::{Engine, Place, commit, tests};
use crate::samples::at;

tests! {
    Engine::ALL => a_key_is_claimed_once_and_answered_the_same,
        a_claim_is_given_back_by_whoever_holds_it,
        a_claim_whose_owner_died_is_free_after_a_while,
        answers_are_forgotten_after_a_day;
}

fn key(caller: &str) -> Key {
    Key { caller: caller.to_owned(), key: "key".to_owned() }
}

async fn claim(place: &Place, second: i64, caller: &str, fingerprint: u8) -> Claimed {
    let wanted = (key(caller), [fingerprint; 32]);
    commit!(place.database, wanted, |(key, print), tx| idempotency::claim(tx, at(second), key, print).await).unwrap()
}

async fn answer(place: &Place, claimed: i64, status: u16) -> Answer {
    let answer = Answer { status, sealed: vec![1, 2, 3] };
    let kept = (key("a"), answer.clone());
    commit!(place.database, kept, |(key, answer), tx| idempotency::answer(tx, at(claimed), key, answer).await).unwrap();
    answer
}

async fn a_key_is_claimed_once_and_answered_the_same(place: Place) {
    assert_eq!(claim(&place, 0, "a", 1).await, Claimed::Yes);
    assert_eq!(claim(&place, 1, "a", 1).await, Claimed::UnderWay);
    assert_eq!(claim(&place, 1, "a", 2).await, Claimed::Other);
    assert_eq!(claim(&place, 1, "b", 2).await, Claimed::Yes, "another caller's key is another key");
    let answer = answer(&place, 0, 201).await;
    assert_eq!(claim(&place, 2, "a", 1).await, Claimed::Before(answer.clone()));
    assert_eq!(claim(&place, 2, "a", 2).await, Claimed::Other);
    assert_eq!(claim(&place, LIFETIME.as_secs() - 1, "a", 1).await, Claimed::Before(answer));
}

async fn a_claim_is_given_back_by_whoever_holds_it(place: Place) {
    let release = async |claimed: i64| {
        commit!(place.database, key("a"), |key, tx| idempotency::release(tx, at(claimed), key).await).unwrap();
    };
    assert_eq!(claim(&place, 0, "a", 1).await, Claimed::Yes);
    release(7).await;
    assert_eq!(claim(&place, 1, "a", 1).await, Claimed::UnderWay, "that was somebody else's claim");
    release(0).await;
    assert_eq!(claim(&place, 2, "a", 2).await, Claimed::Yes);
    let kept = answer(&place, 2, 200).await;
    release(2).await;
    assert_eq!(claim(&place, 3, "a", 2).await, Claimed::Before(kept), "what was answered stays");
}

async fn a_claim_whose_owner_died_is_free_after_a_while(place: Place) {
    assert_eq!(claim(&place, 0, "a", 1).await, Claimed::Yes);
    assert_eq!(claim(&place, CLAIM.as_secs() - 1, "a", 1).await, Claimed::UnderWay);
    assert_eq!(claim(&place, CLAIM.as_secs(), "a", 1).await, Claimed::Yes);
    // The first one was only slow: its answer comes too late to count.
    answer(&place, 0, 201).await;
    assert_eq!(claim(&place, CLAIM.as_secs() + 1, "a", 1).await, Claimed::UnderWay);
}

async fn answers_are_forgotten_after_a_day(place: Place) {
    assert_eq!(claim(&place, 0, "a", 1).await, Claimed::Yes);
    answer(&place, 0, 201).await;
    assert_eq!(claim(&place, LIFETIME.as_secs(), "a", 2).await, Claimed::Yes);
}
