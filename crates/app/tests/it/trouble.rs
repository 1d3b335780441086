//! What commands say when something is wrong, and with which code they end.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::process::Stdio;

use serde_json::{Value, json};

use super::house::House;

/// Something that listens, gives every caller these bytes, and hangs up.
fn somebody_else(answer: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            drop(stream.read(&mut [0; 4096]));
            drop(stream.write_all(answer.as_bytes()));
        }
    });
    url
}

#[test]
fn where_no_server_is_the_remedy_is_told() {
    let mut house = House::new();
    house.kill();
    for arguments in [
        &["incident", "list"][..],
        &["event", "send", "x", "-i", "y"],
        &["oncall"],
        &["export"],
        &["check"],
        &["token", "list"],
        &["apply", "-y", "-f", "examples/acme"],
        &["login"],
    ] {
        let said = house.run(arguments).ends(1);
        said.says(&["No server answers at http://127.0.0.1:", "refused", "`allclear serve`", "ALLCLEAR_URL"]);
    }
    let said = house.run(&["incident", "list", "--json"]).ends(1);
    let problem: Value = serde_json::from_str(&said.error).unwrap();
    assert!(problem["title"].as_str().unwrap().starts_with("No server answers"), "{problem}");

    let ask = |url: String| house.run(&["incident", "ack", "INC-1", "--server", &url]).ends(1);
    ask(somebody_else("")).says(&["went away before it answered", "look before you repeat it"]);
    let page = "HTTP/1.1 200 OK\r\nContent-Length: 13\r\nConnection: close\r\n\r\n<html></html>";
    ask(somebody_else(page)).says(&["not as Allclear does", "--server"]);
    let gateway = "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    ask(somebody_else(gateway)).says(&["answered 502", "something before it"]);
    house.run(&["incident", "list", "--server", "nonsense"]).ends(1).says(&["not the address of a server"]);
}

#[test]
fn the_servers_own_words_are_told() {
    let house = House::acme();
    house.run(&["incident", "show", "INC-9"]).ends(1).says(&["Not Found: There is no incident `INC-9`."]);
    let declared = ["incident", "declare", "x", "--service", "wbe", "-s", "sev1"];
    house.run(&declared).ends(1).says(&["Unprocessable", "service: there is no service `wbe`"]);
    let said = house.run(&[&declared[..], &["--json"]].concat()).ends(1);
    let problem: Value = serde_json::from_str(&said.error).unwrap();
    assert_eq!((&problem["status"], &problem["errors"][0]["field"]), (&json!(422), &json!("service")));
    let reader = house.run(&["token", "create", "--name", "r", "-q"]).ends(0).out;
    let said = house.run(&["incident", "ack", "INC-1", "--token", reader.trim()]).ends(1);
    said.says(&["Forbidden: You may not act on incidents", "wider scope"]);
    house.run(&["incident", "list", "--status", "lost"]).ends(2).says(&["possible values: triggered"]);
    house.run(&["event", "send", "x"]).ends(2).says(&["--integration"]);
    house.run(&["nonsense"]).ends(2);
}

#[test]
fn mistakes_in_files_are_told_at_their_places() {
    let house = House::acme();
    house.write("a.yaml", "kind: team\nslug: storage\ncolour: red\n");
    let ladder = "kind: policy\nslug: night\nsteps:\n  - targets: [{user: ruht}]\n    wait: 5m\n";
    house.write("b.yaml", &format!("kind: team\nslug: night\n---\n{ladder}"));
    house.run(&["apply", "-f", "a.yaml", "-f", "b.yaml", "-y"]).ends(1).says(&["a.yaml:3:1: ", "colour"]);
    let said = house.run(&["apply", "-f", "b.yaml", "-y"]).ends(1);
    said.says(&["b.yaml:7:15: policy night: steps[1].targets[1]: ", "did you mean `ruth`?", "nothing was changed"]);
    let said = house.run(&["apply", "-f", "b.yaml", "-y", "--json"]).ends(1);
    let mistakes: Value = serde_json::from_str(&said.error).unwrap();
    assert_eq!((&mistakes["errors"][0]["line"], &mistakes["errors"][0]["column"]), (&json!(7), &json!(15)));
    house.run(&["apply", "-f", "missing.yaml", "-y"]).ends(1).says(&["missing.yaml cannot be read"]);
}

