//! Who is paged: teams, skills, everybody, the next and the last on call, one after the other.

use insta::assert_snapshot;

use super::play;

/// Ana is on call until four in the morning, then Ben, then Cleo; Storage keeps a schedule, Network keeps none.
const CAST: &str = "
    team Storage
    team Network
    person Ana: mail | Storage, knows postgres
    person Ben: mail | Storage, Network
    person Cleo: mail | Network, knows postgres, knows bgp
    gone Gus: mail | Network, knows bgp
    admin Dora: mail
    schedule Platform: Ana until 04:00, Ben until 05:00, Cleo | Storage
";

fn told(policy: &str, script: &str) -> String {
    play(&format!("{CAST} policy Primary: {policy}\nservice Checkout: Primary"), script)
}

/// The lines that say who was paged, or that nobody could be.
fn paged(policy: &str, script: &str) -> String {
    let told = told(policy, script);
    let lines =
        told.lines().filter(|line| ["was paged", "could not", "had nobody"].iter().any(|one| line.contains(one)));
    lines.map(str::trim).collect::<Vec<_>>().join("\n")
}

const ERRORS: &str = "03:12 alert \"Errors\" sev1";

#[test]
fn the_next_and_the_last_on_call() {
    let policy = "next Platform 5m, previous Platform 5m, everyone Platform 5m";
    assert_snapshot!(paged(policy, &format!("{ERRORS}\n+20m")), @"
    Ben was paged: step 1 of 3 of Primary, next on call by Platform.
    Step 2 of the escalation had nobody who could be paged.
    Ana was paged: step 3 of 3 of Primary, one of everybody in Platform.
    Dora was paged: nobody else was left to page, and they are an admin.
    ");
    assert_snapshot!(paged(policy, "04:30 alert \"Errors\" sev1\n+20m"), @"
    Cleo was paged: step 1 of 3 of Primary, next on call by Platform.
    Ana was paged: step 2 of 3 of Primary, on call before by Platform.
    Ben was paged: step 3 of 3 of Primary, one of everybody in Platform.
    Dora was paged: nobody else was left to page, and they are an admin.
    ");
}

#[test]
fn a_team_is_whoever_is_on_call_for_it_or_all_of_it() {
    assert_snapshot!(paged("for Storage 5m, for Network 5m", &format!("{ERRORS}\n+10m")), @"
    Ana was paged: step 1 of 2 of Primary, on call by Platform, for the team Storage.
    Ben was paged: step 2 of 2 of Primary, for the team Network.
    Cleo was paged: step 2 of 2 of Primary, for the team Network.
    Dora was paged: nobody else was left to page, and they are an admin.
    ");
}

#[test]
fn a_skill_is_asked_for() {
    let policy = "for Storage knowing postgres 5m, for Network knowing bgp 5m, for Storage knowing bgp 5m, Ben 5m";
    assert_snapshot!(paged(policy, &format!("{ERRORS}\n+10m")), @"
    Ana was paged: step 1 of 4 of Primary, on call by Platform, for the team Storage with the skill postgres.
    Cleo was paged: step 2 of 4 of Primary, for the team Network with the skill bgp.
    Step 3 of the escalation had nobody who could be paged.
    Ben was paged: step 4 of 4 of Primary.
    ");
    // At half past four Ben is on call for Storage, who does not know it.
    assert_snapshot!(paged(policy, "04:30 alert \"Errors\" sev1"), @"
    Step 1 of the escalation had nobody who could be paged.
    Cleo was paged: step 2 of 4 of Primary, for the team Network with the skill bgp.
    ");
}

#[test]
fn people_take_turns() {
    let policy = "Ana+Ben+Cleo 5m; turns, repeats 1";
    for (turn, first, second) in [(0, "Ana", "Ben"), (1, "Ben", "Cleo"), (2, "Cleo", "Ana"), (3, "Ana", "Ben")] {
        let told = paged(policy, &format!("turn {turn}\n{ERRORS}\n+5m"));
        let lines: Vec<&str> = told.lines().collect();
        assert_eq!(lines[0], format!("{first} was paged: step 1 of 1 of Primary, as it was their turn."));
        assert_eq!(lines[1], format!("{second} was paged: step 1 of 1 of Primary, round 2, as it was their turn."));
    }
    let without_ben = "now person Ben: | Storage\nturn 1\n03:12 alert \"Errors\" sev1";
    assert!(paged(policy, without_ben).starts_with("Cleo was paged"), "who cannot be reached has no turn");
}
