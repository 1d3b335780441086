//! The whole configuration: what `allclear apply`, `export` and `check` use.

use allclear_core::access::Permission;
use allclear_core::declaration::{
    self, Action, Document, Located, Location, Options, OrganisationDocument, Plan, Planned, Subject,
};
use allclear_core::directory::{Directory, Kind};
use allclear_core::limits;
use allclear_core::readiness;
use allclear_engine::Draft;
use axum::Json;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::openapi::schema::ArrayBuilder;
use utoipa::openapi::{Ref, RefOr, Schema};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::routes;

use super::directory::shown;
use super::extract::{Asker, Body, Params, from_value};
use super::{Api, words};
use crate::gate::Access::May;
use crate::problem::{FieldError, Problem};
use crate::readiness::{DAYS, check};

pub(super) fn mount(api: Api) -> Api {
    // What each document describes decides about the rest.
    let manage = May(Permission::Manage(Kind::Service));
    api.on(May(Permission::View), routes!(export_configuration))
        .on(May(Permission::View), routes!(check_configuration))
        .on(manage, routes!(plan_configuration))
        .on(manage, routes!(apply_configuration))
}

/// What the configuration is to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ConfigurationRequest {
    /// The documents, as in files.
    #[schema(schema_with = documents_schema)]
    documents: Vec<Value>,
    /// Also take out what exists and no document describes, of the kinds of which there is any document.
    #[serde(default)]
    prune: bool,
    /// The version that a plan was made for: applied only if it is still this one.
    version: Option<i64>,
}

/// Documents; each is described with those of the files.
fn documents_schema() -> RefOr<Schema> {
    let array = ArrayBuilder::new().items(Ref::from_schema_name("Document"));
    array.description(Some("The documents, as in files; keys and passwords are never in what is exported.")).into()
}

impl ConfigurationRequest {
    fn read(self) -> Result<(Vec<Located<Document>>, Options), Problem> {
        if self.documents.len() > limits::DOCUMENTS {
            let message = format!("there are {}; at most {} are possible", self.documents.len(), limits::DOCUMENTS);
            return Err(Problem::field("documents", message));
        }
        let mut documents = Vec::new();
        let mut errors = Vec::new();
        for (number, value) in (1..).zip(self.documents) {
            let at = Location { file: "documents".to_owned(), document: number, line: None };
            match from_value(value, &format!("documents[{number}]")) {
                Ok(content) => documents.push(Located { at, content }),
                Err(problem) => errors.extend(problem.errors),
            }
        }
        if errors.is_empty() { Ok((documents, Options { prune: self.prune })) } else { Err(Problem::invalid(errors)) }
    }
}

fn refused(problems: Vec<declaration::Problem>) -> Problem {
    let field = |problem: declaration::Problem| {
        let place = match &problem.at {
            Some(at) => format!("documents[{}].{}", at.document, problem.field),
            None => format!("{}: {}", problem.subject, problem.field),
        };
        FieldError { field: place, message: problem.message }
    };
    Problem::invalid(problems.into_iter().map(field).collect())
}

/// What would change, or has changed.
#[derive(Debug, Serialize, ToSchema)]
struct ConfigurationPlan {
    /// The version of the configuration that it was made for, or that it led to.
    version: i64,
    /// Everything that the documents describe, and what goes.
    changes: Vec<PlannedChange>,
}

/// What happens to one thing.
#[derive(Debug, Serialize, ToSchema)]
struct PlannedChange {
    /// `create`, `update`, `remove` or `unchanged`.
    #[schema(value_type = String)]
    action: Action,
    /// What it is.
    #[schema(value_type = words::SubjectKind)]
    kind: &'static str,
    /// Its slug; nothing for the organisation.
    slug: Option<String>,
    /// What changes about it.
    differences: Vec<Difference>,
}

