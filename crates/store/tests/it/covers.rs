//! Requests for cover, how far handovers are, and the notes of shifts.

use allclear_core::cover::{Asked, Request, Status};
use allclear_core::handover::State;
use allclear_core::id::{CoverId, HandoffNoteId, ScheduleId, UserId};
use allclear_core::readiness::Period;
use allclear_store::covers::{self, CoverRecord};
use allclear_store::handovers::{self, HandoffNote};
use allclear_store::retention::{self, Small};
use jiff::Timestamp;

use crate::place::{Engine, Place, commit, tests, view};
use crate::samples::{at, id, user};

tests! {
    Engine::ALL => requests_are_found_while_they_are_open, handovers_and_notes_are_kept;
}

const SCHEDULE: u128 = 50;

fn record(number: u128, ended_at: Option<Timestamp>) -> CoverRecord {
    let request = Request {
        schedule: ScheduleId::new(id(SCHEDULE + number % 2)),
        asker: user(1),
        note: "Please.".to_owned(),
        asked_at: at(1),
        asked: vec![Asked { user: user(2), declined_at: None }],
        open: vec![Period { starts: at(100), ends: at(200) }],
        in_return: Vec::new(),
        covered: Vec::new(),
        lapsed: Vec::new(),
        status: if ended_at.is_some() { Status::Withdrawn } else { Status::Asked },
    };
    CoverRecord { id: CoverId::new(id(number)), version: 1, ended_at, request }
}

async fn requests_are_found_while_they_are_open(place: Place) {
    for one in [record(1, None), record(2, None), record(3, Some(at(5)))] {
        commit!(place.database, one, |one, tx| covers::put(tx, one).await).unwrap();
    }
    let open = async || view!(place.database, (), |(), tx| covers::open(tx).await).unwrap();
    assert_eq!(open().await, [record(1, None), record(2, None)]);
    let over = CoverRecord { version: 2, ..record(1, Some(at(9))) };
    commit!(place.database, over.clone(), |one, tx| covers::put(tx, one).await).unwrap();
    assert_eq!(open().await, [record(2, None)]);
    let find = async |number| {
        let id = CoverId::new(id(number));
        view!(place.database, id, |id, tx| covers::find(tx, *id).await).unwrap()
    };
    assert_eq!((find(1).await, find(7).await), (Some(over.clone()), None));
    let taken = commit!(place.database, over.id, |id, tx| covers::take(tx, *id).await).unwrap();
    assert_eq!(taken, Some(over));
    let list = async |schedule: Option<u128>, before: Option<u128>, limit: i64| {
        let asked = (schedule.map(|it| ScheduleId::new(id(it))), before.map(|it| CoverId::new(id(it))), limit);
        let all = view!(place.database, asked, |(schedule, before, limit), tx| {
            covers::list(tx, *schedule, *before, *limit).await
        });
        all.unwrap().into_iter().map(|one| one.id.uuid()).collect::<Vec<_>>()
    };
    assert_eq!(list(None, None, 9).await, [id(3), id(2), id(1)]);
    assert_eq!(list(None, Some(3), 1).await, [id(2)]);
    assert_eq!(list(Some(SCHEDULE + 1), None, 9).await, [id(3), id(1)]);
    let cut = commit!(place.database, at(8), |before, tx| retention::small(tx, Small::Covers, *before, 9).await);
    assert_eq!(cut.unwrap(), 1, "only what was over before then");
    assert_eq!(list(None, None, 9).await, [id(2), id(1)]);
}

async fn handovers_and_notes_are_kept(place: Place) {
    let schedule = ScheduleId::new(id(SCHEDULE));
    let state = State { until: at(1), next: Some(at(9)) };
    for one in [State { until: at(0), next: None }, state.clone()] {
        commit!(place.database, (schedule, one), |(schedule, one), tx| handovers::put(tx, *schedule, one).await)
            .unwrap();
    }
    let take = async || commit!(place.database, schedule, |id, tx| handovers::take(tx, *id).await).unwrap();
    assert_eq!(take().await, Some(state.clone()));
    let known = view!(place.database, (), |(), tx| handovers::known(tx).await).unwrap();
    assert_eq!(known, [(schedule, state)]);
    commit!(place.database, schedule, |id, tx| handovers::remove(tx, *id).await).unwrap();
    assert_eq!(take().await, None);

    let note = |number: u128, author: Option<UserId>| HandoffNote {
        id: HandoffNoteId::new(id(number)),
        schedule,
        author,
        at: at(number as i64),
        text: format!("Note {number}"),
    };
    for one in [note(1, Some(user(1))), note(2, None)] {
        commit!(place.database, one, |one, tx| handovers::add_note(tx, one).await).unwrap();
    }
    let notes = async || view!(place.database, schedule, |id, tx| handovers::notes(tx, *id, None, 9).await).unwrap();
    assert_eq!(notes().await, [note(2, None), note(1, Some(user(1)))]);
    let cut = commit!(place.database, at(2), |before, tx| retention::small(tx, Small::Notes, *before, 9).await);
    assert_eq!((cut.unwrap(), notes().await), (1, vec![note(2, None)]));
}
