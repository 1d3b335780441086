//! The commands of a script.
//!
//! | command | does |
//! |---|---|
//! | `event checkout trigger disk "Disk full" critical cluster=eu for 5m` | an event through that integration; all from the summary on may be left out |
//! | `burst 40 checkout trigger disk "Disk full" error` | so many at once, with keys `disk-1`, `disk-2`, … |
//! | `post checkout {"a": 1}` | a body as it stands |
//! | `nested checkout disk 125` | an event whose details are so many lists deep |
//! | `replay` | takes in the last request again |
//! | `ana taps acknowledge` (`decline`) | the button of the page that she received last |
//! | `ana acknowledges INC-1` (`resolves`, `reopens`, `declines`) | on the incident's page |
//! | `ana snoozes INC-1 1h`, `escalates INC-1 [2]`, `rates INC-1 sev1`, `notes INC-1 "text"` | the same |
//! | `ana renames INC-1 "text"` | the same |
//! | `ana gives INC-1 to ben cy`, `gives INC-1 to policy nights`, `asks INC-1 for ben` | the same |
//! | `ana merges INC-2 into INC-1`, `declares checkout "Slow" sev2` | the same |
//! | `mail down`, `phones slow 20s`, `ben's phone refuses` | a provider, or one address: `works`, `down`, `slow`, `hangs`, `loses replies`, `busy 30`, `refuses` |
//! | `change person ben "Ben Okafor" suspended | phone` | the company, in short form |
//! | `crash`, `crash before sending`, `crash before settling`, `start` | the node |
//! | `clock +3h`, `clock -1h` | what the clock shows |
//! | `database full`, `database works` | the disk under the database |
//! | `damage INC-1`, `repair INC-1` | its journal |

use allclear_core::actor::{Actor, Via};
use allclear_core::directory::Kind;
use allclear_core::event::Action;
use allclear_core::id::{IncidentId, IntegrationId, UserId};
use allclear_core::incident::{Answer, Assignment, Input};
use allclear_core::severity::Severity;
use allclear_core::wait::Wait;
use allclear_engine::{Commanded, Declaration, Request};
use allclear_inbound::Source;
use allclear_store::Trouble;
use bytes::Bytes;
use jiff::{SignedDuration, Timestamp, ToSpan as _};

use super::stage::{Crash, Stage};
use crate::company::{Words, address, words};
use crate::house::{Done, Work};
use crate::outside::{Condition, Provider};
use crate::payload::{self, Said};
use crate::{damage, read};

type Played<T = ()> = Result<T, String>;

impl Stage {
    /// Plays one line of the script.
    pub(super) fn line(&mut self, line: &str) -> Played {
        let (first, rest) = line.split_once(' ').unwrap_or((line, ""));
        let command = match self.moment(first)? {
            Some(at) => {
                self.run_until(at)?;
                rest.trim()
            }
            None => line,
        };
        if command.is_empty() {
            return Ok(());
        }
        self.transcript.command(self.house.clock.peek(), command);
        self.play(command)?;
        self.work()
    }

    /// The moment that a word names; none when it names none.
    fn moment(&self, word: &str) -> Played<Option<Timestamp>> {
        let now = self.now();
        if let Some(wait) = word.strip_prefix('+') {
            let wait: Wait = wait.parse()?;
            return Ok(Some(wait.after(now)));
        }
        if !word.starts_with(|letter: char| letter.is_ascii_digit()) {
            return Ok(None);
        }
        let time: jiff::civil::Time = word.parse().map_err(|error| format!("`{word}` is not a time: {error}"))?;
        let today = self.zone.local(now).date();
        let at = |date: jiff::civil::Date| {
            self.zone.rules().to_timestamp(date.to_datetime(time)).map_err(|error| error.to_string())
        };
        let at_today = at(today)?;
        if at_today >= now { Ok(Some(at_today)) } else { at(today + 1.day()).map(Some) }
    }

