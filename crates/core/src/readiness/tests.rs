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
    shown(&findings(yaml))
}

fn shown(findings: &[Finding]) -> String {
    findings.iter().map(|finding| format!("{finding}\n")).collect()
}

#[test]
fn all_is_well() {
    assert_eq!(found("kind: organisation"), "");
}

#[test]
fn an_empty_installation() {
    assert_snapshot!(shown(&check(&Directory::default(), now(), 14)), @r#"
    error: organisation: admins: no admin can be reached, and they are paged when nobody else is left
        verify a contact method of an admin
    warning: organisation: address: the installation's address is not set, so the links in pages lead nowhere
        set it to where people reach this installation, such as `https://allclear.example.com`
    "#);
}

#[test]
fn a_service_without_a_policy() {
    assert_snapshot!(found("{kind: service, slug: checkout}"), @r#"
    error: service checkout: policy: it has no policy, so its incidents page nobody but the admins
        give it a policy
    "#);
}

#[test]
fn an_integration_that_is_disabled() {
    let yaml = "
kind: integration
slug: prometheus
service: checkout
source: alertmanager
disabled: true
";
    assert_snapshot!(found(yaml), @r#"
    warning: integration prometheus: disabled: it is disabled: everything that is sent to it is refused
        enable it, or remove it once nothing is sent there any more
    "#);
}

/// The schedule `slug` with these overrides, each written `who from until`.
fn schedule(slug: &str, overrides: &[&str]) -> String {
    let cover = |cover: &&str| match cover.split(' ').collect::<Vec<_>>()[..] {
        [user, starts, ends] => format!("  - {{user: {user}, starts: {starts}, ends: {ends}}}\n"),
        _ => panic!("{cover}"),
    };
    let overrides: String = overrides.iter().map(cover).collect();
    let overrides = if overrides.is_empty() { " []".to_owned() } else { format!("\n{overrides}") };
    format!("---\nkind: schedule\nslug: {slug}\ntime_zone: Europe/Berlin\noverrides:{overrides}\n")
}

/// The policy with these steps, each written as its targets.
fn policy(steps: &[&str]) -> String {
    let steps: String = steps.iter().map(|targets| format!("  - {{targets: [{targets}], wait: 5m}}\n")).collect();
    format!("---\nkind: policy\nslug: checkout\nsteps:\n{steps}")
}

const SHORT_GAP: [&str; 2] = ["ana 2026-01-01 2026-03-10T09:07", "ben 2026-03-10T10:00 2027-01-01"];
const MANY_GAPS: [&str; 3] = ["ana 2026-03-01 2026-03-04", "ben 2026-03-05 2026-03-06", "ana 2026-03-07 2026-03-08"];

#[test]
fn a_step_that_pages_nobody_while_another_one_does() {
    assert_snapshot!(found(&schedule("primary", &SHORT_GAP)), @r#"
    warning: policy checkout: steps[1]: it pages nobody from Tue 2026-03-10 09:07 to Tue 2026-03-10 10:00 (Europe/Berlin)
        add a person to the step, or close the gap in schedule primary
    "#);
    let never = schedule("primary", &[]) + &policy(&["schedule: primary", "user: ben", "user: ana"]);
    assert_snapshot!(found(&never), @r#"
    warning: policy checkout: steps[1]: it pages nobody at any time from Mon 2026-03-02 10:00 to Mon 2026-03-16 10:00 (Europe/Berlin)
        add a person to the step, or close the gap in schedule primary
    warning: schedule primary: layers: it has no layers
        add a layer, or remove the schedule
    "#);
}

#[test]
fn a_policy_that_pages_nobody() {
    let alone = policy(&["schedule: primary"]);
    assert_snapshot!(found(&(schedule("primary", &SHORT_GAP) + &alone)), @r#"
    error: policy checkout: no step pages anybody from Tue 2026-03-10 09:07 to Tue 2026-03-10 10:00 (Europe/Berlin)
        add a person as the last step, or close the gap in schedule primary
    "#);
    assert_snapshot!(found(&(schedule("primary", &MANY_GAPS) + &alone)), @r#"
    error: policy checkout: no step pages anybody from Wed 2026-03-04 00:00 to Thu 2026-03-05 00:00 (Europe/Berlin), and 2 more times until Mon 2026-03-16 10:00
        add a person as the last step, or close the gap in schedule primary
    "#);
}

#[test]
fn only_what_all_targets_and_steps_leave_open_is_a_gap() {
    let schedules = schedule("primary", &MANY_GAPS)
        + &schedule("second", &["ben 2026-03-04 2026-03-05", "ana 2026-03-08 2027-01-01"]);
    let in_one_step = policy(&["schedule: primary, schedule: second"]);
    assert_snapshot!(found(&(schedules.clone() + &in_one_step)), @r#"
    error: policy checkout: no step pages anybody from Fri 2026-03-06 00:00 to Sat 2026-03-07 00:00 (Europe/Berlin)
        add a person as the last step, or close the gap in schedule primary or second
    "#);
    let in_two_steps = policy(&["schedule: primary", "schedule: second"]);
    assert_snapshot!(found(&(schedules + &in_two_steps)), @r#"
    error: policy checkout: no step pages anybody from Fri 2026-03-06 00:00 to Sat 2026-03-07 00:00 (Europe/Berlin)
        add a person as the last step, or close the gap in schedule primary or second
    warning: policy checkout: steps[1]: it pages nobody from Wed 2026-03-04 00:00 to Thu 2026-03-05 00:00 (Europe/Berlin), and 2 more times until Mon 2026-03-16 10:00
        add a person to the step, or close the gap in schedule primary
    warning: policy checkout: steps[2]: it pages nobody from Mon 2026-03-02 10:00 to Wed 2026-03-04 00:00 (Europe/Berlin), and 1 more time until Mon 2026-03-16 10:00
        add a person to the step, or close the gap in schedule second
    "#);
}

#[test]
fn people_who_cannot_be_reached() {
    for (ben, place, expected) in [
        ("contacts: []", "error: user ben: contacts", "schedule primary names them, but they have no contact method"),
        (
            "contacts: [{channel: email, address: new@acme.example}]",
            "error: user ben: contacts",
            "schedule primary names them, but none of their contact methods is verified",
        ),
        (
            "contacts: [{channel: email, address: b, verified: true}, {name: pager, channel: webhook, address: x}]\n\
             rules: {high: [email, pager]}",
            "warning: user ben: rules.high",
            "their rules for what wakes people name `pager`, which is not verified",
        ),
        (
            "rules: {high: [{after: 5m, contact: mail}]}",
            "warning: user ben: rules.high",
            "they are tried 5m after a page starts, but step 1 of policy checkout moves on after 5m",
        ),
        ("rules: {high: [{after: 4m59s, contact: mail}]}", "", ""),
    ] {
        let found = found(&format!("kind: user\nslug: ben\n{ben}"));
        let first = found.lines().next().unwrap_or(": ");
        assert_eq!(first, format!("{place}: {expected}"), "{ben}");
        assert!(found.lines().count() <= 2, "{found}");
    }
}

#[test]
fn people_who_have_left_and_are_still_named() {
    let zoe = "
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
    assert_snapshot!(found(zoe), @r#"
    warning: user zoe: policy other steps[1].targets: they have left, so nobody is paged for them here
        put somebody else in their place, or take them out
    warning: user zoe: schedule other layers[1].participants: they have left, so nobody is paged for them here
        put somebody else in their place, or take them out
    warning: user zoe: schedule other overrides[2]: they have left, so nobody is paged for them here
        put somebody else in their place, or take them out
    "#);
    assert_snapshot!(found("{kind: user, slug: ben, suspended: true}"), @r#"
    warning: policy checkout: steps[1]: it pages nobody from Tue 2026-03-10 00:00 to Mon 2026-03-16 10:00 (Europe/Berlin)
        add a person to the step, or close the gap in schedule primary
    warning: user ben: schedule primary overrides[2]: they have left, so nobody is paged for them here
        put somebody else in their place, or take them out
    warning: user ana: they are the only person whom any policy pages, so whatever they sleep through, nobody hears
        add a second person to a rotation or as a later step
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
    warning: schedule bare: layers: it has no layers
        add a layer, or remove the schedule
    warning: schedule other: layers[1].participants: nobody takes part in `nights`
        add somebody, or remove the layer
    "#);
}

#[test]
fn settings() {
    // Files cannot take the settings away, so this one begins without them.
    let bare = SOUND.split("---").skip(1).collect::<Vec<_>>().join("---");
    assert_snapshot!(shown(&check(&applied(&Directory::default(), &bare), now(), 14)), @r#"
    error: organisation: mail: people are to be reached by e-mail, but there is no mail server
        set the mail server
    warning: organisation: address: the installation's address is not set, so the links in pages lead nowhere
        set it to where people reach this installation, such as `https://allclear.example.com`
    "#);
}

#[test]
fn one_person_for_everything_and_no_admin_who_can_be_reached() {
    let ben = "kind: user\nslug: ana\nrole: admin\ncontacts: []\n".to_owned()
        + &schedule("primary", &["ben 2026-01-01 2027-01-01"])
        + &policy(&["schedule: primary", "user: ben"]);
    assert_snapshot!(found(&ben), @r#"
    error: organisation: admins: no admin can be reached, and they are paged when nobody else is left
        verify a contact method of an admin
    warning: user ben: they are the only person whom any policy pages, so whatever they sleep through, nobody hears
        add a second person to a rotation or as a later step
    "#);
}

#[test]
fn on_call_while_off_and_twice_at_once() {
    let yaml = "
kind: user
slug: ana
role: admin
contacts: [{name: mail, channel: email, address: ana@acme.example, verified: true}]
time_off: [{from: 2026-03-04, until: 2026-03-05}]
---
kind: schedule
slug: secondary
time_zone: Europe/Berlin
layers:
  - {start: 2026-01-05 09:00, turn: weekly, participants: [ben, ana]}
---
kind: policy
slug: both
steps:
  - {targets: [schedule: primary], wait: 5m}
  - {targets: [schedule: secondary], wait: 5m}
  - {targets: [user: ben], wait: 5m}
";
    assert_snapshot!(found(yaml), @r#"
    warning: schedule primary: overrides: ana is on call during their time off, from Wed 2026-03-04 00:00 to Fri 2026-03-06 00:00 (Europe/Berlin)
        add an override, or ask them: nobody else on the schedule is free then
    warning: schedule primary: ana is on call by schedule secondary at the same time, and one policy pages by both, from Mon 2026-03-09 09:00 to Tue 2026-03-10 00:00 (Europe/Berlin)
        put somebody else in their place in one of the two, or take one of them out of the policy
    warning: schedule primary: ben is on call by schedule secondary at the same time, and one policy pages by both, from Mon 2026-03-16 09:00 to Mon 2026-03-16 10:00 (Europe/Berlin)
        put somebody else in their place in one of the two, or take one of them out of the policy
    warning: user ana: they are paged by 2.6 of all 5 steps at any time, more than half
        put others into some of these steps, so that one person's absence is not felt everywhere
    "#);
}

#[test]
fn the_worst_comes_first() {
    let yaml = "
kind: service
slug: b
---
kind: service
slug: a
---
kind: integration
slug: x
service: a
source: generic
disabled: true
---
kind: user
slug: ben
contacts: []
";
    let findings = findings(yaml);
    let levels: Vec<Level> = findings.iter().map(|finding| finding.level).collect();
    assert!(levels.is_sorted(), "{findings:?}");
    let about: Vec<String> = findings.iter().map(|finding| finding.subject.to_string()).collect();
    assert_eq!(about, ["user ben", "service a", "service b", "integration x"]);
}

#[test]
fn as_json() {
    assert_eq!(
        serde_json::to_value(findings("{kind: service, slug: checkout}")).unwrap(),
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

/// Two people, a team with a skill, and a policy of these steps.
fn policy_of(steps: &str) -> String {
    format!(
        "{{kind: team, slug: data}}\n---\n{{kind: policy, slug: checkout, working_hours: [{{daily: \"08:00-18:00\"}}], {steps}}}"
    )
}

#[test]
fn conditions_that_leave_an_hour_with_nobody() {
    let everybody = "{targets: [user: ana], wait: 5m}, {targets: [user: ben], wait: 5m}";
    let only = |condition: &str| {
        policy_of(&format!("steps: [{{targets: [user: ana, user: ben], wait: 5m, only_if: {condition}}}]"))
    };
    assert_eq!(found(&policy_of(&format!("steps: [{everybody}]"))), "");
    assert_snapshot!(found(&only("{severities: [sev1, sev2, sev3]}")), @"
    error: policy checkout: by the conditions of its steps, an alert of SEV4 without labels pages nobody at any time from Mon 2026-03-02 10:00 to Mon 2026-03-16 10:00 (Europe/Berlin)
        add a step without conditions as the last one, or widen the conditions
    ");
    assert_snapshot!(found(&only("{working_hours: inside}")), @"
    error: policy checkout: by the conditions of its steps, an alert of SEV1 without labels pages nobody from Mon 2026-03-02 18:00 to Tue 2026-03-03 08:00 (Europe/Berlin), and 13 more times until Mon 2026-03-16 10:00
        add a step without conditions as the last one, or widen the conditions
    ");
    assert_snapshot!(found(&only("{labels: {tier: gold}}")), @"
    error: policy checkout: by the conditions of its steps, an alert of SEV1 without labels pages nobody at any time from Mon 2026-03-02 10:00 to Mon 2026-03-16 10:00 (Europe/Berlin)
        add a step without conditions as the last one, or widen the conditions
    ");
    let halves = "steps: [{targets: [user: ana], wait: 5m, only_if: {working_hours: inside}}, \
                  {targets: [user: ben], wait: 5m, only_if: {working_hours: outside}}]";
    assert_eq!(found(&policy_of(halves)), "", "together they are there at every hour");
    let hole = halves.replace("working_hours: outside", "hours: [{daily: \"18:30-08:00\"}]");
    assert!(
        found(&policy_of(&hole)).contains("from Mon 2026-03-02 18:00 to Mon 2026-03-02 18:30"),
        "{}",
        found(&policy_of(&hole))
    );
}

#[test]
fn a_skill_that_nobody_has() {
    let steps = "steps: [{targets: [{team: data, skill: postgres}, user: ana, user: ben], wait: 5m}]";
    assert_snapshot!(found(&policy_of(steps)), @"
    warning: policy checkout: steps[1].targets: it asks for whoever of data knows `postgres`, but nobody has that skill
        give the skill to those who have it, or leave it out of the target
    ");
    let known = format!("{}\n---\n{{kind: user, slug: ben, teams: [data], skills: [postgres]}}", policy_of(steps));
    assert_eq!(found(&known), "");
}

#[test]
fn turns_that_nobody_takes() {
    let steps =
        "steps: [{targets: [{team: data}], wait: 5m, round_robin: true}, {targets: [user: ana, user: ben], wait: 5m}]";
    assert_snapshot!(found(&policy_of(steps)), @"
    warning: policy checkout: steps[1]: it pages nobody at any time from Mon 2026-03-02 10:00 to Mon 2026-03-16 10:00 (Europe/Berlin)
        add a person to the step
    warning: policy checkout: steps[1]: its people are to take turns, but there is nobody to take them
        add people to the step, or leave out the turns
    ");
    let one = steps.replace("{team: data}", "user: ben");
    assert!(found(&policy_of(&one)).contains("there is one person to take them"), "{}", found(&policy_of(&one)));
}

#[test]
fn more_acknowledgements_than_people() {
    let steps = "steps: [{targets: [user: ana, user: ben], wait: 5m, acknowledgements: 3}]";
    assert_snapshot!(found(&policy_of(steps)), @"
    warning: policy checkout: steps[1]: it asks 3 people to acknowledge, and never pages more than 2
        add people to the step, or ask for fewer acknowledgements
    ");
    assert_eq!(found(&policy_of(&steps.replace('3', "2"))), "");
}

#[test]
fn a_ladder_to_a_manager_who_has_left() {
    let left = "{kind: user, slug: mia, suspended: true}\n---\n";
    let steps = "steps: [{targets: [user: ana, user: ben], wait: 5m}], unresolved: [{after: 1h, targets: [user: mia]}]";
    assert_snapshot!(found(&format!("{left}{}", policy_of(steps))), @"
    warning: policy checkout: unresolved[1]: it pages nobody at any time from Mon 2026-03-02 10:00 to Mon 2026-03-16 10:00 (Europe/Berlin)
        name somebody who is there, such as the manager's deputy
    warning: user mia: policy checkout unresolved[1].targets: they have left, so nobody is paged for them here
        put somebody else in their place, or take them out
    ");
}

#[test]
fn one_person_who_carries_most() {
    let step = |user: &str| format!("{{targets: [user: {user}], wait: 5m}}");
    let steps = |users: [&str; 4]| policy_of(&format!("steps: [{}]", users.map(step).join(", ")));
    assert_snapshot!(found(&steps(["ana", "ana", "ben", "ana"])), @"
    warning: user ana: they are paged by 3.0 of all 4 steps at any time, more than half
        put others into some of these steps, so that one person's absence is not felt everywhere
    ");
    assert_eq!(found(&steps(["ana", "ben", "ana", "ben"])), "", "half is not more than half");
}

/// The directory of an example's files.
fn example(name: &str) -> Directory {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples").join(name);
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    files.sort();
    let texts: Vec<String> = files.iter().map(|path| std::fs::read_to_string(path).unwrap()).collect();
    applied(&Directory::default(), &texts.join("\n---\n"))
}

#[test]
fn acme_is_ready_all_year() {
    let acme = example("acme");
    for day in ["2026-01-12", "2026-03-20", "2026-07-01", "2026-10-20", "2026-12-20"] {
        let findings = check(&acme, format!("{day}T00:00:00Z").parse().unwrap(), 28);
        assert!(findings.is_empty(), "{day}: {findings:?}");
    }
}

#[test]
fn the_broken_example_has_every_kind_of_finding_that_its_page_names() {
    let found = check(&example("broken"), now(), 28);
    let word = |rule: &Rule| serde_json::to_value(rule).unwrap().as_str().unwrap().to_owned();
    let rules: std::collections::BTreeSet<String> = found.iter().map(|finding| word(&finding.rule)).collect();
    let page = include_str!("../../../../examples/broken/README.md");
    let named =
        page.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`')).map(|(rule, _)| rule.to_owned());
    assert_eq!(rules, named.collect(), "{}", shown(&found));
    assert!(rules.len() >= 15, "{rules:?}");
}

#[test]
fn holidays_that_nobody_covers_and_that_a_colleague_could() {
    let yaml = "
kind: user
slug: ana
role: admin
holidays: DE-BE
contacts: [{name: mail, channel: email, address: ana@acme.example, verified: true}]
---
kind: user
slug: ben
holidays: DE
contacts: [{name: mail, channel: email, address: ben@acme.example, verified: true}]
---
kind: schedule
slug: primary
time_zone: Europe/Berlin
layers:
  - {start: 2026-01-05 09:00, turn: 8w, participants: [ben, ana]}
  - {start: 2027-01-05 09:00, turn: weekly, participants: [ben]}
overrides: []
---
kind: schedule
slug: office
time_zone: Europe/Dublin
layers:
  - {start: 2026-01-05 09:00, turn: weekly, participants: [ana], holidays: {of: DE-BE, when: except}}
---
kind: policy
slug: office
steps:
  - {targets: [schedule: office], wait: 5m}
  - {targets: [user: ana, user: ben], wait: 5m}
---
kind: service
slug: office
policy: office
";
    assert_snapshot!(found(yaml), @r#"
    warning: policy office: steps[1]: it pages nobody from Sun 2026-03-08 01:00 to Mon 2026-03-09 01:00 (Europe/Berlin)
        add a person to the step, or close the gap in schedule office
    warning: schedule primary: overrides: ana is on call on their holiday (Women's Day), from Sun 2026-03-08 00:00 to Mon 2026-03-09 00:00 (Europe/Berlin)
        add an override: ben has no holiday then and is free; if ana agrees to work, add one that names ana
    warning: schedule office: layers: nobody is on call because a layer leaves holidays out (Women's Day), from Sun 2026-03-08 00:00 to Mon 2026-03-09 00:00 (Europe/Dublin)
        add a layer with `holidays: {of: …, when: only}` whose people have agreed, or an override
    warning: user ana: they are paged by 3.9 of all 4 steps at any time, more than half
        put others into some of these steps, so that one person's absence is not felt everywhere
    "#);
    let covered = yaml.replace("when: except}}", "when: except}}\n  - {start: 2026-01-05 09:00, turn: weekly, participants: [ana], holidays: {of: DE-BE, when: only}}");
    let seen = found(&covered);
    assert!(!seen.contains("leaves holidays out") && seen.contains("on their holiday (Women's Day)"), "{seen}");
}
