//! The things of the configuration, each as the document that describes it in files.

use std::borrow::Cow;

use allclear_core::access::Permission;
use allclear_core::declaration::{self, Document, Located, Location, Options};
use allclear_core::directory::{Change, Directory, Kind, Object};
use allclear_engine::{Draft, NotChanged};
use axum::Json;
use axum::extract::{OriginalUri, Path};
use axum::http::header::ETAG;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use utoipa::openapi::schema::ObjectBuilder;
use utoipa::openapi::{RefOr, Schema};
use utoipa::{IntoParams, PartialSchema, ToSchema};
use utoipa_axum::routes;

use super::Api;
use super::etag::{Precondition, etag};
use super::extract::{Asker, Body, Params, from_value, missing};
use super::page::{Listed, Page, Paging};
use crate::gate::Access::May;
use crate::problem::{FieldError, Problem};

pub(super) use self::schedules::ScheduleDocument;

/// Which page of a list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct DirectoryParams {
    /// The `next` of the page before.
    cursor: Option<String>,
    /// How many to a page, 1 to 200; 50 where left out.
    limit: Option<usize>,
}

/// The operations of one kind of things. The document's schema is put in its place when the API is described.
macro_rules! kind {
    ($kind:ident, $module:ident, $document:ident, $tag:literal, $path:literal, $one:literal,
     $list:literal, $get:literal, $put:literal, $delete:literal, $a:literal, $removed:literal) => {
        mod $module {
            use super::*;

            #[derive(Debug)]
            pub(in crate::api) enum $document {}

            impl PartialSchema for $document {
                fn schema() -> RefOr<Schema> {
                    ObjectBuilder::new().into()
                }
            }

            impl ToSchema for $document {
                fn name() -> Cow<'static, str> {
                    stringify!($document).into()
                }
            }

            pub(super) fn mount(api: Api) -> Api {
                let manage = May(Permission::Manage(Kind::$kind));
                api.on(May(Permission::View), routes!(list))
                    .on(May(Permission::View), routes!(get))
                    .on(manage, routes!(put))
                    .on(manage, routes!(delete))
            }

            #[utoipa::path(
                get, path = $path, tag = $tag, operation_id = $list, summary = concat!("List ", $tag),
                description = "By their slugs.", params(DirectoryParams),
                responses((status = 200, description = "A page of documents.", body = Page<$document>))
            )]
            async fn list(
                asker: Asker,
                OriginalUri(uri): OriginalUri,
                Params(params): Params<DirectoryParams>,
            ) -> Result<Listed<Document>, Problem> {
                list_kind(&asker, Kind::$kind, uri, params)
            }

            #[utoipa::path(
                get, path = $one, tag = $tag, operation_id = $get, summary = concat!("Get ", $a),
                params(("slug" = String, Path, description = "Its slug")),
                responses((status = 200, description = "The document.", body = $document,
                           headers(("ETag" = String, description = "Its version"))))
            )]
            async fn get(asker: Asker, headers: HeaderMap, Path(slug): Path<String>) -> Result<Response, Problem> {
                get_one(&asker, Kind::$kind, &headers, &slug)
            }

            #[utoipa::path(
                put, path = $one, tag = $tag, operation_id = $put, summary = concat!("Put ", $a),
                description = "Creates it, or replaces it: what the document leaves out has its default, but for what a \
                               file leaves alone as well. `kind` and `slug` may be left out.",
                params(("slug" = String, Path, description = "Its slug"),
                       ("If-Match" = Option<String>, Header, description = "The ETag of the version that was read"),
                       ("If-None-Match" = Option<String>, Header, description = "`*` to create it only")),
                request_body = $document,
                responses((status = 200, description = "The document, as it is now.", body = $document),
                          (status = 201, description = "The document of what is new.", body = $document),
                          (status = 412, description = "Somebody has changed it since.", body = Problem))
            )]
            async fn put(
                asker: Asker,
                headers: HeaderMap,
                Path(slug): Path<String>,
                Body(fields): Body<Map<String, Value>>,
            ) -> Result<Response, Problem> {
                put_one(&asker, Kind::$kind, &headers, &slug, fields).await
            }

            #[utoipa::path(
                delete, path = $one, tag = $tag, operation_id = $delete, summary = concat!("Delete ", $a),
                description = $removed,
                params(("slug" = String, Path, description = "Its slug"),
                       ("If-Match" = Option<String>, Header, description = "The ETag of the version that was read")),
                responses((status = 204, description = "It is gone."),
                          (status = 409, description = "It is still in use.", body = Problem),
                          (status = 412, description = "Somebody has changed it since.", body = Problem))
            )]
            async fn delete(asker: Asker, headers: HeaderMap, Path(slug): Path<String>) -> Result<StatusCode, Problem> {
                delete_one(&asker, Kind::$kind, &headers, &slug).await
            }
        }
    };
}

