//! Who may come in: passwords, sessions, tokens, verifications, secrets; and what people did, in the audit log.

use allclear_core::actor::{Actor, Via};
use allclear_core::audit::AuditFact;
use allclear_core::directory::Kind;
use allclear_core::id::{CalendarLinkId, SessionId, TokenId};
use allclear_core::journal;
use allclear_store::calendar_links::{self, CalendarLink};
use allclear_store::passwords::Password;
use allclear_store::retention::{self, Small};
use allclear_store::sessions::{self, Session};
use allclear_store::tokens::{self, Token};
use allclear_store::{audit, passwords, secrets, verifications};

use crate::place::{Engine, Place, commit, tests, view};
use crate::samples::{at, contact, id, user};

tests! {
    Engine::ALL => a_password_is_kept_as_a_hash,
        a_session_is_found_by_what_the_browser_holds,
        sessions_are_listed_and_revoked,
        a_calendar_link_opens_until_it_is_revoked,
        a_token_works_until_it_is_revoked,
        a_code_can_be_given_back_once,
        secrets_are_bytes_with_a_name,
        the_audit_log_is_a_chain;
    Engine::THREADS => the_audit_log_grows_in_one_order;
}

async fn a_password_is_kept_as_a_hash(Place { database, .. }: Place) {
    let get = async || view!(database, (), |(), tx| passwords::get(tx, user(1)).await).unwrap();
    assert_eq!(get().await, None);
    for (second, hash) in [(1, "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA"), (2, "$argon2id$other")] {
        commit!(database, (), |(), tx| passwords::put(tx, at(second), user(1), hash).await).unwrap();
        assert_eq!(get().await, Some(Password { hash: hash.into(), changed_at: at(second) }));
    }
    assert_eq!(view!(database, (), |(), tx| passwords::get(tx, user(2)).await).unwrap(), None);
    assert!(commit!(database, (), |(), tx| passwords::remove(tx, user(1)).await).unwrap());
    assert!(!commit!(database, (), |(), tx| passwords::remove(tx, user(1)).await).unwrap());
    assert_eq!(get().await, None);
}

fn session(number: u128, of: u128) -> Session {
    Session {
        id: SessionId::new(id(number)),
        user: user(of),
        created_at: at(0),
        seen_at: at(0),
        expires_at: at(3_600),
        agent: "Mozilla/5.0 (X11; Linux) Firefox/152".into(),
    }
}

async fn create(place: &Place, session: Session, digest: u8) {
    commit!(place.database, session, |session, tx| sessions::create(tx, session, &[digest; 32]).await).unwrap();
}

async fn a_session_is_found_by_what_the_browser_holds(place: Place) {
    create(&place, session(1, 1), 1).await;
    let find = async |second, digest: u8| {
        view!(place.database, (), |(), tx| sessions::find(tx, at(second), &[digest; 32]).await).unwrap()
    };
    assert_eq!(find(0, 1).await, Some(session(1, 1)));
    assert_eq!(find(3_599, 1).await, Some(session(1, 1)));
    assert_eq!(find(3_600, 1).await, None, "it has expired");
    assert_eq!(find(0, 2).await, None);

    assert!(!session(1, 1).is_to_be_touched(at(299)));
    assert!(session(1, 1).is_to_be_touched(at(300)));
    for (now, seen) in [(300, 300), (200, 300)] {
        commit!(place.database, (), |(), tx| sessions::touch(tx, at(now), SessionId::new(id(1))).await).unwrap();
        assert_eq!(find(301, 1).await.unwrap().seen_at, at(seen), "it never goes back");
    }
    let twice = session(2, 1);
    let refused = commit!(place.database, twice, |twice, tx| sessions::create(tx, twice, &[1; 32]).await);
    refused.unwrap_err();
}

async fn sessions_are_listed_and_revoked(place: Place) {
    for number in 1..=4 {
        let mut one = session(number, if number == 4 { 2 } else { 1 });
        one.seen_at = at(10 * i64::try_from(number).unwrap());
        one.expires_at = at(100 * i64::try_from(number).unwrap());
        create(&place, one, number.try_into().unwrap()).await;
    }
    let of = async |second, number| {
        let found = view!(place.database, (), |(), tx| sessions::of_user(tx, at(second), user(number)).await).unwrap();
        found.iter().map(|one| one.id.uuid().as_u128() & 0xff).collect::<Vec<_>>()
    };
    let one = SessionId::new(id(2));
    assert_eq!(of(50, 1).await, [3, 2, 1]);
    assert_eq!(of(100, 1).await, [3, 2]);
    assert!(!commit!(place.database, (), |(), tx| sessions::revoke(tx, user(2), one).await).unwrap(), "not theirs");
    assert!(commit!(place.database, (), |(), tx| sessions::revoke(tx, user(1), one).await).unwrap());
    assert_eq!(of(50, 1).await, [3, 1]);
    let kept = Some(SessionId::new(id(3)));
    assert_eq!(commit!(place.database, (), |(), tx| sessions::revoke_all(tx, user(1), kept).await).unwrap(), 1);
    assert_eq!(of(50, 1).await, [3]);
    assert_eq!(commit!(place.database, (), |(), tx| sessions::revoke_all(tx, user(1), None).await).unwrap(), 1);
    assert_eq!(of(50, 2).await, [4]);

    create(&place, session(5, 2), 5).await;
    let delete = async |second, limit| {
        commit!(place.database, (), |(), tx| retention::small(tx, Small::Sessions, at(second), limit).await).unwrap()
    };
    assert_eq!((delete(400, 9).await, delete(3_601, 1).await, delete(3_601, 9).await), (0, 1, 1));
    assert_eq!(delete(3_601, 9).await, 0);
}

