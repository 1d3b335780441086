//! Silences: which alerts of a service are not to page anybody for a while.

use std::collections::BTreeMap;

use allclear_core::access::Permission;
use allclear_core::directory::{Directory, Kind};
use allclear_core::id::{ServiceId, SilenceId};
use allclear_core::limits;
use allclear_core::sentence;
use allclear_store::tokens;
use axum::Json;
use axum::extract::{OriginalUri, Path};
use axum::http::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::routes;

use super::extract::{Asker, Body, Params, missing, text};
use super::page::{Listed, Page, Paging};
use super::parts::{Reference, named};
use super::{Api, words};
use crate::auth::Door;
use crate::gate::Access::May;
use crate::problem::Problem;
use crate::silences::matcher::Matcher;
use crate::silences::{self, Condition, Draft, Kept, Put, State, Terms, check_matchers};

pub(super) fn mount(api: Api) -> Api {
    let act = May(Permission::ActOnIncidents);
    api.on(May(Permission::View), routes!(list_silences))
        .on(May(Permission::View), routes!(get_silence))
        .on(act, routes!(create_silence))
        .on(act, routes!(end_silence))
}

/// A silence. It is kept and shown, and holds no page back yet.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Silence)]
struct SilenceView {
    /// Its identity.
    #[schema(value_type = String, example = "sil_01jd8xq0e3f4sbz2k9v7m6n5pw")]
    id: SilenceId,
    /// Whether it holds.
    #[schema(value_type = words::SilenceState)]
    state: State,
    /// Whose alerts it is about.
    service: Reference,
    /// What labels must be; all of them must hold.
    #[schema(example = json!(["severity=\"warning\"", "instance=~\"db-.+\""]))]
    matchers: Vec<String>,
    /// Who wants it, as they called themselves.
    created_by: String,
    /// Why.
    comment: String,
    /// From when on it holds.
    starts_at: Timestamp,
    /// Until when: from this moment on, it no longer does.
    ends_at: Timestamp,
    /// When it was changed for the last time.
    updated_at: Timestamp,
}

impl SilenceView {
    fn of(directory: &Directory, now: Timestamp, kept: Kept) -> Self {
        let state = kept.state(now);
        let Kept { id, starts_at, ends_at, updated_at, terms } = kept;
        Self {
            id,
            state,
            service: Reference::thing(directory, Kind::Service, terms.service.uuid()),
            matchers: terms.matchers.iter().map(Condition::to_string).collect(),
            created_by: terms.created_by,
            comment: terms.comment,
            starts_at,
            ends_at,
            updated_at,
        }
    }
}

/// A silence to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewSilence {
    /// Whose alerts it is about, by its slug.
    #[schema(example = "checkout")]
    service: String,
    /// What labels must be, as Alertmanager writes it: `severity=warning`, `env!=production`, `instance=~db-.+`. All of
    /// them must hold.
    #[schema(example = json!(["severity=warning"]))]
    matchers: Vec<String>,
    /// Why.
    comment: String,
    /// From when on it is to hold; now where left out.
    starts_at: Option<Timestamp>,
    /// Until when.
    ends_at: Timestamp,
}

/// Which silences.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct SilenceParams {
    /// Only those in this state.
    #[param(value_type = Option<words::SilenceState>)]
    state: Option<State>,
    /// Only those of this service, by its slug.
    service: Option<String>,
    /// The `next` of the page before.
    cursor: Option<String>,
    /// How many to a page, 1 to 200; 50 where left out.
    limit: Option<usize>,
}

/// List the silences
///
/// Newest first; those that are over are there for five days. They are kept and shown, and hold no page back yet.
#[utoipa::path(
    get, path = "/api/v1/silences", tag = "Silences", operation_id = "listSilences", params(SilenceParams),
    responses((status = 200, description = "A page of silences.", body = Page<SilenceView>))
)]
async fn list_silences(
    asker: Asker,
    OriginalUri(uri): OriginalUri,
    Params(params): Params<SilenceParams>,
) -> Result<Listed<SilenceView>, Problem> {
    let paging = Paging::<SilenceId>::new(uri, params.cursor, params.limit)?;
    let service = match &params.service {
        Some(slug) => Some(ServiceId::new(named(&asker.directory, Kind::Service, "service", slug)?.uuid())),
        None => None,
    };
    let now = asker.now();
    let (state, after, rows) = (params.state, paging.after, paging.rows());
    let read = asker.engine().database().read((), move |(), tx| {
        Box::pin(async move {
            let Some(service) = service else { return silences::newest(tx, now, state, after, rows).await };
            // One service has so few that all of them are read.
            let mut kept = silences::of_service(tx, now, service).await?;
            kept.retain(|kept| {
                state.is_none_or(|state| kept.state(now) == state) && after.is_none_or(|after| kept.id < after)
            });
            kept.sort_by_key(|kept| std::cmp::Reverse(kept.id));
            Ok(kept)
        })
    });
    let mut kept = read.await?;
    kept.truncate(paging.count());
    Ok(paging.page(kept, |kept| kept.id.to_string(), |kept| SilenceView::of(&asker.directory, now, kept)))
}

