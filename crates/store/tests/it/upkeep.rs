//! Upkeep: health, and backups.

use allclear_core::delivery::Status;
use allclear_store::health::{self, Counts};
use allclear_store::{Database, alerts, deliveries, inbox, incidents, secrets};

use crate::place::{self, Engine, Place, commit, commit_inbox, tests, view};
use crate::samples::{alert, at, delivery, each, incident, standing};

tests! {
    Engine::ALL => a_write_reaches_the_disk, what_the_metrics_show_is_counted;
    &[Engine::File] => a_backup_is_whole, a_backup_is_taken_while_others_write,
        an_inbox_that_was_lost_begins_behind_what_was_processed, a_database_is_looked_at_without_being_touched;
    &[Engine::Postgres] => a_backup_of_postgres_names_its_tool;
}

async fn a_write_reaches_the_disk(Place { database, .. }: Place) {
    for second in 0..2 {
        commit!(database, (), |(), tx| health::write(tx, at(second)).await).unwrap();
    }
}

async fn what_the_metrics_show_is_counted(Place { database, .. }: Place) {
    let counts = async || view!(database, (), |(), tx| health::counts(tx).await).unwrap();
    let nothing = Counts {
        open_incidents: Vec::new(),
        firing_alerts: 0,
        queued_deliveries: 0,
        failed_deliveries: 0,
        oldest_delivery: None,
        oldest_segment: None,
    };
    assert_eq!(counts().await, nothing);
    let stored = commit!(database, (), |(), tx| {
        incidents::put(tx, &[&incident(1), &incident(2)]).await?;
        alerts::put(tx, &[&alert(1, "a"), &alert(2, "b"), &alert(3, "c")]).await?;
        let statuses =
            [(Status::Queued, Some(7)), (Status::Queued, Some(5)), (Status::Held, None), (Status::Failed, None)];
        let sending = [(Status::Sending, Some(1)), (Status::Delivered, None)];
        let records: Vec<_> = (1..)
            .zip(statuses.into_iter().chain(sending))
            .map(|(number, (status, due))| standing(delivery(number), status, due.map(at)))
            .collect();
        deliveries::put(tx, &each(&records)).await
    });
    stored.unwrap();
    commit_inbox!(database, (), |(), tx| place::append(tx, 0, at(3), b"raw").await).unwrap();
    let expected = Counts {
        open_incidents: vec![("triggered".into(), 2)],
        firing_alerts: 3,
        queued_deliveries: 3,
        failed_deliveries: 1,
        oldest_delivery: Some(at(5)),
        oldest_segment: Some(at(3)),
    };
    assert_eq!(counts().await, expected);
}

async fn names(database: &Database) -> Vec<String> {
    view!(database, (), |(), tx| secrets::names(tx).await).unwrap()
}

async fn write(database: &Database, name: &str) {
    commit!(database, name.to_owned(), |name, tx| secrets::put(tx, name, b"x").await).unwrap();
}

async fn append(database: &Database) -> i64 {
    commit_inbox!(database, (), |(), tx| place::append(tx, 0, at(1), b"raw").await).unwrap()
}

/// Whoever brings back the database alone loses what was in the inbox, and nothing that comes after.
async fn an_inbox_that_was_lost_begins_behind_what_was_processed(place: Place) {
    let mut last = 0;
    for _ in 0..3 {
        last = append(&place.database).await;
    }
    commit!(place.database, last, |last, tx| inbox::advance(tx, 0, 0, *last).await).unwrap();
    let target = place.folder.path().join("backup.db");
    place.database.backup_to(&target).await.unwrap();
    std::fs::remove_file(place.folder.path().join("backup-inbox.db")).unwrap();
    let restored = Database::sqlite(&target).unwrap();
    assert_eq!(append(&restored).await, last + 1);
    let (from, segments) = view!(restored, (), |(), tx| inbox::waiting(tx, 0, 9).await).unwrap();
    assert_eq!((from, segments.len()), (last, 1));
}

