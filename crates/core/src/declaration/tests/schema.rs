//! The schema and the reader must agree.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::super::{Document, schema};
use super::examples;

/// Checks a value against the part of JSON Schema that ours uses, patterns aside; says where it fails.
fn check(root: &Value, schema: &Value, value: &Value, path: &str) -> Result<(), String> {
    let rules = schema.as_object().unwrap_or_else(|| panic!("{path}: not a schema: {schema}"));
    for (rule, wanted) in rules {
        match rule.as_str() {
            "$ref" => {
                let name = wanted.as_str().unwrap().strip_prefix("#/$defs/").unwrap();
                check(root, &root["$defs"][name], value, path)?;
            }
            "items" => {
                for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                    check(root, wanted, item, &format!("{path}[{index}]"))?;
                }
            }
            "properties" => {
                let known = wanted.as_object().unwrap().iter();
                for (name, part, field) in known.filter_map(|(name, part)| Some((name, part, value.get(name)?))) {
                    check(root, part, field, &format!("{path}.{name}"))?;
                }
            }
            "allOf" => wanted.as_array().unwrap().iter().try_for_each(|part| check(root, part, value, path))?,
            "if" if check(root, wanted, value, path).is_ok() => check(root, &rules["then"], value, path)?,
            "oneOf" => {
                let accepts = |part: &&Value| check(root, part, value, path).is_ok();
                if wanted.as_array().unwrap().iter().filter(accepts).count() != 1 {
                    return Err(format!("{path}: not exactly one of {wanted} accepts {value}"));
                }
            }
            "additionalProperties" => {
                let known = rules["properties"].as_object().unwrap();
                let unknown = value.as_object().into_iter().flatten().find(|(name, _)| !known.contains_key(*name));
                unknown.map_or(Ok(()), |(name, _)| Err(format!("{path}: unknown field `{name}`")))?;
            }
            "if" | "then" | "$schema" | "$defs" | "title" | "description" | "examples" | "pattern" => {}
            simple if holds(simple, wanted, value) => {}
            simple => return Err(format!("{path}: {value} breaks `{simple}` {wanted}")),
        }
    }
    Ok(())
}

/// A rule that looks at one value alone.
fn holds(rule: &str, wanted: &Value, value: &Value) -> bool {
    let limit = wanted.as_u64().unwrap_or_default();
    let letters = value.as_str().map(|text| text.chars().count() as u64);
    let items = value.as_array().map(|items| items.len() as u64);
    match rule {
        "type" => match wanted.as_str().unwrap() {
            "object" => value.is_object(),
            "array" => value.is_array(),
            "string" => value.is_string(),
            "boolean" => value.is_boolean(),
            "integer" => value.is_u64() || value.is_i64(),
            other => panic!("type {other}"),
        },
        "const" => value == wanted,
        "enum" => wanted.as_array().unwrap().contains(value),
        "required" => wanted.as_array().unwrap().iter().all(|name| value.get(name.as_str().unwrap()).is_some()),
        "minLength" => letters.is_none_or(|letters| letters >= limit),
        "maxLength" => letters.is_none_or(|letters| letters <= limit),
        "minItems" => items.is_none_or(|items| items >= limit),
        "maxItems" => items.is_none_or(|items| items <= limit),
        "minimum" => value.as_u64().is_none_or(|number| number >= limit),
        "maximum" => value.as_u64().is_none_or(|number| number <= limit),
        other => panic!("the schema uses `{other}`, which this test does not know"),
    }
}

fn accepts(yaml: &str) -> Result<(), String> {
    let value: Value = serde_saphyr::from_str(yaml).unwrap();
    check(&schema(), &schema(), &value, "$")
}

#[test]
fn every_document_of_the_examples_is_accepted_as_written() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/acme");
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "yaml") {
            let text = std::fs::read_to_string(&path).unwrap();
            for value in serde_saphyr::from_multiple::<Value>(&text).unwrap() {
                check(&schema(), &schema(), &value, "$").unwrap_or_else(|why| panic!("{}: {why}", path.display()));
            }
        }
    }
    for document in examples::documents("acme") {
        check(&schema(), &schema(), &json!(document.content), "$").unwrap_or_else(|why| panic!("{why}"));
    }
}