async fn a_calendar_link_opens_until_it_is_revoked(Place { database, .. }: Place) {
    let link = |number, subject| CalendarLink {
        id: CalendarLinkId::new(id(number)),
        kind: Kind::Schedule,
        subject: id(subject),
        made_by: Some(user(1)),
        created_at: at(1),
        used_at: None,
    };
    for (digest, link) in [(1, link(1, 7)), (2, link(2, 7)), (3, link(3, 8))] {
        commit!(database, link, |link, tx| calendar_links::create(tx, link, &[digest; 32]).await).unwrap();
    }
    let find = async |digest: u8| view!(database, (), |(), tx| calendar_links::find(tx, &[digest; 32]).await).unwrap();
    assert_eq!(find(1).await, Some(link(1, 7)));
    assert_eq!(find(9).await, None);
    let of = async |limit| view!(database, (), |(), tx| calendar_links::of_subject(tx, id(7), limit).await).unwrap();
    assert_eq!(of(9).await, [link(2, 7), link(1, 7)], "newest first");
    assert_eq!(of(1).await, [link(2, 7)]);
    for (now, used) in [(300, 300), (200, 300), (900, 900)] {
        commit!(database, (), |(), tx| calendar_links::note_use(tx, at(now), CalendarLinkId::new(id(1))).await)
            .unwrap();
        assert_eq!(find(1).await.unwrap().used_at, Some(at(used)));
    }
    let used = find(1).await.unwrap();
    assert!(!used.is_to_be_noted(at(1_199)) && used.is_to_be_noted(at(1_200)));
    let revoke =
        async || commit!(database, (), |(), tx| calendar_links::revoke(tx, CalendarLinkId::new(id(1))).await).unwrap();
    assert_eq!((revoke().await, revoke().await, find(1).await), (true, false, None));
}

async fn a_token_works_until_it_is_revoked(Place { database, .. }: Place) {
    let token = |number, user| Token {
        id: TokenId::new(id(number)),
        name: "Terraform".into(),
        scope: "configuration:write".into(),
        user,
        created_at: at(1),
        used_at: None,
        revoked_at: None,
    };
    let (program, person) = (token(1, None), token(2, Some(user(1))));
    for (digest, token) in [(1, &program), (2, &person)] {
        commit!(database, token.clone(), |token, tx| tokens::create(tx, token, &[digest; 32]).await).unwrap();
    }
    let find = async |digest: u8| view!(database, (), |(), tx| tokens::find(tx, &[digest; 32]).await).unwrap();
    assert_eq!(find(1).await, Some(program.clone()));
    assert_eq!(find(2).await, Some(person.clone()));
    assert_eq!(find(3).await, None);

    assert!(program.is_to_be_noted(at(1)));
    for (now, used) in [(300, 300), (200, 300), (900, 900)] {
        commit!(database, (), |(), tx| tokens::note_use(tx, at(now), TokenId::new(id(1))).await).unwrap();
        assert_eq!(find(1).await.unwrap().used_at, Some(at(used)));
    }
    let used = find(1).await.unwrap();
    assert!(!used.is_to_be_noted(at(1_199)) && used.is_to_be_noted(at(900).saturating_add(tokens::NOTE).unwrap()));

    let revoke =
        async || commit!(database, (), |(), tx| tokens::revoke(tx, at(50), TokenId::new(id(1))).await).unwrap();
    assert!(revoke().await);
    assert!(!revoke().await);
    assert_eq!(find(1).await, None);
    let revoked = Token { revoked_at: Some(at(50)), ..used };
    let list = view!(database, (), |(), tx| tokens::list(tx, None, 9).await).unwrap();
    assert_eq!(list, [person.clone(), revoked.clone()]);
    let next = view!(database, person.id, |before, tx| tokens::list(tx, Some(*before), 1).await).unwrap();
    assert_eq!(next, [revoked]);
}

