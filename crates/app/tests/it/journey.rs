//! A day with the command line, from an empty folder to a restored server.

use serde_json::{Value, json};

use super::house::House;

const KEYED: &str = "kind: integration\nslug: web-cron\nname: Cron jobs\nservice: web\nsource: generic\n\
                     key: a-key-of-cron-jobs-0001\n";

/// Sends an event about a condition of its own, and says which incident it opened.
fn open(house: &House, summary: &str) -> String {
    let sent = house.json(&[
        "event",
        "send",
        summary,
        "-i",
        "web-synthetics",
        "-s",
        "critical",
        "--wait",
        "--label",
        &format!("region={summary}"),
    ]);
    let incident = sent["became"][0]["incident"].as_str().unwrap_or_else(|| panic!("{sent:#}"));
    let shown = house.json(&["incident", "show", incident]);
    shown["incident"]["reference"].as_str().unwrap().to_owned()
}

fn status(house: &House, reference: &str) -> Value {
    house.json(&["incident", "show", reference])["incident"]["status"].clone()
}

#[test]
fn configuration_goes_in_and_out_unchanged() {
    let house = House::new();
    let planned = house.run(&["apply", "-f", "examples/acme", "--plan-only"]).ends(2);
    planned.says(&["+ team commerce", "+ integration web-synthetics", "to add, 1 to change, 0 to remove"]);
    house.run(&["apply", "-f", "examples/acme"]).ends(2).says(&["--yes"]);
    assert_eq!(house.json(&["export"])["documents"].as_array().unwrap().len(), 1, "nothing was applied");
    house.run(&["apply", "-f", "examples/acme", "-y"]).ends(0).says(&["+ team commerce", "Applied."]);
    house.run(&["apply", "-f", "examples/acme", "--dry-run"]).ends(0).says(&["Nothing to change"]);

    let exported = house.run(&["export"]).ends(0).out;
    assert!(exported.starts_with("kind: organisation\nname: Acme\n"), "{exported}");
    house.write("exported.yaml", &exported);
    house.run(&["apply", "-f", "exported.yaml", "--plan-only", "--prune"]).ends(0).says(&["Nothing to change"]);
    house.write("exported.yaml", &exported.replace("name: Web\n", "name: The web\n"));
    let planned = house.run(&["apply", "-f", "exported.yaml", "--plan-only"]).ends(2);
    planned.says(&["~ service web\n    name: Web -> The web", "0 to add, 1 to change, 0 to remove"]);
    house.run(&["check"]).says(&["next 28 days"]);
}

#[test]
fn an_incident_lives_from_the_event_to_the_all_clear() {
    let house = House::acme();
    house.run(&["incident", "list"]).ends(0).says(&["No incident is open."]);
    let first = open(&house, "Checkout is slow");
    assert_eq!(first, "INC-1");
    house.run(&["incident", "list", "--service", "web", "--severity", "sev1"]).ends(0).says(&["INC-1", "● triggered"]);
    house.run(&["incident", "list", "--service", "search"]).ends(0).says(&["No incident is open."]);
    house.run(&["incident", "ack", "INC-1"]).ends(0).says(&["INC-1 ◐ acknowledged  Checkout is slow"]);
    house.run(&["incident", "ack", "1"]).ends(0);
    house.run(&["incident", "note", "INC-1", "The cache is cold"]).ends(0);
    house.run(&["incident", "snooze", "INC-1", "--for", "2h"]).ends(0).says(&["‖ snoozed"]);
    house.run(&["incident", "reassign", "INC-1", "--to", "ana,ben"]).ends(0).says(&["● triggered"]);
    house.run(&["incident", "escalate", "INC-1", "--step", "2"]).ends(0);
    house.run(&["incident", "escalate", "INC-1", "--step", "9"]).ends(1).says(&["step"]);
    let shown = house.run(&["incident", "show", "INC-1", "--zone", "Europe/Berlin"]).ends(0);
    shown.says(&["The cache is cold", "Checkout is slow", "what happens next", "Times are in Europe/Berlin."]);

    let declared =
        ["incident", "declare", "Cards are refused", "--service", "web", "-s", "sev2", "--description", "All"];
    house.run(&declared).ends(0).says(&["INC-2 ● triggered  Cards are refused"]);
    house.run(&["incident", "merge", "INC-2", "--into", "INC-1"]).ends(0).says(&["INC-1"]);
    assert_eq!(status(&house, "INC-2"), "merged");
    let resolved = house.json(&["incident", "resolve", "INC-1"]);
    assert_eq!(resolved["items"][0]["status"], "resolved");
    house.run(&["incident", "reopen", "INC-1"]).ends(0).says(&["● triggered"]);
    house.run(&["incident", "resolve", "INC-1"]).ends(0);
    house.run(&["incident", "ack", "INC-1"]).ends(1).says(&["Conflict"]);
    let both = house.run(&["incident", "resolve", "INC-77", "INC-1"]).ends(1);
    both.says(&["INC-77", "There is no incident", "INC-1 ✓ resolved"]);
    let listed = house.json(&["incident", "list", "--all"]);
    let states: Vec<&Value> = listed["items"].as_array().unwrap().iter().map(|one| &one["status"]).collect();
    assert_eq!((states, &listed["next"]), (vec![&json!("merged"), &json!("resolved")], &Value::Null));
    assert_eq!(house.json(&["incident", "list", "--status", "merged"])["items"].as_array().unwrap().len(), 1);
}