    fn play(&mut self, command: &str) -> Played {
        let all = words(command);
        let mut words = Words::new(&all);
        let first = words.next("a command")?;
        match first.as_str() {
            "event" => self.event(words),
            "burst" => self.burst(words),
            "post" => self.post(command),
            "nested" => self.nested(words),
            "replay" => self.replay(),
            "mail" => self.provider(Provider::Mail, words),
            "phones" => self.provider(Provider::Phones, words),
            "change" => self.change(command.trim_start_matches("change").trim()),
            "crash" => self.plan_crash(words),
            "start" => {
                self.start();
                Ok(())
            }
            "clock" => self.set_clock(words),
            "database" => self.trouble_database(words),
            "damage" => self.with_incident(words, |stage, id| damage::slip_in(&stage.house.database, id)),
            "repair" => self.with_incident(words, |stage, id| damage::accept_slipped_in(&stage.house.database, id)),
            person => match person.strip_suffix("'s") {
                Some(owner) => self.address(owner, words),
                None => self.person(person, words),
            },
        }
    }

    fn integration(&self, slug: &str) -> Played<(IntegrationId, &'static Source)> {
        let directory = self.directory();
        let found = directory.integrations().find(|integration| integration.slug == slug);
        let found = found.ok_or_else(|| format!("there is no integration `{slug}`"))?;
        let source = allclear_inbound::by_name(&found.source).ok_or("its source is not known")?;
        Ok((found.id, source))
    }

    fn event(&mut self, mut words: Words<'_>) -> Played {
        let (integration, source) = self.integration(&words.next("an integration")?)?;
        let body = event_body(self.now(), source, &mut words, None)?;
        self.take_in(integration, source, vec![body])
    }

    fn burst(&mut self, mut words: Words<'_>) -> Played {
        let count = words.next("a number")?;
        let count: usize = count.parse().map_err(|_| format!("`{count}` is not a number"))?;
        let (integration, source) = self.integration(&words.next("an integration")?)?;
        let rest = words.rest();
        let bodies: Played<Vec<Vec<u8>>> =
            (1..=count).map(|number| event_body(self.now(), source, &mut Words::new(rest), Some(number))).collect();
        self.take_in(integration, source, bodies?)
    }

    fn post(&mut self, command: &str) -> Played {
        let mut parts = command.splitn(3, ' ').skip(1);
        let (integration, source) = self.integration(parts.next().ok_or("an integration is missing")?)?;
        self.take_in(integration, source, vec![parts.next().unwrap_or_default().as_bytes().to_vec()])
    }

    fn nested(&mut self, mut words: Words<'_>) -> Played {
        let (integration, source) = self.integration(&words.next("an integration")?)?;
        let (key, depth) = (words.next("a key")?, words.next("a depth")?);
        let depth: usize = depth.parse().map_err(|_| format!("`{depth}` is not a number"))?;
        let lists = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        let body = format!("{{\"dedup_key\": \"{key}\", \"summary\": \"Nested\", \"findings\": {lists}}}");
        self.take_in(integration, source, vec![body.into_bytes()])
    }

    /// What the intake does with requests: it checks them, and stores those that are in order.
    fn take_in(&mut self, integration: IntegrationId, source: &'static Source, bodies: Vec<Vec<u8>>) -> Played {
        let mut requests = Vec::new();
        for body in bodies {
            match payload::request(integration, source, Bytes::from(body), &mut || "made-for-it".to_owned()) {
                Ok(request) => requests.push(request),
                Err(refusal) => {
                    let answer = (source.refused)(&refusal);
                    self.tell("intake", &format!("answers {}: {}", answer.status, refusal.errors.join("; ")));
                }
            }
        }
        let requests: Vec<Request> = requests;
        let done = self.perform("take in requests", Work::Store(requests));
        self.stored(integration, done);
        Ok(())
    }

    fn replay(&mut self) -> Played {
        let address = self.last_stored.ok_or("nothing was stored yet")?;
        let integration = read::whose(&self.house.database, address).ok_or("the request is gone")?;
        let done = self.perform("replay a request", Work::Replay(address));
        self.stored(integration, done);
        Ok(())
    }

    fn provider(&mut self, provider: Provider, words: Words<'_>) -> Played {
        self.house.outside.set(provider, condition(words)?);
        Ok(())
    }

    fn address(&mut self, owner: &str, mut words: Words<'_>) -> Played {
        let provider = match words.next("phone or mail")?.as_str() {
            "phone" => Provider::Phones,
            "mail" => Provider::Mail,
            other => return Err(format!("`{other}` is neither `phone` nor `mail`")),
        };
        self.house.outside.set_address(&address(provider, owner), condition(words)?);
        Ok(())
    }

