//! `/incidents/new`: declared by a person.

use allclear_core::directory::Kind;
use allclear_core::limits;
use allclear_core::severity::Severity;
use allclear_engine::Declaration;
use allclear_store::incidents;

use super::super::flash::Flash;
use super::super::form::{Form, Problems};
use super::super::reader::Reader;
use super::super::reply::Reply;
use super::super::view;
use crate::pages::{FieldProblem, IncidentNewPage, Section};
use crate::problem::Problem;

/// The page.
pub(in crate::routes) async fn new(reader: Reader) -> Reply {
    let page = page(&reader, &Form::default(), Vec::new()).await?;
    reader.show(&page)
}

async fn page(reader: &Reader, form: &Form, problems: Vec<FieldProblem>) -> Result<IncidentNewPage, Problem> {
    let chosen = form.text("severity").parse().unwrap_or(Severity::Sev2);
    Ok(IncidentNewPage {
        shell: reader.shell("Declare an incident", Section::Incidents).await?,
        title: form.text("title").to_owned(),
        note: form.text("note").to_owned(),
        services: view::choices(&reader.directory, Kind::Service, form.text("service")),
        severities: view::severities(Some(chosen)),
        problems,
    })
}

/// The form.
pub(in crate::routes) async fn declare(reader: Reader, form: Form) -> Reply {
    let mut problems = Problems::default();
    let title = problems.needed(&form, "title", "What is wrong", limits::SUMMARY_CHARACTERS);
    let note = problems.at_most(&form, "note", "What is known so far", limits::NOTE_CHARACTERS);
    let service = reader.directory.services().find(|service| service.slug == form.text("service"));
    let service = problems.take("service", service.ok_or("Choose the service that is affected."));
    let severity = problems.take("severity", form.text("severity").parse::<Severity>());
    let (Some(service), Some(severity), true) = (service, severity, problems.is_empty()) else {
        return reader.refuse(&page(&reader, &form, problems.into_list()).await?);
    };
    let declaration = Declaration {
        service: service.id,
        title: title.to_owned(),
        severity,
        description: Some(note.to_owned()).filter(|note| !note.is_empty()),
    };
    let engine = reader.engine();
    let id = engine.declare(reader.actor(), declaration).await.map_err(|error| form.keep(error.into()))?;
    let read = engine.database().read(id, |id, tx| Box::pin(async move { incidents::find(tx, *id).await }));
    let reference = read.await?.map(|record| record.reference()).unwrap_or_default();
    Ok(reader.go_saying(&format!("/incidents/{reference}"), &Flash::good(format!("{reference} is declared."))))
}
