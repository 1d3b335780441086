//! `/incidents`

use allclear_core::directory::Kind;
use allclear_core::id::{ServiceId, TeamId};
use allclear_core::incident::Status;
use allclear_core::severity::Severity;
use allclear_store::incidents::{self, Filter, IncidentRecord};

use super::super::form::Query;
use super::super::now::quiet_since;
use super::super::reader::{Reader, Standing};
use super::super::reply::Reply;
use super::super::view;
use crate::pages::{Choice, IncidentFilters, IncidentGroup, IncidentsPage, Pager, Section, Tab};
use crate::problem::Problem;

/// How many rows a page has.
const ROWS: usize = 50;
/// How many incidents are read at once, and how often: a page of rare hits is cut there and goes on from there.
const BATCH: i64 = 200;
const BATCHES: usize = 10;

/// The states that the tabs choose between.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Chosen {
    Open,
    Triggered,
    Acknowledged,
    Snoozed,
    Resolved,
    All,
}

impl Chosen {
    const ALL: [Self; 6] = [Self::Open, Self::Triggered, Self::Acknowledged, Self::Snoozed, Self::Resolved, Self::All];

    const fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Triggered => "triggered",
            Self::Acknowledged => "acknowledged",
            Self::Snoozed => "snoozed",
            Self::Resolved => "resolved",
            Self::All => "all",
        }
    }

    const fn label(self) -> &'static str {
        match self {
            Self::Open => "Open",
            Self::Triggered => "Triggered",
            Self::Acknowledged => "Acknowledged",
            Self::Snoozed => "Snoozed",
            Self::Resolved => "Resolved",
            Self::All => "All",
        }
    }

    const fn takes(self, status: &Status) -> bool {
        match self {
            Self::Open => status.is_open(),
            Self::Triggered => matches!(status, Status::Triggered),
            Self::Acknowledged => matches!(status, Status::Acknowledged { .. }),
            Self::Snoozed => matches!(status, Status::Snoozed { .. }),
            Self::Resolved => !status.is_open(),
            Self::All => true,
        }
    }

    /// The one status of which its incidents are, if it is one.
    const fn status(self) -> Option<&'static str> {
        match self {
            Self::Triggered | Self::Acknowledged | Self::Snoozed => Some(self.word()),
            Self::Open | Self::Resolved | Self::All => None,
        }
    }

    const fn is_open(self) -> bool {
        matches!(self, Self::Open | Self::Triggered | Self::Acknowledged | Self::Snoozed)
    }
}

/// What the address asks for.
struct Wanted {
    state: Chosen,
    words: Vec<String>,
    query: String,
    whose: String,
    service: Option<(ServiceId, String)>,
    severity: Option<Severity>,
    before: Option<i64>,
    teams: Vec<TeamId>,
}

impl Wanted {
    fn of(reader: &Reader, query: &Query) -> Self {
        let state = Chosen::ALL.into_iter().find(|state| state.word() == query.text("state"));
        let service = reader.directory.services().find(|service| service.slug == query.text("service"));
        Self {
            state: state.unwrap_or(Chosen::Open),
            words: query.text("q").to_lowercase().split_whitespace().map(str::to_owned).collect(),
            query: query.text("q").to_owned(),
            whose: query.text("whose").to_owned(),
            service: service.map(|service| (service.id, service.slug.clone())),
            severity: query.parsed("severity"),
            before: super::number(query.text("before")),
            teams: reader.user.teams.clone(),
        }
    }

    fn is_filtered(&self) -> bool {
        !self.words.is_empty() || !self.whose.is_empty() || self.service.is_some() || self.severity.is_some()
    }

    fn takes(&self, reader: &Reader, record: &IncidentRecord) -> bool {
        let incident = &record.incident;
        let (title, reference) = (incident.title.to_lowercase(), record.reference().to_lowercase());
        let words = self.words.iter().all(|word| title.contains(word.as_str()) || reference == *word);
        let me = reader.user.id;
        let whose = match self.whose.as_str() {
            "mine" => incident.assigned.contains(&me) || incident.paged.contains(&me),
            "teams" => {
                let owner = reader.directory.service(incident.service).and_then(|service| service.team);
                owner.is_some_and(|owner| self.teams.contains(&owner))
            }
            _ => true,
        };
        self.state.takes(&incident.status) && words && whose && self.severity.is_none_or(|one| one == incident.severity)
    }

    /// The address of the same list, with another state or beginning elsewhere.
    fn address(&self, state: Chosen, before: &str) -> String {
        let severity = self.severity.map(|severity| severity.name().to_lowercase()).unwrap_or_default();
        let service = self.service.as_ref().map_or("", |(_, slug)| slug);
        let fields = [
            ("state", state.word()),
            ("q", &self.query),
            ("whose", &self.whose),
            ("service", service),
            ("severity", &severity),
            ("before", before),
        ];
        view::address("/incidents", &fields)
    }