    fn change(&mut self, line: &str) -> Played {
        let change = self.cast.read(line)?;
        if let Some(Done::Configured(Err(refusal))) =
            self.perform("change the configuration", Work::Configure(Actor::System, vec![change]))
        {
            self.tell("refused", &refusal);
        }
        Ok(())
    }

    fn plan_crash(&mut self, mut words: Words<'_>) -> Played {
        match (words.more().as_deref(), words.more().as_deref()) {
            (None, _) => self.crash(""),
            (Some("before"), Some("sending")) => self.crash = Some(Crash::BeforeSending),
            (Some("before"), Some("settling")) => self.crash = Some(Crash::BeforeSettling),
            _ => return Err("say `before sending` or `before settling`".to_owned()),
        }
        Ok(())
    }

    fn set_clock(&mut self, mut words: Words<'_>) -> Played {
        let by = words.next("by how much")?;
        let (sign, wait) = by.split_at_checked(1).ok_or("by how much?")?;
        let wait = wait.parse::<Wait>()?.duration();
        self.went_back |= sign == "-";
        let by: SignedDuration = if sign == "-" { -wait } else { wait };
        self.house.clock.set(self.now() + by);
        self.tell("clock", "shows this now");
        Ok(())
    }

    fn trouble_database(&mut self, mut words: Words<'_>) -> Played {
        self.house.troubles.set(match words.next("how it is")?.as_str() {
            "full" => Trouble::DiskFull,
            "works" => Trouble::None,
            other => return Err(format!("a database is never `{other}` here")),
        });
        Ok(())
    }

    fn with_incident(&mut self, mut words: Words<'_>, act: impl Fn(&mut Self, IncidentId)) -> Played {
        let id = self.incident(&words.next("an incident")?)?;
        act(self, id);
        Ok(())
    }

    fn incident(&self, reference: &str) -> Played<IncidentId> {
        let number = reference.strip_prefix("INC-").and_then(|number| number.parse().ok());
        let record = number.and_then(|number| read::incident_by_number(&self.house.database, number));
        record.map(|record| record.id).ok_or_else(|| format!("there is no incident `{reference}`"))
    }

    fn user(&self, slug: &str) -> Played<UserId> {
        let directory = self.directory();
        let user = directory.by_slug(Kind::User, slug).ok_or_else(|| format!("there is nobody called `{slug}`"))?;
        Ok(UserId::new(user.uuid()))
    }

    fn users(&self, words: &Words<'_>) -> Played<Vec<UserId>> {
        words.rest().iter().filter(|word| *word != ",").map(|slug| self.user(slug)).collect()
    }

    fn person(&mut self, person: &str, mut words: Words<'_>) -> Played {
        let user = self.user(person)?;
        let verb = words.next("what they do")?;
        if verb == "taps" {
            return self.tap(person, &words.next("which button")?);
        }
        let actor = Actor::User { user, via: Via::Web };
        if verb == "declares" {
            let service = self.cast.service(&words.next("a service")?);
            let (title, severity) = (words.next("a title")?, words.next("a severity")?.parse()?);
            let declaration = Declaration { service, title, severity, description: words.more() };
            self.perform("declare an incident", Work::Declare(actor, declaration));
            return Ok(());
        }
        let incident = self.incident(&words.next("an incident")?)?;
        if verb == "merges" {
            let target = words.rest().last().ok_or("into which one?")?;
            let target = self.incident(target)?;
            let done = self.perform("merge incidents", Work::Merge(incident, target, actor));
            self.answer(done);
            return Ok(());
        }
        let input = self.input(user, &verb, words)?;
        let done = self.perform("act on an incident", Work::Act(incident, actor, input));
        self.answer(done);
        Ok(())
    }

