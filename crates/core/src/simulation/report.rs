//! A simulation as it is shown: by the API, by the command line, on a page.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{End, Fate, Question, Simulation, What};
use crate::directory::Directory;
use crate::sentence::Names;
use crate::wait::Wait;

/// One line of what would happen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// When.
    pub at: Timestamp,
    /// How long after the incident was opened.
    pub after: Wait,
    /// `decided`, `paged` or `tried`.
    pub kind: String,
    /// What happens, and why.
    pub sentence: String,
    /// Whom it concerns, by their slug.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<String>,
    /// By which channel they are tried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// By which of their contact methods.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<String>,
    /// What becomes of the message: `known`, `slept_through` or `down`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fate: Option<String>,
}

/// Somebody who surely knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Knows {
    /// Since when.
    pub at: Timestamp,
    /// How long after the incident was opened.
    pub after: Wait,
    /// Who, by their slug.
    pub person: String,
    /// Their name.
    pub name: String,
    /// By which channel.
    pub channel: String,
    /// By which of their contact methods.
    pub contact: String,
}

/// What would happen, as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// The slug of the service.
    pub service: String,
    /// How bad: `SEV1`.
    pub severity: String,
    /// When the incident is opened.
    pub at: Timestamp,
    /// The zone in which the sentences give times.
    pub time_zone: String,
    /// What is assumed, in words.
    pub assumptions: Vec<String>,
    /// What happens, in order of time.
    pub lines: Vec<Line>,
    /// The first who surely knows; nobody where the escalation ends before.
    pub known: Option<Knows>,
    /// `known`, `acknowledged`, `exhausted` or `cut_off`.
    pub end: String,
    /// The answer in a sentence.
    pub conclusion: String,
}

/// The report of a simulation.
pub fn report(directory: &Directory, question: &Question, simulation: &Simulation) -> Report {
    let zone = &directory.organisation.time_zone;
    let service = directory.service(question.service);
    let known = simulation.known.and_then(|known| {
        let user = directory.user(known.user)?;
        let contact = user.contact(known.contact)?;
        Some(Knows {
            at: known.at,
            after: since(question, known.at),
            person: user.slug.clone(),
            name: user.name.clone(),
            channel: contact.channel.clone(),
            contact: contact.name.clone(),
        })
    });
    Report {
        service: service.map(|service| service.slug.clone()).unwrap_or_default(),
        severity: question.severity.name().to_owned(),
        at: question.at,
        time_zone: zone.name().to_owned(),
        assumptions: question.assumptions.iter().map(|one| one.write(directory)).collect(),
        lines: lines(directory, question, simulation),
        conclusion: conclusion(directory, question, simulation, known.as_ref()),
        known,
        end: match simulation.end {
            End::Known => "known",
            End::Acknowledged => "acknowledged",
            End::Exhausted => "exhausted",
            End::CutOff => "cut_off",
        }
        .to_owned(),
    }
}

fn since(question: &Question, at: Timestamp) -> Wait {
    Wait::seconds(u32::try_from(at.duration_since(question.at).as_secs()).unwrap_or_default())
}

fn lines(directory: &Directory, question: &Question, simulation: &Simulation) -> Vec<Line> {
    let line = |moment: &super::Moment| {
        let (kind, user, contact, fate) = match moment.what {
            What::Decided => ("decided", None, None, None),
            What::Paged { user } => ("paged", Some(user), None, None),
            What::Tried { user, contact, fate } => ("tried", Some(user), Some(contact), Some(fate)),
        };
        let user = user.and_then(|user| directory.user(user));
        let contact = user.and_then(|user| user.contact(contact?));
        Line {
            at: moment.at,
            after: since(question, moment.at),
            kind: kind.to_owned(),
            sentence: moment.sentence.clone(),
            person: user.map(|user| user.slug.clone()),
            channel: contact.map(|contact| contact.channel.clone()),
            contact: contact.map(|contact| contact.name.clone()),
            fate: fate.map(|fate| {
                match fate {
                    Fate::Down => "down",
                    Fate::SleptThrough => "slept_through",
                    Fate::Known => "known",
                }
                .to_owned()
            }),
        }
    };
    simulation.moments.iter().map(line).collect()
}

fn conclusion(directory: &Directory, question: &Question, simulation: &Simulation, known: Option<&Knows>) -> String {
    let names = Names::new(directory, &directory.organisation.time_zone);
    let Some(known) = known else {
        return match simulation.end {
            End::Known | End::Acknowledged | End::Exhausted => {
                "Nobody surely knows: everybody was tried, and nobody was reached.".to_owned()
            }
            End::CutOff => "Nobody surely knows by then. More happens than is told here.".to_owned(),
        };
    };
    let when = if known.after.is_none() { "at once".to_owned() } else { format!("after {}", known.after) };
    let time = names.time(known.at, question.at);
    format!("{} surely knows {when}, at {time}, by “{}” ({}).", known.name, known.contact, known.channel)
}