kind!(
    Team,
    teams,
    TeamDocument,
    "Teams",
    "/api/v1/teams",
    "/api/v1/teams/{slug}",
    "listTeams",
    "getTeam",
    "putTeam",
    "deleteTeam",
    "a team",
    "Nothing may refer to it any more."
);
kind!(
    User,
    users,
    UserDocument,
    "Users",
    "/api/v1/users",
    "/api/v1/users/{slug}",
    "listUsers",
    "getUser",
    "putUser",
    "deleteUser",
    "a user",
    "They are suspended: they sign in no more and are never paged, but history goes on naming them."
);
kind!(
    Schedule,
    schedules,
    ScheduleDocument,
    "Schedules",
    "/api/v1/schedules",
    "/api/v1/schedules/{slug}",
    "listSchedules",
    "getSchedule",
    "putSchedule",
    "deleteSchedule",
    "a schedule",
    "Nothing may refer to it any more."
);
kind!(
    Policy,
    policies,
    PolicyDocument,
    "Policies",
    "/api/v1/policies",
    "/api/v1/policies/{slug}",
    "listPolicies",
    "getPolicy",
    "putPolicy",
    "deletePolicy",
    "an escalation policy",
    "Nothing may refer to it any more. Escalations under way go on with the policy that they started with."
);
kind!(
    Service,
    services,
    ServiceDocument,
    "Services",
    "/api/v1/services",
    "/api/v1/services/{slug}",
    "listServices",
    "getService",
    "putService",
    "deleteService",
    "a service",
    "Nothing may refer to it any more."
);
kind!(
    Integration,
    integrations,
    IntegrationDocument,
    "Integrations",
    "/api/v1/integrations",
    "/api/v1/integrations/{slug}",
    "listIntegrations",
    "getIntegration",
    "putIntegration",
    "deleteIntegration",
    "an integration",
    "Its key opens nothing any more."
);

pub(super) fn mount(api: Api) -> Api {
    let kinds = [teams::mount, users::mount, schedules::mount, policies::mount, services::mount, integrations::mount];
    kinds.into_iter().fold(api, |api, mount| mount(api))
}

/// A document as whoever asks may see it. How people are reached is for themselves and for those who manage people; a
/// document without it can be put back as it is.
pub(super) fn shown(asker: &Asker, directory: &Directory, object: &Object) -> Document {
    let mut document = declaration::describe(directory, object);
    if let Document::User(user) = &mut document {
        let own = asker.visitor.user.as_ref().is_some_and(|me| me.slug == user.slug);
        if !own && !asker.visitor.may(Permission::Manage(Kind::User)) {
            (user.contacts, user.rules) = (None, None);
        }
    }
    document
}

/// The version of a thing, as its `ETag` says it.
pub(super) fn version(directory: &Directory, object: &Object) -> String {
    etag(&declaration::describe(directory, object))
}

fn list_kind(asker: &Asker, kind: Kind, uri: Uri, params: DirectoryParams) -> Result<Listed<Document>, Problem> {
    let paging = Paging::<String>::new(uri, params.cursor, params.limit)?;
    let directory = &asker.directory;
    let mut objects: Vec<&Object> = directory.of_kind(kind).collect();
    objects.sort_by_key(|object| object.slug());
    objects.retain(|object| paging.after.as_deref().is_none_or(|after| object.slug() > after));
    Ok(paging.page(objects, |object| object.slug().to_owned(), |object| shown(asker, directory, object)))
}

fn get_one(asker: &Asker, kind: Kind, headers: &HeaderMap, slug: &str) -> Result<Response, Problem> {
    let object = asker.directory.by_slug(kind, slug).ok_or_else(|| missing(kind.word(), slug))?;
    let version = version(&asker.directory, object);
    if Precondition::of(headers).is_known(&version) {
        return Ok((StatusCode::NOT_MODIFIED, [(ETAG, version)]).into_response());
    }
    Ok(([(ETAG, version)], Json(shown(asker, &asker.directory, object))).into_response())
}

