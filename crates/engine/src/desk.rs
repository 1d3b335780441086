//! The desk: the unit of work of one transaction.
//!
//! Everything that decides works on the desk: alerts, incidents and lines are loaded onto it when they are first
//! touched, the core's decisions change them there, and at the end all of it is stored at once: states, facts, timers
//! and deliveries, each with one bulk statement, however many events led to it.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, HashMap};

use allclear_core::actor::Actor;
use allclear_core::alert;
use allclear_core::correlate::{self, Candidate, Reason};
use allclear_core::delivery;
use allclear_core::directory::{Directory, Service};
use allclear_core::event::Event;
use allclear_core::id::{AlertId, ContactMethodId, DeliveryId, IncidentId, IntegrationId, ServiceId, UserId};
use allclear_core::incident::{self, Answer, Decision, Effect, Input, Opening};
use allclear_core::severity::Severity;
use allclear_core::throttle::{Line, Verdict};
use allclear_store::alerts::{self, AlertRecord};
use allclear_store::deliveries::{self, Class, DeliveryRecord, Purpose};
use allclear_store::incidents::{self, Filter, IncidentRecord, StoredEntry};
use allclear_store::timers::{self, Subject};
use allclear_store::{Result, Tx};
use jiff::Timestamp;
use uuid::Uuid;

use crate::context::Maker;

/// What happened to one event, for whoever asks what became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Placed {
    pub(crate) outcome: alert::Outcome,
    pub(crate) alert: Option<AlertId>,
    pub(crate) incident: Option<IncidentId>,
}

struct Loaded<T> {
    record: T,
    /// It is in the database already.
    stored: bool,
    changed: bool,
}

/// The unit of work of one transaction.
pub(crate) struct Desk<'a> {
    now: Timestamp,
    directory: &'a Directory,
    maker: &'a Maker,
    alerts: BTreeMap<AlertId, Loaded<AlertRecord>>,
    firing: HashMap<(ServiceId, String), Option<AlertId>>,
    incidents: BTreeMap<IncidentId, Loaded<IncidentRecord>>,
    groups: HashMap<(ServiceId, String), Option<IncidentId>>,
    lines: BTreeMap<ContactMethodId, Loaded<Line>>,
    entries: Vec<StoredEntry>,
    deliveries: Vec<DeliveryRecord>,
    withdrawn: Vec<IncidentId>,
    /// Whose pages were taken back, and only theirs.
    declined: Vec<(IncidentId, UserId)>,
    concerned: Vec<IncidentId>,
}

/// What a desk changed: for whoever is to be told after the commit.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Changed {
    /// Incidents that are new or have changed.
    pub incidents: Vec<IncidentId>,
    /// There is something to send.
    pub sends: bool,
    /// The earliest timer that was set.
    pub wakes_at: Option<Timestamp>,
    /// Requests of the inbox were processed.
    pub requests: bool,
    /// Anything may have changed: something was missed.
    pub everything: bool,
}

impl<'a> Desk<'a> {
    pub(crate) fn new(now: Timestamp, directory: &'a Directory, maker: &'a Maker) -> Self {
        Self {
            now,
            directory,
            maker,
            alerts: BTreeMap::new(),
            firing: HashMap::new(),
            incidents: BTreeMap::new(),
            groups: HashMap::new(),
            lines: BTreeMap::new(),
            entries: Vec::new(),
            deliveries: Vec::new(),
            withdrawn: Vec::new(),
            declined: Vec::new(),
            concerned: Vec::new(),
        }
    }

    /// Loads what fires under these keys, all at once.
    pub(crate) async fn load_firing(&mut self, tx: &mut Tx<'_>, keys: &[(ServiceId, &str)]) -> Result<()> {
        for (service, key) in keys {
            self.firing.insert((*service, (*key).to_owned()), None);
        }
        let found = alerts::firing(tx, keys).await?;
        let incidents: Vec<IncidentId> = found.iter().filter_map(|record| record.alert.incident).collect();
        for record in found {
            self.lay_alert(record);
        }
        self.load_incidents(tx, incidents).await
    }

