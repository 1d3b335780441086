//! Transactions: groups of them, those that fail, and what a reader sees.

use std::future::Future;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Barrier};

use allclear_store::timers::{self, Subject};
use allclear_store::{Database, Error, Result, Tx, secrets};
use futures_util::poll;
use tokio::sync::Notify;
use tokio::task::block_in_place;

use crate::place::{Engine, Place, commit, tests, view};
use crate::samples::{at, id};

tests! {
    Engine::ALL => what_failed_was_never_written,
        what_is_written_is_there_for_what_comes_next,
        a_panic_hurts_nobody_else,
        a_read_cannot_write;
    Engine::SQLITE => to_wait_for_the_outside_is_refused;
    Engine::THREADS => many_writers_at_once,
        a_reader_sees_one_moment,
        readers_come_back_from_whoever_gives_up;
    &[Engine::File] => a_group_is_answered_once_it_is_committed,
        one_failure_in_a_group_hurts_nobody_else;
    &[Engine::Postgres] => a_hopeless_conflict_is_told_in_the_end,
        a_write_that_is_given_up_is_rolled_back;
}

async fn put(tx: &mut Tx<'_>, name: &str) -> Result<()> {
    secrets::put(tx, name, b"sealed").await
}

async fn write(database: &Database, name: &str) -> Result<()> {
    commit!(database, name.to_owned(), |name, tx| put(tx, name).await)
}

async fn names(database: &Database) -> Vec<String> {
    view!(database, (), |(), tx| secrets::names(tx).await).unwrap()
}

async fn what_failed_was_never_written(Place { database, .. }: Place) {
    let failed: Result<()> = commit!(database, (), |(), tx| {
        put(tx, "lost").await?;
        Err(Error::Corrupt("on purpose".into()))
    });
    assert!(matches!(failed, Err(Error::Corrupt(_))));
    write(&database, "kept").await.unwrap();
    assert_eq!(names(&database).await, ["kept"]);
}

/// However much of it is still on its way to the database.
async fn what_is_written_is_there_for_what_comes_next(Place { database, .. }: Place) {
    let seen = commit!(database, (), |(), tx| {
        let mut seen = Vec::new();
        tx.commit_lazily().await?;
        for second in 1..=100 {
            timers::put(tx, &[(Subject::Alert, id(1), Some(at(second)))]).await?;
            if [1, 15, 16, 17, 50].contains(&second) {
                seen.push(timers::one(tx, Subject::Alert, id(1)).await?);
            }
        }
        Ok(seen)
    });
    assert_eq!(seen.unwrap(), [1, 15, 16, 17, 50].map(|second| Some(at(second))));
    let last = view!(database, (), |(), tx| timers::one(tx, Subject::Alert, id(1)).await);
    assert_eq!(last.unwrap(), Some(at(100)));
}

async fn a_panic_hurts_nobody_else(Place { database, .. }: Place) {
    // More often than there are readers, or connections.
    for round in 0..20 {
        let failed: Result<()> = commit!(database, round, |round, tx| {
            put(tx, "lost").await?;
            panic!("on purpose, round {round}");
        });
        let error = failed.unwrap_err();
        assert!(matches!(error, Error::Body(_)) && error.to_string().ends_with(&format!("round {round}")), "{error}");
        let failed: Result<()> = view!(database, (), |(), tx| {
            secrets::names(tx).await?;
            panic!("on purpose");
        });
        assert!(matches!(failed, Err(Error::Body(_))));
    }
    write(&database, "kept").await.unwrap();
    assert_eq!(names(&database).await, ["kept"]);
}

async fn a_read_cannot_write(Place { database, .. }: Place) {
    let refused = view!(database, (), |(), tx| put(tx, "lost").await);
    refused.unwrap_err();
    assert!(names(&database).await.is_empty());
    write(&database, "kept").await.unwrap();
    assert_eq!(names(&database).await, ["kept"]);
}

async fn to_wait_for_the_outside_is_refused(Place { database, .. }: Place) {
    let refused: Result<()> = commit!(database, (), |(), tx| {
        put(tx, "lost").await?;
        std::future::pending().await
    });
    assert!(refused.unwrap_err().to_string().contains("waited for something outside"));
    let refused: Result<()> = view!(database, (), |(), _tx| std::future::pending().await);
    assert!(matches!(refused, Err(Error::Body(_))));
    write(&database, "kept").await.unwrap();
    assert_eq!(names(&database).await, ["kept"]);
}

