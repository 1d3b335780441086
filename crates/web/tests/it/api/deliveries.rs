//! The delivery ledger.

use allclear_channels::WireReply;
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::house::House;

#[tokio::test]
async fn every_message_is_in_the_ledger_with_its_attempts() {
    let house = House::new().await;
    house.incident("Cards fail").await;
    house.work().await;
    let page = house.get("/deliveries?incident=INC-1&user=cy").await;
    let delivery = &page["items"][0];
    assert_eq!(
        (&delivery["status"], &delivery["purpose"], &delivery["channel"]),
        (&json!("accepted"), &json!("page"), &json!("email"))
    );
    assert_eq!(delivery["why"], "step 1 of 2 of Default, on call by Platform primary");
    let whole = house.get(&format!("/deliveries/{}", delivery["id"].as_str().unwrap())).await;
    assert_eq!((&whole["tries"][0]["outcome"], &whole["tries"][0]["number"]), (&json!("accepted"), &json!(1)));
    assert_eq!(house.get("/deliveries?user=vi").await["items"], json!([]));
    assert_eq!(house.get("/deliveries?status=failed").await["items"], json!([]));
    assert_eq!(house.get("/deliveries?status=accepted&incident=1").await["items"].as_array().unwrap().len(), 1);
    house.ask("GET /deliveries?status=lost", Value::Null).await.refuses("status");
    house.ask("GET /deliveries?user=nobody", Value::Null).await.refuses("user");
    house.ask("GET /deliveries?incident=INC-9", Value::Null).await.with(404);
}

#[tokio::test]
async fn only_what_failed_is_sent_again() {
    let house = House::new().await;
    house.outside_says(WireReply::Mail { code: 550, text: "no such mailbox".to_owned() });
    house.incident("Cards fail").await;
    house.work().await;
    let failed = house.get("/deliveries?status=failed").await;
    let id = failed["items"][0]["id"].as_str().unwrap().to_owned();
    assert!(failed["items"][0]["detail"].as_str().unwrap().contains("no such mailbox"));
    house.outside_says(WireReply::Mail { code: 250, text: "Ok".to_owned() });
    let again = house.ask(&format!("POST /deliveries/{id}/retries"), Value::Null).await.with(200);
    assert_eq!(again["status"], "queued");
    house.wait(SignedDuration::from_secs(1)).await;
    let problem = house.ask(&format!("POST /deliveries/{id}/retries"), Value::Null).await.with(409);
    assert_eq!(problem["detail"], "This delivery is accepted; only one that failed can be sent again.");
    house.ask("POST /deliveries/dlv_x/retries", Value::Null).await.with(404);
}

#[tokio::test]
async fn the_code_of_a_verification_is_for_its_reader_alone() {
    let house = House::new().await;
    let ben = house.token_of("ben").await;
    let new = json!({"name": "other", "channel": "email", "address": "other@example.com"});
    house.call(&ben, "POST /me/contacts", &[], &new).await.with(201);
    house.work().await;
    let (_, mail) = house.mails().pop().unwrap();
    let code = super::me::code(&mail);
    let ledger = house.get("/deliveries?user=ben").await;
    assert_eq!(ledger["items"][0]["purpose"], "verification");
    assert!(!ledger.to_string().contains(&code), "{ledger}");
    let one = house.get(&format!("/deliveries/{}", ledger["items"][0]["id"].as_str().unwrap())).await;
    assert!(!one.to_string().contains(&code), "{one}");
}