    fn lay_alert(&mut self, record: AlertRecord) {
        if record.alert.status == alert::Status::Firing {
            self.firing.insert((record.alert.service, record.alert.key.clone()), Some(record.id));
        }
        self.alerts.entry(record.id).or_insert(Loaded { record, stored: true, changed: false });
    }

    async fn load_incidents(&mut self, tx: &mut Tx<'_>, mut ids: Vec<IncidentId>) -> Result<()> {
        ids.retain(|id| !self.incidents.contains_key(id));
        ids.sort_unstable();
        ids.dedup();
        for record in incidents::take(tx, &ids).await? {
            self.incidents.insert(record.id, Loaded { record, stored: true, changed: false });
        }
        Ok(())
    }

    /// The incident of that identity, as it is now.
    pub(crate) async fn incident(&mut self, tx: &mut Tx<'_>, id: IncidentId) -> Result<Option<&IncidentRecord>> {
        self.load_incidents(tx, vec![id]).await?;
        Ok(self.incidents.get(&id).map(|loaded| &loaded.record))
    }

    /// Takes in one event.
    pub(crate) async fn event(
        &mut self,
        tx: &mut Tx<'_>,
        service: &Service,
        integration: IntegrationId,
        event: &Event,
    ) -> Result<Placed> {
        let key = (service.id, event.dedup_key.clone());
        if !self.firing.contains_key(&key) {
            self.load_firing(tx, &[(service.id, &event.dedup_key)]).await?;
        }
        let id = self.firing.get(&key).copied().flatten();
        let state = id.and_then(|id| self.alerts.get(&id)).map(|loaded| &loaded.record.alert);
        let decision = alert::step(self.now, service.id, integration, state, event);
        let actor = Actor::Integration { integration };
        match (decision.outcome, decision.next) {
            (outcome @ alert::Outcome::Fired, Some(fired)) => {
                let (alert, incident) = self.place(tx, service, actor, fired).await?;
                self.firing.insert(key, Some(alert));
                Ok(Placed { outcome, alert: Some(alert), incident: Some(incident) })
            }
            (outcome, Some(next)) if id.is_some() => {
                let id = id.expect("the guard has seen it");
                let incident = next.incident;
                self.change_alert(id, next);
                self.tell_incident(tx, actor, id, outcome).await?;
                Ok(Placed { outcome, alert: Some(id), incident })
            }
            (outcome, _) => Ok(Placed { outcome, alert: None, incident: None }),
        }
    }

    fn change_alert(&mut self, id: AlertId, next: alert::Alert) {
        if next.status != alert::Status::Firing {
            self.firing.insert((next.service, next.key.clone()), None);
        }
        if let Some(loaded) = self.alerts.get_mut(&id)
            && loaded.record.alert != next
        {
            loaded.record.alert = next;
            loaded.changed = true;
        }
    }

    /// Puts a new alert into an incident, and says into which.
    async fn place(
        &mut self,
        tx: &mut Tx<'_>,
        service: &Service,
        actor: Actor,
        mut fired: alert::Alert,
    ) -> Result<(AlertId, IncidentId)> {
        let alert = AlertId::new(self.maker.id(self.now));
        let group = correlate::group_key(&service.grouping, &fired.content.labels);
        let candidate = match &group {
            Some(group) => self.candidate(tx, service.id, group).await?,
            None => None,
        };
        let placement = correlate::place(self.now, &service.grouping, &fired.content.labels, candidate);
        let incident = match placement.join {
            Some(incident) => {
                let (summary, severity, why) = (fired.summary.clone(), fired.severity, placement.why.clone());
                self.act(tx, incident, actor, Input::AlertJoined { alert, summary, severity, why }).await?;
                incident
            }
            None => {
                let opening = Opening {
                    service: service.id,
                    title: fired.summary.clone(),
                    severity: fired.severity,
                    group: group.clone(),
                    labels: fired.content.labels.clone(),
                    turn: 0,
                    alert: Some((alert, placement.why.clone())),
                };
                self.open(tx, actor, opening).await?
            }
        };
        fired.incident = Some(incident);
        let record = AlertRecord { id: alert, alert: fired, placement: Some(placement.why) };
        self.alerts.insert(alert, Loaded { record, stored: false, changed: true });
        Ok((alert, incident))
    }

