//! What goes along when somebody or something goes.

use std::sync::Arc;

use allclear_core::actor::Actor;
use allclear_core::directory::{Change, Directory, MailServer, Organisation, Problem, User};
use allclear_core::id::SessionId;
use allclear_engine::MAIL_PASSWORD;
use allclear_store::sessions::{self, Session};
use jiff::SignedDuration;

use crate::place::{Place, everywhere, person};

async fn suspend(place: &Place, suspended: bool) {
    let change = move |directory: &Directory| {
        let known = directory.user(person(1)).expect("they are there");
        Ok(vec![Change::Put(User { suspended, ..(**known).clone() }.into())])
    };
    place.engine.configure(Actor::System, change).await.unwrap();
}

async fn sessions_of_the_first(place: &Place) -> usize {
    let now = place.engine.now();
    let read = place.engine.database().read((), move |(), tx| Box::pin(sessions::of_user(tx, now, person(1))));
    read.await.unwrap().len()
}

#[tokio::test]
async fn whoever_is_suspended_is_signed_out_for_good() {
    everywhere(async |place| {
        let now = place.engine.now();
        let session = Session {
            id: SessionId::new(place.engine.maker().id(now)),
            user: person(1),
            created_at: now,
            seen_at: now,
            expires_at: now + SignedDuration::from_hours(24),
            agent: "a browser".to_owned(),
        };
        let stored = Arc::new(session);
        let write = |session: &Arc<Session>| {
            let session = Arc::clone(session);
            place.engine.database().write(session, |session, tx| Box::pin(sessions::create(tx, session, &[7; 32])))
        };
        write(&stored).await.unwrap();
        assert_eq!(sessions_of_the_first(&place).await, 1);
        suspend(&place, true).await;
        suspend(&place, false).await;
        assert_eq!(sessions_of_the_first(&place).await, 0, "being brought back does not bring back the session");
    })
    .await;
}

async fn change_mail(place: &Place, change: impl Fn(&mut MailServer) + Copy + Send + Sync) {
    let plan = |directory: &Directory| {
        let mut mail = directory.organisation.mail.clone().expect("there is a mail server");
        change(&mut mail);
        let organisation = Organisation { mail: Some(mail), ..(*directory.organisation).clone() };
        Ok::<_, Vec<Problem>>(vec![Change::Organisation(organisation)])
    };
    place.engine.configure(Actor::System, plan).await.unwrap();
}

#[tokio::test]
async fn the_password_of_a_mail_server_is_not_shown_to_another_one() {
    everywhere(async |place| {
        let engine = &place.engine;
        engine.keep_secret(MAIL_PASSWORD, "correct-horse").await.unwrap();
        change_mail(&place, |mail| mail.sender = "Allclear <night@example.com>".to_owned()).await;
        assert_eq!(engine.secret(MAIL_PASSWORD).await.unwrap().as_deref(), Some("correct-horse"));
        change_mail(&place, |mail| mail.host = "mail.elsewhere.example".to_owned()).await;
        assert_eq!(engine.secret(MAIL_PASSWORD).await.unwrap(), None);
    })
    .await;
}
