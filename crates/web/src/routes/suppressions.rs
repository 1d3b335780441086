//! `/suppressions`: silences, listed, made, ended.

use allclear_core::directory::Kind;
use allclear_core::id::SilenceId;
use allclear_core::limits;
use allclear_core::wait::Wait;
use allclear_store::silences::Counts;
use axum::extract::Path;
use jiff::{Timestamp, civil};

use super::flash::Flash;
use super::form::{Form, Problems, Query};
use super::reader::Reader;
use super::reply::Reply;
use super::view;
use crate::pages::{
    COUNTED, FieldProblem, Section, SilenceRow, SilenceState, SuppressionNewPage, SuppressionsPage, Tab,
};
use crate::problem::Problem;
use crate::silences::matcher::Matcher;
use crate::silences::{self, Condition, Draft, Kept, Put, State, Terms, check_matchers};
use allclear_core::access::Permission;

/// For how long a silence holds where nothing else is typed.
const USUAL: &str = "2h";

/// The list.
pub(super) async fn list(reader: Reader, query: Query) -> Reply {
    let now = reader.now();
    let asked = State::ALL.into_iter().find(|state| state.word() == query.text("state"));
    let everything = query.text("state") == "all";
    let shown: Vec<State> = match asked {
        Some(state) => vec![state],
        None => State::ALL.into_iter().filter(|state| everything || *state != State::Expired).collect(),
    };
    let most = limits::LIST_PAGE;
    let read = reader.engine().database().read(shown, move |shown, tx| {
        Box::pin(async move {
            let mut kept = Vec::new();
            for state in shown {
                kept.extend(silences::in_state(tx, now, *state, most as i64 + 1).await?);
            }
            Ok((kept, silences::counts(tx, now, COUNTED).await?))
        })
    });
    let (kept, Counts { active, pending, expired }) = read.await?;
    let tab = |word: &str, label: &str, count: u64, current: bool| Tab {
        href: view::address("/suppressions", &[("state", word)]),
        label: label.to_owned(),
        count: Some(count),
        current,
    };
    let of = |state: State, label: &str, count| tab(state.word(), label, count, asked == Some(state));
    let states = vec![
        tab("", "Open", active + pending, asked.is_none() && !everything),
        of(State::Active, "Active", active),
        of(State::Pending, "Pending", pending),
        of(State::Expired, "Expired", expired),
        tab("all", "All", active + pending + expired, everything),
    ];
    let page = SuppressionsPage {
        shell: reader.shell("Suppressions", Section::Alerts).await?,
        states,
        rows: kept.iter().take(most).map(|kept| row(&reader, kept)).collect(),
        goes_on: kept.len() > most,
        may_act: reader.may(Permission::ActOnIncidents),
    };
    reader.show(&page)
}

fn row(reader: &Reader, kept: &Kept) -> SilenceRow {
    SilenceRow {
        id: kept.id.to_string(),
        state: match kept.state(reader.now()) {
            State::Active => SilenceState::Active,
            State::Pending => SilenceState::Pending,
            State::Expired => SilenceState::Expired,
        },
        matchers: kept.terms.matchers.iter().map(Condition::to_string).collect(),
        service: view::service(&reader.directory, kept.terms.service),
        who: kept.terms.created_by.clone(),
        comment: kept.terms.comment.clone(),
        starts: reader.when(kept.starts_at),
        ends: reader.when(kept.ends_at),
    }
}

async fn page(reader: &Reader, form: &Form, problems: Vec<FieldProblem>) -> Result<SuppressionNewPage, Problem> {
    let length = if form.text("length").is_empty() { USUAL } else { form.text("length") };
    Ok(SuppressionNewPage {
        shell: reader.shell("Make a silence", Section::Alerts).await?,
        services: view::choices(&reader.directory, Kind::Service, form.text("service")),
        matchers: form.text("matchers").to_owned(),
        length: length.to_owned(),
        starts: form.text("starts").to_owned(),
        comment: form.text("comment").to_owned(),
        problems,
    })
}

/// `/suppressions/new`
pub(super) async fn new(reader: Reader) -> Reply {
    let page = page(&reader, &Form::default(), Vec::new()).await?;
    reader.show(&page)
}

