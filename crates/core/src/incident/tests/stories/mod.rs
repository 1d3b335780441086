//! The stories.

mod alerts;
mod escalation;
mod paging;
mod people;
mod standing;
mod trouble;

use std::collections::BTreeSet;

use super::stage::{Stage, play};
use crate::fact::Fact;
use crate::sentence::tests::variants;

/// Who is there in most stories. Ana is on call until four in the morning, then Ben.
const CAST: &str = "
    person Ana: mail, phone 2m; low: mail
    person Ben: mail
    admin Dora: mail
    schedule Platform: Ana until 04:00, Ben
    policy Primary: Platform 5m, Ben 10m
    service Checkout: Primary
";

#[test]
fn every_fact_can_happen() {
    let mut stage = Stage::new(&format!("person Eve:\n{CAST}policy Long: Eve 5m, Ana 5m, Ben 5m, lapses 30m"));
    let script = r#"
        03:00 alert "Errors" sev3
        alert "Latency" sev1
        Ana notes "looking"
        Ana renames "Checkout fails"
        page 2.0 fails: mailbox full
        Ana hands Long
        Ana declines
        Ben escalates to 2
        Ana acknowledges
        +40m
        Ben snoozes until 04:30
        04:40
        Ben absorbs sev2
        alert "Errors" clears
        04:50 Ben resolves
        Ben reopens
        05:50
        Ben merges
    "#;
    script.lines().map(str::trim).filter(|line| !line.is_empty()).for_each(|line| stage.line(line));
    let tag = |fact: &Fact| serde_json::to_value(fact).unwrap()["fact"].as_str().unwrap().to_owned();
    let happened: BTreeSet<String> = stage.entries.iter().flat_map(|entry| &entry.facts).map(tag).collect();
    assert_eq!(happened, variants::<Fact>("fact"));
}
