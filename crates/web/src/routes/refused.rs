//! What the configuration refuses, told beside the fields of a form.

use allclear_core::directory::Problem as Refused;
use allclear_engine::NotChanged;

use crate::pages::FieldProblem;
use crate::problem::Problem;

/// What is wrong with the fields of a form, or why nothing can be done about it by typing.
///
/// # Errors
/// When it was not the configuration that refused.
pub(super) fn beside_fields(error: NotChanged, field: impl Fn(&str) -> String) -> Result<Vec<FieldProblem>, Problem> {
    match error {
        NotChanged::Refused(problems) => Ok(problems.into_iter().map(|one| beside(one, &field)).collect()),
        NotChanged::Store(_) | NotChanged::Contended => Err(error.into()),
    }
}

/// A problem names its field as `service checkout: policy`. The form has only the end of that; a message says the rest.
fn beside(problem: Refused, field: impl Fn(&str) -> String) -> FieldProblem {
    let (subject, place) = problem.field.split_once(": ").unwrap_or(("", &problem.field));
    let message = if subject.is_empty() {
        problem.message
    } else {
        format!("{subject}, {}: {}", place.replace('_', " "), problem.message)
    };
    FieldProblem { field: field(place), message }
}
