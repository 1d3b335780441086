//! Plans: no statement reads a table that grows from one end to the other.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;
use tokio_postgres::SimpleQueryMessage;

use crate::place::{Engine, Place, tests};

tests! {
    &[Engine::File] => sqlite_scans_nothing_that_grows;
    &[Engine::Postgres] => postgres_scans_nothing_that_grows;
}

/// The tables that grow for as long as the installation runs.
const GROWING: [&str; 15] = [
    "alert_events",
    "alerts",
    "attempts",
    "audit",
    "covers",
    "deliveries",
    "handoff_notes",
    "incidents",
    "involved",
    "journal",
    "outcomes",
    "segments",
    "sessions",
    "silences",
    "timers",
];

/// What may walk along a whole index, and why that is not long.
const WALKS: &[(&str, &str)] = &[
    ("alerts::OPEN_COUNT", "counts a partial index that has only what fires"),
    ("audit::FIRST", "takes the first entries of an index"),
    ("audit::LAST", "takes the last entry of an index"),
    ("covers::OPEN", "walks along a partial index that has only what is open"),
    ("deliveries::HELD", "walks along a partial index that has only what is held"),
    ("deliveries::NEXT", "takes the first entry of an index"),
    ("deliveries::OLDEST_QUEUED", "takes the first entry of a partial index"),
    ("deliveries::WAITING", "walks along a partial index that has only what is still to be done"),
    ("health::QUEUED", "counts two partial indexes that have only what waits"),
    ("incidents::OPEN_BY_SERVICE", "counts a partial index that has only what is open"),
    ("inbox::OLDEST_WAITING", "takes the first entry of an index"),
    ("timers::NEXT", "takes the first entry of an index"),
];

/// The tables that grow among those that a statement names, by their aliases as well.
fn growing(sql: &str) -> BTreeMap<String, &'static str> {
    let words: Vec<&str> = sql.split([' ', '(', ')', ',', '\n']).filter(|word| !word.is_empty()).collect();
    let mut names = BTreeMap::new();
    for (place, word) in words.iter().enumerate() {
        let Some(table) = GROWING.into_iter().find(|table| table == word) else { continue };
        if !matches!(words[place - 1], "FROM" | "JOIN" | "UPDATE" | "INTO") {
            continue;
        }
        names.insert(table.to_owned(), table);
        if let Some(alias) = words.get(place + 1).filter(|alias| alias.len() <= 2) {
            names.insert((*alias).to_owned(), table);
        }
    }
    names
}

fn check(walking: &BTreeMap<String, Vec<String>>) {
    let excused: BTreeSet<&str> = WALKS.iter().map(|(name, _)| *name).collect();
    let found: Vec<_> = walking.iter().filter(|(name, _)| !excused.contains(name.as_str())).collect();
    assert!(found.is_empty(), "these read whole tables or indexes: {found:#?}");
    let unknown: BTreeSet<&str> = excused
        .into_iter()
        .filter(|name| !allclear_store::statements().any(|(module, one, _)| *name == format!("{module}::{one}")))
        .collect();
    assert!(unknown.is_empty(), "there are no such statements: {unknown:?}");
}

async fn sqlite_scans_nothing_that_grows(place: Place) {
    let connection = place.sqlite();
    let mut walking: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (module, name, statement) in allclear_store::statements() {
        let sql = statement.sqlite();
        let growing = growing(&sql);
        let mut explained = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let mut steps = explained.raw_query();
        while let Some(step) = steps.next().unwrap() {
            let step: String = step.get(3).unwrap();
            let scanned = step.strip_prefix("SCAN ").and_then(|rest| rest.split(' ').next());
            if scanned.is_some_and(|table| growing.contains_key(table)) {
                walking.entry(format!("{module}::{name}")).or_default().push(step);
            }
        }
    }
    check(&walking);
    assert!(walking.len() > 3, "the plans were read: {walking:?}");
}

