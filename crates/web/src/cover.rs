//! What pages and API share about requests for cover: who may do what for whom.

use allclear_core::access::{Caller, Permission};
use allclear_core::cover::Problem as Wrong;
use allclear_core::directory::Kind;
use allclear_core::id::UserId;
use allclear_store::covers::{self, CoverRecord};

use crate::app::App;
use crate::problem::{FieldError, Problem};

/// How many requests that are over are looked at for lists without pages.
pub(crate) const RECENT: i64 = 100;

/// Whether somebody may ask, answer or withdraw for a person: for themselves, or for anybody where they manage
/// schedules.
pub(crate) fn may_for(caller: Caller, own: Option<UserId>, user: UserId) -> bool {
    let manages = caller.may(Permission::Manage(Kind::Schedule));
    caller.may(Permission::PlanCover) && (manages || own == Some(user))
}

/// Refuses whoever may not.
pub(crate) fn must_for(caller: Caller, own: Option<UserId>, user: UserId) -> Result<(), Problem> {
    if may_for(caller, own, user) {
        return Ok(());
    }
    Err(Problem::forbidden("plan cover for somebody else"))
}

/// What is wrong with a request, field by field.
pub(crate) fn refused(problems: Vec<Wrong>) -> Problem {
    let error = |problem: Wrong| {
        let (field, message) = problem.field_and_message();
        FieldError { field: field.to_owned(), message }
    };
    Problem::invalid(problems.into_iter().map(error).collect())
}

/// All open requests.
pub(crate) async fn open(app: &App) -> Result<Vec<CoverRecord>, Problem> {
    Ok(app.engine().database().read((), |(), tx| Box::pin(async move { covers::open(tx).await })).await?)
}

/// The latest requests of all, open or not.
pub(crate) async fn latest(app: &App) -> Result<Vec<CoverRecord>, Problem> {
    let read =
        app.engine().database().read((), |(), tx| Box::pin(async move { covers::list(tx, None, None, RECENT).await }));
    Ok(read.await?)
}