async fn find(asker: &Asker, id: &str) -> Result<Kept, Problem> {
    let silence: SilenceId = id.parse().map_err(|_| missing("silence", id))?;
    let read = asker.engine().database().read(silence, |id, tx| Box::pin(silences::find(tx, *id)));
    read.await?.ok_or_else(|| missing("silence", id))
}

/// Get a silence
#[utoipa::path(
    get, path = "/api/v1/silences/{silence}", tag = "Silences", operation_id = "getSilence",
    params(("silence" = String, Path, description = "`sil_…`")),
    responses((status = 200, description = "The silence.", body = SilenceView))
)]
async fn get_silence(asker: Asker, Path(id): Path<String>) -> Result<Json<SilenceView>, Problem> {
    let kept = find(&asker, &id).await?;
    Ok(Json(SilenceView::of(&asker.directory, asker.now(), kept)))
}

fn conditions(given: &[String]) -> Result<Vec<Condition>, Problem> {
    if given.is_empty() {
        return Err(Problem::field("matchers", "it is empty; give at least one, such as `severity=warning`"));
    }
    let read = |(index, text): (usize, &String)| {
        let read = text.parse::<Matcher>().map(Condition::from);
        let remedy = |message| format!("{message}; write it like `severity=warning`");
        read.map_err(|message| Problem::field(format!("matchers[{}]", index + 1), remedy(message)))
    };
    let conditions = given.iter().enumerate().map(read).collect::<Result<Vec<_>, _>>()?;
    check_matchers(&conditions).map_err(|message| Problem::field("matchers", message))?;
    Ok(conditions)
}

fn draft(asker: &Asker, wanted: NewSilence, created_by: String) -> Result<Draft, Problem> {
    let service = ServiceId::new(named(&asker.directory, Kind::Service, "service", &wanted.service)?.uuid());
    let matchers = conditions(&wanted.matchers)?;
    let comment = text("comment", &wanted.comment, limits::NOTE_CHARACTERS)?;
    let (starts_at, ends_at) = (wanted.starts_at.unwrap_or(asker.now()), wanted.ends_at);
    if ends_at <= starts_at.max(asker.now()) {
        let message = format!("{ends_at} is not after the start and after now; make it later");
        return Err(Problem::field("ends_at", message));
    }
    let terms = Terms { service, matchers, created_by, comment, annotations: BTreeMap::new() };
    Ok(Draft { id: None, terms, starts_at, ends_at })
}

/// What a silence calls whoever asks.
async fn author(asker: &Asker) -> Result<String, Problem> {
    let id = match (&asker.visitor.user, &asker.visitor.door) {
        (Some(user), _) => return Ok(user.name.clone()),
        (None, Door::Token { id }) => *id,
        (None, Door::Session { .. }) => return Ok(String::new()),
    };
    let read = asker.engine().database().read(id, |id, tx| Box::pin(async move { tokens::by_id(tx, &[*id]).await }));
    let names: BTreeMap<_, _> = read.await?.into_iter().map(|token| (token.id, token.name)).collect();
    Ok(sentence::actor(&asker.names().with_tokens(&names), asker.actor()))
}

/// Make a silence
///
/// It is kept and shown, and holds no page back yet.
#[utoipa::path(
    post, path = "/api/v1/silences", tag = "Silences", operation_id = "createSilence", request_body = NewSilence,
    responses((status = 201, description = "The silence.", body = SilenceView),
              (status = 409, description = "The service has too many already.", body = Problem))
)]
async fn create_silence(
    asker: Asker,
    Body(wanted): Body<NewSilence>,
) -> Result<(StatusCode, Json<SilenceView>), Problem> {
    let (now, actor) = (asker.now(), asker.actor());
    let draft = draft(&asker, wanted, author(&asker).await?)?;
    let made = SilenceId::new(asker.engine().maker().id(now));
    let written = asker.engine().database().write((draft, made, now, actor), |(draft, made, now, actor), tx| {
        Box::pin(silences::store(tx, draft, *made, *now, *actor))
    });
    match written.await? {
        Put::Stored(id) => {
            let kept = find(&asker, &id.to_string()).await?;
            Ok((StatusCode::CREATED, Json(SilenceView::of(&asker.directory, now, kept))))
        }
        Put::TooMany | Put::Unknown => {
            let most = limits::SILENCES;
            let detail = format!("The service has {most} silences of the last five days already. End some, and wait.");
            Err(Problem::conflict(detail))
        }
    }
}

/// End a silence
///
/// One that is over already stays as it is.
#[utoipa::path(
    delete, path = "/api/v1/silences/{silence}", tag = "Silences", operation_id = "endSilence",
    params(("silence" = String, Path, description = "`sil_…`")),
    responses((status = 204, description = "It is over."))
)]
async fn end_silence(asker: Asker, Path(id): Path<String>) -> Result<StatusCode, Problem> {
    let kept = find(&asker, &id).await?;
    let input = (kept, asker.now(), asker.actor());
    let written = asker
        .engine()
        .database()
        .write(input, |(kept, now, actor), tx| Box::pin(silences::end(tx, kept, *now, *actor)));
    written.await?;
    Ok(StatusCode::NO_CONTENT)
}
