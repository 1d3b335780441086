//! Notification rules: which contact method is tried when.

use allclear_core::access::UserPart;
use allclear_core::directory::{Rung, User};
use allclear_core::limits;
use allclear_core::wait::Wait;
use axum::extract::Path;

use super::super::flash::Flash;
use super::super::form::{Form, Problems};
use super::super::reader::Reader;
use super::super::reply::Reply;
use super::super::saved::{Saved, change_person};
use super::one;
use crate::problem::Problem;

/// The form of one urgency.
pub(in crate::routes) async fn save_rules(
    reader: Reader,
    Path((slug, urgency)): Path<(String, String)>,
    form: Form,
) -> Reply {
    let person = super::find_to_change(&reader, &slug, UserPart::Contacts)?;
    let is_high = match urgency.as_str() {
        "high" => true,
        "low" => false,
        _ => return Err(Problem::not_found("set of rules")),
    };
    let mut problems = Problems::default();
    let rungs = read(&form, person, &mut problems);
    let set = |person: &mut User, rungs: Vec<Rung>| {
        if is_high {
            person.high_urgency = rungs;
        } else {
            person.low_urgency = rungs;
        }
    };
    let mut typed = User::clone(person);
    set(&mut typed, rungs.clone());
    if !problems.is_empty() {
        let page = one::page(&reader, &typed, problems.into_list()).await?;
        return reader.refuse(&page);
    }
    match change_person(&reader, &form, person.id, |person| set(person, rungs.clone())).await? {
        Saved::Yes => Ok(reader.go_saying(&format!("/people/{slug}"), &Flash::good("The rules are saved."))),
        Saved::Refused(problems) => {
            let page = one::page(&reader, &typed, problems).await?;
            reader.refuse(&page)
        }
    }
}

/// The lines that name a contact method.
fn read(form: &Form, person: &User, problems: &mut Problems) -> Vec<Rung> {
    let mut rungs = Vec::new();
    for number in 0..form.count("rung", limits::RUNGS + 1) {
        let field = format!("rung.{number}.after");
        let id = form.text(&format!("rung.{number}.contact")).parse().ok();
        let Some(contact) = id.and_then(|id| person.contact(id)) else { continue };
        let after = match form.text(&field) {
            "" | "0" | "0m" => Some(Wait::NONE),
            text => problems.take(&field, text.parse::<Wait>()),
        };
        rungs.extend(after.map(|after| Rung { after, contact: contact.id }));
    }
    rungs
}