    /// The latest open incident of a group.
    async fn candidate(&mut self, tx: &mut Tx<'_>, service: ServiceId, group: &str) -> Result<Option<Candidate>> {
        let key = (service, group.to_owned());
        if !self.groups.contains_key(&key) {
            let found = incidents::take_group(tx, service, group).await?;
            self.groups.insert(key.clone(), found.as_ref().map(|record| record.id));
            if let Some(record) = found {
                self.incidents.entry(record.id).or_insert(Loaded { record, stored: true, changed: false });
            }
        }
        let found = self.groups.get(&key).copied().flatten().and_then(|id| self.incidents.get(&id));
        let open = found.filter(|loaded| loaded.record.incident.status.is_open());
        Ok(open.map(|loaded| Candidate {
            incident: loaded.record.id,
            last_alert_at: loaded.record.incident.last_alert_at.unwrap_or(loaded.record.incident.opened_at),
        }))
    }

    async fn tell_incident(
        &mut self,
        tx: &mut Tx<'_>,
        actor: Actor,
        alert: AlertId,
        outcome: alert::Outcome,
    ) -> Result<()> {
        let Some(loaded) = self.alerts.get(&alert) else { return Ok(()) };
        let Some(incident) = loaded.record.alert.incident else { return Ok(()) };
        let input = match outcome {
            alert::Outcome::Repeated { worsened: Some(severity) } => Input::AlertWorsened { severity },
            alert::Outcome::Cleared { how } => {
                Input::AlertCleared { alert, summary: loaded.record.alert.summary.clone(), how }
            }
            alert::Outcome::Acknowledged => Input::Acknowledge,
            alert::Outcome::Fired | alert::Outcome::Repeated { worsened: None } | alert::Outcome::Nothing { .. } => {
                return Ok(());
            }
        };
        self.act(tx, incident, actor, input).await?;
        Ok(())
    }

    /// Opens an incident.
    pub(crate) async fn open(&mut self, tx: &mut Tx<'_>, actor: Actor, mut opening: Opening) -> Result<IncidentId> {
        opening.turn = self.turn(tx, opening.service).await?;
        let id = IncidentId::new(self.maker.id(self.now));
        if let Some(group) = &opening.group {
            self.groups.insert((opening.service, group.clone()), Some(id));
        }
        let decision = incident::open(self.now, self.directory, actor, opening);
        let record = IncidentRecord::new(id, decision.next.clone());
        self.incidents.insert(id, Loaded { record, stored: false, changed: true });
        self.carry_out(tx, id, actor, decision).await?;
        Ok(id)
    }

    /// Whose turn it is where the people of a step take turns: one more than that of the service's latest incident, of
    /// those on the desk and those that are stored. Two nodes that open incidents at the very same moment may come to
    /// the same turn; then the same person is paged about both, and the next one is about the next.
    async fn turn(&mut self, tx: &mut Tx<'_>, service: ServiceId) -> Result<u64> {
        let policy = self.directory.service(service).and_then(|service| self.directory.policy(service.policy?));
        if !policy.is_some_and(|policy| policy.takes_turns()) {
            return Ok(0);
        }
        let filter = Filter { service: Some(service), ..Filter::default() };
        let stored = incidents::list(tx, filter, 1).await?;
        let on_desk =
            self.incidents.values().map(|loaded| &loaded.record).filter(|record| record.incident.service == service);
        let latest = on_desk.chain(&stored).map(|record| record.incident.turn).max();
        Ok(latest.map_or(0, |turn| turn.wrapping_add(1)))
    }

