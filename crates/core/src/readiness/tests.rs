//! A directory in which all is well, and what is found when one thing about it is not.

use insta::assert_snapshot;
use jiff::Timestamp;
use uuid::Uuid;

use super::{Finding, Level, Rule, check};
use crate::declaration::{Document, Located, Location, Options, plan};
use crate::directory::Directory;

/// Its schedule is full of overrides, so that what is tested here are the rules and not the schedule.
const SOUND: &str = "
kind: organisation
name: Acme
time_zone: Europe/Berlin
address: https://allclear.acme.example
mail: {host: smtp.acme.example, sender: pager@acme.example}
---
kind: user
slug: ana
role: admin
contacts: [{name: mail, channel: email, address: ana@acme.example, verified: true}]
---
kind: user
slug: ben
contacts: [{name: mail, channel: email, address: ben@acme.example, verified: true}]
---
kind: schedule
slug: primary
time_zone: Europe/Berlin
overrides:
  - {user: ana, starts: 2026-01-01, ends: 2026-03-10}
  - {user: ben, starts: 2026-03-10, ends: 2027-01-01}
---
kind: policy
slug: checkout
steps:
  - {targets: [schedule: primary], wait: 5m}
  - {targets: [user: ana], wait: 5m}
---
kind: service
slug: checkout
policy: checkout
---
kind: integration
slug: prometheus
service: checkout
source: alertmanager
";

fn now() -> Timestamp {
    "2026-03-02T09:00:00Z".parse().unwrap()
}

fn applied(directory: &Directory, yaml: &str) -> Directory {
    let documents: Vec<Document> = serde_saphyr::from_multiple(yaml).unwrap_or_else(|error| panic!("{error}"));
    let located: Vec<Located<Document>> = (1..)
        .zip(documents)
        .map(|(document, content)| Located { at: Location { file: String::new(), document, line: None }, content })
        .collect();
    let mut next = u128::try_from(directory.version).unwrap() << 64;
    let mut ids = || {
        next += 1;
        Uuid::from_u128(next)
    };
    let plan = plan(directory, &located, now(), &mut ids, Options::default());
    directory.changed(&plan.unwrap_or_else(|problems| panic!("{problems:?}")).changes()).unwrap()
}

fn findings(yaml: &str) -> Vec<Finding> {
    check(&applied(&applied(&Directory::default(), SOUND), yaml), now(), 14)
}

/// What is found when these documents are applied on top of the sound ones.
fn found(yaml: &str) -> String {
    findings(yaml).iter().map(|finding| format!("{finding}\n")).collect()
}

#[test]
fn all_is_well() {
    assert_snapshot!(found("kind: organisation"), @"");
}

