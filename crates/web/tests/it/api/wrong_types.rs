//! Every field of every body with what it cannot be: the answer names the field and says what to do.

use std::collections::BTreeSet;

use allclear_core::limits;
use jiff::SignedDuration;
use serde_json::{Map, Value, json};

use super::document::operations;
use super::house::House;

/// How deep bodies are looked into.
const DEPTH: usize = 7;

/// A field of a body: its name as problems write it, a body that has nothing but this field, and values of types that
/// it does not have.
struct Field {
    name: String,
    body: Box<dyn Fn(Value) -> Value>,
    wrong: Vec<Value>,
}

fn resolve<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    match schema["$ref"].as_str() {
        Some(target) => resolve(document, document.pointer(&target[1..]).unwrap_or(&Value::Null)),
        None => schema,
    }
}

/// The schemas that a schema stands for: one, or several of which any may hold.
fn branches<'a>(document: &'a Value, schema: &'a Value) -> Vec<&'a Value> {
    let schema = resolve(document, schema);
    let of = |kind: &str| schema[kind].as_array().into_iter().flatten();
    let parts: Vec<&Value> = of("oneOf").chain(of("anyOf")).chain(of("allOf")).collect();
    if parts.is_empty() { vec![schema] } else { parts.into_iter().flat_map(|part| branches(document, part)).collect() }
}

/// The types that a value may have; nothing where any will do.
fn types(document: &Value, schema: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for branch in branches(document, schema) {
        let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        match &branch["type"] {
            Value::String(one) => drop(found.insert(one.clone())),
            Value::Array(several) => found.extend(several.iter().map(word)),
            _ if branch["enum"].is_array() || branch["const"].is_string() => drop(found.insert("string".to_owned())),
            _ if branch["properties"].is_object() => drop(found.insert("object".to_owned())),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => return BTreeSet::new(),
        }
    }
    found
}

fn wrong_values(types: &BTreeSet<String>) -> Vec<Value> {
    let has = |kind: &str| types.contains(kind);
    let all = [
        (has("string"), json!("\u{1}<wrong>")),
        (has("integer") || has("number"), json!(7)),
        (has("integer") || has("number"), json!(-1.5e300)),
        (has("boolean"), json!(true)),
        (has("array"), json!([[[]]])),
        (has("object"), json!({"\u{0}": {"wrong": 1}})),
    ];
    if types.is_empty() {
        return Vec::new();
    }
    all.into_iter().filter(|(fits, _)| !fits).map(|(_, value)| value).collect()
}

type Wrap = std::rc::Rc<dyn Fn(Value) -> Value>;

/// Gathers the fields below a schema. `wrap` makes a body of a value at this place.
fn gather(document: &Value, schema: &Value, name: &str, wrap: &Wrap, depth: usize, found: &mut Vec<Field>) {
    let (types, place) = (types(document, schema), if name.is_empty() { "body" } else { name });
    let own = wrap.clone();
    found.push(Field { name: place.to_owned(), body: Box::new(move |value| own(value)), wrong: wrong_values(&types) });
    if depth == 0 {
        return;
    }
    for branch in branches(document, schema) {
        if let Some(properties) = branch["properties"].as_object() {
            // What tells documents of different kinds apart must be there, or nothing else is looked at.
            let fixed: Map<String, Value> = properties
                .iter()
                .filter_map(|(key, part)| Some((key.clone(), resolve(document, part).get("const")?.clone())))
                .collect();
            for (key, part) in properties.iter().filter(|(key, _)| !fixed.contains_key(*key)) {
                let (outer, fixed, key) = (wrap.clone(), fixed.clone(), key.clone());
                let inner: Wrap = std::rc::Rc::new({
                    let key = key.clone();
                    move |value| {
                        let mut object = fixed.clone();
                        object.insert(key.clone(), value);
                        outer(Value::Object(object))
                    }
                });
                let name = if name.is_empty() { key } else { format!("{name}.{key}") };
                gather(document, part, &name, &inner, depth - 1, found);
            }
        }
        if branch["items"].is_object() {
            let outer = wrap.clone();
            let inner: Wrap = std::rc::Rc::new(move |value| outer(json!([value])));
            gather(document, &branch["items"], &format!("{name}[1]"), &inner, depth - 1, found);
        }
    }
}

#[tokio::test]
async fn what_a_field_cannot_be_is_refused_with_its_name() {
    let house = House::new().await;
    let document = house.call("", "GET /api/openapi.json", &[], &Value::Null).await.json;
    let before = house.get("/configuration").await;
    // A person, as programs have no profile; and one who may do everything.
    let ana = house.token_of("ana").await;
    let (mut asked, mut paused_at, mut bad) = (0, 0, Vec::new());
    for (method, path, operation) in operations(&document) {
        let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
        if schema.is_null() {
            continue;
        }
        let filled: Vec<&str> = path.split('/').map(|part| if part.starts_with('{') { "none" } else { part }).collect();
        let query = if path == "/api/v1/events" { "?integration=checkout-hook" } else { "" };
        let line = format!("{method} {}{query}", filled.join("/"));
        let mut fields = Vec::new();
        let whole: Wrap = std::rc::Rc::new(|value| value);
        gather(&document, schema, "", &whole, DEPTH, &mut fields);
        for field in fields {
            if asked > paused_at + usize::try_from(limits::API_PER_MINUTE).unwrap() / 2 {
                // Nobody may ask so much in a minute.
                house.wait(SignedDuration::from_mins(1)).await;
                paused_at = asked;
            }
            for wrong in &field.wrong {
                let reply = house.call(&ana, &line, &[], &(field.body)(wrong.clone())).await;
                asked += 1;
                let named = reply.json["errors"].as_array().into_iter().flatten();
                let is_named = named.into_iter().any(|error| {
                    let (name, message) = (error["field"].as_str().unwrap(), error["message"].as_str().unwrap());
                    // A list in the place of an object is read by places, and so the first of its places is wrong.
                    let place = format!("{}[1]", field.name);
                    (name == field.name || name.starts_with(&place)) && message.len() > 5
                });
                let kind = reply.header("content-type");
                if reply.status.as_u16() != 422 || kind != "application/problem+json" || !is_named {
                    bad.push(format!("{line} {} = {wrong}: {} {}", field.name, reply.status, reply.json));
                }
            }
        }
    }
    assert!(asked > 500, "only {asked} bodies were sent");
    assert!(bad.is_empty(), "{} of {asked}:\n{}", bad.len(), bad.join("\n"));
    assert_eq!(house.get("/configuration").await, before, "nothing of it was done");
}
