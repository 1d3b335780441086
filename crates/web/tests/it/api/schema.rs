//! Checks answers against the document: what it promises is what comes.

use serde_json::{Map, Value};

/// Checks an answer against what the document says about it.
#[track_caller]
pub(super) fn check_answer(document: &Value, method: &str, path: &str, status: u16, answer: &Value) {
    let path = path.split('?').next().unwrap();
    let Some((template, item)) = find(document, path) else { return };
    let operation = &item[method.to_ascii_lowercase()];
    if operation.is_null() || answer.is_null() {
        return;
    }
    let at = format!("{method} {template} {status}");
    let responses = &operation["responses"];
    let response = responses.get(status.to_string()).or_else(|| responses.get("default").filter(|_| status >= 400));
    let response = response.unwrap_or_else(|| panic!("{at}: the document does not know this status: {answer}"));
    let kind = if status >= 400 { "application/problem+json" } else { "application/json" };
    let schema = &response["content"][kind]["schema"];
    assert!(schema.is_object(), "{at}: the document does not expect a body: {answer}");
    check(document, schema, answer, "$").unwrap_or_else(|why| panic!("{at}: {why} in {answer}"));
}

/// The path of the document that an address means: the one with the fewest parameters.
fn find<'a>(document: &'a Value, path: &str) -> Option<(&'a String, &'a Value)> {
    let parts: Vec<&str> = path.split('/').collect();
    let fits = |template: &str| {
        let wanted: Vec<&str> = template.split('/').collect();
        wanted.len() == parts.len()
            && wanted.iter().zip(&parts).all(|(wanted, part)| wanted.starts_with('{') || wanted == part)
    };
    let paths = document["paths"].as_object()?.iter();
    paths.filter(|(template, _)| fits(template)).min_by_key(|(template, _)| template.matches('{').count())
}

/// Checks a value against the part of JSON Schema that the document uses, formats and limits aside. Fields that a
/// schema does not name are refused wherever nothing is composed, so that no field goes undescribed.
fn check(document: &Value, schema: &Value, value: &Value, path: &str) -> Result<(), String> {
    let Some(rules) = schema.as_object() else { return Ok(()) };
    if let Some(target) = rules.get("$ref").and_then(Value::as_str) {
        let target = document.pointer(&target[1..]).ok_or_else(|| format!("{path}: {target} leads nowhere"))?;
        return check(document, target, value, path);
    }
    if let Some(kinds) = rules.get("type") {
        let named = |kind: &Value| is_a(kind.as_str().unwrap_or_default(), value);
        let fits = kinds.as_array().map_or_else(|| named(kinds), |kinds| kinds.iter().any(named));
        if !fits {
            return Err(format!("{path}: {value} is not {kinds}"));
        }
    }
    if rules.get("enum").and_then(Value::as_array).is_some_and(|words| !words.contains(value) && !value.is_null()) {
        return Err(format!("{path}: {value} is none of the words"));
    }
    if rules.get("const").is_some_and(|wanted| wanted != value) {
        return Err(format!("{path}: {value} is another constant"));
    }
    for part in ["oneOf", "anyOf"].iter().filter_map(|kind| rules.get(*kind)?.as_array()) {
        let all: Vec<String> = part.iter().filter_map(|one| check(document, one, value, path).err()).collect();
        if all.len() == part.len() {
            return Err(format!("{path}: nothing fits: {all:?}"));
        }
    }
    for part in rules.get("allOf").and_then(Value::as_array).into_iter().flatten() {
        check_fields(document, part, value, path, false)?;
    }
    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
        check(document, rules.get("items").unwrap_or(&Value::Null), item, &format!("{path}[{index}]"))?;
    }
    check_fields(document, schema, value, path, rules.contains_key("properties"))
}

fn check_fields(document: &Value, schema: &Value, value: &Value, path: &str, closed: bool) -> Result<(), String> {
    let resolved = schema["$ref"].as_str().and_then(|target| document.pointer(&target[1..]));
    let schema = resolved.unwrap_or(schema);
    let Some(fields) = value.as_object() else { return Ok(()) };
    let empty = Map::new();
    let known = schema["properties"].as_object().unwrap_or(&empty);
    for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if !fields.contains_key(name) {
            return Err(format!("{path}: `{name}` is missing"));
        }
    }
    for (name, field) in fields {
        match known.get(name) {
            Some(part) => check(document, part, field, &format!("{path}.{name}"))?,
            None if closed => return Err(format!("{path}: the document does not know `{name}`")),
            None => {}
        }
    }
    Ok(())
}

fn is_a(kind: &str, value: &Value) -> bool {
    match kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_u64() || value.is_i64(),
        "number" => value.is_number(),
        "null" => value.is_null(),
        _ => false,
    }
}
