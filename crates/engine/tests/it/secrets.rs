//! No secret lies in the open in the database.

use allclear_core::actor::Actor;
use allclear_core::directory::{Change, Directory, Integration};
use allclear_core::severity::Severity;
use allclear_engine::{Draft, NotChanged, Request};
use allclear_store::deliveries::Purpose;
use bytes::Bytes;
use rusqlite::types::ValueRef;

use crate::place::{Answers, Home, INTEGRATION, Place, connect, contact, everywhere, person};

const MAIL_PASSWORD: &str = "correct-horse-battery";
const INTEGRATION_KEY: &str = "integration-key-of-the-shop";

/// What must never be read in a table: the code and the link are taken from the mails in which they went out.
async fn use_it(place: &Place) -> Vec<String> {
    let engine = &place.engine;
    engine.keep_secret("mail.password", MAIL_PASSWORD).await.unwrap();
    let keys = vec![(INTEGRATION, INTEGRATION_KEY.to_owned())];
    let draft = |directory: &Directory| {
        let integration = directory.integration(INTEGRATION).map(|known| (**known).clone()).expect("it is there");
        let changed = Integration { key_digest: "01".to_owned(), ..integration };
        Ok::<_, NotChanged>(Draft { changes: vec![Change::Put(changed.into())], keys: keys.clone(), passed: () })
    };
    engine.change(Actor::System, draft).await.unwrap();
    place.declare(Severity::Sev1).await;
    place.outside.set(4, Answers::Later);
    engine.send_code(person(4), contact(4)).await.unwrap();
    engine.send(person(3), contact(3), Purpose::Test).await.unwrap();
    let body = format!(
        r#"{{"routing_key":"{INTEGRATION_KEY}","event_action":"trigger","payload":{{"summary":"Disk full","source":"a","severity":"error"}}}}"#
    );
    let request = Request { integration: INTEGRATION, source: "pagerduty", dedup_key: None, body: Bytes::from(body) };
    engine.store_now(vec![request]).await.unwrap();
    for lane in engine.lanes() {
        engine.process(lane).await.unwrap();
    }
    place.send().await;
    let arrived = place.outside.arrived();
    let find = |start: &str, end: fn(char) -> bool| {
        let text = arrived.iter().find_map(|(_, text)| text.split_once(start)).expect("it was sent").1;
        text.split(end).next().unwrap_or_default().to_owned()
    };
    let link = find("/k/", char::is_whitespace);
    let code = arrived.iter().filter(|(to, _)| *to == crate::place::address(4)).find_map(|(_, text)| {
        text.split(|letter: char| !letter.is_ascii_digit()).find(|word| word.len() == 6).map(str::to_owned)
    });
    let webhook = engine.key().webhook_secret(contact(1));
    let code = code.expect("the code was sent");
    assert!(link.len() > 40, "{link}");
    vec![MAIL_PASSWORD.to_owned(), INTEGRATION_KEY.to_owned(), link, code, webhook]
}

/// Every value of every table, as text, with its column.
async fn everything(place: &Place) -> Vec<(String, String)> {
    match &place.home {
        Home::File(folder) => {
            let mut all = sqlite(&folder.path().join("allclear.db"));
            all.extend(sqlite(&folder.path().join("allclear-inbox.db")));
            all
        }
        Home::Server(url) => postgres(url).await,
    }
}

fn sqlite(file: &std::path::Path) -> Vec<(String, String)> {
    let connection = rusqlite::Connection::open(file).unwrap();
    let mut tables = connection.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").unwrap();
    let tables: Vec<String> = tables.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    let mut found = Vec::new();
    for table in tables {
        let mut all = connection.prepare(&format!("SELECT * FROM {table}")).unwrap();
        let columns: Vec<String> = all.column_names().map(str::to_owned).collect();
        let mut rows = all.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            for (place, column) in columns.iter().enumerate() {
                if let ValueRef::Text(bytes) | ValueRef::Blob(bytes) = row.get_ref(place).unwrap() {
                    found.push((format!("{table}.{column}"), String::from_utf8_lossy(bytes).into_owned()));
                }
            }
        }
    }
    found
}

async fn postgres(url: &str) -> Vec<(String, String)> {
    let client = connect(url).await;
    let columns = "SELECT table_name::text, column_name::text, data_type::text FROM information_schema.columns \
                   WHERE table_schema = 'public' AND data_type IN ('text', 'bytea')";
    let mut found = Vec::new();
    for row in client.query(columns, &[]).await.unwrap() {
        let (table, column, kind): (String, String, String) = (row.get(0), row.get(1), row.get(2));
        let read = if kind == "text" { column.clone() } else { format!("encode({column}, 'escape')") };
        let all = format!("SELECT {read} FROM {table} WHERE {column} IS NOT NULL");
        let rows = client.query(&all, &[]).await.unwrap();
        found.extend(rows.iter().map(|row| (format!("{table}.{column}"), row.get(0))));
    }
    found
}

/// The inbox keeps what a source sent, byte for byte, and some sources send their key in the body: that alone may be
/// read there, by whoever may read the database.
const EXCUSED: (&str, &str) = ("segments.body", INTEGRATION_KEY);

#[tokio::test]
async fn no_secret_can_be_read_in_any_table() {
    everywhere(async |place| {
        let secrets = use_it(&place).await;
        let all = everything(&place).await;
        for known in ["deliveries.purpose", "secrets.sealed", "journal.body", "audit.body", "objects.body"] {
            assert!(all.iter().any(|(column, _)| column == known), "{known} was looked at");
        }
        for secret in &secrets {
            let open: Vec<&String> = all
                .iter()
                .filter(|(column, text)| {
                    text.contains(secret.as_str()) && (column.as_str(), secret.as_str()) != EXCUSED
                })
                .map(|(column, _)| column)
                .collect();
            assert!(open.is_empty(), "{secret} is in {open:?}");
        }
    })
    .await;
}
