//! Settings: organisation, mail, tokens, limits, audit log.

mod audit;
mod limits;
mod mail;
mod organisation;
mod tokens;

pub(super) use self::audit::audit;
pub(super) use self::limits::limits;
pub(super) use self::mail::{mail, save_mail};
pub(super) use self::organisation::{organisation, save};
pub(super) use self::tokens::{create_token, revoke_token, tokens};
