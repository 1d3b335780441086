//! What a password must be.

use super::form::{Form, Problems};

/// The least characters (NIST SP 800-63B asks for eight, and for length rather than signs; this one guards pagers).
const LEAST: usize = 12;
/// The most: hashing more is work for nothing.
const MOST: usize = 1_000;

/// Checks a field with a new password.
pub(super) fn check(form: &Form, field: &str, problems: &mut Problems) {
    let count = form.raw(field).chars().count();
    if count < LEAST {
        problems.add(field, format!("The password has {count} characters; use {LEAST} or more."));
    } else if count > MOST {
        problems.add(field, format!("The password has {count} characters; use {MOST} or fewer."));
    }
}