    fn input(&self, user: UserId, verb: &str, mut words: Words<'_>) -> Played<Input> {
        Ok(match verb {
            "acknowledges" => Input::Acknowledge,
            "resolves" => Input::Resolve,
            "reopens" => Input::Reopen,
            "declines" => Input::Decline { user },
            "snoozes" => {
                let wait: Wait = words.next("for how long")?.parse()?;
                Input::Snooze { until: wait.after(self.now()) }
            }
            "escalates" => {
                let step = words.more().map(|step| step.parse().map_err(|_| format!("`{step}` is not a step")));
                Input::Escalate { step: step.transpose()? }
            }
            "applies" => Input::ReplacePolicy,
            "rates" => Input::SetSeverity(words.next("a severity")?.parse::<Severity>()?),
            "notes" => Input::Note { text: words.next("a text")? },
            "renames" => Input::SetTitle(words.next("a title")?),
            "asks" => {
                words.next("`for`")?;
                Input::Request { people: self.users(&words)? }
            }
            "gives" => {
                words.next("`to`")?;
                if let [word, policy] = words.rest()
                    && word == "policy"
                {
                    let directory = self.directory();
                    let policy = directory.policies().find(|known| known.slug == *policy).ok_or("no such policy")?;
                    return Ok(Input::Reassign(Assignment::Policy(policy.id)));
                }
                Input::Reassign(Assignment::People(self.users(&words)?))
            }
            other => return Err(format!("nobody can `{other}`")),
        })
    }

    /// Somebody opens the link of the page that they received last and presses a button.
    fn tap(&mut self, person: &str, button: &str) -> Played {
        let mut tokens = Provider::ALL.iter().filter_map(|provider| self.transcript.token(&address(*provider, person)));
        let token = tokens.next_back().ok_or("they were not paged yet")?.to_owned();
        let Some(tap) = self.key().and_then(|key| key.verify(self.now(), &token)) else {
            self.tell("refused", "the link does not work any more");
            return Ok(());
        };
        let input = match button {
            "acknowledge" => Input::Acknowledge,
            "decline" => Input::Decline { user: tap.user },
            other => return Err(format!("there is no button `{other}`")),
        };
        let actor = Actor::User { user: tap.user, via: Via::Link };
        let done = self.perform("act on an incident", Work::Act(tap.incident, actor, input));
        self.answer(done);
        Ok(())
    }

    fn answer(&mut self, done: Option<Done>) {
        if let Some(Done::Commanded(Some(commanded))) = done {
            let Commanded { answer, .. } = *commanded;
            if let Answer::Nothing(refusal) = answer {
                self.tell("refused", refusal.sentence());
            }
        }
    }
}

fn condition(mut words: Words<'_>) -> Played<Condition> {
    Ok(match words.next("how it is")?.as_str() {
        "works" => Condition::Works,
        "slow" => Condition::Slow(words.next("how slow")?.parse::<Wait>()?.duration()),
        "down" => Condition::Down,
        "hangs" => Condition::Hangs,
        "loses" => Condition::LosesReplies,
        "busy" => Condition::Busy { wait: words.more().and_then(|seconds| seconds.parse().ok()) },
        "refuses" => Condition::Refuses,
        other => return Err(format!("nothing is `{other}`")),
    })
}

/// The body of an event: `trigger disk "Disk full" critical cluster=eu for 5m`.
fn event_body(now: Timestamp, source: &Source, words: &mut Words<'_>, number: Option<usize>) -> Played<Vec<u8>> {
    let action = words.next("an action")?;
    let action = match action.as_str() {
        "trigger" => Action::Trigger,
        "acknowledge" => Action::Acknowledge,
        "resolve" => Action::Resolve,
        "change" => Action::Change,
        other => return Err(format!("`{other}` is not an action")),
    };
    let mut key = words.next("a key")?;
    let mut summary = words.more().unwrap_or_default();
    if let Some(number) = number {
        key = format!("{key}-{number}");
        summary = format!("{summary} {number}");
    }
    let (mut severity, mut labels) = (None, Vec::new());
    let mut expires_at = (action == Action::Resolve).then_some(now);
    while let Some(word) = words.more() {
        match word.split_once('=') {
            Some((name, value)) => labels.push((name.to_owned(), value.to_owned())),
            None if word == "for" => expires_at = Some(words.next("how long")?.parse::<Wait>()?.after(now)),
            None => severity = Some(word),
        }
    }
    let said =
        Said { action, key: &key, summary: &summary, severity: severity.as_deref(), labels: &labels, expires_at };
    Ok(payload::body(source.name, &said))
}
