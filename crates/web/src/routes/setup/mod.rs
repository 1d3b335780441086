//! The set-up: from an empty database to a page on one's own phone.
//!
//! The first step is open to whoever knows the token that the server prints, and only while there is nobody who could
//! sign in. It makes the first admin, whose session opens the other steps.

mod first_page;
mod mail;
mod organisation;
mod service;

pub(super) use self::first_page::{done, finish, first_page, page_me};
pub(super) use self::mail::{mail, save_mail};
pub(super) use self::organisation::{by_token, create, open};
pub(super) use self::service::{create_service, service};
