//! Storms: lists that are longer than a page looks at.

use allclear_core::actor::Actor;
use allclear_core::audit::AuditFact;
use allclear_core::id::{AlertId, DeliveryId, IncidentId};
use allclear_core::severity::Severity;
use allclear_store::{alerts, audit, deliveries, inbox, incidents};

use super::house::House;

/// More rows than the pages look at for one that matches.
const MANY: usize = 2_050;

/// The worst incident there is, and so many newer ones that are not about it.
async fn worst_of_many(others: usize) -> House {
    let house = House::town().await;
    house.alert("db-1", "Disk is full").await;
    let now = house.engine.now();
    let ids: Vec<IncidentId> = (0..others).map(|_| IncidentId::new(house.engine.maker().id(now))).collect();
    let written = house.engine.database().write(ids, |ids, tx| {
        Box::pin(async move {
            let first = incidents::by_number(tx, 1).await?.unwrap();
            for id in ids {
                let mut copy = first.clone();
                (copy.id, copy.number) = (*id, None);
                copy.incident.title = "Replica lags".to_owned();
                copy.incident.severity = Severity::Sev3;
                (copy.incident.group, copy.incident.paged) = (None, Default::default());
                copy.incident.pages.clear();
                incidents::put(tx, &[&copy]).await?;
            }
            Ok(())
        })
    });
    written.await.unwrap();
    house
}

/// The address behind a button.
fn link(text: &str, button: &str) -> String {
    let before = text.split(&format!("\">{button}</a>")).next().unwrap();
    before.rsplit("href=\"").next().unwrap().replace("&#38;", "&").replace("&amp;", "&")
}

#[tokio::test]
async fn the_worst_is_on_fire_however_many_lesser_ones_are_newer() {
    let house = worst_of_many(230).await;
    let mut vic = house.signed_in("vic").await;
    vic.get("/").await.is(200).says(&["Open SEV1 and SEV2 incidents", "Disk is full"]).never_says(&["Replica lags"]);
}

#[tokio::test]
async fn incidents_are_looked_for_further_back() {
    let house = worst_of_many(MANY).await;
    let mut vic = house.signed_in("vic").await;
    let seen = vic.get("/incidents?q=disk").await;
    seen.is(200).says(&["None among the newest", "Look further back"]).never_says(&["No incident matches"]);
    vic.get(&link(&seen.text, "Look further back")).await.is(200).says(&["Disk is full"]);
    // What the database has an index for, it finds at once.
    vic.get("/incidents?severity=sev1").await.is(200).says(&["Disk is full"]);
    vic.get("/incidents?q=nothing&severity=sev1").await.is(200).says(&["No incident matches these filters."]);
}

#[tokio::test]
async fn alerts_are_looked_for_further_back() {
    let house = House::town().await;
    house.alert("db-1", "Disk is full").await;
    let now = house.engine.now();
    let ids: Vec<AlertId> = (0..MANY).map(|_| AlertId::new(house.engine.maker().id(now))).collect();
    let written = house.engine.database().write(ids, |ids, tx| {
        Box::pin(async move {
            let first = alerts::list(tx, true, None, 1).await?.remove(0);
            for (number, id) in ids.iter().enumerate() {
                let mut copy = first.clone();
                copy.id = *id;
                copy.alert.key = format!("copy {number}");
                copy.alert.summary = "Replica lags".to_owned();
                alerts::put(tx, &[&copy]).await?;
            }
            Ok(())
        })
    });
    written.await.unwrap();
    let mut vic = house.signed_in("vic").await;
    let seen = vic.get("/alerts?q=disk").await;
    seen.is(200).says(&["None among the newest 2,000 alerts.", "Look further back"]);
    vic.get(&link(&seen.text, "Look further back")).await.is(200).says(&["Disk is full"]);
    vic.get("/alerts?q=disk&state=resolved").await.is(200).says(&["None among the newest 2,000 alerts."]);
}

#[tokio::test]
async fn messages_are_looked_for_further_back() {
    let house = House::town().await;
    house.alert("db-1", "Disk is full").await;
    let now = house.engine.now();
    let ids: Vec<DeliveryId> = (0..MANY).map(|_| DeliveryId::new(house.engine.maker().id(now))).collect();
    let written = house.engine.database().write(ids, |ids, tx| {
        Box::pin(async move {
            let first = deliveries::list(tx, deliveries::Filter::All, None, 1).await?.remove(0);
            for id in ids {
                let copy = deliveries::DeliveryRecord { id: *id, channel: "webhook".to_owned(), ..first.clone() };
                deliveries::put(tx, &[&copy]).await?;
            }
            Ok(())
        })
    });
    written.await.unwrap();
    let mut rob = house.signed_in("rob").await;
    let seen = rob.get("/deliveries?channel=email").await;
    seen.is(200).says(&["None among the newest 2,000 messages.", "Look further back"]);
    let seen = rob.get(&link(&seen.text, "Look further back")).await;
    seen.is(200).says(&["Mel Manager", "Newer"]);
}