async fn a_backup_is_whole(place: Place) {
    let target = place.folder.path().join("backup's \"best\".db");
    let partial = place.folder.path().join("backup's \"best\".db.partial");
    std::fs::write(&partial, "left over from one that was broken off").unwrap();
    for name in ["first", "second"] {
        write(&place.database, name).await;
        place.database.backup_to(&target).await.unwrap();
    }
    let early = append(&place.database).await;
    place.database.backup_to(&target).await.unwrap();
    write(&place.database, "after").await;
    append(&place.database).await;
    assert!(!partial.exists());
    let restored = Database::sqlite(&target).unwrap();
    assert_eq!(names(&restored).await, ["first", "second"]);
    let segments = view!(restored, (), |(), tx| inbox::recent(tx, i64::MAX, 9).await).unwrap();
    assert_eq!(segments.iter().map(|segment| segment.number).collect::<Vec<_>>(), [early]);
    // Numbers go on where they were, also those of rows that have gone.
    write(&restored, "third").await;
    assert_eq!(names(&place.database).await, ["after", "first", "second"]);

    let nowhere = place.folder.path().join("missing").join("backup.db");
    let refused = place.database.backup_to(&nowhere).await.unwrap_err().to_string();
    assert!(refused.contains("missing/backup.db"), "{refused}");
    place.database.backup_to("/").await.unwrap_err();
    let refused = place.database.backup_to(&target).await.unwrap_err().to_string();
    assert!(refused.contains("in use"), "the backup was opened, and has a log now: {refused}");
}

async fn a_backup_is_taken_while_others_write(place: Place) {
    let tasks: Vec<_> = (0..8)
        .map(|task| {
            let database = place.database.clone();
            tokio::spawn(async move {
                for round in 0..50 {
                    write(&database, &format!("{task}/{round:02}")).await;
                }
            })
        })
        .collect();
    let target = place.folder.path().join("backup.db");
    for _ in 0..5 {
        let before = names(&place.database).await;
        place.database.backup_to(&target).await.unwrap();
        let connection = rusqlite::Connection::open(&target).unwrap();
        let verdict: String = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
        assert_eq!(verdict, "ok");
        drop(connection);
        let copied = names(&Database::sqlite(&target).unwrap()).await;
        assert!(before.iter().all(|name| copied.contains(name)));
        for suffix in ["backup.db-wal", "backup.db-shm", "backup-inbox.db-wal", "backup-inbox.db-shm"] {
            drop(std::fs::remove_file(place.folder.path().join(suffix)));
        }
    }
    for task in tasks {
        task.await.unwrap();
    }
}

async fn a_backup_of_postgres_names_its_tool(place: Place) {
    let refused = place.database.backup_to(place.folder.path().join("backup.db")).await.unwrap_err().to_string();
    assert!(refused.contains("pg_dump"), "{refused}");
}

async fn a_database_is_looked_at_without_being_touched(place: Place) {
    write(&place.database, "first").await;
    let target = place.folder.path().join("copy.db");
    place.database.backup_to(&target).await.unwrap();
    let before = std::fs::read(&target).unwrap();
    let reading = Database::sqlite_for_reading(&target).unwrap();
    assert_eq!(names(&reading).await, ["first"]);
    assert_eq!(view!(reading, (), |(), tx| health::outstanding_migrations(tx).await).unwrap(), 0);
    assert_eq!(view!(reading, (), |(), tx| health::integrity(tx).await).unwrap(), [""; 0]);
    commit!(reading, (), |(), tx| secrets::put(tx, "second", b"x").await).unwrap_err();
    drop(reading);
    assert_eq!(std::fs::read(&target).unwrap(), before);

    let mut damaged = before;
    let (start, end) = (damaged.len() / 3, damaged.len() / 3 + 20_000);
    damaged[start..end].fill(0x5a);
    std::fs::write(&target, damaged).unwrap();
    let found = match Database::sqlite_for_reading(&target) {
        Ok(reading) => view!(reading, (), |(), tx| health::integrity(tx).await).unwrap_or(vec!["refused".into()]),
        Err(refused) => vec![refused.to_string()],
    };
    assert!(!found.is_empty());
    Database::sqlite_for_reading(place.folder.path().join("missing.db")).unwrap_err();
    assert!(!place.folder.path().join("missing.db").exists());
}
