//! Whoever asks: their profile, and their notification rules.

use std::sync::Arc;

use allclear_core::access::{Caller, Permission, Scope};
use allclear_core::declaration::{Document, Options, RulesDocument, UserDocument};
use allclear_core::directory::{Change, Directory, Kind, Object, Role, User};
use allclear_core::id::TokenId;
use allclear_core::limits;
use allclear_core::zone::Zone;
use allclear_engine::Draft;
use axum::Json;
use axum::http::HeaderMap;
use axum::http::header::ETAG;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;
use utoipa::openapi::schema::ArrayBuilder;
use utoipa::openapi::{Ref, RefOr, Schema};
use utoipa_axum::routes;

use super::directory::{located, refused, version};
use super::etag::{Precondition, etag};
use super::extract::{Asker, Body, text};
use super::parts::Reference;
use super::{Api, words};
use crate::auth::Door;
use crate::gate::Access::May;
use crate::problem::Problem;

pub(super) fn mount(api: Api) -> Api {
    let (profile, contacts) = (May(Permission::ManageOwnProfile), May(Permission::ManageOwnContacts));
    api.on(May(Permission::View), routes!(get_me))
        .on(profile, routes!(change_me))
        .on(contacts, routes!(get_rules))
        .on(contacts, routes!(put_rules))
}

/// Whoever asks.
#[derive(Debug, Serialize, ToSchema)]
struct Me {
    /// The token that was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<OwnToken>,
    /// The person; nobody where the token belongs to a program.
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<Profile>,
    /// The zone to show times in: the person's, or else the organisation's.
    #[schema(value_type = String, example = "Europe/Berlin")]
    time_zone: Zone,
    /// What is allowed.
    permissions: Vec<&'static str>,
}

/// The token of whoever asks.
#[derive(Debug, Serialize, ToSchema)]
struct OwnToken {
    /// Its identity.
    #[schema(value_type = String)]
    id: TokenId,
    /// What it is good for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<words::TokenScope>)]
    scope: Option<Scope>,
}

/// A person.
#[derive(Debug, Serialize, ToSchema)]
struct Profile {
    /// Their login.
    slug: String,
    /// Their name.
    name: String,
    /// Their mail address.
    email: String,
    /// What they may do.
    #[schema(value_type = words::UserRole)]
    role: Role,
    /// Where they live; nothing where the organisation's zone applies.
    time_zone: Option<String>,
    /// The teams they are in.
    teams: Vec<Reference>,
}

impl Profile {
    fn of(directory: &Directory, user: &User) -> Self {
        let team = |team: &allclear_core::id::TeamId| Reference::thing(directory, Kind::Team, team.uuid());
        Self {
            slug: user.slug.clone(),
            name: user.name.clone(),
            email: user.email.clone(),
            role: user.role,
            time_zone: user.time_zone.as_ref().map(|zone| zone.name().to_owned()),
            teams: user.teams.iter().map(team).collect(),
        }
    }
}

/// See who you are
///
/// And what your token allows.
#[utoipa::path(
    get, path = "/api/v1/me", tag = "Me", operation_id = "getMe",
    responses((status = 200, description = "You.", body = Me,
               headers(("ETag" = String, description = "The version of your record; none for a program"))))
)]
async fn get_me(asker: Asker) -> Response {
    let visitor = &asker.visitor;
    let scope = match visitor.caller {
        Caller::Program(scope) | Caller::PersonByToken(_, scope) => Some(scope),
        Caller::Person(_) | Caller::PageLink => None,
    };
    let token = match visitor.door {
        Door::Token { id } => Some(OwnToken { id, scope }),
        Door::Session { .. } => None,
    };
    let allowed = Permission::ALL.into_iter().filter(|permission| visitor.may(*permission));
    let me = Json(Me {
        token,
        user: visitor.user.as_ref().map(|user| Profile::of(&asker.directory, user)),
        time_zone: asker.zone.clone(),
        permissions: allowed.map(Permission::words).collect(),
    });
    let version = visitor.user.as_ref().map(|user| [(ETAG, record(&asker.directory, user))]);
    (version, me).into_response()
}

/// The version of somebody's record.
fn record(directory: &Directory, user: &Arc<User>) -> String {
    version(directory, &Object::User(Arc::clone(user)))
}

/// What is to be changed about your profile; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ProfileChange {
    /// Another name.
    name: Option<String>,
    /// Another mail address. It is no contact method by itself.
    email: Option<String>,
    /// Where you live; `null` for the organisation's zone.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, example = "Europe/Berlin")]
    time_zone: Option<Option<Zone>>,
}

/// A field that is there, even if it is `null`.
pub(super) fn given<'de, D, T>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::deserialize(deserializer).map(Some)
}

