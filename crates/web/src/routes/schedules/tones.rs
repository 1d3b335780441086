//! The tone in which each person of a schedule is drawn: the same on every page and every day.

use std::collections::BTreeMap;

use allclear_core::id::UserId;
use allclear_core::schedule::Schedule;

use crate::pages::TONES;

/// The tones of a schedule's people.
#[derive(Debug, Clone, Default)]
pub(super) struct Tones(BTreeMap<UserId, usize>);

impl Tones {
    /// Each person has the tone that their identity stands for, unless somebody with a lesser identity on the same
    /// schedule has it: then the next free one, as long as there is one. So a newcomer recolours nobody who was there.
    pub(super) fn of_schedule(schedule: &Schedule) -> Self {
        let participants = schedule.layers.iter().flat_map(|layer| &layer.participants).flat_map(|crew| crew.people());
        let mut people: Vec<UserId> =
            participants.copied().chain(schedule.overrides.iter().map(|one| one.user)).collect();
        people.sort_unstable();
        people.dedup();
        let mut taken: [bool; TONES] = [false; TONES];
        let mut tones = BTreeMap::new();
        for user in people {
            let own = own_tone(user);
            let free = (0..TONES).map(|later| (own + later) % TONES).find(|tone| !taken[*tone]);
            let tone = free.unwrap_or(own);
            taken[tone] = true;
            tones.insert(user, tone);
        }
        Self(tones)
    }

    pub(super) fn of(&self, user: UserId) -> usize {
        self.0.get(&user).copied().unwrap_or_else(|| own_tone(user))
    }
}

/// By the last bits of the identity: they are random, the first are the time.
fn own_tone(user: UserId) -> usize {
    (user.uuid().as_u128() % TONES as u128) as usize
}

#[cfg(test)]
mod tests {
    use allclear_core::id::ScheduleId;
    use allclear_core::schedule::{Layer, Turn};
    use uuid::Uuid;

    use super::*;

    fn tones(people: &[u128]) -> Vec<usize> {
        let user = |number: &u128| UserId::new(Uuid::from_u128(*number));
        let layer = Layer {
            name: "weeks".into(),
            time_zone: None,
            start: jiff::civil::date(2026, 1, 5).at(9, 0, 0, 0),
            end: None,
            turn: Turn::Weeks(1),
            participants: people.iter().map(|number| user(number).into()).collect(),
            restrictions: Vec::new(),
            holidays: None,
            shadow: false,
        };
        let schedule = Schedule {
            id: ScheduleId::new(Uuid::nil()),
            slug: "a".into(),
            name: "A".into(),
            team: None,
            time_zone: "UTC".parse().unwrap(),
            layers: vec![layer],
            overrides: Vec::new(),
            silent_handovers: false,
        };
        let tones = Tones::of_schedule(&schedule);
        people.iter().map(|number| tones.of(user(number))).collect()
    }

    #[test]
    fn a_newcomer_recolours_nobody() {
        assert_eq!(tones(&[3, 13, 7]), [3, 4, 7], "the second of two with the same tone takes the next");
        assert_eq!(tones(&[7, 24, 13, 3]), [7, 5, 4, 3]);
        let crowd: Vec<u128> = (0..25).collect();
        assert!(tones(&crowd).iter().all(|tone| *tone < TONES));
        assert_eq!(tones(&crowd)[..10], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    }
}
