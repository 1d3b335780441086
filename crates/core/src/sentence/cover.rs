//! Requests for cover, in words.

use jiff::Timestamp;

use super::{Names, capitalised, did, listed};
use crate::actor::Actor;
use crate::cover::{Fact, Moot, Refusal, Request, Status, Word};
use crate::id::{ScheduleId, UserId};
use crate::readiness::Period;

/// What happened to a request, for the audit log.
pub(super) fn fact(names: &Names<'_>, actor: Actor, schedule: ScheduleId, asker: UserId, fact: &Fact) -> String {
    // As one says it from far away: with its date.
    let shown = |periods: &[Period]| names.periods(periods, Timestamp::MIN);
    let (who, schedule) = (names.person(asker), names.schedule(schedule));
    let whose = format!("{who}’s request for cover on {schedule}");
    match fact {
        Fact::Asked { people, periods, in_return } if in_return.is_empty() => {
            let people = names.people(people);
            did(names, actor, &format!("asked {people} to cover for {who} on {schedule}, {}", shown(periods)))
        }
        Fact::Asked { people, periods, in_return } => {
            let (people, theirs) = (names.people(people), shown(in_return));
            let what =
                format!("proposed a swap on {schedule}: {people} for {who}, {}; in return {theirs}", shown(periods));
            did(names, actor, &what)
        }
        Fact::Accepted { user, periods, in_return } => {
            let by = names.person(*user);
            let swap = match in_return.as_slice() {
                [] => String::new(),
                theirs => format!("; in return {who} covers for {by}, {}", shown(theirs)),
            };
            let agreed = format!("agreed: {by} covers for {who} on {schedule}, {}{swap}", shown(periods));
            did(names, actor, &agreed)
        }
        Fact::Declined { user } if actor.user() == Some(*user) => did(names, actor, &format!("declined {whose}")),
        Fact::Declined { user } => did(names, actor, &format!("declined {whose} for {}", names.person(*user))),
        Fact::DeclinedByAll => capitalised(&format!("{whose} was declined by everybody who was asked.")),
        Fact::Withdrawn => did(names, actor, &format!("withdrew {whose}")),
        Fact::Narrowed { periods } => capitalised(&format!("{whose} is now about {} only.", shown(periods))),
        Fact::Expired { periods } => {
            capitalised(&format!("Nobody took over before it began: {whose}, {}.", shown(periods)))
        }
        Fact::Moot { why } => capitalised(&format!("{whose} ended: {}.", moot(*why))),
    }
}

const fn moot(why: Moot) -> &'static str {
    match why {
        Moot::NotOnCall => "they are not on call then any more",
        Moot::AskerLeft => "they have left",
        Moot::ScheduleGone => "the schedule was removed",
        Moot::SwapChanged => "the shifts that were to be swapped have changed",
    }
}

/// Where a request stands, as a sentence.
pub fn status(names: &Names<'_>, request: &Request) -> String {
    let mut by: Vec<UserId> = Vec::new();
    for covered in &request.covered {
        if !by.contains(&covered.user) {
            by.push(covered.user);
        }
    }
    match request.status {
        Status::Asked if by.is_empty() => "It is asked for, and nobody has taken it yet.".to_owned(),
        Status::Asked => format!("{} took a part of it; the rest is still asked for.", names.people(&by)),
        Status::Accepted => format!("{} took it.", names.people(&by)),
        Status::Declined if by.is_empty() => "Everybody who was asked has said no.".to_owned(),
        Status::Declined => format!("{} took a part of it; everybody said no to the rest.", names.people(&by)),
        Status::Withdrawn => "It was withdrawn.".to_owned(),
        Status::Expired if by.is_empty() => "Nobody took it before it began.".to_owned(),
        Status::Expired => format!("{} took a part of it; nobody took the rest before it began.", names.people(&by)),
        Status::Moot(why) => capitalised(&format!("{}.", moot(why))),
    }
}

