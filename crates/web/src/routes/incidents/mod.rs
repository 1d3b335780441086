//! Incidents: the list, one, and everything that can be done to them.

mod act;
mod bulk;
mod declare;
mod list;
mod one;
mod timeline;
mod why;

use allclear_store::incidents::{self, IncidentRecord};

pub(super) use self::act::act;
pub(super) use self::bulk::bulk;
pub(super) use self::declare::{declare, new};
pub(super) use self::list::list;
pub(super) use self::one::one;
pub(super) use self::why::why;
use super::reader::Reader;
use crate::problem::Problem;

/// The number in a reference: 142 of `INC-142`.
pub(super) fn number(reference: &str) -> Option<i64> {
    let (letters, number) = reference.split_at_checked(4)?;
    letters.eq_ignore_ascii_case("INC-").then(|| number.parse().ok()).flatten()
}

/// The incident of a reference.
///
/// # Errors
/// When there is none.
async fn find(reader: &Reader, reference: &str) -> Result<IncidentRecord, Problem> {
    let missing = || Problem::not_found("incident of this reference");
    let number = number(reference).ok_or_else(missing)?;
    let read = reader
        .engine()
        .database()
        .read(number, |number, tx| Box::pin(async move { incidents::by_number(tx, *number).await }));
    read.await?.ok_or_else(missing)
}
