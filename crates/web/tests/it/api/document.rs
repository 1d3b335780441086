//! The document says exactly what there is.

use std::collections::{BTreeMap, BTreeSet};

use allclear_web::{Access, Face};
use axum::http::StatusCode;
use serde_json::Value;

use super::house::House;

/// The operations of the document: method, path, description.
pub(super) fn operations(document: &Value) -> Vec<(String, String, Value)> {
    let paths = document["paths"].as_object().unwrap().iter();
    let of_path = |(path, item): (&String, &Value)| {
        let methods = item.as_object().unwrap().iter();
        let operation =
            |(method, operation): (&String, &Value)| (method.to_ascii_uppercase(), path.clone(), operation.clone());
        methods.map(operation).collect::<Vec<_>>()
    };
    paths.flat_map(of_path).collect()
}

async fn document(house: &House) -> Value {
    let reply = house.call("", "GET /api/openapi.json", &[], &Value::Null).await;
    assert_eq!((reply.status, reply.header("content-type")), (StatusCode::OK, "application/json"));
    reply.json
}

#[tokio::test]
async fn the_document_has_the_routes_of_the_gate_and_no_others() {
    let house = House::new().await;
    let document = document(&house).await;
    let described: BTreeSet<_> = operations(&document).into_iter().map(|(method, path, _)| (method, path)).collect();
    let table = allclear_web::table(&house.app);
    let mounted: BTreeSet<_> = table
        .iter()
        .filter(|entry| entry.face == Face::Api)
        .map(|entry| (entry.method.to_string(), entry.path.to_string()))
        .collect();
    assert_eq!(described, mounted);
    assert!(described.len() > 70, "{}", described.len());
}

#[tokio::test]
async fn who_may_do_what_is_reviewed() {
    let house = House::new().await;
    let table = allclear_web::table(&house.app);
    let mut lines: Vec<String> = table
        .iter()
        .filter(|entry| entry.face == Face::Api)
        .map(|entry| {
            let Access::May(permission) = entry.access else { panic!("{entry:?} is open to everybody") };
            format!("{:6} {:58} {}", entry.method.as_str(), entry.path, permission.words())
        })
        .collect();
    lines.sort_by_key(|line| line[7..].to_owned());
    insta::assert_snapshot!(lines.join("\n"));
}

#[tokio::test]
async fn the_document_is_sound() {
    let house = House::new().await;
    let document = document(&house).await;
    assert_eq!(document["openapi"], "3.1.0");
    let mut ids = BTreeSet::new();
    for (method, path, operation) in operations(&document) {
        let at = format!("{method} {path}");
        let id = operation["operationId"].as_str().unwrap_or_else(|| panic!("{at} has no id"));
        assert!(ids.insert(id.to_owned()), "{id} is there twice");
        assert!(operation["summary"].as_str().is_some_and(|text| !text.is_empty()), "{at} has no summary");
        assert!(operation["description"].as_str().unwrap().contains("Permission: "), "{at}");
        assert_eq!(operation["tags"].as_array().map(Vec::len), Some(1), "{at}");
        assert!(operation["responses"]["default"].is_object(), "{at}");
        let successes = operation["responses"].as_object().unwrap().keys().filter(|status| status.starts_with('2'));
        assert!(successes.count() > 0, "{at} never succeeds");
        let named = parameters(&operation, "path");
        let in_path: BTreeSet<String> = path.split(['{', '}']).skip(1).step_by(2).map(str::to_owned).collect();
        assert_eq!(named, in_path, "{at}");
        assert_eq!(parameters(&operation, "header").contains("Idempotency-Key"), method == "POST", "{at}");
        let takes_body = operation.get("requestBody").is_some();
        assert!(!takes_body || !["GET", "DELETE"].contains(&method.as_str()), "{at}");
    }
}

fn parameters(operation: &Value, place: &str) -> BTreeSet<String> {
    let all = operation["parameters"].as_array().into_iter().flatten();
    let here = all.filter(|parameter| parameter["in"] == place);
    here.map(|parameter| parameter["name"].as_str().unwrap().to_owned()).collect()
}

/// Every reference, with how often it is made.
fn references(value: &Value, found: &mut BTreeMap<String, usize>) {
    match value {
        Value::Object(fields) => {
            if let Some(Value::String(target)) = fields.get("$ref") {
                *found.entry(target.clone()).or_default() += 1;
            }
            fields.values().for_each(|value| references(value, found));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[tokio::test]
async fn every_schema_is_there_and_used_and_described() {
    let house = House::new().await;
    let document = document(&house).await;
    let mut found = BTreeMap::new();
    references(&document, &mut found);
    for target in found.keys() {
        let pointer = target.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some_and(Value::is_object), "{target} leads nowhere");
    }
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        assert!(found.contains_key(&format!("#/components/schemas/{name}")), "nobody uses {name}");
        assert!(!schema.as_object().unwrap().is_empty(), "{name} says nothing");
        let properties = schema["properties"].as_object().into_iter().flatten();
        for (field, property) in properties {
            let is_said = property.get("const").is_some() || describes(property);
            assert!(is_said || name.ends_with("Document"), "{name}.{field} is not described: {property}");
        }
    }
}

/// A property says what it is, itself or by what it refers to.
fn describes(property: &Value) -> bool {
    let parts = ["oneOf", "allOf", "anyOf"].iter().filter_map(|kind| property[kind].as_array()).flatten();
    property.get("description").is_some() || parts.into_iter().any(|part| part.get("description").is_some())
}

#[tokio::test]
async fn addresses_that_mean_nothing_are_problems() {
    let house = House::new().await;
    for line in ["GET /nothing", "GET /api", "POST /api/v2/incidents", "GET /incidents/INC-1/nothing"] {
        let reply = house.ask(line, Value::Null).await;
        assert_eq!(reply.header("content-type"), "application/problem+json", "{line}");
        assert_eq!(reply.with(404)["status"], 404, "{line}");
    }
    let reply = house.ask("DELETE /incidents", Value::Null).await;
    assert_eq!(reply.header("content-type"), "application/problem+json");
    assert_eq!(reply.header("allow"), "GET,HEAD,POST");
    reply.with(405);
}
