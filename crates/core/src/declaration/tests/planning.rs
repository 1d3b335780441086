//! What applying does and refuses.

use insta::assert_snapshot;
use serde_json::json;

use super::super::key_digest;
use super::{KEEP, PRUNE, applied, carry_out, listed, now, plan_of, shown};
use crate::directory::{Change, Directory, Kind, Object, User};
use crate::schedule::Override;
use crate::wait::Wait;

const SHOP: &str = "
kind: service
slug: checkout
name: Checkout
policy: checkout
team: shop
---
kind: policy
slug: checkout
team: shop
steps:
  - targets: [{schedule: primary}]
    wait: 5m
  - targets: [{user: ana}]
    wait: 5m
---
kind: schedule
slug: primary
time_zone: Europe/Berlin
layers:
  - {start: 2026-01-05 09:00, turn: weekly, participants: [ana, ben]}
---
kind: team
slug: shop
---
kind: user
slug: ana
role: admin
teams: [shop]
contacts: [{name: mail, channel: email, address: ana@acme.example, verified: true}]
rules: {high: [mail]}
---
kind: user
slug: ben
---
kind: integration
slug: prometheus
service: checkout
source: alertmanager
";

fn shop() -> Directory {
    applied(&Directory::default(), SHOP)
}

fn person(directory: &Directory, slug: &str) -> User {
    match directory.by_slug(Kind::User, slug) {
        Some(Object::User(user)) => User::clone(user),
        other => panic!("{other:?}"),
    }
}

