//! What a password must be.

use super::form::{Form, Problems};

/// The least characters (NIST SP 800-63B asks for eight, and for length rather than signs; this one guards pagers).
const LEAST: usize = 12;
/// The most: hashing more is work for nothing.
const MOST: usize = 1_000;

/// Checks the field `password`.
pub(super) fn check(form: &Form, problems: &mut Problems) {
    let count = form.raw("password").chars().count();
    if count < LEAST {
        problems.add("password", format!("The password has {count} characters; use {LEAST} or more."));
    } else if count > MOST {
        problems.add("password", format!("The password has {count} characters; use {MOST} or fewer."));
    }
}
