//! The answers to requests for cover, from the pages.

use allclear_core::cover::{Answer, Input};
use allclear_core::id::CoverId;
use allclear_core::sentence;
use allclear_store::covers;
use axum::extract::Path;
use axum::http::StatusCode;

use super::super::flash::Flash;
use super::super::form::{Form, Problems};
use super::super::reader::Reader;
use super::super::reply::Reply;
use super::part;
use crate::cover;
use crate::problem::Problem;

fn id(text: &str) -> Result<CoverId, Problem> {
    text.parse().map_err(|_| Problem::not_found("request for cover"))
}

async fn give(reader: &Reader, form: &Form, id: CoverId, input: Input, done: &str) -> Reply {
    let answered =
        reader.engine().answer_cover(id, reader.actor(), input).await.map_err(|error| form.keep(error.into()))?;
    let answered = answered.ok_or_else(|| Problem::not_found("request for cover"))?;
    let flash = match &answered.answer {
        Answer::Done => Flash::good(done),
        Answer::Nothing(refusal) => Flash::bad(sentence::cover::refusal(&reader.names(), refusal)),
    };
    Ok(reader.go_saying("/cover", &flash))
}

/// The reader takes it, or a part of it.
pub(in crate::routes) async fn accept(reader: Reader, Path(text): Path<String>, form: Form) -> Reply {
    let id = id(&text)?;
    let mut problems = Problems::default();
    let part = part(reader.zone(), &form, &mut problems);
    if let Some(problem) = problems.into_list().into_iter().next() {
        return Err(form.keep(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, problem.message)));
    }
    let input = Input::Accept { user: reader.user.id, part };
    give(&reader, &form, id, input, "It is yours now. Whoever asked is told. Thank you.").await
}

/// The reader does not want it.
pub(in crate::routes) async fn decline(reader: Reader, Path(text): Path<String>, form: Form) -> Reply {
    let input = Input::Decline { user: reader.user.id };
    give(&reader, &form, id(&text)?, input, "You declined. You can still take it while nobody else has.").await
}

/// Whoever asked takes it back.
pub(in crate::routes) async fn withdraw(reader: Reader, Path(text): Path<String>, form: Form) -> Reply {
    let id = id(&text)?;
    let read = reader.engine().database().read(id, |id, tx| Box::pin(async move { covers::find(tx, *id).await }));
    let record = read.await?.ok_or_else(|| Problem::not_found("request for cover"))?;
    cover::must_for(reader.visitor.caller, Some(reader.user.id), record.request.asker)?;
    give(&reader, &form, id, Input::Withdraw, "It is withdrawn. What was taken already stays so.").await
}
