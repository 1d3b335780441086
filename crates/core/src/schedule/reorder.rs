//! Changing who takes turns without taking anybody off call in the middle of a shift.

use jiff::Timestamp;

use super::layer::Resolved;
use super::{Crew, Schedule};

impl Schedule {
    /// These participants, arranged for a layer of this schedule so that the present turn stays where it is.
    ///
    /// Participants go round in a circle. Where whoever has the turn at `at` is still among them, they keep it until
    /// the handoff, and the new order goes on from there. Where they are not, the turn goes at once to the next of the
    /// old order who is, and the new order goes on from there. Where none of them is, or no turn has begun yet, the
    /// participants stay as they were given.
    pub fn reordered(&self, layer: usize, mut participants: Vec<Crew>, at: Timestamp) -> Vec<Crew> {
        if self.layers.get(layer).is_none_or(|layer| layer.participants == participants) {
            return participants;
        }
        let Some(resolved) = Resolved::of(self, layer) else { return participants };
        let Some(number) = resolved.turn_number(at) else { return participants };
        let before = &self.layers[layer].participants;
        let present = number.rem_euclid(before.len() as i64) as usize;
        let from_now_on = before.iter().cycle().skip(present).take(before.len());
        let stays = from_now_on.filter_map(|crew| participants.iter().position(|one| one == crew)).next();
        let Some(place) = stays else { return participants };
        let wanted = number.rem_euclid(participants.len() as i64) as usize;
        let by = (wanted + participants.len() - place) % participants.len();
        participants.rotate_right(by);
        participants
    }
}
