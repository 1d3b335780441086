//! Plays a script against the rules of an incident and writes down what happens.
//!
//! A script is a line for each thing that happens. A line may begin with the time at which it happens: `03:12`, or,
//! after the line before, `+5m`. Until then every timer is run when it is due; `(down)` instead of a thing to happen
//! lets the time pass without, as when we are not running. `due` runs the timers of this moment, `now` before a line of
//! the cast changes the directory, `turn 3` is whose turn it is when the next line opens the incident, which may do so
//! `with` labels, and `look` says what happens next. The transcript has the facts as sentences, `>`
//! before what must be done outside, `!` before a refusal, and after `=` where the incident stands.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use jiff::Timestamp;
use uuid::Uuid;

use super::cast::{self, moment, person, policy};
use crate::actor::{Actor, Via};
use crate::alert::Clearing;
use crate::correlate;
use crate::directory::{Directory, Kind};
use crate::fact::Fact;
use crate::id::{AlertId, IncidentId, IntegrationId, ServiceId, UserId};
use crate::incident::{Answer, Assignment, Decision, Effect, Incident, Input, Opening, Update, open, step};
use crate::invariant::{self, StoredIncident};
use crate::journal::Entry;
use crate::sentence::{self, Names};
use crate::severity::Severity;
use crate::upcoming::upcoming;
use crate::wait::Wait;
use crate::zone::Zone;

/// The transcript of a script with this cast.
pub(crate) fn play(cast: &str, script: &str) -> String {
    let mut stage = Stage::new(cast);
    for line in script.lines().map(str::trim).filter(|line| !line.is_empty()) {
        stage.line(line);
    }
    stage.transcript.trim_end().to_owned()
}

/// A story under way.
pub(crate) struct Stage {
    pub(crate) directory: Directory,
    pub(crate) now: Timestamp,
    pub(crate) incident: Option<Incident>,
    pub(crate) entries: Vec<Entry<Fact>>,
    turn: u64,
    transcript: String,
}

impl Stage {
    pub(crate) fn new(cast: &str) -> Self {
        Self {
            directory: cast::directory(cast),
            now: moment("00:00"),
            incident: None,
            entries: Vec::new(),
            turn: 0,
            transcript: String::new(),
        }
    }

    pub(crate) fn line(&mut self, line: &str) {
        let (time, what) = line.split_once(' ').unwrap_or((line, ""));
        let then = match time.strip_prefix('+') {
            Some(wait) => Some(wait.parse::<Wait>().unwrap().after(self.now)),
            None => time.starts_with(|first: char| first.is_ascii_digit()).then(|| moment(time)),
        };
        let what = if then.is_some() { what } else { line };
        if let Some(then) = then.filter(|_| what != "(down)") {
            self.run_timers(|due| if what.is_empty() { due <= then } else { due < then });
        }
        self.now = then.unwrap_or(self.now);
        self.write_heading(what);
        match what {
            "" | "(down)" => self.write_standing(),
            what if what.starts_with("turn ") => self.turn = what["turn ".len()..].parse().unwrap(),
            "look" => self.write_upcoming(),
            what => match what.strip_prefix("now ") {
                Some(changed) => self.directory = cast::with(&self.directory, changed),
                None => self.happen(what),
            },
        }
    }

    fn run_timers(&mut self, while_due: impl Fn(Timestamp) -> bool) {
        while let Some(due) = self.incident.as_ref().and_then(Incident::next_due).filter(|due| while_due(*due)) {
            self.now = due.max(self.now);
            self.write_heading("due");
            self.happen("due");
        }
    }

    fn happen(&mut self, what: &str) {
        let (actor, input) = match what.split_once(" declares ") {
            Some((name, what)) => return self.open(self.user(name), what, false),
            None if self.incident.is_none() => {
                return self.open(source(), what.strip_prefix("alert ").expect("an alert opens it"), true);
            }
            None => self.read(what),
        };
        let incident = self.incident.as_ref().expect("something was opened");
        let decision = step(self.now, &self.directory, incident, actor, input);
        self.take(actor, decision);
    }

    fn open(&mut self, actor: Actor, what: &str, by_alert: bool) {
        let (what, labels) = what.split_once(" with ").unwrap_or((what, ""));
        let (title, severity) = title_and_severity(what);
        let labels = labels.split_whitespace().filter_map(|label| label.split_once('='));
        let labels = labels.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let service = self.directory.of_kind(Kind::Service).next().expect("a service in the cast").uuid();
        let alert = by_alert.then(|| (alert(&title), correlate::Reason::FirstOfGroup));
        let plain = Opening::declared(ServiceId::new(service), title, severity);
        let opening = Opening { alert, labels, turn: self.turn, ..plain };
        let decision = open(self.now, &self.directory, actor, opening);
        self.take(actor, decision);
    }

