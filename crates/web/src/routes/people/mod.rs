//! People: the list, one, and what they may change about themselves and others.

mod contacts;
mod invite;
mod list;
mod new;
mod one;
mod profile;
mod rules;
mod time_off;

use std::sync::Arc;

use allclear_core::access::{UserPart, may_change_user};
use allclear_core::directory::User;

pub(super) use self::contacts::{add_contact, remove_contact, send_code, test_contact, test_page, verify};
pub use self::invite::password_link;
pub(super) use self::invite::{accept, invite, invited};
pub(super) use self::list::list;
pub(super) use self::new::{create, new};
pub(super) use self::one::one;
pub(super) use self::profile::{change_password, restore, save, suspend};
pub(super) use self::rules::save_rules;
pub(super) use self::time_off::{add_time_off, remove_time_off};
use super::reader::Reader;
use crate::problem::Problem;

/// The person of a login.
///
/// # Errors
/// When there is nobody.
fn find<'r>(reader: &'r Reader, slug: &str) -> Result<&'r Arc<User>, Problem> {
    let found = reader.directory.users().find(|user| user.slug == slug);
    found.ok_or_else(|| Problem::not_found("person of this login"))
}

/// The person of a login, whose record the reader may change in this part.
///
/// # Errors
/// When there is nobody, or the reader may not.
fn find_to_change<'r>(reader: &'r Reader, slug: &str, part: UserPart) -> Result<&'r Arc<User>, Problem> {
    let person = find(reader, slug)?;
    if may_change_user(reader.user.role, reader.user.id, person.id, part) {
        return Ok(person);
    }
    Err(Problem::forbidden("change somebody else's record"))
}
