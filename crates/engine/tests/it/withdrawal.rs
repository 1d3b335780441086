//! What is no longer wanted is not tried again.

use allclear_core::actor::Actor;
use allclear_core::delivery::Status;
use allclear_core::id::IncidentId;
use allclear_core::incident::{Assignment, Input};
use allclear_core::severity::Severity;
use jiff::SignedDuration;

use crate::place::{Answers, POLICY, Place, by, everywhere, person};

/// Where the pages to these people stand.
async fn standing(place: &Place, incident: IncidentId, people: &[u128]) -> Vec<Status> {
    let all = place.deliveries(incident).await;
    let of = |number: &u128| all.iter().filter(|one| one.user == person(*number)).map(|one| one.delivery.status).next();
    people.iter().filter_map(of).collect()
}

/// An incident for which two people are being tried again and again.
async fn retried(place: &Place) -> IncidentId {
    place.outside.set(1, Answers::Later);
    place.outside.set(2, Answers::Later);
    let incident = place.declare(Severity::Sev1).await;
    place.send().await;
    assert_eq!(standing(place, incident, &[1, 2]).await, [Status::Queued, Status::Queued]);
    incident
}

/// How many messages have left for one person, from now on until all retries are over.
async fn sent_later(place: &Place, number: u128) -> usize {
    let to = crate::place::address(number);
    let count = || place.outside.arrived().iter().filter(|(address, _)| *address == to).count();
    let before = count();
    for _ in 0..10 {
        place.clock.pass(SignedDuration::from_mins(2));
        place.send().await;
    }
    count() - before
}

#[tokio::test]
async fn whoever_declines_is_not_tried_again() {
    everywhere(async |place| {
        let incident = retried(&place).await;
        place.engine.act(incident, by(1), Input::Decline { user: person(1) }).await.unwrap();
        assert_eq!(standing(&place, incident, &[1, 2]).await, [Status::Withdrawn, Status::Queued]);
        assert_eq!(sent_later(&place, 1).await, 0);
        assert_ne!(place.outside.arrived().len(), 2, "the other one is tried again");
    })
    .await;
}

#[tokio::test]
async fn whoever_joins_is_not_tried_again() {
    everywhere(async |place| {
        place.outside.set(3, Answers::Later);
        place.outside.set(4, Answers::Later);
        let incident = place.declare(Severity::Sev1).await;
        place.engine.act(incident, by(1), Input::Acknowledge).await.unwrap();
        place.engine.act(incident, by(1), Input::Request { people: vec![person(3), person(4)] }).await.unwrap();
        place.send().await;
        assert_eq!(standing(&place, incident, &[3, 4]).await, [Status::Queued, Status::Queued]);
        place.engine.act(incident, by(3), Input::Acknowledge).await.unwrap();
        assert_eq!(standing(&place, incident, &[3, 4]).await, [Status::Withdrawn, Status::Queued]);
        assert_eq!(sent_later(&place, 3).await, 0);
    })
    .await;
}

#[tokio::test]
async fn nobody_is_tried_again_once_somebody_is_on_it_or_it_is_over() {
    let until = |place: &Place| place.engine.now().checked_add(SignedDuration::from_hours(1)).unwrap();
    everywhere(async |place| {
        let inputs = [
            Input::Acknowledge,
            Input::Resolve,
            Input::Snooze { until: until(&place) },
            Input::Reassign(Assignment::People(vec![person(4)])),
        ];
        for input in inputs {
            let incident = retried(&place).await;
            place.engine.act(incident, by(3), input.clone()).await.unwrap();
            let standing = standing(&place, incident, &[1, 2]).await;
            assert_eq!(standing, [Status::Withdrawn, Status::Withdrawn], "{input:?}");
            place.engine.act(incident, Actor::System, Input::Resolve).await.unwrap();
            // So that the next one is not held back.
            place.clock.pass(SignedDuration::from_mins(5));
            place.send().await;
        }
        let (source, target) = (retried(&place).await, place.declare(Severity::Sev4).await);
        place.engine.merge(source, target, by(3)).await.unwrap();
        assert_eq!(standing(&place, source, &[1, 2]).await, [Status::Withdrawn, Status::Withdrawn]);
    })
    .await;
}

/// Whoever the work goes to may have been tried in vain before; only that is taken back.
#[tokio::test]
async fn what_the_same_decision_sends_stands() {
    everywhere(async |place| {
        let incident = retried(&place).await;
        place.engine.act(incident, by(3), Input::Reassign(Assignment::Policy(POLICY))).await.unwrap();
        let all = place.deliveries(incident).await;
        let of_first: Vec<Status> =
            all.iter().filter(|one| one.user == person(1)).map(|one| one.delivery.status).collect();
        assert_eq!(of_first, [Status::Withdrawn, Status::Queued]);
    })
    .await;
}

/// Pages that were bundled because there were too many go with their incidents, too.
#[tokio::test]
async fn a_bundle_nobody_waits_for_is_not_sent() {
    everywhere(async |place| {
        let mut incidents = Vec::new();
        for _ in 0..20 {
            incidents.push(place.declare(Severity::Sev2).await);
        }
        place.send().await;
        place.clock.pass(SignedDuration::from_mins(2));
        place.engine.fire_timers().await.unwrap();
        for incident in &incidents[..19] {
            place.engine.act(*incident, by(3), Input::Acknowledge).await.unwrap();
        }
        let before = place.outside.arrived().len();
        let decline = Input::Decline { user: person(1) };
        place.engine.act(incidents[19], by(1), decline).await.unwrap();
        place.send().await;
        let sent = place.outside.arrived().split_off(before);
        let sent = &sent;
        let to = |number| sent.iter().filter(move |(to, _)| *to == crate::place::address(number)).map(|(_, text)| text);
        let told = |text: &&String| text.contains("more") || text.contains("pages");
        assert_eq!(to(1).filter(told).count(), 0, "{sent:?}");
        assert_eq!(to(2).filter(|text| text.contains("INC-20")).count(), 1, "{sent:?}");
    })
    .await;
}