    /// Takes a decision in, as the engine does, and checks what must always hold.
    fn take(&mut self, actor: Actor, decision: Decision) {
        let told = matches!(decision.answer, Answer::Done);
        assert_eq!(told, !decision.facts.is_empty(), "facts are the answer: {decision:?}");
        assert!(told || decision.effects.is_empty(), "effects only with facts: {decision:?}");
        self.entries.push(Entry { at: self.now, actor, facts: decision.facts.clone() });
        let stored = StoredIncident {
            id: incident_id(),
            state: &decision.next,
            entries: &self.entries,
            timer: decision.next.next_due(),
            firing_alerts: decision.next.firing,
        };
        assert_eq!(invariant::incident_holds(stored), []);
        self.write_decision(actor, &decision);
        self.incident = Some(decision.next);
        self.write_standing();
    }

    pub(crate) fn user(&self, name: &str) -> Actor {
        let (name, via) = match name.strip_suffix(" by link") {
            Some(name) => (name, Via::Link),
            None => (name, Via::Web),
        };
        Actor::User { user: person(&self.directory, name), via }
    }

    fn people(&self, names: &str) -> Vec<UserId> {
        names.split(',').map(|name| person(&self.directory, name.trim())).collect()
    }

    /// The input, and who gives it, of a line such as `Ana snoozes until 08:00`.
    pub(crate) fn read(&self, what: &str) -> (Actor, Input) {
        let (first, rest) = what.split_once(' ').unwrap_or((what, ""));
        let input = match first {
            "due" => return (Actor::System, Input::Due),
            "alert" => self.read_alert(rest),
            "page" => self.read_failure(rest),
            "source" => Input::Acknowledge,
            _ => return self.read_act(what),
        };
        (source(), input)
    }

    fn read_failure(&self, what: &str) -> Input {
        let (place, reason) = what.split_once(" fails: ").expect("`page 1.0 fails: reason`");
        let (page, rung) = place.split_once('.').expect("a page and a rung");
        let (page, rung): (u32, usize) = (page.parse().unwrap(), rung.parse().unwrap());
        let under_way = self.incident.iter().flat_map(|incident| &incident.pages).find(|one| one.number == page);
        let contact = under_way.and_then(|page| page.rungs.get(rung)).map(|rung| rung.contact);
        let channel = contact.and_then(|id| self.directory.users().find_map(|user| user.contact(id)));
        let channel = channel.map_or_else(|| "unknown".to_owned(), |contact| contact.channel.clone());
        Input::ContactFailed { page, rung, channel, reason: reason.into() }
    }

    fn read_alert(&self, what: &str) -> Input {
        let why = correlate::Reason::SameService { window: Wait::minutes(5) };
        if let Some(severity) = what.strip_prefix("worsens ") {
            return Input::AlertWorsened { severity: severity.parse().unwrap() };
        }
        for (verb, how) in [(" clears", Clearing::BySource), (" expires", Clearing::Expired)] {
            if let Some(title) = what.strip_suffix(verb) {
                return Input::AlertCleared { alert: alert(title), summary: unquoted(title), how };
            }
        }
        let (summary, severity) = title_and_severity(what);
        Input::AlertJoined { alert: alert(&summary), summary, severity, why }
    }

    fn read_act(&self, what: &str) -> (Actor, Input) {
        let (name, act) = what.split_once(' ').expect("somebody does something");
        let (name, act) = match act.strip_prefix("by link ") {
            Some(act) => (format!("{name} by link"), act),
            None => (name.to_owned(), act),
        };
        let actor = self.user(&name);
        let (verb, with) = act.split_once(' ').unwrap_or((act, ""));
        let input = match verb {
            "acknowledges" => Input::Acknowledge,
            "resolves" => Input::Resolve,
            "reopens" => Input::Reopen,
            "snoozes" => Input::Snooze { until: moment(with.trim_start_matches("until ")) },
            "assigns" => Input::Reassign(Assignment::People(self.people(with))),
            "hands" => Input::Reassign(Assignment::Policy(policy(&self.directory, with))),
            "escalates" => Input::Escalate { step: with.strip_prefix("to ").map(|step| step.parse().unwrap()) },
            "replaces" => Input::ReplacePolicy,
            "requests" => Input::Request { people: self.people(with) },
            "declines" => Input::Decline { user: actor.user().unwrap() },
            "notes" => Input::Note { text: unquoted(with) },
            "sets" => Input::SetSeverity(with.parse().unwrap()),
            "renames" => Input::SetTitle(unquoted(with)),
            "merges" => Input::MergeInto(incident_id()),
            "absorbs" => {
                let incident = IncidentId::new(Uuid::from_u128(2));
                Input::Absorb { incident, severity: with.parse().unwrap(), firing: 2, alerts: 3 }
            }
            _ => panic!("a verb: {what}"),
        };
        (actor, input)
    }