#[tokio::test]
async fn the_audit_log_is_looked_through_further_back_and_ends_where_it_was_cut() {
    let house = House::town().await;
    let mut ada = house.signed_in("ada").await;
    let (now, ada_id) = (house.engine.now(), house.user("ada").id);
    let written = house.engine.database().write((), move |(), tx| {
        Box::pin(async move {
            for _ in 0..MANY {
                let fact = AuditFact::EventReplayed { event: "evt_1".to_owned() };
                audit::append(tx, now, Actor::User { user: ada_id, via: allclear_core::actor::Via::Web }, vec![fact])
                    .await?;
            }
            Ok(())
        })
    });
    written.await.unwrap();
    let seen = ada.get("/settings/audit?q=signed").await;
    seen.is(200).says(&["None among the newest 2,000 entries.", "Look further back"]);
    ada.get(&link(&seen.text, "Look further back")).await.is(200).says(&["Ada Lovelace signed in"]);

    let cut = house.engine.database().write((), move |(), tx| {
        Box::pin(async move {
            let after = now.checked_add(jiff::SignedDuration::from_secs(1)).unwrap();
            audit::cut(tx, after, MANY as i64 - 38, |_, _| [0; 32]).await
        })
    });
    assert_eq!(cut.await.unwrap(), MANY - 38);
    let left = house.entries().await.0;
    assert!(left > 30 && left < 50, "{left}");
    let seen = ada.get("/settings/audit").await;
    seen.is(200).says(&[&format!("{left} entries, unbroken; all of them checked")]).never_says(&[">Older</a>"]);
}

#[tokio::test]
async fn a_page_of_the_inbox_ends_within_a_segment() {
    let house = House::town().await;
    let mut senders = tokio::task::JoinSet::new();
    for number in 0..120 {
        let mut source = house.browser();
        let body = format!("{{\"action\": \"change\", \"summary\": \"Number {number:03}\"}}");
        let path = format!("/in/{}", super::town::KEY);
        senders.spawn(async move { source.send(axum::http::Method::POST, &path, Some(body)).await.status });
    }
    assert!(senders.join_all().await.iter().all(|status| status.is_success()));
    house.work().await;
    let mut rob = house.signed_in("rob").await;
    let (mut path, mut seen, mut pages) = ("/inbox".to_owned(), Vec::new(), 0);
    loop {
        let page = rob.get(&path).await;
        page.is(200);
        let rows: Vec<String> =
            page.text.split("id=\"message-").skip(1).map(|row| row.split('"').next().unwrap().to_owned()).collect();
        assert!(rows.len() <= 50, "{} rows", rows.len());
        seen.extend(rows);
        pages += 1;
        if !page.text.contains(">Older</a>") {
            break;
        }
        path = link(&page.text, "Older").trim_end_matches("\" rel=\"next").to_owned();
    }
    let count = seen.len();
    seen.sort();
    seen.dedup();
    assert_eq!((seen.len(), count, pages), (120, 120, 3));
}

#[tokio::test]
async fn a_count_that_was_broken_off_says_so() {
    let house = House::town().await;
    let integration = house.engine.directory().integrations().next().unwrap().id;
    let now = house.engine.now();
    let record = async |segments: std::ops::Range<i64>| {
        let outcome = |segment| inbox::Outcomes { integration, segment, body: r#"[{"position":0}]"#.to_owned() };
        let outcomes: Vec<_> = segments.map(outcome).collect();
        let written = house
            .engine
            .database()
            .write(outcomes, move |outcomes, tx| Box::pin(inbox::record(tx, now, outcomes, &[])));
        written.await.unwrap();
    };
    let mut ada = house.signed_in("ada").await;
    record(0..10_000).await;
    ada.get("/integrations/checkout-events").await.is(200).says(&["<strong>10,000</strong>"]);
    record(10_000..10_001).await;
    ada.get("/integrations/checkout-events").await.is(200).says(&["<strong>10,000+</strong>", "0+</dd>"]);
    ada.get("/integrations").await.is(200).says(&["10,000+"]);
}

#[tokio::test]
async fn tokens_that_work_are_all_there_and_can_be_revoked() {
    use allclear_core::access::Scope;
    use allclear_web::{NewToken, new_token, revoke_token};

    let house = House::town().await;
    let make = async |name: String| {
        new_token(&house.engine, Actor::System, NewToken { name, scope: Scope::Read, user: None }).await.unwrap().0
    };
    let oldest = make("the oldest".to_owned()).await;
    for number in 0..200 {
        let token = make(format!("gone {number}")).await;
        revoke_token(&house.engine, Actor::System, token).await.unwrap();
    }
    let mut ada = house.signed_in("ada").await;
    ada.get("/settings/tokens").await.is(200).says(&["the oldest", "a program’s"]).never_says(&["gone 1", ">Older"]);
    for number in 0..200 {
        make(format!("works {number}")).await;
    }
    let seen = ada.get("/settings/tokens").await;
    seen.is(200).says(&["works 0", "works 199"]).never_says(&["the oldest"]);
    let next = link(&seen.text, "Older").trim_end_matches("\" rel=\"next").to_owned();
    ada.get(&next).await.is(200).says(&["the oldest"]).never_says(&["works 0"]);
    ada.submit(&format!("/settings/tokens/{}/revoke", oldest.id), &[]).await.says(&["the oldest is revoked"]);
}
