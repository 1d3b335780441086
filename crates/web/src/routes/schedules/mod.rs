//! Schedules: some weeks of them, overrides, and the form that plans them.

mod changes;
mod chart;
mod conflicts;
mod days;
mod edit;
mod one;
mod overrides;
mod shown;
mod tones;
mod turns;
mod typed;

use std::sync::Arc;

use allclear_core::schedule::Schedule;

pub(super) use self::edit::{create, edit, new, save};
pub(super) use self::one::one;
pub(super) use self::overrides::{add_override, remove_override};
use super::reader::Reader;
use crate::problem::Problem;

/// The schedule of a short name.
///
/// # Errors
/// When there is none.
fn find<'r>(reader: &'r Reader, slug: &str) -> Result<&'r Arc<Schedule>, Problem> {
    let found = reader.directory.schedules().find(|schedule| schedule.slug == slug);
    found.ok_or_else(|| Problem::not_found("schedule of this name"))
}