async fn put_one(
    asker: &Asker,
    kind: Kind,
    headers: &HeaderMap,
    slug: &str,
    fields: Map<String, Value>,
) -> Result<Response, Problem> {
    let document = read(kind, slug, fields)?;
    let precondition = Precondition::of(headers);
    let documents = [located(document)];
    let plan = |directory: &Directory| {
        let before = directory.by_slug(kind, slug).map(|object| version(directory, object));
        precondition.check(before.as_deref())?;
        let planned = asker.engine().plan_on(directory, &documents, Options::default()).map_err(refused)?;
        let Draft { changes, keys, .. } = asker.engine().draft(planned);
        Ok::<_, Problem>(Draft { changes, keys, passed: before.is_none() })
    };
    let (directory, is_new) = asker.engine().change(asker.actor(), plan).await?;
    let object = directory.by_slug(kind, slug).ok_or_else(|| missing(kind.word(), slug))?;
    let status = if is_new { StatusCode::CREATED } else { StatusCode::OK };
    let version = version(&directory, object);
    Ok((status, [(ETAG, version)], Json(shown(asker, &directory, object))).into_response())
}

/// The document of a body; the address decides about its kind and slug.
pub(super) fn read(kind: Kind, slug: &str, mut fields: Map<String, Value>) -> Result<Document, Problem> {
    for (name, wanted) in [("kind", kind.word()), ("slug", slug)] {
        match fields.remove(name) {
            Some(given) if given != wanted => {
                let message = format!("{given} is not `{wanted}`, as the address says; leave it out");
                return Err(Problem::field(name, message));
            }
            Some(_) | None => {}
        }
    }
    fields.insert("slug".to_owned(), slug.into());
    fn of<T: DeserializeOwned>(fields: Map<String, Value>) -> Result<T, Problem> {
        from_value(Value::Object(fields), "")
    }
    Ok(match kind {
        Kind::Team => Document::Team(of(fields)?),
        Kind::User => Document::User(of(fields)?),
        Kind::Schedule => Document::Schedule(of(fields)?),
        Kind::Policy => Document::Policy(of(fields)?),
        Kind::Service => Document::Service(of(fields)?),
        Kind::Integration => Document::Integration(of(fields)?),
    })
}

/// A document of a body, with the place that problems name.
pub(super) fn located(content: Document) -> Located<Document> {
    Located { at: Location { file: "body".to_owned(), document: 1, line: None }, content }
}

/// What is wrong with the one document of a request.
pub(super) fn refused(problems: Vec<declaration::Problem>) -> Problem {
    let field = |problem: declaration::Problem| {
        let field = match problem.at {
            Some(_) => problem.field,
            None => format!("{}: {}", problem.subject, problem.field),
        };
        FieldError { field, message: problem.message }
    };
    Problem::invalid(problems.into_iter().map(field).collect())
}

async fn delete_one(asker: &Asker, kind: Kind, headers: &HeaderMap, slug: &str) -> Result<StatusCode, Problem> {
    let precondition = Precondition::of(headers);
    let plan = |directory: &Directory| {
        let object = directory.by_slug(kind, slug).ok_or_else(|| missing(kind.word(), slug))?;
        precondition.check(Some(&version(directory, object)))?;
        let changes = match declaration::describe(directory, object) {
            Document::User(mut user) => {
                user.suspended = Some(true);
                let documents = [located(Document::User(user))];
                let planned = asker.engine().plan_on(directory, &documents, Options::default());
                planned.map_err(|problems| still_used(refused(problems)))?.changes()
            }
            Document::Organisation(_)
            | Document::Team(_)
            | Document::Schedule(_)
            | Document::Policy(_)
            | Document::Service(_)
            | Document::Integration(_) => vec![Change::Remove(kind, object.uuid())],
        };
        Ok::<_, Deletion>(Draft { changes, keys: Vec::new(), passed: () })
    };
    asker.engine().change(asker.actor(), plan).await.map_err(|Deletion(problem)| problem)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Why something is not deleted. What would contradict itself then is a matter of what else there is, not of the
/// request.
struct Deletion(Problem);

impl From<Problem> for Deletion {
    fn from(problem: Problem) -> Self {
        Self(problem)
    }
}

impl From<NotChanged> for Deletion {
    fn from(error: NotChanged) -> Self {
        let refused = matches!(error, NotChanged::Refused(_));
        let problem = Problem::from(error);
        Self(if refused { still_used(problem) } else { problem })
    }
}

fn still_used(problem: Problem) -> Problem {
    let detail = "It is still in use. Change what is named here first; nothing was changed.";
    Problem { errors: problem.errors, ..Problem::conflict(detail) }
}