async fn a_code_can_be_given_back_once(Place { database, .. }: Place) {
    let put = async |digest: &'static [u8], second| {
        commit!(database, (), |(), tx| verifications::put(tx, contact(1), digest, at(second)).await).unwrap();
    };
    let attempt = async |second| {
        commit!(database, (), |(), tx| verifications::attempt(tx, at(second), contact(1)).await).unwrap()
    };
    let take = async |second, digest: &'static [u8]| {
        commit!(database, (), |(), tx| verifications::take(tx, at(second), contact(1), digest).await).unwrap()
    };
    assert_eq!(attempt(0).await, None);
    put(b"first", 600).await;
    assert_eq!(attempt(1).await.unwrap().attempts, 1);
    let second = attempt(2).await.unwrap();
    assert_eq!((second.attempts, second.digest.as_slice(), second.expires_at), (2, &b"first"[..], at(600)));
    put(b"second", 700).await;
    assert_eq!(attempt(3).await.unwrap().attempts, 1, "a new code begins anew");
    assert!(!take(4, b"first").await);
    assert!(!take(700, b"second").await, "it has expired");
    assert_eq!(attempt(700).await, None);
    assert!(take(699, b"second").await);
    assert!(!take(699, b"second").await);
    put(b"third", 800).await;
    let delete =
        async |second| commit!(database, (), |(), tx| retention::small(tx, Small::Codes, at(second), 9).await).unwrap();
    assert_eq!((delete(800).await, delete(801).await, delete(801).await), (0, 1, 0));
}

async fn secrets_are_bytes_with_a_name(Place { database, .. }: Place) {
    let put = async |name: &'static str, sealed: &'static [u8]| {
        commit!(database, (), |(), tx| secrets::put(tx, name, sealed).await).unwrap();
    };
    let get = async |name: &'static str| view!(database, (), |(), tx| secrets::get(tx, name).await).unwrap();
    put("mail/password", &[0, 1, 255]).await;
    put("integration/1", b"").await;
    put("mail/password", &[9, 0, 255]).await;
    assert_eq!(get("mail/password").await.as_deref(), Some(&[9, 0, 255][..]));
    assert_eq!(get("integration/1").await.as_deref(), Some(&[][..]));
    assert_eq!(get("none").await, None);
    let names = async || view!(database, (), |(), tx| secrets::names(tx).await).unwrap();
    assert_eq!(names().await, ["integration/1", "mail/password"]);
    assert!(commit!(database, (), |(), tx| secrets::remove(tx, "integration/1").await).unwrap());
    assert!(!commit!(database, (), |(), tx| secrets::remove(tx, "integration/1").await).unwrap());
    assert_eq!(names().await, ["mail/password"]);
}

async fn chain(database: &allclear_store::Database) -> Vec<audit::StoredAudit> {
    let entries = view!(database, (), |(), tx| audit::chain(tx, 0, 999).await).unwrap();
    let links = entries.iter().map(|entry| (entry.number, entry.body.as_str(), entry.hash));
    assert_eq!(journal::first_break(links), None);
    entries
}

async fn the_audit_log_is_a_chain(Place { database, .. }: Place) {
    let person = Actor::User { user: user(1), via: Via::Web };
    for (second, actor) in [(1, person), (2, Actor::System), (3, person)] {
        let facts = vec![AuditFact::SignedIn { user: user(1) }, AuditFact::SignedOut { user: user(2) }];
        commit!(database, facts, |facts, tx| audit::append(tx, at(second), actor, facts.clone()).await).unwrap();
    }
    let entries = chain(&database).await;
    assert_eq!(entries.iter().map(|entry| entry.user).collect::<Vec<_>>(), [Some(user(1)), None, Some(user(1))]);
    assert_eq!((entries[0].at, entries[0].entry().unwrap().facts.len()), (at(1), 2));
    let numbers = |entries: Vec<audit::StoredAudit>| entries.iter().map(|entry| entry.number).collect::<Vec<_>>();
    let latest = async |before| numbers(view!(database, (), |(), tx| audit::latest(tx, before, 2).await).unwrap());
    assert_eq!((latest(None).await, latest(Some(2)).await), (vec![3, 2], vec![1]));
    let of =
        async |before| numbers(view!(database, (), |(), tx| audit::of_user(tx, user(1), before, 9).await).unwrap());
    assert_eq!((of(None).await, of(Some(3)).await), (vec![3, 1], vec![1]));
}

async fn the_audit_log_grows_in_one_order(Place { database, .. }: Place) {
    let tasks: Vec<_> = (0..8)
        .map(|second| {
            let database = database.clone();
            tokio::spawn(async move {
                let facts = vec![AuditFact::SignedIn { user: user(1) }];
                commit!(database, facts, |facts, tx| audit::append(tx, at(second), Actor::System, facts.clone()).await)
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    assert_eq!(chain(&database).await.len(), 8);
}
