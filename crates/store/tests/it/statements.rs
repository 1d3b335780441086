//! Every registered statement is one that its database understands.

use crate::place::{Engine, Place, tests};

tests! {
    &[Engine::File] => sqlite_prepares_every_statement;
    &[Engine::Postgres] => postgres_prepares_every_statement;
}

async fn sqlite_prepares_every_statement(place: Place) {
    let connection = place.sqlite();
    let refused: Vec<String> = allclear_store::statements()
        .filter_map(|(module, name, statement)| {
            let error = connection.prepare(&statement.sqlite()).err()?;
            Some(format!("{module}::{name}: {error}"))
        })
        .collect();
    assert!(refused.is_empty(), "{refused:#?}");
}

async fn postgres_prepares_every_statement(place: Place) {
    let client = place.postgres().await;
    let mut refused = Vec::new();
    for (module, name, statement) in allclear_store::statements() {
        for locks in [true, false] {
            if let Err(error) = client.prepare(&statement.postgres(locks)).await {
                refused.push(format!("{module}::{name}: {:?}", error.as_db_error()));
            }
        }
    }
    assert!(refused.is_empty(), "{refused:#?}");
}