/// One field that changes, in the words of the document.
#[derive(Debug, Serialize, ToSchema)]
struct Difference {
    /// Where in the document: `steps[2].wait`.
    path: String,
    /// What it was; nothing where it is new.
    before: Option<Value>,
    /// What it is; nothing where it goes.
    after: Option<Value>,
}

impl ConfigurationPlan {
    fn of(version: i64, plan: &Plan) -> Self {
        let change = |planned: &Planned| PlannedChange {
            action: planned.action,
            kind: planned.subject.kind(),
            slug: planned.subject.slug().map(str::to_owned),
            differences: planned
                .differences
                .iter()
                .map(|one| Difference { path: one.path.clone(), before: one.before.clone(), after: one.after.clone() })
                .collect(),
        };
        Self { version, changes: plan.changes.iter().map(change).collect() }
    }
}

/// Each thing that changes needs the permission to change it.
fn must_be_allowed(asker: &Asker, plan: &Plan) -> Result<(), Problem> {
    for planned in plan.changes.iter().filter(|planned| planned.action != Action::Unchanged) {
        let permission = match planned.subject {
            Subject::Organisation => Permission::ManageSettings,
            Subject::Object(kind, _) => Permission::Manage(kind),
        };
        if !asker.visitor.may(permission) {
            return Err(Problem::forbidden(permission.words()));
        }
    }
    Ok(())
}

/// Plan a configuration
///
/// Says what would change if these documents were applied, and changes nothing.
#[utoipa::path(
    post, path = "/api/v1/configuration/plan", tag = "Configuration", operation_id = "planConfiguration",
    request_body = ConfigurationRequest,
    responses((status = 200, description = "What would change.", body = ConfigurationPlan))
)]
async fn plan_configuration(
    asker: Asker,
    Body(request): Body<ConfigurationRequest>,
) -> Result<Json<ConfigurationPlan>, Problem> {
    let (documents, options) = request.read()?;
    let plan = asker.engine().plan(&documents, options).map_err(refused)?;
    must_be_allowed(&asker, &plan)?;
    Ok(Json(ConfigurationPlan::of(plan.version, &plan)))
}

/// Apply a configuration
///
/// Makes the configuration as these documents say, all of it or nothing. New integrations get keys.
#[utoipa::path(
    post, path = "/api/v1/configuration/apply", tag = "Configuration", operation_id = "applyConfiguration",
    request_body = ConfigurationRequest,
    responses((status = 200, description = "What has changed.", body = ConfigurationPlan),
              (status = 409, description = "It is not the version any more that was planned for.", body = Problem))
)]
async fn apply_configuration(
    asker: Asker,
    Body(request): Body<ConfigurationRequest>,
) -> Result<Json<ConfigurationPlan>, Problem> {
    let version = request.version;
    let (documents, options) = request.read()?;
    let plan = |directory: &Directory| {
        if version.is_some_and(|version| version != directory.version) {
            let detail = format!("The configuration is at version {} by now. Plan again.", directory.version);
            return Err(Problem::conflict(detail));
        }
        let plan = asker.engine().plan_on(directory, &documents, options).map_err(refused)?;
        must_be_allowed(&asker, &plan)?;
        let Draft { changes, keys, passed } = asker.engine().draft(plan);
        Ok::<_, Problem>(Draft { changes, keys, passed })
    };
    let (directory, plan) = asker.engine().change(asker.actor(), plan).await?;
    Ok(Json(ConfigurationPlan::of(directory.version, &plan)))
}

/// The whole configuration.
#[derive(Debug, Serialize, ToSchema)]
struct Configuration {
    /// Its version: grows with each change.
    version: i64,
    /// The documents that describe it, without keys and passwords. To apply them changes nothing.
    #[schema(schema_with = documents_schema)]
    documents: Vec<Document>,
}