#[test]
fn everything_new() {
    assert_snapshot!(shown(&Directory::default(), SHOP, KEEP), @r#"
    + team shop
    + user ana
    + user ben
    + schedule primary
    + policy checkout
    + service checkout
    + integration prometheus

    7 to add, 0 to change, 0 to remove, 0 unchanged.
    "#);
}

#[test]
fn applying_twice_changes_nothing() {
    let shop = shop();
    assert_snapshot!(shown(&shop, SHOP, PRUNE), @"Nothing to change: everything is as the files say.");
    let plan = plan_of(&shop, SHOP, PRUNE).unwrap();
    assert_eq!((plan.changes(), plan.keys.len(), plan.version), (vec![], 0, shop.version));
}

#[test]
fn what_differs_is_named_by_its_path() {
    assert_snapshot!(shown(&shop(), "
kind: policy
slug: checkout
steps:
  - targets: [{schedule: primary}]
    wait: 5m
  - targets: [{user: ana}, {user: ben}]
    wait: 10m
  - targets: [{user: ana}]
    wait: 15m
acknowledgement_timeout: 1h
---
kind: schedule
slug: primary
name: On call for the shop, \"first line\"
time_zone: Europe/Berlin
layers:
  - start: 2026-01-05 10:00
    turn: 2w
    participants: [ben, ana]
    restrictions: [{daily: \"09:00-17:00\", days: Mon-Fri}]
---
kind: organisation
name: Acme
mail: {host: smtp.acme.example, sender: pager@acme.example}
", KEEP), @r#"
    ~ organisation
        mail: (none) -> {host: smtp.acme.example, port: 587, security: starttls, sender: pager@acme.example}
        name: (none) -> Acme
    ~ schedule primary
        layers[1].participants: [ana, ben] -> [ben, ana]
        layers[1].restrictions: (none) -> [{daily: 09:00-17:00, days: Mon-Fri}]
        layers[1].start: 2026-01-05 09:00 -> 2026-01-05 10:00
        layers[1].turn: weekly -> 2w
        name: primary -> "On call for the shop, \"first line\""
    ~ policy checkout
        acknowledgement_timeout: (none) -> 1h
        steps[2].targets[2]: (none) -> {user: ben}
        steps[2].wait: 5m -> 10m
        steps[3]: (none) -> {targets: [{user: ana}], wait: 15m}
        team: shop -> (none)

    0 to add, 3 to change, 0 to remove, 0 unchanged.
    "#);
}

#[test]
fn identities_stay() {
    let before = shop();
    let after = applied(&before, &SHOP.replace("name: Checkout", "name: The checkout").replace("wait: 5m", "wait: 7m"));
    let identities = |directory: &Directory| {
        directory.objects().map(|object| (object.kind(), object.uuid(), object.slug().to_owned())).collect::<Vec<_>>()
    };
    assert_eq!(identities(&before), identities(&after));
    assert_eq!(person(&before, "ana"), person(&after, "ana"));
}

#[test]
fn what_files_do_not_speak_about_stays() {
    let shop = shop();
    let mut ben = person(&shop, "ben");
    ben.suspended = true;
    let mut primary = match shop.by_slug(Kind::Schedule, "primary") {
        Some(Object::Schedule(schedule)) => crate::schedule::Schedule::clone(schedule),
        other => panic!("{other:?}"),
    };
    let cover = Override {
        id: crate::id::OverrideId::new(uuid::Uuid::from_u128(77)),
        replaces: None,
        user: ben.id,
        starts: "2026-12-24T17:00:00Z".parse().unwrap(),
        ends: "2026-12-26T17:00:00Z".parse().unwrap(),
    };
    primary.overrides.push(cover.clone());
    let shop = shop.changed(&[Change::Put(ben.into()), Change::Put(primary.into())]).unwrap();
    assert!(plan_of(&shop, SHOP, KEEP).unwrap().is_empty());

    // An override that files name keeps its identity; one that they leave out of the list goes.
    let overrides = |list: &str| {
        format!(
            "kind: schedule\nslug: primary\ntime_zone: Europe/Berlin\noverrides: {list}\nlayers:\n  - {{start: 2026-01-05 09:00, turn: weekly, participants: [ana, ben]}}"
        )
    };
    let same = overrides("[{user: ben, starts: 2026-12-24 18:00, ends: 2026-12-26 18:00}]");
    assert!(plan_of(&shop, &same, KEEP).unwrap().is_empty());
    assert_snapshot!(shown(&shop, &overrides("[]"), KEEP), @r#"
    ~ schedule primary
        overrides: [{ends: 2026-12-26 18:00, starts: 2026-12-24 18:00, user: ben}] -> (none)

    0 to add, 1 to change, 0 to remove, 0 unchanged.
    "#);
    // Silence about the role and the contact methods does not take them away either.
    assert!(plan_of(&shop, "kind: user\nslug: ana\nteams: [shop]", KEEP).unwrap().is_empty());
}

#[test]
fn contact_methods_stay_verified_while_they_lead_to_the_same_place() {
    let shop = shop();
    let ana = |contacts: &str| {
        let after = applied(&shop, &format!("kind: user\nslug: ana\nteams: [shop]\ncontacts: [{contacts}]\n"));
        person(&after, "ana")
    };
    let before = person(&shop, "ana");
    assert_eq!(before.contacts[0].verified_at, Some(now()));

    let unchanged = ana("{name: mail, channel: email, address: ana@acme.example}");
    assert_eq!(unchanged, before);
    let moved = ana("{name: mail, channel: email, address: ana@example.com}");
    assert_eq!((moved.contacts[0].id, moved.contacts[0].verified_at), (before.contacts[0].id, None));
    assert_eq!(moved.high_urgency, before.high_urgency);
    let vouched = ana("{name: mail, channel: email, address: ana@example.com, verified: true}");
    assert_eq!(vouched.contacts[0].verified_at, Some(now()));
    let doubted = ana("{name: mail, channel: email, address: ana@acme.example, verified: false}");
    assert_eq!(doubted.contacts[0].verified_at, None);
    // A rule without its contact method would be refused, so it goes with it.
    let replaced = ana("{channel: webhook, address: \"https://push.acme.example\"}");
    assert_eq!((replaced.contacts[0].name.as_str(), replaced.high_urgency.len()), ("webhook", 0));
}

#[test]
fn a_new_person_and_a_new_layer_have_defaults() {
    let shop = shop();
    let ben = person(&shop, "ben");
    assert_eq!((ben.name.as_str(), ben.role), ("ben", crate::directory::Role::Responder));
    assert_eq!(shop.schedules().next().unwrap().layers[0].name, "layer 1");
    assert_eq!(shop.policies().next().unwrap().steps[0].wait, Wait::minutes(5));
}

#[test]
fn keys() {
    let integration = |fields: &str| {
        format!("kind: integration\nslug: prometheus\nservice: checkout\nsource: alertmanager\n{fields}")
    };
    let shop = shop();
    assert_eq!(shop.integrations().next().unwrap().key_digest, key_digest("key-of-1"));
    assert_eq!(key_digest(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");

    let given = integration("key: the-key-of-the-old-pager");
    let mut plan = plan_of(&shop, &given, KEEP).unwrap();
    assert_snapshot!(plan, @r#"
    ~ integration prometheus
        key: the existing one -> the given one

    0 to add, 1 to change, 0 to remove, 0 unchanged.
    "#);
    assert!(!serde_json::to_string(&plan).unwrap().contains("the-key-of"), "a plan may be printed anywhere");
    let keys = plan.give_keys(&mut || panic!("it has one"));
    assert_eq!(keys, [(shop.integrations().next().unwrap().id, "the-key-of-the-old-pager".to_owned())]);

    let after = carry_out(&shop, plan);
    assert!(plan_of(&after, &given, KEEP).unwrap().keys.is_empty());
    assert!(plan_of(&after, &integration(""), KEEP).unwrap().is_empty());
    assert_snapshot!(shown(&shop, &integration("key: short"), KEEP), @"acme.yaml:1: integration prometheus: key: a key is a password: use at least 16 characters and no spaces, or leave it out to have one made");
    // A key that moves to another integration is free by then.
    let moved = "kind: integration\nslug: moved\nservice: checkout\nsource: generic\nkey: the-key-of-the-old-pager";
    assert_snapshot!(shown(&after, moved, PRUNE), @r#"
    + integration moved
    - integration prometheus

    1 to add, 0 to change, 1 to remove, 0 unchanged.
    "#);
}

#[test]
fn pruning_takes_out_what_is_not_described_and_suspends_people() {
    let shop = applied(&shop(), "kind: team\nslug: old\n---\nkind: user\nslug: zoe\nteams: [old]\n");
    assert_snapshot!(shown(&shop, SHOP, KEEP), @"Nothing to change: everything is as the files say.");
    // Zoe stays in history, without the team that goes; doing it again changes nothing.
    assert_snapshot!(shown(&shop, SHOP, PRUNE), @r#"
    - team old
    ~ user zoe
        suspended: (none) -> true
        teams: [old] -> (none)

    0 to add, 1 to change, 1 to remove, 7 unchanged.
    "#);
    assert_snapshot!(shown(&carry_out(&shop, plan_of(&shop, SHOP, PRUNE).unwrap()), SHOP, PRUNE), @"Nothing to change: everything is as the files say.");
    let zoe =
        "kind: user\nslug: zoe\n---\nkind: user\nslug: ana\nrole: admin\nteams: [shop]\n---\nkind: user\nslug: ben\n";
    assert_snapshot!(shown(&shop, &format!("{zoe}---\nkind: team\nslug: shop\n"), PRUNE), @r#"
    - team old
    ~ user zoe
        teams: [old] -> (none)

    0 to add, 1 to change, 1 to remove, 3 unchanged.
    "#);
    // Files without a single service say nothing about services; and somebody has to be left who can repair things.
    assert_snapshot!(shown(&shop, "kind: team\nslug: shop\n---\nkind: team\nslug: old\n", PRUNE), @"Nothing to change: everything is as the files say.");
    assert_snapshot!(shown(&shop, "kind: user\nslug: ben\n", PRUNE), @"organisation: admins: no admin would be left; keep one person with `role: admin` who is not suspended");
}

#[test]
fn references_that_lead_nowhere() {
    assert_snapshot!(shown(&shop(), "
kind: service
slug: payments
policy: chekout
team: shp
---
kind: policy
slug: checkout
steps:
  - targets: [{user: anna}, {schedule: primray}]
    wait: 5m
---
kind: schedule
slug: nights
time_zone: UTC
layers:
  - {start: 2026-01-05 09:00, turn: daily, participants: [ana, nobody-we-know]}
overrides:
  - {user: bne, starts: 2026-01-05, ends: 2026-01-06}
---
kind: user
slug: ana
role: admin
contacts: [{name: mail, channel: email, address: ana@acme.example}]
rules: {high: [mial], low: [{contact: pager, after: 5m}]}
---
kind: integration
slug: x
service: checkuot
source: generic
", KEEP), @r#"
    acme.yaml:2: service payments: team: there is no team `shp`; did you mean `shop`?
    acme.yaml:2: service payments: policy: there is no policy `chekout`; did you mean `checkout`?
    acme.yaml:7: policy checkout: steps[1].targets[1]: there is no user `anna`; did you mean `ana`?
    acme.yaml:7: policy checkout: steps[1].targets[2]: there is no schedule `primray`; did you mean `primary`?
    acme.yaml:13: schedule nights: layers[1].participants[2]: there is no user `nobody-we-know`; describe it in a document, or name an existing one
    acme.yaml:13: schedule nights: overrides[1].user: there is no user `bne`; did you mean `ben`?
    acme.yaml:21: user ana: rules.high[1].contact: there is no contact method `mial`; did you mean `mail`?
    acme.yaml:21: user ana: rules.low[1].contact: there is no contact method `pager`; name one of this person's `contacts`
    acme.yaml:27: integration x: service: there is no service `checkuot`; did you mean `checkout`?
    "#);
}

#[test]
fn what_the_directory_refuses_has_its_place_too() {
    assert_snapshot!(shown(&shop(), "
kind: policy
slug: checkout
steps:
  - {targets: [], wait: 10s}
---
kind: schedule
slug: Nights
time_zone: UTC
layers:
  - {start: 2026-01-05 09:00, turn: 0h, participants: [ana], end: 2026-01-05}
---
kind: user
slug: ana
role: admin
contacts:
  - {name: mail, channel: email, address: a@acme.example}
  - {name: mail, channel: email, address: b@acme.example}
---
kind: integration
slug: second
service: checkout
source: generic
key: key-that-is-used-twice
---
kind: integration
slug: third
service: checkout
source: generic
key: key-that-is-used-twice
", KEEP), @r#"
    acme.yaml:2: policy checkout: steps[1]: it pages nobody; add a target
    acme.yaml:2: policy checkout: steps[1].wait: `10s` leaves nobody the time to answer; wait at least 1m
    acme.yaml:7: schedule Nights: slug: `Nights` has characters that do not belong in an address; use a-z, 0-9, `-`, `_` and `.`
    acme.yaml:7: schedule Nights: layers[1].turn: 0 is not a length of a turn; use 1 to 1000
    acme.yaml:7: schedule Nights: layers[1].end: it is not after the start; leave it out, or make it later
    acme.yaml:13: user ana: contacts[2].name: two contact methods are called `mail`; give one of them another `name`
    acme.yaml:20: integration second: key: another integration has the same key; each needs its own
    "#);
}

#[test]
fn described_twice() {
    let yaml = "kind: team\nslug: a\n---\nkind: organisation\n---\nkind: team\nslug: a\n---\nkind: organisation\n";
    assert_snapshot!(shown(&shop(), yaml, KEEP), @r#"
    acme.yaml:6: team a: slug: `team a` is described at acme.yaml:1 already; remove one of the two documents
    acme.yaml:9: organisation: kind: `organisation` is described at acme.yaml:4 already; remove one of the two documents
    "#);
}

#[test]
fn a_problem_without_a_document_says_so() {
    // Only schedules are described, and the policy that needs the one that goes is not.
    let problems = plan_of(&shop(), "kind: schedule\nslug: other\ntime_zone: UTC\n", PRUNE).unwrap_err();
    assert_snapshot!(listed(&problems), @"policy checkout: steps[1].targets: there is no such schedule; name an existing schedule, or keep the one it uses");
}

#[test]
fn as_json() {
    let yaml = "kind: team\nslug: shop\ndescription: Sells.\n---\nkind: team\nslug: new\n---\nkind: user\nslug: ben\n";
    let plan = plan_of(&shop(), yaml, KEEP).unwrap();
    assert_eq!(
        json!(plan),
        json!({
            "version": 1,
            "changes": [
                {"action": "create", "kind": "team", "slug": "new", "differences": [
                    {"path": "name", "before": null, "after": "new"},
                ]},
                {"action": "update", "kind": "team", "slug": "shop", "differences": [
                    {"path": "description", "before": null, "after": "Sells."},
                ]},
                {"action": "unchanged", "kind": "user", "slug": "ben", "differences": []},
            ],
            "keys": [],
        })
    );
}
