//! Messages about the plans of on-call duty: requests for cover, and handovers.

use allclear_channels::{Body, DutyEvent, DutyNote, DutyText, IncidentText, Secret};
use allclear_core::cover::Word;
use allclear_core::handover::{Handover, Part};
use allclear_core::id::{CoverId, ScheduleId};
use allclear_core::readiness::Period;
use allclear_core::schedule::Schedule;
use allclear_core::sentence;
use allclear_store::handovers::HandoffNote;
use allclear_store::incidents::{self, Filter, IncidentRecord};
use allclear_store::{Result, Tx, covers, handovers};
use jiff::{SignedDuration, Timestamp};

use super::{Composer, Unsendable, impossible};
use crate::seal::{self, DutyTap};

/// How many incidents and notes a message tells.
const TOP: usize = 5;
/// How many open incidents of a service are looked at.
const OPEN: i64 = 50;
/// How far back the shift before a handover is looked for.
const BACK: SignedDuration = SignedDuration::from_hours(24 * 35);

type Composed = std::result::Result<Body, Unsendable>;

impl Composer<'_> {
    pub(super) async fn cover(&self, tx: &mut Tx<'_>, cover: CoverId, word: &Word) -> Result<Composed> {
        let Some(record) = covers::find(tx, cover).await? else { return Ok(Err(impossible("the request is gone"))) };
        let request = &record.request;
        if *word == Word::Asked && !request.waits_for(self.user.id) {
            return Ok(Err(Unsendable::NotWanted { because: "nothing is asked of them any more" }));
        }
        let told = sentence::cover::word(&self.names(), request, word, self.now);
        let event = match word {
            Word::Asked => DutyEvent::CoverAsked,
            Word::Taken { .. } => DutyEvent::CoverTaken,
            Word::Confirmed { .. } => DutyEvent::CoverConfirmed,
            Word::DeclinedByAll => DutyEvent::CoverDeclined,
            Word::Expired { .. } => DutyEvent::CoverExpired,
            Word::Moot { .. } => DutyEvent::CoverMoot,
        };
        let last = request.open.iter().map(|period| period.ends).max().unwrap_or(self.now);
        let tap = DutyTap::Cover { cover, user: self.user.id, expires_at: self.link_ends().max(last) };
        let answer =
            (*word == Word::Asked).then(|| Secret::new(self.link(&format!("c/{}", self.context.key.sign_duty(tap)))));
        Ok(Ok(Body::Duty(Box::new(DutyText {
            event,
            schedule: self.names().schedule(request.schedule).to_owned(),
            heading: told.heading,
            says: told.says,
            notes: Vec::new(),
            incidents: Vec::new(),
            more_incidents: 0,
            answer_link: answer,
            link: self.link("cover"),
        }))))
    }

    fn link_ends(&self) -> Timestamp {
        self.now.checked_add(seal::LINK_LIFETIME).unwrap_or(Timestamp::MAX)
    }

    pub(super) async fn handover(
        &self,
        tx: &mut Tx<'_>,
        id: ScheduleId,
        part: Part,
        handover: &Handover,
    ) -> Result<Composed> {
        let Some(schedule) = self.directory.schedule(id) else {
            return Ok(Err(impossible("the schedule is no longer here")));
        };
        let told = sentence::handover::told(&self.names(), id, part, handover, self.user.id, self.now);
        let (event, wants_open) = match part {
            Part::On => (DutyEvent::HandoverOn, true),
            Part::Off => (DutyEvent::HandoverOff, false),
            Part::Shadow => (DutyEvent::HandoverShadow, true),
        };
        let (mut open, mut notes) = (Vec::new(), Vec::new());
        if wants_open {
            open = self.open_incidents(tx, id).await?;
            notes = self.notes(tx, schedule, handover).await?;
        }
        let shown: Vec<IncidentText> = open.iter().take(TOP).map(|record| self.incident_text(record)).collect();
        let tap = DutyTap::Handoff { schedule: id, user: self.user.id, expires_at: self.link_ends() };
        Ok(Ok(Body::Duty(Box::new(DutyText {
            event,
            schedule: schedule.name.clone(),
            heading: told.heading,
            says: told.says,
            notes,
            more_incidents: u32::try_from(open.len() - shown.len()).unwrap_or(u32::MAX),
            incidents: shown,
            answer_link: Some(Secret::new(self.link(&format!("h/{}", self.context.key.sign_duty(tap))))),
            link: self.link(&format!("schedules/{}", schedule.slug)),
        }))))
    }

    /// What is open for the services whose policies page by a schedule, the worst first.
    async fn open_incidents(&self, tx: &mut Tx<'_>, id: ScheduleId) -> Result<Vec<IncidentRecord>> {
        let mut open = Vec::new();
        for service in self.directory.services_paging_by(id) {
            let filter = Filter { service: Some(service), open: true, ..Filter::default() };
            open.extend(incidents::list(tx, filter, OPEN).await?);
        }
        open.sort_by_key(|record| (std::cmp::Reverse(record.incident.severity), record.number));
        Ok(open)
    }

    /// What was noted in the shift before a handover, oldest first.
    async fn notes(&self, tx: &mut Tx<'_>, schedule: &Schedule, handover: &Handover) -> Result<Vec<DutyNote>> {
        let before = shift_before(schedule, handover.at);
        let all = handovers::notes(tx, schedule.id, None, TOP as i64).await?;
        let of_shift = all.into_iter().filter(|note| before.is_some_and(|shift| note.at >= shift.starts));
        let shown = |note: HandoffNote| DutyNote {
            by: note.author.map_or_else(|| "A program".to_owned(), |user| self.names().person(user).to_owned()),
            at: note.at,
            text: note.text,
        };
        let mut notes: Vec<DutyNote> = of_shift.map(shown).collect();
        notes.reverse();
        Ok(notes)
    }
}

/// The time that the people just before a handover were on call.
fn shift_before(schedule: &Schedule, at: Timestamp) -> Option<Period> {
    let from = at.checked_sub(BACK).unwrap_or(Timestamp::MIN);
    let shifts = schedule.shifts(from, at);
    let last = shifts.last()?;
    let same = shifts.iter().rev().take_while(|shift| shift.users().eq(last.users()));
    same.last().map(|first| Period { starts: first.starts, ends: at })
}