/// `kill -9` of the server between any two commands: what was said to be stored is there afterwards.
#[test]
fn what_a_command_said_is_stored_survives_the_death_of_the_server() {
    let mut house = House::acme();
    let listen = house.listen();
    let mut stored = Vec::new();
    for round in 0..3 {
        for number in 0..4 {
            let summary = format!("Condition {round}/{number}");
            let sent = house.json(&["event", "send", &summary, "-i", "web-synthetics"]);
            stored.push((sent["id"].as_str().unwrap().to_owned(), summary));
        }
        house.kill();
        house.run(&["event", "send", "lost", "-i", "web-synthetics"]).ends(1).says(&["No server answers"]);
        house.start("allclear-data", &listen);
    }
    // Events are processed in their order: when this one is, all before it are.
    house.run(&["event", "send", "Last", "-i", "web-synthetics", "--wait"]).ends(0);
    let listed = house.json(&["incident", "list", "--all"]);
    let titles: Vec<&str> =
        listed["items"].as_array().unwrap().iter().filter_map(|one| one["title"].as_str()).collect();
    for (id, summary) in &stored {
        assert!(titles.contains(&summary.as_str()), "{id} ({summary}) is not among {titles:?}");
    }
    assert!(!titles.contains(&"lost"));
    house.run(&["doctor"]).says(&["ok    open incidents", "ok    database", "ok    audit log", "ok    secrets"]);
}

#[test]
fn a_server_that_is_told_to_stop_ends_in_order() {
    let mut house = House::acme();
    // Somebody stays connected, as every browser does.
    let mut idle = TcpStream::connect(house.listen()).unwrap();
    idle.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    assert!(idle.read(&mut [0; 64]).unwrap() > 0);
    house.run(&["event", "send", "Stored before the end", "--integration", "web-synthetics"]).ends(0);
    assert_eq!(house.stop(), Some(0));
    house.start("allclear-data", "127.0.0.1:0");
    house.run(&["incident", "list"]).ends(0).says(&["Stored before the end"]);
}

/// Another node, or a restored backup without its key, must not go on with a key of its own: it would sign links that
/// the others refuse, and could open nothing.
#[test]
fn a_server_without_the_right_master_key_does_not_start() {
    let mut house = House::new();
    let key = house.folder.path().join("allclear-data/master.key");
    assert_eq!(house.stop(), Some(0));
    let serve = ["serve", "--data", "allclear-data", "--listen", "127.0.0.1:0"];
    let right = std::fs::read_to_string(&key).unwrap();
    std::fs::remove_file(&key).unwrap();
    house.run(&serve).ends(1).says(&["is not here", "allclear-data/master.key", "ALLCLEAR_MASTER_KEY"]);
    assert!(!key.exists(), "none was made");
    std::fs::write(&key, "0".repeat(64)).unwrap();
    house.run(&serve).ends(1).says(&["sealed with another master key", "ALLCLEAR_MASTER_KEY"]);
    std::fs::write(&key, right).unwrap();
    house.start("allclear-data", "127.0.0.1:0");
}

#[test]
fn whatever_could_stop_a_start_comes_before_the_database() {
    let house = House::new();
    let taken = house.listen();
    house.run(&["serve", "--data", "new", "--listen", &taken]).ends(1).says(&["is another server running"]);
    let tls = ["serve", "--data", "new", "--listen", "127.0.0.1:0", "--tls-cert", "none.pem", "--tls-key", "none.pem"];
    house.run(&tls).ends(1).says(&["none.pem", "give a PEM file"]);
    house.run(&["serve", "--data", "new", "--listen-plain", "127.0.0.1:0"]).ends(1).says(&["--tls-cert"]);
    assert!(!house.folder.path().join("new").exists());
}

