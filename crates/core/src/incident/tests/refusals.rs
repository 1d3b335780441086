//! Who refuses what: every input in every status.

use insta::assert_snapshot;
use jiff::Timestamp;
use uuid::Uuid;

use super::stage::Stage;
use crate::actor::Actor;
use crate::id::{PolicyId, UserId};
use crate::incident::{Answer, Assignment, Input, step};

const CAST: &str = "
    person Ana: mail
    person Ben: mail
    person Eve:
    admin Dora: mail
    policy Primary: Ana 5m, lapses 30m
    policy Other: Ben 5m
    service Checkout: Primary
";

/// How an incident gets into each status; in the two last ones somebody was asked for since.
const STATUSES: [(&str, &[&str]); 8] = [
    ("triggered", &[]),
    ("exhausted", &["+10m"]),
    ("acknowledged", &["Ana acknowledges"]),
    ("snoozed", &["Ana snoozes until 04:00"]),
    ("resolved", &["Ana resolves"]),
    ("merged", &["Ana merges"]),
    ("ack. + Ben", &["Ana acknowledges", "Ana requests Ben"]),
    ("snoozed + Ben", &["Ana snoozes until 04:00", "Ana requests Ben"]),
];

/// Where more than one thing is wrong with an input, the status is what it is refused for.
const INPUTS: &[&str] = &[
    "alert \"Other\" sev2",
    "alert worsens sev1",
    "alert worsens sev2",
    "alert \"Errors\" clears",
    "Ana acknowledges",
    "Ben acknowledges",
    "source acknowledges",
    "Ana resolves",
    "Ana reopens",
    "Ana snoozes until 05:00",
    "Ana snoozes until 03:00",
    "Ana snoozes far too long",
    "Ana assigns Ben",
    "Ana assigns nobody",
    "Ana assigns Eve",
    "Ana assigns somebody unknown",
    "Ana hands Other",
    "Ana hands something unknown",
    "Ana escalates",
    "Ana escalates to 1",
    "Ana escalates to 0",
    "Ana escalates to 2",
    "Ana requests Ben",
    "Ana requests Eve",
    "Ana requests nobody",
    "Ana requests somebody unknown",
    "Ana declines",
    "Ben declines",
    "Dora declines",
    "Ana notes \"x\"",
    "Ana sets sev3",
    "Ana sets sev2",
    "Ana renames \"x\"",
    "Ana renames \"Errors\"",
    "Ana merges",
    "Ana absorbs sev4",
    "page 1.0 fails: x",
    "page 1.5 fails: x",
    "page 9.0 fails: x",
    "due",
];

