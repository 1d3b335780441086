//! Handoff notes: what those who go off call leave for those who come on.

use allclear_core::access::Permission;
use allclear_core::id::HandoffNoteId;
use allclear_core::limits;
use allclear_store::handovers::{self, HandoffNote};
use axum::Json;
use axum::extract::{OriginalUri, Path};
use axum::http::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::routes;

use super::Api;
use super::extract::{Asker, Body, Params, text};
use super::on_call::schedule;
use super::page::{Listed, Page, Paging};
use super::parts::Reference;
use crate::gate::Access::May;
use crate::problem::Problem;

pub(super) fn mount(api: Api) -> Api {
    api.on(May(Permission::View), routes!(list_handoff_notes)).on(May(Permission::PlanCover), routes!(add_handoff_note))
}

/// A note from one shift to the next.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = HandoffNote)]
struct NoteView {
    /// Its identity.
    #[schema(value_type = String, example = "hon_01jd8xq0e3f4sbz2k9v7m6n5pw")]
    id: HandoffNoteId,
    /// Who wrote it; nobody in particular when a program did.
    #[serde(skip_serializing_if = "Option::is_none")]
    author: Option<Reference>,
    /// When.
    at: Timestamp,
    /// What it says.
    text: String,
}

impl NoteView {
    fn of(asker: &Asker, note: HandoffNote) -> Self {
        let author = note.author.map(|user| Reference::person(&asker.directory, user));
        Self { id: note.id, author, at: note.at, text: note.text }
    }
}

/// Which page of the notes.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct NoteParams {
    /// The `next` of the page before.
    cursor: Option<String>,
    /// How many to a page, 1 to 200; 50 where left out.
    limit: Option<usize>,
}

/// What to leave for the next shift.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewNote {
    /// What they should know.
    text: String,
}

/// List the handoff notes of a schedule
///
/// The latest first.
#[utoipa::path(
    get, path = "/api/v1/schedules/{schedule}/handoff-notes", tag = "On call", operation_id = "listHandoffNotes",
    params(("schedule" = String, Path, description = "Its slug"), NoteParams),
    responses((status = 200, description = "A page of notes.", body = Page<NoteView>))
)]
async fn list_handoff_notes(
    asker: Asker,
    OriginalUri(uri): OriginalUri,
    Path(slug): Path<String>,
    Params(params): Params<NoteParams>,
) -> Result<Listed<NoteView>, Problem> {
    let paging = Paging::<HandoffNoteId>::new(uri, params.cursor, params.limit)?;
    let id = schedule(&asker.directory, &slug)?.id;
    let (after, limit) = (paging.after, paging.rows());
    let read = asker.engine().database().read((id, after, limit), |(id, after, limit), tx| {
        Box::pin(async move { handovers::notes(tx, *id, *after, *limit).await })
    });
    let rows = read.await?;
    Ok(paging.page(rows, |note| note.id.to_string(), |note| NoteView::of(&asker, note)))
}

/// Leave a handoff note
///
/// Whoever comes on call next is told what it says.
#[utoipa::path(
    post, path = "/api/v1/schedules/{schedule}/handoff-notes", tag = "On call", operation_id = "addHandoffNote",
    params(("schedule" = String, Path, description = "Its slug")), request_body = NewNote,
    responses((status = 201, description = "The note.", body = NoteView))
)]
async fn add_handoff_note(
    asker: Asker,
    Path(slug): Path<String>,
    Body(new): Body<NewNote>,
) -> Result<(StatusCode, Json<NoteView>), Problem> {
    let id = schedule(&asker.directory, &slug)?.id;
    let text = text("text", &new.text, limits::HANDOFF_NOTE_CHARACTERS)?;
    let note = asker.engine().add_handoff_note(asker.actor(), id, text).await?;
    Ok((StatusCode::CREATED, Json(NoteView::of(&asker, note))))
}
