//! Why somebody was paged.

use super::{Inquiry, Message, Reason};
use crate::delivery::Status;
use crate::directory::{Kind, Rung};
use crate::fact::{Fact, PageReason};
use crate::sentence::{self, why_on_call, why_paged};

impl Inquiry<'_> {
    pub(super) fn why_paged(&self) -> (String, Vec<Reason>) {
        let user = self.question.user;
        let mut reasons = Vec::new();
        let mut conclusion = String::new();
        for (entry, fact) in self.facts() {
            let at = Some(entry.at);
            if let Fact::PersonPaged { user: paged, why, rungs, .. } = fact
                && *paged == user
            {
                let reason = why_paged(&self.names(), why);
                if conclusion.is_empty() {
                    conclusion = format!("{} was paged: {reason}.", self.name());
                }
                let on_call = why_on_call(&self.names(), self.question.directory, user, why, entry.at);
                let because = on_call.map(|because| format!(" {because}")).unwrap_or_default();
                let sentence = format!("{} was paged: {reason}.{because}", self.name());
                reasons.push(Reason { at, sentence, decided_by: self.decided_page(why) });
                reasons.push(Reason { at, sentence: self.rules(rungs), decided_by: self.person() });
            } else if self.concerns(fact, entry.actor.user()) {
                let sentence = sentence::fact(&self.names(), entry.at, entry.actor, fact);
                reasons.push(Reason { at, sentence, decided_by: None });
            }
        }
        reasons.extend(self.question.messages.iter().filter_map(|message| self.message(message)));
        (conclusion, reasons)
    }

    /// The policy, or the schedule that named them.
    fn decided_page(&self, why: &PageReason) -> Option<super::Decider> {
        let (PageReason::Step { schedule, .. } | PageReason::Unresolved { schedule, .. }) = why else { return None };
        let named = schedule
            .as_ref()
            .and_then(|name| self.question.directory.schedules().find(|schedule| schedule.name == *name));
        match named {
            Some(schedule) => self.decider(Kind::Schedule, schedule.id.uuid()),
            None => self.policy(),
        }
    }

    /// Their notification rules as they were frozen into the page.
    fn rules(&self, rungs: &[Rung]) -> String {
        let names = self.names();
        let told = rungs.iter().map(|rung| {
            let when = if rung.after.is_none() { "at once".to_owned() } else { format!("after {}", rung.after) };
            format!("{when} by {}", names.contact(rung.contact))
        });
        format!("Their notification rules at that moment: {}.", told.collect::<Vec<_>>().join(", "))
    }

    /// Whether a fact is about the pages to the person.
    fn concerns(&self, fact: &Fact, actor: Option<crate::id::UserId>) -> bool {
        let user = self.question.user;
        let theirs = |page: &u32| self.pages.get(page) == Some(&user);
        match fact {
            Fact::ContactTried { page, .. } | Fact::ContactFailed { page, .. } => theirs(page),
            Fact::PersonUnreachable { user: other, .. } | Fact::PageDeclined { user: other } => *other == user,
            Fact::IncidentAcknowledged { .. } | Fact::AcknowledgementCounted { .. } => actor == Some(user),
            Fact::IncidentOpened { .. }
            | Fact::AlertJoined { .. }
            | Fact::AlertCleared { .. }
            | Fact::SeverityChanged { .. }
            | Fact::TitleChanged { .. }
            | Fact::EscalationStarted { .. }
            | Fact::StepTaken { .. }
            | Fact::StepEmpty { .. }
            | Fact::StepSkipped { .. }
            | Fact::StepDelayed { .. }
            | Fact::EscalationFinished
            | Fact::UnresolvedTooLong { .. }
            | Fact::PolicyReplaced { .. }
            | Fact::EscalationExhausted { .. }
            | Fact::PersonPaged { .. }
            | Fact::AcknowledgementLapsed
            | Fact::IncidentSnoozed { .. }
            | Fact::SnoozeEnded
            | Fact::IncidentResolved
            | Fact::IncidentReopened
            | Fact::IncidentReassigned { .. }
            | Fact::EscalatedByHand { .. }
            | Fact::NoteAdded { .. }
            | Fact::IncidentMerged { .. }
            | Fact::IncidentAbsorbed { .. } => false,
        }
    }

    /// What kept a message back, or took it away.
    fn message(&self, message: &Message) -> Option<Reason> {
        let what = match message.status {
            Status::Held => "is held back, to go out with others: that contact method has had enough single messages",
            Status::Bundled => "went out in a bundle with others: that contact method had had enough single messages",
            Status::Withdrawn => "was taken back before it left, because nobody needed it any more",
            Status::Stopping => "was on its way when nobody needed it any more",
            Status::Failed => "was given up",
            Status::Queued | Status::Sending | Status::Accepted | Status::Delivered => return None,
        };
        let sentence = format!("The message by {} {what}.", self.names().contact(message.contact));
        Some(Reason { at: Some(message.at), sentence, decided_by: self.person() })
    }
}