/// Why an answer changed nothing, kindly.
pub fn refusal(names: &Names<'_>, refusal: &Refusal) -> String {
    match refusal {
        Refusal::Taken { by } => {
            format!("{} was faster and has it already. Thank you; nothing is asked of you.", names.people(by))
        }
        Refusal::Over { status: Status::Withdrawn } => {
            "It was withdrawn. Thank you; nothing is asked of you.".to_owned()
        }
        Refusal::Over { status: Status::Expired } => {
            "It has begun by now, so that it cannot be taken any more. Thank you.".to_owned()
        }
        Refusal::Over { status: Status::Moot(why) } => {
            capitalised(&format!("{}. Nothing is asked of you.", moot(*why)))
        }
        Refusal::Over { status: Status::Asked | Status::Accepted | Status::Declined } => {
            "Nothing is asked any more; ask for it anew.".to_owned()
        }
        Refusal::NotAsked => "That person was not asked; ask them with a new request.".to_owned(),
        Refusal::OnCallThen => {
            "Whoever is on call by this schedule then cannot take it: one would be missing. Choose another part."
                .to_owned()
        }
        Refusal::NotInPart => "Nothing of that time is asked for; choose a part of what is.".to_owned(),
        Refusal::WholeSwap => "A swap is taken as a whole; leave the part out.".to_owned(),
        Refusal::NoChange => "Nothing has changed by it.".to_owned(),
    }
}

/// A message: its heading, and what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// The heading, without a full stop.
    pub heading: String,
    /// Sentences.
    pub says: Vec<String>,
}

/// Why a request ended that has become pointless, to its asker.
const fn why_moot(why: Moot) -> &'static str {
    match why {
        Moot::NotOnCall => "You are not on call any more in what you asked for.",
        Moot::AskerLeft => "You were taken out as somebody who has left.",
        Moot::ScheduleGone => "The schedule was removed.",
        Moot::SwapChanged => "The schedule was changed, and the shifts are not what they were.",
    }
}

/// What somebody is told about a request.
pub fn word(names: &Names<'_>, request: &Request, word: &Word, now: Timestamp) -> Told {
    let shown = |periods: &[Period]| names.periods(periods, now);
    let (asker, schedule) = (names.person(request.asker), names.schedule(request.schedule));
    let note = (!request.note.is_empty()).then(|| format!("{asker} says: “{}”", request.note));
    let (heading, mut says) = match word {
        Word::Asked if request.is_swap() => {
            let theirs = shown(&request.in_return);
            let swap = format!("You would be on call {}, and {asker} for you {theirs}.", shown(&request.open));
            (format!("{asker} proposes a swap on {schedule}"), vec![swap])
        }
        Word::Asked => {
            let others = request.asked.len().saturating_sub(1);
            let asked = match others {
                0 => "Only you were asked.".to_owned(),
                1 => "One other person was asked, too; the first to say yes has it.".to_owned(),
                others => format!("{others} others were asked, too; the first to say yes has it."),
            };
            let when = format!("It is about {}.", shown(&request.open));
            (format!("{asker} asks you to cover on {schedule}"), vec![when, asked])
        }
        Word::Taken { by, periods } => {
            let mut says = vec![format!("{} is on call instead of you {}.", names.person(*by), shown(periods))];
            if request.is_swap() {
                says.push(format!("In return you are on call for them {}.", shown(&request.in_return)));
            }
            if request.is_open() {
                says.push(format!("Still asked for: {}.", shown(&request.open)));
            }
            (format!("{} covers for you on {schedule}", names.person(*by)), says)
        }
        Word::Confirmed { periods } => {
            let mut says = vec![format!("You are on call {}.", shown(periods))];
            if request.is_swap() {
                says.push(format!("{asker} is on call for you {}.", shown(&request.in_return)));
            }
            (format!("You cover for {asker} on {schedule}"), says)
        }
        Word::DeclinedByAll => {
            let left = format!("You are still on call {}. Ask others, or talk to them.", shown(&request.open));
            (format!("Everybody declined to cover for you on {schedule}"), vec![left])
        }
        Word::Expired { periods } => {
            let left = format!("Nobody took over in time: you are on call {}.", shown(periods));
            (format!("Nobody covers for you on {schedule}"), vec![left])
        }
        Word::Moot { why } => (format!("Your request for cover on {schedule} ended"), vec![why_moot(*why).to_owned()]),
    };
    match word {
        Word::Asked => says.extend(note),
        Word::Taken { .. }
        | Word::Confirmed { .. }
        | Word::DeclinedByAll
        | Word::Expired { .. }
        | Word::Moot { .. } => {}
    }
    Told { heading, says }
}

/// Who was asked, and what they said: `Ana Ruiz and Ben Okafor (declined)`.
pub fn asked(names: &Names<'_>, request: &Request) -> String {
    let shown = request.asked.iter().map(|asked| {
        let declined = if asked.declined_at.is_some() { " (declined)" } else { "" };
        format!("{}{declined}", names.person(asked.user))
    });
    listed(&shown.collect::<Vec<_>>())
}
