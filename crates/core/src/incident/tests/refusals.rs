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

/// How an incident gets into each status; the two last ones while somebody is asked for.
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
    STATUSES.iter().for_each(|(status, _)| table += &format!("{status:20}"));
    for line in INPUTS {
        table += &format!("\n{line:30}");
        for stage in &stages {
            table += &format!("{:20}", answer(stage, line));
        }
    }
    let table: Vec<&str> = table.lines().map(str::trim_end).collect();
    assert_snapshot!(table.join("\n"), @"");
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
