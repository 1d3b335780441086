//! Old history goes by the settings, as time passes; what is open stays.

use allclear_core::actor::Actor;
use allclear_core::directory::{Change, Organisation, Retention};
use allclear_core::incident::Input;
use allclear_core::severity::Severity;
use allclear_core::wait::Wait;
use allclear_engine::NotChanged;
use allclear_store::{audit, deliveries, incidents};
use jiff::SignedDuration;

use crate::place::{Home, Place, by, connect, everywhere};

async fn set(place: &Place, keep: Retention) -> Result<(), NotChanged> {
    let change = move |directory: &allclear_core::directory::Directory| {
        Ok(vec![Change::Organisation(Organisation { keep, ..(*directory.organisation).clone() })])
    };
    place.engine.configure(Actor::System, change).await.map(drop)
}

async fn keep(place: &Place, keep: Retention) {
    set(place, keep).await.unwrap();
}

async fn sweep(place: &Place) -> usize {
    let mut deleted = 0;
    loop {
        match place.engine.sweep().await.unwrap() {
            0 => return deleted,
            more => deleted += more,
        }
    }
}

/// How many incidents, deliveries and audit entries there are.
async fn counts(place: &Place) -> (usize, usize, usize) {
    let read = place.engine.database().read((), |(), tx| {
        Box::pin(async move {
            let incidents = incidents::list(tx, incidents::Filter::default(), 100).await?.len();
            let deliveries = deliveries::list(tx, deliveries::Filter::All, None, 100).await?.len();
            Ok((incidents, deliveries, audit::chain(tx, 0, 1_000).await?.len()))
        })
    });
    read.await.unwrap()
}

fn days(days: u32) -> Wait {
    Wait::hours(24 * days)
}

#[tokio::test]
async fn history_goes_when_its_time_has_come() {
    everywhere(async |place| {
        let usual = Retention::default();
        keep(&place, Retention { incidents: days(10), deliveries: days(5), audit: days(20), ..usual }).await;
        let (over, open) = (place.declare(Severity::Sev1).await, place.declare(Severity::Sev1).await);
        place.send().await;
        place.engine.act(over, by(1), Input::Resolve).await.unwrap();
        place.send().await;
        let (incidents, deliveries, entries) = counts(&place).await;
        assert!(incidents == 2 && deliveries >= 4 && entries >= 2, "{:?}", counts(&place).await);

        place.clock.pass(SignedDuration::from_hours(24 * 4));
        assert_eq!(sweep(&place).await, 0);
        place.clock.pass(SignedDuration::from_hours(24 * 2));
        assert!(sweep(&place).await > 0);
        let of_open = place.deliveries(open).await.len();
        assert_eq!(counts(&place).await, (2, of_open, entries), "only the deliveries of what is open are left");
        place.clock.pass(SignedDuration::from_hours(24 * 5));
        assert_eq!(sweep(&place).await, 1);
        assert_eq!(counts(&place).await, (1, of_open, entries));
        place.clock.pass(SignedDuration::from_hours(24 * 1_000));
        sweep(&place).await;
        assert_eq!(counts(&place).await, (1, of_open, 0), "what is open is never too old");
    })
    .await;
}

/// A mistake in the settings does not empty the house.
#[tokio::test]
async fn nothing_is_deleted_within_a_day() {
    everywhere(async |place| {
        let each = |kept: Wait| Retention {
            events: kept,
            alerts: kept,
            incidents: kept,
            deliveries: kept,
            audit: kept,
            tokens: kept,
            sessions: kept,
            silences: kept,
        };
        let refused = set(&place, each(Wait::hours(23))).await.unwrap_err();
        let NotChanged::Refused(problems) = refused else { panic!("{refused:?}") };
        assert_eq!(problems.len(), 8);
        assert!(problems.iter().all(|problem| problem.message.contains("everything is kept for a day")));
        keep(&place, each(Wait::hours(24))).await;
        let over = place.declare(Severity::Sev1).await;
        place.send().await;
        place.engine.act(over, by(1), Input::Resolve).await.unwrap();
        place.clock.pass(SignedDuration::from_hours(23));
        assert_eq!(sweep(&place).await, 0);
        place.clock.pass(SignedDuration::from_hours(2));
        assert!(sweep(&place).await > 0);
    })
    .await;
}

#[tokio::test]
async fn what_is_left_of_the_audit_log_is_still_verified() {
    everywhere(async |place| {
        let note = async || {
            let user = crate::place::person(1);
            place.engine.note(by(1), allclear_core::audit::AuditFact::SignedIn { user }).await.unwrap();
        };
        for _ in 0..700 {
            note().await;
        }
        place.clock.pass(SignedDuration::from_hours(24 * 731));
        note().await;
        note().await;
        let before = place.engine.check_audit().await.unwrap();
        assert!(before.entries > 700 && before.first_break.is_none());
        sweep(&place).await;
        let after = place.engine.check_audit().await.unwrap();
        assert_eq!((after.entries, after.first_break), (2, None));
        // Whoever deletes more, and says that it was retention, is found out.
        let last = before.entries;
        let forge = "DELETE FROM audit WHERE number < (SELECT max(number) FROM audit); \
                     UPDATE audit_start SET number = number + 1";
        match &place.home {
            Home::File(folder) => {
                rusqlite::Connection::open(folder.path().join("allclear.db")).unwrap().execute_batch(forge).unwrap();
            }
            Home::Server(url) => connect(url).await.batch_execute(forge).await.unwrap(),
        }
        assert_eq!(place.engine.check_audit().await.unwrap().first_break, Some(last - 1));
    })
    .await;
}