#[test]
fn mistakes_are_marked() {
    for yaml in [
        "kind: service",
        "kind: servce\nslug: a",
        "slug: a",
        "kind: team\nslug: a\ncolour: red",
        "kind: service\nslug: a\nurgency: loud",
        "kind: service\nslug: a\ngrouping: {by: service}",
        "kind: service\nslug: a\ngrouping: {by: labels, labels: [], window: 5m}",
        "kind: policy\nslug: a\nsteps: [{targets: [{group: b}], wait: 5m}]",
        "kind: policy\nslug: a\nsteps: [{targets: [{user: b, skill: c}], wait: 5m}]",
        "kind: policy\nslug: a\nsteps: [{targets: [{user: b}], wait: 5m, acknowledgements: 0}]",
        "kind: policy\nslug: a\nsteps: [{targets: [{user: b}], wait: 5m, only_if: {severities: [sev9]}}]",
        "kind: policy\nslug: a\nsteps: []\nunresolved: [{targets: [{user: b}]}]",
        "kind: policy\nslug: a\nsteps: [{targets: [{user: b, schedule: c}], wait: 5m}]",
        "kind: policy\nslug: a\nsteps: []\nrepeats: 10",
        "kind: schedule\nslug: a\ntime_zone: UTC\nlayers: [{start: x, turn: daily, restrictions: [{hourly: x}]}]",
        "kind: user\nslug: a\nrole: boss",
        "kind: user\nslug: a\nrules: {high: [{after: 5m}]}",
        "kind: integration\nslug: a\nservice: b",
        "kind: organisation\nmail: {host: h, sender: s, password: p}",
    ] {
        assert!(accepts(yaml).is_err(), "{yaml}");
    }
}

/// The reader lists the fields that it knows when it meets one that it does not.
fn fields_known_to_the_reader(document: Value) -> BTreeSet<String> {
    let refusal = serde_json::from_value::<Document>(document.clone()).unwrap_err().to_string();
    let (_, list) = refusal.split_once("expected ").unwrap_or_else(|| panic!("{document}: {refusal}"));
    list.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

#[test]
fn the_schema_has_exactly_the_fields_that_the_reader_knows() {
    let schema = schema();
    let words = schema["properties"]["kind"]["enum"].as_array().unwrap();
    for word in words {
        let mut known = fields_known_to_the_reader(json!({"kind": word, "what": 1}));
        known.insert("kind".into());
        let properties = schema["$defs"][word.as_str().unwrap()]["properties"].as_object().unwrap();
        assert_eq!(properties.keys().cloned().collect::<BTreeSet<_>>(), known, "{word}");
    }
    for (document, part) in [
        (json!({"kind": "organisation", "mail": {"what": 1}}), &schema["$defs"]["organisation"]["properties"]["mail"]),
        (
            json!({"kind": "user", "contacts": [{"what": 1}]}),
            &schema["$defs"]["user"]["properties"]["contacts"]["items"],
        ),
        (json!({"kind": "user", "rules": {"what": 1}}), &schema["$defs"]["user"]["properties"]["rules"]),
        (json!({"kind": "user", "rules": {"high": [{"what": 1}]}}), &schema["$defs"]["rung"]["oneOf"][1]),
        (
            json!({"kind": "schedule", "layers": [{"what": 1}]}),
            &schema["$defs"]["schedule"]["properties"]["layers"]["items"],
        ),
        (
            json!({"kind": "schedule", "overrides": [{"what": 1}]}),
            &schema["$defs"]["schedule"]["properties"]["overrides"]["items"],
        ),
        (json!({"kind": "policy", "steps": [{"what": 1}]}), &schema["$defs"]["policy"]["properties"]["steps"]["items"]),
    ] {
        let properties = part["properties"].as_object().unwrap();
        let known = fields_known_to_the_reader(document.clone());
        assert_eq!(properties.keys().cloned().collect::<BTreeSet<_>>(), known, "{document}");
    }
}