#[test]
fn an_empty_installation_lacks_everything() {
    let findings = check(&Directory::default(), now(), 14);
    let text: String = findings.iter().map(|finding| format!("{finding}\n")).collect();
    assert_snapshot!(text, @r#"
    error: organisation: admins: no admin can be reached, and they are paged when nobody else is left; verify a contact method of an admin
    warning: organisation: address: the installation's address is not set, so the links in pages lead nowhere; set it to where people reach this installation, such as `https://allclear.example.com`
    "#);
}

#[test]
fn services_and_integrations() {
    assert_snapshot!(found("kind: service\nslug: checkout"), @"error: service checkout: policy: it has no policy, so its incidents page nobody but the admins; give it a policy");
    assert_snapshot!(found("kind: integration\nslug: prometheus\nservice: checkout\nsource: alertmanager\ndisabled: true"), @"warning: integration prometheus: disabled: it is disabled: everything that is sent to it is refused; enable it, or remove it once nothing is sent there any more");
}

#[test]
fn steps_that_page_nobody_at_some_minute() {
    let schedule = |overrides: &str| {
        format!("kind: schedule\nslug: primary\ntime_zone: Europe/Berlin\noverrides: [{overrides}]\n---\n")
    };
    let policy = |steps: &str| format!("kind: policy\nslug: checkout\nsteps: [{steps}]\n---\n");
    let short = "{user: ana, starts: 2026-01-01, ends: 2026-03-10 09:07}, {user: ben, starts: 2026-03-10 10:00, ends: 2027-01-01}";
    // Another step covers the gap; then none does.
    assert_snapshot!(found(&schedule(short)), @"warning: policy checkout: steps[1]: it pages nobody from Tue 2026-03-10 09:07 to Tue 2026-03-10 10:00 (Europe/Berlin); add a person to the step, or close the gap in schedule primary");
    let alone = policy("{targets: [schedule: primary], wait: 5m}");
    assert_snapshot!(found(&(schedule(short) + &alone)), @"error: policy checkout: no step pages anybody from Tue 2026-03-10 09:07 to Tue 2026-03-10 10:00 (Europe/Berlin); add a person as the last step, or close the gap in schedule primary");
    let often = "{user: ana, starts: 2026-03-01, ends: 2026-03-04}, {user: ben, starts: 2026-03-05, ends: 2026-03-06}, {user: ana, starts: 2026-03-07, ends: 2026-03-08}";
    assert_snapshot!(found(&(schedule(often) + &alone)), @"error: policy checkout: no step pages anybody from Wed 2026-03-04 00:00 to Thu 2026-03-05 00:00 (Europe/Berlin), and 2 more times until Mon 2026-03-16 10:00; add a person as the last step, or close the gap in schedule primary");
    // Gaps that fall into each other's duty are none; what is left is when both have one.
    let second = schedule(
        "{user: ben, starts: 2026-03-04, ends: 2026-03-05}, {user: ana, starts: 2026-03-08, ends: 2027-01-01}",
    )
    .replace("primary", "second");
    let both = policy("{targets: [schedule: primary, schedule: second], wait: 5m}");
    assert_snapshot!(found(&(schedule(often) + &second + &both)), @"error: policy checkout: no step pages anybody from Fri 2026-03-06 00:00 to Sat 2026-03-07 00:00 (Europe/Berlin); add a person as the last step, or close the gap in schedule primary or second");
    assert_snapshot!(found(&(schedule("") + &policy("{targets: [schedule: primary], wait: 5m}, {targets: [user: ben], wait: 5m}, {targets: [user: ana], wait: 5m}"))), @r#"
    warning: policy checkout: steps[1]: it pages nobody at any time from Mon 2026-03-02 10:00 to Mon 2026-03-16 10:00 (Europe/Berlin); add a person to the step, or close the gap in schedule primary
    warning: schedule primary: layers: it has no layers; add a layer, or remove the schedule
    "#);
}

#[test]
fn people_who_cannot_be_reached() {
    for (ben, expected) in [
        (
            "contacts: []",
            "error: user ben: contacts: schedule primary names them, but they have no contact method; add one, and verify it",
        ),
        (
            "contacts: [{channel: email, address: new@acme.example}]",
            "error: user ben: contacts: schedule primary names them, but none of their contact methods is verified; verify one, or take them out",
        ),
        (
            "contacts: [{name: mail, channel: email, address: ben@acme.example}, {name: pager, channel: webhook, address: x}]\nrules: {high: [mail, pager]}",
            "warning: user ben: rules.high: their rules for what wakes people name `pager`, which is not verified; verify it, or take it out of the rules: nothing is sent there",
        ),
        (
            "rules: {high: [{after: 5m, contact: mail}]}",
            "warning: user ben: rules.high: they are tried 5m after a page starts, but step 1 of policy checkout moves on after 5m; begin the rules for what wakes people earlier, or let the step wait longer",
        ),
        ("rules: {high: [{after: 4m59s, contact: mail}]}", ""),
    ] {
        assert_eq!(found(&format!("kind: user\nslug: ben\n{ben}")).trim_end(), expected, "{ben}");
    }
}

#[test]
fn acme_is_ready() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/acme");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    let texts: Vec<String> = files.iter().map(|path| std::fs::read_to_string(path).unwrap()).collect();
    let findings = check(&applied(&Directory::default(), &texts.join("\n---\n")), now(), 28);
    // Whether the rotations leave holes is the business of the schedule's tests.
    let others: Vec<&Finding> = findings.iter().filter(|finding| finding.rule != Rule::StepPagesNobody).collect();
    assert!(others.is_empty(), "{others:?}");
}

#[test]
fn people_who_have_left_are_named_nowhere() {
    let yaml = "
kind: user
slug: zoe
suspended: true
---
kind: schedule
slug: other
time_zone: UTC
layers:
  - {start: 2026-01-05 09:00, turn: weekly, participants: [ana, zoe, zoe]}
  - {start: 2025-01-05 09:00, end: 2026-03-02 09:00, turn: weekly, participants: [zoe]}
overrides:
  - {user: zoe, starts: 2026-03-01, ends: 2026-03-02}
  - {user: zoe, starts: 2026-03-04, ends: 2026-03-05}
---
kind: policy
slug: other
steps: [{targets: [user: zoe, user: ana], wait: 5m}]
";
    assert_snapshot!(found(yaml), @r#"
    warning: user zoe: policy other steps[1].targets: they have left, so nobody is paged for them here; put somebody else in their place, or take them out
    warning: user zoe: schedule other layers[1].participants: they have left, so nobody is paged for them here; put somebody else in their place, or take them out
    warning: user zoe: schedule other overrides[2]: they have left, so nobody is paged for them here; put somebody else in their place, or take them out
    "#);
    assert_snapshot!(found("kind: user\nslug: ben\nsuspended: true"), @r#"
    warning: policy checkout: steps[1]: it pages nobody from Tue 2026-03-10 00:00 to Mon 2026-03-16 10:00 (Europe/Berlin); add a person to the step, or close the gap in schedule primary
    warning: user ben: schedule primary overrides[2]: they have left, so nobody is paged for them here; put somebody else in their place, or take them out
    warning: user ana: they are the only person whom any policy pages: who sleeps through it, or is ill, is missed by all of them; add a second person to a rotation or as a later step
    "#);
}

#[test]
fn rotations_without_people() {
    let yaml = "
kind: schedule
slug: other
time_zone: UTC
layers:
  - {name: nights, start: 2026-01-05 09:00, turn: weekly}
  - {name: over, start: 2026-01-05 09:00, end: 2026-03-01, turn: weekly}
---
kind: schedule
slug: bare
time_zone: UTC
overrides: [{user: ana, starts: 2026-03-01, ends: 2026-03-02}]
";
    assert_snapshot!(found(yaml), @r#"
    warning: schedule bare: layers: it has no layers; add a layer, or remove the schedule
    warning: schedule other: layers[1].participants: nobody takes part in `nights`; add somebody, or remove the layer
    "#);
}

#[test]
fn settings() {
    // Files cannot take the settings away, so this one begins without them.
    let bare = SOUND.split("---").skip(1).collect::<Vec<_>>().join("---");
    let directory = applied(&Directory::default(), &bare);
    let text: String = check(&directory, now(), 14).iter().map(|finding| format!("{finding}\n")).collect();
    assert_snapshot!(text, @r#"
    error: organisation: mail: people are to be reached by e-mail, but there is no mail server; set the mail server
    warning: organisation: address: the installation's address is not set, so the links in pages lead nowhere; set it to where people reach this installation, such as `https://allclear.example.com`
    "#);
    assert_snapshot!(found("kind: user\nslug: ana\nrole: admin\ncontacts: []\n---\nkind: policy\nslug: checkout\nsteps: [{targets: [user: ben], wait: 5m}]\n---\nkind: schedule\nslug: primary\ntime_zone: UTC\noverrides: [{user: ben, starts: 2026-01-01, ends: 2027-01-01}]"), @r#"
    error: organisation: admins: no admin can be reached, and they are paged when nobody else is left; verify a contact method of an admin
    warning: user ben: they are the only person whom any policy pages: who sleeps through it, or is ill, is missed by all of them; add a second person to a rotation or as a later step
    "#);
}

#[test]
fn one_person_carrying_everything() {
    let yaml = "kind: policy\nslug: checkout\nsteps: [{targets: [schedule: primary], wait: 5m}, {targets: [user: ben], wait: 5m}]\n---\nkind: schedule\nslug: primary\ntime_zone: UTC\noverrides: [{user: ben, starts: 2026-01-01, ends: 2027-01-01}]";
    assert_snapshot!(found(yaml), @"warning: user ben: they are the only person whom any policy pages: who sleeps through it, or is ill, is missed by all of them; add a second person to a rotation or as a later step");
}

#[test]
fn the_worst_comes_first_and_the_order_is_always_the_same() {
    let yaml = "kind: service\nslug: b\n---\nkind: service\nslug: a\n---\nkind: integration\nslug: x\nservice: a\nsource: generic\ndisabled: true\n---\nkind: user\nslug: ben\ncontacts: []\n";
    let findings = findings(yaml);
    let levels: Vec<Level> = findings.iter().map(|finding| finding.level).collect();
    assert!(levels.is_sorted() && levels.contains(&Level::Warning), "{findings:?}");
    let about: Vec<String> = findings.iter().map(|finding| finding.subject.to_string()).collect();
    assert_eq!(about, ["user ben", "service a", "service b", "integration x"]);
}

#[test]
fn as_json() {
    let findings = findings("kind: service\nslug: checkout");
    assert_eq!(
        serde_json::to_value(&findings).unwrap(),
        serde_json::json!([{
            "level": "error",
            "rule": "service_without_policy",
            "kind": "service",
            "slug": "checkout",
            "place": "policy",
            "message": "it has no policy, so its incidents page nobody but the admins",
            "remedy": "give it a policy",
        }])
    );
}