    /// Gives an incident an input. None when there is no such incident.
    pub(crate) async fn act(
        &mut self,
        tx: &mut Tx<'_>,
        id: IncidentId,
        actor: Actor,
        input: Input,
    ) -> Result<Option<Answer>> {
        self.load_incidents(tx, vec![id]).await?;
        let Some(loaded) = self.incidents.get(&id) else { return Ok(None) };
        let decision = incident::step(self.now, self.directory, &loaded.record.incident, actor, input);
        let answer = decision.answer;
        self.carry_out(tx, id, actor, decision).await?;
        Ok(Some(answer))
    }

    async fn carry_out(&mut self, tx: &mut Tx<'_>, id: IncidentId, actor: Actor, decision: Decision) -> Result<()> {
        let Some(loaded) = self.incidents.get_mut(&id) else { return Ok(()) };
        if !decision.facts.is_empty() {
            loaded.record.incident = decision.next;
            loaded.changed = true;
            self.entries.push(incidents::chain(&mut loaded.record, self.now, actor, decision.facts));
        }
        for effect in decision.effects {
            self.effect(tx, id, effect).await?;
        }
        Ok(())
    }

    async fn effect(&mut self, tx: &mut Tx<'_>, id: IncidentId, effect: Effect) -> Result<()> {
        match effect {
            Effect::Page { page, rung, user, contact, why } => {
                let severity = self.severity(id);
                let now = self.now;
                let held = self.line(tx, contact).await?.page(now, severity) != Verdict::Send;
                let delivery = delivery::new(self.now, held);
                self.deliver(id, user, contact, Purpose::Page { page, rung, why }, delivery, None);
            }
            Effect::Inform { user, contact, update } => {
                let now = self.now;
                let room = self.line(tx, contact).await?.notice(now);
                let mut delivery = delivery::new(self.now, false);
                let detail = if room { None } else { Some("left out: too many updates in this minute".to_owned()) };
                if !room {
                    delivery = delivery::Delivery { status: delivery::Status::Withdrawn, due_at: None, ..delivery };
                }
                self.deliver(id, user, contact, Purpose::Inform { update }, delivery, detail);
            }
            Effect::WithdrawPages => {
                self.withdrawn.push(id);
                self.withdraw(|record| record.incident == Some(id));
            }
            Effect::WithdrawPagesOf { user } => {
                self.declined.push((id, user));
                self.withdraw(|record| record.incident == Some(id) && record.user == user);
            }
            Effect::ClearAlerts => self.clear_alerts(tx, id).await?,
            Effect::MoveAlerts { into } => self.move_alerts(tx, id, into).await?,
        }
        Ok(())
    }

    fn severity(&self, id: IncidentId) -> Severity {
        self.incidents.get(&id).map_or(alert::SEVERITY_WHEN_NOT_SAID, |loaded| loaded.record.incident.severity)
    }

    async fn line(&mut self, tx: &mut Tx<'_>, contact: ContactMethodId) -> Result<&mut Line> {
        if let Entry::Vacant(place) = self.lines.entry(contact) {
            let found = deliveries::take_lines(tx, &[contact]).await?.into_iter().next();
            let stored = found.is_some();
            let record = found.map(|(_, line)| line).unwrap_or_default();
            place.insert(Loaded { record, stored, changed: false });
        }
        let loaded = self.lines.get_mut(&contact).expect("it has just been laid on the desk");
        loaded.changed = true;
        Ok(&mut loaded.record)
    }

    fn deliver(
        &mut self,
        incident: IncidentId,
        user: UserId,
        contact: ContactMethodId,
        purpose: Purpose,
        delivery: delivery::Delivery,
        detail: Option<String>,
    ) {
        let incident_record = self.incidents.get(&incident).map(|loaded| &loaded.record.incident);
        let channel = self.directory.user(user).and_then(|person| person.contact(contact));
        self.deliveries.push(DeliveryRecord {
            id: DeliveryId::new(self.maker.id(self.now)),
            incident: Some(incident),
            service: incident_record.map(|incident| incident.service),
            severity: incident_record.map(|incident| incident.severity),
            user,
            contact,
            channel: channel.map_or_else(|| "unknown".to_owned(), |contact| contact.channel.clone()),
            class: match (&purpose, incident_record) {
                (Purpose::Page { .. }, Some(incident)) => Class::of_page(incident.severity, incident.urgency),
                (Purpose::Verify { .. } | Purpose::Test, _) => Class::Urgent,
                (Purpose::Page { .. } | Purpose::Bundle { .. } | Purpose::Inform { .. }, _) => Class::Low,
            },
            purpose,
            delivery,
            created_at: self.now,
            changed_at: self.now,
            bundle: None,
            detail,
        });
    }

