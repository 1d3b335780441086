//! Integrations: how a sender is pointed at us, and what came of it.

use std::sync::Arc;

use allclear_core::access::Permission;
use allclear_core::directory::{Change, Directory, Integration, Kind, Object};
use allclear_core::limits;
use allclear_engine::{Became, Request};
use allclear_inbound::{Address, Source, by_name};
use allclear_store::inbox::{self, Rejection};
use allclear_store::{Result as Stored, Tx};
use axum::body::Bytes;
use axum::extract::Path;
use axum::http::StatusCode;
use jiff::{SignedDuration, Timestamp};

use super::flash::Flash;
use super::form::{Form, Problems};
use super::messages;
use super::reader::Reader;
use super::reply::Reply;
use super::saved::{Saved, change, must_be_saved, put_with_key};
use super::{keys, view};
use crate::pages::{Anchor, IntegrationPage, IntegrationRow, IntegrationsPage, Section};
use crate::problem::Problem;

/// What counts as lately.
const LATELY: SignedDuration = SignedDuration::from_hours(24);
/// How many segments are counted at the most: beyond that, the number is a lower bound, and is said to be one.
const COUNTED: i64 = 10_000;
/// How many messages the page shows.
const MESSAGES: usize = 20;

/// The integration of a short name.
fn find<'r>(reader: &'r Reader, slug: &str) -> Result<&'r Arc<Integration>, Problem> {
    let found = reader.directory.integrations().find(|integration| integration.slug == slug);
    found.ok_or_else(|| Problem::not_found("integration of this name"))
}

/// The source of an integration; the generic one where this version does not know it.
fn source(integration: &Integration) -> &'static Source {
    by_name(&integration.source).or_else(|| by_name("generic")).expect("there is a generic source")
}

/// What an integration sent lately.
#[derive(Debug, Default)]
struct Counts {
    accepted: u64,
    quarantined: u64,
    /// Not everything was counted: the numbers are lower bounds.
    goes_on: bool,
    last_event: Option<Timestamp>,
    rejections: Vec<Rejection>,
}

impl Counts {
    /// Requests that were refused for reasons that were met lately.
    fn rejected(&self, since: Timestamp) -> u64 {
        let lately = self.rejections.iter().filter(|one| one.last_at > since);
        lately.map(|one| one.count.unsigned_abs()).sum()
    }
}

async fn counts(tx: &mut Tx<'_>, integration: allclear_core::id::IntegrationId, since: Timestamp) -> Stored<Counts> {
    let mut counts = Counts {
        last_event: inbox::counts(tx, integration).await?.map(|(_, at)| at),
        rejections: inbox::rejections(tx, integration).await?,
        ..Counts::default()
    };
    let outcomes = inbox::outcomes_since(tx, integration, since, COUNTED + 1).await?;
    counts.goes_on = outcomes.len() as i64 > COUNTED;
    for body in outcomes.iter().take(COUNTED as usize) {
        let became: Vec<Became> = serde_json::from_str(body).unwrap_or_default();
        counts.accepted += became.len() as u64;
        counts.quarantined += became.iter().filter(|one| one.quarantined.is_some()).count() as u64;
    }
    Ok(counts)
}

fn since(reader: &Reader) -> Timestamp {
    reader.now().checked_sub(LATELY).unwrap_or(Timestamp::MIN)
}

/// An integration in a table.
pub(super) async fn row(reader: &Reader, integration: &Integration) -> Result<IntegrationRow, Problem> {
    let (id, since) = (integration.id, since(reader));
    let read = reader.engine().database().read((), move |(), tx| Box::pin(counts(tx, id, since)));
    let counts = read.await?;
    let service = view::service(&reader.directory, integration.service);
    Ok(IntegrationRow {
        integration: Anchor::new(format!("/integrations/{}", integration.slug), &integration.name),
        source: source(integration).title.to_owned(),
        service: service.unwrap_or_else(|| Anchor::new("/services", "none")),
        last_event: counts.last_event.map(|at| reader.when(at)),
        accepted: counts.accepted,
        at_least: counts.goes_on,
        rejected: counts.rejected(since),
        disabled: integration.disabled,
    })
}

/// All of them.
pub(super) async fn list(reader: Reader) -> Reply {
    let mut integrations: Vec<_> = reader.directory.integrations().collect();
    integrations.sort_by_key(|integration| integration.name.to_lowercase());
    let mut rows = Vec::with_capacity(integrations.len());
    for integration in integrations {
        rows.push(row(&reader, integration).await?);
    }
    let shell = reader.shell("Integrations", Section::Services).await?;
    reader.show(&IntegrationsPage { shell, rows })
}

