//! `POST /incidents/bulk`: the same for several incidents.

use allclear_core::incident::{Answer, Input};
use allclear_core::limits;
use axum::http::StatusCode;

use super::super::flash::Flash;
use super::super::form::Form;
use super::super::reader::Reader;
use super::super::reply::{CameFromPage, Reply};
use crate::problem::Problem;

/// Takes the form of the list.
pub(in crate::routes) async fn bulk(reader: Reader, page: CameFromPage, form: Form) -> Reply {
    let back = page.or("/incidents");
    let (input, done_word) = match form.text("action") {
        "acknowledge" => (Input::Acknowledge, "acknowledged"),
        "resolve" => (Input::Resolve, "resolved"),
        "reopen" => (Input::Reopen, "open again"),
        other => {
            let detail = format!("`{other}` is nothing that can be done to several incidents; use one of the buttons.");
            return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, detail));
        }
    };
    let chosen: Vec<&str> = form.all("incident").take(limits::LIST_PAGE).collect();
    if chosen.is_empty() {
        return Ok(reader.go_saying(back, &Flash::bad("No incident is selected. Tick some rows first.")));
    }
    let (mut done, mut not) = (Vec::new(), 0);
    for reference in chosen {
        let record = super::find(&reader, reference).await?;
        let commanded = reader.engine().act(record.id, reader.actor(), input.clone()).await?;
        match commanded.map(|commanded| commanded.answer) {
            Some(Answer::Done) => done.push(record.reference()),
            Some(Answer::Nothing(_)) | None => not += 1,
        }
    }
    Ok(reader.go_saying(back, &told(&input, done_word, &done, not)))
}

fn told(input: &Input, word: &str, done: &[String], not: usize) -> Flash {
    let mut text = match done {
        [] => "Nothing was changed.".to_owned(),
        [one] => format!("{one} is {word}."),
        several => format!("{} incidents are {word}.", several.len()),
    };
    if not > 0 && !done.is_empty() {
        text += &format!(" {not} were so already, or are over.");
    }
    let flash = Flash::good(text);
    if *input != Input::Resolve || done.is_empty() {
        return flash;
    }
    let mut fields = vec![("action".to_owned(), "reopen".to_owned())];
    fields.extend(done.iter().map(|reference| ("incident".to_owned(), reference.clone())));
    flash.with_undo("/incidents/bulk", "Re-open", fields)
}