    fn filters(&self, reader: &Reader) -> IncidentFilters {
        let whose = [("", "Everybody's"), ("teams", "My teams'"), ("mine", "Mine")];
        let mut severities = vec![Choice::new("", "Every severity", self.severity.is_none())];
        severities.extend(view::severities(self.severity));
        let service = self.service.as_ref().map_or("", |(_, slug)| slug);
        IncidentFilters {
            state: self.state.word().to_owned(),
            query: self.query.clone(),
            whose: whose.iter().map(|(value, label)| Choice::new(*value, *label, *value == self.whose)).collect(),
            services: view::choices_or("Every service", &reader.directory, Kind::Service, service),
            severities,
            is_set: self.is_filtered(),
        }
    }
}

/// The page.
pub(in crate::routes) async fn list(reader: Reader, query: Query) -> Reply {
    let wanted = Wanted::of(&reader, &query);
    let standing = reader.standing().await?;
    let Found { rows, older, looked } = find(&reader, &wanted).await?;
    let quiet_since = if rows.is_empty() {
        let read = reader
            .engine()
            .database()
            .read((), |(), tx| Box::pin(async move { incidents::list(tx, Filter::default(), BATCH).await }));
        quiet_since(&read.await?).map(|at| reader.when(at))
    } else {
        None
    };
    let shown = if rows.len() == 1 { "1 incident".to_owned() } else { format!("{} incidents", rows.len()) };
    let page = IncidentsPage {
        shell: reader.shell_with(&standing, "Incidents", Section::Incidents),
        states: states(&standing, &wanted),
        filters: wanted.filters(&reader),
        groups: groups(&reader, &rows),
        pager: Pager {
            shown,
            newer: wanted.before.map(|_| wanted.address(wanted.state, "")),
            older: older.map(|number| wanted.address(wanted.state, &incidents::reference(number))),
            looked,
        },
        quiet_since,
    };
    reader.show(&page)
}

/// What was found.
struct Found {
    rows: Vec<IncidentRecord>,
    /// The number from before which the list goes on.
    older: Option<i64>,
    looked: u64,
}

/// The incidents that are wanted. What the database has an index for, it chooses by itself.
async fn find(reader: &Reader, wanted: &Wanted) -> Result<Found, Problem> {
    let mut filter = Filter {
        open: wanted.state.is_open(),
        service: wanted.service.as_ref().map(|(service, _)| *service),
        severity: wanted.severity,
        status: wanted.state.status(),
        before: wanted.before,
    };
    let mut found = Found { rows: Vec::new(), older: None, looked: 0 };
    // Where nothing is left out, the first batch is the whole page, and tells whether there is another one.
    let mut most = ROWS as i64 + 1;
    for _ in 0..BATCHES {
        let read = reader.engine().database().read((filter, most), |(filter, most), tx| {
            Box::pin(async move { incidents::list(tx, *filter, *most).await })
        });
        let batch = read.await?;
        let is_last = i64::try_from(batch.len()).unwrap_or(most) < most;
        most = BATCH;
        for record in batch {
            filter.before = record.number;
            found.looked += 1;
            if wanted.takes(reader, &record) {
                if found.rows.len() == ROWS {
                    return Ok(Found { older: record.number.map(|number| number + 1), ..found });
                }
                found.rows.push(record);
            }
        }
        if is_last {
            return Ok(found);
        }
    }
    Ok(Found { older: filter.before, ..found })
}

fn states(standing: &Standing, wanted: &Wanted) -> Vec<Tab> {
    let count = |state: Chosen| {
        let of_state = standing.counts.iter().filter(|(word, _)| state == Chosen::Open || word == state.word());
        u64::try_from(of_state.map(|(_, count)| count).sum::<i64>()).ok()
    };
    let tab = |state: Chosen| Tab {
        href: wanted.address(state, ""),
        label: state.label().to_owned(),
        count: if state.is_open() { count(state) } else { None },
        current: state == wanted.state,
    };
    Chosen::ALL.into_iter().map(tab).collect()
}

/// The rows under the headings of their states, the worst of each first.
fn groups(reader: &Reader, rows: &[IncidentRecord]) -> Vec<IncidentGroup> {
    let group = |state: Chosen| {
        let mut members: Vec<&IncidentRecord> =
            rows.iter().filter(|record| state.takes(&record.incident.status)).collect();
        if state != Chosen::Resolved {
            members.sort_by_key(|record| (record.incident.severity.rank(), std::cmp::Reverse(record.number)));
        }
        let rows = members.into_iter().map(|record| view::incident_row(reader, record)).collect::<Vec<_>>();
        IncidentGroup { label: state.label().to_owned(), rows }
    };
    let states = [Chosen::Triggered, Chosen::Acknowledged, Chosen::Snoozed, Chosen::Resolved];
    states.into_iter().map(group).filter(|group| !group.rows.is_empty()).collect()
}