/// A moment as a browser writes it, on the reader's clock.
fn moment(reader: &Reader, text: &str) -> Result<Timestamp, String> {
    let wrong = || format!("`{text}` is not a date and a time; write it like 2026-11-27T20:00");
    let local: civil::DateTime = text.parse().map_err(|_| wrong())?;
    reader.zone().rules().to_zoned(local).map(|zoned| zoned.timestamp()).map_err(|_| wrong())
}

/// The matchers, one to a line.
fn conditions(form: &Form) -> Result<Vec<Condition>, String> {
    let lines = form.text("matchers").lines().map(str::trim).filter(|line| !line.is_empty());
    let read = lines.map(|line| line.parse::<Matcher>().map(Condition::from));
    let conditions = read.collect::<Result<Vec<_>, _>>()?;
    if conditions.is_empty() {
        return Err("There is no matcher; type at least one, such as severity=warning.".to_owned());
    }
    check_matchers(&conditions).map(|()| conditions)
}

fn draft(reader: &Reader, form: &Form, problems: &mut Problems) -> Option<Draft> {
    let service = reader.directory.services().find(|service| service.slug == form.text("service"));
    let service = problems.take("service", service.ok_or("Choose the service whose alerts it is about."));
    let matchers = problems.take("matchers", conditions(form));
    let comment = problems.needed(form, "comment", "The reason", limits::NOTE_CHARACTERS).to_owned();
    let length = problems.take("length", form.text("length").parse::<Wait>());
    let starts = match form.text("starts") {
        "" => Some(reader.now()),
        text => problems.take("starts", moment(reader, text)),
    };
    if length.is_some_and(Wait::is_none) {
        problems.add("length", "It ends as it begins; make it longer, such as 2h.");
    }
    let (service, matchers, starts_at, length) = (service?, matchers?, starts?, length?);
    let ends_at = length.after(starts_at);
    if ends_at <= reader.now() {
        problems.add("starts", "It is over already; make it start later, or last longer.");
    }
    let created_by = reader.user.name.clone();
    let terms = Terms { service: service.id, matchers, created_by, comment, annotations: Default::default() };
    problems.is_empty().then_some(Draft { id: None, terms, starts_at, ends_at })
}

/// The form.
pub(super) async fn create(reader: Reader, form: Form) -> Reply {
    let mut problems = Problems::default();
    let Some(draft) = draft(&reader, &form, &mut problems) else {
        return reader.refuse(&page(&reader, &form, problems.into_list()).await?);
    };
    let (engine, now) = (reader.engine(), reader.now());
    let made = SilenceId::new(engine.maker().id(now));
    let ends = reader.when(draft.ends_at).short_with_zone();
    let written = engine.database().write((draft, made, now, reader.actor()), |(draft, made, now, actor), tx| {
        Box::pin(silences::store(tx, draft, *made, *now, *actor))
    });
    match written.await? {
        Put::Stored(_) => {
            let flash = Flash::good(format!("The silence is kept until {ends}. It holds no page back yet."));
            Ok(reader.go_saying("/suppressions", &flash))
        }
        Put::TooMany | Put::Unknown => {
            let most = limits::SILENCES;
            problems
                .add("service", format!("It has {most} silences of the last five days already; end some and wait."));
            reader.refuse(&page(&reader, &form, problems.into_list()).await?)
        }
    }
}

/// Ends one.
pub(super) async fn end(reader: Reader, Path(id): Path<String>, _: Form) -> Reply {
    let missing = || Problem::not_found("silence of this identity");
    let id: SilenceId = id.parse().map_err(|_| missing())?;
    let input = (id, reader.now(), reader.actor());
    let written = reader.engine().database().write(input, |(id, now, actor), tx| {
        Box::pin(async move {
            let Some(kept) = silences::find(tx, *id).await? else { return Ok(false) };
            silences::end(tx, &kept, *now, *actor).await.map(|()| true)
        })
    });
    if !written.await? {
        return Err(missing());
    }
    Ok(reader.go_saying("/suppressions", &Flash::good("The silence has ended.")))
}
