//! The directory: stored as documents, under one version number.

use allclear_core::directory::{
    Change, Directory, Kind, MailSecurity, MailServer, Object, Organisation, Role, Team, User,
};
use allclear_core::id::{TeamId, UserId};
use allclear_store::{Database, directory};

use crate::place::{Engine, Place, commit, tests, view};
use crate::samples::{at, id};

tests! {
    Engine::ALL => a_new_installation_is_empty,
        what_was_saved_is_loaded,
        a_change_of_an_older_version_is_refused,
        things_may_swap_their_names,
        what_was_put_and_removed_is_gone;
    Engine::THREADS => of_two_that_change_it_one_wins;
}

fn team(number: u128, slug: &str) -> Object {
    Team { id: TeamId::new(id(number)), slug: slug.into(), name: slug.to_uppercase(), description: String::new() }
        .into()
}

fn person(number: u128, slug: &str) -> Object {
    let user = User {
        id: UserId::new(id(number)),
        slug: slug.into(),
        name: "Ana Ünal".into(),
        email: "ana@example.com".into(),
        role: Role::Manager,
        time_zone: None,
        teams: vec![TeamId::new(id(1))],
        skills: Vec::new(),
        contacts: Vec::new(),
        high_urgency: Vec::new(),
        low_urgency: Vec::new(),
        time_off: Vec::new(),
        silent_handovers: false,
        holidays: None,
        suspended: false,
    };
    user.into()
}

async fn load(database: &Database) -> Directory {
    view!(database, (), |(), tx| directory::load(tx).await).unwrap()
}

async fn save(database: &Database, before: &Directory, changes: Vec<Change>) -> (Directory, bool) {
    let next = before.changed(&changes).expect("the changes are sound");
    let given = (next.clone(), changes);
    let saved = commit!(database, given, |(next, changes), tx| directory::save(tx, at(1), next, changes).await);
    (next, saved.unwrap())
}

async fn assert_stored(database: &Database, expected: &Directory) {
    let stored = load(database).await;
    assert_eq!((stored.version, &stored.organisation), (expected.version, &expected.organisation));
    assert_eq!(stored.objects().collect::<Vec<_>>(), expected.objects().collect::<Vec<_>>());
    assert_eq!(view!(database, (), |(), tx| directory::version(tx).await).unwrap(), expected.version);
}

async fn a_new_installation_is_empty(Place { database, .. }: Place) {
    assert_stored(&database, &Directory::default()).await;
}

async fn what_was_saved_is_loaded(Place { database, .. }: Place) {
    let mail = MailServer {
        host: "mail.example.com".into(),
        port: 587,
        security: MailSecurity::Starttls,
        username: Some("pager".into()),
        sender: "Allclear <pager@example.com>".into(),
    };
    let organisation = Organisation { name: "Example".into(), mail: Some(mail), ..Organisation::default() };
    let changes = vec![
        Change::Organisation(organisation),
        Change::Put(team(1, "platform")),
        Change::Put(team(2, "web")),
        Change::Put(person(3, "platform")),
    ];
    let (first, saved) = save(&database, &Directory::default(), changes).await;
    assert!(saved);
    assert_stored(&database, &first).await;
    let changes = vec![Change::Put(team(2, "website")), Change::Put(person(4, "web")), Change::Put(person(3, "ana"))];
    let (second, saved) = save(&database, &first, changes).await;
    assert!(saved);
    assert_stored(&database, &second).await;
    let (third, saved) = save(&database, &second, vec![Change::Remove(Kind::User, id(3))]).await;
    assert!(saved);
    assert_stored(&database, &third).await;
}

async fn a_change_of_an_older_version_is_refused(Place { database, .. }: Place) {
    let (first, _) = save(&database, &Directory::default(), vec![Change::Put(team(1, "platform"))]).await;
    let (_, saved) = save(&database, &Directory::default(), vec![Change::Put(team(2, "web"))]).await;
    assert!(!saved);
    assert_stored(&database, &first).await;
}

async fn things_may_swap_their_names(Place { database, .. }: Place) {
    let both = vec![Change::Put(team(1, "platform")), Change::Put(team(2, "web"))];
    let (before, _) = save(&database, &Directory::default(), both).await;
    let steps = [team(1, "between"), team(2, "platform"), team(1, "web")];
    let (after, saved) = save(&database, &before, steps.into_iter().map(Change::Put).collect()).await;
    assert!(saved);
    assert_stored(&database, &after).await;
}

async fn what_was_put_and_removed_is_gone(Place { database, .. }: Place) {
    let changes = vec![
        Change::Put(team(1, "platform")),
        Change::Put(team(2, "web")),
        Change::Remove(Kind::Team, id(2)),
        Change::Remove(Kind::Team, id(1)),
        Change::Put(team(1, "again")),
    ];
    let (next, saved) = save(&database, &Directory::default(), changes).await;
    assert!(saved);
    assert_eq!(next.objects().count(), 1);
    assert_stored(&database, &next).await;
}

async fn of_two_that_change_it_one_wins(Place { database, .. }: Place) {
    let tasks: Vec<_> = (0..6)
        .map(|number| {
            let database = database.clone();
            tokio::spawn(async move {
                let change = Change::Put(team(number, &format!("team-{number}")));
                save(&database, &Directory::default(), vec![change]).await
            })
        })
        .collect();
    let mut won = Vec::new();
    for task in tasks {
        let (next, saved) = task.await.unwrap();
        won.extend(saved.then_some(next));
    }
    assert_eq!(won.len(), 1);
    assert_stored(&database, &won[0]).await;
}