#[test]
fn events_come_in_by_a_key_and_are_about_one_condition() {
    let mut house = House::acme();
    house.write("cron.yaml", KEYED);
    house
        .run(&["apply", "-f", "cron.yaml", "-y"])
        .ends(0)
        .says(&["+ integration web-cron"])
        .never_says("a-key-of-cron");
    let admin = std::mem::take(&mut house.token);
    let key = ["-k", "a-key-of-cron-jobs-0001", "-d", "backup/db1"];
    let send = |rest: &[&str]| house.run(&[&["event", "send"], rest, &key[..]].concat());
    send(&[
        "Backup failed",
        "-s",
        "warning",
        "--detail",
        "log=/var/log/backup",
        "--link",
        "Runbook=https://wiki.example/b",
    ])
    .ends(0)
    .says(&["evt_", "is stored."]);
    send(&["-a", "acknowledge"]).ends(0);
    house.run(&["event", "send", "x", "-k", "wrong-key-wrong-key"]).ends(1).says(&["no integration with this key"]);
    house.run(&["event", "send", "-k", key[1], "-a", "resolve"]).ends(2).says(&["--dedup-key"]);
    house.token = admin;
    let wait = ["event", "send", "-i", "web-cron", "-d", "backup/db1", "-a", "resolve", "--wait"];
    house.run(&wait).ends(0).says(&["(INC-1)"]);
    let shown = house.json(&["incident", "show", "INC-1"]);
    assert_eq!((&shown["incident"]["status"], &shown["alerts"][0]["firing"]), (&json!("resolved"), &json!(false)));
    assert_eq!(shown["alerts"][0]["links"][0], json!({"href": "https://wiki.example/b", "text": "Runbook"}));
    assert_eq!(shown["alerts"][0]["details"]["log"], "/var/log/backup");
}

#[test]
fn who_is_on_call_is_told_for_any_moment() {
    let house = House::acme();
    let at = "2026-11-26 12:00";
    let told =
        house.run(&["oncall", "--schedule", "storefront-primary", "--at", at, "--zone", "America/New_York"]).ends(0);
    told.says(&["storefront-primary  ella", "2026-11-28 00:00", "Times are in America/New_York."]);
    let ladder = house.json(&["oncall", "--service", "web", "--at", "2026-11-26T17:00:00Z"]);
    let first = &ladder["steps"][0];
    assert_eq!((&first["people"], &first["schedules"]), (&json!(["ella"]), &json!(["storefront-primary"])));
    assert_eq!(ladder["steps"][1]["after_seconds"], 600);
    assert_eq!(house.json(&["oncall", "--team", "data"])["items"].as_array().unwrap().len(), 1);
    house.run(&["oncall", "--schedule", "nothing"]).ends(1).says(&["there is no schedule `nothing`"]);
    house.run(&["oncall", "--at", "noon"]).ends(2).says(&["is not a moment"]);
}