/// Export the configuration
///
/// How other people are reached is only in it for those who manage people, and the mail server for those who manage
/// the settings. To apply a configuration without them leaves them as they are.
#[utoipa::path(
    get, path = "/api/v1/configuration", tag = "Configuration", operation_id = "exportConfiguration",
    responses((status = 200, description = "The configuration.", body = Configuration))
)]
async fn export_configuration(asker: Asker) -> Json<Configuration> {
    let directory = &asker.directory;
    let as_shown = |document: Document| match document.subject() {
        Subject::Organisation => organisation(&asker, document),
        Subject::Object(kind, slug) => {
            directory.by_slug(kind, &slug).map_or(document, |object| shown(&asker, directory, object))
        }
    };
    let documents = declaration::export(directory).into_iter().map(as_shown).collect();
    Json(Configuration { version: directory.version, documents })
}

/// The organisation as whoever asks may see it: by which server mail goes out, and with which login, is for those who
/// set it.
fn organisation(asker: &Asker, document: Document) -> Document {
    if let Document::Organisation(organisation) = &document
        && !asker.visitor.may(Permission::ManageSettings)
    {
        return Document::Organisation(OrganisationDocument { mail: None, ..organisation.clone() });
    }
    document
}

/// How far a check looks ahead.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct CheckParams {
    /// So many days from now, 1 to 92; 28 where left out.
    days: Option<u32>,
}

/// What a check found.
#[derive(Debug, Serialize, ToSchema)]
struct Readiness {
    /// From when it looked.
    from: Timestamp,
    /// Over how many days.
    days: u32,
    /// What does not hold, the worst first; nothing where everybody who matters can be reached at every minute.
    findings: Vec<FindingView>,
}

/// Something that does not hold.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Finding)]
struct FindingView {
    /// `error`: a page can end with nobody. `warning`: somebody is reached later, or by other ways, than one would
    /// think.
    level: &'static str,
    /// The rule that is broken, as a word.
    #[schema(value_type = String)]
    rule: readiness::Rule,
    /// The kind of thing that it is about.
    #[schema(value_type = words::SubjectKind)]
    kind: &'static str,
    /// Its slug; nothing for the organisation.
    slug: Option<String>,
    /// Where in it: `steps[2]`.
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<String>,
    /// When: the first time where there are several.
    #[serde(skip_serializing_if = "Option::is_none")]
    starts: Option<Timestamp>,
    /// Until when.
    #[serde(skip_serializing_if = "Option::is_none")]
    ends: Option<Timestamp>,
    /// What is wrong.
    message: String,
    /// What to do about it.
    remedy: String,
}

impl From<readiness::Finding> for FindingView {
    fn from(finding: readiness::Finding) -> Self {
        Self {
            level: finding.level.word(),
            rule: finding.rule,
            kind: finding.subject.kind(),
            slug: finding.subject.slug().map(str::to_owned),
            place: finding.place,
            starts: finding.when.map(|when| when.starts),
            ends: finding.when.map(|when| when.ends),
            message: finding.message,
            remedy: finding.remedy,
        }
    }
}

/// Check the configuration
///
/// Can everybody who matters be reached at every minute of the next days?
#[utoipa::path(
    get, path = "/api/v1/configuration/check", tag = "Configuration", operation_id = "checkConfiguration",
    params(CheckParams), responses((status = 200, description = "What was found.", body = Readiness))
)]
async fn check_configuration(asker: Asker, Params(params): Params<CheckParams>) -> Result<Json<Readiness>, Problem> {
    let days = params.days.unwrap_or(DAYS);
    if !(1..=limits::DAYS_AHEAD).contains(&days) {
        return Err(Problem::field("days", format!("{days} is out of range; use 1 to {}", limits::DAYS_AHEAD)));
    }
    let (directory, now) = (asker.directory, asker.app.engine().now());
    let findings = check(directory, now, days).await?;
    Ok(Json(Readiness { from: now, days, findings: findings.into_iter().map(Into::into).collect() }))
}