    /// Takes back what has not left: in the database at the end, on the desk now, so that what the same decision sends
    /// afterwards stands.
    fn withdraw(&mut self, which: impl Fn(&DeliveryRecord) -> bool) {
        for record in self.deliveries.iter_mut().filter(|record| which(record)) {
            let decision = delivery::step(self.now, record.id, record.delivery, delivery::Input::Withdraw);
            record.delivery = decision.next;
        }
    }

    async fn clear_alerts(&mut self, tx: &mut Tx<'_>, id: IncidentId) -> Result<()> {
        for record in alerts::firing_of_incident(tx, id).await? {
            self.alerts.entry(record.id).or_insert(Loaded { record, stored: true, changed: false });
        }
        let of_incident = self.alerts.values().filter(|loaded| loaded.record.alert.incident == Some(id));
        let cleared: Vec<(AlertId, alert::Alert)> = of_incident
            .filter_map(|loaded| {
                let decision = alert::clear_by_hand(self.now, &loaded.record.alert);
                decision.next.map(|next| (loaded.record.id, next))
            })
            .collect();
        for (alert, next) in cleared {
            self.change_alert(alert, next);
        }
        Ok(())
    }

    async fn move_alerts(&mut self, tx: &mut Tx<'_>, from: IncidentId, into: IncidentId) -> Result<()> {
        alerts::move_all(tx, from, into).await?;
        for loaded in self.alerts.values_mut().filter(|loaded| loaded.record.alert.incident == Some(from)) {
            loaded.record.alert.incident = Some(into);
            loaded.record.placement = Some(Reason::ByHand);
        }
        Ok(())
    }

    /// Wakes an alert whose time has come.
    pub(crate) async fn alert_due(&mut self, tx: &mut Tx<'_>, id: AlertId) -> Result<()> {
        if !self.alerts.contains_key(&id) {
            for record in alerts::take(tx, &[id]).await? {
                self.lay_alert(record);
            }
        }
        let Some(loaded) = self.alerts.get_mut(&id) else { return Ok(()) };
        // Also when it is not due after all: then its timer is wrong, and is set right with the rest.
        loaded.changed = true;
        let decision = alert::due(self.now, &loaded.record.alert);
        if let Some(next) = decision.next {
            self.change_alert(id, next);
        }
        self.tell_incident(tx, Actor::System, id, decision.outcome).await
    }

    /// Wakes an incident whose time has come.
    pub(crate) async fn incident_due(&mut self, tx: &mut Tx<'_>, id: IncidentId) -> Result<()> {
        self.act(tx, id, Actor::System, Input::Due).await?;
        if let Some(loaded) = self.incidents.get_mut(&id) {
            loaded.changed = true;
        }
        Ok(())
    }

    /// Wakes a line: what is held for that contact method leaves as one message.
    pub(crate) async fn line_due(&mut self, tx: &mut Tx<'_>, contact: ContactMethodId) -> Result<()> {
        let now = self.now;
        if !self.line(tx, contact).await?.flush(now) {
            return Ok(());
        }
        let bundle = DeliveryId::new(self.maker.id(now));
        // What has just been taken back is in no bundle, and what has just been held back is in it.
        self.store_withdrawals(tx).await?;
        deliveries::bundle_up(tx, now, contact, bundle).await?;
        let mut held = deliveries::of_bundle(tx, bundle).await?;
        for record in self.deliveries.iter_mut().filter(|record| record.contact == contact) {
            let decision = delivery::step(now, record.id, record.delivery, delivery::Input::Bundle);
            if decision.step == delivery::Step::Bundled {
                (record.delivery, record.bundle) = (decision.next, Some(bundle));
                held.push(record.clone());
            }
        }
        // It goes out also where the contact method is gone by now: then it fails, and its incidents hear of that.
        if let Some(first) = held.first() {
            self.deliveries.push(DeliveryRecord {
                id: bundle,
                incident: None,
                service: None,
                severity: None,
                user: first.user,
                contact,
                channel: first.channel.clone(),
                purpose: Purpose::Bundle { pages: held.len() as u64 },
                // As loud as the loudest in it.
                class: held.iter().map(|record| record.class).min().unwrap_or(Class::Low),
                delivery: delivery::new(now, false),
                created_at: now,
                changed_at: now,
                bundle: None,
                detail: None,
            });
        }
        Ok(())
    }