#[test]
fn tokens_are_made_listed_and_revoked_with_and_without_a_server() {
    let mut house = House::new();
    let made = house.json(&["token", "create", "--name", "Terraform", "--scope", "manage"]);
    assert!(made["secret"].as_str().unwrap().starts_with("alc_"));
    house.run(&["token", "list"]).ends(0).says(&["Terraform", "first", "a program's"]);
    let here = house.json(&["token", "list", "--data", "allclear-data"]);
    let there = house.json(&["token", "list"]);
    let names =
        |list: &Value| list["items"].as_array().unwrap().iter().map(|one| one["name"].clone()).collect::<Vec<_>>();
    assert_eq!((names(&here), names(&there)), (vec![json!("Terraform"), json!("first")], names(&here)));
    let id = made["id"].as_str().unwrap();
    house.run(&["token", "revoke", id]).ends(0);
    house.run(&["token", "list"]).ends(0).never_says("Terraform");
    house.run(&["token", "list", "--all"]).ends(0).says(&["Terraform", "revoked"]);
    house.token = made["secret"].as_str().unwrap().to_owned();
    house.run(&["token", "list"]).ends(1).says(&["Unauthorized", "revoked"]);
    house.kill();
    house.run(&["token", "create", "--data", "allclear-data", "--name", "later"]).ends(0).says(&["scope read"]);
    house.run(&["token", "revoke", "--data", "allclear-data", id]).ends(0);
    house.run(&["token", "revoke", "--data", "allclear-data", "tok_x"]).ends(2);
}

#[test]
fn a_server_is_kept_in_a_file() {
    let mut house = House::new();
    let (url, token) = (house.url.clone(), std::mem::take(&mut house.token));
    house.write("token.txt", &format!("{token}\n"));
    let mut login = house.command(&["login", "--server", &url]);
    login.stdin(std::fs::File::open(house.folder.path().join("token.txt")).unwrap());
    let output = login.output().unwrap();
    assert!(String::from_utf8_lossy(&output.stdout).contains("scope admin"), "{output:?}");
    house.url.clear();
    house.run(&["incident", "list"]).ends(0).says(&["No incident is open."]);
    let elsewhere = house.run(&["incident", "list", "--server", &url.replace("127.0.0.1", "localhost")]).ends(1);
    elsewhere.says(&["Unauthorized", "ALLCLEAR_TOKEN"]);
}

#[test]
fn a_backup_of_a_running_server_is_restored_and_serves() {
    let mut house = House::acme();
    for summary in ["One", "Two", "Three"] {
        open(&house, summary);
    }
    house.run(&["incident", "ack", "INC-1"]).ends(0);
    house.run(&["incident", "resolve", "INC-3"]).ends(0);
    let backed_up = house.run(&["backup", "saved"]).ends(0);
    backed_up.says(&["Backed up to saved", "Newest incident INC-3, 2 open", "Warning: the master key is in it."]);
    assert_eq!(house.names("saved"), ["allclear-inbox.db", "allclear.db", "backup.json", "master.key"]);
    house.run(&["incident", "note", "INC-1", "after the backup"]).ends(0);
    house.run(&["backup", "saved"]).ends(1).says(&["not empty"]);
    house.run(&["backup", "keyless", "--without-key"]).ends(0).says(&["the master key is not in it"]);
    assert_eq!(house.names("keyless"), ["allclear-inbox.db", "allclear.db", "backup.json"]);

    house.run(&["restore", "saved"]).ends(1).says(&["allclear-data is not empty"]);
    let restored = house.run(&["restore", "saved", "--data", "restored"]).ends(0);
    restored.says(&["newest incident INC-3", "The master key opens all", "2 incidents open", "serve --data restored"]);
    house.run(&["restore", "keyless", "--data", "other"]).ends(0).says(&["there is no master key"]);
    assert_eq!(house.names("other"), ["allclear-inbox.db", "allclear.db"]);
    assert!(!house.names(".").iter().any(|name| name.ends_with(".partial")), "nothing is left over");

    let before = house.json(&["export"]);
    let told = |house: &House, reference: &str| house.json(&["incident", "show", reference])["timeline"].clone();
    let (first, third) = (told(&house, "INC-1"), told(&house, "INC-3"));
    house.kill();
    house.start("restored", "127.0.0.1:0");
    assert_eq!(house.json(&["export"]), before);
    assert_eq!(told(&house, "INC-3"), third);
    let (first, restored) = (first.as_array().unwrap(), told(&house, "INC-1"));
    assert!(first.len() > restored.as_array().unwrap().len(), "the note came after the backup");
    assert_eq!(first[..restored.as_array().unwrap().len()], restored.as_array().unwrap()[..]);
    house.run(&["incident", "resolve", "INC-1"]).ends(0);
    assert_eq!(open(&house, "Four"), "INC-4", "the numbers go on");
}
