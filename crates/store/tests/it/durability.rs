//! Durability: what was answered is there after the process was killed.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, ExitCode, Stdio};

use allclear_store::{Database, inbox};

use crate::place::{self, Engine, Place, commit_inbox, tests, view};
use crate::samples::at;

tests! {
    &[Engine::File] => nothing_that_was_answered_is_lost_by_a_kill;
}

/// Names the database file for a process of this same program that only writes until it is killed.
pub(crate) const CHILD: &str = "ALLCLEAR_STORE_SUITE_WRITES";

const ROUNDS: i64 = 5;

/// Writes segments from many tasks, and prints the number of each once its transaction has been answered.
pub(crate) fn write_until_killed(file: &OsStr) -> ExitCode {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime starts");
    runtime.block_on(async {
        let database = Database::sqlite(file).expect("the file opens");
        let mut tasks = tokio::task::JoinSet::new();
        for lane in 0..32 {
            let database = database.clone();
            tasks.spawn(async move {
                loop {
                    let body = vec![7; 600];
                    let number = commit_inbox!(database, body, |body, tx| place::append(tx, lane, at(0), body).await);
                    let mut out = std::io::stdout().lock();
                    // Nobody reads any more once the test has failed.
                    let told = writeln!(out, "{}", number.expect("the segment is stored")).and_then(|()| out.flush());
                    if told.is_err() {
                        break;
                    }
                }
            });
        }
        tasks.join_all().await;
    });
    ExitCode::SUCCESS
}

async fn nothing_that_was_answered_is_lost_by_a_kill(place: Place) {
    let (file, inbox_file) = (place.file(), place.inbox_file());
    // The one who kills must not be a second writer.
    drop(place.database);
    let mut answered = BTreeSet::new();
    for round in 1..=ROUNDS {
        let program = std::env::current_exe().expect("this program has a path");
        let mut child =
            Command::new(program).env(CHILD, &file).stdout(Stdio::piped()).spawn().expect("the child starts");
        let mut lines = BufReader::new(child.stdout.take().expect("it is piped"));
        let mut line = String::new();
        let mut wait_for = 200 * round;
        // A last line without its end was not told whole.
        while lines.read_line(&mut line).expect("the pipe can be read") > 0 && line.ends_with('\n') {
            answered.insert(line.trim().parse::<i64>().expect("a number"));
            line.clear();
            wait_for -= 1;
            if wait_for == 0 {
                child.kill().expect("the child is killed");
            }
        }
        let ended = child.wait().expect("the child ends");
        assert!(!ended.success() && wait_for <= 0, "it was killed: {ended}, {wait_for}");

        for file in [&file, &inbox_file] {
            let check = rusqlite::Connection::open(file).unwrap();
            let verdict: String = check.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
            assert_eq!(verdict, "ok");
        }
        let database = Database::sqlite(&file).unwrap();
        let mut stored = BTreeSet::new();
        for lane in 0..32 {
            let (_, segments) = view!(database, (), |(), tx| inbox::waiting(tx, lane, i64::MAX).await).unwrap();
            stored.extend(segments.iter().map(|segment| segment.number));
        }
        let lost: Vec<_> = answered.difference(&stored).collect();
        assert!(lost.is_empty(), "round {round}: answered, and not stored: {lost:?}");
    }
    assert!(answered.len() as i64 >= 200 * ROUNDS);
}