/// Rows as an installation has them after a while: much history, and some of it open.
const HISTORY: &str = "
    CREATE FUNCTION thing(n bigint, OUT id uuid) AS $$ SELECT lpad(to_hex(n), 32, '0')::uuid $$ LANGUAGE sql;
    INSERT INTO segments (lane, received_at, events, body) SELECT n % 8, n, 1, '' FROM generate_series(1, 9000) n;
    INSERT INTO lanes SELECT n, 8000 FROM generate_series(0, 7) n;
    INSERT INTO outcomes SELECT thing(n % 20), n, n, '{}' FROM generate_series(1, 9000) n;
    INSERT INTO alert_events SELECT thing(n % 3000), n, '0' FROM generate_series(1, 9000) n;
    INSERT INTO alerts (id, service_id, integration_id, dedup_key, key_digest, summary, severity, count, first_seen,
        last_seen, resolved_at, incident_id, content)
        SELECT thing(n), thing(n % 50), thing(n % 20), n::text, sha256(n::text::bytea), '', 1, 1, n, n,
        CASE WHEN n % 9 > 0 THEN n END, thing(n / 3), '{}' FROM generate_series(1, 9000) n;
    INSERT INTO incidents (id, service_id, title, status, severity, urgency, opened_at, closed_at, group_digest, entries,
        head, state) SELECT thing(n), thing(n % 50), '',
        CASE WHEN n % 9 > 0 THEN 'resolved' ELSE 'triggered' END, 1 + n % 4, 'high', n, CASE WHEN n % 9 > 0 THEN n END,
        sha256(n::text::bytea), 1, '', '{}' FROM generate_series(1, 9000) n;
    INSERT INTO involved SELECT id, thing(number % 30), false FROM incidents WHERE closed_at IS NULL;
    INSERT INTO journal SELECT thing(n / 5), n % 5, n, thing(n % 30), '{}', '' FROM generate_series(1, 9000) n;
    INSERT INTO audit SELECT n, n, thing(n % 30), '{}', '' FROM generate_series(1, 9000) n;
    INSERT INTO timers SELECT CASE WHEN n % 3 = 0 THEN 'alert' ELSE 'incident' END, thing(n), n
        FROM generate_series(1, 3000) n;
    INSERT INTO deliveries (id, incident_id, user_id, contact_id, channel, purpose, class, status, attempts, due_at,
        created_at, changed_at, bundle_id) SELECT thing(n), thing(n / 3), thing(n % 30), thing(n % 60), 'email', '{}',
        n % 4, (ARRAY['delivered', 'queued', 'held', 'failed'])[n % 4 + 1], 1, CASE WHEN n % 4 = 1 THEN n END, n, n,
        CASE WHEN n % 9 = 0 THEN thing(n / 90) END FROM generate_series(1, 9000) n;
    INSERT INTO attempts SELECT thing(n), 1, n, n, false, NULL FROM generate_series(1, 9000) n;
    INSERT INTO sessions SELECT thing(n), thing(n % 30), sha256(n::text::bytea), n, n, n, ''
        FROM generate_series(1, 3000) n;
    INSERT INTO silences SELECT thing(n), thing(n % 50), n, n + 60, n, '{}' FROM generate_series(1, 3000) n;
    INSERT INTO covers SELECT thing(n), thing(n % 50), thing(n % 30), 1, CASE WHEN n % 90 > 0 THEN n END, '{}'
        FROM generate_series(1, 9000) n;
    INSERT INTO handoff_notes SELECT thing(n), thing(n % 50), thing(n % 30), n, '' FROM generate_series(1, 9000) n;
    ANALYZE";

/// With every other way made as dear as can be, PostgreSQL reads a table or an index from end to end only where no
/// index can serve the statement.
const INDEXES: &str = "SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off; \
                       SET random_page_cost = 1.1; SET plan_cache_mode = force_generic_plan";

async fn postgres_scans_nothing_that_grows(place: Place) {
    let client = place.postgres().await;
    client.batch_execute(HISTORY).await.unwrap();
    client.batch_execute(INDEXES).await.unwrap();
    let mut walking: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (number, (module, name, statement)) in allclear_store::statements().enumerate() {
        let sql = statement.postgres(true);
        let parameters = (1..).take_while(|number| sql.contains(&format!("${number}"))).count();
        let nulls = vec!["NULL"; parameters].join(", ");
        let arguments = if parameters == 0 { String::new() } else { format!("({nulls})") };
        client.batch_execute(&format!("PREPARE s{number} AS {sql}")).await.unwrap();
        let explain = format!("EXPLAIN (FORMAT JSON) EXECUTE s{number}{arguments}");
        let text = client.simple_query(&explain).await.unwrap();
        let plan = text.iter().find_map(|message| {
            let SimpleQueryMessage::Row(row) = message else { return None };
            row.get(0)
        });
        let plan: Json = serde_json::from_str(plan.expect("a plan has a row")).unwrap();
        let mut steps = Vec::new();
        whole(&plan[0]["Plan"], "", &mut steps);
        if !steps.is_empty() {
            walking.insert(format!("{module}::{name}"), steps);
        }
    }
    check(&walking);
    assert!(walking.len() > 3, "the plans were read: {walking:?}");
}

/// The nodes of a plan that read the whole of a growing table, or of one of its indexes.
fn whole(node: &Json, table: &str, found: &mut Vec<String>) {
    let table = node["Relation Name"].as_str().unwrap_or(table);
    let kind = node["Node Type"].as_str().expect("a node has a type");
    let walks = match kind {
        "Seq Scan" => true,
        "Index Scan" | "Index Only Scan" | "Bitmap Index Scan" => node.get("Index Cond").is_none(),
        _ => false,
    };
    if walks && GROWING.contains(&table) {
        let index = node["Index Name"].as_str().unwrap_or("");
        found.push(format!("{kind} on {table} {index}"));
    }
    for inner in node["Plans"].as_array().into_iter().flatten() {
        whole(inner, table, found);
    }
}
