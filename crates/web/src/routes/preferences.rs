//! What a browser is told to remember.

use axum::extract::State;
use axum::http::StatusCode;

use super::cookies::THEME;
use super::form::Form;
use super::reader::theme_of;
use super::reply::{Reply, go, local, with_cookie};
use crate::app::App;
use crate::problem::Problem;

/// The three-way theme switch.
pub(super) async fn theme(State(app): State<App>, form: Form) -> Reply {
    let Some(theme) = theme_of(form.text("theme")) else {
        let detail = format!("`{}` is not a theme; choose system, light or dark.", form.text("theme"));
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, detail));
    };
    Ok(with_cookie(go(local(form.text("back"))), &THEME.set(theme.value(), app.0.secure)))
}