#[test]
fn every_input_in_every_status() {
    let stages = STATUSES.map(|(_, script)| {
        let mut stage = Stage::new(CAST);
        stage.line("03:12 alert \"Errors\" sev2");
        script.iter().for_each(|line| stage.line(line));
        stage
    });
    let mut table = format!("{:30}", "");
    STATUSES.iter().for_each(|(status, _)| table += &format!("{status:22}"));
    for line in INPUTS {
        table += &format!("\n{line:30}");
        for stage in &stages {
            table += &format!("{:22}", answer(stage, line));
        }
    }
    let table: Vec<&str> = table.lines().map(str::trim_end).collect();
    assert_snapshot!(table.join("\n"), @r#"
                                  triggered             exhausted             acknowledged          snoozed               resolved              merged                ack. + Ben            snoozed + Ben
    alert "Other" sev2            yes                   yes                   yes                   yes                   already_resolved      merged                yes                   yes
    alert worsens sev1            yes                   yes                   yes                   yes                   already_resolved      merged                yes                   yes
    alert worsens sev2            no_change             no_change             no_change             no_change             already_resolved      merged                no_change             no_change
    alert "Errors" clears         yes                   yes                   yes                   yes                   yes                   yes                   yes                   yes
    Ana acknowledges              yes                   yes                   already_acknowledged  yes                   already_resolved      merged                already_acknowledged  yes
    Ben acknowledges              yes                   yes                   already_acknowledged  yes                   already_resolved      merged                yes                   yes
    source acknowledges           yes                   yes                   already_acknowledged  yes                   already_resolved      merged                already_acknowledged  yes
    Ana resolves                  yes                   yes                   yes                   yes                   already_resolved      merged                yes                   yes
    Ana reopens                   already_open          already_open          already_open          already_open          yes                   merged                already_open          already_open
    Ana snoozes until 05:00       yes                   yes                   yes                   yes                   already_resolved      merged                yes                   yes
    Ana snoozes until 03:00       snooze_out_of_range   snooze_out_of_range   snooze_out_of_range   snooze_out_of_range   already_resolved      merged                snooze_out_of_range   snooze_out_of_range
    Ana snoozes far too long      snooze_out_of_range   snooze_out_of_range   snooze_out_of_range   snooze_out_of_range   already_resolved      merged                snooze_out_of_range   snooze_out_of_range
    Ana assigns Ben               yes                   yes                   yes                   yes                   already_resolved      merged                yes                   yes
    Ana assigns nobody            unknown               unknown               unknown               unknown               already_resolved      merged                unknown               unknown
    Ana assigns Eve               yes                   yes                   yes                   yes                   already_resolved      merged                yes                   yes
    Ana assigns somebody unknown  unknown               unknown               unknown               unknown               already_resolved      merged                unknown               unknown
    Ana hands Other               yes                   yes                   yes                   yes                   already_resolved      merged                yes                   yes
    Ana hands something unknown   unknown               unknown               unknown               unknown               already_resolved      merged                unknown               unknown
    Ana escalates                 yes                   yes                   yes                   yes                   already_resolved      merged                yes                   yes
    Ana escalates to 1            yes                   yes                   yes                   yes                   already_resolved      merged                yes                   yes
    Ana escalates to 0            no_such_step          no_such_step          no_such_step          no_such_step          already_resolved      merged                no_such_step          no_such_step
    Ana escalates to 2            no_such_step          no_such_step          no_such_step          no_such_step          already_resolved      merged                no_such_step          no_such_step
    Ana requests Ben              yes                   yes                   yes                   yes                   already_resolved      merged                yes                   yes
    Ana requests Eve              yes                   yes                   yes                   yes                   already_resolved      merged                yes                   yes
    Ana requests nobody           unknown               unknown               unknown               unknown               already_resolved      merged                unknown               unknown
    Ana requests somebody unknown unknown               unknown               unknown               unknown               already_resolved      merged                unknown               unknown
    Ana declines                  yes                   yes                   not_paged             not_paged             already_resolved      merged                not_paged             not_paged
    Ben declines                  not_paged             not_paged             not_paged             not_paged             already_resolved      merged                yes                   yes
    Dora declines                 not_paged             yes                   not_paged             not_paged             already_resolved      merged                not_paged             not_paged
    Ana notes "x"                 yes                   yes                   yes                   yes                   yes                   yes                   yes                   yes
    Ana sets sev3                 yes                   yes                   yes                   yes                   yes                   yes                   yes                   yes
    Ana sets sev2                 no_change             no_change             no_change             no_change             no_change             no_change             no_change             no_change
    Ana renames "x"               yes                   yes                   yes                   yes                   yes                   yes                   yes                   yes
    Ana renames "Errors"          no_change             no_change             no_change             no_change             no_change             no_change             no_change             no_change
    Ana merges                    yes                   yes                   yes                   yes                   already_resolved      merged                yes                   yes
    Ana absorbs sev4              yes                   yes                   yes                   yes                   already_resolved      merged                yes                   yes
    page 1.0 fails: x             yes                   yes                   page_over             page_over             already_resolved      merged                page_over             page_over
    page 1.5 fails: x             page_over             page_over             page_over             page_over             already_resolved      merged                page_over             page_over
    page 9.0 fails: x             page_over             page_over             page_over             page_over             already_resolved      merged                page_over             page_over
    due                           not_due               not_due               not_due               not_due               already_resolved      merged                not_due               not_due
    "#);
}

fn answer(stage: &Stage, line: &str) -> String {
    let (actor, input) = input(stage, line);
    let incident = stage.incident.as_ref().unwrap();
    match step(stage.now, &stage.directory, incident, actor, input).answer {
        Answer::Done => "yes".to_owned(),
        Answer::Nothing(refusal) => serde_json::to_value(refusal).unwrap().as_str().unwrap().to_owned(),
    }
}

/// The input of a line; of those too that name what is not there, and that the language of stories has no words for.
fn input(stage: &Stage, line: &str) -> (Actor, Input) {
    let unknown = Uuid::from_u128(999);
    let input = match line {
        // beyond: SNOOZE_DAYS
        "Ana snoozes far too long" => Input::Snooze { until: Timestamp::MAX },
        "Ana assigns nobody" => Input::Reassign(Assignment::People(Vec::new())),
        "Ana assigns somebody unknown" => Input::Reassign(Assignment::People(vec![UserId::new(unknown)])),
        "Ana hands something unknown" => Input::Reassign(Assignment::Policy(PolicyId::new(unknown))),
        "Ana requests nobody" => Input::Request { people: Vec::new() },
        "Ana requests somebody unknown" => Input::Request { people: vec![UserId::new(unknown)] },
        line => return stage.read(line),
    };
    (stage.user("Ana"), input)
}
