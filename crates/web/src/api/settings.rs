//! The settings of the organisation.

use allclear_core::access::Permission;
use allclear_core::declaration::{Document, MailDocument, Options, OrganisationDocument};
use allclear_core::directory::{Directory, MailSecurity, Organisation, Retention};
use allclear_core::limits;
use allclear_core::wait::Wait;
use allclear_core::zone::Zone;
use allclear_engine::{Draft, MAIL_PASSWORD, MailTried};
use axum::Json;
use axum::http::HeaderMap;
use axum::http::header::ETAG;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::Api;
use super::directory::{located, refused};
use super::etag::{Precondition, etag};
use super::extract::{Asker, Body, text};
use super::me::given;
use crate::address::web_address;
use crate::gate::Access::May;
use crate::mail_password;
use crate::problem::Problem;

pub(super) fn mount(api: Api) -> Api {
    let manage = May(Permission::ManageSettings);
    api.on(manage, routes!(get_settings)).on(manage, routes!(change_settings)).on(manage, routes!(send_test_mail))
}

/// The settings of the organisation.
#[derive(Debug, Serialize, ToSchema)]
struct Settings {
    /// Its name.
    name: String,
    /// The zone of times that belong to nobody in particular.
    #[schema(value_type = String, example = "Europe/Berlin")]
    time_zone: Zone,
    /// Where people reach this installation; links in pages begin with it.
    #[schema(example = "https://allclear.example.com")]
    address: Option<String>,
    /// The mail server through which pages leave.
    mail: Option<MailSettings>,
    /// Whether a password for the mail server is kept.
    mail_password_set: bool,
    /// For how long history is kept.
    keep: Keep,
}

/// For how long history is kept, as lengths of time such as `14d`. What is open, waits or is still to be sent stays in
/// any case.
#[derive(Debug, Serialize, ToSchema)]
struct Keep {
    /// What sources sent, and what became of it.
    #[schema(value_type = String, example = "14d")]
    events: Wait,
    /// Alerts that are over.
    #[schema(value_type = String, example = "180d")]
    alerts: Wait,
    /// Incidents that are over, with their journals; their alerts go no later.
    #[schema(value_type = String, example = "730d")]
    incidents: Wait,
    /// Deliveries with which nothing more will happen.
    #[schema(value_type = String, example = "180d")]
    deliveries: Wait,
    /// The audit log.
    #[schema(value_type = String, example = "730d")]
    audit: Wait,
    /// Tokens that were revoked.
    #[schema(value_type = String, example = "180d")]
    tokens: Wait,
    /// Sessions that have expired.
    #[schema(value_type = String, example = "30d")]
    sessions: Wait,
    /// Silences that are over.
    #[schema(value_type = String, example = "30d")]
    silences: Wait,
}

impl From<Retention> for Keep {
    fn from(keep: Retention) -> Self {
        let Retention { events, alerts, incidents, deliveries, audit, tokens, sessions, silences } = keep;
        Self { events, alerts, incidents, deliveries, audit, tokens, sessions, silences }
    }
}

/// For how long history is to be kept: from a day to ten years, `null` for what is usual; what is left out stays.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct KeepChange {
    /// What sources sent, and what became of it.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, example = "7d")]
    events: Option<Option<Wait>>,
    /// Alerts that are over.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    alerts: Option<Option<Wait>>,
    /// Incidents that are over, with their journals.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    incidents: Option<Option<Wait>>,
    /// Deliveries with which nothing more will happen.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    deliveries: Option<Option<Wait>>,
    /// The audit log.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    audit: Option<Option<Wait>>,
    /// Tokens that were revoked.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    tokens: Option<Option<Wait>>,
    /// Sessions that have expired.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    sessions: Option<Option<Wait>>,
    /// Silences that are over.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    silences: Option<Option<Wait>>,
}

impl KeepChange {
    /// What is set after the change.
    fn of(self, before: Retention) -> Retention {
        let usual = Retention::default();
        let set = |given: Option<Option<Wait>>, before, usual| given.map_or(before, |given| given.unwrap_or(usual));
        Retention {
            events: set(self.events, before.events, usual.events),
            alerts: set(self.alerts, before.alerts, usual.alerts),
            incidents: set(self.incidents, before.incidents, usual.incidents),
            deliveries: set(self.deliveries, before.deliveries, usual.deliveries),
            audit: set(self.audit, before.audit, usual.audit),
            tokens: set(self.tokens, before.tokens, usual.tokens),
            sessions: set(self.sessions, before.sessions, usual.sessions),
            silences: set(self.silences, before.silences, usual.silences),
        }
    }
}

/// A mail server.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct MailSettings {
    /// Its name or address.
    host: String,
    /// Its port; where left out, the usual one for that protection.
    port: Option<u16>,
    /// How the connection is protected: `starttls`, `tls` or `none`.
    #[serde(default)]
    #[schema(value_type = String)]
    security: MailSecurity,
    /// The login, if it wants one.
    username: Option<String>,
    /// The sender of every mail.
    #[schema(example = "Allclear <pager@example.com>")]
    sender: String,
}

