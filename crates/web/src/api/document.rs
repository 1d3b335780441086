//! The OpenAPI document.

use std::collections::BTreeMap;

use allclear_core::declaration;
use axum::http::Method;
use serde_json::{Map, Value, json};
use utoipa::openapi::extensions::ExtensionsBuilder;
use utoipa::openapi::path::{HttpMethod, Operation, ParameterBuilder, ParameterIn, PathItem};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{
    Components, ContentBuilder, InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder, Ref, RefOr, ResponseBuilder,
    Schema,
};
use utoipa::{PartialSchema, ToSchema};

use super::idempotency;
use crate::gate::Access;
use crate::problem::{FieldError, Problem};

const DESCRIPTION: &str = "\
Everything that people can do with Allclear, for programs.

**Tokens.** Send `Authorization: Bearer alc_…`. Each operation names the permission that it needs.

**Problems** come as `application/problem+json` (RFC 9457); where fields are wrong, `errors` has each of them with what is \
wrong and what to do. Places in lists are counted from 1: `steps[2].wait`.

**Lists** come a page at a time, newest first where there is a time: follow `next`, or the `Link` header.

**Repetitions.** POSTs take an `Idempotency-Key`: a request that is sent again within a day with the same key is carried \
out once and answered as before.

**Versions.** Things of the configuration have an `ETag`; send it back as `If-Match`, and a change that somebody else made \
in between is not overwritten.

**Limits** are under `/api/v1/limits`; beyond them is 429 with `Retry-After`.";

/// A document without any operation.
pub(super) fn empty() -> OpenApi {
    let license = LicenseBuilder::new().name("Apache-2.0").identifier(Some("Apache-2.0")).build();
    let info = InfoBuilder::new()
        .title("Allclear")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(DESCRIPTION))
        .license(Some(license));
    let mut components = Components::new();
    let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("alc_…").build();
    components.add_security_scheme("token", SecurityScheme::Http(scheme));
    let mut document = OpenApiBuilder::new().info(info).components(Some(components)).build();
    add_schemas(
        &mut document,
        vec![
            (Problem::name().into_owned(), Problem::schema()),
            (FieldError::name().into_owned(), FieldError::schema()),
        ],
    );
    document
}

/// Adds schemas; the same name must mean the same everywhere.
pub(super) fn add_schemas(document: &mut OpenApi, schemas: Vec<(String, RefOr<Schema>)>) {
    let known = &mut document.components.get_or_insert_default().schemas;
    for (name, schema) in schemas {
        let before = known.insert(name.clone(), schema);
        debug_assert!(before.is_none_or(|before| before == known[&name]), "two schemas are called {name}");
    }
}

/// The operations of a path.
pub(super) fn operations(item: PathItem) -> Vec<(HttpMethod, Operation)> {
    let all = [
        (HttpMethod::Get, item.get),
        (HttpMethod::Put, item.put),
        (HttpMethod::Post, item.post),
        (HttpMethod::Delete, item.delete),
        (HttpMethod::Patch, item.patch),
    ];
    all.into_iter().filter_map(|(method, operation)| Some((method, operation?))).collect()
}

/// The method, as the router has it.
pub(super) const fn name(method: &HttpMethod) -> Method {
    match method {
        HttpMethod::Get => Method::GET,
        HttpMethod::Post => Method::POST,
        HttpMethod::Put => Method::PUT,
        HttpMethod::Delete => Method::DELETE,
        HttpMethod::Options => Method::OPTIONS,
        HttpMethod::Head => Method::HEAD,
        HttpMethod::Patch => Method::PATCH,
        HttpMethod::Trace => Method::TRACE,
    }
}

/// Adds an operation, with what all of them have in common.
pub(super) fn add_operation(
    document: &mut OpenApi,
    path: &str,
    method: HttpMethod,
    access: Access,
    mut operation: Operation,
) {
    if let Access::May(permission) = access {
        let words = permission.words();
        let before = operation.description.take().map(|text| format!("{text}\n\n")).unwrap_or_default();
        operation.description = Some(format!("{before}Permission: {words}."));
        operation.extensions = Some(ExtensionsBuilder::new().add("x-permission", words).build());
        operation.security = Some(vec![SecurityRequirement::new("token", Vec::<String>::new())]);
    }
    if method == HttpMethod::Post {
        let key = ParameterBuilder::new()
            .name("Idempotency-Key")
            .parameter_in(ParameterIn::Header)
            .description(Some("A request that is sent again with the same key is carried out once."))
            .schema(Some(ObjectBuilder::new().schema_type(Type::String).max_length(Some(255))));
        debug_assert_eq!("Idempotency-Key".to_ascii_lowercase(), idempotency::HEADER);
        operation.parameters.get_or_insert_default().push(key.build().into());
    }
    let problem = ContentBuilder::new().schema(Some(Ref::from_schema_name(Problem::name()))).build();
    let problem = ResponseBuilder::new()
        .description("What was wrong, and what to do about it.")
        .content("application/problem+json", problem);
    operation.responses.responses.insert("default".to_owned(), problem.build().into());
    document.paths.add_path_operation(path, vec![method], operation);
}

