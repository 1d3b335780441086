//! Who takes one turn: a person, or several together.

use serde::{Deserialize, Serialize};

use crate::id::UserId;

/// One participant of a layer: whoever is on call together for a turn. Written as one person or as a list.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "OneOrMany", into = "OneOrMany")]
pub struct Crew(Vec<UserId>);

/// How a crew is stored: schedules from before there were crews have a person here.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(UserId),
    Many(Vec<UserId>),
}

impl Crew {
    /// Its people.
    pub fn people(&self) -> &[UserId] {
        &self.0
    }

    /// Whether that person is one of them.
    pub fn has(&self, user: UserId) -> bool {
        self.0.contains(&user)
    }
}

impl From<UserId> for Crew {
    fn from(user: UserId) -> Self {
        Self(vec![user])
    }
}

impl FromIterator<UserId> for Crew {
    fn from_iter<T: IntoIterator<Item = UserId>>(people: T) -> Self {
        Self(people.into_iter().collect())
    }
}

impl From<OneOrMany> for Crew {
    fn from(written: OneOrMany) -> Self {
        match written {
            OneOrMany::One(user) => Self::from(user),
            OneOrMany::Many(people) => Self(people),
        }
    }
}

impl From<Crew> for OneOrMany {
    fn from(Crew(people): Crew) -> Self {
        match people[..] {
            [one] => Self::One(one),
            _ => Self::Many(people),
        }
    }
}
