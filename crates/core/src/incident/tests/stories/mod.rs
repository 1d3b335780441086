//! The stories.

mod acknowledgements;
mod alerts;
mod conditions;
mod escalation;
mod late;
mod paging;
mod people;
mod replaced;
mod standing;
mod targets;
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
        now policy Hours: Ana 5m; only sev4, Ben 5m; acks 2, Dora 5m; until resolved, Ana 5m; hours, office 07:00-17:00, late 2h Dora
        Ben hands Hours
        Ben acknowledges
        now policy Hours: Ana 5m; only sev4, Ben 9m; acks 2, Dora 9m; until resolved, Ana 5m; hours, office 07:00-17:00, late 2h Dora
        Dora replaces
        +5m
        Dora acknowledges
        08:30
        now policy Rest: Ben 5m; until resolved
        Ben hands Rest
        Ben acknowledges
        +5m
        Ben merges
    "#;
    script.lines().map(str::trim).filter(|line| !line.is_empty()).for_each(|line| stage.line(line));
    let tag = |fact: &Fact| serde_json::to_value(fact).unwrap()["fact"].as_str().unwrap().to_owned();
    let happened: BTreeSet<String> = stage.entries.iter().flat_map(|entry| &entry.facts).map(tag).collect();
    assert_eq!(happened, variants::<Fact>("fact"));
}