/// The document as it is published: with the schemas of the configuration's documents, which are those of the files.
pub(super) fn finished(document: &OpenApi) -> Value {
    let mut document = serde_json::to_value(document).unwrap_or_default();
    let files = declaration::schema();
    let definitions = files["$defs"].as_object().cloned().unwrap_or_default();
    let names: BTreeMap<String, String> =
        definitions.keys().map(|name| (name.clone(), component(name, &files))).collect();
    if let Some(schemas) = document["components"]["schemas"].as_object_mut() {
        for (name, mut schema) in definitions {
            point_to_components(&mut schema, &names);
            leave_out_what_the_address_says(&mut schema);
            schemas.insert(names[&name].clone(), schema);
        }
        schemas.insert("Document".to_owned(), any_document(&files, &names));
        refer_from_pages(schemas);
    }
    if let Some(paths) = document["paths"].as_object_mut() {
        let operations = paths.values_mut().filter_map(Value::as_object_mut).flat_map(|path| path.values_mut());
        operations.for_each(say_problems_are_problems);
    }
    document
}

/// Problems have a content type of their own.
fn say_problems_are_problems(operation: &mut Value) {
    let problem = json!({ "$ref": format!("#/components/schemas/{}", Problem::name()) });
    for response in operation["responses"].as_object_mut().into_iter().flat_map(Map::values_mut) {
        if let Some(content) = response.get_mut("content").and_then(Value::as_object_mut)
            && content.get("application/json").is_some_and(|json| json["schema"] == problem)
            && let Some(json) = content.remove("application/json")
        {
            content.insert("application/problem+json".to_owned(), json);
        }
    }
}

/// `team` is a document, `time_zone` a part of documents.
fn component(name: &str, files: &Value) -> String {
    let words = name.split('_').map(|word| format!("{}{}", word[..1].to_ascii_uppercase(), &word[1..]));
    let name_in_camels: String = words.collect();
    let is_kind = kinds(files).any(|kind| kind == name);
    if is_kind { format!("{name_in_camels}Document") } else { name_in_camels }
}

fn kinds(files: &Value) -> impl Iterator<Item = &str> {
    files["properties"]["kind"]["enum"].as_array().into_iter().flatten().filter_map(Value::as_str)
}

fn any_document(files: &Value, names: &BTreeMap<String, String>) -> Value {
    let all = kinds(files).map(|kind| json!({ "$ref": format!("#/components/schemas/{}", names[kind]) }));
    json!({ "description": "One thing of the configuration, as in files.", "anyOf": all.collect::<Vec<_>>() })
}

fn point_to_components(value: &mut Value, names: &BTreeMap<String, String>) {
    match value {
        Value::Object(fields) => {
            if let Some(Value::String(target)) = fields.get_mut("$ref")
                && let Some(name) = target.strip_prefix("#/$defs/").and_then(|name| names.get(name))
            {
                *target = format!("#/components/schemas/{name}");
            }
            fields.values_mut().for_each(|value| point_to_components(value, names));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| point_to_components(item, names)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The rows of a page are described where they are by themselves, and not once more in each page.
fn refer_from_pages(schemas: &mut Map<String, Value>) {
    let rows: Vec<String> = schemas.keys().filter_map(|name| name.strip_prefix("Page_").map(str::to_owned)).collect();
    for row in rows {
        if let Some(items) =
            schemas.get_mut(&format!("Page_{row}")).and_then(|page| page.pointer_mut("/properties/items"))
        {
            items["items"] = json!({ "$ref": format!("#/components/schemas/{row}") });
        }
    }
}

/// In a file, a document must say its kind and slug; under an address that says both, it may.
fn leave_out_what_the_address_says(schema: &mut Value) {
    let is_document = schema.get("properties").and_then(Value::as_object).is_some_and(is_known_by_its_kind);
    if is_document && let Some(required) = schema.get_mut("required").and_then(Value::as_array_mut) {
        required.retain(|field| field != "kind" && field != "slug");
    }
}

fn is_known_by_its_kind(properties: &Map<String, Value>) -> bool {
    properties.get("kind").is_some_and(|kind| kind.get("const").is_some())
}