    async fn store_withdrawals(&mut self, tx: &mut Tx<'_>) -> Result<()> {
        let (mut withdrawn, mut declined) = (std::mem::take(&mut self.withdrawn), std::mem::take(&mut self.declined));
        withdrawn.sort_unstable();
        withdrawn.dedup();
        declined.sort_unstable();
        declined.dedup();
        deliveries::withdraw(tx, self.now, &withdrawn).await?;
        deliveries::withdraw_of(tx, self.now, &declined).await
    }

    /// Something about this incident has changed beside the desk: whoever watches it is to be told.
    pub(crate) fn concerns(&mut self, incident: Option<IncidentId>) {
        self.concerned.extend(incident);
    }

    /// Stores everything.
    pub(crate) async fn finish(mut self, tx: &mut Tx<'_>) -> Result<Changed> {
        let incidents: Vec<&IncidentRecord> = changed(&self.incidents).map(|loaded| &loaded.record).collect();
        incidents::put(tx, &incidents).await?;
        incidents::append(tx, &self.entries).await?;
        let alerts: Vec<&AlertRecord> = changed(&self.alerts).map(|loaded| &loaded.record).collect();
        alerts::put(tx, &alerts).await?;
        self.store_withdrawals(tx).await?;
        deliveries::put(tx, &self.deliveries.iter().collect::<Vec<_>>()).await?;
        let lines = self.lines.iter().filter(|(_, loaded)| loaded.changed);
        deliveries::put_lines(tx, &lines.map(|(id, loaded)| (*id, &loaded.record)).collect::<Vec<_>>()).await?;
        let timers = self.timers();
        timers::put(tx, &timers).await?;
        let mut incidents: Vec<IncidentId> = changed(&self.incidents).map(|loaded| loaded.record.id).collect();
        incidents.extend(self.concerned);
        Ok(Changed {
            incidents,
            sends: self.deliveries.iter().any(|record| record.delivery.due_at.is_some()),
            wakes_at: timers.iter().filter_map(|(_, _, due)| *due).min(),
            requests: false,
            everything: false,
        })
    }

    /// The timers of everything that changed. What is new and has nothing to wait for needs none.
    fn timers(&self) -> Vec<(Subject, Uuid, Option<Timestamp>)> {
        let alerts = changed(&self.alerts).map(|loaded| {
            (loaded.stored, Subject::Alert, loaded.record.id.uuid(), alert::next_due(&loaded.record.alert))
        });
        let incidents = changed(&self.incidents).map(|loaded| {
            (loaded.stored, Subject::Incident, loaded.record.id.uuid(), loaded.record.incident.next_due())
        });
        let lines = self
            .lines
            .iter()
            .filter(|(_, loaded)| loaded.changed)
            .map(|(id, loaded)| (loaded.stored, Subject::Line, id.uuid(), loaded.record.next_due()));
        alerts
            .chain(incidents)
            .chain(lines)
            .filter(|(stored, _, _, due)| *stored || due.is_some())
            .map(|(_, subject, id, due)| (subject, id, due))
            .collect()
    }
}

fn changed<K, T>(loaded: &BTreeMap<K, Loaded<T>>) -> impl Iterator<Item = &Loaded<T>> {
    loaded.values().filter(|loaded| loaded.changed)
}