/// As on a disk of its own, which cannot be replaced by another folder.
#[test]
fn backups_and_restores_go_into_folders_that_are_there() {
    let mut house = House::acme();
    for folder in ["saved", "restored"] {
        std::fs::create_dir_all(house.folder.path().join(folder).join("lost+found")).unwrap();
    }
    house.run(&["backup", "saved"]).ends(0);
    assert_eq!(house.names("saved"), ["allclear-inbox.db", "allclear.db", "backup.json", "lost+found", "master.key"]);
    house.run(&["backup", "saved"]).ends(1).says(&["is not empty"]);
    house.run(&["restore", "saved", "--data", "restored"]).ends(0);
    assert_eq!(house.names("restored"), ["allclear-inbox.db", "allclear.db", "lost+found", "master.key"]);
    assert_eq!(house.stop(), Some(0));
    house.start("restored", "127.0.0.1:0");
    std::fs::create_dir(house.folder.path().join("other.partial")).unwrap();
    house.run(&["backup", "other", "--data", "restored"]).ends(1).says(&["other.partial is there", "remove it"]);
}

#[test]
fn a_backup_that_was_touched_is_refused() {
    let house = House::acme();
    house.run(&["backup", "saved"]).ends(0);
    let path = house.folder.path().join("saved/allclear.db");
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0xff;
    std::fs::write(&path, bytes).unwrap();
    house.run(&["restore", "saved", "--data", "restored"]).ends(1).says(&["changed or damaged", "another backup"]);
    assert!(!house.folder.path().join("restored").exists());
    house.run(&["restore", "examples", "--data", "restored"]).ends(1).says(&["is not a backup"]);
    house.run(&["backup", "x", "--data", "nowhere"]).ends(1).says(&["no database nowhere/allclear.db", "--data"]);
    assert!(!house.folder.path().join("x.partial").exists());
}

#[test]
fn the_doctor_finds_what_is_wrong_and_says_what_to_do() {
    let mut house = House::acme();
    let key = house.folder.path().join("allclear-data/master.key");
    let well = house.json_of(&["doctor"], 1);
    let verdict = |checks: &Value, name: &str| {
        let found = checks["checks"].as_array().unwrap().iter().find(|check| check["name"] == name).cloned();
        found.unwrap_or_else(|| panic!("no {name} in {checks:#}"))["verdict"].clone()
    };
    for name in ["database", "migrations", "secrets", "clock", "audit log", "open incidents", "work waiting"] {
        assert_eq!(verdict(&well, name), "ok", "{well:#}");
    }
    assert_eq!(verdict(&well, "mail server"), "fail", "there is no smtp.acme.example");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();
    house.run(&["doctor"]).ends(1).says(&["warn  master key", "chmod 600"]);
    std::fs::write(&key, "0".repeat(64)).unwrap();
    house.run(&["doctor"]).ends(1).says(&["fail  secrets", "does not open 14 of 14", "Put back the master key"]);
    house.run(&["backup", "saved"]).ends(1).says(&["does not open", "--without-key"]);
    house.kill();
    house.run(&["doctor", "--data", "nowhere"]).ends(1).says(&["fail  data directory", "--data"]);
}

#[test]
fn whoever_stops_reading_is_no_error() {
    let house = House::new();
    let mut child =
        house.command(&["completions", "bash"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    for shell in ["bash", "zsh", "fish"] {
        house.run(&["completions", shell]).ends(0).says(&["incident"]);
    }
}

#[test]
fn simulations_are_told_and_can_be_repeated() {
    let house = House::new();
    let first = house.json(&["sim", "--seeds", "2", "--first", "7"]);
    let second = house.json(&["sim", "--seeds", "2", "--first", "7"]);
    for field in ["runs", "days", "requests", "incidents", "messages", "operations", "failed"] {
        assert_eq!(first[field], second[field], "{field}");
    }
    assert_eq!(first["failed"], json!([]));
    house.run(&["sim", "--days", "0.01", "--seeds", "1"]).ends(0).says(&["simulated days", "failed runs"]);
    house.run(&["sim", "--days", "0"]).ends(2);
    house.run(&["sim", "--planted", "--seeds", "1"]).says(&["DropTimer: made in"]);
}