/// Change your profile
#[utoipa::path(
    patch, path = "/api/v1/me", tag = "Me", operation_id = "changeMe", request_body = ProfileChange,
    params(("If-Match" = Option<String>, Header, description = "The ETag of the version that was read")),
    responses((status = 200, description = "Your profile.", body = Profile,
               headers(("ETag" = String, description = "The version of your record"))),
              (status = 412, description = "Somebody has changed it since.", body = Problem))
)]
async fn change_me(asker: Asker, headers: HeaderMap, Body(change): Body<ProfileChange>) -> Result<Response, Problem> {
    let name = change.name.map(|name| text("name", &name, limits::NAME_CHARACTERS)).transpose()?;
    let email = change.email.map(|email| allclear_engine::check_address("email", &email)).transpose();
    let email = email.map_err(|message| Problem::field("email", message))?;
    let edit = |user: &mut User| {
        user.name = name.clone().unwrap_or_else(|| user.name.clone());
        user.email = email.clone().unwrap_or_else(|| user.email.clone());
        if let Some(zone) = &change.time_zone {
            user.time_zone = zone.clone();
        }
        Ok(())
    };
    let (directory, user) = change_user_if(&asker, &Precondition::of(&headers), edit).await?;
    Ok(([(ETAG, record(&directory, &user))], Json(Profile::of(&directory, &user))).into_response())
}

/// Changes the person who asks.
pub(super) async fn change_user(
    asker: &Asker,
    edit: impl Fn(&mut User) -> Result<(), Problem>,
) -> Result<(Arc<Directory>, Arc<User>), Problem> {
    change_user_if(asker, &Precondition::default(), edit).await
}

/// The same, if their record is the version that was meant.
async fn change_user_if(
    asker: &Asker,
    precondition: &Precondition,
    edit: impl Fn(&mut User) -> Result<(), Problem>,
) -> Result<(Arc<Directory>, Arc<User>), Problem> {
    let id = asker.person()?.id;
    let gone = || Problem::not_found("such person any more");
    let plan = |directory: &Directory| {
        let known = directory.user(id).ok_or_else(gone)?;
        precondition.check(Some(&record(directory, known)))?;
        let mut user = User::clone(known);
        edit(&mut user)?;
        let changes = vec![Change::Put(Object::User(Arc::new(user)))];
        Ok::<_, Problem>(Draft { changes, keys: Vec::new(), passed: () })
    };
    let (directory, ()) = asker.engine().change(asker.actor(), plan).await?;
    let user = Arc::clone(directory.user(id).ok_or_else(gone)?);
    Ok((directory, user))
}

/// A person's notification rules. Without any, all verified contact methods are tried at once for what wakes people,
/// and the first one for what can wait.
#[derive(Debug, ToSchema)]
#[schema(as = NotificationRules)]
#[expect(dead_code, reason = "only its description is used: they are read and written as the document of files")]
struct RulesView {
    /// For what wakes people.
    #[schema(schema_with = rungs, required = false)]
    high: Vec<()>,
    /// For what can wait.
    #[schema(schema_with = rungs, required = false)]
    low: Vec<()>,
}

fn rungs() -> RefOr<Schema> {
    let array = ArrayBuilder::new().items(Ref::from_schema_name("Rung"));
    array.description(Some("Which contact methods are tried, and how long after the page starts.")).into()
}

fn document(directory: &Directory, user: &User) -> UserDocument {
    let object = Object::User(Arc::new(user.clone()));
    match allclear_core::declaration::describe(directory, &object) {
        Document::User(document) => document,
        Document::Organisation(_)
        | Document::Team(_)
        | Document::Schedule(_)
        | Document::Policy(_)
        | Document::Service(_)
        | Document::Integration(_) => unreachable!("a person is described as a person"),
    }
}

/// Get your notification rules
#[utoipa::path(
    get, path = "/api/v1/me/rules", tag = "Me", operation_id = "getRules",
    responses((status = 200, description = "Your rules.", body = RulesView,
               headers(("ETag" = String, description = "Their version"))))
)]
async fn get_rules(asker: Asker) -> Result<Response, Problem> {
    let user = asker.person()?;
    Ok(told(document(&asker.directory, user).rules))
}

/// Rules with their version.
fn told(rules: Option<RulesDocument>) -> Response {
    let rules = rules.unwrap_or_default();
    ([(ETAG, etag(&rules))], Json(rules)).into_response()
}

/// Put your notification rules
///
/// Each names one of your contact methods, and how long after the page starts it is tried.
#[utoipa::path(
    put, path = "/api/v1/me/rules", tag = "Me", operation_id = "putRules", request_body = RulesView,
    params(("If-Match" = Option<String>, Header, description = "The ETag of the version that was read")),
    responses((status = 200, description = "Your rules.", body = RulesView,
               headers(("ETag" = String, description = "Their version"))),
              (status = 412, description = "Somebody has changed them since.", body = Problem))
)]
async fn put_rules(asker: Asker, headers: HeaderMap, Body(rules): Body<RulesDocument>) -> Result<Response, Problem> {
    let (id, precondition) = (asker.person()?.id, Precondition::of(&headers));
    let plan = |directory: &Directory| {
        let user = directory.user(id).ok_or_else(|| Problem::not_found("such person any more"))?;
        let known = document(directory, user);
        precondition.check(Some(&etag(known.rules.as_ref().unwrap_or(&RulesDocument::default()))))?;
        let wanted = UserDocument { rules: Some(rules.clone()), contacts: None, ..known };
        let plan = asker.engine().plan_on(directory, &[located(Document::User(wanted))], Options::default());
        Ok::<_, Problem>(asker.engine().draft(plan.map_err(refused)?))
    };
    let (directory, _) = asker.engine().change(asker.actor(), plan).await?;
    Ok(told(directory.user(id).and_then(|user| document(&directory, user).rules)))
}
