//! Services: the list, one, and the form.

mod edit;
mod list;
mod one;

use std::sync::Arc;

use allclear_core::directory::Service;

pub(super) use self::edit::{create, edit, new, remove, save};
pub(super) use self::list::list;
pub(super) use self::one::{add_integration, one};
use super::reader::Reader;
use crate::problem::Problem;

/// The service of a short name.
///
/// # Errors
/// When there is none.
fn find<'r>(reader: &'r Reader, slug: &str) -> Result<&'r Arc<Service>, Problem> {
    let found = reader.directory.services().find(|service| service.slug == slug);
    found.ok_or_else(|| Problem::not_found("service of this name"))
}
