//! Migrations: applied once, by whoever comes first.

use allclear_store::{Database, secrets};

use crate::place::{Engine, Place, commit, tests, view};

tests! {
    &[Engine::File, Engine::Postgres] => migrating_twice_changes_nothing, a_newer_database_is_refused;
    &[Engine::Postgres] => many_nodes_may_start_at_once;
}

async fn open(place: &Place) -> allclear_store::Result<Database> {
    match place.engine {
        Engine::File | Engine::Memory => Database::sqlite(place.file()),
        Engine::Postgres => Database::postgres(place.url()).await,
    }
}

/// What was applied, and what the schema looks like.
async fn schema(place: &Place) -> Vec<String> {
    match place.engine {
        Engine::File | Engine::Memory => {
            let connection = place.sqlite();
            let sql = "SELECT number || name || checksum FROM migrations UNION ALL SELECT sql FROM sqlite_schema \
                       WHERE sql IS NOT NULL";
            let mut statement = connection.prepare(sql).unwrap();
            let rows = statement.query_map([], |row| row.get(0)).unwrap();
            rows.collect::<rusqlite::Result<_>>().unwrap()
        }
        Engine::Postgres => {
            let sql = "SELECT number || name || checksum FROM migrations UNION ALL \
                       SELECT table_name || '.' || column_name || ' ' || data_type FROM information_schema.columns \
                       WHERE table_schema = 'public' UNION ALL \
                       SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1";
            let rows = place.postgres().await.query(sql, &[]).await.unwrap();
            rows.iter().map(|row| row.get(0)).collect()
        }
    }
}

async fn migrating_twice_changes_nothing(place: Place) {
    commit!(place.database, (), |(), tx| secrets::put(tx, "kept", b"x").await).unwrap();
    let before = schema(&place).await;
    assert!(before.len() > 20);
    for _ in 0..2 {
        let again = open(&place).await.unwrap();
        assert_eq!(view!(again, (), |(), tx| secrets::names(tx).await).unwrap(), ["kept"]);
    }
    assert_eq!(schema(&place).await, before);
}

async fn a_newer_database_is_refused(place: Place) {
    let sql = "INSERT INTO migrations (number, name, checksum) VALUES (9999, 'later', 'x')";
    match place.engine {
        Engine::File | Engine::Memory => drop(place.sqlite().execute(sql, []).unwrap()),
        Engine::Postgres => place.postgres().await.batch_execute(sql).await.unwrap(),
    }
    let refused = open(&place).await.unwrap_err();
    assert!(refused.to_string().contains("newer version of Allclear (migration 9999"), "{refused}");
}

async fn many_nodes_may_start_at_once(place: Place) {
    let expected = schema(&place).await;
    let client = place.postgres().await;
    for _ in 0..3 {
        client.batch_execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public").await.unwrap();
        let nodes = (0..4).map(|_| Database::postgres(place.url()));
        for node in futures_util::future::join_all(nodes).await {
            assert!(view!(node.unwrap(), (), |(), tx| secrets::names(tx).await).unwrap().is_empty());
        }
        assert_eq!(schema(&place).await, expected);
    }
}