impl Settings {
    fn of(organisation: &Organisation, mail_password_set: bool) -> Self {
        let mail = organisation.mail.as_ref().map(|mail| MailSettings {
            host: mail.host.clone(),
            port: Some(mail.port),
            security: mail.security,
            username: mail.username.clone(),
            sender: mail.sender.clone(),
        });
        Self {
            name: organisation.name.clone(),
            time_zone: organisation.time_zone.clone(),
            address: organisation.address.clone(),
            mail,
            mail_password_set,
            keep: organisation.keep.into(),
        }
    }
}

async fn view(asker: &Asker, directory: &Directory) -> Result<Response, Problem> {
    let mail_password_set = asker.engine().secret(MAIL_PASSWORD).await?.is_some();
    let settings = Settings::of(&directory.organisation, mail_password_set);
    Ok(([(ETAG, etag(&*directory.organisation))], Json(settings)).into_response())
}

/// Get the settings
#[utoipa::path(
    get, path = "/api/v1/settings", tag = "Settings", operation_id = "getSettings",
    responses((status = 200, description = "The settings.", body = Settings,
               headers(("ETag" = String, description = "Their version"))))
)]
async fn get_settings(asker: Asker) -> Result<Response, Problem> {
    view(&asker, &asker.directory).await
}

/// What is to be changed about the settings; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SettingsChange {
    /// Another name.
    name: Option<String>,
    /// Another zone.
    #[schema(value_type = Option<String>)]
    time_zone: Option<Zone>,
    /// Another address.
    address: Option<String>,
    /// Another mail server, all of it.
    mail: Option<MailSettings>,
    /// For how long history is to be kept.
    keep: Option<KeepChange>,
    /// The password for the mail server, or `null` to forget it. It is never shown.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    mail_password: Option<Option<String>>,
}

/// Change the settings
#[utoipa::path(
    patch, path = "/api/v1/settings", tag = "Settings", operation_id = "changeSettings",
    params(("If-Match" = Option<String>, Header, description = "The ETag of the version that was read")),
    request_body = SettingsChange,
    responses((status = 200, description = "The settings.", body = Settings),
              (status = 412, description = "Somebody has changed them since.", body = Problem))
)]
async fn change_settings(
    asker: Asker,
    headers: HeaderMap,
    Body(change): Body<SettingsChange>,
) -> Result<Response, Problem> {
    let precondition = Precondition::of(&headers);
    let mail = |mail: MailSettings| MailDocument {
        host: mail.host,
        port: mail.port,
        security: mail.security,
        username: mail.username,
        sender: mail.sender,
    };
    let address = change.address.map(|address| web_address(&address)).transpose();
    let document = OrganisationDocument {
        name: change.name.map(|name| text("name", &name, limits::NAME_CHARACTERS)).transpose()?,
        time_zone: change.time_zone,
        address: address.map_err(|message| Problem::field("address", message))?,
        mail: change.mail.map(mail),
        keep: None,
    };
    let plan = |directory: &Directory| {
        precondition.check(Some(&etag(&*directory.organisation)))?;
        let keep = change.keep.clone().map(|keep| keep.of(directory.organisation.keep));
        let documents = [located(Document::Organisation(OrganisationDocument { keep, ..document.clone() }))];
        let plan = asker.engine().plan_on(directory, &documents, Options::default());
        Ok::<_, Problem>(Draft { changes: plan.map_err(refused)?.changes(), keys: Vec::new(), passed: () })
    };
    let (directory, ()) = asker.engine().change(asker.actor(), plan).await?;
    if let Some(password) = change.mail_password {
        let password = password.filter(|password| !password.is_empty());
        mail_password::set(asker.engine(), asker.actor(), password.as_deref()).await?;
    }
    view(&asker, &directory).await
}

/// Where to send a test mail.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TestMail {
    /// A mail address.
    #[schema(example = "ana@example.com")]
    to: String,
}

/// How a test mail went.
#[derive(Debug, Serialize, ToSchema)]
struct TestMailResult {
    /// Whether the server took it, which does not mean that it has arrived.
    accepted: bool,
    /// What the server said, or what happened.
    answer: String,
    /// What to do, where it was not taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    remedy: Option<String>,
}

/// Send a test mail
///
/// Through the mail server of the settings, and waits for what it says.
#[utoipa::path(
    post, path = "/api/v1/settings/test-mails", tag = "Settings", operation_id = "sendTestMail",
    request_body = TestMail,
    responses((status = 200, description = "How it went.", body = TestMailResult),
              (status = 409, description = "There is no mail server.", body = Problem))
)]
async fn send_test_mail(asker: Asker, Body(mail): Body<TestMail>) -> Result<Json<TestMailResult>, Problem> {
    let Some(server) = asker.directory.organisation.mail.clone() else {
        return Err(Problem::conflict("There is no mail server in the settings. Set one up first."));
    };
    let to = allclear_engine::check_address("email", &mail.to).map_err(|message| Problem::field("to", message))?;
    let password = asker.engine().secret(MAIL_PASSWORD).await?;
    Ok(Json(match asker.engine().try_mail(server, password, &to).await {
        MailTried::Accepted { answer } => TestMailResult { accepted: true, answer, remedy: None },
        MailTried::Failed { message, remedy } => {
            TestMailResult { accepted: false, answer: message, remedy: Some(remedy) }
        }
    }))
}