    fn write_heading(&mut self, what: &str) {
        let time = self.now.strftime("%H:%M:%S").to_string();
        let time = time.strip_suffix(":00").unwrap_or(&time);
        writeln!(self.transcript, "{}", format!("{time} {what}").trim_end()).unwrap();
    }

    fn write_decision(&mut self, actor: Actor, decision: &Decision) {
        let zone = Zone::utc();
        let incidents = BTreeMap::from([
            (incident_id(), "INC-1".to_owned()),
            (IncidentId::new(Uuid::from_u128(2)), "INC-2".to_owned()),
        ]);
        let pages = sentence::pages_of(self.entries.iter().flat_map(|entry| &entry.facts));
        let names = Names::new(&self.directory, &zone).with_incidents(&incidents).with_pages(&pages);
        for fact in &decision.facts {
            writeln!(self.transcript, "      {}", sentence::fact(&names, self.now, actor, fact)).unwrap();
        }
        for effect in &decision.effects {
            writeln!(self.transcript, "    > {}", outside(&names, effect)).unwrap();
        }
        if let Answer::Nothing(refusal) = decision.answer {
            writeln!(self.transcript, "    ! {}", refusal.sentence()).unwrap();
        }
    }

    fn write_standing(&mut self) {
        let Some(incident) = &self.incident else { return };
        let due = incident.next_due().map_or("nothing is due".to_owned(), |due| format!("due {}", short(due)));
        let exhausted = if incident.exhausted { ", exhausted" } else { "" };
        writeln!(self.transcript, "    = {}{exhausted}, {due}", incident.status.word()).unwrap();
    }

    fn write_upcoming(&mut self) {
        let Some(incident) = &self.incident else { return };
        for coming in upcoming(incident, &self.directory, self.now) {
            writeln!(self.transcript, "    {} {}", short(coming.at), coming.sentence).unwrap();
        }
    }
}

fn short(at: Timestamp) -> String {
    let (day, time) = (at.strftime("%d").to_string(), at.strftime("%H:%M:%S").to_string());
    let time = time.strip_suffix(":00").unwrap_or(&time);
    if day == "23" { time.to_owned() } else { format!("tomorrow {time}") }
}

fn outside(names: &Names<'_>, effect: &Effect) -> String {
    match effect {
        Effect::Page { page, rung, contact, .. } => format!("send page {page}.{rung} by {}", names.contact(*contact)),
        Effect::WithdrawPages => "take back the pages".to_owned(),
        Effect::WithdrawPagesOf { user } => format!("take back the pages of {}", names.person(*user)),
        Effect::ClearAlerts => "clear the alerts".to_owned(),
        Effect::MoveAlerts { into } => format!("move the alerts to {}", names.incident(*into)),
        Effect::Inform { contact, update, .. } => {
            let update = match update {
                Update::Acknowledged => "somebody is on it",
                Update::Resolved => "it is over",
            };
            format!("tell by {} that {update}", names.contact(*contact))
        }
    }
}

fn source() -> Actor {
    Actor::Integration { integration: IntegrationId::new(Uuid::from_u128(1)) }
}

fn incident_id() -> IncidentId {
    IncidentId::new(Uuid::from_u128(1))
}

fn alert(title: &str) -> AlertId {
    AlertId::new(Uuid::from_u128(title.bytes().fold(0, |sum, letter| sum * 31 + u128::from(letter))))
}

fn unquoted(text: &str) -> String {
    text.trim_matches('"').to_owned()
}

fn title_and_severity(what: &str) -> (String, Severity) {
    let (title, severity) = what.rsplit_once(' ').expect("a title and a severity");
    (unquoted(title), severity.parse().unwrap())
}
