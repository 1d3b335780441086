//! What becomes of a request for cover, one input after the other.

use jiff::Timestamp;

use super::{
    Answer, Covered, Decision, Effect, Fact, Input, Moot, Refusal, Request, Status, Word, on_call_within, without,
};
use crate::directory::Directory;
use crate::id::UserId;
use crate::readiness::Period;
use crate::schedule::Schedule;

/// Takes in one input.
pub fn step(now: Timestamp, directory: &Directory, request: &Request, input: Input) -> Decision {
    let stepper = Stepper { now, directory, next: request.clone(), facts: Vec::new(), effects: Vec::new() };
    stepper.take(input)
}

struct Stepper<'a> {
    now: Timestamp,
    directory: &'a Directory,
    next: Request,
    facts: Vec<Fact>,
    effects: Vec<Effect>,
}

impl Stepper<'_> {
    fn take(mut self, input: Input) -> Decision {
        let result = if self.next.is_open() {
            // Nobody takes what has begun or is not asked for any more, however late the timer is.
            self.catch_up();
            match input {
                Input::Accept { user, part } => self.accept(user, part),
                Input::Decline { user } => self.decline(user),
                Input::Withdraw => self.withdraw(),
                Input::Changed | Input::Due => Ok(()),
            }
        } else {
            Err(self.over())
        };
        let nothing = self.facts.is_empty();
        let answer = match result {
            Ok(()) if nothing => Answer::Nothing(Refusal::NoChange),
            Ok(()) => Answer::Done,
            Err(refusal) => Answer::Nothing(refusal),
        };
        Decision { next: self.next, facts: self.facts, effects: self.effects, answer }
    }

    /// Why nothing can be done about a request that is over.
    fn over(&self) -> Refusal {
        match self.next.status {
            Status::Accepted => {
                let mut by: Vec<UserId> = Vec::new();
                for covered in &self.next.covered {
                    if !by.contains(&covered.user) {
                        by.push(covered.user);
                    }
                }
                Refusal::Taken { by }
            }
            status @ (Status::Asked | Status::Declined | Status::Withdrawn | Status::Expired | Status::Moot(_)) => {
                Refusal::Over { status }
            }
        }
    }

    /// Lets go of what has begun, what is not the asker's any more, and of whoever has left.
    fn catch_up(&mut self) {
        let Some(schedule) = self.directory.schedule(self.next.schedule).cloned() else {
            return self.moot(Moot::ScheduleGone);
        };
        if self.is_gone(self.next.asker) {
            return self.moot(Moot::AskerLeft);
        }
        self.expire();
        if self.next.is_open() {
            self.narrow(&schedule);
        }
        if self.next.is_open() {
            let asked = self.next.asked.clone();
            self.next.asked = asked.into_iter().filter(|asked| !self.is_gone(asked.user)).collect();
            self.end_if_declined();
        }
    }

    fn is_gone(&self, user: UserId) -> bool {
        self.directory.user(user).is_none_or(|user| user.suspended)
    }

    /// What has begun is not asked for any more; of a swap, nothing is once any of it has begun.
    fn expire(&mut self) {
        let begun = |period: &Period| period.starts <= self.now;
        let whole = self.next.is_swap() && self.next.open.iter().chain(&self.next.in_return).any(begun);
        let (lapsed, open): (Vec<Period>, Vec<Period>) =
            self.next.open.iter().copied().partition(|period| whole || begun(period));
        if lapsed.is_empty() {
            return;
        }
        self.next.open = open;
        self.next.lapsed.extend(&lapsed);
        self.facts.push(Fact::Expired { periods: lapsed.clone() });
        self.tell(self.next.asker, Word::Expired { periods: lapsed });
        if self.next.open.is_empty() {
            self.next.status = Status::Expired;
        }
    }

    /// What the asker is not on call for any more is not asked for any more.
    fn narrow(&mut self, schedule: &Schedule) {
        let asker = self.next.asker;
        let still = |user: UserId, periods: &[Period]| -> Vec<Period> {
            periods.iter().flat_map(|period| on_call_within(schedule, user, *period)).collect()
        };
        if self.next.is_swap() {
            let with = self.next.asked.first().map(|asked| asked.user);
            let theirs = with.map(|with| still(with, &self.next.in_return)).unwrap_or_default();
            let both = !still(asker, &self.next.in_return).is_empty();
            if still(asker, &self.next.open) != self.next.open || theirs != self.next.in_return || both {
                self.moot(Moot::SwapChanged);
            }
            return;
        }
        let open = still(asker, &self.next.open);
        if open == self.next.open {
            return;
        }
        if open.is_empty() {
            return self.moot(Moot::NotOnCall);
        }
        self.next.open.clone_from(&open);
        self.facts.push(Fact::Narrowed { periods: open });
    }

    fn moot(&mut self, why: Moot) {
        self.next.status = Status::Moot(why);
        self.facts.push(Fact::Moot { why });
        self.tell(self.next.asker, Word::Moot { why });
    }

    fn tell(&mut self, user: UserId, word: Word) {
        self.effects.push(Effect::Tell { user, word });
    }

    fn accept(&mut self, user: UserId, part: Option<Period>) -> Result<(), Refusal> {
        if !self.next.is_open() {
            return Err(self.over());
        }
        if !self.next.asks(user) {
            return Err(Refusal::NotAsked);
        }
        let schedule = self.directory.schedule(self.next.schedule).ok_or(Refusal::NoChange)?.clone();
        let taken: Vec<Period> = match part {
            None => self.next.open.clone(),
            Some(part) => self.next.open.iter().filter_map(|period| period.common(part)).collect(),
        };
        if self.next.is_swap() && taken != self.next.open {
            return Err(Refusal::WholeSwap);
        }
        if taken.is_empty() {
            return Err(self.nothing_in(part));
        }
        let busy = |period: &Period| !on_call_within(&schedule, user, *period).is_empty();
        // Without a part, whoever is on call in one of several shifts takes the others.
        let chosen: Vec<Period> = match part {
            None if !self.next.is_swap() => taken.into_iter().filter(|period| !busy(period)).collect(),
            None | Some(_) => taken,
        };
        if chosen.is_empty() || chosen.iter().any(busy) {
            return Err(Refusal::OnCallThen);
        }
        let in_return = self.next.in_return.clone();
        self.agree(user, chosen, in_return);
        Ok(())
    }

    /// Why a part has nothing to be taken: somebody else has it already, or it was never asked for.
    fn nothing_in(&self, part: Option<Period>) -> Refusal {
        let touched = self.next.covered.iter().filter(|one| part.is_some_and(|part| one.period.common(part).is_some()));
        let by: Vec<UserId> = touched.map(|covered| covered.user).collect();
        if by.is_empty() { Refusal::NotInPart } else { Refusal::Taken { by } }
    }

    fn agree(&mut self, user: UserId, taken: Vec<Period>, in_return: Vec<Period>) {
        let asker = self.next.asker;
        for period in &taken {
            self.next.open = without(&self.next.open, *period);
            self.next.covered.push(Covered { user, period: *period, at: self.now });
            self.effects.push(Effect::Replace { user, replaces: asker, period: *period });
        }
        for period in &in_return {
            self.effects.push(Effect::Replace { user: asker, replaces: user, period: *period });
        }
        if self.next.open.is_empty() {
            self.next.status = if self.next.lapsed.is_empty() { Status::Accepted } else { Status::Expired };
        }
        self.tell(asker, Word::Taken { by: user, periods: taken.clone() });
        self.tell(user, Word::Confirmed { periods: taken.clone() });
        self.facts.push(Fact::Accepted { user, periods: taken, in_return });
    }

    fn decline(&mut self, user: UserId) -> Result<(), Refusal> {
        if !self.next.is_open() {
            return Err(self.over());
        }
        let now = self.now;
        let Some(asked) = self.next.asked.iter_mut().find(|asked| asked.user == user) else {
            return Err(Refusal::NotAsked);
        };
        if asked.declined_at.is_some() {
            return Err(Refusal::NoChange);
        }
        asked.declined_at = Some(now);
        self.facts.push(Fact::Declined { user });
        self.end_if_declined();
        Ok(())
    }

    /// Ends it once nobody is left who could still say yes. Whoever took a part may take more.
    fn end_if_declined(&mut self) {
        if self.next.asked.iter().all(|asked| asked.declined_at.is_some()) {
            self.next.status = Status::Declined;
            self.facts.push(Fact::DeclinedByAll);
            self.tell(self.next.asker, Word::DeclinedByAll);
        }
    }

    fn withdraw(&mut self) -> Result<(), Refusal> {
        if !self.next.is_open() {
            return Err(self.over());
        }
        self.next.status = Status::Withdrawn;
        self.facts.push(Fact::Withdrawn);
        Ok(())
    }
}