/// One.
pub(super) async fn one(reader: Reader, Path(slug): Path<String>) -> Reply {
    let integration = find(&reader, &slug)?;
    let may_edit = reader.may(Permission::Manage(Kind::Integration));
    let sees = reader.may(Permission::ViewEvents);
    let (id, since) = (integration.id, since(&reader));
    let engine = reader.engine();
    let counts = engine.database().read((), move |(), tx| Box::pin(counts(tx, id, since))).await?;
    let last = if sees { engine.events(id, None, MESSAGES).await? } else { Vec::new() };
    let references = messages::references(&reader, &last).await?;
    let source = source(integration);
    let known = if may_edit { keys::key_of(engine, integration).await? } else { None };
    let base = keys::base(engine);
    let address = Address { base: &base, key: known.as_deref().unwrap_or("YOUR-KEY") };
    let service = view::service(&reader.directory, integration.service);
    let page = IntegrationPage {
        shell: reader.shell(integration.name.clone(), Section::Services).await?,
        name: integration.name.clone(),
        slug: integration.slug.clone(),
        source: source.title.to_owned(),
        service: service.unwrap_or_else(|| Anchor::new("/services", "none")),
        url: address.url(source),
        snippets: keys::snippets(source, address),
        key: known.clone(),
        last_event: counts.last_event.map(|at| reader.when(at)),
        accepted: counts.accepted,
        at_least: counts.goes_on,
        rejected: counts.rejected(since),
        quarantined: counts.quarantined,
        last_refusal: counts
            .rejections
            .first()
            .map(|one| (reader.when(one.last_at), format!("{}: {}", one.reason, one.detail))),
        rows: last.iter().map(|message| messages::row(&reader, message, &references)).collect(),
        disabled: integration.disabled,
        may_edit,
    };
    reader.show(&page)
}

/// Sends the source's sample, as the tool would.
pub(super) async fn sample(reader: Reader, Path(slug): Path<String>, _: Form) -> Reply {
    let integration = find(&reader, &slug)?;
    let source = source(integration);
    let body = Bytes::from_static(source.sample.as_bytes());
    let accepted = (source.accept)(&body).map_err(|refusal| {
        let detail = format!("The sample was refused: {}", refusal.errors.join("; "));
        Problem::new(StatusCode::UNPROCESSABLE_ENTITY, detail)
    })?;
    let made = || reader.engine().maker().id(reader.now()).simple().to_string();
    let dedup_key = accepted.needs_dedup_key.then(made);
    let request = Request { integration: integration.id, source: source.name, dedup_key, body: body.clone() };
    let stored = reader.app.0.intake.store(request).await;
    stored.map_err(|error| Problem::new(StatusCode::SERVICE_UNAVAILABLE, error.to_string()))?;
    let flash = Flash::good("A sample event is on its way. It pages as a real one would: resolve its incident again.");
    Ok(reader.go_saying(&format!("/integrations/{slug}"), &flash))
}

async fn edit(
    reader: &Reader,
    form: &Form,
    integration: &Integration,
    edit: impl Fn(&mut Integration),
) -> Result<Saved, Problem> {
    let id = integration.id;
    let plan = |directory: &Directory| {
        let Some(integration) = directory.integration(id) else { return Ok(Vec::new()) };
        let mut integration = Integration::clone(integration);
        edit(&mut integration);
        Ok(vec![Change::Put(Object::from(integration))])
    };
    change(reader, form, plan, str::to_owned).await
}

/// Gives it another name.
pub(super) async fn rename(reader: Reader, Path(slug): Path<String>, form: Form) -> Reply {
    let integration = find(&reader, &slug)?;
    let mut problems = Problems::default();
    let name = problems.needed(&form, "name", "The name", limits::NAME_CHARACTERS).to_owned();
    must_be_saved(if problems.is_empty() { Saved::Yes } else { Saved::Refused(problems.into_list()) }, &form)?;
    must_be_saved(edit(&reader, &form, integration, |one| one.name.clone_from(&name)).await?, &form)?;
    Ok(reader.go_saying(&format!("/integrations/{slug}"), &Flash::good("It has another name.")))
}

/// Makes it take events again.
pub(super) async fn enable(reader: Reader, Path(slug): Path<String>, form: Form) -> Reply {
    let integration = find(&reader, &slug)?;
    must_be_saved(edit(&reader, &form, integration, |one| one.disabled = false).await?, &form)?;
    Ok(reader.go_saying(&format!("/integrations/{slug}"), &Flash::good("It takes events again.")))
}

/// Makes it refuse events.
pub(super) async fn disable(reader: Reader, Path(slug): Path<String>, form: Form) -> Reply {
    let integration = find(&reader, &slug)?;
    must_be_saved(edit(&reader, &form, integration, |one| one.disabled = true).await?, &form)?;
    let flash = Flash::good("It is off: its senders are refused.").with_undo(
        format!("/integrations/{slug}/enable"),
        "Switch on",
        Vec::new(),
    );
    Ok(reader.go_saying(&format!("/integrations/{slug}"), &flash))
}

/// Gives it another key.
pub(super) async fn replace_key(reader: Reader, Path(slug): Path<String>, form: Form) -> Reply {
    let integration = find(&reader, &slug)?;
    must_be_saved(put_with_key(&reader, &form, Integration::clone(integration)).await?, &form)?;
    Ok(reader.go_saying(&format!("/integrations/{slug}"), &Flash::good("It has a new key. The old one is refused.")))
}

/// Removes it.
pub(super) async fn remove(reader: Reader, Path(slug): Path<String>, form: Form) -> Reply {
    let integration = find(&reader, &slug)?;
    let (id, name) = (integration.id, integration.name.clone());
    let plan = |_: &Directory| Ok(vec![Change::Remove(Kind::Integration, id.uuid())]);
    must_be_saved(change(&reader, &form, plan, str::to_owned).await?, &form)?;
    Ok(reader.go_saying("/integrations", &Flash::good(format!("{name} is removed."))))
}