/// Each finds what it wrote as soon as it is answered, whatever the others do.
async fn many_writers_at_once(Place { database, .. }: Place) {
    let tasks: Vec<_> = (0..64)
        .map(|task| {
            let database = database.clone();
            tokio::spawn(async move {
                for round in 0..10 {
                    let name = format!("{task}/{round}");
                    let fails = (task + round) % 7 == 0;
                    let written = commit!(database, (name.clone(), fails), |(name, fails), tx| {
                        put(tx, name).await?;
                        if *fails { Err(Error::Corrupt("on purpose".into())) } else { Ok(()) }
                    });
                    assert_eq!(written.is_err(), fails);
                    let found = view!(database, name, |name, tx| secrets::get(tx, name).await).unwrap();
                    assert_eq!(found.is_some(), !fails);
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let expected = (0..64).flat_map(|task| (0..10).map(move |round| task + round)).filter(|sum| sum % 7 != 0).count();
    assert_eq!(names(&database).await.len(), expected);
}

/// Holds the writer between two waits at the gate, so that what is sent meanwhile makes one group.
fn hold(database: &Database) -> (Arc<Barrier>, impl Future<Output = Result<()>>) {
    let gate = Arc::new(Barrier::new(2));
    let (database, inner) = (database.clone(), Arc::clone(&gate));
    let holding = async move {
        commit!(database, inner, |gate, _tx| {
            gate.wait();
            gate.wait();
            Ok(())
        })
    };
    (gate, holding)
}

async fn a_group_is_answered_once_it_is_committed(Place { database, .. }: Place) {
    let (gate, holding) = hold(&database);
    let mut holding = Box::pin(holding);
    assert!(poll!(&mut holding).is_pending());
    gate.wait();
    let mut group: Vec<_> = (0..63)
        .map(|number| {
            let database = database.clone();
            Box::pin(async move { write(&database, &format!("{number:02}")).await })
        })
        .collect();
    for one in &mut group {
        assert!(poll!(one).is_pending());
    }
    let (last_gate, last) = hold(&database);
    let mut last = Box::pin(last);
    assert!(poll!(&mut last).is_pending());
    gate.wait();
    last_gate.wait();
    holding.await.unwrap();
    // The last one of the group is still at work, so none of the others has been told anything, nor is seen by readers.
    for _ in 0..20 {
        assert!(names(&database).await.is_empty());
        for one in &mut group {
            assert!(poll!(one).is_pending());
        }
    }
    last_gate.wait();
    for one in group {
        one.await.unwrap();
    }
    last.await.unwrap();
    assert_eq!(names(&database).await.len(), 63);
}

async fn one_failure_in_a_group_hurts_nobody_else(Place { database, .. }: Place) {
    let (gate, holding) = hold(&database);
    let mut holding = Box::pin(holding);
    assert!(poll!(&mut holding).is_pending());
    gate.wait();
    let mut group: Vec<_> = (0..64_u32)
        .map(|number| {
            let database = database.clone();
            Box::pin(async move {
                commit!(database, number, |number, tx| {
                    put(tx, &format!("{number:02}")).await?;
                    match number {
                        20 => Err(Error::Corrupt("on purpose".into())),
                        40 => panic!("on purpose"),
                        41 => std::future::pending().await,
                        // It finds what the others of its group did, and nothing of those that failed.
                        63 => secrets::names(tx).await,
                        _ => Ok(Vec::new()),
                    }
                })
            })
        })
        .collect();
    for one in &mut group {
        assert!(poll!(one).is_pending());
    }
    gate.wait();
    holding.await.unwrap();
    let expected: Vec<String> =
        (0..64).filter(|number| ![20, 40, 41].contains(number)).map(|number| format!("{number:02}")).collect();
    for (number, one) in group.into_iter().enumerate() {
        match (number, one.await) {
            (20, Err(Error::Corrupt(_))) | (40 | 41, Err(Error::Body(_))) => {}
            (63, Ok(seen)) => assert_eq!(seen, expected),
            (_, Ok(_)) => {}
            (number, Err(error)) => panic!("{number}: {error}"),
        }
    }
    assert_eq!(names(&database).await, expected);
}

async fn a_reader_sees_one_moment(Place { database, .. }: Place) {
    write(&database, "first").await.unwrap();
    let (begun, written) = (Arc::new(Barrier::new(2)), Arc::new(Barrier::new(2)));
    let reading = {
        let (database, gates) = (database.clone(), (Arc::clone(&begun), Arc::clone(&written)));
        tokio::spawn(async move {
            view!(database, gates, |(begun, written), tx| {
                let before = secrets::names(tx).await?;
                block_in_place(|| begun.wait());
                block_in_place(|| written.wait());
                Ok((before, secrets::names(tx).await?))
            })
        })
    };
    block_in_place(|| begun.wait());
    write(&database, "second").await.unwrap();
    block_in_place(|| written.wait());
    let (before, after) = reading.await.unwrap().unwrap();
    assert_eq!((before, after), (vec!["first".to_owned()], vec!["first".to_owned()]));
    assert_eq!(names(&database).await.len(), 2);
}

/// A browser that closes its connection in the middle of a page must not take a reader with it.
async fn readers_come_back_from_whoever_gives_up(Place { database, .. }: Place) {
    for _ in 0..40 {
        let mut reading = Box::pin(names(&database));
        let _unfinished = poll!(&mut reading);
    }
    for _ in 0..40 {
        names(&database).await;
    }
}

async fn a_hopeless_conflict_is_told_in_the_end(Place { database, .. }: Place) {
    use crate::samples::alert;
    let runs = Arc::new(AtomicU32::new(0));
    let refused = commit!(database, Arc::clone(&runs), |runs, tx| {
        runs.fetch_add(1, Ordering::Relaxed);
        allclear_store::alerts::put(tx, &[&alert(1, "disk"), &alert(2, "disk")]).await
    });
    assert!(refused.unwrap_err().is_conflict());
    assert_eq!(runs.load(Ordering::Relaxed), 8);
}

async fn a_write_that_is_given_up_is_rolled_back(Place { database, .. }: Place) {
    for _ in 0..20 {
        let wrote = Arc::new(Notify::new());
        let writing = {
            let (database, wrote) = (database.clone(), Arc::clone(&wrote));
            tokio::spawn(async move {
                commit!(database, wrote, |wrote, tx| {
                    put(tx, "lost").await?;
                    wrote.notify_one();
                    std::future::pending::<Result<()>>().await
                })
            })
        };
        wrote.notified().await;
        writing.abort();
        drop(writing.await);
    }
    // The row was locked, so this also shows that no transaction was left open.
    write(&database, "lost").await.unwrap();
    write(&database, "kept").await.unwrap();
    assert_eq!(names(&database).await, ["kept", "lost"]);
}
