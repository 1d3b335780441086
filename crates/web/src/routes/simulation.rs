//! `/simulation`: who would be paged about an incident, and when somebody surely knows.

use allclear_core::declaration::{Moment, Written as _};
use allclear_core::directory::Service;
use allclear_core::severity::Severity;
use allclear_core::simulation::{Line, Question, Report};
use jiff::Timestamp;

use super::form::Query;
use super::reader::Reader;
use super::reply::Reply;
use super::view;
use crate::pages::{Choice, FieldProblem, Section, SimulationAnswer, SimulationPage, SimulationRow};
use crate::simulation::{assumptions, next_turn, run};

/// The page: a form, and the answer once a service is chosen.
pub(super) async fn page(reader: Reader, query: Query) -> Reply {
    let service = reader.directory.services().find(|service| service.slug == query.text("service")).cloned();
    let severity = query.parsed::<Severity>("severity").unwrap_or(Severity::Sev1);
    let mut problems = Vec::new();
    let at = moment(&reader, &query, &mut problems);
    let texts: Vec<String> =
        query.text("assume").lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect();
    let assumed = assumptions(&reader.directory, &texts).unwrap_or_else(|problem| {
        let said = problem.errors.into_iter().map(|error| error.message);
        problems.extend(said.map(|message| FieldProblem { field: "assume".to_owned(), message }));
        Vec::new()
    });
    let whole = !query.text("whole").is_empty();
    let answer = match &service {
        Some(service) if problems.is_empty() => {
            let turn = next_turn(reader.engine(), service).await?;
            let labels = std::collections::BTreeMap::new();
            let (service, assumptions) = (service.id, assumed);
            let question = Question { service, severity, at, labels, turn, assumptions, whole };
            Some(answer(&reader, run(reader.directory.clone(), question).await?))
        }
        Some(_) | None => None,
    };
    let page = SimulationPage {
        shell: reader.shell("Who would be paged?", Section::OnCall).await?,
        services: services(&reader, service.as_deref()),
        severities: view::severities(Some(severity)),
        at: reader.zone().local(at).strftime("%Y-%m-%dT%H:%M").to_string(),
        zone: reader.zone().name().to_owned(),
        assume: texts.join("\n"),
        whole,
        answer,
        problems,
    };
    if page.problems.is_empty() { reader.show(&page) } else { reader.refuse(&page) }
}

fn moment(reader: &Reader, query: &Query, problems: &mut Vec<FieldProblem>) -> Timestamp {
    let text = query.text("at");
    if text.is_empty() {
        return reader.now();
    }
    let outside = || format!("`{text}` lies outside of the calendar; use a year from 1 to 9999");
    let read = Moment::read(text).and_then(|moment| moment.in_zone(reader.zone()).ok_or_else(outside));
    read.unwrap_or_else(|message| {
        problems.push(FieldProblem { field: "at".to_owned(), message });
        reader.now()
    })
}

fn services(reader: &Reader, chosen: Option<&Service>) -> Vec<Choice> {
    let mut services: Vec<_> = reader.directory.services().collect();
    services.sort_by_key(|service| service.name.to_lowercase());
    let first = Choice::new("", "Choose a service", chosen.is_none());
    let choice = |service: &Service| {
        Choice::new(&service.slug, &service.name, chosen.is_some_and(|chosen| chosen.id == service.id))
    };
    [first].into_iter().chain(services.into_iter().map(|service| choice(service))).collect()
}

fn answer(reader: &Reader, report: Report) -> SimulationAnswer {
    let row = |line: Line| SimulationRow {
        at: reader.when(line.at),
        after: if line.after.is_none() { "at once".to_owned() } else { line.after.to_string() },
        icon: match line.fate.as_deref() {
            Some("known") => "check",
            Some("down") => "warn",
            Some(_) => "paused",
            None if line.kind == "paged" => "page",
            None => "up",
        },
        known: line.fate.as_deref() == Some("known"),
        sentence: line.sentence,
    };
    SimulationAnswer {
        known: report.known.is_some(),
        cut_off: report.end == "cut_off",
        conclusion: report.conclusion,
        zone: report.time_zone,
        rows: report.lines.into_iter().map(row).collect(),
    }
}
