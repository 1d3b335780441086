//! New passwords in forms.

use allclear_core::directory::User;

use super::form::{Form, Problems};
use crate::auth::check_new_password;

/// Checks the field with a new password of this person.
pub(super) fn check(form: &Form, field: &str, person: &User, problems: &mut Problems) {
    let message = check_new_password(form.raw(field), person).map_err(|message| format!("The password: {message}."));
    problems.take(field, message);
}
